"""What has happened to a thing, and how far the chains reach."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models

from portal.audit import sealing
from portal.audit.models import AuditEvent, SealedBlock


def events_of(subject: models.Model, limit: int = 50) -> list[AuditEvent]:
    """The latest events of one thing, newest first."""
    events = AuditEvent.objects.filter(subject_kind=subject._meta.label_lower, subject_id=str(subject.pk))
    return list(events.order_by("-id")[:limit])


@dataclass(frozen=True)
class Head:
    """The end of a chain: what somebody outside writes down to hold the station to it."""

    chain: str
    number: int
    rows: int
    digest: str
    sealed_at: datetime | None


def heads() -> list[Head]:
    found = []
    for chain in sealing.chains():
        blocks = SealedBlock.objects.filter(chain=chain)
        last = blocks.defer("content").order_by("-number").first()
        rows = blocks.aggregate(rows=models.Sum("rows"))["rows"] or 0
        if last is None:
            found.append(Head(chain, 0, 0, sealing.GENESIS, None))
        else:
            found.append(Head(chain, last.number, rows, last.digest, last.sealed_at))
    return found
