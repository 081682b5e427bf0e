"""Measure a day, note how a source answers, ring and silence alarms about late deliveries."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now

from enterprises.credit import queries as credit
from enterprises.credit.models import Batch, Contact, Item, Source, SourceLevel
from enterprises.credit.states import BatchState
from enterprises.quality import measuring
from enterprises.quality.models import Alarm, Measure
from enterprises.quality.rules import rhythm_of
from portal import regions
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.messages.actions import send
from portal.messages.models import Channel


@transaction.atomic
def measure(*, on: date, by: User | None, at: datetime) -> int:
    """Write the figures of one day for every item; measured again, they are written over. Returns the number of rows."""
    written = 0
    for schema in credit.schemas().values():
        written += measuring.measure(schema, on)
        _judge_lateness(schema.code, schema.frequency, on)
    item = Item.objects.order_by("sequence").first()
    if item is not None:
        audit.record("quality.measure", item, by=by, at=at, facts={"on": on, "rows": written})
    return written


def _judge_lateness(item_code: str, frequency: str, on: date) -> None:
    rhythm = rhythm_of(frequency)
    rows = list(Measure.objects.whole().filter(on=on, item_id=item_code).exclude(delivered_on=None))
    for row in rows:
        assert row.delivered_on is not None  # noqa: S101 - the query leaves the others out
        row.due_on = rhythm.due_on(row.delivered_on) if rhythm else None
        row.days_late = rhythm.days_late(row.delivered_on, on) if rhythm else 0
    Measure.objects.bulk_update(rows, ["due_on", "days_late"])


@transaction.atomic
def note_answers(
    *, item: Item, source: Source, on: date, answers: int, answers_good: int, median_ms: int | None, p95_ms: int | None
) -> Measure:
    """Say how a source answered questions about an item on one day; said again, it is written over.

    For whoever keeps the calls: the count of answers, those that were good, and the middle and the slow end of their times.
    """
    health = {"answers": answers, "answers_good": answers_good, "median_ms": median_ms, "p95_ms": p95_ms}
    row, _is_new = Measure.objects.update_or_create(
        on=on,
        item=item,
        source=source,
        region=regions.PROVINCE,
        defaults=health,
        create_defaults={**health, "living": 0, "covered": 0, "records": 0},
    )
    return row


@transaction.atomic
def watch(*, on: date, at: datetime) -> tuple[int, int]:
    """Ring for every delivery that is late on ``on`` and does not ring yet; silence those that have come since.

    A source is expected to deliver an item again once it has delivered it. Returns how many rang and fell silent.
    """
    ringing = {(a.item_id, a.source_id): a for a in Alarm.objects.ringing().select_for_update(of=("self",))}
    rung = silenced = 0
    for item, source, last in _expected():
        rhythm = rhythm_of(item.frequency)
        alarm = ringing.get((item.pk, source.pk))
        is_late = rhythm is not None and rhythm.is_late(last, on)
        if alarm is not None and not is_late:
            alarm.closed_at = at
            alarm.save(update_fields=["closed_at"])
            silenced += 1
        elif alarm is None and is_late and rhythm is not None:
            _ring(item, source, last, rhythm.due_on(last), at)
            rung += 1
    return rung, silenced


def _expected() -> list[tuple[Item, Source, date]]:
    """Each item and source with the day of its last accepted delivery; what firms state themselves has no rhythm."""
    accepted = Batch.objects.filter(state=BatchState.ACCEPTED).exclude(source__level=SourceLevel.DECLARED)
    last = accepted.order_by().values("item_id", "source_id").annotate(last=Max("received_at"))
    items, sources = Item.objects.in_bulk(), Source.objects.select_related("department").in_bulk()
    return [
        (items[row["item_id"]], sources[row["source_id"]], timezone.localdate(row["last"]))
        for row in last.order_by("item_id", "source_id")
    ]


def _ring(item: Item, source: Source, last: date, due_on: date, at: datetime) -> None:
    contacts = Contact.objects.filter(department=source.department, ended_at=None)
    subject = _now("“%(item)s”报送逾期") % {"item": item.name}
    body = _now(
        "%(source)s最近一次报送为 %(last)s，按更新频率（%(frequency)s）应于 %(due)s 前再次报送，请尽快报送。"
    ) % {
        "source": source.name,
        "last": last.isoformat(),
        "frequency": item.frequency,
        "due": due_on.isoformat(),
    }
    link = reverse("public_item", args=[item.pk])
    told = [
        send(to=None, address=contact.address, channel=Channel.EMAIL, subject=subject, body=body, link=link, at=at)
        for contact in contacts
    ]
    alarm = Alarm.objects.create(
        item=item, source=source, delivered_on=last, due_on=due_on, raised_at=at, told=len(told)
    )
    audit.record("delivery.late", alarm, by=None, at=at, facts={"due_on": due_on, "told": len(told)})
