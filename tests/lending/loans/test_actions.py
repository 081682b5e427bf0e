"""Contract, drawdown, repayments, classes: what happens and what is refused."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from institutions.models import Officer
from lending.applications.models import Application
from lending.applications.states import ApplicationState
from lending.loans import actions, queries
from lending.loans.actions import classes, compensated, contracts, repayments
from lending.loans.actions.repayments import Reported
from lending.loans.models import Loan, Repayment
from lending.loans.states import MOVES, LoanState
from lending.needs.states import NeedState
from portal.accounts.roles import OfficerRole
from portal.audit.models import AuditEvent
from portal.messages.models import Message
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import ApplicationFactory, LoanFactory, OfficerFactory, StaffPostFactory

pytestmark = pytest.mark.django_db


def servicer(thing: Any, role: str = OfficerRole.LOAN_OFFICER) -> Any:
    return OfficerFactory(institution=thing.institution, role=role)


def repay(loan: Loan, at: datetime, amount: Decimal, reference: str = "R1", paid_on: Any = None, **changes: Any) -> Any:
    return actions.repay(
        loan=loan,
        officer=servicer(loan),
        reference=reference,
        paid_on=paid_on or at.date(),
        amount=Decimal(amount),
        at=at,
        **changes,
    )


# --- sign


@pytest.fixture
def approved() -> Any:
    return ApplicationFactory(state=ApplicationState.APPROVED)


def sign(
    application: Application,
    at: datetime,
    number: Any = "HT-1",
    signed_on: date | None = None,
    officer: Officer | None = None,
) -> Any:
    return actions.sign(
        application=application,
        officer=officer or servicer(application),
        contract_number=number,
        signed_on=signed_on or at.date(),
        at=at,
    )


def test_sign_registers_the_approved_terms(approved: Application, now: datetime, today: date) -> None:
    loan = sign(approved, now)

    assert (loan.contract_amount, loan.annual_rate, loan.term_months, loan.method, loan.state) == (
        Decimal("500000.00"),
        Decimal("0.045000"),
        12,
        "interest_first",
        "contracted",
    )
    approved.refresh_from_db()
    assert (approved.state, approved.contracted_at) == ("contracted", now)


def test_sign_refuses_an_officer_of_another_institution(approved: Application, now: datetime) -> None:
    with pytest.raises(NotPermitted):
        sign(approved, now, officer=OfficerFactory())


def test_sign_refuses_an_approver(approved: Application, now: datetime) -> None:
    with pytest.raises(NotPermitted):
        sign(approved, now, officer=servicer(approved, OfficerRole.APPROVER))


def test_sign_refuses_an_application_that_is_not_approved(now: datetime) -> None:
    with pytest.raises(IllegalMove):
        sign(ApplicationFactory(state=ApplicationState.ACCEPTED), now)


def test_sign_refuses_a_contract_number_twice(approved: Application, now: datetime) -> None:
    earlier = LoanFactory(application__product_version=approved.product_version, contract_number="HT-1")

    with pytest.raises(contracts.ContractNumberTaken):
        sign(approved, now, number=earlier.contract_number)


@pytest.mark.parametrize("days", [-1, 1])
def test_sign_refuses_a_day_before_the_decision_or_to_come(
    approved: Application, now: datetime, today: date, days: int
) -> None:
    with pytest.raises(contracts.DayNotPossible):
        sign(approved, now, signed_on=today + timedelta(days=days))


# --- draw, cancel


@pytest.fixture
def contract() -> Any:
    return LoanFactory(state="contracted")


def test_draw_draws_up_the_schedule_and_meets_the_need(contract: Loan, now: datetime, today: date) -> None:
    loan = actions.draw(loan=contract, officer=servicer(contract), drawn_on=today, at=now)

    assert (loan.state, loan.drawn_amount, loan.principal_balance, loan.matures_on) == (
        LoanState.DRAWN,
        Decimal("500000.00"),
        Decimal("500000.00"),
        date(2027, 11, 20),
    )
    sums = loan.instalments.aggregate(principal=Sum("principal_due"), interest=Sum("interest_due"))
    # A year of 365 days at 4.5 % over 360, each month rounded to the fen: 22,812.50.
    assert sums == {"principal": Decimal("500000.00"), "interest": Decimal("22812.50")}
    loan.application.need.refresh_from_db()
    assert loan.application.need.state == NeedState.MET
    assert Message.objects.get(link=f"/enterprise/loans/{loan.pk}/").recipient_id == loan.application.submitted_by_id


def test_draw_may_be_less_than_the_contract(contract: Loan, now: datetime, today: date) -> None:
    loan = actions.draw(loan=contract, officer=servicer(contract), drawn_on=today, amount=Decimal("200000.00"), at=now)

    assert (loan.drawn_amount, loan.principal_balance) == (Decimal("200000.00"), Decimal("200000.00"))


@pytest.mark.parametrize("amount", [Decimal(0), Decimal("500000.01")])
def test_draw_refuses_nothing_and_more_than_the_contract(
    contract: Loan, now: datetime, today: date, amount: Decimal
) -> None:
    with pytest.raises(contracts.DrawsTooMuch):
        actions.draw(loan=contract, officer=servicer(contract), drawn_on=today, amount=amount, at=now)


@pytest.mark.parametrize("days", [-1, 1])
def test_draw_refuses_a_day_before_the_contract_or_to_come(
    contract: Loan, now: datetime, today: date, days: int
) -> None:
    with pytest.raises(contracts.DayNotPossible):
        actions.draw(loan=contract, officer=servicer(contract), drawn_on=today + timedelta(days=days), at=now)


def test_draw_refuses_a_second_time(now: datetime, today: date) -> None:
    loan = LoanFactory()

    with pytest.raises(IllegalMove):
        actions.draw(loan=loan, officer=servicer(loan), drawn_on=today, at=now)
    assert loan.instalments.count() == 12


def test_cancel_ends_a_contract_that_was_never_drawn(contract: Loan, now: datetime) -> None:
    assert actions.cancel(loan=contract, officer=servicer(contract), at=now).state == LoanState.CANCELLED


def test_every_verb_refuses_an_officer_of_another_institution(contract: Loan, now: datetime, today: date) -> None:
    stranger, running = OfficerFactory(), LoanFactory()

    with pytest.raises(NotPermitted):
        actions.draw(loan=contract, officer=stranger, drawn_on=today, at=now)
    with pytest.raises(NotPermitted):
        actions.cancel(loan=contract, officer=stranger, at=now)
    with pytest.raises(NotPermitted):
        actions.repay(loan=running, officer=stranger, reference="R", paid_on=today, amount=Decimal(1), at=now)
    with pytest.raises(NotPermitted):
        actions.set_class(loan=running, officer=stranger, risk_class="loss", note="x", at=now)
    with pytest.raises(NotPermitted):
        actions.write_off(loan=running, officer=stranger, at=now)


# --- repay. LoanFactory: 500,000 at 4.5 %, interest monthly by actual/360, drawn on 10 November: 30 days, 1,875.00 due on 10 December.


def test_repay_pays_the_interest_of_the_running_instalment_ahead(now: datetime) -> None:
    loan = LoanFactory()

    repayment = repay(loan, now, "1875.00")

    first = loan.instalments.get(number=1)
    assert (repayment.principal_amount, repayment.interest_amount) == (Decimal("0.00"), Decimal("1875.00"))
    assert (first.due_on, first.interest_paid, first.is_open) == (date(2026, 12, 10), Decimal("1875.00"), False)


def test_repay_refuses_more_than_the_running_instalment_unless_it_is_a_prepayment(now: datetime) -> None:
    loan = LoanFactory()

    with pytest.raises(repayments.PaysTooMuch) as refused:
        repay(loan, now, "1875.01")

    assert "1,875.00" in str(refused.value.message)
    assert loan.repayments.count() == 0
    assert loan.instalments.get(number=1).interest_paid == 0


def test_repay_clears_arrears_and_the_loan_is_in_order_again(now: datetime) -> None:
    loan = LoanFactory(overdue=45)
    late = list(loan.instalments.filter(due_on__lte=now.date()))

    repay(loan, now, sum(row.interest_due for row in late))

    loan.refresh_from_db()
    assert len(late) == 2
    assert (loan.overdue_since, loan.days_past_due, loan.risk_class) == (None, 0, "normal")


def test_repay_in_part_moves_the_arrears_to_the_next_unpaid_day(now: datetime) -> None:
    loan = LoanFactory(overdue=45)
    first, second = loan.instalments.all()[:2]

    repay(loan, now, first.interest_due)

    loan.refresh_from_db()
    assert loan.overdue_since == second.due_on
    assert loan.days_past_due == (now.date() - second.due_on).days
    assert loan.risk_class == "attention"


def test_the_same_reference_twice_is_one_repayment(now: datetime) -> None:
    loan = LoanFactory()

    first, second = repay(loan, now, "1000.00"), repay(loan, now, "1000.00")

    assert first == second
    assert Repayment.objects.count() == 1
    assert loan.instalments.get(number=1).interest_paid == Decimal("1000.00")


@pytest.mark.parametrize("change", [{"amount": "1000.01"}, {"amount": "1000.00", "paid_on": date(2026, 11, 19)}])
def test_a_reference_with_another_day_or_amount_is_refused(now: datetime, change: dict[str, Any]) -> None:
    loan = LoanFactory()
    repay(loan, now, "1000.00")

    with pytest.raises(repayments.ReferenceOfAnother):
        repay(loan, now, **change)


@pytest.mark.parametrize("amount", ["0.00", "-1.00"])
def test_repay_refuses_nothing(now: datetime, amount: Decimal) -> None:
    with pytest.raises(repayments.PaysNothing):
        repay(LoanFactory(), now, amount)


@pytest.mark.parametrize("days", [-11, 1])
def test_repay_refuses_a_day_before_the_drawdown_or_to_come(now: datetime, today: date, days: int) -> None:
    with pytest.raises(contracts.DayNotPossible):
        repay(LoanFactory(), now, "100.00", paid_on=today + timedelta(days=days))


def test_repay_refuses_a_loan_that_does_not_run(contract: Loan, now: datetime) -> None:
    with pytest.raises(repayments.LoanNotRunning):
        repay(contract, now, "100.00")


def test_repay_refuses_a_compensated_loan_and_points_to_the_recovery(now: datetime) -> None:
    loan = LoanFactory(overdue=100)
    payer = StaffPostFactory().user
    earlier = repay(loan, now, "100.00", reference="BEFORE")

    marked = actions.mark_compensated(loan=loan, by=payer, at=now)

    assert marked.compensated_at == now
    assert AuditEvent.objects.get(verb="loan.compensate").subject_id == str(loan.pk)
    for is_prepayment in (False, True):
        with pytest.raises(repayments.LoanCompensated, match="追偿"):
            repay(loan, now, "100.00", reference="AFTER", is_prepayment=is_prepayment)
    assert repay(loan, now, "100.00", reference="BEFORE") == earlier
    assert Repayment.objects.get() == earlier


def test_a_loan_is_compensated_once(now: datetime) -> None:
    loan, payer = LoanFactory(overdue=100, compensated_at=now), StaffPostFactory().user

    with pytest.raises(compensated.AlreadyCompensated):
        actions.mark_compensated(loan=loan, by=payer, at=now + timedelta(days=1))

    loan.refresh_from_db()
    assert loan.compensated_at == now


def test_a_prepayment_pays_the_interest_run_up_and_takes_principal_from_the_end(now: datetime) -> None:
    # Ten days after the drawdown: 500,000 x 4.5 % x 10 / 360 = 625.00; the rest of 100,625 is principal.
    loan = LoanFactory()

    repayment = repay(loan, now, "100625.00", is_prepayment=True)

    loan.refresh_from_db()
    rows = list(loan.instalments.all())
    assert (repayment.principal_amount, repayment.interest_amount) == (Decimal("100000.00"), Decimal("625.00"))
    assert loan.principal_balance == sum(row.principal_open for row in rows) == Decimal("400000.00")
    assert rows[0].interest_due == Decimal("1625.00")  # 625 + 400,000 x 4.5 % x 20 / 360
    assert rows[1].interest_due == Decimal("1550.00")  # 400,000 x 4.5 % x 31 / 360
    assert rows[-1].principal_due == Decimal("400000.00")


def test_a_prepayment_of_the_payoff_settles_the_loan(now: datetime, today: date) -> None:
    loan = LoanFactory()
    payoff = queries.outstanding(loan, today).payoff

    repay(loan, now, payoff, is_prepayment=True)

    loan.refresh_from_db()
    assert payoff == Decimal("500625.00")
    assert (loan.state, loan.settled_at, loan.principal_balance) == (LoanState.SETTLED, now, Decimal("0.00"))
    assert queries.outstanding(loan, today).payoff == 0
    assert AuditEvent.objects.filter(verb="loan.settle").count() == 1


def test_a_prepayment_of_more_than_the_payoff_is_refused(now: datetime) -> None:
    with pytest.raises(repayments.PaysTooMuch) as refused:
        repay(LoanFactory(), now, "500625.01", is_prepayment=True)

    assert "500,625.00" in str(refused.value.message)


def test_a_prepayment_pays_arrears_first(now: datetime) -> None:
    loan = LoanFactory(overdue=45)
    arrears = queries.outstanding(loan, now.date()).due

    repayment = repay(loan, now, arrears, is_prepayment=True)

    assert (repayment.interest_amount, repayment.principal_amount) == (arrears, Decimal("0.00"))


def test_paying_every_instalment_on_its_day_settles_the_loan(now: datetime) -> None:
    loan = LoanFactory(application__approved_method="equal_instalments")

    for row in list(loan.instalments.all()):
        at = now.replace(year=row.due_on.year, month=row.due_on.month, day=row.due_on.day)
        repay(loan, at, row.total_due, reference=f"R{row.number}")

    loan.refresh_from_db()
    paid = loan.repayments.aggregate(principal=Sum("principal_amount"), all=Sum("amount"))
    assert loan.state == LoanState.SETTLED
    assert paid["principal"] == Decimal("500000.00")
    assert paid["all"] == sum(row.total_due for row in loan.instalments.all())


# --- files


def line(number: Any, loan: Loan, reference: str, amount: Decimal, paid_on: Any = date(2026, 11, 20)) -> Any:
    return Reported(number, loan.contract_number, reference, paid_on, Decimal(amount))


def test_a_file_reports_every_line_once(now: datetime) -> None:
    loan, foreign = LoanFactory(), LoanFactory()
    officer = servicer(loan)
    repay(loan, now, "100.00", reference="OLD")

    rows = [
        line(2, loan, "NEW", "200.00"),
        line(3, loan, "OLD", "100.00"),
        line(4, loan, "NEW", "200.00"),
        line(5, loan, "BIG", "900000.00"),
        line(6, foreign, "X", "100.00"),
    ]
    report = actions.report(officer=officer, rows=rows, at=now)

    assert (report.accepted, report.repeated) == (1, 2)
    assert [(reject.line, reject.reference) for reject in report.rejects] == [(5, "BIG"), (6, "X")]
    assert report.rejects[1].reason == "没有该合同编号的贷款"
    assert set(loan.repayments.values_list("reference", flat=True)) == {"OLD", "NEW"}
    assert foreign.repayments.count() == 0


# --- classes, write-off


def test_the_bank_may_class_a_loan_worse(now: datetime) -> None:
    loan = LoanFactory(overdue=20)

    loan = actions.set_class(loan=loan, officer=servicer(loan), risk_class="doubtful", note="停产", at=now)

    assert (loan.risk_class, loan.set_class, loan.days_past_due) == ("doubtful", "doubtful", 20)


def test_set_class_refuses_a_better_class_than_the_days_give(now: datetime) -> None:
    loan = LoanFactory(overdue=100)

    with pytest.raises(classes.ClassTooGood):
        actions.set_class(loan=loan, officer=servicer(loan), risk_class="attention", note="协商", at=now)


def test_set_class_refuses_without_words(now: datetime) -> None:
    loan = LoanFactory()

    with pytest.raises(classes.ClassUnexplained):
        actions.set_class(loan=loan, officer=servicer(loan), risk_class="loss", note=" ", at=now)


def test_set_class_refuses_a_loan_that_does_not_run(contract: Loan, now: datetime) -> None:
    with pytest.raises(IllegalMove):
        actions.set_class(loan=contract, officer=servicer(contract), risk_class="loss", note="x", at=now)


def test_a_class_taken_back_leaves_a_bad_loan_under_observation(now: datetime, today: date) -> None:
    loan = LoanFactory()
    officer = servicer(loan)
    actions.set_class(loan=loan, officer=officer, risk_class="doubtful", note="停产", at=now)

    loan = actions.set_class(loan=loan, officer=officer, risk_class="", note="复产", at=now)

    assert (loan.risk_class, loan.performing_since) == ("substandard", today)


def test_write_off_keeps_what_was_lost(now: datetime) -> None:
    loan = LoanFactory(overdue=400)

    loan = actions.write_off(loan=loan, officer=servicer(loan), at=now)

    assert (loan.state, loan.principal_balance) == (LoanState.WRITTEN_OFF, Decimal("500000.00"))


def test_write_off_refuses_what_is_not_lost(now: datetime) -> None:
    loan = LoanFactory(overdue=360)

    with pytest.raises(classes.NotYetLost):
        actions.write_off(loan=loan, officer=servicer(loan), at=now)


def test_the_table_of_moves_is_the_life_of_a_loan() -> None:
    assert {(move.verb, *sorted(move.sources), move.target) for move in MOVES} == {
        ("draw", "contracted", "drawn"),
        ("settle", "drawn", "settled"),
        ("write_off", "drawn", "written_off"),
        ("cancel", "contracted", "cancelled"),
    }


@pytest.mark.parametrize("state", ["drawn", "settled", "written_off", "cancelled"])
def test_cancel_refuses_a_loan_in_any_other_state(now: datetime, state: str) -> None:
    loan = LoanFactory()
    Loan.objects.filter(pk=loan.pk).update(state=state, principal_balance=0)

    with pytest.raises(IllegalMove):
        actions.cancel(loan=loan, officer=servicer(loan), at=now)
