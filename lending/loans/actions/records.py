"""The locked row, and the trace every verb leaves."""

from datetime import datetime

from institutions.models import Officer
from lending.loans.models import Loan
from portal.audit import actions as audit


def lock(loan: Loan) -> Loan:
    return Loan.objects.select_for_update(of=("self",)).select_related("enterprise", "institution").get(pk=loan.pk)


def record(verb: str, loan: Loan, officer: Officer, at: datetime, **facts: object) -> None:
    audit.record(
        verb,
        loan,
        by=officer.user,
        at=at,
        enterprise_id=loan.enterprise_id,
        institution_id=loan.institution_id,
        facts=facts,
    )
