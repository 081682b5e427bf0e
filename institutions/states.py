"""States of an institution's admission and who may move it: staff with ``institution.admit``."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class InstitutionState(TextChoices):
    APPLIED = "applied", _("待准入")
    ADMITTED = "admitted", _("已准入")
    SUSPENDED = "suspended", _("已暂停")
    WITHDRAWN = "withdrawn", _("已退出")


S = InstitutionState

MOVES = MoveTable(
    Move.of("admit", S.APPLIED, S.ADMITTED, stamp="admitted"),
    Move.of("suspend", S.ADMITTED, S.SUSPENDED, stamp="suspended"),
    Move.of("readmit", S.SUSPENDED, S.ADMITTED, stamp="admitted"),
    Move.of("withdraw", (S.ADMITTED, S.SUSPENDED), S.WITHDRAWN, stamp="withdrawn"),
)
