"""Register the contract and the drawdown; draw up the schedule."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enterprises.models import Member
from institutions.models import Officer
from lending.applications import actions as applications
from lending.applications.models import Application
from lending.loans import policies, schedules
from lending.loans.actions.records import lock, record
from lending.loans.models import Instalment, Loan
from lending.loans.states import MOVES
from lending.needs import actions as needs
from portal.accounts.models import User
from portal.messages import actions as messages
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move


class ContractNumberTaken(Conflict):
    code = "contract_number_taken"
    message = _("该合同编号已登记过贷款，请核对合同编号。")


class DayNotPossible(Refusal):
    code = "day_not_possible"
    message = _("日期不能早于上一步办理的日期，也不能晚于今天，请核对后重新填写。")


class DrawsTooMuch(Refusal):
    code = "draws_too_much"
    message = _("放款金额应大于零且不超过合同金额，请核对后重新填写。")


@transaction.atomic
def sign(*, application: Application, officer: Officer, contract_number: str, signed_on: date, at: datetime) -> Loan:
    """Register the contract of an approved application on the approved terms."""
    if not policies.may_sign(officer, application):
        raise NotPermitted
    application = applications.contract(application=application, officer=officer, at=at)
    if not _day_of(application.decided_at) <= signed_on <= timezone.localdate(at):
        raise DayNotPossible
    if Loan.objects.filter(institution=application.institution_id, contract_number=contract_number).exists():
        raise ContractNumberTaken
    loan = Loan.objects.create(
        application=application,
        enterprise=application.enterprise,
        institution=application.institution,
        product_version=application.product_version,
        contract_number=contract_number,
        contract_amount=application.approved_amount,
        annual_rate=application.approved_rate,
        term_months=application.approved_term_months or application.term_months,
        method=application.approved_method,
        guarantee=application.approved_guarantee,
        is_first_loan=application.is_first_loan,
        signed_on=signed_on,
        signed_at=at,
        signed_by=officer.user,
        responsible_region=application.responsible_region,
        county_code=application.county_code,
    )
    record("loan.sign", loan, officer, at, amount=loan.contract_amount)
    return loan


@transaction.atomic
def draw(*, loan: Loan, officer: Officer, drawn_on: date, at: datetime, amount: Decimal | None = None) -> Loan:
    """Register the drawdown (the whole contract unless ``amount`` says less), draw up the schedule; the need is met."""
    loan = lock(loan)
    if not policies.may_service(officer, loan):
        raise NotPermitted
    drawn = loan.contract_amount if amount is None else amount
    if not 0 < drawn <= loan.contract_amount:
        raise DrawsTooMuch
    if not loan.signed_on <= drawn_on <= timezone.localdate(at):
        raise DayNotPossible
    rows = schedules.schedule(loan.method, drawn, loan.annual_rate, loan.term_months, drawn_on)
    changes = {
        "drawn_amount": drawn,
        "drawn_on": drawn_on,
        "matures_on": rows[-1].due_on,
        "principal_balance": drawn,
        "classified_on": drawn_on,
    }
    move(loan, "draw", table=MOVES, by=officer.user, at=at, **changes)
    Instalment.objects.bulk_create(
        Instalment(
            loan=loan, number=row.number, due_on=row.due_on, principal_due=row.principal, interest_due=row.interest
        )
        for row in rows
    )
    record("loan.draw", loan, officer, at, amount=drawn, drawn_on=drawn_on)
    needs.meet(need=loan.application.need, by=officer.user, at=at)
    _tell_firm(loan, gettext("%(bank)s已放款，请查看还款计划") % {"bank": loan.institution}, at)
    return loan


@transaction.atomic
def cancel(*, loan: Loan, officer: Officer, at: datetime) -> Loan:
    """A contract that was never drawn."""
    loan = lock(loan)
    if not policies.may_service(officer, loan):
        raise NotPermitted
    move(loan, "cancel", table=MOVES, by=officer.user, at=at)
    record("loan.cancel", loan, officer, at)
    return loan


def _day_of(moment: datetime | None) -> date:
    return timezone.localdate(moment) if moment else date.min


def _tell_firm(loan: Loan, subject: str, at: datetime) -> None:
    users = User.objects.filter(memberships__in=Member.objects.acting().filter(enterprise=loan.enterprise_id))
    messages.notify(users=users, subject=subject, link=reverse("enterprise_loan", args=[loan.pk]), at=at)
