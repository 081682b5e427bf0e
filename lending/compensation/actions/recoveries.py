"""After the pay-out: what comes back is shared, the fund's part is remitted, the claim is closed."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.compensation import policies, queries, sharing
from lending.compensation.actions.filing import leave_trace, locked
from lending.compensation.actions.review import NoteMissing
from lending.compensation.clauses.base import Side
from lending.compensation.models import Claim, Recovery
from lending.compensation.sharing import Share
from lending.compensation.states import CLAIM_MOVES, ClaimState
from lending.ledger import actions as ledger
from lending.ledger import postings
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.audit import actions as audit
from portal.messages import actions as messages
from portal.money import ZERO
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move


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
    message = _("累计追回净额超过已补偿的本金损失，超出部分不参与分配，请只登记不超过损失的部分。")


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
    """Costs come off first; the rest is shared as the loss was borne. The same reference again is the same recovery."""
    claim = locked(claim)
    if not policies.may_handle(officer, claim):
        raise NotPermitted
    if claim.state not in {ClaimState.PAID, ClaimState.CLOSED} or claim.paid_at is None:
        raise NotPaidYet
    known = Recovery.objects.filter(claim=claim, reference=reference).first()
    if known:
        if (known.recovered_on, known.gross_amount, known.cost_amount) != (recovered_on, gross_amount, cost_amount):
            raise RecoveryReferenceTaken
        return known
    _require_sound(claim, recovered_on, gross_amount, cost_amount, at)
    shares = _shares(claim, gross_amount - cost_amount)
    fund_amount = sum((share.amount for share in shares if share.side == Side.FUND), ZERO)
    recovery = Recovery.objects.create(
        claim=claim,
        reference=reference,
        recovered_on=recovered_on,
        gross_amount=gross_amount,
        cost_amount=cost_amount,
        fund_amount=fund_amount,
        bank_amount=gross_amount - cost_amount - fund_amount,
        shares=[share.as_json() for share in shares],
        remit_by=sharing.remit_by(queries.clauses_of(claim.enrolment.scheme, claim.enrolment.loan), recovered_on),
        reported_at=at,
        reported_by=officer.user,
    )
    claim.recovered_amount += gross_amount - cost_amount
    claim.save(update_fields=["recovered_amount"])
    if fund_amount > 0:
        _post(claim, recovery, "recovery_reported", gettext("登记追偿 %(claim)s"), by=officer.user, at=at)
    leave_trace("compensation.recover", claim, by=officer.user, at=at, reference=reference, gross=gross_amount)
    _tell_treasury(claim, at=at)
    return recovery


@transaction.atomic
def confirm_remittance(*, recovery: Recovery, note: str, by: User, at: datetime) -> Recovery:
    """The treasury confirms that the fund's part has come: it can be spent again. ``note`` is the receipt's number."""
    claim = locked(recovery.claim)
    recovery = Recovery.objects.select_for_update(of=("self",)).get(pk=recovery.pk)
    if not policies.may_receive(by, claim):
        raise NotPermitted
    if not note.strip():
        raise NoteMissing
    if recovery.received_at is not None or recovery.fund_amount == 0:
        raise AlreadyReceived
    recovery.received_at, recovery.received_by, recovery.receipt_note = at, by, note[:300]
    recovery.save(update_fields=["received_at", "received_by", "receipt_note"])
    _post(claim, recovery, "recovery_remitted", gettext("追偿款到账 %(claim)s"), by=by, at=at)
    audit.record(
        "compensation.receive",
        recovery,
        by=by,
        at=at,
        enterprise_id=claim.enrolment.loan.enterprise_id,
        institution_id=claim.institution_id,
        facts={"amount": recovery.fund_amount, "receipt": note},
    )
    return recovery


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
    move(claim, "close", table=CLAIM_MOVES, by=by, at=at, close_note=note[:300])
    leave_trace("compensation.close", claim, by=by, at=at)
    return claim


def _require_sound(claim: Claim, recovered_on: date, gross: Decimal, cost: Decimal, at: datetime) -> None:
    in_fen = all(amount == amount.quantize(Decimal("0.01")) for amount in (gross, cost))
    if not (in_fen and 0 <= cost < gross):
        raise RecoveryAmounts
    if claim.paid_at is None or not timezone.localdate(claim.paid_at) <= recovered_on <= timezone.localdate(at):
        raise RecoveryInFuture
    if claim.recovered_amount + gross - cost > claim.loss_amount:
        raise RecoveryExceedsLoss


def _shares(claim: Claim, net: Decimal) -> list[Share]:
    borne = [Share.of(row) for row in claim.shares]
    returned = [
        Share.of(row)
        for shares in Recovery.objects.filter(claim=claim).values_list("shares", flat=True)
        for row in shares
    ]
    return sharing.share_recovery(net, borne, returned)


def _post(claim: Claim, recovery: Recovery, event: str, memo: str, *, by: User, at: datetime) -> None:
    book = str(claim.enrolment.scheme.fund.code)
    make = postings.recovery if event == "recovery_reported" else postings.remittance
    ledger.post(
        event=event,
        subject=f"recovery:{recovery.pk}",
        memo=memo % {"claim": claim.number},
        booked_on=timezone.localdate(at),
        lines=make(book, recovery.fund_amount),
        by=by,
        at=at,
    )


def _tell_treasury(claim: Claim, *, at: datetime) -> None:
    link = reverse("admin:compensation_claim_change", args=[claim.pk])
    subject = gettext("追偿款待确认到账 %(claim)s") % {"claim": claim.number}
    messages.notify(users=queries.staff_for(claim, Permission.CLAIM_PAY), subject=subject, link=link, at=at)
