"""Two people at once, each on a connection of their own."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from institutions.models import Officer
from lending.compensation import actions, queries
from lending.compensation.actions.filing import AlreadyClaimed
from lending.compensation.actions.moving import AmountHasChanged
from lending.compensation.models import Claim, Enrolment
from lending.ledger import queries as ledger
from portal.accounts.models import User
from portal.accounts.roles import StaffRole
from portal.refusals import Refusal
from portal.transitions import IllegalMove
from tests.factories import ClaimFactory, EnrolmentFactory, LoanFactory, SchemeFactory, StaffPostFactory, UploadFactory

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes(*acts: Callable[[], object]) -> list[type[object]]:
    """What each of several acts that start together came to: the type of its result or of its refusal."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> type[object]:
        try:
            start.wait()
            return type(act())
        except Refusal as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts), key=lambda kind: kind.__name__)


def test_of_two_approvers_at_once_one_wins_and_one_is_told(checked: Claim, approver: User, now: dt.datetime) -> None:
    other = StaffPostFactory(role=StaffRole.CLAIM_APPROVER).user

    came_to = outcomes(
        *(lambda by=by: actions.approve_claim(claim=checked, note="", by=by, at=now) for by in (approver, other))
    )

    assert came_to == [Claim, IllegalMove]
    assert queries.standing(checked.enrolment.scheme.fund).reserved == Decimal("200000.00")


def test_of_two_payments_at_once_one_is_made(approved: Claim, treasurer: User, now: dt.datetime) -> None:
    other = StaffPostFactory(role=StaffRole.TREASURER).user

    came_to = outcomes(
        *(lambda by=by: actions.pay_claim(claim=approved, note="凭证", by=by, at=now) for by in (treasurer, other))
    )

    assert came_to == [Claim, IllegalMove]
    assert queries.standing(approved.enrolment.scheme.fund).paid == Decimal("200000.00")
    assert ledger.trial_balance().is_sound


def test_of_two_claims_for_one_loan_at_once_one_is_filed(
    enrolment: Enrolment, officer: Officer, now: dt.datetime
) -> None:
    evidence = UploadFactory()

    def file() -> Claim:
        return actions.file_claim(
            enrolment=enrolment,
            officer=officer,
            legal_step="accepted",
            statement="x",
            evidence=evidence,
            submission_key=uuid.uuid4(),
            at=now,
        )

    assert outcomes(file, file) == [AlreadyClaimed, Claim]
    assert Claim.objects.count() == 1


def test_two_claims_of_one_borrower_approved_at_once_do_not_exceed_the_cap(
    approver: User, checker: User, now: dt.datetime
) -> None:
    first = _capped(ClaimFactory(state="checked", checked_by=checker))
    loan = LoanFactory(overdue=100, application__need__enterprise=first.enrolment.loan.enterprise)
    beside = EnrolmentFactory(loan=loan, scheme=first.enrolment.scheme)
    second = ClaimFactory(state="checked", checked_by=checker, enrolment=beside)

    came_to = outcomes(
        *(
            lambda claim=claim: actions.approve_claim(claim=claim, note="", by=approver, at=now)
            for claim in (first, second)
        )
    )

    assert came_to == [AmountHasChanged, Claim]
    assert queries.compensated(first.enrolment.scheme.fund, loan.enterprise_id) == Decimal("200000.00")


def _capped(claim: Claim) -> Claim:
    """The claim under a cap of 300,000 yuan for one borrower."""
    scheme = claim.enrolment.scheme
    clauses = [
        {**row, "parameters": {"most": "300000"}} if row["clause"] == "BorrowerCap" else row for row in scheme.clauses
    ]
    claim.enrolment.scheme = SchemeFactory(fund=scheme.fund, clauses=clauses)
    claim.enrolment.save(update_fields=["scheme"])
    return claim
