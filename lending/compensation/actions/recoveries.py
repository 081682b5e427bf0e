"""After the pay-out: what comes back is shared, the fund's part is remitted and chased, the claim is closed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.compensation import policies, queries, sharing
from lending.compensation.actions.filing import release_reserved
from lending.compensation.actions.moving import (
    NoteMissing,
    book_of,
    clauses_of,
    leave_trace,
    locked,
    tell_bank,
)
from lending.compensation.clauses.facts import Debt, Share, Side
from lending.compensation.models import Claim, Recovery
from lending.compensation.states import AFTER_PAYMENT, CLAIM_MOVES, ClaimState
from lending.ledger import actions as ledger
from lending.ledger import postings
from lending.ledger.postings import Posting
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.audit import actions as audit
from portal.messages import actions as messages
from portal.money import ZERO
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move

#: An overdue remittance is called in again after so many days.
CHASE_EVERY: Final = timedelta(days=7)


class NotPaidYet(Conflict):
    code = "not_paid_yet"
    message = _("补偿尚未拨付，不能登记追偿。拨付前的还款请在贷款页面登记。")


class RecoveryAmounts(Refusal):
    code = "recovery_amounts"
    message = _("请核对金额：追回总额须大于零，费用不得为负且须小于追回总额，均精确到分。")


class RecoveryInFuture(Refusal):
    code = "recovery_in_future"
    message = _("追回日期须在拨付之日至今日之间，请更正后再登记。")


class RecoveryExceedsLoss(Refusal):
    code = "recovery_exceeds_loss"
    message = _("损失已全部追回，各方不再参与分配，此后收到的款项归贵行，无需登记。")


class RecoveryReferenceTaken(Conflict):
    code = "recovery_reference_taken"
    message = _("该流水号已登记过不同的金额或日期，请核对后使用新的流水号。")


class AlreadyReceived(Conflict):
    code = "already_received"
    message = _("该笔追偿款已确认到账，无需再次操作。")


class RemittanceOutstanding(Conflict):
    code = "remittance_outstanding"
    message = _("尚有应缴回的追偿款未到账，不能结案。请先确认到账。")


@transaction.atomic
def report_recovery(
    *,
    claim: Claim,
    officer: Officer,
    reference: str,
    recovered_on: date,
    gross_amount: Decimal,
    cost_amount: Decimal,
    at: datetime,
) -> Recovery:
    """Costs come off first, as far as the scheme lets them; what falls on the loss is shared as it was borne, the rest is the
    bank's. The same reference again is the same recovery."""
    claim = locked(claim)
    if not policies.may_handle(officer, claim):
        raise NotPermitted
    if claim.state not in AFTER_PAYMENT or claim.paid_at is None:
        raise NotPaidYet
    known = Recovery.objects.filter(claim=claim, reference=reference).first()
    if known:
        if (known.recovered_on, known.gross_amount, known.spent_amount) != (recovered_on, gross_amount, cost_amount):
            raise RecoveryReferenceTaken
        return known
    _require_sound(claim, recovered_on, gross_amount, cost_amount, at)
    recovery, shared = _shared_out(claim, reference, recovered_on, gross_amount, cost_amount, by=officer.user, at=at)
    claim.recovered_amount += shared
    claim.save(update_fields=["recovered_amount"])
    if claim.state in {ClaimState.PAID, ClaimState.PARTLY_PAID}:
        move(claim, "recover", table=CLAIM_MOVES, by=officer.user, at=at)
    post_recovery(
        recovery, "recovery_reported", postings.recovery(book_of(claim), recovery.fund_amount), by=officer.user, at=at
    )
    leave_trace("compensation.recover", claim, by=officer.user, at=at, reference=reference, gross=gross_amount)
    tell_treasury(claim, at=at)
    return recovery


def _shared_out(
    claim: Claim,
    reference: str,
    recovered_on: date,
    gross_amount: Decimal,
    cost_amount: Decimal,
    *,
    by: User,
    at: datetime,
) -> tuple[Recovery, Decimal]:
    """The recovery with everybody's part, and how much of it falls on the loss."""
    clauses = clauses_of(claim)
    missing = claim.loss_amount - claim.recovered_amount
    owed = Debt(principal=missing, interest=gross_amount)
    applied = sharing.apply_recovery(clauses, gross=gross_amount, costs=cost_amount, owed=owed, missing=missing)
    if applied.shared <= 0:
        raise RecoveryExceedsLoss
    shares = sharing.share_recovery(applied.shared, borne(claim), returned(claim))
    fund_amount = of_side(shares, Side.FUND)
    bank_amount = of_side(shares, Side.BANK) + applied.kept
    recovery = Recovery.objects.create(
        claim=claim,
        reference=reference,
        recovered_on=recovered_on,
        gross_amount=gross_amount,
        spent_amount=cost_amount,
        cost_amount=applied.costs,
        fund_amount=fund_amount,
        bank_amount=bank_amount,
        other_amount=gross_amount - applied.costs - fund_amount - bank_amount,
        shares=[share.as_json() for share in shares],
        remit_by=sharing.remit_by(clauses, recovered_on),
        reported_at=at,
        reported_by=by,
    )
    return recovery, applied.shared


