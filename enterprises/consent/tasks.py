"""Time ends consents by itself."""

from celery import shared_task
from django.utils import timezone

from enterprises.consent import actions


@shared_task(name="enterprises.consent.tasks.expire")
def expire() -> int:
    return actions.expire_due(at=timezone.now())
