"""Give a consent, ask for one, agree to what was asked."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent import clauses, policies, queries, signing
from enterprises.consent.actions.telling import lock, not_allowed, record, tell_bank, tell_firm
from enterprises.consent.models import (
    Authorization,
    AuthorizedItem,
    FetchKind,
    FrequencyUnit,
    LifeUnit,
    Mode,
    Proof,
    Purpose,
)
from enterprises.consent.models.authorizations import frequency_in_words, life_in_words
from enterprises.consent.states import MOVES
from enterprises.credit import queries as credit
from enterprises.evaluation import actions as evaluation
from enterprises.models import Enterprise, Member
from institutions.models import Institution, Officer
from institutions.states import InstitutionState
from portal import periods
from portal.accounts.models import User
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move

TEMPLATE_VERSION: Final = "2026-2"
#: The purpose under which an authorized grade is made.
GRADED_PURPOSE: Final = "loan_approval"


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
    message = _("数据跨度至少 1 个月、查询次数至少 1 次、数据留存至少 1 天，请重新填写。")


class WrongParent(Refusal):
    code = "wrong_parent"
    message = _("这种用途的授权必须关联相应的申请或贷款，并可多次查询。请从申请或贷款页面发起。")


class AboveFairUse(Refusal):
    """A measure above its bound; the sentence says which. A machine reads the measure in the code and 412 in the status."""

    status = 412


class TooLong(AboveFairUse):
    code = "above_max_period"

    def __init__(self, bound: str = "") -> None:
        super().__init__(_("授权期限超过该用途的上限（%(bound)s），请缩短到期时间。") % {"bound": bound})


class TooOften(AboveFairUse):
    code = "above_max_frequency"

    def __init__(self, bound: str = "") -> None:
        super().__init__(_("查询次数超过该用途的上限（%(bound)s），请减少次数。") % {"bound": bound})


class TooFarBack(AboveFairUse):
    code = "above_max_span"

    def __init__(self, bound: str = "") -> None:
        super().__init__(_("数据跨度超过该用途的上限（%(bound)s），请缩短跨度。") % {"bound": bound})


class KeptTooLong(AboveFairUse):
    code = "above_max_data_life"

    def __init__(self, bound: str = "") -> None:
        super().__init__(_("数据留存期超过该用途的上限（%(bound)s），请缩短留存期。") % {"bound": bound})


class TooMuchShown(AboveFairUse):
    code = "above_max_mode"

    def __init__(self, bound: str = "") -> None:
        super().__init__(_("信息项的使用方式超过该用途的上限（%(bound)s），请改选。") % {"bound": bound})


class KeyOfAnother(Conflict):
    code = "submission_key_of_another"
    message = _("表单已过期，请重新打开页面后再提交。")


_EXCESSES: Final[dict[str, type[AboveFairUse]]] = {
    "period": TooLong,
    "frequency": TooOften,
    "span": TooFarBack,
    "data_life": KeptTooLong,
    "mode": TooMuchShown,
}


@transaction.atomic
def grant(
    *,
    member: Member,
    institution: Institution,
    purpose_code: str,
    items: Mapping[str, str],
    fetch_kind: str,
    frequency: tuple[int, str],
    ends_at: datetime,
    data_months: int,
    data_life: tuple[int, str] | None = None,
    parent: tuple[str, int | None] = ("", None),
    proof: str = "",
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
        frequency=frequency,
        ends_at=ends_at,
        data_months=data_months,
        data_life=data_life,
        parent=parent,
        submission_key=submission_key,
        by=member.user,
        at=at,
    )
    return _sign(authorization, member, proof, at)


@transaction.atomic
def request(
    *,
    officer: Officer,
    enterprise: Enterprise,
    purpose_code: str,
    items: Mapping[str, str],
    fetch_kind: str,
    frequency: tuple[int, str],
    ends_at: datetime,
    data_months: int,
    data_life: tuple[int, str] | None = None,
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
        frequency=frequency,
        ends_at=ends_at,
        data_months=data_months,
        data_life=data_life,
        parent=parent,
        submission_key=submission_key,
        by=officer.user,
        at=at,
    )
    record("authorization.request", authorization, officer.user, at)
    tell_firm(authorization, _now("%(bank)s 请求贵企业授权查询信用信息") % {"bank": officer.institution}, at)
    return authorization


@transaction.atomic
def agree(*, authorization: Authorization, member: Member, proof: str = "", at: datetime) -> Authorization:
    """Sign a consent that an institution has asked for, as asked."""
    authorization = lock(authorization)
    if not policies.may_move(member, authorization):
        raise NotPermitted
    if authorization.ends_at <= at:
        raise AlreadyEnded
    authorization = _sign(authorization, member, proof, at)
    tell_bank(authorization, _now("%(firm)s 已同意授权"), at)
    return authorization


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
    frequency: tuple[int, str],
    ends_at: datetime,
    data_months: int,
    data_life: tuple[int, str] | None,
    parent: tuple[str, int | None],
    submission_key: UUID,
    by: User,
    at: datetime,
) -> Authorization:
    """An unsigned consent within the bounds of its purpose."""
    _check_grantee(institution)
    _check_items(items)
    _check_parent(purpose, parent, fetch_kind)
    asked = clauses.Terms(
        institution_id=institution.pk,
        purpose_code=purpose.code,
        fetch_kind=FetchKind(fetch_kind).value,
        days=-((at - ends_at) // timedelta(days=1)),
        uses=1 if fetch_kind == FetchKind.ONCE else frequency[0],
        uses_unit=FrequencyUnit.MONTH.value if fetch_kind == FetchKind.ONCE else FrequencyUnit(frequency[1]).value,
        data_months=data_months,
        data_life=(life := data_life or queries.longest_life(institution.pk, purpose.code, fetch_kind, items))[0],
        data_life_unit=LifeUnit(life[1]).value,
        items=items,
    )
    _check_bounds(asked, ends_at=ends_at, at=at)
    authorization = Authorization.objects.create(
        enterprise=enterprise,
        institution=institution,
        purpose=purpose,
        purpose_text=purpose.text,
        template_version=TEMPLATE_VERSION,
        **_terms(asked, ends_at, at),
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


def _terms(asked: clauses.Terms, ends_at: datetime, at: datetime) -> dict[str, Any]:
    """What was asked for, as columns."""
    return {
        "fetch_kind": asked.fetch_kind,
        "uses_per_unit": asked.uses,
        "frequency_unit": asked.uses_unit,
        "data_from": periods.add_months(timezone.localtime(at).date(), -asked.data_months),
        "data_until": timezone.localtime(ends_at).date(),
        "starts_at": at,
        "ends_at": ends_at,
        "data_life": asked.data_life,
        "data_life_unit": asked.data_life_unit,
    }


def _check_parent(purpose: Purpose, parent: tuple[str, int | None], fetch_kind: str) -> None:
    """A consent for serving a loan belongs to that loan and lasts with it."""
    if (parent[0] == "") != (parent[1] is None):
        raise WrongParent
    if purpose.parent_kind and (parent[0] != purpose.parent_kind or fetch_kind != FetchKind.PERIODIC):
        raise WrongParent


def _check_grantee(institution: Institution) -> None:
    if institution.state != InstitutionState.ADMITTED:
        raise GranteeNotAdmitted


def _check_items(items: Mapping[str, str]) -> None:
    if not items:
        raise NothingAuthorized
    if set(items) - set(credit.schemas(list(items))) or set(items.values()) - set(Mode.values):
        raise UnknownItem


def _check_bounds(asked: clauses.Terms, *, ends_at: datetime, at: datetime) -> None:
    if ends_at <= at:
        raise AlreadyEnded
    if min(asked.uses, asked.data_months, asked.data_life) < 1:
        raise EmptySpan
    for excess in clauses.excesses(asked, queries.fair_use()):
        raise _EXCESSES[excess.measure](_bound_in_words(excess))


def _bound_in_words(excess: clauses.Excess) -> str:
    if excess.measure == "mode":
        mode = str(Mode(excess.bound).label) if excess.bound else _now("不提供")
        return f"{queries.item_names([excess.item_code]).get(excess.item_code, '')}：{mode}"
    if excess.measure == "frequency":
        return frequency_in_words(int(excess.bound), excess.unit)
    return life_in_words(int(excess.bound), excess.unit)


def _sign(authorization: Authorization, member: Member, proof: str, at: datetime) -> Authorization:
    """Signature, state and grade in one transaction. Terms are frozen by the database from here on."""
    if not MOVES.allows("grant", authorization.state):
        raise not_allowed("agree", authorization.state)
    authorization.signing_proof = Proof(proof).value if proof else ""
    digest = signing.digest(authorization, signer_id=member.user_id, role=member.role, at=at)
    signed = signing.signer().sign(digest)
    move(
        authorization,
        "grant",
        table=MOVES,
        by=member.user,
        at=at,
        signer_role=member.role,
        signing_proof=authorization.signing_proof,
        digest=digest,
        signature=signed.value,
        signature_scheme=signed.scheme,
    )
    if authorization.purpose.code == GRADED_PURPOSE:
        grade(authorization, at)
    record("authorization.grant", authorization, member.user, at)
    return authorization


def grade(authorization: Authorization, at: datetime) -> None:
    evaluation.grade_under_consent(
        enterprise=authorization.enterprise,
        authorization_id=authorization.pk,
        item_codes=[item.item_code for item in authorization.items.all()],
        valid_until=authorization.ends_at,
        at=at,
    )