@transaction.atomic
def confirm_remittance(*, recovery: Recovery, note: str, by: User, at: datetime) -> Recovery:
    """The treasury confirms that the fund's part has come, with interest for every day it was late: it can be spent again."""
    claim = locked(recovery.claim)
    recovery = Recovery.objects.select_for_update(of=("self",)).get(pk=recovery.pk)
    if not policies.may_receive(by, claim):
        raise NotPermitted
    if not note.strip():
        raise NoteMissing
    if recovery.received_at is not None or recovery.fund_amount == 0:
        raise AlreadyReceived
    interest = sharing.late_interest(
        clauses_of(claim), recovery.fund_amount, due_on=recovery.remit_by, paid_on=timezone.localdate(at)
    )
    recovery.received_at, recovery.received_by, recovery.receipt_note = at, by, note[:300]
    recovery.interest_amount = interest
    recovery.save(update_fields=["received_at", "received_by", "receipt_note", "interest_amount"])
    book = book_of(claim)
    post_recovery(recovery, "recovery_remitted", postings.remittance(book, recovery.fund_amount), by=by, at=at)
    if interest > 0:
        post_recovery(recovery, "late_interest", postings.late_interest(book, interest), by=by, at=at)
        post_recovery(recovery, "late_interest_paid", postings.remittance(book, interest), by=by, at=at)
    audit.record(
        "compensation.receive",
        recovery,
        by=by,
        at=at,
        enterprise_id=claim.enrolment.loan.enterprise_id,
        institution_id=claim.institution_id,
        facts={"amount": recovery.fund_amount, "interest": interest, "receipt": note},
    )
    return recovery


@transaction.atomic
def chase_remittances(*, day: date, at: datetime) -> int:
    """Tell the banks what should have come, once a week for each; how many were told."""
    late = Recovery.objects.overdue(day).filter(Q(chased_on=None) | Q(chased_on__lte=day - CHASE_EVERY))
    rows = list(
        late.select_for_update(of=("self",)).select_related("claim__enrolment__scheme", "claim__enrolment__loan")
    )
    for recovery in rows:
        interest = sharing.late_interest(
            clauses_of(recovery.claim), recovery.fund_amount, due_on=recovery.remit_by, paid_on=day
        )
        said = gettext("追偿款逾期未缴回 %(days)s 天，截至今日利息 %(interest)s 元") % {
            "days": (day - recovery.remit_by).days,
            "interest": interest,
        }
        recovery.chased_on = day
        recovery.save(update_fields=["chased_on"])
        leave_trace("compensation.chase", recovery.claim, by=None, at=at, note=recovery.reference)
        tell_bank(recovery.claim, said, at=at)
    return len(rows)


@transaction.atomic
def close_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """Nothing more is expected. What still comes later is shared all the same."""
    claim = locked(claim)
    if not policies.may_close(by, claim):
        raise NotPermitted
    if not note.strip():
        raise NoteMissing
    if Recovery.objects.outstanding().filter(claim=claim).exists():
        raise RemittanceOutstanding
    move(claim, "close", table=CLAIM_MOVES, by=by, at=at, close_note=note[:300], due_on=None)
    release_reserved(claim, by=by, at=at)
    leave_trace("compensation.close", claim, by=by, at=at)
    return claim


def borne(claim: Claim) -> list[Share]:
    return [Share.of(row) for row in claim.shares]


def returned(claim: Claim) -> list[Share]:
    """What each payer has got back so far, what the bank itself gave back counted on its side as borne."""
    rows = Recovery.objects.filter(claim=claim).values_list("shares", flat=True)
    return [Share.of(row) for shares in rows for row in shares]


def of_side(shares: Sequence[Share], side: Side) -> Decimal:
    return sum((share.amount for share in shares if share.side == side), ZERO)


def post_recovery(recovery: Recovery, event: str, lines: list[Posting], *, by: User, at: datetime) -> None:
    if not lines:
        return
    memo = {
        "recovery_reported": gettext("登记追偿 %(claim)s"),
        "recovery_remitted": gettext("追偿款到账 %(claim)s"),
        "late_interest": gettext("逾期缴回利息 %(claim)s"),
        "late_interest_paid": gettext("逾期缴回利息到账 %(claim)s"),
        "claim_repurchased": gettext("回购 %(claim)s"),
        "claim_clawed_back": gettext("收回补偿 %(claim)s"),
    }[event]
    ledger.post(
        event=event,
        subject=f"recovery:{recovery.pk}",
        memo=memo % {"claim": recovery.claim.number},
        booked_on=timezone.localdate(at),
        lines=lines,
        by=by,
        at=at,
    )


def tell_treasury(claim: Claim, *, at: datetime) -> None:
    link = reverse("admin:compensation_claim_change", args=[claim.pk])
    subject = gettext("追偿款待确认到账 %(claim)s") % {"claim": claim.number}
    messages.notify(users=queries.staff_for(claim, Permission.CLAIM_PAY), subject=subject, link=link, at=at)


def _require_sound(claim: Claim, recovered_on: date, gross: Decimal, cost: Decimal, at: datetime) -> None:
    in_fen = all(amount == amount.quantize(Decimal("0.01")) for amount in (gross, cost))
    if not (in_fen and 0 <= cost < gross):
        raise RecoveryAmounts
    if claim.paid_at is None or not timezone.localdate(claim.paid_at) <= recovered_on <= timezone.localdate(at):
        raise RecoveryInFuture
