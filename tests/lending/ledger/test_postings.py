from decimal import Decimal

import pytest

from lending.ledger import postings
from lending.ledger.postings import Budget, FundAccount, Posting, guarantee, subsidy
from lending.ledger.postings.guarantee import Layer

BUDGET = {f"NX:{account}" for account in Budget}
PLAIN = [
    *(getattr(postings, name) for name in ("deposit", "withdrawal", "deposit_interest", "reservation", "release")),
    *(getattr(postings, name) for name in ("commitment", "uncommitment", "payment", "recovery", "late_interest")),
    *(getattr(postings, name) for name in ("remittance", "clawback", "write_off")),
    *(getattr(subsidy, name) for name in ("deposit", "return_unspent", "deposit_interest", "payment")),
    *(getattr(subsidy, name) for name in ("clawback", "clawback_received", "clawback_dropped")),
    *(getattr(guarantee, name) for name in ("deposit", "withdrawal", "premium", "compensation")),
]
SHARES = {Layer.REGUARANTOR: Decimal("4.11"), Layer.NATIONAL_FUND: Decimal("2.02"), Layer.COUNTY: Decimal("0.00")}
EVENTS = [
    *(lambda book, amount, event=event: event(book, amount) for event in PLAIN),
    lambda book, _amount: guarantee.counter_claim(book, SHARES),
    lambda book, amount: guarantee.share_received(book, Layer.COUNTY, amount),
    lambda book, amount: guarantee.recovery(book, amount, SHARES),
    lambda book, amount: guarantee.share_remitted(book, Layer.REGUARANTOR, amount),
    lambda book, amount: guarantee.write_off(book, amount, SHARES),
]
BOOKS = {"fund": postings.FUND_BOOK, "subsidy": postings.SUBSIDY_BOOK, "guarantee": postings.GUARANTEE_BOOK}


@pytest.mark.parametrize("event", EVENTS)
def test_every_business_event_balances(event: object) -> None:
    lines = event("NX", Decimal("12.34"))

    assert sum(line.debit for line in lines) == sum(line.credit for line in lines) > 0


@pytest.mark.parametrize("event", EVENTS)
def test_the_budget_always_splits_into_available_reserved_and_paid(event: object) -> None:
    lines = [line for line in event("NX", Decimal("12.34")) if line.account_code in BUDGET]

    assert sum(line.debit - line.credit for line in lines) == 0


def test_payment_spends_what_was_reserved() -> None:
    lines = postings.payment("NX", Decimal("8.00"))

    assert lines == [
        Posting("NX:compensation", debit=Decimal("8.00")),
        Posting("NX:bank", credit=Decimal("8.00")),
        Posting("NX:reserved", debit=Decimal("8.00")),
        Posting("NX:paid", credit=Decimal("8.00")),
    ]


def test_payment_of_a_batch_spends_what_was_committed() -> None:
    lines = postings.payment("NX", Decimal("8.00"), is_committed=True)

    assert lines[2:] == [
        Posting("NX:committed", debit=Decimal("8.00")),
        Posting("NX:paid", credit=Decimal("8.00")),
    ]


def test_a_reported_recovery_is_not_available_before_it_has_come() -> None:
    touched = {line.account_code for line in postings.recovery("NX", Decimal("8.00"))}

    assert touched == {"NX:receivable", "NX:recoveries"}


def test_what_the_debtor_pays_is_owed_on_to_each_layer() -> None:
    lines = guarantee.recovery("NX", Decimal("10.00"), {Layer.COUNTY: Decimal("2.50")})

    assert lines[-2:] == [
        Posting("NX:held_for_county", debit=Decimal("2.50")),
        Posting("NX:owed_to_county", credit=Decimal("2.50")),
    ]


def test_a_written_off_loss_is_borne_by_the_layers_and_the_rest_by_the_guarantor() -> None:
    lines = guarantee.write_off("NX", Decimal("10.00"), {Layer.COUNTY: Decimal("2.50")})

    assert lines == [
        Posting("NX:loss", debit=Decimal("7.50")),
        Posting("NX:held_for_county", debit=Decimal("2.50")),
        Posting("NX:subrogation", credit=Decimal("10.00")),
    ]


def test_mirrored_twice_is_the_same() -> None:
    lines = postings.deposit("NX", Decimal("5.00"))

    assert postings.mirrored(postings.mirrored(lines)) == lines


def test_every_account_of_a_fund_is_planned_once() -> None:
    assert sorted(plan.account for plan in postings.FUND_BOOK) == sorted(FundAccount)


@pytest.mark.parametrize("name", BOOKS)
def test_every_event_of_a_book_names_accounts_that_it_opens_with(name: str) -> None:
    module = {"fund": postings, "subsidy": subsidy, "guarantee": guarantee}[name]
    planned = {f"NX:{plan.account}" for plan in BOOKS[name]}

    events = [event for event in PLAIN if event.__module__ == module.deposit.__module__]

    assert events
    assert {line.account_code for event in events for line in event("NX", Decimal("1.00"))} <= planned
