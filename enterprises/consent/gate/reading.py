"""Who opens a file, and how: an officer under a consent, the firm itself, staff by their office."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _now

from enterprises.consent import files, policies, queries, rules
from enterprises.consent.files import CreditFile
from enterprises.consent.gate.looks import count_use, day_of, leave_record, lock, modes_of, reason_to_refuse
from enterprises.consent.gate.refusals import AccessRefused, AuthorizationNotFound, ReasonMissing, StaffMayNotLook
from enterprises.consent.models import Authorization
from enterprises.consent.states import AuthorizationState
from enterprises.credit import queries as credit
from enterprises.evaluation import queries as evaluation
from enterprises.evaluation.models import GradeKind
from enterprises.models import Enterprise, Member
from institutions.models import Officer
from portal.accounts.models import User
from portal.audit import actions as audit


def open_file(
    *,
    authorization_id: int,
    officer: Officer,
    door: str,
    client: str = "",
    parent: tuple[str, int] | None = None,
    at: datetime,
) -> CreditFile:
    """An officer's look under a consent. Counts as one use; raises AccessRefused once the refusal is on record.

    ``client`` names the machine behind an interface.
    """
    return _unless_refused(_look(authorization_id, officer, (door, client), parent, at))


@transaction.atomic(durable=True)
def _look(
    authorization_id: int, officer: Officer, way: tuple[str, str], parent: tuple[str, int] | None, at: datetime
) -> CreditFile | AccessRefused:
    authorization = lock(authorization_id)
    if authorization is None:
        audit.record("file.refuse", officer, by=officer.user, at=at, facts={"authorization": authorization_id})
        return AuthorizationNotFound()
    refusal = reason_to_refuse(authorization, officer, at)
    items = modes_of(authorization)
    leave_record(
        enterprise_id=authorization.enterprise_id,
        actor=officer.user,
        role=officer.get_role_display(),
        institution=(officer.institution_id, officer.institution.name),
        purpose=authorization.purpose.name,
        authorization_id=authorization.pk,
        items=items,
        door=way[0],
        client=way[1],
        parent=parent,
        refusal=refusal,
        at=at,
    )
    if refusal is not None:
        return refusal
    file = _compile_authorized(authorization, items, officer, at)
    count_use(authorization, at)
    return file


@transaction.atomic(durable=True)
def own_file(
    *, member: Member, item_codes: Collection[str] | None = None, door: str = "page", at: datetime
) -> CreditFile:
    """The firm's free look at everything held about it; only fields that are shared with nobody stay masked."""
    items, purpose = dict.fromkeys(credit.schemas(item_codes), "detail"), _now("信用信息自查")
    leave_record(
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
        sections=files.sections(member.enterprise_id, items, day=day_of(at)),
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
    leave_record(
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
        sections=files.sections(enterprise.pk, items, day=day_of(at)),
        grades=(files.view(base),) if base else (),
    )


def own_grades(*, member: Member) -> tuple[files.GradeView, ...]:
    """The firm's own grades with their reasons, the one that says most first; asking oneself leaves no record."""
    grades = evaluation.current_grades([member.enterprise_id]).get(member.enterprise_id, {}).values()
    return tuple(files.view(grade) for grade in sorted(grades, key=lambda g: (not g.letter, g.kind != GradeKind.FULL)))


def own_looks(*, member: Member, count: int) -> list[queries.Look]:
    """The latest looks at the member's firm by others, for its first page."""
    return queries.in_words(queries.looks(member.enterprise_id, queries.Wanted(who="others"))[:count])


def own_requests(*, member: Member, at: datetime) -> list[Authorization]:
    """Consents that institutions have asked the firm for and that wait for its answer."""
    rows = Authorization.objects.filter(
        enterprise_id=member.enterprise_id, state=AuthorizationState.REQUESTED, ends_at__gt=at
    )
    return list(rows.select_related("institution", "purpose").order_by("pk"))


# --- Inside -------------------------------------------------------------------------------------------------------------


def _unless_refused(found: CreditFile | AccessRefused) -> CreditFile:
    """The transaction has committed: what was refused may be said, what was allowed may leave."""
    if isinstance(found, AccessRefused):
        raise found
    return found


def _compile_authorized(
    authorization: Authorization, items: Mapping[str, str], officer: Officer, at: datetime
) -> CreditFile:
    enterprise = authorization.enterprise
    grades = evaluation.grades_under(enterprise_id=enterprise.pk, authorization_id=authorization.pk)
    return CreditFile(
        enterprise=files.header(enterprise),
        reader=officer.institution.name,
        purpose=authorization.purpose.name,
        authorization_id=authorization.pk,
        opened_at=at,
        sections=files.sections(
            enterprise.pk, items, day=day_of(at), span=(authorization.data_from, authorization.data_until)
        ),
        grades=tuple(files.view(grade) for grade in grades),
    )
