"""What every move of a consent has in common: the lock, the refusal of a move its state does not allow, the event, the news."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enterprises.consent.models import Authorization
from enterprises.consent.states import AuthorizationState
from enterprises.models import Member
from institutions.models import Officer
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole
from portal.audit import actions as audit
from portal.messages import actions as messages
from portal.transitions import IllegalMove

_WHY: Final[dict[str, str | Promise]] = {
    AuthorizationState.REQUESTED: _("企业还没有同意这份授权，不能这样操作。请先同意或拒绝。"),
    AuthorizationState.GRANTED: _("这份授权正在生效，不需要这样操作。请刷新页面查看最新状态。"),
    AuthorizationState.PAUSED: _("这份授权已经暂停，不能这样操作。可以恢复或撤回。"),
    AuthorizationState.REVOKED: _("这份授权已经撤回，不能再操作。需要时请重新授权。"),
    AuthorizationState.EXPIRED: _("这份授权已经到期，不能再操作。需要时请重新授权。"),
    AuthorizationState.USED_UP: _("这份授权的次数已经用完，不能再操作。需要时请重新授权。"),
    AuthorizationState.DECLINED: _("这份授权请求已被拒绝，不能再操作。需要时请机构重新提出。"),
}


class MoveNotAllowed(IllegalMove):
    """A move that the state of a consent does not allow; the code names both, as in ``pause_of_revoked``."""

    def __init__(self, verb: str = "", state: str = "") -> None:
        super().__init__(_WHY.get(state))
        self.code = f"{verb}_of_{state}"  # type: ignore[misc] # one class, a code for each move and state


def not_allowed(verb: str, state: str) -> MoveNotAllowed:
    return MoveNotAllowed(verb, state)


def lock(authorization: Authorization) -> Authorization:
    return (
        Authorization.objects.select_for_update(of=("self",))
        .select_related("enterprise", "institution", "purpose")
        .get(pk=authorization.pk)
    )


def record(verb: str, authorization: Authorization, by: User | None, at: datetime) -> None:
    audit.record(
        verb,
        authorization,
        by=by,
        at=at,
        enterprise_id=authorization.enterprise_id,
        institution_id=authorization.institution_id,
        facts={"purpose": authorization.purpose.code, "digest": authorization.digest},
    )


def tell_bank(authorization: Authorization, sentence: str, at: datetime) -> None:
    officers = Officer.objects.serving().filter(
        institution_id=authorization.institution_id, role__in=[OfficerRole.LOAN_OFFICER, OfficerRole.APPROVER]
    )
    users: Iterable[User] = [officer.user for officer in officers.select_related("user")]
    subject = f"{sentence % {'firm': authorization.enterprise}}({authorization.purpose})"
    messages.notify(users=users, subject=subject, at=at)


def tell_firm(authorization: Authorization, subject: str, at: datetime) -> None:
    members = Member.objects.acting().filter(enterprise_id=authorization.enterprise_id).select_related("user")
    link = reverse("enterprise_authorization", args=[authorization.pk])
    messages.notify(users=[member.user for member in members], subject=subject, link=link, at=at)
