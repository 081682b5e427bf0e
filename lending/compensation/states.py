"""States of an enrolment (备案), of a claim (补偿申请), of its payments (拨付) and of the batches they are paid in.

The bank enrols and files. What a claim passes on its way to approval is the scheme's to say; an officer has one step of a
claim, never two. Deferred (暂缓) is not refused: such claims wait in the order of their filing.
"""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.transitions import Move, MoveTable


class EnrolmentState(TextChoices):
    ENROLLED = "enrolled", _("已备案")
    CANCELLED = "cancelled", _("已撤销")


class SchemeState(TextChoices):
    DRAFT = "draft", _("草案")
    ADOPTED = "adopted", _("已批准")
    DISCARDED = "discarded", _("已废弃")
    #: Of another place, to be copied from; binds nobody.
    EXAMPLE = "example", _("外地示例")


class BindsOn(TextChoices):
    """By which day of a loan the version is chosen that binds it."""

    DISBURSEMENT = "disbursement", _("放款日")
    ENROLMENT = "enrolment", _("备案日")
    CLAIM = "claim", _("申报日")


class InterestPolicy(TextChoices):
    """What becomes of the interest a fund earns."""

    ROLLS_IN = "rolls_in", _("滚入资金池")
    RETURNED = "returned", _("上缴国库")


class LegalStep(TextChoices):
    """How far the bank has gone against the debtor (司法进展). Which of them suffice is the scheme's to say."""

    SUED = "sued", _("已起诉")
    ACCEPTED = "accepted", _("法院已受理")
    ARBITRATION = "arbitration", _("仲裁已受理")
    JUDGED = "judged", _("已判决或裁决")
    ENFORCEMENT = "enforcement", _("已申请强制执行（含公证赋强）")
    TERMINATED = "terminated", _("已裁定终结执行")


class ClaimState(TextChoices):
    DRAFT = "draft", _("草稿")
    FILED = "filed", _("待审查")
    RETURNED = "returned", _("退回补正")
    REVIEWING = "reviewing", _("待专家或现场核查")
    OPINION = "opinion", _("待财政意见")
    MEETING = "meeting", _("待联席会议")
    PUBLICITY = "publicity", _("公示中")
    CHECKED = "checked", _("待审定")
    DEFERRED = "deferred", _("暂缓拨付")
    APPROVED = "approved", _("待拨付")
    REFUSED = "refused", _("不予补偿")
    APPEALED = "appealed", _("申诉处理中")
    PARTLY_PAID = "partly_paid", _("部分拨付")
    PAID = "paid", _("已拨付")
    RECOVERING = "recovering", _("追偿中")
    REPURCHASED = "repurchased", _("已回购")
    WRITTEN_OFF = "written_off", _("已核销")
    CLAWED_BACK = "clawed_back", _("已收回补偿")
    CLOSED = "closed", _("已结案")
    WITHDRAWN = "withdrawn", _("已撤回")


class Step(TextChoices):
    """What an officer of the government does with a claim (经办环节)."""

    CHECK = "check", _("形式审查")
    REVIEW = "review", _("专家或现场核查")
    OPINION = "opine", _("财政意见")
    MEETING = "meet", _("联席会议")
    OBJECTION = "objection", _("公示异议处理")
    APPROVE = "approve", _("审定")
    RETURN = "return", _("退回补正")
    REFUSE = "refuse", _("不予补偿")
    APPEAL = "appeal", _("申诉处理")
    PREPARE = "prepare", _("拨付制单")
    PAY = "pay", _("拨付")


class PaymentState(TextChoices):
    """One instalment of a claim (分期拨付)."""

    PLANNED = "planned", _("条件未达成")
    READY = "ready", _("待制单")
    BATCHED = "batched", _("已制单")
    SENT = "sent", _("已送国库")
    PAID = "paid", _("已支付")
    CANCELLED = "cancelled", _("已取消")


class BatchState(TextChoices):
    """A payment file for the treasury (拨付批次)."""

    PREPARED = "prepared", _("待复核放行")
    RELEASED = "released", _("已放行，待回单")
    SETTLED = "settled", _("已回单")
    CANCELLED = "cancelled", _("已作废")


class MeetingState(TextChoices):
    """A joint meeting (联席会议) and the list of claims before it."""

    CALLED = "called", _("待召开")
    HELD = "held", _("已召开")


class RecoveryKind(TextChoices):
    """Why money comes back to the fund."""

    RECOVERY = "recovery", _("追偿")
    REPURCHASE = "repurchase", _("回购")
    CLAWBACK = "clawback", _("收回补偿")


E, S, P, B, M = EnrolmentState, ClaimState, PaymentState, BatchState, MeetingState

