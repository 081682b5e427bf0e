import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from lending.compensation import actions
from lending.compensation.actions.enrolments import (
    AlreadyEnrolled,
    ClausesNotMet,
    EnrolmentClaimed,
    LoanNotDrawn,
    LoanOverdue,
    SchemeNotInForce,
)
from lending.compensation.models import Claim, Enrolment
from lending.compensation.states import EnrolmentState
from lending.loans.models import Loan
from portal.accounts.roles import OfficerRole
from portal.audit.models import AuditEvent
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import EnrolmentFactory, LoanFactory, OfficerFactory, SchemeFactory

pytestmark = pytest.mark.django_db


def officer_of(loan: Loan, **changes: Any) -> Any:
    return OfficerFactory(institution=loan.institution, **{"role": OfficerRole.LOAN_OFFICER, **changes})


def test_enrol_registers_the_loan_with_the_verdict_of_every_clause(now: dt.datetime) -> None:
    loan, scheme = LoanFactory(), SchemeFactory()

    enrolment = actions.enrol(loan=loan, scheme=scheme, officer=officer_of(loan), at=now)

    assert (enrolment.state, enrolment.scheme, enrolment.number) == ("enrolled", scheme, f"BA2026-{loan.pk:07d}-1")
    assert {verdict["passed"] for verdict in enrolment.verdicts} == {True, None}
    assert [v["clause"] for v in enrolment.verdicts if v["passed"] is None] == ["NoDishonesty"]
    assert AuditEvent.objects.get(verb="compensation.enrol").institution_id == loan.institution_id


def test_enrol_refuses_with_the_sentence_of_every_clause_missed(now: dt.datetime) -> None:
    loan = LoanFactory(annual_rate=Decimal("0.090000"), term_months=48)

    with pytest.raises(ClausesNotMet) as refusal:
        actions.enrol(loan=loan, scheme=SchemeFactory(), officer=officer_of(loan), at=now)

    assert "第五条(三):期限48个月,上限36个月。" in str(refusal.value)
    assert "第五条(四):年利率9.00%,上限4.50%" in str(refusal.value)
    assert not Enrolment.objects.exists()


def test_enrol_refuses_collateral_that_is_not_declared_and_takes_it_when_it_is(now: dt.datetime) -> None:
    loan, scheme = LoanFactory(guarantee="mortgage"), SchemeFactory()
    officer = officer_of(loan)

    with pytest.raises(ClausesNotMet) as refusal:
        actions.enrol(loan=loan, scheme=scheme, officer=officer, at=now)
    enrolment = actions.enrol(loan=loan, scheme=scheme, officer=officer, at=now, collateral_share=Decimal("0.200000"))

    assert "请填写抵押质押物" in str(refusal.value)
    assert enrolment.collateral_share == Decimal("0.200000")


def test_enrol_refuses_a_loan_whose_risk_has_already_come(now: dt.datetime) -> None:
    """A bank insures what may happen, not what has happened: public money is not for losses known beforehand."""
    loan = LoanFactory(overdue=3)

    with pytest.raises(LoanOverdue):
        actions.enrol(loan=loan, scheme=SchemeFactory(), officer=officer_of(loan), at=now)

    assert not Enrolment.objects.exists()


def test_enrol_refuses_a_loan_that_is_not_drawn(now: dt.datetime) -> None:
    loan = LoanFactory(state="contracted")

    with pytest.raises(LoanNotDrawn):
        actions.enrol(loan=loan, scheme=SchemeFactory(), officer=officer_of(loan), at=now)


@pytest.mark.parametrize(
    "force",
    [{"in_force_from": dt.date(2026, 11, 11)}, {"in_force_until": dt.date(2026, 11, 9)}],
    ids=["not yet", "no longer"],
)
def test_enrol_refuses_a_scheme_that_did_not_bind_on_the_day_of_drawdown(
    force: dict[str, dt.date], now: dt.datetime
) -> None:
    loan = LoanFactory(drawn_on=dt.date(2026, 11, 10))

    with pytest.raises(SchemeNotInForce):
        actions.enrol(loan=loan, scheme=SchemeFactory(**force), officer=officer_of(loan), at=now)


def test_enrol_refuses_a_loan_twice_also_under_another_scheme(now: dt.datetime) -> None:
    loan = LoanFactory()
    officer = officer_of(loan)
    actions.enrol(loan=loan, scheme=SchemeFactory(), officer=officer, at=now)

    with pytest.raises(AlreadyEnrolled):
        actions.enrol(loan=loan, scheme=SchemeFactory(), officer=officer, at=now)


def test_enrol_refuses_an_officer_of_another_bank(now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.enrol(loan=LoanFactory(), scheme=SchemeFactory(), officer=OfficerFactory(), at=now)


def test_enrol_refuses_an_officer_whose_role_files_no_claims(now: dt.datetime) -> None:
    loan = LoanFactory()

    with pytest.raises(NotPermitted):
        actions.enrol(loan=loan, scheme=SchemeFactory(), officer=officer_of(loan, role=OfficerRole.APPROVER), at=now)


def test_cancel_takes_the_loan_out_so_that_it_may_be_enrolled_anew(now: dt.datetime) -> None:
    enrolment = EnrolmentFactory()
    officer = officer_of(enrolment.loan)

    cancelled = actions.cancel_enrolment(enrolment=enrolment, officer=officer, at=now)
    again = actions.enrol(loan=enrolment.loan, scheme=enrolment.scheme, officer=officer, at=now)

    assert (cancelled.state, cancelled.cancelled_by) == (EnrolmentState.CANCELLED, officer.user)
    assert again.number.endswith("-2")


def test_cancel_refuses_an_enrolment_that_is_claimed_for(filed: Claim, officer: Any, now: dt.datetime) -> None:
    with pytest.raises(EnrolmentClaimed):
        actions.cancel_enrolment(enrolment=filed.enrolment, officer=officer, at=now)


def test_cancel_refuses_a_second_time(now: dt.datetime) -> None:
    enrolment = EnrolmentFactory(state=EnrolmentState.CANCELLED)

    with pytest.raises(IllegalMove):
        actions.cancel_enrolment(enrolment=enrolment, officer=officer_of(enrolment.loan), at=now)


def test_cancel_refuses_an_officer_of_another_bank(now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.cancel_enrolment(enrolment=EnrolmentFactory(), officer=OfficerFactory(), at=now)
