"""One enrolled loan, 100 days overdue, and the people who deal with its claim."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from institutions.models import Officer
from lending.compensation import actions
from lending.compensation.models import Claim, Enrolment
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole, StaffRole
from tests.factories import EnrolmentFactory, OfficerFactory, StaffPostFactory, UploadFactory


@pytest.fixture
def enrolment(db: None) -> Enrolment:
    return EnrolmentFactory(loan__overdue=100)


@pytest.fixture
def officer(enrolment: Enrolment) -> Officer:
    return OfficerFactory(institution=enrolment.loan.institution, role=OfficerRole.LOAN_OFFICER)


@pytest.fixture
def checker(db: None) -> User:
    return StaffPostFactory(role=StaffRole.CLAIM_CHECKER).user


@pytest.fixture
def approver(db: None) -> User:
    return StaffPostFactory(role=StaffRole.CLAIM_APPROVER).user


@pytest.fixture
def treasurer(db: None) -> User:
    return StaffPostFactory(role=StaffRole.TREASURER).user


@pytest.fixture
def staff(checker: User, approver: User, treasurer: User) -> dict[str, User]:
    """Whose turn it is, by verb."""
    return {"check": checker, "return": checker, "approve": approver, "refuse": checker, "pay": treasurer}


@pytest.fixture
def file_claim(enrolment: Enrolment, officer: Officer, now: dt.datetime) -> Callable[..., Claim]:
    """File the claim, with what is given instead of the usual: `file_claim(legal_step="")`."""

    def file(**changes: Any) -> Claim:
        usual: dict[str, Any] = {
            "enrolment": enrolment,
            "officer": officer,
            "legal_step": "accepted",
            "statement": "多次催收未果,法院已受理。",
            "evidence": UploadFactory(),
            "submission_key": uuid.uuid4(),
            "at": now,
        }
        return actions.file_claim(**{**usual, **changes})

    return file


@pytest.fixture
def filed(file_claim: Callable[..., Claim]) -> Claim:
    return file_claim()


@pytest.fixture
def checked(filed: Claim, checker: User, now: dt.datetime) -> Claim:
    return actions.check_claim(claim=filed, note="材料齐全", by=checker, at=now)


@pytest.fixture
def approved(checked: Claim, approver: User, now: dt.datetime) -> Claim:
    return actions.approve_claim(claim=checked, note="同意", by=approver, at=now)


@pytest.fixture
def paid(approved: Claim, treasurer: User, now: dt.datetime) -> Claim:
    return actions.pay_claim(claim=approved, note="拨付凭证 2026-001", by=treasurer, at=now)
