"""Give, pause, resume, revoke and end a consent; ask for one; mark a record as disputed."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent import policies, queries, signing
from enterprises.consent.models import Authorization, AuthorizedItem, DisputedRecord, FetchKind, Mode, Purpose
from enterprises.consent.states import MOVES
from enterprises.credit import queries as credit
from enterprises.evaluation import actions as evaluation
from enterprises.models import Enterprise, Member
from institutions.models import Institution, Officer
from institutions.states import InstitutionState
from portal import periods
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole, Permission
from portal.audit import actions as audit
from portal.documents import actions as documents
from portal.documents.models import DocumentKind, IssuedDocument
from portal.messages import actions as messages
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move

TEMPLATE_VERSION: Final = "2026-1"
#: The purpose under which an authorized grade is made.
GRADED_PURPOSE: Final = "loan_approval"
PURPOSES: Final = Path(__file__).parent / "facts" / "purposes.json"


class UnknownPurpose(Refusal):
    code = "unknown_purpose"
    message = _("没有这种授权用途，请刷新页面重新选择。")


class NothingAuthorized(Refusal):
    code = "nothing_authorized"
    message = _("请至少勾选一项要授权的信息。")


class UnknownItem(Refusal):
    code = "unknown_item"
    message = _("所选信息项不在目录中或使用方式有误，请刷新页面重新选择。")


class GranteeNotAdmitted(Refusal):
    code = "grantee_not_admitted"
    message = _("该机构目前未获准接入，不能向其授权。请选择其他机构。")


class AlreadyEnded(Refusal):
    code = "ends_in_the_past"
    message = _("到期时间须晚于现在，请重新选择。")


class EmptySpan(Refusal):
    code = "empty_span"
    message = _("数据跨度至少 1 个月、每月查询次数至少 1 次，请重新填写。")


class TooLong(Refusal):
    code = "above_max_days"

    def __init__(self, bound: int = 0) -> None:
        super().__init__(_("授权期限超过该用途的上限 %(bound)s 天，请缩短到期时间。") % {"bound": bound})


class TooOften(Refusal):
    code = "above_max_uses"

    def __init__(self, bound: int = 0) -> None:
        super().__init__(_("每月查询次数超过该用途的上限 %(bound)s 次，请减少次数。") % {"bound": bound})


class TooFarBack(Refusal):
    code = "above_max_data_months"

    def __init__(self, bound: int = 0) -> None:
        super().__init__(_("数据跨度超过该用途的上限 %(bound)s 个月，请缩短跨度。") % {"bound": bound})


class KeyOfAnother(Conflict):
    code = "submission_key_of_another"
    message = _("表单已过期，请重新打开页面后再提交。")


class BoundTooSmall(Refusal):
    code = "bound_too_small"
    message = _("上限至少为 1，请重新填写。")


# --- Giving -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def grant(
    *,
    member: Member,
    institution: Institution,
    purpose_code: str,
    items: Mapping[str, str],
    fetch_kind: str,
    uses_per_month: int,
    ends_at: datetime,
    data_months: int,
    parent: tuple[str, int | None] = ("", None),
    submission_key: UUID,
    at: datetime,
) -> Authorization:
    """Sign a consent of the member's firm to ``institution``. The same ``submission_key`` gives the consent already signed."""
    if not policies.may_grant(member):
        raise NotPermitted
    Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=member.enterprise_id)
    if known := Authorization.objects.filter(submission_key=submission_key).first():
        if known.enterprise_id != member.enterprise_id:
            raise KeyOfAnother
        return known
    authorization = _draft(
        enterprise=member.enterprise,
        institution=institution,
        purpose=_purpose(purpose_code),
        items=items,
        fetch_kind=fetch_kind,
        uses_per_month=uses_per_month,
        ends_at=ends_at,
        data_months=data_months,
        parent=parent,
        submission_key=submission_key,
        by=member.user,
        at=at,
    )
    return _sign(authorization, member, at)


