"""Time ends consents by itself, and what is owed afterwards is asked for."""

from celery import shared_task
from django.utils import timezone

from enterprises.consent import actions


@shared_task(name="enterprises.consent.tasks.expire")
def expire() -> int:
    return actions.expire_due(at=timezone.now())


@shared_task(name="enterprises.consent.tasks.duties")
def duties() -> int:
    """Nightly: raise the duties of consents that have ended, remind of those that are due."""
    now = timezone.now()
    return actions.raise_due_duties(at=now) + actions.remind(at=now)
