"""States of a loan (贷款). The officer contracts, draws down and closes; risk class is judged apart, by days past due."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class LoanState(TextChoices):
    CONTRACTED = "contracted", _("待放款")
    DRAWN = "drawn", _("还款中")
    SETTLED = "settled", _("已结清")
    WRITTEN_OFF = "written_off", _("已核销")
    CANCELLED = "cancelled", _("已取消")


class RiskClass(TextChoices):
    """五级分类, by days past due (defaults; the bank may set a worse class)."""

    NORMAL = "normal", _("正常")
    ATTENTION = "attention", _("关注")
    SUBSTANDARD = "substandard", _("次级")
    DOUBTFUL = "doubtful", _("可疑")
    LOSS = "loss", _("损失")


S = LoanState

MOVES = MoveTable(
    Move.of("draw", S.CONTRACTED, S.DRAWN, stamp="drawn"),
    Move.of("settle", S.DRAWN, S.SETTLED, stamp="settled"),
    Move.of("write_off", S.DRAWN, S.WRITTEN_OFF, stamp="written_off"),
    Move.of("cancel", S.CONTRACTED, S.CANCELLED, stamp="cancelled"),
)
