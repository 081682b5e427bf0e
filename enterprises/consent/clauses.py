"""How often, how long, how far back, how much: the measures of a consent, and the bounds of fair use on them.

Plain records in, verdicts and words out. Frequencies count calendar units by the station's clock, never rolling stretches.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from dateutil.relativedelta import relativedelta

from enterprises.consent import rules

ANY: Final = ""
#: How many of the smaller unit the larger one holds at most.
_MOST: Final = {
    ("hour", "day"): 24,
    ("hour", "month"): 24 * 31,
    ("hour", "year"): 24 * 366,
    ("day", "month"): 31,
    ("day", "year"): 366,
    ("month", "year"): 12,
}
_MONTHS: Final = {"month": 1, "year": 12}
_LONGEST: Final = {"day": 1, "month": 31, "year": 366}
_SHORTEST: Final = {"day": 1, "month": 28, "year": 365}


# --- Calendar units -----------------------------------------------------------------------------------------------------


def unit_start(local: datetime, unit: str) -> datetime:
    """The first moment of the calendar hour, day, month or year around ``local`` (a moment on the station's clock)."""
    hour = local.replace(minute=0, second=0, microsecond=0)
    if unit == "hour":
        return hour
    day = hour.replace(hour=0)
    return {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[unit]


def life_end(last: date, life: int, unit: str) -> date:
    """The last day on which what was seen on ``last`` may be kept."""
    return last + relativedelta(**{f"{unit}s": life})  # type: ignore[arg-type] # days, months or years


def most_in_unit(uses: int, per: str, unit: str) -> int:
    """How many looks ``uses`` per calendar ``per`` allow in one calendar ``unit`` at most."""
    return uses * _MOST.get((per, unit), 1)


# --- Fair use -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bounds:
    """What is allowed at most; None and "" leave it to somebody less specific."""

    max_days: int | None = None
    max_uses: int | None = None
    uses_unit: str = ANY
    max_data_months: int | None = None
    max_data_life: int | None = None
    data_life_unit: str = ANY
    max_mode: str = ANY


@dataclass(frozen=True)
class FairUseRow:
    """Bounds and whom they are for. Keys that are empty stand for everything."""

    bounds: Bounds
    institution_id: int | None = None
    purpose_code: str = ANY
    item_code: str = ANY
    fetch_kind: str = ANY

    def covers(self, *, institution_id: int, purpose_code: str, item_code: str, fetch_kind: str) -> bool:
        return (
            self.institution_id in {None, institution_id}
            and self.purpose_code in {ANY, purpose_code}
            and self.item_code in {ANY, item_code}
            and self.fetch_kind in {ANY, fetch_kind}
        )

    @property
    def specificity(self) -> tuple[bool, bool, bool, bool]:
        """An institution named beats a purpose named, that an item, that a kind of fetch."""
        return bool(self.institution_id), bool(self.purpose_code), bool(self.item_code), bool(self.fetch_kind)


@dataclass(frozen=True)
class Terms:
    """What somebody asks for."""

    institution_id: int
    purpose_code: str
    fetch_kind: str
    days: int
    uses: int
    uses_unit: str
    data_months: int
    data_life: int
    data_life_unit: str
    items: Mapping[str, str]


@dataclass(frozen=True)
class Excess:
    """One measure above its bound: period, frequency, span, data_life or mode; the bound, and the first item it is of."""

    measure: str
    bound: int | str
    unit: str
    item_code: str


def bounds_for(rows: Iterable[FairUseRow], **key: object) -> Bounds:
    """Each bound from the most specific row that says it."""
    fitting = sorted(
        (row for row in rows if row.covers(**key)),  # type: ignore[arg-type] # the four keys of a row
        key=lambda row: row.specificity,
        reverse=True,
    )
    found: dict[str, object] = {}
    for row in fitting:
        said = row.bounds
        pairs: tuple[tuple[str, ...], ...] = (
            ("max_days",),
            ("max_uses", "uses_unit"),
            ("max_data_months",),
            ("max_data_life", "data_life_unit"),
            ("max_mode",),
        )
        for names in pairs:
            if names[0] not in found and getattr(said, names[0]) not in {None, ANY}:
                found |= {name: getattr(said, name) for name in names}
    return Bounds(**found)  # type: ignore[arg-type] # values of a Bounds


def tightest(found: Iterable[Bounds]) -> Bounds:
    """The least of each bound over several items; the mode is each item's own and is left out."""
    every = list(found)
    least: dict[str, object] = {}
    for name in ("max_days", "max_data_months"):
        least[name] = min((getattr(bounds, name) or 0) for bounds in every)
    uses = min(every, key=lambda b: most_in_unit(b.max_uses or 0, b.uses_unit or "year", "year"))
    life = min(every, key=lambda b: (b.max_data_life or 0) * _LONGEST[b.data_life_unit or "day"])
    least |= {"max_uses": uses.max_uses, "uses_unit": uses.uses_unit}
    least |= {"max_data_life": life.max_data_life, "data_life_unit": life.data_life_unit}
    return Bounds(**least)  # type: ignore[arg-type] # values of a Bounds


def excesses(terms: Terms, rows: Iterable[FairUseRow]) -> list[Excess]:
    """What of ``terms`` lies above the bounds of fair use, by measure and item. Where nothing bounds a measure, nothing is allowed."""
    known = list(rows)
    found: list[Excess] = []
    for code, mode in sorted(terms.items.items()):
        bounds = bounds_for(
            known,
            institution_id=terms.institution_id,
            purpose_code=terms.purpose_code,
            item_code=code,
            fetch_kind=terms.fetch_kind,
        )
        for measure, bound, unit in _above(terms, mode, bounds):
            if not any((excess.measure, excess.bound, excess.unit) == (measure, bound, unit) for excess in found):
                found.append(Excess(measure, bound, unit, code))
    return found


def _above(terms: Terms, mode: str, bounds: Bounds) -> list[tuple[str, int | str, str]]:
    found: list[tuple[str, int | str, str]] = []
    if terms.days > (bounds.max_days or 0):
        found.append(("period", bounds.max_days or 0, "day"))
    if most_in_unit(terms.uses, terms.uses_unit, bounds.uses_unit) > (bounds.max_uses or 0):
        found.append(("frequency", bounds.max_uses or 0, bounds.uses_unit or "month"))
    if terms.data_months > (bounds.max_data_months or 0):
        found.append(("span", bounds.max_data_months or 0, "month"))
    if _is_longer(terms, bounds):
        found.append(("data_life", bounds.max_data_life or 0, bounds.data_life_unit or "day"))
    if not bounds.max_mode or rules.MODES.index(mode) > rules.MODES.index(bounds.max_mode):
        found.append(("mode", bounds.max_mode, ANY))
    return found


def _is_longer(terms: Terms, bounds: Bounds) -> bool:
    """Whether the data life asked for may outlast the bound: a month is taken at its longest there, its shortest here."""
    asked, bound = (terms.data_life, terms.data_life_unit), (bounds.max_data_life or 0, bounds.data_life_unit or "day")
    if asked[1] == bound[1]:
        return asked[0] > bound[0]
    if "day" not in {asked[1], bound[1]}:
        return asked[0] * _MONTHS[asked[1]] > bound[0] * _MONTHS[bound[1]]
    return asked[0] * _LONGEST[asked[1]] > bound[0] * _SHORTEST[bound[1]]
