"""What the worker does: reports on models, runs over firms, cohorts. A task that lost its worker is taken up again by the clock."""

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from enterprises.jointmodels.actions import cohorts, reviews, runs
from enterprises.jointmodels.models import BankModel, ModelRun
from enterprises.jointmodels.states import ModelState

#: What is younger may still be in a worker's hands; what is older has been given up on.
PATIENCE: Final = timedelta(minutes=2)
GIVEN_UP: Final = timedelta(days=1)
WAITING: Final = (ModelState.SUBMITTED, ModelState.REVIEWING)


@shared_task
def review(model_id: int) -> None:
    model = BankModel.objects.filter(pk=model_id, state__in=WAITING, reports=None).first()
    if model is not None:
        reviews.review(model=model, at=timezone.now())


@shared_task
def run(run_id: int) -> None:
    runs.make(run=ModelRun.objects.select_related("model").get(pk=run_id), at=timezone.now())


@shared_task
def resume() -> None:
    """Send again what waits without a report or an outcome."""
    now = timezone.now()
    models = BankModel.objects.filter(state__in=WAITING, reports=None, submitted_at__lt=now - PATIENCE)
    for model_id in models.order_by("pk").values_list("pk", flat=True):
        review.delay(model_id)
    left = ModelRun.objects.filter(outcome=None, asked_at__lt=now - PATIENCE, asked_at__gt=now - GIVEN_UP)
    for run_id in left.order_by("pk").values_list("pk", flat=True):
        run.delay(run_id)


@shared_task
def form_cohorts() -> int:
    now = timezone.now()
    return cohorts.form(on=timezone.localdate(now), at=now)