@transaction.atomic
def request(
    *,
    officer: Officer,
    enterprise: Enterprise,
    purpose_code: str,
    items: Mapping[str, str],
    fetch_kind: str,
    uses_per_month: int,
    ends_at: datetime,
    data_months: int,
    parent: tuple[str, int | None] = ("", None),
    submission_key: UUID,
    at: datetime,
) -> Authorization:
    """Ask a firm for a consent, within the same bounds. The firm agrees or declines; until then nothing may be seen."""
    if not policies.may_ask(officer):
        raise NotPermitted
    Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=enterprise.pk)
    if known := Authorization.objects.filter(submission_key=submission_key).first():
        if (known.enterprise_id, known.institution_id) != (enterprise.pk, officer.institution_id):
            raise KeyOfAnother
        return known
    authorization = _draft(
        enterprise=enterprise,
        institution=officer.institution,
        purpose=_purpose(purpose_code),
        items=items,
        fetch_kind=fetch_kind,
        uses_per_month=uses_per_month,
        ends_at=ends_at,
        data_months=data_months,
        parent=parent,
        submission_key=submission_key,
        by=officer.user,
        at=at,
    )
    _record("authorization.request", authorization, officer.user, at)
    _tell_firm(authorization, _now("%(bank)s 请求贵企业授权查询信用信息") % {"bank": officer.institution}, at)
    return authorization


@transaction.atomic
def agree(*, authorization: Authorization, member: Member, at: datetime) -> Authorization:
    """Sign a consent that an institution has asked for, as asked."""
    authorization = _lock(authorization)
    if not policies.may_move(member, authorization):
        raise NotPermitted
    if authorization.ends_at <= at:
        raise AlreadyEnded
    authorization = _sign(authorization, member, at)
    _tell_bank(authorization, _now("%(firm)s 已同意授权"), at)
    return authorization


# --- Moving -------------------------------------------------------------------------------------------------------------


def decline(*, authorization: Authorization, member: Member, at: datetime) -> Authorization:
    return _moved("decline", authorization, member, at, _now("%(firm)s 没有同意授权请求"))


def pause(*, authorization: Authorization, member: Member, at: datetime) -> Authorization:
    """Works on the next read: a look waits for this transaction and then finds the consent paused."""
    return _moved("pause", authorization, member, at, _now("%(firm)s 暂停了授权,暂停期间不能查询"))


def resume(*, authorization: Authorization, member: Member, at: datetime) -> Authorization:
    return _moved("resume", authorization, member, at, _now("%(firm)s 恢复了授权"))


@transaction.atomic
def revoke(*, authorization: Authorization, member: Member, at: datetime) -> Authorization:
    """Ends the consent for good; the letter is void and the grade made under it is history. Looks before it stay on record."""
    authorization = _moved(
        "revoke", authorization, member, at, _now("%(firm)s 撤回了授权,请停止使用并按约定删除已获取的信息")
    )
    evaluation.end_full_grade(authorization_id=authorization.pk)
    for letter in IssuedDocument.objects.filter(
        subject_kind=authorization._meta.label_lower, subject_id=str(authorization.pk), revoked_at=None
    ):
        documents.revoke(document=letter, by=member.user, at=at, reason=_now("授权已撤回"))
    return authorization


def expire_due(*, at: datetime, size: int = 500) -> int:
    """End every consent whose time is over. Reads already refuse them; this makes the state say so."""
    ended = 0
    while batch := _expire_some(at, size):
        ended += batch
    return ended


@transaction.atomic
def _expire_some(at: datetime, size: int) -> int:
    due = Authorization.objects.select_for_update(of=("self",), skip_locked=True).filter(
        state__in=MOVES["expire"].sources, ends_at__lte=at
    )
    found = list(due.order_by("pk")[:size])
    for authorization in found:
        move(authorization, "expire", table=MOVES, by=None, at=at)
        evaluation.end_full_grade(authorization_id=authorization.pk)
        _record("authorization.expire", authorization, None, at)
    return len(found)


# --- Letters, bounds, marks ---------------------------------------------------------------------------------------------


