import datetime as dt
from decimal import Decimal

import pytest

from lending.supervision.forms import SpanForm
from lending.supervision.rules import TARGETS, progress


def test_the_plan_asks_for_500_then_1000_hundred_millions() -> None:
    assert [(t.by, t.credit_loans_amount, t.firms) for t in TARGETS] == [
        (dt.date(2025, 11, 19), Decimal("50000000000.00"), 250_000),
        (dt.date(2027, 11, 19), Decimal("100000000000.00"), 300_000),
    ]


def test_progress_says_how_far_and_whether_the_time_is_over() -> None:
    three, five = progress(credit_loans_amount=Decimal("25000000000.00"), firms=75_000, today=dt.date(2026, 11, 20))

    assert (three.amount_share, three.firms_share, three.is_over) == (Decimal("0.5"), Decimal("0.3"), True)
    assert (five.amount_share, five.firms_share, five.is_over) == (Decimal("0.25"), Decimal("0.25"), False)


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ({}, "2026-01-01", "2026-11-20"),
        ({"span": "month"}, "2026-11-01", "2026-11-20"),
        ({"span": "quarter"}, "2026-10-01", "2026-11-20"),
        ({"span": "twelve"}, "2025-11-21", "2026-11-20"),
        ({"span": "plan"}, "2022-11-19", "2026-11-20"),
        ({"span": "own", "first": "2025-03-01", "last": "2025-03-31"}, "2025-03-01", "2025-03-31"),
        ({"span": "own", "first": "2025-04-01", "last": "2025-03-31"}, "2026-01-01", "2026-11-20"),
        ({"span": "own", "first": "nonsense"}, "2026-01-01", "2026-11-20"),
    ],
)
def test_a_span_is_a_pair_of_days(given: dict[str, str], first: str, last: str, today: dt.date) -> None:
    assert SpanForm(given).days(today) == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
