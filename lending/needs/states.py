"""States of a financing need (融资需求). The firm posts, closes; time lapses it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class NeedState(TextChoices):
    OPEN = "open", _("征集中")
    MET = "met", _("已满足")
    WITHDRAWN = "withdrawn", _("已撤回")
    LAPSED = "lapsed", _("已过期")


S = NeedState

MOVES = MoveTable(
    Move.of("meet", S.OPEN, S.MET, stamp="ended"),
    Move.of("withdraw", S.OPEN, S.WITHDRAWN, stamp="ended"),
    Move.of("lapse", S.OPEN, S.LAPSED, stamp="ended"),
)
