"""The one door to a firm's credit file.

Whoever looks — page, PDF, export, task — comes through here: the consent is checked at the moment of reading, under a lock
that a revocation also takes; what may be seen is compiled; the look is recorded in the same transaction. Data leaves only
after that transaction has committed: no record, no data. A refused look is recorded in a transaction of its own.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent import files, policies, queries, rules
from enterprises.consent.files import CreditFile
from enterprises.consent.models import AccessRecord, Authorization, FetchKind
from enterprises.consent.states import MOVES, AuthorizationState
from enterprises.credit import queries as credit
from enterprises.evaluation import queries as evaluation
from enterprises.evaluation.models import Grade, GradeKind
from enterprises.models import Enterprise, Member
from institutions.models import Officer
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict, Refusal
from portal.transitions import move

# --- Refusals -----------------------------------------------------------------------------------------------------------


class AccessRefused(Refusal):
    """The file stays shut; the attempt has been recorded."""

    code = "access_refused"
    status = 409


class AuthorizationNotFound(AccessRefused):
    code = "not_found"
    status = 404
    message = _("没有这份授权。请核对申请，或请企业重新授权。")


class WrongInstitution(AccessRefused):
    code = "wrong_institution"
    status = 404
    message = _("这份授权不是给贵机构的。请请企业向贵机构授权。")


class NotYetGranted(AccessRefused):
    code = "requested"
    message = _("企业尚未同意这份授权。请联系企业在“授权”页面确认。")


class Declined(AccessRefused):
    code = "declined"
    message = _("企业没有同意这份授权。请与企业沟通后重新提出。")


class Paused(AccessRefused):
    code = "paused"
    message = _("企业已暂停这份授权，现在不能查询。请联系企业恢复后再查。")


class Revoked(AccessRefused):
    code = "revoked"
    message = _("企业已撤回这份授权，不能再查询。确需查询的，请企业重新授权。")


class Expired(AccessRefused):
    code = "expired"
    message = _("这份授权已到期，不能再查询。确需查询的，请企业重新授权。")


class UsedUp(AccessRefused):
    code = "used_up"
    message = _("这份授权只能查询一次，已经用完。确需再查的，请企业重新授权。")


class NotStarted(AccessRefused):
    code = "not_started"
    message = _("这份授权还没有到生效时间，请在生效后查询。")


class OverFrequency(AccessRefused):
    code = "over_frequency"

    def __init__(self, uses_per_month: int | None = None) -> None:
        super().__init__(
            _("本自然月的查询次数（%(uses)s 次）已经用完，请下月再查，或请企业重新授权。")
            % {"uses": uses_per_month or 0}
        )


class OfficerMayNotLook(AccessRefused):
    code = "not_permitted"
    status = 403
    message = _("您的岗位不能查询信用档案，请联系本机构管理员。")


class StaffMayNotLook(AccessRefused):
    code = "not_permitted"
    status = 403
    message = _("您的岗位不能查询该企业的信用档案，或该企业不在您负责的区域。")


class ReasonMissing(AccessRefused):
    code = "reason_missing"
    status = 422
    message = _("请写明查询事由（至少 4 个字），事由会显示给企业。")


class AuthorizationNotLive(Conflict):
    code = "authorization_not_live"
    message = _("没有有效的授权。请先在“授权”页面向该机构授权，再继续办理。")


_BY_STATE: dict[str, type[AccessRefused]] = {
    AuthorizationState.REQUESTED: NotYetGranted,
    AuthorizationState.DECLINED: Declined,
    AuthorizationState.PAUSED: Paused,
    AuthorizationState.REVOKED: Revoked,
    AuthorizationState.EXPIRED: Expired,
    AuthorizationState.USED_UP: UsedUp,
}


# --- Doors --------------------------------------------------------------------------------------------------------------


def open_file(
    *, authorization_id: int, officer: Officer, door: str, parent: tuple[str, int] | None = None, at: datetime
) -> CreditFile:
    """An officer's look under a consent. Counts as one use; raises AccessRefused once the refusal is on record."""
    return _unless_refused(_look(authorization_id, officer, door, parent, at))


