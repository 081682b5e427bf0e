"""The sealer runs every half minute beside the work and never in its way; the anchors go out once a day."""

from celery import shared_task
from django.utils import timezone

from portal.audit import anchoring, sealing


@shared_task(name="portal.audit.tasks.seal")
def seal() -> int:
    sealed = sum(sealing.seal(chain=chain, at=timezone.now()) for chain in sealing.chains())
    anchoring.journal()
    return sealed


@shared_task(name="portal.audit.tasks.anchor")
def anchor() -> int:
    """Safe to repeat: a place takes the heads of a day once; one that was out of reach is asked again within the hour."""
    return len(anchoring.anchor(day=timezone.localdate(), at=timezone.now()))
