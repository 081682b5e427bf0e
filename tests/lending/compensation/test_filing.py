import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from institutions.models import Officer
from lending.compensation import actions
from lending.compensation.actions.filing import (
    AlreadyClaimed,
    ClaimNotYetOpen,
    ClaimWindowClosed,
    EvidenceMissing,
    KeyOfAnother,
    LegalStepMissing,
    NotEnrolled,
    NothingToCompensate,
)
from lending.compensation.models import Claim, Enrolment
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole
from portal.audit.models import AuditEvent
from portal.messages.models import Message
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import EnrolmentFactory, LoanFactory, OfficerFactory, SchemeFactory, UploadFactory

File = Callable[..., Claim]


def overdue(enrolment: Enrolment, days: int, now: dt.datetime) -> None:
    loan = enrolment.loan
    loan.overdue_since = now.date() - dt.timedelta(days=days) if days else None
    loan.save(update_fields=["overdue_since"])


def test_file_stores_the_amounts_their_payers_and_the_clause_of_every_line(filed: Claim, checker: User) -> None:
    assert (filed.state, filed.round) == ("filed", 1)
    assert (filed.loss_amount, filed.fund_amount, filed.bank_amount) == (
        Decimal("500000.00"),
        Decimal("200000.00"),
        Decimal("300000.00"),
    )
    assert [(row["code"], row["amount"]) for row in filed.shares] == [("fund", "200000.00"), ("bank", "300000.00")]
    assert [(line["number"], line["amount"]) for line in filed.computation] == [
        ("第十条", "500000.00"),
        ("第十一条", "200000.00"),
        ("第十二条", "0.00"),
    ]
    assert [verdict["passed"] for verdict in filed.verdicts] == [True, True]


def test_file_tells_the_checkers_and_leaves_one_trace(checker: User, file_claim: File) -> None:
    claim = file_claim()

    assert [(m.recipient, m.link) for m in Message.objects.all()] == [
        (checker, f"/admin/compensation/claim/{claim.pk}/change/")
    ]
    assert AuditEvent.objects.filter(verb="compensation.file").count() == 1


def test_file_with_the_same_key_is_the_same_claim(file_claim: File) -> None:
    key = uuid.uuid4()

    first, again = file_claim(submission_key=key), file_claim(submission_key=key)

    assert first == again
    assert Claim.objects.count() == 1


def test_file_refuses_the_key_of_another_claim(filed: Claim, file_claim: File) -> None:
    other = EnrolmentFactory(loan__overdue=100)
    stranger = OfficerFactory(institution=other.loan.institution, role=OfficerRole.LOAN_OFFICER)

    with pytest.raises(KeyOfAnother):
        file_claim(enrolment=other, officer=stranger, submission_key=filed.submission_key)

    assert Claim.objects.count() == 1


def test_file_refuses_a_second_claim_for_the_loan(filed: Claim, file_claim: File) -> None:
    with pytest.raises(AlreadyClaimed):
        file_claim()


@pytest.mark.parametrize(("days", "opens"), [(90, "2026-11-21"), (1, "2027-02-18")])
def test_file_refuses_before_the_day_and_says_which_day_it_is(
    enrolment: Enrolment, file_claim: File, days: int, opens: str, now: dt.datetime
) -> None:
    overdue(enrolment, days, now)

    with pytest.raises(ClaimNotYetOpen) as refusal:
        file_claim()

    assert f"最早可于{opens}申报" in str(refusal.value)


def test_file_refuses_a_loan_that_is_not_overdue(enrolment: Enrolment, file_claim: File, now: dt.datetime) -> None:
    overdue(enrolment, 0, now)

    with pytest.raises(ClaimNotYetOpen) as refusal:
        file_claim()

    assert "贷款没有逾期" in str(refusal.value)


def test_file_refuses_after_the_last_day(file_claim: File) -> None:
    late = EnrolmentFactory(loan__overdue=90 + 366)
    officer = OfficerFactory(institution=late.loan.institution)

    with pytest.raises(ClaimWindowClosed) as refusal:
        file_claim(enrolment=late, officer=officer)

    assert "最后申报日为2026-11-19" in str(refusal.value)


@pytest.mark.parametrize(("step", "said"), [("", "尚未启动司法程序"), ("dreaming", "尚未达到要求")])
def test_file_refuses_without_a_legal_step_that_suffices(file_claim: File, step: str, said: str) -> None:
    with pytest.raises(LegalStepMissing) as refusal:
        file_claim(legal_step=step)

    assert said in str(refusal.value)


