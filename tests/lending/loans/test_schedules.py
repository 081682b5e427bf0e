"""Schedules against numbers reckoned by hand, and what must hold for any loan."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.loans.schedules import BASIS_OF, Basis, Method, Open, Row, accrued, prepay, schedule

ANY_PRINCIPAL = st.decimals(min_value=Decimal(1000), max_value=Decimal(50_000_000), places=2)
ANY_RATE = st.decimals(min_value=Decimal(0), max_value=Decimal("0.24"), places=6)
ANY_TERM = st.integers(min_value=1, max_value=60)
ANY_DAY = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))
ANY_METHOD = st.sampled_from(list(Method))


def test_equal_instalments_of_a_small_loan_are_as_reckoned_by_hand() -> None:
    # 12,000 yuan at 6 %: 0.5 % a month; payment 12000 x 0.005 / (1 - 1.005^-3) = 4040.07; interest 60.00, 40.10, 20.10.
    rows = schedule("equal_instalments", Decimal("12000.00"), Decimal("0.06"), 3, date(2026, 1, 15))

    assert rows == [
        Row(1, date(2026, 2, 15), Decimal("3980.07"), Decimal("60.00"), Decimal("8019.93")),
        Row(2, date(2026, 3, 15), Decimal("3999.97"), Decimal("40.10"), Decimal("4019.96")),
        Row(3, date(2026, 4, 15), Decimal("4019.96"), Decimal("20.10"), Decimal("0.00")),
    ]


def test_equal_principal_pays_the_same_principal_and_falling_interest() -> None:
    # 100,000 over 3 months at 4.35 %: 33,333.33 twice, then 33,333.34; interest 362.50, 241.67, 120.83.
    rows = schedule("equal_principal", Decimal("100000.00"), Decimal("0.0435"), 3, date(2026, 1, 31))

    assert rows == [
        Row(1, date(2026, 2, 28), Decimal("33333.33"), Decimal("362.50"), Decimal("66666.67")),
        Row(2, date(2026, 3, 31), Decimal("33333.33"), Decimal("241.67"), Decimal("33333.34")),
        Row(3, date(2026, 4, 30), Decimal("33333.34"), Decimal("120.83"), Decimal("0.00")),
    ]


def test_interest_first_counts_the_days_of_each_month_over_360() -> None:
    # 1,000,000 at 3.6 %: 100 yuan a day; 31 days of January, 28 of February, 31 of March.
    rows = schedule("interest_first", Decimal("1000000.00"), Decimal("0.036"), 3, date(2026, 1, 1))

    assert [(row.due_on, row.principal, row.interest) for row in rows] == [
        (date(2026, 2, 1), Decimal("0.00"), Decimal("3100.00")),
        (date(2026, 3, 1), Decimal("0.00"), Decimal("2800.00")),
        (date(2026, 4, 1), Decimal("1000000.00"), Decimal("3100.00")),
    ]


def test_bullet_bears_interest_for_every_day_to_maturity() -> None:
    # 500,000 at 4.8 % for a year of 365 days: 500000 x 0.048 x 365 / 360.
    rows = schedule("bullet", Decimal("500000.00"), Decimal("0.048"), 12, date(2026, 3, 10))

    assert rows == [Row(1, date(2027, 3, 10), Decimal("500000.00"), Decimal("24333.33"), Decimal("0.00"))]


def test_bullet_by_the_month_bears_a_twelfth_a_month() -> None:
    rows = schedule("bullet", Decimal("500000.00"), Decimal("0.048"), 6, date(2026, 3, 10), basis="monthly")

    assert rows == [Row(1, date(2026, 9, 10), Decimal("500000.00"), Decimal("12000.00"), Decimal("0.00"))]


def test_half_a_fen_is_rounded_up() -> None:
    # 1,001 x 0.06 / 12 = 5.005.
    rows = schedule("interest_first", Decimal("1001.00"), Decimal("0.06"), 2, date(2026, 1, 1), basis="monthly")

    assert [row.interest for row in rows] == [Decimal("5.01"), Decimal("5.01")]


def test_a_loan_without_interest_is_parted_evenly() -> None:
    rows = schedule("equal_instalments", Decimal("1000.00"), Decimal(0), 3, date(2026, 1, 1))

    assert [(row.principal, row.interest) for row in rows] == [
        (Decimal("333.33"), Decimal("0.00")),
        (Decimal("333.33"), Decimal("0.00")),
        (Decimal("333.34"), Decimal("0.00")),
    ]


@pytest.mark.parametrize(
    ("principal", "rate", "term"),
    [(Decimal(0), Decimal("0.05"), 12), (Decimal(1000), Decimal("-0.01"), 12), (Decimal(1000), Decimal("0.05"), 0)],
)
def test_a_schedule_refuses_what_is_no_loan(principal: Decimal, rate: Decimal, term: int) -> None:
    with pytest.raises(ValueError, match="needs a principal"):
        schedule("bullet", principal, rate, term, date(2026, 1, 1))


def test_equal_instalments_refuse_the_daily_basis() -> None:
    with pytest.raises(ValueError, match="by the month"):
        schedule("equal_instalments", Decimal(1000), Decimal("0.05"), 12, date(2026, 1, 1), basis="actual_360")


@given(method=ANY_METHOD, principal=ANY_PRINCIPAL, rate=ANY_RATE, term=ANY_TERM, drawn_on=ANY_DAY)
def test_principal_adds_up_to_the_fen_and_the_balance_runs_to_zero(
    method: str, principal: Decimal, rate: Decimal, term: int, drawn_on: date
) -> None:
    rows = schedule(method, principal, rate, term, drawn_on)

    assert sum(row.principal for row in rows) == principal
    assert rows[-1].balance == 0
    assert all(row.principal >= 0 and row.interest >= 0 for row in rows)
    assert [row.balance for row in rows] == sorted((row.balance for row in rows), reverse=True)
    assert len({row.due_on for row in rows}) == len(rows)


@given(principal=ANY_PRINCIPAL, rate=ANY_RATE, term=ANY_TERM, drawn_on=ANY_DAY)
def test_equal_instalments_are_equal_but_for_the_rounding_of_the_last(
    principal: Decimal, rate: Decimal, term: int, drawn_on: date
) -> None:
    rows = schedule("equal_instalments", principal, rate, term, drawn_on)

    assert len({row.total for row in rows[:-1]}) <= 1
    if term > 1:
        assert abs(rows[-1].total - rows[0].total) <= Decimal("0.02") * term


def opened(rows: Any, drawn_on: date) -> Any:
    starts = [drawn_on, *(row.due_on for row in rows)]
    return [Open(r.number, start, r.due_on, r.principal, r.interest) for start, r in zip(starts, rows, strict=False)]


def test_interest_runs_up_by_the_day_within_the_period() -> None:
    rows = opened(
        schedule("interest_first", Decimal("1000000.00"), Decimal("0.036"), 3, date(2026, 1, 1)), date(2026, 1, 1)
    )

    assert accrued(rows, date(2026, 1, 11)) == Decimal("1000.00")


def test_a_prepayment_shortens_the_end_and_lowers_the_interest_to_come() -> None:
    # 1,000,000 at 3.6 % by the day; on 11 January 400,000 come early: 10 days x 100, then 60 a day.
    rows = opened(
        schedule("interest_first", Decimal("1000000.00"), Decimal("0.036"), 3, date(2026, 1, 1)), date(2026, 1, 1)
    )

    after = prepay(rows, Decimal("400000.00"), Decimal("0.036"), date(2026, 1, 11), basis="actual_360")

    assert [(row.principal, row.interest) for row in after] == [
        (Decimal("0.00"), Decimal("2260.00")),  # 10 x 100 + 21 x 60
        (Decimal("0.00"), Decimal("1680.00")),  # 28 x 60
        (Decimal("600000.00"), Decimal("1860.00")),  # 31 x 60
    ]


def test_a_prepayment_of_more_than_is_owed_is_refused() -> None:
    rows = opened(schedule("bullet", Decimal("1000.00"), Decimal("0.036"), 3, date(2026, 1, 1)), date(2026, 1, 1))

    with pytest.raises(ValueError, match="what is owed"):
        prepay(rows, Decimal("1000.01"), Decimal("0.036"), date(2026, 1, 11), basis="actual_360")


@given(data=st.data(), method=ANY_METHOD, principal=ANY_PRINCIPAL, rate=ANY_RATE, term=st.integers(1, 36))
def test_a_prepayment_takes_exactly_its_amount_of_principal_and_never_adds_interest(
    data: st.DataObject, method: str, principal: Decimal, rate: Decimal, term: int
) -> None:
    drawn_on = date(2026, 1, 15)
    rows = opened(schedule(method, principal, rate, term, drawn_on), drawn_on)
    amount = data.draw(st.decimals(min_value=Decimal("0.01"), max_value=principal, places=2))
    paid_on = data.draw(st.dates(min_value=drawn_on, max_value=rows[0].due_on))

    after = prepay(rows, amount, rate, paid_on, basis=BASIS_OF[method])

    assert sum(row.principal for row in after) == principal - amount
    assert all(0 <= new.principal <= old.principal for new, old in zip(after, rows, strict=True))
    assert all(0 <= new.interest <= old.interest + Decimal("0.01") for new, old in zip(after, rows, strict=True))
    assert after[0].interest >= accrued(rows, paid_on)


def test_every_method_has_its_basis() -> None:
    assert BASIS_OF == {
        Method.EQUAL_INSTALMENTS: Basis.MONTHLY,
        Method.EQUAL_PRINCIPAL: Basis.MONTHLY,
        Method.INTEREST_FIRST: Basis.ACTUAL_360,
        Method.BULLET: Basis.ACTUAL_360,
    }
