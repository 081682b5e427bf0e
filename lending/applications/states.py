"""States of a loan application (贷款申请) before one institution.

The firm applies, answers and withdraws; the loan officer accepts, asks and proposes; where the institution wants four
eyes an approver, never the proposer, confirms or sends back; a contract closes it.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class ApplicationState(TextChoices):
    SUBMITTED = "submitted", _("待受理")
    ACCEPTED = "accepted", _("审查中")
    WAITING = "waiting", _("待补充材料")
    PROPOSED = "proposed", _("待审批")
    APPROVED = "approved", _("已授信")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")
    CONTRACTED = "contracted", _("已签约")


S = ApplicationState

MOVES = MoveTable(
    Move.of("accept", S.SUBMITTED, S.ACCEPTED, stamp="accepted"),
    Move.of("ask", (S.ACCEPTED, S.WAITING), S.WAITING),
    Move.of("answer", S.WAITING, S.ACCEPTED),
    Move.of("propose", S.ACCEPTED, S.PROPOSED, stamp="proposed"),
    Move.of("send_back", S.PROPOSED, S.ACCEPTED, stamp="sent_back"),
    Move.of("approve", (S.ACCEPTED, S.PROPOSED), S.APPROVED, stamp="decided"),
    Move.of("refuse", (S.SUBMITTED, S.ACCEPTED, S.WAITING, S.PROPOSED), S.REFUSED, stamp="decided"),
    Move.of("withdraw", (S.SUBMITTED, S.ACCEPTED, S.WAITING, S.PROPOSED, S.APPROVED), S.WITHDRAWN, stamp="withdrawn"),
    Move.of("contract", S.APPROVED, S.CONTRACTED, stamp="contracted"),
)

#: Still before the institution: a firm has at most one of these per product.
RUNNING = (S.SUBMITTED, S.ACCEPTED, S.WAITING, S.PROPOSED, S.APPROVED)
#: The institution's clock runs.
CLOCKED = (S.SUBMITTED, S.ACCEPTED, S.PROPOSED)
