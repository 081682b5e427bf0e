"""What the firm does: apply, answer with a document, withdraw."""

from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enterprises.consent import gate
from enterprises.models import Enterprise, Member, RegistrationStatus
from institutions.products.models import ProductVersion
from lending.applications import policies, rules
from lending.applications.actions.notices import tell_bank
from lending.applications.models import Application, DocumentRequest
from lending.applications.states import MOVES, RUNNING
from lending.matching import queries as matching
from lending.needs.actions import FirmNotLiving
from lending.needs.models import Need
from lending.needs.states import NeedState
from portal.accounts.roles import OfficerRole
from portal.audit import actions as audit
from portal.documents import actions as documents
from portal.documents.models import UploadKind
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import IllegalMove, move

PURPOSE: Final = "loan_approval"
ANSWER_KINDS: Final = (UploadKind.PDF, UploadKind.JPEG, UploadKind.PNG)


class NoLiveAuthorization(Conflict):
    code = "no_live_authorization"
    message = _("尚未授权该机构查询贵企业信用信息，或授权已失效。请先完成授权，再提交申请。")


class ProductNotListed(Conflict):
    code = "product_not_listed"
    message = _("该产品已暂停、下架或更新，请返回匹配结果选择其他产品。")


class NeedNotOpen(Conflict):
    code = "need_not_open"
    message = _("该融资需求已结束，请重新发布需求后再申请。")


class AmountOutsideProduct(Refusal):
    code = "amount_outside_product"
    message = _("申请金额不在产品额度范围内，请按页面所示的最低、最高额度调整。")


class TermOutsideProduct(Refusal):
    code = "term_outside_product"
    message = _("申请期限不在产品期限范围内，请按页面所示的最短、最长期限调整。")


class ApplicationRunning(Conflict):
    code = "application_running"
    message = _("贵企业已有该产品的申请正在办理，请在“申请”中查看进度，或撤回后重新申请。")


class KeyOfAnother(Conflict):
    code = "submission_key_of_another"
    message = _("表单已过期，请重新打开页面后再提交。")


class AlreadyAnswered(Conflict):
    code = "document_already_answered"
    message = _("该项材料已经提交，如需更正请联系机构重新提出。")


@transaction.atomic
def apply(
    *,
    member: Member,
    need: Need,
    product_version: ProductVersion,
    authorization_id: int | None,
    amount: Decimal,
    term_months: int,
    is_first_loan: bool,
    contact_name: str,
    contact_phone: str,
    submission_key: UUID,
    at: datetime,
) -> Application:
    """Apply for a listed product under a live authorization. The same ``submission_key`` again is the same application.

    The row of the firm is locked, so that two members at once are one application and one refusal.
    """
    if not policies.may_apply(member) or need.enterprise_id != member.enterprise_id:
        raise NotPermitted
    firm = Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=member.enterprise_id)
    if earlier := Application.objects.filter(submission_key=submission_key).first():
        if earlier.enterprise_id != firm.pk:
            raise KeyOfAnother
        return earlier
    need = Need.objects.select_for_update(of=("self",), no_key=True).get(pk=need.pk)
    version = _listed(product_version)
    _check(firm, need, version, amount, term_months)
    consent = _live_authorization(authorization_id, firm.pk, version.product.institution_id, at)
    application = _draft(firm, need, version, at)
    application.authorization_id = consent
    application.amount, application.term_months, application.is_first_loan = amount, term_months, is_first_loan
    application.contact_name, application.contact_phone = contact_name, contact_phone
    application.submitted_by, application.submission_key = member.user, submission_key
    application.verdicts = _verdicts(application, need, version, at)
    application.save(force_insert=True)
    _record("application.submit", application, member, at, amount=amount, product_version=version.pk)
    subject = gettext("新的贷款申请：%(firm)s,%(product)s") % {"firm": firm.name, "product": version.product.name}
    tell_bank(application, subject, roles=(OfficerRole.LOAN_OFFICER,), at=at)
    return application


@transaction.atomic
def answer(
    *, document_request: DocumentRequest, member: Member, file: "UploadedFile[bytes]", note: str = "", at: datetime
) -> DocumentRequest:
    """Hand in what was asked for. With the last open request the application goes back to the officer, the clock prolonged."""
    application = _lock(document_request.application)
    document_request = DocumentRequest.objects.select_for_update(of=("self",)).get(pk=document_request.pk)
    if not policies.may_act_for_firm(member, application):
        raise NotPermitted
    if not MOVES.allows("answer", application.state):
        raise IllegalMove
    if document_request.answered_at is not None:
        raise AlreadyAnswered
    document_request.answer = documents.store_upload(
        file=file, allowed=ANSWER_KINDS, by=member.user, at=at, enterprise_id=application.enterprise_id
    )
    document_request.answer_note = note
    document_request.answered_at, document_request.answered_by = at, member.user
    document_request.save(update_fields=["answer", "answer_note", "answered_at", "answered_by"])
    _record("application.answer", application, member, at, document_request=document_request.pk)
    if not application.document_requests.filter(answered_at=None).exists():
        _resume(application, member, at)
    subject = gettext("企业已补充材料：%(title)s") % {"title": document_request.title}
    tell_bank(application, subject, roles=(OfficerRole.LOAN_OFFICER,), at=at)
    return document_request


