"""What an institution owes when a consent to it has ended: to acknowledge it, and to say that what it saw is deleted."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent import clauses, policies
from enterprises.consent.models import Authorization, DeletionDuty
from enterprises.consent.states import DUTY_MOVES, AuthorizationState, DutyState
from enterprises.models import Member
from institutions.models import Officer
from portal import periods
from portal.accounts.roles import OfficerRole
from portal.audit import actions as audit
from portal.messages import actions as messages
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move

#: Working days in which an institution acknowledges that a consent has ended.
ACKNOWLEDGE_DAYS: Final = 3
#: How long before the end of the data life an institution is reminded.
REMIND_DAYS: Final = 7


class DutyAlreadyMoved(Conflict):
    code = "duty_already_moved"
    message = _("这项删除义务已由同事办理，或还没有到这一步。请刷新页面查看最新状态。")


class StatementMissing(Refusal):
    code = "statement_missing"
    message = _("请说明删除了哪些信息、如何删除（至少 4 个字），说明会显示给企业。")


@transaction.atomic
def acknowledge(*, duty: DeletionDuty, officer: Officer, at: datetime) -> DeletionDuty:
    """The institution has taken note: it uses the information no longer beyond what the consent left it."""
    duty = _lock(duty)
    _require(officer, duty, "acknowledge")
    move(duty, "acknowledge", table=DUTY_MOVES, by=officer.user, at=at)
    _record("duty.acknowledge", duty, officer, at)
    return duty


@transaction.atomic
def confirm_deletion(*, duty: DeletionDuty, officer: Officer, statement: str, at: datetime) -> DeletionDuty:
    """The institution states that what it has seen under the consent is deleted; the firm is told."""
    duty = _lock(duty)
    _require(officer, duty, "confirm_deletion")
    if len(statement.strip()) < 4:
        raise StatementMissing
    move(duty, "confirm_deletion", table=DUTY_MOVES, by=officer.user, at=at, statement=statement.strip()[:300])
    _record("duty.confirm_deletion", duty, officer, at)
    members = Member.objects.acting().filter(enterprise_id=duty.enterprise_id).select_related("user")
    messages.notify(
        users=[member.user for member in members],
        subject=_now("%(bank)s 已确认删除凭授权取得的信息") % {"bank": duty.institution},
        link=reverse("enterprise_authorization", args=[duty.authorization_id]),
        at=at,
    )
    return duty


def raise_duty(authorization: Authorization, at: datetime) -> DeletionDuty | None:
    """In the caller's transaction: the duty that goes with an ended consent; none where there was nothing to delete.

    A revocation is to be acknowledged in any case. The data life runs from the last look.
    """
    if authorization.use_count == 0 and authorization.state != AuthorizationState.REVOKED:
        return None
    ended = timezone.localtime(authorization.ended_at or at).date()
    last = timezone.localtime(authorization.last_used_at).date() if authorization.last_used_at else ended
    life = clauses.life_end(last, authorization.data_life, authorization.data_life_unit)
    duty, is_new = DeletionDuty.objects.get_or_create(
        authorization=authorization,
        defaults={
            "enterprise_id": authorization.enterprise_id,
            "institution_id": authorization.institution_id,
            "raised_at": at,
            "acknowledge_due_on": periods.add_working_days(ended, ACKNOWLEDGE_DAYS),
            "delete_due_on": max(ended, life) if authorization.last_used_at else ended,
        },
    )
    if is_new:
        audit.record(
            "duty.raise",
            duty,
            by=None,
            at=at,
            enterprise_id=duty.enterprise_id,
            institution_id=duty.institution_id,
            facts={"authorization": authorization.pk, "delete_due_on": duty.delete_due_on},
        )
        _tell(duty, _now("%(firm)s 的授权已终止，请确认并按期删除已取得的信息"), at)
    return duty


def raise_due_duties(*, at: datetime, size: int = 500) -> int:
    """The duties of all consents that have ended by time or use since the last run."""
    raised = 0
    while batch := _raise_some(at, size):
        raised += batch
    return raised


@transaction.atomic
def _raise_some(at: datetime, size: int) -> int:
    ended = Authorization.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).filter(
        Q(state=AuthorizationState.REVOKED) | Q(state__in=_BY_ITSELF, use_count__gt=0), duty=None
    )
    found = list(ended.select_related("enterprise", "institution").order_by("pk")[:size])
    for authorization in found:
        raise_duty(authorization, at)
    return len(found)


@transaction.atomic
def remind(*, at: datetime) -> int:
    """Tell institutions once a day what is due within the week or overdue."""
    today = timezone.localtime(at).date()
    soon = today + timedelta(days=REMIND_DAYS)
    open_duties = DeletionDuty.objects.exclude(state=DutyState.DELETED).filter(
        Q(delete_due_on__lte=soon) | Q(state=DutyState.PENDING, acknowledge_due_on__lt=today)
    )
    rows = list(open_duties.select_related("enterprise", "institution").order_by("pk"))
    for duty in rows:
        _tell(duty, _now("%(firm)s 的信息删除期限临近或已过，请尽快办理"), at)
    return len(rows)


_BY_ITSELF: Final = (AuthorizationState.EXPIRED, AuthorizationState.USED_UP)


def _lock(duty: DeletionDuty) -> DeletionDuty:
    rows = DeletionDuty.objects.select_for_update(of=("self",)).select_related("enterprise", "institution")
    return rows.get(pk=duty.pk)


def _require(officer: Officer, duty: DeletionDuty, verb: str) -> None:
    if not policies.may_delete(officer, duty):
        raise NotPermitted
    if not DUTY_MOVES.allows(verb, duty.state):
        raise DutyAlreadyMoved


def _record(verb: str, duty: DeletionDuty, officer: Officer, at: datetime) -> None:
    audit.record(
        verb,
        duty,
        by=officer.user,
        at=at,
        enterprise_id=duty.enterprise_id,
        institution_id=duty.institution_id,
        facts={"authorization": duty.authorization_id},
    )


def _tell(duty: DeletionDuty, sentence: str, at: datetime) -> None:
    officers = Officer.objects.serving().filter(
        institution_id=duty.institution_id, role__in=[OfficerRole.LOAN_OFFICER, OfficerRole.ADMINISTRATOR]
    )
    messages.notify(
        users=[officer.user for officer in officers.select_related("user")],
        subject=sentence % {"firm": duty.enterprise},
        link=reverse("bank_duties"),
        at=at,
    )
