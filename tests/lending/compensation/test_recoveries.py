import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic

from institutions.models import Officer
from lending.compensation import actions, queries
from lending.compensation.actions.moving import AmountHasChanged, NoteMissing
from lending.compensation.actions.recoveries import (
    AlreadyReceived,
    NotPaidYet,
    RecoveryAmounts,
    RecoveryExceedsLoss,
    RecoveryInFuture,
    RecoveryReferenceTaken,
    RemittanceOutstanding,
)
from lending.compensation.models import Claim, Recovery
from lending.ledger import queries as ledger
from lending.loans import actions as loans
from lending.loans.actions.repayments import LoanCompensated
from lending.loans.models import Loan
from portal.accounts.models import User
from portal.refusals import NotPermitted
from tests.factories import OfficerFactory, RecoveryFactory


def recover(claim: Claim, officer: Officer, now: dt.datetime, **changes: Any) -> Recovery:
    usual: dict[str, Any] = {
        "reference": "ZC-001",
        "recovered_on": now.date(),
        "gross_amount": Decimal("100000.00"),
        "cost_amount": Decimal("10000.00"),
    }
    return actions.report_recovery(claim=claim, officer=officer, at=now, **{**usual, **changes})


def test_report_takes_the_costs_off_and_shares_the_rest_as_the_loss_was_borne(
    paid: Claim, officer: Officer, now: dt.datetime
) -> None:
    recovery = recover(paid, officer, now)

    assert (recovery.fund_amount, recovery.bank_amount) == (Decimal("36000.00"), Decimal("54000.00"))
    assert recovery.remit_by == dt.date(2027, 1, 4)
    paid.refresh_from_db()
    assert paid.recovered_amount == Decimal("90000.00")


def test_what_the_debtor_pays_after_the_payout_is_no_repayment_but_a_recovery(
    approved: Claim, officer: Officer, treasurer: User, now: dt.datetime
) -> None:
    claim = actions.pay_claim(claim=approved, note="凭证 1", by=treasurer, at=now)
    loan = Loan.objects.get(pk=claim.enrolment.loan_id)
    money: dict[str, Any] = {"reference": "R-1", "paid_on": now.date(), "amount": Decimal("100.00")}

    with pytest.raises(LoanCompensated):
        loans.repay(loan=loan, officer=officer, at=now, **money)

    assert loan.compensated_at == now
    assert recover(claim, officer, now).fund_amount > 0


def test_a_payout_that_is_refused_leaves_the_loan_open_to_repayments(
    approved: Claim, officer: Officer, treasurer: User, now: dt.datetime
) -> None:
    loan = Loan.objects.get(pk=approved.enrolment.loan_id)
    owed = loan.instalments.all()
    interest = sum((row.interest_open for row in owed if row.due_on <= now.date()), Decimal(0))
    principal = Decimal("1000.00")
    loans.repay(
        loan=loan, officer=officer, reference="R-1", paid_on=now.date(), amount=interest + principal, at=now,
        is_prepayment=True,
    )  # fmt: skip

    with pytest.raises(AmountHasChanged):
        actions.pay_claim(claim=approved, note="凭证 1", by=treasurer, at=now)

    loan.refresh_from_db()
    assert loan.compensated_at is None


def test_a_reported_recovery_is_owed_to_the_fund_and_spendable_once_it_has_come(
    paid: Claim, officer: Officer, treasurer: User, now: dt.datetime
) -> None:
    fund = paid.enrolment.scheme.fund
    recovery = recover(paid, officer, now)
    reported = queries.standing(fund)

    actions.confirm_remittance(recovery=recovery, note="到账凭证 7", by=treasurer, at=now)
    received = queries.standing(fund)

    assert (reported.receivable, reported.available) == (Decimal("36000.00"), Decimal("9800000.00"))
    assert (received.receivable, received.available) == (Decimal("0.00"), Decimal("9836000.00"))
    assert received.recovered == Decimal("36000.00")
    assert ledger.trial_balance().is_sound


def test_report_of_the_same_reference_is_the_same_recovery(paid: Claim, officer: Officer, now: dt.datetime) -> None:
    first, again = recover(paid, officer, now), recover(paid, officer, now)

    assert first == again
    paid.refresh_from_db()
    assert paid.recovered_amount == Decimal("90000.00")


def test_report_refuses_a_known_reference_with_another_amount(paid: Claim, officer: Officer, now: dt.datetime) -> None:
    recover(paid, officer, now)

    with pytest.raises(RecoveryReferenceTaken):
        recover(paid, officer, now, gross_amount=Decimal("100000.01"))


def test_recoveries_up_to_the_whole_loss_give_the_fund_back_exactly_what_it_paid(
    paid: Claim, officer: Officer, now: dt.datetime
) -> None:
    amounts = [Decimal("33333.33"), Decimal("0.01"), Decimal("166666.66"), Decimal("300000.00")]

    for number, amount in enumerate(amounts):
        recover(paid, officer, now, reference=f"ZC-{number}", gross_amount=amount, cost_amount=Decimal("0.00"))

    assert sum(recovery.fund_amount for recovery in Recovery.objects.all()) == paid.fund_amount
    assert sum(recovery.bank_amount for recovery in Recovery.objects.all()) == paid.bank_amount


