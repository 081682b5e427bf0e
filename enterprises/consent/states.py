"""States of an authorization (授权). The firm grants, pauses, resumes and revokes; time and use end it by themselves."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class AuthorizationState(TextChoices):
    REQUESTED = "requested", _("待授权")
    GRANTED = "granted", _("有效")
    PAUSED = "paused", _("已暂停")
    REVOKED = "revoked", _("已撤回")
    EXPIRED = "expired", _("已到期")
    USED_UP = "used_up", _("已用完")
    DECLINED = "declined", _("已拒绝")


S = AuthorizationState

MOVES = MoveTable(
    Move.of("grant", S.REQUESTED, S.GRANTED, stamp="granted"),
    Move.of("decline", S.REQUESTED, S.DECLINED, stamp="ended"),
    Move.of("pause", S.GRANTED, S.PAUSED, stamp="paused"),
    Move.of("resume", S.PAUSED, S.GRANTED),
    Move.of("revoke", (S.GRANTED, S.PAUSED), S.REVOKED, stamp="ended"),
    Move.of("expire", (S.REQUESTED, S.GRANTED, S.PAUSED), S.EXPIRED, stamp="ended"),
    Move.of("use_up", S.GRANTED, S.USED_UP, stamp="ended"),
)


class DutyState(TextChoices):
    """States of a deletion duty (删除义务), which an institution owes once a consent to it has ended."""

    PENDING = "pending", _("待确认")
    ACKNOWLEDGED = "acknowledged", _("已确认")
    DELETED = "deleted", _("已删除")


D = DutyState

DUTY_MOVES = MoveTable(
    Move.of("acknowledge", D.PENDING, D.ACKNOWLEDGED, stamp="acknowledged"),
    Move.of("confirm_deletion", D.ACKNOWLEDGED, D.DELETED, stamp="deleted"),
)
