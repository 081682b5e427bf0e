"""Which version binds a loan: by the day it was drawn, enrolled, or claimed for, as the scheme declares."""

import datetime as dt
from typing import Any

import pytest

from lending.compensation import queries
from lending.compensation.clauses.eligibility import LoanTerm
from lending.compensation.models import Enrolment, Scheme
from lending.compensation.sharing import the
from tests.factories import ClaimFactory, EnrolmentFactory, SchemeFactory

pytestmark = pytest.mark.django_db
CHANGE = dt.date(2026, 11, 20)  # the fixed day: loans are drawn before, enrolled and claimed for on it


def versions(binds_on: str, **second: Any) -> Scheme:
    """36 months at most, and from the fixed day on 24."""
    first = SchemeFactory(binds_on=binds_on)
    shorter = [
        {**row, "parameters": {"most_months": 24}} if row["clause"] == "LoanTerm" else row for row in first.clauses
    ]
    SchemeFactory(
        fund=first.fund, code=first.code, version=2, clauses=shorter, in_force_from=CHANGE, binds_on=binds_on, **second
    )
    return first


def most_months(enrolment: Enrolment, scheme: Scheme) -> int:
    return the(queries.clauses_of(scheme, enrolment.loan, today=CHANGE), LoanTerm).most_months


@pytest.mark.parametrize(("binds_on", "months"), [("disbursement", 36), ("enrolment", 36), ("claim", 24)])
def test_a_claim_is_judged_by_the_version_of_its_day(binds_on: str, months: int) -> None:
    before = dt.datetime(2026, 11, 2, 2, tzinfo=dt.UTC)
    enrolment = EnrolmentFactory(scheme=versions(binds_on), loan__overdue=100, enrolled_at=before)

    ClaimFactory(enrolment=enrolment)

    assert most_months(enrolment, enrolment.scheme) == months


@pytest.mark.parametrize(("binds_on", "version"), [("disbursement", 1), ("enrolment", 2), ("claim", 2)])
def test_a_loan_is_offered_the_version_of_its_day(binds_on: str, version: int) -> None:
    first = versions(binds_on)
    loan = EnrolmentFactory(loan__overdue=100).loan

    offered = queries.schemes_for(loan, today=CHANGE).filter(code=first.code)

    assert [scheme.version for scheme in offered] == [version]


def test_a_clause_holds_from_the_day_by_which_its_scheme_binds() -> None:
    scheme = SchemeFactory(binds_on="enrolment")
    ended = [{**row, "in_force_until": "2026-11-19"} if row["clause"] == "LoanTerm" else row for row in scheme.clauses]
    scheme = SchemeFactory(fund=scheme.fund, clauses=ended, binds_on="enrolment")
    enrolment = EnrolmentFactory(scheme=scheme)

    named = {type(clause).__name__ for clause in queries.clauses_of(scheme, enrolment.loan, today=CHANGE)}

    assert "LoanTerm" not in named
