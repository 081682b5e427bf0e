"""Once an hour: a day that has just begun finds every loan classed as of it; the other runs find nothing to do."""

from celery import shared_task
from django.utils import timezone

from lending.loans import actions


@shared_task
def classify() -> int:
    return actions.classify_due(day=timezone.localdate(), at=timezone.now())