@transaction.atomic(durable=True)
def _look(
    authorization_id: int, officer: Officer, door: str, parent: tuple[str, int] | None, at: datetime
) -> CreditFile | AccessRefused:
    authorization = _lock(authorization_id)
    if authorization is None:
        audit.record("file.refuse", officer, by=officer.user, at=at, facts={"authorization": authorization_id})
        return AuthorizationNotFound()
    refusal = _refusal(authorization, officer, at)
    items = {item.item_code: item.mode for item in authorization.items.all()}
    _leave_record(
        enterprise_id=authorization.enterprise_id,
        actor=officer.user,
        role=officer.get_role_display(),
        institution=(officer.institution_id, officer.institution.name),
        purpose=authorization.purpose.name,
        authorization_id=authorization.pk,
        items=items,
        door=door,
        parent=parent,
        refusal=refusal,
        at=at,
    )
    if refusal is not None:
        return refusal
    file = _compile_authorized(authorization, items, officer, at)
    _count_use(authorization, at)
    return file


@transaction.atomic(durable=True)
def own_file(
    *, member: Member, item_codes: Collection[str] | None = None, door: str = "page", at: datetime
) -> CreditFile:
    """The firm's free look at everything held about it; only fields that are shared with nobody stay masked."""
    items, purpose = dict.fromkeys(credit.schemas(item_codes), "detail"), _now("信用信息自查")
    _leave_record(
        enterprise_id=member.enterprise_id,
        actor=member.user,
        role=member.get_role_display(),
        institution=(None, _now("本企业")),
        purpose=purpose,
        items=items,
        door=door,
        at=at,
    )
    return CreditFile(
        enterprise=files.header(member.enterprise),
        reader=member.enterprise.name,
        purpose=purpose,
        authorization_id=None,
        opened_at=at,
        sections=files.sections(member.enterprise_id, items, day=_day(at)),
        grades=own_grades(member=member),
    )


def own_record(*, member: Member, item_code: str, record_id: int, at: datetime) -> rules.Row | None:
    """One record of the firm's own file, if it is there."""
    file = own_file(member=member, item_codes=[item_code], at=at)
    return next((row for section in file.sections for row in section.rows if row.record_id == record_id), None)


def staff_file(
    *,
    user: User,
    enterprise: Enterprise,
    reason: str,
    item_codes: Collection[str] | None = None,
    door: str = "admin",
    at: datetime,
) -> CreditFile:
    """A look by office: for a reason that the firm will read, in the regions of the post, recorded like any other."""
    items = dict.fromkeys(credit.schemas(item_codes), "detail")
    found = _look_by_office(user=user, enterprise=enterprise, reason=reason.strip(), items=items, door=door, at=at)
    return _unless_refused(found)


@transaction.atomic(durable=True)
def _look_by_office(
    *, user: User, enterprise: Enterprise, reason: str, items: Mapping[str, str], door: str, at: datetime
) -> CreditFile | AccessRefused:
    refusal: AccessRefused | None = None
    if not policies.may_read_records(user, enterprise):
        refusal = StaffMayNotLook()
    elif len(reason) < 4:
        refusal = ReasonMissing()
    post = user.staff_posts[0] if user.staff_posts else None
    department, purpose = (post.department if post else ""), _now("依职责查询")
    _leave_record(
        enterprise_id=enterprise.pk,
        actor=user,
        role=post.get_role_display() if post else "",
        institution=(None, department),
        purpose=purpose,
        items=items,
        door=door,
        refusal=refusal,
        reason=reason[:200],
        at=at,
    )
    if refusal is not None:
        return refusal
    base = evaluation.current_grades([enterprise.pk]).get(enterprise.pk, {}).get(GradeKind.BASE)
    return CreditFile(
        enterprise=files.header(enterprise),
        reader=department,
        purpose=purpose,
        authorization_id=None,
        opened_at=at,
        sections=files.sections(enterprise.pk, items, day=_day(at)),
        grades=(files.view(base),) if base else (),
    )


