"""When an adverse record may be repaired (信用修复管理办法, Order 36 of 2025, in force from 2026-04-01), and how long answers take.

The degree (失信程度) is what the deciding department says; the station does not judge it. Periods run from the day of the
deciding document. Working days are defaults of the station and may be set otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from portal import periods

#: Stands for the item where a firm objects to a look at its file instead of a record of an item.
LOOK: Final = "LOOK"

#: Answer to an objection: two days to accept and five for the source to check; repair: three and ten.
OBJECTION_WORKING_DAYS: Final = 7
REPAIR_WORKING_DAYS: Final = 13


@dataclass(frozen=True)
class Period:
    """How many months a record is published: repair is open after the shortest; after the longest it goes by itself."""

    shortest_months: int
    longest_months: int


PERIODS: Final[Mapping[str, Period]] = {"轻微": Period(0, 3), "一般": Period(3, 12), "严重": Period(12, 36)}

#: Per item the field with the day of the deciding document, and the degree where the list itself fixes it.
DECIDED: Final[Mapping[str, tuple[str, str]]] = {
    "AP_PENALTY": ("decide_date", ""),
    "SD_LIST": ("include_date", "严重"),
    "TX_VIOLATION": ("publish_date", "严重"),
    "MR_ABNORMAL": ("include_date", "轻微"),
    "TX_ARREARS": ("notice_date", "轻微"),
}


class NotRepairable(ValueError):
    """Repair of this item is not the station's: a court's list, or nothing adverse."""


class DegreeUnknown(ValueError):
    """The source has not said how grave it is, or when it was decided."""


@dataclass(frozen=True)
class RepairTerms:
    severity: str
    decided_on: date
    earliest_on: date
    ends_on: date


def repair_terms(item_code: str, payload: Mapping[str, object]) -> RepairTerms:
    """From when a record may be repaired. Raises NotRepairable or DegreeUnknown."""
    if item_code not in DECIDED:
        raise NotRepairable(item_code)
    field, fixed = DECIDED[item_code]
    severity, decided = fixed or str(payload.get("severity") or ""), payload.get(field)
    if severity not in PERIODS or not decided:
        raise DegreeUnknown(item_code)
    day, period = date.fromisoformat(str(decided)[:10]), PERIODS[severity]
    return RepairTerms(
        severity=severity,
        decided_on=day,
        earliest_on=periods.add_months(day, period.shortest_months),
        ends_on=periods.add_months(day, period.longest_months),
    )
