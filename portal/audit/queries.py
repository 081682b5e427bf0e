"""What has happened to a thing, and how far the chains reach."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models

from portal.audit import sealing
from portal.audit.models import Anchor, AuditEvent, SealedBlock
from portal.audit.verifier import GENESIS


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
    return [head(chain) for chain in sealing.chains()]


def head(chain: str) -> Head:
    blocks = SealedBlock.objects.filter(chain=chain)
    last = blocks.defer("content").order_by("-number").first()
    if last is None:
        return Head(chain, 0, 0, GENESIS, None)
    rows = blocks.aggregate(rows=models.Sum("rows"))["rows"] or 0
    return Head(chain, last.number, rows, last.digest, last.sealed_at)


def public_anchors(limit: int = 200) -> list[Anchor]:
    """What the public page shows: of each chain and day one line."""
    return list(Anchor.objects.filter(place="page").order_by("-anchored_on", "chain")[:limit])