def own_grades(*, member: Member) -> tuple[files.GradeView, ...]:
    """The firm's own grades with their reasons, the one that says most first; asking oneself leaves no record."""
    grades = evaluation.current_grades([member.enterprise_id]).get(member.enterprise_id, {}).values()
    return tuple(files.view(grade) for grade in sorted(grades, key=lambda g: (not g.letter, g.kind != GradeKind.FULL)))


def own_looks(*, member: Member, count: int) -> list[queries.Look]:
    """The latest looks at the member's firm by others, for its first page."""
    return queries.in_words(queries.looks(member.enterprise_id, who="others")[:count])


def own_requests(*, member: Member, at: datetime) -> list[Authorization]:
    """Consents that institutions have asked the firm for and that wait for its answer."""
    rows = Authorization.objects.filter(
        enterprise_id=member.enterprise_id, state=AuthorizationState.REQUESTED, ends_at__gt=at
    )
    return list(rows.select_related("institution", "purpose").order_by("pk"))


# --- Questions about consent and facts used inside --------------------------------------------------------------------------


def check_live(*, authorization_id: int, enterprise_id: int, institution_id: int, at: datetime) -> None:
    """Refuse where no live consent of this firm to this institution stands. Holds it until the caller's transaction ends."""
    rows = Authorization.objects.filter(
        queries.live(at), pk=authorization_id, enterprise_id=enterprise_id, institution_id=institution_id
    )
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update(of=("self",), no_key=True)
    if not rows.values_list("pk", flat=True).first():
        raise AuthorizationNotLive


def live_authorization(*, enterprise_id: int, institution_id: int, purpose_code: str, at: datetime) -> int | None:
    """The newest live consent for this purpose, if any."""
    rows = Authorization.objects.filter(
        queries.live(at), enterprise_id=enterprise_id, institution_id=institution_id, purpose__code=purpose_code
    )
    return rows.order_by("-pk").values_list("pk", flat=True).first()


def matching_facts(*, enterprise_id: int, at: datetime) -> dict[str, object]:
    """Flat facts for criteria. Used inside to judge, never shown raw: a page says met, missed or unknown."""
    return matching_facts_many(enterprise_ids=[enterprise_id]).get(enterprise_id, {})


def matching_facts_many(*, enterprise_ids: Collection[int]) -> dict[int, dict[str, object]]:
    """The same for many firms in three queries."""
    features = credit.feature_facts(enterprise_ids)
    grades = evaluation.current_grades(enterprise_ids)
    return {
        enterprise.pk: {
            **features.get(enterprise.pk, {}),
            **_registry_facts(enterprise),
            **_best_grade(grades.get(enterprise.pk, {})),
        }
        for enterprise in Enterprise.objects.filter(pk__in=list(enterprise_ids))
    }


def consented_facts(*, authorization_id: int) -> dict[str, object]:
    """The same facts as the holder of this consent may know them: public ones, those made of the items it covers, and the
    grade made under it or of public items. What lies beyond is None, as if nothing were held."""
    authorization = Authorization.objects.select_related("enterprise").get(pk=authorization_id)
    enterprise, covered = authorization.enterprise, authorization.items.values_list("item_code", flat=True)
    hidden = dict.fromkeys(credit.features_beyond(list(covered)))
    base = evaluation.current_grades([enterprise.pk]).get(enterprise.pk, {}).get(GradeKind.BASE)
    grades = {GradeKind.BASE: base, GradeKind.FULL: evaluation.full_grade(authorization.pk)}
    return {
        **credit.feature_facts([enterprise.pk])[enterprise.pk],
        **hidden,
        **_registry_facts(enterprise),
        **_best_grade({kind: grade for kind, grade in grades.items() if grade is not None}),
    }


# --- Inside -----------------------------------------------------------------------------------------------------------------


def _unless_refused(found: CreditFile | AccessRefused) -> CreditFile:
    """The transaction has committed: what was refused may be said, what was allowed may leave."""
    if isinstance(found, AccessRefused):
        raise found
    return found


