from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lending.loans.allocation import Allocation, Due, Share, allocate, within_reach

JANUARY = Due(1, date(2026, 1, 20), Decimal("1000.00"), Decimal("50.00"))
FEBRUARY = Due(2, date(2026, 2, 20), Decimal("1000.00"), Decimal("45.00"))
MARCH = Due(3, date(2026, 3, 20), Decimal("1000.00"), Decimal("40.00"))


def test_a_payment_covers_interest_before_principal_and_the_oldest_first() -> None:
    placed = allocate(Decimal("1100.00"), [JANUARY, FEBRUARY])

    assert placed == Allocation(
        (Share(1, Decimal("1000.00"), Decimal("50.00")), Share(2, Decimal("5.00"), Decimal("45.00"))), Decimal("0.00")
    )


def test_a_payment_below_the_interest_pays_interest_only() -> None:
    placed = allocate(Decimal("30.00"), [JANUARY])

    assert placed == Allocation((Share(1, Decimal("0.00"), Decimal("30.00")),), Decimal("0.00"))


def test_what_cannot_be_placed_comes_back() -> None:
    placed = allocate(Decimal("1100.00"), [JANUARY])

    assert (placed.principal, placed.interest, placed.rest) == (Decimal("1000.00"), Decimal("50.00"), Decimal("50.00"))


def test_a_payment_reaches_what_is_due_and_the_running_instalment() -> None:
    assert within_reach([JANUARY, FEBRUARY, MARCH], date(2026, 1, 25)) == [JANUARY, FEBRUARY]


def test_a_prepayment_reaches_by_itself_only_what_is_due() -> None:
    assert within_reach([JANUARY, FEBRUARY, MARCH], date(2026, 1, 25), with_running=False) == [JANUARY]


def test_a_paid_instalment_is_out_of_reach() -> None:
    paid = Due(1, date(2026, 1, 20), Decimal("0.00"), Decimal("0.00"))

    assert within_reach([paid, FEBRUARY, MARCH], date(2026, 1, 10)) == [FEBRUARY]


FEN = st.decimals(min_value=Decimal("0.00"), max_value=Decimal("100000.00"), places=2)


@given(amount=FEN, owed=st.lists(st.tuples(FEN, FEN), max_size=12))
def test_nothing_of_a_payment_is_lost_and_nothing_is_paid_twice(
    amount: Decimal, owed: list[tuple[Decimal, Decimal]]
) -> None:
    dues = [Due(n, date(2026, 1, 20), principal, interest) for n, (principal, interest) in enumerate(owed)]

    placed = allocate(amount, dues)

    assert placed.principal + placed.interest + placed.rest == amount
    assert placed.rest == 0 or placed.principal + placed.interest == sum(d.principal + d.interest for d in dues)
    for share in placed.shares:
        assert share.principal <= dues[share.number].principal
        assert share.interest <= dues[share.number].interest
        assert share.principal == 0 or share.interest == dues[share.number].interest
