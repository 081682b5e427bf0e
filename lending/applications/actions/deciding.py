"""The credit decision (授信决定): proposed and confirmed by two people where the institution asks for it, or made by one."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.applications import policies
from lending.applications.actions.handling import lock, record
from lending.applications.actions.notices import tell_bank, tell_firm
from lending.applications.models import Application, RefusalReason
from lending.applications.states import MOVES, ApplicationState
from portal.accounts.roles import OfficerRole
from portal.refusals import NotPermitted, Refusal
from portal.transitions import IllegalMove, move


class ApprovalOutsideProduct(Refusal):
    code = "approval_outside_product"
    message = _("授信金额、期限、还款方式或担保方式不在产品约定范围内，请对照产品条款调整。")


class RateOutsideProduct(Refusal):
    code = "rate_outside_product"
    message = _("授信利率不在产品公示的利率区间内，请对照产品条款调整。")


class AmountAboveAsked(Refusal):
    code = "amount_above_asked"
    message = _("授信金额高于企业申请金额，请在“授信条件”中写明理由后再提交。")


class FourEyesAsked(Refusal):
    code = "four_eyes_asked"
    message = _("本机构要求授信双人办理：请先提交授信建议，由审批人确认。")


class OwnProposal(Refusal):
    code = "own_proposal"
    status = 403
    message = _("不能审批自己提出的授信建议，请由其他审批人办理。")


class OwnFirm(NotPermitted):
    code = "own_firm"
    message = _("您是申请企业的成员，不能办理本企业的授信，请由其他同事办理。")


class RefusalUnexplained(Refusal):
    code = "refusal_unexplained"
    message = _("请选择拒绝原因并写明说明，企业会看到这些内容和后续建议。")


class TermsMissing(Refusal):
    code = "terms_missing"
    message = _("请填写授信金额、利率、期限、还款方式和担保方式。")


Given = TypeVar("Given")


@dataclass(frozen=True)
class Terms:
    """What is granted. Named as the columns it is written to."""

    approved_amount: Decimal
    approved_rate: Decimal
    approved_term_months: int
    approved_method: str
    approved_guarantee: str
    conditions: str = ""


@transaction.atomic
def propose(
    *,
    application: Application,
    officer: Officer,
    amount: Decimal,
    rate: Decimal,
    term_months: int,
    method: str,
    guarantee: str,
    conditions: str = "",
    at: datetime,
) -> Application:
    """Put terms before an approver."""
    application = lock(application)
    if not policies.may_handle(officer, application):
        raise NotPermitted
    _check_open_to("propose", application)
    _check_impartial(officer, application)
    terms = _checked(application, Terms(amount, rate, term_months, method, guarantee, conditions))
    move(application, "propose", table=MOVES, by=officer.user, at=at, **asdict(terms))
    record("application.propose", application, officer, at, amount=amount, rate=rate, term_months=term_months)
    subject = gettext("待审批：%(firm)s") % {"firm": application.enterprise.name}
    tell_bank(application, subject, roles=(OfficerRole.APPROVER,), at=at)
    return application


@transaction.atomic
def approve(
    *,
    application: Application,
    officer: Officer,
    amount: Decimal | None = None,
    rate: Decimal | None = None,
    term_months: int | None = None,
    method: str | None = None,
    guarantee: str | None = None,
    conditions: str | None = None,
    at: datetime,
) -> Application:
    """Grant. A proposal is confirmed as it stands, except for the terms that are given here."""
    application = lock(application)
    _check_open_to("approve", application)
    _check_may_grant(officer, application)
    _check_impartial(officer, application)
    terms = _checked(
        application,
        Terms(
            _first(amount, application.approved_amount),
            _first(rate, application.approved_rate),
            _first(term_months, application.approved_term_months),
            _first(method, application.approved_method),
            _first(guarantee, application.approved_guarantee),
            conditions if conditions is not None else application.conditions,
        ),
    )
    move(application, "approve", table=MOVES, by=officer.user, at=at, due_at=None, **asdict(terms))
    facts = {"amount": terms.approved_amount, "rate": terms.approved_rate, "term_months": terms.approved_term_months}
    record("application.approve", application, officer, at, **facts)
    tell_firm(application, gettext("%(bank)s已批准您的贷款申请") % {"bank": application.institution}, at=at)
    return application


@transaction.atomic
def send_back(*, application: Application, officer: Officer, note: str, at: datetime) -> Application:
    """An approver does not confirm: the loan officer looks again. Nobody sends back the own proposal."""
    application = lock(application)
    _check_open_to("send_back", application)
    _check_may_confirm(officer, application)
    move(application, "send_back", table=MOVES, by=officer.user, at=at, sent_back_note=note)
    record("application.send_back", application, officer, at, note=note)
    subject = gettext("授信建议被退回：%(firm)s") % {"firm": application.enterprise.name}
    tell_bank(application, subject, roles=(OfficerRole.LOAN_OFFICER,), at=at)
    return application


@transaction.atomic
def refuse(*, application: Application, officer: Officer, reason: str, note: str, at: datetime) -> Application:
    """Decline, with a reason and words the firm will read. What was proposed is declined by an approver."""
    application = lock(application)
    _check_open_to("refuse", application)
    is_proposed = application.state == ApplicationState.PROPOSED
    if not (policies.may_decide if is_proposed else policies.may_handle)(officer, application):
        raise NotPermitted
    if reason not in RefusalReason.values or not note.strip():
        raise RefusalUnexplained
    changes = {"refusal_reason": reason, "refusal_note": note, "due_at": None, "waiting_since": None}
    move(application, "refuse", table=MOVES, by=officer.user, at=at, **changes)
    record("application.refuse", application, officer, at, reason=reason)
    tell_firm(
        application, gettext("%(bank)s未通过您的贷款申请，请查看原因和建议") % {"bank": application.institution}, at=at
    )
    return application


def _check_open_to(verb: str, application: Application) -> None:
    """Whoever comes second is told so, before anything else is said of what they sent."""
    if not MOVES.allows(verb, application.state):
        raise IllegalMove


def _check_impartial(officer: Officer, application: Application) -> None:
    if policies.is_own_firm(officer, application):
        raise OwnFirm


def _first(given: Given | None, kept: Given | None) -> Given:
    """The term that is given, otherwise the proposed one; a term that nobody named is refused."""
    term = given if given is not None else kept
    if term is None:
        raise TermsMissing
    return term


def _check_may_grant(officer: Officer, application: Application) -> None:
    if application.state == ApplicationState.PROPOSED:
        _check_may_confirm(officer, application)
    elif not policies.may_handle(officer, application):
        raise NotPermitted
    elif application.institution.asks_four_eyes:
        raise FourEyesAsked


def _check_may_confirm(officer: Officer, application: Application) -> None:
    if not policies.may_decide(officer, application):
        raise NotPermitted
    if policies.is_own_proposal(officer, application):
        raise OwnProposal


def _checked(application: Application, terms: Terms) -> Terms:
    version = application.product_version
    if not version.min_rate <= terms.approved_rate <= version.max_rate:
        raise RateOutsideProduct
    is_inside = (
        version.min_amount <= terms.approved_amount <= version.max_amount
        and version.min_term_months <= terms.approved_term_months <= version.max_term_months
        and terms.approved_method in version.repayment_methods
        and terms.approved_guarantee in version.guarantees
    )
    if not is_inside:
        raise ApprovalOutsideProduct
    if terms.approved_amount > application.amount and not terms.conditions.strip():
        raise AmountAboveAsked
    return terms