def _lock(authorization_id: int) -> Authorization | None:
    rows = Authorization.objects.select_for_update(of=("self",)).select_related("enterprise", "purpose", "institution")
    return rows.prefetch_related("items").filter(pk=authorization_id).first()


def _refusal(authorization: Authorization, officer: Officer, at: datetime) -> AccessRefused | None:
    """The first reason to keep the file shut, from who asks to how often."""
    if authorization.institution_id != officer.institution_id:
        return WrongInstitution()
    if not policies.may_open_files(officer):
        return OfficerMayNotLook()
    if authorization.state in _BY_STATE:
        return _BY_STATE[authorization.state]()
    return _refusal_by_time(authorization, at)


def _refusal_by_time(authorization: Authorization, at: datetime) -> AccessRefused | None:
    if at < authorization.starts_at:
        return NotStarted()
    if at >= authorization.ends_at:
        return Expired()
    if queries.looks_in_month(authorization.pk, at) >= authorization.uses_per_month:
        return OverFrequency(authorization.uses_per_month)
    return None


def _compile_authorized(
    authorization: Authorization, items: Mapping[str, str], officer: Officer, at: datetime
) -> CreditFile:
    enterprise = authorization.enterprise
    base = evaluation.current_grades([enterprise.pk]).get(enterprise.pk, {}).get(GradeKind.BASE)
    full = evaluation.full_grade(authorization.pk)
    return CreditFile(
        enterprise=files.header(enterprise),
        reader=officer.institution.name,
        purpose=authorization.purpose.name,
        authorization_id=authorization.pk,
        opened_at=at,
        sections=files.sections(
            enterprise.pk, items, day=_day(at), span=(authorization.data_from, authorization.data_until)
        ),
        grades=tuple(files.view(grade) for grade in (base, full) if grade is not None),
    )


def _leave_record(
    *,
    enterprise_id: int,
    actor: User,
    role: str,
    institution: tuple[int | None, str],
    purpose: str,
    items: Mapping[str, str],
    door: str,
    at: datetime,
    authorization_id: int | None = None,
    parent: tuple[str, int] | None = None,
    refusal: AccessRefused | None = None,
    reason: str = "",
) -> None:
    institution_id, institution_name = institution
    AccessRecord.objects.create(
        at=at,
        enterprise_id=enterprise_id,
        institution_id=institution_id,
        institution_name=institution_name[:100],
        actor_id=actor.pk,
        actor_name=str(actor)[:60],
        actor_role=str(role)[:40],
        purpose=purpose,
        authorization_id=authorization_id,
        item_codes=sorted(items),
        mode=rules.widest(items.values()),
        is_allowed=refusal is None,
        refusal_code=refusal.code if refusal else "",
        reason=reason,
        door=door,
        parent_kind=parent[0] if parent else "",
        parent_id=parent[1] if parent else None,
        request_id=audit.origin.get().request_id,
    )


def _count_use(authorization: Authorization, at: datetime) -> None:
    authorization.use_count += 1
    authorization.last_used_at = at
    authorization.save(update_fields=["use_count", "last_used_at"])
    if authorization.fetch_kind == FetchKind.ONCE:
        move(authorization, "use_up", table=MOVES, by=None, at=at)


def _registry_facts(enterprise: Enterprise) -> dict[str, object]:
    return {
        "county_code": enterprise.county_code,
        "city_code": enterprise.city_code,
        "responsible_region": enterprise.responsible_region,
        "industry_code": enterprise.industry_code,
        "kind": enterprise.kind,
        "size_class": enterprise.size_class,
        "status": enterprise.status,
        "established_on": enterprise.established_on,
    }


def _best_grade(grades: Mapping[str, Grade]) -> dict[str, object]:
    """The full grade where there is one with a letter, otherwise the base grade; None where too little is known."""
    for kind in (GradeKind.FULL, GradeKind.BASE):
        if kind in grades and grades[kind].letter:
            return {"grade": grades[kind].letter, "score": grades[kind].score}
    return {"grade": None, "score": None}


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
