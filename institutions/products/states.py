"""States of a product version. The bank drafts, submits and pauses; a government reviewer lists or returns."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class VersionState(TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审核")
    RETURNED = "returned", _("已退回")
    LISTED = "listed", _("已上架")
    PAUSED = "paused", _("已暂停")
    REPLACED = "replaced", _("已被新版替代")
    WITHDRAWN = "withdrawn", _("已下架")


S = VersionState

MOVES = MoveTable(
    Move.of("submit", (S.DRAFT, S.RETURNED), S.SUBMITTED, stamp="submitted"),
    Move.of("return", S.SUBMITTED, S.RETURNED, stamp="reviewed"),
    Move.of("list", S.SUBMITTED, S.LISTED, stamp="reviewed"),
    Move.of("pause", S.LISTED, S.PAUSED, stamp="paused"),
    Move.of("resume", S.PAUSED, S.LISTED),
    Move.of("replace", (S.LISTED, S.PAUSED), S.REPLACED),
    Move.of("withdraw", (S.LISTED, S.PAUSED), S.WITHDRAWN, stamp="withdrawn"),
)
