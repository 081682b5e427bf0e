"""What every look has in common: the consent under lock, the first reason to refuse, the record, the count of uses."""

from collections.abc import Mapping
from datetime import date, datetime

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
from enterprises.consent.models import AccessRecord, Authorization, FetchKind
from enterprises.consent.models.authorizations import COUNTERS
from enterprises.consent.states import MOVES
from institutions.models import Officer
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.transitions import move


def lock(authorization_id: int) -> Authorization | None:
    rows = Authorization.objects.select_for_update(of=("self",)).select_related("enterprise", "purpose", "institution")
    return rows.prefetch_related("items").filter(pk=authorization_id).first()


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


def count_use(authorization: Authorization, at: datetime) -> None:
    uses, unit = authorization.uses_in_unit(at), authorization.unit_at(at)
    authorization.unit_started_at, authorization.unit_uses = unit, uses + 1
    authorization.use_count += 1
    authorization.last_used_at = at
    authorization.save(update_fields=list(COUNTERS))
    if authorization.fetch_kind == FetchKind.ONCE:
        move(authorization, "use_up", table=MOVES, by=None, at=at)


def day_of(at: datetime) -> date:
    return timezone.localtime(at).date()
