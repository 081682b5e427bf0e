"""Money out: one officer makes a file for the treasury, another releases it, the return file says what was paid.

Each instalment of a claim is paid once: its booking is one business event, and it is posted with the move of its row.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lending.compensation import policies, queries
from lending.compensation.actions.moving import (
    book_of,
    clauses_of,
    enter,
    leave_trace,
    locked,
    require,
    require_move,
    require_no_suspicion,
    require_note,
    require_same_amount,
    take_step,
    tell_bank,
)
from lending.compensation.clauses.base import Stage
from lending.compensation.clauses.procedure import Instalments
from lending.compensation.models import Claim, Fund, Payment, PaymentBatch
from lending.compensation.sharing import judge, maybe
from lending.compensation.states import (
    BATCH_MOVES,
    PAYMENT_MOVES,
    BatchState,
    ClaimState,
    LegalStep,
    PaymentState,
    Step,
)
from lending.ledger import actions as ledger
from lending.ledger import postings
from lending.ledger.postings import Booking, Posting
from lending.ledger.treasury import Outcome
from lending.loans import actions as loans
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.money import ZERO
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move

#: Payments in one file: what a treasury clerk can check by eye, and what is settled in one transaction.
MOST = 500


class NothingToPay(Refusal):
    code = "nothing_to_pay"
    message = _("没有待制单的拨付，请先审定补偿申请。")


class PreparedBySelf(NotPermitted):
    code = "prepared_by_self"
    message = _("拨付批次须由制单人以外的人员复核放行，请由其他同事办理。")


class ReturnContradicts(Conflict):
    """The return file says otherwise than the batch, or than an earlier return; names the payment."""

    code = "return_contradicts"


@transaction.atomic
def pay_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """Pay the instalment that is due, outside a batch. ``note`` is the number of the payment voucher."""
    claim = locked(claim)
    require_move(claim, "pay")
    require(policies.may_pay(by, claim), by, claim)
    require_no_suspicion(claim)
    require_note(note)
    payment = Payment.objects.filter(claim=claim, state=PaymentState.READY).order_by("number").first()
    if payment is None:
        raise NothingToPay
    _hold_loan(claim, by=by, at=at)
    take_step(claim, Step.PAY, by=by, at=at, note=note)
    _post_all([_booking(payment, claim, "claim_paid", _paid_lines(payment, claim), at)], by=by, at=at)
    _settle(payment, claim, voucher=note[:60], by=by, at=at)
    return claim


@transaction.atomic
def prepare_batch(*, fund: Fund, payments: Sequence[Payment] | None = None, by: User, at: datetime) -> PaymentBatch:
    """Put what is due of one fund on a list for the treasury; all of it unless ``payments`` are named."""
    if not policies.may_send(by, fund):
        raise NotPermitted
    ready = Payment.objects.filter(claim__enrolment__scheme__fund=fund, state=PaymentState.READY)
    ready = ready.filter(claim__is_suspect=False)
    if payments is not None:
        ready = ready.filter(pk__in=[payment.pk for payment in payments])
    chosen = []
    for payment in ready.order_by("claim", "number")[:MOST]:
        claim = locked(payment.claim)
        if policies.may_prepare(by, claim) and claim.state not in {ClaimState.CLOSED, ClaimState.REFUSED}:
            chosen.append((payment, claim))
    if not chosen:
        raise NothingToPay
    batch = PaymentBatch.objects.create(
        number=f"BF{timezone.localtime(at):%Y%m%d}-{PaymentBatch.objects.count() + 1:05d}",
        fund=fund,
        count=len(chosen),
        total_amount=sum((payment.amount for payment, _claim in chosen), ZERO),
        prepared_at=at,
        prepared_by=by,
    )
    for payment, claim in chosen:
        payment.refresh_from_db()
        move(payment, "batch", table=PAYMENT_MOVES, by=by, at=at, batch=batch)
        take_step(claim, Step.PREPARE, by=by, at=at)
    audit.record("compensation.prepare_batch", batch, by=by, at=at, facts=_told(batch))
    return batch


@transaction.atomic
def release_batch(*, batch: PaymentBatch, by: User, at: datetime) -> PaymentBatch:
    """Another officer has checked the list: it goes to the treasury, and the loans take no repayments from here on.

    Refuses with the number of the first claim that may not be paid: it is taken off the list first.
    """
    batch = _held(batch)
    if not policies.may_send(by, batch.fund):
        raise NotPermitted
    if batch.prepared_by_id == by.pk:
        raise PreparedBySelf
    move(batch, "release", table=BATCH_MOVES, by=by, at=at)
    bookings = []
    for payment, claim in _rows(batch, PaymentState.BATCHED):
        try:
            require(policies.may_pay(by, claim), by, claim)
            require_no_suspicion(claim)
            _hold_loan(claim, by=by, at=at)
        except Refusal as refusal:
            refusal.message = f"{claim.number}：{refusal.message}"
            raise
        take_step(claim, Step.PAY, by=by, at=at, note=batch.number)
        move(payment, "send", table=PAYMENT_MOVES, by=by, at=at)
        lines = postings.commitment(book_of(claim), payment.amount)
        bookings.append(_booking(payment, claim, "payment_sent", lines, at, subject=f"payment:{payment.pk}@{batch.pk}"))
    _post_all(bookings, by=by, at=at)
    audit.record("compensation.release_batch", batch, by=by, at=at, facts=_told(batch))
    return batch


@transaction.atomic
def cancel_batch(*, batch: PaymentBatch, by: User, at: datetime) -> PaymentBatch:
    """A list that was not released is torn up; its payments wait for the next one."""
    batch = _held(batch)
    if not policies.may_send(by, batch.fund):
        raise NotPermitted
    move(batch, "cancel", table=BATCH_MOVES, by=by, at=at)
    for payment, _claim in _rows(batch, PaymentState.BATCHED):
        move(payment, "unbatch", table=PAYMENT_MOVES, by=by, at=at, batch=None)
    audit.record("compensation.cancel_batch", batch, by=by, at=at, facts=_told(batch))
    return batch


@transaction.atomic
def drop_payment(*, payment: Payment, by: User, at: datetime) -> PaymentBatch:
    """Take one payment off a list that was not released."""
    if payment.batch is None:
        raise NothingToPay
    batch = _held(payment.batch)
    if not policies.may_send(by, batch.fund):
        raise NotPermitted
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk, batch=batch)
    move(payment, "unbatch", table=PAYMENT_MOVES, by=by, at=at, batch=None)
    batch.count -= 1
    batch.total_amount -= payment.amount
    batch.save(update_fields=["count", "total_amount"])
    audit.record("compensation.drop_payment", batch, by=by, at=at, facts={"payment": payment.reference})
    return batch


@transaction.atomic
def pay_batch(
    *, batch: PaymentBatch, outcomes: Sequence[Outcome], by: User, at: datetime, content: bytes = b""
) -> PaymentBatch:
    """Settle a batch by the treasury's return file: all of it or nothing, and the same file again changes nothing.

    What was paid is posted and its claim moved on; what failed waits for the next list, with the reason.
    """
    batch = _held(batch)
    if not policies.may_send(by, batch.fund):
        raise NotPermitted
    if batch.state == BatchState.PREPARED:
        move(batch, "settle", table=BATCH_MOVES, by=by, at=at)  # raises IllegalMove
    sent = {payment.reference: (payment, claim) for payment, claim in _rows(batch, PaymentState.SENT)}
    bookings: list[Booking] = []
    for outcome in outcomes:
        if outcome.reference not in sent:
            _require_known(batch, outcome)
            continue
        payment, claim = sent.pop(outcome.reference)
        if outcome.amount != payment.amount:
            raise ReturnContradicts(gettext("%(payment)s 回单金额与拨付金额不一致。") % {"payment": payment.reference})
        bookings.append(_settled(payment, claim, batch, outcome, by=by, at=at))
    _post_all(bookings, by=by, at=at)
    digest = hashlib.sha256(content).hexdigest() if content else batch.return_sha256
    told = {"returned_at": at, "returned_by": by, "return_sha256": digest}
    if batch.state == BatchState.RELEASED and not sent:
        move(batch, "settle", table=BATCH_MOVES, by=by, at=at, **told)
    else:
        for name, value in told.items():
            setattr(batch, name, value)
        batch.save(update_fields=list(told))
    audit.record("compensation.pay_batch", batch, by=by, at=at, facts={"rows": len(outcomes), "new": len(bookings)})
    return batch


@transaction.atomic
def ready_payments(*, at: datetime) -> int:
    """Instalments whose condition has come about: the recovery is over, or so long ago there was a judgment."""
    day, count = timezone.localdate(at), 0
    planned = Payment.objects.filter(state=PaymentState.PLANNED).order_by("claim", "number")
    for payment in planned:
        claim = locked(payment.claim)
        rule = maybe(clauses_of(claim), Instalments)
        if rule is None or payment.number > len(rule.portions):
            continue
        judged_on = timezone.localdate(claim.filed_at) if claim.legal_step in _JUDGED and claim.filed_at else None
        is_over = queries.is_recovered(claim) or _may_be_written_off(claim, day)
        if rule.portions[payment.number - 1].is_due(day=day, recovery_concluded=is_over, judged_on=judged_on):
            move(payment, "ready", table=PAYMENT_MOVES, by=None, at=at)
            count += 1
    return count


def _may_be_written_off(claim: Claim, day: date) -> bool:
    facts = queries.claim_facts(claim.enrolment, day=day, legal_step=claim.legal_step, besides=claim)
    verdicts = judge(clauses_of(claim), facts, stage=Stage.WRITE_OFF)
    return bool(verdicts) and all(verdict.passed for verdict in verdicts)


_JUDGED = {LegalStep.JUDGED, LegalStep.ENFORCEMENT}


def _settled(
    payment: Payment, claim: Claim, batch: PaymentBatch, outcome: Outcome, *, by: User, at: datetime
) -> Booking:
    if outcome.is_paid:
        lines = _paid_lines(payment, claim, is_committed=True)
        booking = _booking(payment, claim, "claim_paid", lines, at)
        _settle(payment, claim, voucher=outcome.voucher, by=batch.released_by or by, at=at)
        return booking
    lines = postings.uncommitment(book_of(claim), payment.amount)
    subject = f"payment:{payment.pk}@{batch.pk}"
    reason = outcome.reason or gettext("国库退回")
    move(payment, "fail", table=PAYMENT_MOVES, by=by, at=at, fail_reason=f"{batch.number} {reason}"[:200], batch=None)
    leave_trace("compensation.fail_payment", claim, by=by, at=at, note=reason)
    return _booking(payment, claim, "payment_failed", lines, at, subject=subject)


def _settle(payment: Payment, claim: Claim, *, voucher: str, by: User, at: datetime) -> None:
    """The instalment is paid: the row, the claim and its bank know it. Its booking is in the same transaction."""
    move(payment, "settle", table=PAYMENT_MOVES, by=by, at=at, voucher=voucher, fail_reason="")
    is_last = not Payment.objects.filter(claim=claim).open().exists()
    to = ClaimState.PAID if is_last else ClaimState.PARTLY_PAID
    if claim.state == ClaimState.RECOVERING:
        to = ClaimState.RECOVERING
    first = {"paid_at": at, "paid_by": by} if claim.paid_at is None else {}
    paid_amount = claim.paid_amount + payment.amount
    enter(claim, "pay", by=by, at=at, to=to, pay_note=voucher, paid_amount=paid_amount, **first)
    leave_trace("compensation.pay", claim, by=by, at=at, voucher=voucher, instalment=payment.number)
    tell_bank(claim, _("补偿资金已拨付"), at=at)


def _hold_loan(claim: Claim, *, by: User, at: datetime) -> None:
    """Before the first amount leaves: the loan takes no repayments, and is owed what the claim says."""
    if claim.paid_amount > 0:
        return
    if (
        claim.enrolment.loan.compensated_at is None
        or not Payment.objects.filter(claim=claim, fail_reason__gt="").exists()
    ):
        loans.mark_compensated(loan=claim.enrolment.loan, by=by, at=at)
    require_same_amount(claim, at)


def _require_known(batch: PaymentBatch, outcome: Outcome) -> None:
    """A row of an earlier reading says the same again, or the file is not this batch's."""
    paid = batch.payments.filter(state=PaymentState.PAID, voucher=outcome.voucher)
    if outcome.is_paid and any(payment.reference == outcome.reference for payment in paid.select_related("claim")):
        return
    failed = Payment.objects.filter(fail_reason__startswith=f"{batch.number} ").select_related("claim")
    later = Payment.objects.filter(batch=batch).exclude(fail_reason="")
    if not outcome.is_paid and any(each.reference == outcome.reference for each in [*failed, *later]):
        return
    raise ReturnContradicts(
        gettext("%(payment)s 不在本批次待回单的拨付中，或与此前的回单不一致。") % {"payment": outcome.reference}
    )