@transaction.atomic
def withdraw(*, application: Application, member: Member, at: datetime) -> Application:
    """Take an application back, also after the approval and before the contract."""
    application = _lock(application)
    if not policies.may_act_for_firm(member, application):
        raise NotPermitted
    move(application, "withdraw", table=MOVES, by=member.user, at=at, due_at=None, waiting_since=None)
    _record("application.withdraw", application, member, at)
    subject = gettext("企业撤回了申请：%(firm)s") % {"firm": application.enterprise.name}
    tell_bank(application, subject, roles=(OfficerRole.LOAN_OFFICER,), at=at)
    return application


def _listed(product_version: ProductVersion) -> ProductVersion:
    version = ProductVersion.objects.on_shelf().filter(pk=product_version.pk).first()
    if version is None:
        raise ProductNotListed
    return version


def _check(firm: Enterprise, need: Need, version: ProductVersion, amount: Decimal, term_months: int) -> None:
    if firm.status != RegistrationStatus.LIVING:
        raise FirmNotLiving
    if need.state != NeedState.OPEN:
        raise NeedNotOpen
    if not version.min_amount <= amount <= version.max_amount:
        raise AmountOutsideProduct
    if not version.min_term_months <= term_months <= version.max_term_months:
        raise TermOutsideProduct
    running = Application.objects.filter(
        enterprise=firm, product_version__product=version.product_id, state__in=RUNNING
    )
    if running.exists():
        raise ApplicationRunning


def _live_authorization(authorization_id: int | None, enterprise_id: int, institution_id: int, at: datetime) -> int:
    """The consent must be the one in force for loan approval, and is held until the application is written."""
    live = gate.live_authorization(
        enterprise_id=enterprise_id, institution_id=institution_id, purpose_code=PURPOSE, at=at
    )
    if live is None or authorization_id != live:
        raise NoLiveAuthorization
    try:
        gate.check_live(authorization_id=live, enterprise_id=enterprise_id, institution_id=institution_id, at=at)
    except gate.AuthorizationNotLive:
        raise NoLiveAuthorization from None
    return live


def _draft(firm: Enterprise, need: Need, version: ProductVersion, at: datetime) -> Application:
    """What follows from the firm, the need, the product and the moment."""
    submitted = timezone.localtime(at)
    accept_due_at = rules.deadline(submitted, rules.ACCEPT_WORKING_DAYS)
    return Application(
        need=need,
        enterprise=firm,
        institution=version.product.institution,
        product_version=version,
        use=need.use,
        responsible_region=firm.responsible_region,
        county_code=firm.county_code,
        submitted_at=at,
        accept_due_at=accept_due_at,
        decide_due_at=rules.deadline(submitted, rules.DECIDE_WORKING_DAYS),
        due_at=accept_due_at,
    )


def _verdicts(application: Application, need: Need, version: ProductVersion, at: datetime) -> list[dict[str, object]]:
    """The criteria as the institution may judge them: the consent decides which facts speak."""
    found = matching.match(
        need=need,
        version=version,
        amount=application.amount,
        term_months=application.term_months,
        at=at,
        authorization_id=application.authorization_id,
    )
    return [
        {
            "kind": v.kind,
            "is_met": v.is_met,
            "requirement": v.requirement,
            "sentence": v.sentence,
            "shortfall": v.shortfall,
        }
        for v in found.verdicts
    ]


def _resume(application: Application, member: Member, at: datetime) -> None:
    """The institution's clock runs again; the working days it waited for the firm are added."""
    asked_on = timezone.localdate(application.waiting_since)
    due_at = rules.prolonged(timezone.localtime(application.decide_due_at), asked_on, timezone.localdate(at))
    changes = {"decide_due_at": due_at, "due_at": due_at, "waiting_since": None}
    move(application, "answer", table=MOVES, by=member.user, at=at, **changes)


def _lock(application: Application) -> Application:
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("enterprise", "institution")
        .get(pk=application.pk)
    )


def _record(verb: str, application: Application, member: Member, at: datetime, **facts: object) -> None:
    audit.record(
        verb,
        application,
        by=member.user,
        at=at,
        enterprise_id=application.enterprise_id,
        institution_id=application.institution_id,
        facts=facts,
    )