#: The steps a scheme may ask for between the formal check and the approval, in their order, and where each one waits.
STEP_STATES: Final = {"review": S.REVIEWING, "opinion": S.OPINION, "meeting": S.MEETING, "publicity": S.PUBLICITY}
#: Before the money is promised: whoever has the claim may return or refuse it.
IN_REVIEW: Final = (S.FILED, S.REVIEWING, S.OPINION, S.MEETING, S.PUBLICITY, S.CHECKED)
#: Money has left the fund for it.
AFTER_PAYMENT: Final = (S.PARTLY_PAID, S.PAID, S.RECOVERING, S.REPURCHASED, S.WRITTEN_OFF, S.CLAWED_BACK, S.CLOSED)
#: No longer a claim: the loan may be claimed for anew.
DEAD: Final = (S.REFUSED, S.WITHDRAWN)

ENROLMENT_MOVES = MoveTable(
    Move.of("cancel", E.ENROLLED, E.CANCELLED, stamp="cancelled"),
)

#: Until money has left, whoever holds the claim may return or refuse it; what was reserved is then released.
CLAIM_MOVES = MoveTable(
    Move.of("file", S.DRAFT, S.FILED, stamp="filed"),
    Move.of("check", S.FILED, S.CHECKED, "checked", (S.REVIEWING, S.OPINION, S.MEETING, S.PUBLICITY)),
    Move.of("review", S.REVIEWING, S.CHECKED, others=(S.OPINION, S.MEETING, S.PUBLICITY)),
    Move.of("opine", S.OPINION, S.CHECKED, others=(S.MEETING, S.PUBLICITY)),
    Move.of("meet", S.MEETING, S.CHECKED, others=(S.PUBLICITY,)),
    Move.of("end_publicity", S.PUBLICITY, S.CHECKED),
    Move.of("return", (*IN_REVIEW, S.APPROVED, S.DEFERRED), S.RETURNED, stamp="returned"),
    Move.of("refile", S.RETURNED, S.FILED, stamp="filed"),
    Move.of("approve", S.CHECKED, S.APPROVED, "approved", (S.DEFERRED,)),
    Move.of("take_up", S.DEFERRED, S.APPROVED),
    Move.of("recall", S.DEFERRED, S.CHECKED),
    Move.of("refuse", (*IN_REVIEW, S.APPROVED, S.DEFERRED), S.REFUSED, stamp="refused"),
    Move.of("appeal", (S.REFUSED, S.APPROVED, S.DEFERRED), S.APPEALED, stamp="appealed"),
    Move.of("uphold", S.APPEALED, S.CHECKED, stamp="answered"),
    Move.of("dismiss", S.APPEALED, S.REFUSED, "answered", (S.DEFERRED,)),
    Move.of("pay", (S.APPROVED, S.PARTLY_PAID, S.RECOVERING), S.PAID, others=(S.PARTLY_PAID, S.RECOVERING)),
    Move.of("recover", (S.PARTLY_PAID, S.PAID), S.RECOVERING),
    Move.of("repurchase", (S.PARTLY_PAID, S.PAID, S.RECOVERING), S.REPURCHASED, stamp="repurchased"),
    Move.of("write_off", (S.PAID, S.RECOVERING), S.WRITTEN_OFF, stamp="written_off"),
    Move.of(
        "claw_back", (S.PARTLY_PAID, S.PAID, S.RECOVERING, S.WRITTEN_OFF, S.CLOSED), S.CLAWED_BACK, stamp="clawed_back"
    ),
    Move.of("close", (S.PAID, S.RECOVERING, S.REPURCHASED, S.WRITTEN_OFF, S.CLAWED_BACK), S.CLOSED, stamp="closed"),
    Move.of("withdraw", (S.DRAFT, S.FILED, S.RETURNED), S.WITHDRAWN, stamp="withdrawn"),
)

SCHEME_MOVES = MoveTable(
    Move.of("adopt", SchemeState.DRAFT, SchemeState.ADOPTED, stamp="adopted"),
    Move.of("discard", SchemeState.DRAFT, SchemeState.DISCARDED, stamp="discarded"),
)

PAYMENT_MOVES = MoveTable(
    Move.of("ready", P.PLANNED, P.READY),
    Move.of("batch", P.READY, P.BATCHED),
    Move.of("unbatch", P.BATCHED, P.READY),
    Move.of("send", P.BATCHED, P.SENT),
    Move.of("settle", (P.READY, P.SENT), P.PAID, stamp="paid"),
    Move.of("fail", P.SENT, P.READY),
    Move.of("cancel", (P.PLANNED, P.READY, P.BATCHED), P.CANCELLED),
)

BATCH_MOVES = MoveTable(
    Move.of("release", B.PREPARED, B.RELEASED, stamp="released"),
    Move.of("cancel", B.PREPARED, B.CANCELLED, stamp="cancelled"),
    Move.of("settle", B.RELEASED, B.SETTLED),
)

MEETING_MOVES = MoveTable(
    Move.of("hold", M.CALLED, M.HELD, stamp="held"),
)