def test_report_refuses_more_than_was_lost(paid: Claim, officer: Officer, now: dt.datetime) -> None:
    with pytest.raises(RecoveryExceedsLoss):
        recover(paid, officer, now, gross_amount=Decimal("510000.01"))


def test_report_refuses_before_the_pay_out(approved: Claim, officer: Officer, now: dt.datetime) -> None:
    with pytest.raises(NotPaidYet):
        recover(approved, officer, now)


@pytest.mark.parametrize(
    ("gross", "cost"),
    [("0.00", "0.00"), ("100.00", "100.00"), ("100.00", "-0.01"), ("100.001", "0.00")],
    ids=["nothing", "only costs", "negative costs", "half a fen"],
)
def test_report_refuses_amounts_that_cannot_be(
    paid: Claim, officer: Officer, gross: str, cost: str, now: dt.datetime
) -> None:
    with pytest.raises(RecoveryAmounts):
        recover(paid, officer, now, gross_amount=Decimal(gross), cost_amount=Decimal(cost))


@pytest.mark.parametrize("days", [1, -1], ids=["tomorrow", "before the pay-out"])
def test_report_refuses_a_day_that_cannot_be(paid: Claim, officer: Officer, days: int, now: dt.datetime) -> None:
    with pytest.raises(RecoveryInFuture):
        recover(paid, officer, now, recovered_on=now.date() + dt.timedelta(days=days))


def test_report_refuses_an_officer_of_another_bank(paid: Claim, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        recover(paid, OfficerFactory(), now)


def test_confirm_refuses_twice(paid: Claim, officer: Officer, treasurer: User, now: dt.datetime) -> None:
    recovery = recover(paid, officer, now)
    actions.confirm_remittance(recovery=recovery, note="凭证", by=treasurer, at=now)

    with pytest.raises(AlreadyReceived):
        actions.confirm_remittance(recovery=recovery, note="凭证", by=treasurer, at=now)


def test_confirm_refuses_without_a_receipt(paid: Claim, officer: Officer, treasurer: User, now: dt.datetime) -> None:
    with pytest.raises(NoteMissing):
        actions.confirm_remittance(recovery=recover(paid, officer, now), note="", by=treasurer, at=now)


def test_confirm_refuses_anybody_but_the_treasurer(
    paid: Claim, officer: Officer, approver: User, now: dt.datetime
) -> None:
    with pytest.raises(NotPermitted):
        actions.confirm_remittance(recovery=recover(paid, officer, now), note="凭证", by=approver, at=now)


def test_close_refuses_while_the_funds_part_has_not_come(
    paid: Claim, officer: Officer, approver: User, treasurer: User, now: dt.datetime
) -> None:
    recovery = recover(paid, officer, now)

    with pytest.raises(RemittanceOutstanding):
        actions.close_claim(claim=paid, note="无可执行财产", by=approver, at=now)
    actions.confirm_remittance(recovery=recovery, note="凭证", by=treasurer, at=now)

    assert actions.close_claim(claim=paid, note="无可执行财产", by=approver, at=now).state == "closed"


def test_close_refuses_without_a_reason(paid: Claim, approver: User, now: dt.datetime) -> None:
    with pytest.raises(NoteMissing):
        actions.close_claim(claim=paid, note="", by=approver, at=now)


def test_what_comes_after_closing_is_shared_all_the_same(
    paid: Claim, officer: Officer, approver: User, now: dt.datetime
) -> None:
    closed = actions.close_claim(claim=paid, note="终结本次执行", by=approver, at=now)

    assert recover(closed, officer, now).fund_amount == Decimal("36000.00")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"bank_amount": Decimal("54000.01")}, "a_recovery_is_shared_to_the_fen"),
        ({"gross_amount": Decimal("0.00")}, "a_recovery_is_shared_to_the_fen"),
    ],
)
def test_the_database_refuses_a_recovery_that_does_not_add_up(
    change: dict[str, Any], constraint: str, db: None
) -> None:
    with pytest.raises(IntegrityError, match=constraint), atomic():
        RecoveryFactory(**change)


def test_the_database_refuses_a_reference_twice(db: None) -> None:
    first = RecoveryFactory()

    with pytest.raises(IntegrityError, match="one_recovery_per_reference"), atomic():
        RecoveryFactory(claim=first.claim, reference=first.reference)


def test_a_recovery_is_seen_by_whoever_sees_its_claim(paid: Claim, officer: Officer, now: dt.datetime) -> None:
    recover(paid, officer, now)
    stranger = OfficerFactory().user

    assert Recovery.objects.visible_to(officer.user).count() == 1
    assert Recovery.objects.visible_to(stranger).count() == 0
