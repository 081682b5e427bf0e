"""States of a batch (报送批次). A batch is in force whole (accepted) or not at all."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class BatchState(TextChoices):
    RECEIVED = "received", _("已接收")
    CHECKED = "checked", _("已校验")
    ACCEPTED = "accepted", _("已入库")
    RETURNED = "returned", _("已退回")
    RETRACTED = "retracted", _("已撤回")


S = BatchState

MOVES = MoveTable(
    Move.of("check", S.RECEIVED, S.CHECKED, stamp="checked"),
    Move.of("accept", S.CHECKED, S.ACCEPTED, stamp="accepted"),
    Move.of("return", (S.RECEIVED, S.CHECKED), S.RETURNED, stamp="returned"),
    Move.of("retract", S.ACCEPTED, S.RETRACTED, stamp="retracted"),
)


class ConflictState(TextChoices):
    DISPUTED = "disputed", _("待处理")
    SETTLED = "settled", _("已处理")


CONFLICT_MOVES = MoveTable(Move.of("settle", ConflictState.DISPUTED, ConflictState.SETTLED, stamp="settled"))