def letter(*, authorization: Authorization, by: User, at: datetime) -> IssuedDocument:
    """The letter of a signed consent: issued once, the same file ever after."""
    issued = IssuedDocument.objects.filter(
        kind=DocumentKind.AUTHORIZATION, subject_kind=authorization._meta.label_lower, subject_id=str(authorization.pk)
    ).first()
    if issued is not None:
        return issued
    return documents.issue(
        kind=DocumentKind.AUTHORIZATION,
        title=_now("信用信息查询授权书"),
        template="enterprises/consent/letter.html",
        template_version=authorization.template_version,
        context={"authorization": authorization, "items": queries.asked_items(authorization)},
        subject=authorization,
        enterprise_id=authorization.enterprise_id,
        valid_until=timezone.localtime(authorization.ends_at).date(),
        by=by,
        at=at,
    )


@transaction.atomic
def set_bounds(
    *,
    purpose: Purpose,
    max_days: int,
    max_uses_per_month: int,
    max_data_months: int,
    max_data_life_days: int,
    by: User,
    at: datetime,
) -> Purpose:
    """Change what a consent may ask for at most. Consents already signed keep their terms."""
    if not by.may(Permission.ACCESS_WATCH):
        raise NotPermitted
    bounds = {
        "max_days": max_days,
        "max_uses_per_month": max_uses_per_month,
        "max_data_months": max_data_months,
        "max_data_life_days": max_data_life_days,
    }
    if min(bounds.values()) < 1:
        raise BoundTooSmall
    purpose = Purpose.objects.select_for_update(of=("self",)).get(pk=purpose.pk)
    for name, value in bounds.items():
        setattr(purpose, name, value)
    purpose.save(update_fields=list(bounds))
    audit.record("purpose.set_bounds", purpose, by=by, at=at, facts=bounds)
    return purpose


@transaction.atomic
def load_purposes() -> int:
    """The purposes that come with the station; bounds that staff have set stay as they are."""
    entries = json.loads(PURPOSES.read_text(encoding="utf-8"))
    return sum(Purpose.objects.get_or_create(code=entry["code"], defaults=entry)[1] for entry in entries)


@transaction.atomic
def regrade(*, enterprise_id: int, at: datetime) -> int:
    """Make anew the grade under every live consent of a firm, after its records have changed."""
    rows = Authorization.objects.select_for_update(of=("self",), no_key=True).select_related("enterprise")
    graded = rows.filter(queries.live(at), enterprise_id=enterprise_id, purpose__code=GRADED_PURPOSE)
    for authorization in graded.prefetch_related("items").order_by("pk"):
        _grade(authorization, at)
    return len(graded)


def mark_disputed(*, enterprise_id: int, item_code: str, record_id: int, at: datetime) -> None:
    """From now on every file shows this record as under objection."""
    DisputedRecord.objects.get_or_create(
        item_code=item_code,
        record_id=record_id,
        lifted_at=None,
        defaults={"enterprise_id": enterprise_id, "marked_at": at},
    )


def lift_mark(*, item_code: str, record_id: int, at: datetime) -> None:
    DisputedRecord.objects.filter(item_code=item_code, record_id=record_id, lifted_at=None).update(lifted_at=at)


# --- Inside -------------------------------------------------------------------------------------------------------------


def _purpose(code: str) -> Purpose:
    purpose = Purpose.objects.filter(code=code).first()
    if purpose is None:
        raise UnknownPurpose
    return purpose


def _draft(
    *,
    enterprise: Enterprise,
    institution: Institution,
    purpose: Purpose,
    items: Mapping[str, str],
    fetch_kind: str,
    uses_per_month: int,
    ends_at: datetime,
    data_months: int,
    parent: tuple[str, int | None],
    submission_key: UUID,
    by: User,
    at: datetime,
) -> Authorization:
    """An unsigned consent within the bounds of its purpose."""
    _check_grantee(institution)
    _check_items(items)
    _check_bounds(purpose, uses_per_month=uses_per_month, ends_at=ends_at, data_months=data_months, at=at)
    day = timezone.localtime(at).date()
    authorization = Authorization.objects.create(
        enterprise=enterprise,
        institution=institution,
        purpose=purpose,
        purpose_text=purpose.text,
        template_version=TEMPLATE_VERSION,
        fetch_kind=FetchKind(fetch_kind),
        uses_per_month=uses_per_month,
        data_from=periods.add_months(day, -data_months),
        data_until=timezone.localtime(ends_at).date(),
        starts_at=at,
        ends_at=ends_at,
        data_life_days=purpose.max_data_life_days,
        parent_kind=parent[0],
        parent_id=parent[1],
        requested_at=at,
        requested_by=by,
        submission_key=submission_key,
    )
    AuthorizedItem.objects.bulk_create(
        AuthorizedItem(authorization=authorization, item_code=code, mode=mode) for code, mode in sorted(items.items())
    )
    return authorization


