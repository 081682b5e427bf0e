"""States of a scorecard version. Data staff draft it, put it in force (the former one retires) or discard it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class ScorecardState(TextChoices):
    DRAFT = "draft", _("草稿")
    IN_FORCE = "in_force", _("生效")
    RETIRED = "retired", _("停用")


S = ScorecardState

MOVES = MoveTable(
    Move.of("enforce", S.DRAFT, S.IN_FORCE, stamp="enforced"),
    Move.of("retire", S.IN_FORCE, S.RETIRED, stamp="retired"),
)
