"""Who may register contracts, drawdowns and repayments, and class a loan."""

from institutions.models import Officer
from lending.applications.models import Application
from lending.loans.models import Loan
from portal.accounts.roles import Permission


def may_sign(officer: Officer, application: Application) -> bool:
    return officer.may(Permission.LOAN_SERVICE) and application.institution_id == officer.institution_id


def may_service(officer: Officer, loan: Loan) -> bool:
    return officer.may(Permission.LOAN_SERVICE) and loan.institution_id == officer.institution_id
