"""States of an objection (异议) and of a credit repair (信用修复). The firm files; remedy officers move it on."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class ObjectionState(TextChoices):
    FILED = "filed", _("待受理")
    ACCEPTED = "accepted", _("核查中")
    UPHELD = "upheld", _("异议成立")
    REJECTED = "rejected", _("异议不成立")
    WITHDRAWN = "withdrawn", _("已撤回")


class RepairState(TextChoices):
    FILED = "filed", _("待受理")
    ACCEPTED = "accepted", _("办理中")
    GRANTED = "granted", _("已修复")
    REFUSED = "refused", _("不予修复")
    WITHDRAWN = "withdrawn", _("已撤回")


S, R = ObjectionState, RepairState

OBJECTION_MOVES = MoveTable(
    Move.of("accept", S.FILED, S.ACCEPTED, stamp="accepted"),
    Move.of("uphold", S.ACCEPTED, S.UPHELD, stamp="resolved"),
    Move.of("reject", S.ACCEPTED, S.REJECTED, stamp="resolved"),
    Move.of("withdraw", (S.FILED, S.ACCEPTED), S.WITHDRAWN, stamp="resolved"),
)

REPAIR_MOVES = MoveTable(
    Move.of("accept", R.FILED, R.ACCEPTED, stamp="accepted"),
    Move.of("grant", R.ACCEPTED, R.GRANTED, stamp="resolved"),
    Move.of("refuse", (R.FILED, R.ACCEPTED), R.REFUSED, stamp="resolved"),
    Move.of("withdraw", (R.FILED, R.ACCEPTED), R.WITHDRAWN, stamp="resolved"),
)
