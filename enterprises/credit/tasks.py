"""What the worker does for the data centre: advance what waits, refresh what time has moved."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from enterprises.credit import actions
from enterprises.credit.models import Batch
from enterprises.credit.states import BatchState

#: A batch this old that still waits has lost its worker.
PATIENCE = timedelta(seconds=30)


@shared_task
def advance_batch(batch_id: int) -> None:
    actions.advance(batch=Batch.objects.get(pk=batch_id), by=None, at=timezone.now())


@shared_task
def resume_batches() -> None:
    """Send every batch that waits to a worker, oldest first: one that fails does not hold up the others, and one that
    a worker holds already is left to it.
    """
    waiting = Batch.objects.filter(
        state__in=(BatchState.RECEIVED, BatchState.CHECKED), received_at__lt=timezone.now() - PATIENCE
    )
    for batch_id in waiting.order_by("pk").values_list("pk", flat=True):
        advance_batch.delay(batch_id)


@shared_task
def refresh_all_features() -> None:
    """Windows move with the days: once a night every row is computed anew."""
    actions.refresh_features(enterprise_ids=None, at=timezone.now())
