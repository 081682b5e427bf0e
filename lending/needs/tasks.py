"""Once an hour: needs nobody met in time."""

from celery import shared_task
from django.utils import timezone

from lending.needs import actions


@shared_task
def lapse() -> int:
    return actions.lapse_due(day=timezone.localdate(), at=timezone.now())