def _check_grantee(institution: Institution) -> None:
    if institution.state != InstitutionState.ADMITTED:
        raise GranteeNotAdmitted


def _check_items(items: Mapping[str, str]) -> None:
    if not items:
        raise NothingAuthorized
    if set(items) - set(credit.schemas(list(items))) or set(items.values()) - set(Mode.values):
        raise UnknownItem


def _check_bounds(purpose: Purpose, *, uses_per_month: int, ends_at: datetime, data_months: int, at: datetime) -> None:
    if ends_at <= at:
        raise AlreadyEnded
    if uses_per_month < 1 or data_months < 1:
        raise EmptySpan
    if ends_at - at > timedelta(days=purpose.max_days):
        raise TooLong(purpose.max_days)
    if uses_per_month > purpose.max_uses_per_month:
        raise TooOften(purpose.max_uses_per_month)
    if data_months > purpose.max_data_months:
        raise TooFarBack(purpose.max_data_months)


def _sign(authorization: Authorization, member: Member, at: datetime) -> Authorization:
    """Signature, state and grade in one transaction. Terms are frozen by the database from here on."""
    signer = signing.signer()
    digest = signing.digest(authorization, signer_id=member.user_id, role=member.role, at=at)
    move(
        authorization,
        "grant",
        table=MOVES,
        by=member.user,
        at=at,
        signer_role=member.role,
        digest=digest,
        signature=signer.sign(digest),
        signature_scheme=signer.scheme,
    )
    if authorization.purpose.code == GRADED_PURPOSE:
        _grade(authorization, at)
    _record("authorization.grant", authorization, member.user, at)
    return authorization


def _grade(authorization: Authorization, at: datetime) -> None:
    evaluation.grade_under_consent(
        enterprise=authorization.enterprise,
        authorization_id=authorization.pk,
        item_codes=[item.item_code for item in authorization.items.all()],
        valid_until=authorization.ends_at,
        at=at,
    )


@transaction.atomic
def _moved(verb: str, authorization: Authorization, member: Member, at: datetime, sentence: str) -> Authorization:
    authorization = _lock(authorization)
    if not policies.may_move(member, authorization):
        raise NotPermitted
    move(authorization, verb, table=MOVES, by=member.user, at=at)
    _record(f"authorization.{verb}", authorization, member.user, at)
    _tell_bank(authorization, sentence, at)
    return authorization


def _lock(authorization: Authorization) -> Authorization:
    return (
        Authorization.objects.select_for_update(of=("self",))
        .select_related("enterprise", "institution", "purpose")
        .get(pk=authorization.pk)
    )


def _record(verb: str, authorization: Authorization, by: User | None, at: datetime) -> None:
    audit.record(
        verb,
        authorization,
        by=by,
        at=at,
        enterprise_id=authorization.enterprise_id,
        institution_id=authorization.institution_id,
        facts={"purpose": authorization.purpose.code, "digest": authorization.digest},
    )


def _tell_bank(authorization: Authorization, sentence: str, at: datetime) -> None:
    officers = Officer.objects.serving().filter(
        institution_id=authorization.institution_id, role__in=[OfficerRole.LOAN_OFFICER, OfficerRole.APPROVER]
    )
    users: Iterable[User] = [officer.user for officer in officers.select_related("user")]
    subject = f"{sentence % {'firm': authorization.enterprise}}({authorization.purpose})"
    messages.notify(users=users, subject=subject, at=at)


def _tell_firm(authorization: Authorization, subject: str, at: datetime) -> None:
    members = Member.objects.acting().filter(enterprise_id=authorization.enterprise_id).select_related("user")
    link = reverse("enterprise_authorization", args=[authorization.pk])
    messages.notify(users=[member.user for member in members], subject=subject, link=link, at=at)
