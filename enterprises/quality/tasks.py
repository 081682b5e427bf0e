"""What the worker does for the quality board: measure the day that has ended, watch for deliveries that do not come."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from enterprises.quality import actions


@shared_task
def measure_yesterday() -> None:
    """Once a night, after midnight."""
    now = timezone.now()
    actions.measure(on=timezone.localdate(now) - timedelta(days=1), by=None, at=now)


@shared_task
def watch_deliveries() -> None:
    now = timezone.now()
    actions.watch(on=timezone.localdate(now), at=now)
