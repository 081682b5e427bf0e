"""States of an article. Whoever publishes pages moves it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class ArticleState(TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    WITHDRAWN = "withdrawn", _("已撤回")


S = ArticleState

MOVES = MoveTable(
    Move.of("publish", (S.DRAFT, S.WITHDRAWN), S.PUBLISHED, stamp="published"),
    Move.of("withdraw", S.PUBLISHED, S.WITHDRAWN, stamp="withdrawn"),
)
