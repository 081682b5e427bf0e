from decimal import Decimal

import pytest

from lending.ledger import postings
from lending.ledger.postings import FundAccount, Posting

EVENTS = [
    postings.deposit,
    postings.reservation,
    postings.release,
    postings.payment,
    postings.recovery,
    postings.remittance,
]


@pytest.mark.parametrize("event", EVENTS)
def test_every_business_event_balances(event: object) -> None:
    lines = event("NX", Decimal("12.34"))

    assert sum(line.debit for line in lines) == sum(line.credit for line in lines) > 0


@pytest.mark.parametrize("event", EVENTS)
def test_the_budget_always_splits_into_available_reserved_and_paid(event: object) -> None:
    budget = {f"NX:{name}" for name in ("authorised", "available", "reserved", "paid")}

    lines = [line for line in event("NX", Decimal("12.34")) if line.account_code in budget]

    assert sum(line.debit - line.credit for line in lines) == 0


def test_payment_spends_what_was_reserved() -> None:
    lines = postings.payment("NX", Decimal("8.00"))

    assert lines == [
        Posting("NX:compensation", debit=Decimal("8.00")),
        Posting("NX:bank", credit=Decimal("8.00")),
        Posting("NX:reserved", debit=Decimal("8.00")),
        Posting("NX:paid", credit=Decimal("8.00")),
    ]


def test_a_reported_recovery_is_not_available_before_it_has_come() -> None:
    touched = {line.account_code for line in postings.recovery("NX", Decimal("8.00"))}

    assert touched == {"NX:receivable", "NX:recoveries"}


def test_mirrored_twice_is_the_same() -> None:
    lines = postings.deposit("NX", Decimal("5.00"))

    assert postings.mirrored(postings.mirrored(lines)) == lines


def test_every_account_of_a_fund_is_planned_once() -> None:
    assert sorted(plan.account for plan in postings.FUND_BOOK) == sorted(FundAccount)
