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
    """Advance every batch that waits, oldest first; those that another worker holds are left to it."""
    waiting = Batch.objects.filter(
        state__in=(BatchState.RECEIVED, BatchState.CHECKED), received_at__lt=timezone.now() - PATIENCE
    )
    for batch in waiting.order_by("pk"):
        actions.advance(batch=batch, by=None, at=timezone.now())


@shared_task
def refresh_all_features() -> None:
    """Windows move with the days: once a night every row is computed anew."""
    actions.refresh_features(enterprise_ids=None, at=timezone.now())
