"""《商业银行金融资产风险分类办法》: the days that divide the classes, and the way back."""

from datetime import date, timedelta
from typing import Any

import pytest

from lending.loans.classification import Bounds, Standing, class_of, stand, worse
from lending.loans.states import RiskClass

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "normal"),
        (1, "attention"),
        (90, "attention"),
        (91, "substandard"),
        (270, "substandard"),
        (271, "doubtful"),
        (360, "doubtful"),
        (361, "loss"),
    ],
)
def test_days_past_due_give_the_least_class(days: int, expected: Any) -> None:
    assert class_of(days) == expected


def test_a_bank_may_draw_the_bounds_tighter() -> None:
    assert class_of(61, Bounds(substandard=60)) == "substandard"


def test_the_codes_are_those_of_the_states() -> None:
    assert [class_of(days) for days in (0, 1, 91, 271, 361)] == RiskClass.values


def test_no_opinion_is_no_worse() -> None:
    assert worse("attention", "") == "attention"


def test_a_loan_paid_on_time_is_normal() -> None:
    found = stand(overdue_since=None, before="normal", performing_since=None, set_by_bank="", day=DAY)

    assert found == Standing(None, 0, None, "normal")


def test_the_banks_worse_class_holds_on_a_loan_that_is_paid_on_time() -> None:
    found = stand(overdue_since=None, before="normal", performing_since=None, set_by_bank="doubtful", day=DAY)

    assert found == Standing(None, 0, None, "doubtful")


def test_days_are_counted_from_the_oldest_unpaid_due_day() -> None:
    since = DAY - timedelta(days=45)

    found = stand(overdue_since=since, before="normal", performing_since=None, set_by_bank="", day=DAY)

    assert found == Standing(since, 45, None, "attention")


def test_arrears_paid_in_part_leave_a_bad_loan_bad() -> None:
    since = DAY - timedelta(days=10)

    found = stand(overdue_since=since, before="doubtful", performing_since=None, set_by_bank="", day=DAY)

    assert found == Standing(since, 10, None, "substandard")


def test_arrears_paid_in_full_begin_the_observation() -> None:
    found = stand(overdue_since=None, before="loss", performing_since=None, set_by_bank="", day=DAY)

    assert found == Standing(None, 0, DAY, "substandard")


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (date(2026, 5, 21), Standing(None, 0, date(2026, 5, 21), "substandard")),
        (date(2026, 5, 20), Standing(None, 0, None, "normal")),
    ],
)
def test_a_bad_loan_is_normal_again_after_six_months_of_payment(since: date, expected: Any) -> None:
    found = stand(overdue_since=None, before="substandard", performing_since=since, set_by_bank="", day=DAY)

    assert found == expected


def test_new_arrears_end_the_observation() -> None:
    since = DAY - timedelta(days=1)

    found = stand(overdue_since=since, before="substandard", performing_since=date(2026, 8, 1), set_by_bank="", day=DAY)

    assert found == Standing(since, 1, None, "substandard")
