"""The quality board read: a day, an item on a day, the days behind it, and a disputed fact as each source tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Max, QuerySet, Sum

from enterprises.credit import queries as credit
from enterprises.credit.models import Conflict, CreditRecord, Source
from enterprises.credit.rejections import REASONS
from enterprises.models import Enterprise
from enterprises.quality.models import Alarm, Measure
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission

DAYS = 30
MASK = "***"


def area_of(user: User) -> str:
    """The region whose figures a post sees: the whole, or its own."""
    areas = user.areas_of(Permission.BATCH_DELIVER)
    return regions.PROVINCE if regions.PROVINCE in areas else min(areas, default="")


def newest_day(user: User) -> date | None:
    newest: date | None = Measure.objects.visible_to(user).aggregate(newest=Max("on"))["newest"]
    return newest


@dataclass(frozen=True)
class Line:
    """One item on the board: all its sources together."""

    measure: Measure
    alarms: int

    @property
    def coverage(self) -> Decimal | None:
        return share(self.measure.covered, self.measure.living)

    @property
    def bad_share(self) -> Decimal | None:
        return share(self.measure.rows_bad, self.measure.rows)


def share(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None


def board(user: User, *, on: date) -> list[Line]:
    """Every item on one day, in the catalogue's order, in the region of the post."""
    rows = Measure.objects.visible_to(user).filter(on=on, source=None, region=area_of(user))
    ringing = dict(_counts(Alarm.objects.visible_to(user).ringing()))
    return [Line(row, ringing.get(row.item_id, 0)) for row in rows.select_related("item").order_by("item__sequence")]


def _counts(alarms: QuerySet[Alarm]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for item_id in alarms.order_by().values_list("item_id", flat=True):
        found[item_id] = found.get(item_id, 0) + 1
    return list(found.items())


@dataclass(frozen=True)
class Totals:
    """The sums of the board, item by item: each equals the rows below it."""

    records: int
    rows: int
    rows_bad: int
    rows_same: int
    conflicts: int
    late: int

    @property
    def bad_share(self) -> Decimal | None:
        return share(self.rows_bad, self.rows)


def totals(lines: Sequence[Line]) -> Totals:
    def summed(name: str) -> int:
        return sum(getattr(line.measure, name) for line in lines)

    late = sum(line.alarms for line in lines)
    return Totals(summed("records"), summed("rows"), summed("rows_bad"), summed("rows_same"), summed("conflicts"), late)


@dataclass(frozen=True)
class DayRow:
    on: date
    rows: int
    rows_bad: int
    conflicts: int


def days_before(user: User, *, on: date, item_code: str = "") -> list[DayRow]:
    """The last thirty days to ``on``, oldest first."""
    rows = Measure.objects.visible_to(user).filter(
        on__gt=on - timedelta(days=DAYS), on__lte=on, source=None, region=area_of(user)
    )
    if item_code:
        rows = rows.filter(item_id=item_code)
    summed = rows.order_by("on").values("on").annotate(r=Sum("rows"), b=Sum("rows_bad"), c=Sum("conflicts"))
    return [DayRow(row["on"], row["r"], row["b"], row["c"]) for row in summed]


def reasons(faults: Mapping[str, int]) -> list[tuple[str, int]]:
    """Faults in words, most frequent first."""
    found = [(str(REASONS[code].text) if code in REASONS else code, number) for code, number in faults.items()]
    return sorted(found, key=lambda row: (-row[1], row[0]))


def all_faults(lines: Sequence[Line]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        for code, number in line.measure.faults.items():
            found[code] = found.get(code, 0) + number
    return found


def item_on(user: User, *, item_code: str, on: date) -> list[Measure]:
    """Every row of one item on one day that the post may see: all sources first, the whole before its regions."""
    rows = Measure.objects.visible_to(user).filter(item_id=item_code, on=on).select_related("source", "item")
    order = {regions.PROVINCE: 0} | {region.code: place for place, region in enumerate(regions.RESPONSIBLE, start=1)}
    return sorted(rows, key=lambda row: (row.source_id is not None, row.source_id or 0, order.get(row.region, 99)))


def completeness(measure: Measure) -> list[tuple[str, int, Decimal | None]]:
    """Each field with the records that fill it, and their share."""
    schema = credit.schemas([measure.item_id])[measure.item_id]
    return [
        (field.label, measure.filled.get(field.name, 0), share(measure.filled.get(field.name, 0), measure.records))
        for field in schema.fields
    ]


# --- Conflicts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """What one source says of a disputed fact: only the fields in dispute, and of those only what is public whole."""

    source: Source
    received_on: date
    values: tuple[str, ...]


def firm_of(conflict: Conflict) -> Enterprise:
    return Enterprise.objects.get(pk=conflict.enterprise_id)


def disputed_labels(conflict: Conflict) -> list[str]:
    schema = credit.schemas([conflict.item_id])[conflict.item_id]
    return [schema[name].label if name in schema.by_name else name for name in conflict.fields]


def claims(conflict: Conflict) -> list[Claim]:
    """Each source's word on the fields in dispute, the source that goes before first."""
    schema = credit.schemas([conflict.item_id])[conflict.item_id]
    public = {field.name for field in schema.fields if field.level == "public" and not field.is_secret}
    sources = Source.objects.in_bulk(conflict.source_ids)
    records = {
        record.source_id: record
        for record in CreditRecord.objects.in_force().filter(
            item_code=conflict.item_id, natural_key=conflict.natural_key, source_id__in=conflict.source_ids
        )
    }
    return [
        Claim(
            sources[pk],
            records[pk].received_at.date(),
            tuple(_said(records[pk].payload.get(name), is_public=name in public) for name in conflict.fields),
        )
        for pk in conflict.source_ids
        if pk in records
    ]


def _said(value: object, *, is_public: bool) -> str:
    if value is None:
        return ""
    text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if is_public else f"{text[:1]}{MASK}"
