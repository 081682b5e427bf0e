"""Anchors (锚点): the heads of the chains, put where the database's masters cannot reach, and held against the chains again."""

import logging
from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from portal.audit import queries, sealing, verifier
from portal.audit.models import Anchor, SealedBlock
from portal.audit.places import File, Place, PlaceRefused, Statement, places

log = logging.getLogger(__name__)


def journal() -> int:
    """Write every block that is not there yet to the file of its chain; return how many."""
    file, written = File(), 0
    for chain in sealing.chains():
        blocks = SealedBlock.objects.filter(chain=chain, number__gt=file.last(chain)).order_by("number")
        heads = [queries.Head(chain, *row) for row in blocks.values_list("number", "rows", "digest", "sealed_at")]
        if heads:
            file.journal(chain, heads)
            written += len(heads)
    return written


def anchor(*, day: date, at: datetime) -> list[Anchor]:
    """Put the heads of the day to every place that has not taken them. A place that refuses is asked again at the next run."""
    found: list[Anchor] = []
    for place in places():
        try:
            found += _anchor_at(place, day, at)
        except PlaceRefused as refusal:
            log.error("anchors of %s not taken by %s: %s", day, place.name, refusal)
    return found


def _anchor_at(place: Place, day: date, at: datetime) -> list[Anchor]:
    with transaction.atomic():
        done = set(Anchor.objects.filter(anchored_on=day, place=place.name).values_list("chain", flat=True))
        heads = tuple(head for head in queries.heads() if head.number and head.chain not in done)
        if not heads:
            return []
        receipt = place.put(Statement(day, heads), at=at)
        return Anchor.objects.bulk_create(
            Anchor(
                chain=head.chain,
                number=head.number,
                rows=head.rows,
                digest=head.digest,
                anchored_on=day,
                anchored_at=at,
                place=place.name,
                receipt=receipt,
            )
            for head in heads
        )


def known() -> Iterator[verifier.Anchor]:
    """What the station itself still knows of its anchors: its table and its files. Whoever doubts it brings others."""
    file = File()
    for chain in sealing.chains():
        yield from verifier.anchors_in(file.lines(chain), f"file {chain}.jsonl")
    for row in Anchor.objects.order_by("pk"):
        yield verifier.Anchor(row.chain, row.number, row.digest, f"{row.place} {row.anchored_on.isoformat()}")
