"""States of an enrolment (备案) and of a claim (补偿申请).

The bank enrols and files; a checker, an approver and a treasurer, three different people, move a claim to payment.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class EnrolmentState(TextChoices):
    ENROLLED = "enrolled", _("已备案")
    CANCELLED = "cancelled", _("已撤销")


class LegalStep(TextChoices):
    """How far the bank has gone against the debtor (司法进展). Which of them suffice is the scheme's to say."""

    SUED = "sued", _("已起诉")
    ACCEPTED = "accepted", _("法院已受理")
    ARBITRATION = "arbitration", _("仲裁已受理")
    JUDGED = "judged", _("已判决或裁决")
    ENFORCEMENT = "enforcement", _("已申请强制执行（含公证赋强）")


class ClaimState(TextChoices):
    FILED = "filed", _("待审查")
    RETURNED = "returned", _("退回补正")
    CHECKED = "checked", _("待审定")
    APPROVED = "approved", _("待拨付")
    REFUSED = "refused", _("不予补偿")
    PAID = "paid", _("已拨付")
    CLOSED = "closed", _("已结案")
    WITHDRAWN = "withdrawn", _("已撤回")


E, S = EnrolmentState, ClaimState

ENROLMENT_MOVES = MoveTable(
    Move.of("cancel", E.ENROLLED, E.CANCELLED, stamp="cancelled"),
)

#: Until money has left, whoever holds the claim may return or refuse it; what was reserved is then released.
CLAIM_MOVES = MoveTable(
    Move.of("check", S.FILED, S.CHECKED, stamp="checked"),
    Move.of("return", (S.FILED, S.CHECKED, S.APPROVED), S.RETURNED, stamp="returned"),
    Move.of("refile", S.RETURNED, S.FILED, stamp="filed"),
    Move.of("approve", S.CHECKED, S.APPROVED, stamp="approved"),
    Move.of("refuse", (S.FILED, S.CHECKED, S.APPROVED), S.REFUSED, stamp="refused"),
    Move.of("pay", S.APPROVED, S.PAID, stamp="paid"),
    Move.of("close", S.PAID, S.CLOSED, stamp="closed"),
    Move.of("withdraw", (S.FILED, S.RETURNED), S.WITHDRAWN, stamp="withdrawn"),
)