def _paid_lines(payment: Payment, claim: Claim, *, is_committed: bool = False) -> list[Posting]:
    return postings.payment(book_of(claim), payment.amount, is_committed=is_committed)


def _booking(
    payment: Payment, claim: Claim, event: str, lines: list[Posting], at: datetime, *, subject: str = ""
) -> Booking:
    memo = {
        "claim_paid": gettext("拨付补偿 %(payment)s"),
        "payment_sent": gettext("送国库 %(payment)s"),
        "payment_failed": gettext("国库退回 %(payment)s"),
    }[event]
    subject = subject or f"claim:{claim.pk}/{payment.round}/{payment.number}"
    return Booking(event, subject, memo % {"payment": payment.reference}, timezone.localdate(at), tuple(lines))


def _post_all(bookings: Sequence[Booking], *, by: User, at: datetime) -> None:
    if bookings:
        ledger.post_many(bookings=bookings, by=by, at=at)


def _held(batch: PaymentBatch) -> PaymentBatch:
    return PaymentBatch.objects.select_for_update(of=("self",)).select_related("fund", "released_by").get(pk=batch.pk)


def _rows(batch: PaymentBatch, state: PaymentState) -> list[tuple[Payment, Claim]]:
    """The batch's payments in one state with their claims, all held, in the order of the claims."""
    payments = batch.payments.filter(state=state).order_by("claim", "number")
    return [(payment, locked(payment.claim)) for payment in payments.select_related("claim")]


def _told(batch: PaymentBatch) -> dict[str, object]:
    return {"number": batch.number, "count": batch.count, "total": batch.total_amount}
