"""Keeping the figures up to date, and the public's copy of them."""

from celery import shared_task
from django.utils import timezone

from lending.supervision import actions, queries


@shared_task
def refresh() -> None:
    """Count again the days touched since the last count; the first time, all of them."""
    now = timezone.now()
    actions.refresh(days=queries.days_waiting(at=now), at=now)
    actions.publish(as_of=timezone.localdate(now), at=now)
