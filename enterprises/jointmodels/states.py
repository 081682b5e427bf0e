"""States of a bank's model (机构模型), of a linkage (名单比对) and of a firm's answer to it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class ModelState(TextChoices):
    SUBMITTED = "submitted", _("待审核")
    REVIEWING = "reviewing", _("审核中")
    APPROVED = "approved", _("已通过")
    REFUSED = "refused", _("未通过")
    RETURNED = "returned", _("已退回")
    IN_FORCE = "in_force", _("使用中")
    RETIRED = "retired", _("已停用")


M = ModelState

MODEL_MOVES = MoveTable(
    Move.of("take_up", M.SUBMITTED, M.REVIEWING, stamp="taken_up"),
    Move.of("approve", M.REVIEWING, M.APPROVED, stamp="reviewed"),
    Move.of("refuse", M.REVIEWING, M.REFUSED, stamp="reviewed"),
    Move.of("return", M.REVIEWING, M.RETURNED, stamp="reviewed"),
    Move.of("put_in_force", M.APPROVED, M.IN_FORCE, stamp="in_force"),
    Move.of("retire", (M.APPROVED, M.IN_FORCE), M.RETIRED, stamp="retired"),
)


class LinkageState(TextChoices):
    OPENED = "opened", _("待上传")
    COUNTED = "counted", _("已比对")


LINKAGE_MOVES = MoveTable(Move.of("count", LinkageState.OPENED, LinkageState.COUNTED, stamp="counted"))


class InvitationState(TextChoices):
    ASKED = "asked", _("待答复")
    AGREED = "agreed", _("同意")
    DECLINED = "declined", _("不同意")


I = InvitationState  # noqa: E741 - the initial of the noun, as above

INVITATION_MOVES = MoveTable(
    Move.of("agree", (I.ASKED, I.DECLINED), I.AGREED, stamp="answered"),
    Move.of("decline", (I.ASKED, I.AGREED), I.DECLINED, stamp="answered"),
)
