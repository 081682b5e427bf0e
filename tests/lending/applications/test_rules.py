from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lending.applications.models import RefusalReason
from lending.applications.rules import NEXT_STEPS, clock, deadline, next_steps, prolonged

SHANGHAI = ZoneInfo("Asia/Shanghai")


def moment(*parts: Any) -> Any:
    return datetime(*parts, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (moment(2026, 11, 19, 9, 0), 1, moment(2026, 11, 20, 18, 0)),
        (moment(2026, 11, 20, 23, 59), 1, moment(2026, 11, 23, 18, 0)),
        (moment(2026, 11, 21, 12, 0), 1, moment(2026, 11, 23, 18, 0)),
        (moment(2026, 9, 30, 10, 0), 1, moment(2026, 10, 8, 18, 0)),
        (moment(2026, 11, 20, 10, 0), 10, moment(2026, 12, 4, 18, 0)),
    ],
)
def test_a_deadline_ends_with_the_office_hours_of_a_working_day(start: Any, days: int, expected: Any) -> None:
    assert deadline(start, days) == expected


def test_waiting_for_the_firm_is_not_held_against_the_institution() -> None:
    due_at = moment(2026, 12, 4, 18, 0)

    assert prolonged(due_at, moment(2026, 11, 20).date(), moment(2026, 11, 20).date()) == due_at
    assert prolonged(due_at, moment(2026, 11, 20).date(), moment(2026, 11, 25).date()) == moment(2026, 12, 9, 18, 0)


@pytest.mark.parametrize(
    ("left", "tone"),
    [(timedelta(hours=25), "active"), (timedelta(hours=23), "late"), (timedelta(seconds=-1), "bad")],
)
def test_a_clock_turns_red_when_it_is_near_and_over(now: datetime, left: Any, tone: Any) -> None:
    assert clock(now + left, now).tone == tone


def test_no_deadline_has_no_clock(now: datetime) -> None:
    assert clock(None, now) is None


def test_every_reason_leads_on() -> None:
    assert set(NEXT_STEPS) == set(RefusalReason.values)
    assert all(next_steps(reason) for reason in RefusalReason.values)