def test_file_refuses_without_evidence(file_claim: File) -> None:
    with pytest.raises(EvidenceMissing):
        file_claim(evidence=None)


def test_file_refuses_a_loan_that_is_no_longer_enrolled(
    enrolment: Enrolment, officer: Officer, file_claim: File, now: dt.datetime
) -> None:
    actions.cancel_enrolment(enrolment=enrolment, officer=officer, at=now)

    with pytest.raises(NotEnrolled):
        file_claim()


def test_file_refuses_an_officer_of_another_bank(file_claim: File) -> None:
    with pytest.raises(NotPermitted):
        file_claim(officer=OfficerFactory())


def test_file_refuses_when_the_clauses_give_nothing(enrolment: Enrolment, file_claim: File) -> None:
    scheme = enrolment.scheme
    clauses = [
        {**row, "parameters": {"most": "0"}} if row["clause"] == "BorrowerCap" else row for row in scheme.clauses
    ]
    enrolment.scheme = SchemeFactory(fund=scheme.fund, clauses=clauses)
    enrolment.save(update_fields=["scheme"])

    with pytest.raises(NothingToCompensate) as refusal:
        file_claim()

    assert "单户累计上限0元" in str(refusal.value)


def test_file_after_a_withdrawal_is_a_new_claim(
    filed: Claim, officer: Officer, file_claim: File, now: dt.datetime
) -> None:
    actions.withdraw_claim(claim=filed, officer=officer, at=now)

    again = file_claim()

    assert (again.pk != filed.pk, again.number[-2:]) == (True, "-2")


def test_refile_of_a_returned_claim_is_computed_anew_as_the_next_round(
    filed: Claim, checker: User, officer: Officer, now: dt.datetime
) -> None:
    actions.return_claim(claim=filed, note="请补充受理通知书", by=checker, at=now)
    loan = filed.enrolment.loan
    loan.principal_balance = Decimal("400000.00")
    loan.save(update_fields=["principal_balance"])

    again = actions.refile_claim(
        claim=filed, officer=officer, legal_step="judged", statement="已补充", evidence=None, at=now
    )

    assert (again.state, again.round, again.legal_step) == ("filed", 2, "judged")
    assert (again.loss_amount, again.fund_amount) == (Decimal("400000.00"), Decimal("160000.00"))
    assert again.evidence == filed.evidence


def test_refile_refuses_a_claim_that_was_not_returned(filed: Claim, officer: Officer, now: dt.datetime) -> None:
    with pytest.raises(IllegalMove):
        actions.refile_claim(claim=filed, officer=officer, legal_step="judged", statement="x", evidence=None, at=now)


@pytest.mark.parametrize(
    ("act", "extra"),
    [
        (actions.withdraw_claim, {}),
        (actions.refile_claim, {"legal_step": "judged", "statement": "x", "evidence": None}),
    ],
)
def test_an_officer_of_another_bank_may_not_touch_a_claim(
    filed: Claim, act: Callable[..., Claim], extra: dict[str, Any], now: dt.datetime
) -> None:
    with pytest.raises(NotPermitted):
        act(claim=filed, officer=OfficerFactory(), at=now, **extra)


def test_withdraw_refuses_a_claim_that_was_checked(checked: Claim, officer: Officer, now: dt.datetime) -> None:
    with pytest.raises(IllegalMove):
        actions.withdraw_claim(claim=checked, officer=officer, at=now)


def test_a_second_loan_of_the_firm_is_capped_by_what_was_approved_before(approved: Claim, now: dt.datetime) -> None:
    scheme = SchemeFactory(
        fund=approved.enrolment.scheme.fund,
        clauses=[
            {**row, "parameters": {"most": "300000"}} if row["clause"] == "BorrowerCap" else row
            for row in approved.enrolment.scheme.clauses
        ],
    )
    loan = LoanFactory(overdue=100, application__need__enterprise=approved.enrolment.loan.enterprise)
    second = EnrolmentFactory(loan=loan, scheme=scheme)

    claim = actions.file_claim(
        enrolment=second,
        officer=OfficerFactory(institution=loan.institution),
        legal_step="accepted",
        statement="x",
        evidence=UploadFactory(),
        submission_key=uuid.uuid4(),
        at=now,
    )

    assert (claim.fund_amount, claim.bank_amount) == (Decimal("100000.00"), Decimal("400000.00"))
