"""What every look has in common: the consent under lock, the first reason to refuse, the record, the count of uses."""

from collections.abc import Mapping
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone

from enterprises.consent import policies, rules
from enterprises.consent.gate.refusals import (
    BY_STATE,
    AccessRefused,
    Expired,
    NotStarted,
    OfficerMayNotLook,
    OverFrequency,
    WrongInstitution,
)
from enterprises.consent.models import AccessRecord, Authorization, AuthorizedItem, FetchKind
from enterprises.consent.states import MOVES
from institutions.models import Officer
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.transitions import move


def lock(authorization_id: int) -> Authorization | None:
    """The consent with its firm, purpose, institution and items in one statement, held until the look is over.

    A revocation takes the same lock: whoever reads after it has committed finds the consent revoked.
    """
    items = AuthorizedItem.objects.filter(authorization=OuterRef("pk")).order_by("item_code")
    rows = Authorization.objects.select_for_update(of=("self",)).select_related("enterprise", "purpose", "institution")
    pairs = ArraySubquery(items.values(pair=JSONObject(code="item_code", mode="mode")))
    return rows.annotate(covered=pairs).filter(pk=authorization_id).first()


def modes_of(authorization: Authorization) -> dict[str, str]:
    """Item by item how far a locked consent goes."""
    return {pair["code"]: pair["mode"] for pair in authorization.covered}  # type: ignore[attr-defined] # annotated by lock


def reason_to_refuse(authorization: Authorization, officer: Officer, at: datetime) -> AccessRefused | None:
    """The first reason to keep the file shut, from who asks to how often."""
    if authorization.institution_id != officer.institution_id:
        return WrongInstitution()
    if not policies.may_open_files(officer):
        return OfficerMayNotLook()
    if authorization.state in BY_STATE:
        return BY_STATE[authorization.state]()
    return _refusal_by_time(authorization, at)


def _refusal_by_time(authorization: Authorization, at: datetime) -> AccessRefused | None:
    if at < authorization.starts_at:
        return NotStarted()
    if at >= authorization.ends_at:
        return Expired()
    if authorization.uses_in_unit(at) >= authorization.uses_per_unit:
        return OverFrequency(authorization.frequency)
    return None


def leave_record(
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
    client: str = "",
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
        client=client[:60],
        parent_kind=parent[0] if parent else "",
        parent_id=parent[1] if parent else None,
        request_id=audit.origin.get().request_id,
    )


def count_use(authorization: Authorization, at: datetime) -> None:
    counted = {
        "unit_uses": authorization.uses_in_unit(at) + 1,
        "unit_started_at": authorization.unit_at(at),
        "use_count": authorization.use_count + 1,
        "last_used_at": at,
    }
    if authorization.fetch_kind == FetchKind.ONCE:
        move(authorization, "use_up", table=MOVES, by=None, at=at, **counted)
    else:
        Authorization.objects.filter(pk=authorization.pk).update(**counted)


def day_of(at: datetime) -> date:
    return timezone.localtime(at).date()
