"""States of a proof of representation. The person files it; the registry or a reviewer proves or refuses it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class RepresentationState(TextChoices):
    FILED = "filed", _("待核验")
    PROVED = "proved", _("已核验")
    REFUSED = "refused", _("未通过")


S = RepresentationState

MOVES = MoveTable(
    Move.of("prove", S.FILED, S.PROVED, stamp="reviewed"),
    Move.of("refuse", S.FILED, S.REFUSED, stamp="reviewed"),
)
