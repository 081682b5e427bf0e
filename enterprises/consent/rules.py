"""What of an item may be seen in which mode, and how it is written. Plain schemas and payloads in, plain rows out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Protocol, TypeVar

MASK: Final = "***"
EMPTY: Final = "—"
#: Modes from least to most; what comes later shows all that comes before it shows.
MODES: Final = ("outcome", "verify", "summary", "detail")
#: Items whose adverse records may be repaired through the station; court lists are repaired by the court alone.
REPAIRABLE_ITEMS: Final = frozenset({"AP_PENALTY", "SD_LIST", "MR_ABNORMAL", "TX_VIOLATION", "TX_ARREARS"})
LEVELS: Final = ("public", "authorized", "no_share")


class FieldSchema(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def unit(self) -> str: ...


class Fact(Protocol):
    @property
    def record_id(self) -> int: ...
    @property
    def payload(self) -> Mapping[str, object]: ...
    @property
    def source_name(self) -> str: ...
    @property
    def source_level(self) -> str: ...
    @property
    def occurred_on(self) -> date | None: ...
    @property
    def received_at(self) -> datetime: ...
    def is_stale_on(self, day: date) -> bool: ...


SomeFact = TypeVar("SomeFact", bound=Fact)


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    is_masked: bool
    is_number: bool


@dataclass(frozen=True)
class Cell:
    """One shown value. A masked one carries nothing of what it hides."""

    label: str
    text: str
    is_masked: bool = False
    is_number: bool = False


@dataclass(frozen=True)
class Row:
    record_id: int
    cells: tuple[Cell, ...]
    source_name: str
    source_level: str
    occurred_on: date | None
    received_at: datetime
    is_stale: bool
    has_open_objection: bool


@dataclass(frozen=True)
class Line:
    """One aggregate: a label and a figure over all records of the item."""

    label: str
    text: str


def is_shown(level: str, mode: str) -> bool:
    """Public fields are shown with the records; authorized ones only in detail; what is not shared never."""
    return level == "public" or (level == "authorized" and mode == "detail")


def columns(fields: Iterable[FieldSchema], mode: str) -> tuple[Column, ...]:
    """The columns of an item in ``mode``: every field keeps its place, hidden ones masked."""
    return tuple(Column(f.name, f.label, not is_shown(f.level, mode), is_number(f.type)) for f in fields)


def row(fields: Sequence[FieldSchema], fact: Fact, mode: str, *, day: date, disputed: Collection[int]) -> Row:
    cells = tuple(
        Cell(f.label, text(fact.payload.get(f.name), f.type, f.unit), is_number=is_number(f.type))
        if is_shown(f.level, mode)
        else Cell(f.label, MASK, is_masked=True)
        for f in fields
    )
    return Row(
        record_id=fact.record_id,
        cells=cells,
        source_name=fact.source_name,
        source_level=fact.source_level,
        occurred_on=fact.occurred_on,
        received_at=fact.received_at,
        is_stale=fact.is_stale_on(day),
        has_open_objection=fact.record_id in disputed,
    )


def lines(fields: Sequence[FieldSchema], facts: Sequence[Fact], mode: str) -> tuple[Line, ...]:
    """What is said instead of the records: their number, the latest and sums (summary); whether there are any (verify)."""
    if mode == "outcome":
        return ()
    if mode == "verify":
        return (Line("是否有记录", "有" if facts else "无"),)
    days = [fact.occurred_on for fact in facts if fact.occurred_on]
    found = [Line("记录数", str(len(facts))), Line("最近发生", max(days).isoformat() if days else EMPTY)]
    for f in fields:
        if is_amount(f.type, f.unit) and f.level != "no_share":
            amounts = [amount for fact in facts if (amount := _decimal(fact.payload.get(f.name))) is not None]
            if amounts:
                found.append(Line(f"{f.label}合计", text(sum(amounts, Decimal(0)), f.type, f.unit)))
    return tuple(found)


def is_time_series(fields: Iterable[FieldSchema]) -> bool:
    """Whether the item's records belong to periods; only those are cut to the span of data the firm agreed to."""
    return any(f.type == "ym" or f.name == "period_from" for f in fields)


def in_span(facts: Iterable[SomeFact], first: date, last: date) -> list[SomeFact]:
    return [fact for fact in facts if fact.occurred_on is None or first <= fact.occurred_on <= last]


def widest(modes: Iterable[str]) -> str:
    return max(modes, key=MODES.index, default=MODES[0])


def is_number(kind: str) -> bool:
    return kind.startswith(("decimal", "integer"))


def is_amount(kind: str, unit: str) -> bool:
    return kind.startswith("decimal") and unit in {"元", "万元"}


def text(value: object, kind: str = "", unit: str = "") -> str:
    """A value as a reader wants it: yes or no, thousands marks and unit, dates as they are."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool) or kind == "boolean":
        return "是" if value in {True, "true", "1", "是"} else "否"
    if kind.startswith("decimal") and (number := _decimal(value)) is not None:
        shown = f"{number.normalize():,f}"
        return f"{shown} {unit}" if unit else shown
    if isinstance(value, list | tuple):
        return "、".join(str(entry) for entry in value)
    if isinstance(value, Mapping):
        return "、".join(f"{key}:{entry}" for key, entry in value.items())
    return str(value)


def _decimal(value: object) -> Decimal | None:
    try:
        return None if value is None or value == "" else Decimal(str(value))
    except InvalidOperation:
        return None
