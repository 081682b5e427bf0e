"""Check, approve, pay: three officers. Approval reserves the money, payment spends it; turning down releases it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.compensation import policies, queries, sharing
from lending.compensation.actions.filing import leave_trace, locked, recompute, tell_staff
from lending.compensation.clauses.base import Stage, Verdict
from lending.compensation.models import Claim, Fund
from lending.compensation.states import CLAIM_MOVES, ClaimState
from lending.ledger import actions as ledger
from lending.ledger import postings
from lending.ledger.postings import Posting
from lending.loans import actions as loans
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.messages import actions as messages
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move


class SameOfficer(NotPermitted):
    code = "same_officer"
    message = _("审查、审定、拨付须由三名不同人员办理，您已办理过本申请的前序环节，请由其他同事办理。")


class NoteMissing(Refusal):
    code = "note_missing"
    message = _("请填写意见（退回、不予补偿须说明原因，拨付须填写凭证号）后再提交。")


class AmountHasChanged(Conflict):
    code = "amount_has_changed"
    message = _(
        "申报后贷款有新的还款，或该企业其他补偿已占用单户上限，补偿金额须重新计算。请退回银行重新申报后再办理。"
    )


class FundExhausted(Conflict):
    code = "fund_exhausted"
    message = _("资金池可用余额不足，未能审定。请待资金到位后再办理，申请保留在待审定。")


@transaction.atomic
def check_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """The formal check: complete, in time, computed on what is owed today."""
    claim = locked(claim)
    _require(policies.may_check(by, claim))
    _require_move(claim, "check")
    _require_same_amount(claim, at)
    move(claim, "check", table=CLAIM_MOVES, by=by, at=at, check_note=note[:300])
    leave_trace("compensation.check", claim, by=by, at=at)
    tell_staff(claim, Permission.CLAIM_APPROVE, _("补偿申请待审定"), at=at)
    return claim


@transaction.atomic
def approve_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """Approve and reserve the amount. Of two at once one wins; without room in the fund it is refused and stays checked."""
    claim = locked(claim)
    _require_move(claim, "approve")
    _require(policies.may_approve(by, claim), by, claim)
    # One approval at a time for each fund: the borrower's cap is judged on all that was approved before.
    Fund.objects.select_for_update(of=("self",), no_key=True).get(pk=claim.enrolment.scheme.fund_id)
    _require_same_amount(claim, at)
    verdicts = _fund_verdicts(claim, at)
    lines = postings.reservation(_book(claim), claim.fund_amount)
    try:
        _post(claim, "claim_approved", gettext("审定补偿 %(claim)s"), lines, by=by, at=at)
    except ledger.Overdrawn as error:
        missed = "".join(verdict.sentence for verdict in verdicts if verdict.passed is False)
        raise FundExhausted(missed or None) from error
    computation = [*claim.computation, *[_as_line(verdict) for verdict in verdicts]]
    move(claim, "approve", table=CLAIM_MOVES, by=by, at=at, approve_note=note[:300], computation=computation)
    leave_trace("compensation.approve", claim, by=by, at=at)
    tell_staff(claim, Permission.CLAIM_PAY, _("补偿申请待拨付"), at=at)
    _tell_bank(claim, _("补偿申请已审定"), at=at)
    return claim


@transaction.atomic
def pay_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """Pay what was reserved. ``note`` is the number of the payment voucher."""
    claim = locked(claim)
    _require_move(claim, "pay")
    _require(policies.may_pay(by, claim), by, claim)
    _require_note(note)
    # Before the amount is judged: the loan is held from here on, so that no repayment is booked between the two.
    loans.mark_compensated(loan=claim.enrolment.loan, by=by, at=at)
    _require_same_amount(claim, at)
    lines = postings.payment(_book(claim), claim.fund_amount)
    _post(claim, "claim_paid", gettext("拨付补偿 %(claim)s"), lines, by=by, at=at)
    move(claim, "pay", table=CLAIM_MOVES, by=by, at=at, pay_note=note[:300])
    leave_trace("compensation.pay", claim, by=by, at=at, voucher=note)
    _tell_bank(claim, _("补偿资金已拨付"), at=at)
    return claim


@transaction.atomic
def return_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """Back to the bank for completion. The officers of this round are free to handle the next one in any step."""
    claim = locked(claim)
    _require_move(claim, "return")
    _require(policies.may_turn_down(by, claim))
    _require_note(note)
    _release(claim, by=by, at=at)
    nobody = {f"{step}_{part}": None for step in ("checked", "approved") for part in ("at", "by")}
    move(claim, "return", table=CLAIM_MOVES, by=by, at=at, return_note=note[:300], **nobody)
    leave_trace("compensation.return", claim, by=by, at=at, note=note)
    _tell_bank(claim, _("补偿申请被退回补正"), at=at)
    return claim


@transaction.atomic
def refuse_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """No compensation, with the reason the bank reads. What was reserved is released."""
    claim = locked(claim)
    _require_move(claim, "refuse")
    _require(policies.may_turn_down(by, claim))
    _require_note(note)
    _release(claim, by=by, at=at)
    move(claim, "refuse", table=CLAIM_MOVES, by=by, at=at, refusal_note=note[:300])
    leave_trace("compensation.refuse", claim, by=by, at=at, note=note)
    _tell_bank(claim, _("补偿申请未获通过"), at=at)
    return claim


def _require(is_allowed: bool, by: User | None = None, claim: Claim | None = None) -> None:
    if is_allowed:
        return
    if by and claim and policies.has_handled(by, claim):
        raise SameOfficer
    raise NotPermitted


def _require_move(claim: Claim, verb: str) -> None:
    """Somebody else may have moved it while we waited for the row: said first, before anything is judged or posted."""
    if not CLAIM_MOVES.allows(verb, claim.state):
        move(claim, verb, table=CLAIM_MOVES, by=None, at=claim.filed_at)  # raises IllegalMove


def _require_note(note: str) -> None:
    if not note.strip():
        raise NoteMissing


def _require_same_amount(claim: Claim, at: datetime) -> None:
    today = recompute(claim, at=at)
    if (today.loss, today.fund_amount) != (claim.loss_amount, claim.fund_amount):
        raise AmountHasChanged


def _release(claim: Claim, *, by: User, at: datetime) -> None:
    if claim.state == ClaimState.APPROVED:
        lines = postings.release(_book(claim), claim.fund_amount)
        _post(claim, "claim_released", gettext("解除审定 %(claim)s"), lines, by=by, at=at)


def _fund_verdicts(claim: Claim, at: datetime) -> list[Verdict]:
    enrolment = claim.enrolment
    asked: Decimal = claim.fund_amount
    facts = queries.claim_facts(enrolment, day=timezone.localdate(at), legal_step=claim.legal_step, asked=asked)
    return sharing.judge(queries.clauses_of(enrolment.scheme, enrolment.loan), facts, stage=Stage.APPROVAL)


def _as_line(verdict: Verdict) -> dict[str, Any]:
    return {**asdict(verdict), "amount": "0.00"}


def _book(claim: Claim) -> str:
    return str(claim.enrolment.scheme.fund.code)


def _post(claim: Claim, event: str, memo: str, lines: Sequence[Posting], *, by: User, at: datetime) -> None:
    ledger.post(
        event=event,
        subject=f"claim:{claim.pk}/{claim.round}",
        memo=memo % {"claim": claim.number},
        booked_on=timezone.localdate(at),
        lines=lines,
        by=by,
        at=at,
    )


def _tell_bank(claim: Claim, subject: Any, *, at: datetime) -> None:
    """The officers of the bank who file claims hear how it went."""
    officers = Officer.objects.serving().filter(institution=claim.institution).select_related("user", "institution")
    users = [officer.user for officer in officers if officer.may(Permission.CLAIM_FILE)]
    link = reverse("bank_claim", args=[claim.pk])
    messages.notify(users=users, subject=f"{subject} {claim.number}", link=link, at=at)
