"""Decline, pause, resume, revoke; what time ends; what is owed afterwards."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _now

from enterprises.consent import policies
from enterprises.consent.actions.duties import raise_duty
from enterprises.consent.actions.telling import lock, not_allowed, record, tell_bank
from enterprises.consent.models import Authorization
from enterprises.consent.states import MOVES, AuthorizationState
from enterprises.evaluation import actions as evaluation
from enterprises.models import Member
from portal.documents import actions as documents
from portal.documents.models import IssuedDocument
from portal.refusals import NotPermitted
from portal.transitions import move


def decline(*, authorization: Authorization, member: Member, at: datetime) -> Authorization:
    return _moved("decline", authorization, member, at, _now("%(firm)s 没有同意授权请求"))


def pause(*, authorization: Authorization, member: Member, at: datetime) -> Authorization:
    """Works on the next read: a look waits for this transaction and then finds the consent paused."""
    return _moved("pause", authorization, member, at, _now("%(firm)s 暂停了授权，暂停期间不能查询"))


def resume(*, authorization: Authorization, member: Member, at: datetime) -> Authorization:
    return _moved("resume", authorization, member, at, _now("%(firm)s 恢复了授权"))


@transaction.atomic
def revoke(*, authorization: Authorization, member: Member, at: datetime) -> Authorization:
    """Ends the consent for good; the letter is void and the grade made under it is history. Looks before it stay on record."""
    authorization = _moved(
        "revoke", authorization, member, at, _now("%(firm)s 撤回了授权，请停止使用并按约定删除已获取的信息")
    )
    _void(authorization, member, at)
    raise_duty(authorization, at)
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
        record("authorization.expire", authorization, None, at)
    return len(found)


# --- Inside -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def _moved(verb: str, authorization: Authorization, member: Member, at: datetime, sentence: str) -> Authorization:
    authorization = lock(authorization)
    if not policies.may_move(member, authorization):
        raise NotPermitted
    state = state_at(authorization, at)
    if not MOVES.allows(verb, state):
        raise not_allowed(verb, state)
    move(authorization, verb, table=MOVES, by=member.user, at=at)
    record(f"authorization.{verb}", authorization, member.user, at)
    tell_bank(authorization, sentence, at)
    return authorization


def state_at(authorization: Authorization, at: datetime) -> str:
    """The state as it is at ``at``: a consent whose time is over has expired although nobody has said so yet."""
    is_over = authorization.ends_at <= at and authorization.state in MOVES["expire"].sources
    return AuthorizationState.EXPIRED if is_over else authorization.state


def _void(authorization: Authorization, member: Member, at: datetime) -> None:
    """The letter no longer holds, and the grade made under the consent is history."""
    evaluation.end_full_grade(authorization_id=authorization.pk)
    for letter in IssuedDocument.objects.filter(
        subject_kind=authorization._meta.label_lower, subject_id=str(authorization.pk), revoked_at=None
    ):
        documents.revoke(document=letter, by=member.user, at=at, reason=_now("授权已撤回"))
