"""Approve: in full, reduced, or deferred; take deferred claims up again in their order; answer appeals; flag suspicions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lending.compensation import policies, queries, sharing
from lending.compensation.actions.breakers import note_trips
from lending.compensation.actions.moving import (
    AmountHasChanged,
    Judged,
    book_of,
    enter,
    judged,
    leave_trace,
    locked,
    post,
    require,
    require_move,
    require_no_suspicion,
    require_note,
    require_same_amount,
    take_step,
    tell_bank,
    tell_staff,
)
from lending.compensation.clauses.base import Stage, Verdict
from lending.compensation.clauses.breakers import BreakerAction, BreakerVerdict
from lending.compensation.clauses.procedure import Due
from lending.compensation.models import Claim, Fund, Payment, PublicityObjection
from lending.compensation.sharing import Computation, Instalment
from lending.compensation.states import ClaimState, PaymentState, Step
from lending.ledger import actions as ledger
from lending.ledger import postings
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.refusals import Conflict


class ObjectionUpheld(Conflict):
    code = "objection_upheld"
    message = _("公示异议成立，不能同意补偿。请退回银行补正，或作出不予补偿的决定。")


class NotFlagged(Conflict):
    code = "not_flagged"
    message = _("本申请没有涉嫌骗补的标记，或标记已由他人处理。")


class ClearedBySelf(Conflict):
    code = "cleared_by_self"
    message = _("标记须由标记人以外的人员核实解除，请由其他同事办理。")


@transaction.atomic
def approve_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """Approve and reserve the amount; without room, behind others in line, or by a breaker it is deferred, not refused."""
    claim = locked(claim)
    require_move(claim, "approve")
    require(policies.may_approve(by, claim), by, claim)
    require_no_suspicion(claim)
    if PublicityObjection.objects.filter(publicity__claim=claim, publicity__round=claim.round, is_upheld=True).exists():
        raise ObjectionUpheld
    # One approval at a time for each fund: caps, breakers and the line are judged on all that was approved before.
    fund = _hold(claim.enrolment.scheme.fund)
    found = require_same_amount(claim, at)
    take_step(claim, Step.APPROVE, by=by, at=at, note=note)
    told: dict[str, Any] = {"approve_note": note[:300], "computation": _with_verdicts(claim, found, at)}
    waits = _waits_because(claim, fund, at) or _no_room(claim, found, by=by, at=at)
    if waits:
        enter(claim, "approve", by=by, at=at, to=ClaimState.DEFERRED, deferral_note=waits, **told)
        tell_bank(claim, _("补偿申请已审定，暂缓拨付"), at=at)
    else:
        enter(claim, "approve", by=by, at=at, deferral_note="", **told)
        tell_staff(claim, Permission.CLAIM_PAY, _("补偿申请待拨付"), at=at)
        tell_bank(claim, _("补偿申请已审定"), at=at)
    leave_trace("compensation.approve", claim, by=by, at=at, note=waits)
    return claim


@transaction.atomic
def take_up_deferred(*, fund: Fund, by: User | None, at: datetime) -> list[Claim]:
    """Deferred claims in the order of filing, then number: those whose breaker is back and that the fund can bear.

    For want of room nobody overtakes: the first that does not fit ends the round. One whose amount has changed since goes
    back to the approver. ``by`` is None where the station does it by itself.
    """
    fund, taken = _hold(fund), []
    for waiting in Claim.objects.in_line().filter(enrolment__scheme__fund=fund):
        claim = locked(waiting)
        if claim.state != ClaimState.DEFERRED or claim.is_suspect:
            continue
        try:
            found = require_same_amount(claim, at)
        except AmountHasChanged:
            _recall(claim, by=by, at=at)
            continue
        if _held_by_breaker(claim, at):
            continue
        if _no_room(claim, found, by=by, at=at):
            break
        enter(claim, "take_up", by=by, at=at, deferral_note="")
        leave_trace("compensation.take_up", claim, by=by, at=at)
        tell_staff(claim, Permission.CLAIM_PAY, _("暂缓的补偿申请已恢复，待拨付"), at=at)
        tell_bank(claim, _("暂缓的补偿申请已恢复办理"), at=at)
        taken.append(claim)
    return taken


@transaction.atomic
def answer_appeal(*, claim: Claim, is_upheld: bool, note: str, by: User, at: datetime) -> Claim:
    """Upheld, the claim is decided anew without the reductions; dismissed, the decision stands and cannot be appealed again."""
    claim = locked(claim)
    verb = "uphold" if is_upheld else "dismiss"
    require_move(claim, verb)
    require(policies.may_approve(by, claim), by, claim)
    require_note(note)
    take_step(claim, Step.APPEAL, by=by, at=at, note=note)
    told: dict[str, Any] = {"appeal_answer": note[:300]}
    to = None
    if is_upheld:
        found = judged(claim.enrolment, legal_step=claim.legal_step, at=at, claim=claim)
        told |= {**found.columns(), "faults": [], "refused_at": None, "refused_by": None}
    elif claim.refused_at is None:
        to, told["deferral_note"] = ClaimState.DEFERRED, gettext("申诉未获支持，按原扣减金额等候预留资金。")
    enter(claim, verb, by=by, at=at, to=to, **told)
    leave_trace(f"compensation.{verb}", claim, by=by, at=at, note=note)
    tell_bank(claim, _("补偿申诉已答复"), at=at)
    return claim


@transaction.atomic
def flag_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """Suspected fraud (涉嫌骗补): nothing is promised, sent or paid for it until somebody else has cleared it."""
    claim = locked(claim)
    require(policies.may_flag(by, claim))
    require_note(note)
    claim.is_suspect, claim.flagged_at, claim.flagged_by, claim.flag_note = True, at, by, note[:300]
    claim.cleared_at, claim.cleared_by, claim.clear_note = None, None, ""
    claim.save(
        update_fields=["is_suspect", "flagged_at", "flagged_by", "flag_note", "cleared_at", "cleared_by", "clear_note"]
    )
    leave_trace("compensation.flag", claim, by=by, at=at, note=note)
    return claim


@transaction.atomic
def clear_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """The suspicion was looked into and did not hold."""
    claim = locked(claim)
    require(policies.may_flag(by, claim))
    require_note(note)
    if not claim.is_suspect:
        raise NotFlagged
    if claim.flagged_by_id == by.pk:
        raise ClearedBySelf
    claim.is_suspect, claim.cleared_at, claim.cleared_by, claim.clear_note = False, at, by, note[:300]
    claim.save(update_fields=["is_suspect", "cleared_at", "cleared_by", "clear_note"])
    leave_trace("compensation.clear", claim, by=by, at=at, note=note)
    return claim


def _hold(fund: Fund) -> Fund:
    return Fund.objects.select_for_update(of=("self",), no_key=True).get(pk=fund.pk)


def _waits_because(claim: Claim, fund: Fund, at: datetime) -> str:
    """Why it may not be approved for payment now: a breaker, or somebody who was there before. Empty where nothing is."""
    held = _held_by_breaker(claim, at)
    if held:
        note_trips(claim.enrolment.scheme, claim.enrolment.loan, held, at=at)
        return "".join(verdict.sentence for verdict in held)
    first = Claim.objects.in_line().filter(enrolment__scheme__fund=fund, is_suspect=False).first()
    if first and (first.filed_at, first.number) < (claim.filed_at, claim.number):
        return gettext("申报在先的 %(number)s 正在等候，按申报时间依次办理。") % {"number": first.number}
    return ""


def _held_by_breaker(claim: Claim, at: datetime) -> list[BreakerVerdict]:
    enrolment = claim.enrolment
    clauses = queries.clauses_of(enrolment.scheme, enrolment.loan)
    day = timezone.localdate(at)
    verdicts = queries.breaker_verdicts(enrolment.scheme.fund, clauses, enrolment.loan, day=day)
    return sharing.stops(verdicts, BreakerAction.DEFER)


def _no_room(claim: Claim, found: Judged, *, by: User | None, at: datetime) -> str:
    """Reserve the amount and plan its payments; what the fund lacks, where it has no room."""
    lines = postings.reservation(book_of(claim), claim.fund_amount)
    try:
        post(claim, "claim_approved", gettext("审定补偿 %(claim)s"), lines, by=by, at=at)
    except ledger.Overdrawn:
        missed = [verdict for verdict in _fund_verdicts(claim, at) if verdict.passed is False]
        return "".join(verdict.sentence for verdict in missed) or gettext("资金池可用余额不足，待资金到位后依次办理。")
    _plan_payments(claim, found.computation)
    return ""


def _plan_payments(claim: Claim, computation: Computation) -> None:
    Payment.objects.bulk_create(
        Payment(
            claim=claim,
            round=claim.round,
            number=each.number,
            fraction=each.portion.rate,
            amount=each.amount,
            condition=each.portion.due,
            condition_text=_condition(each),
            state=PaymentState.READY if each.portion.due == Due.AT_ONCE else PaymentState.PLANNED,
        )
        for each in computation.instalments
        if each.amount > 0
    )


def _condition(instalment: Instalment) -> str:
    if instalment.portion.due == Due.AT_ONCE:
        return gettext("审定后拨付")
    months = instalment.portion.or_months_after_judgment
    return gettext("追偿终结后拨付，或判决生效满 %(n)s 个月") % {"n": months} if months else gettext("追偿终结后拨付")


def _recall(claim: Claim, *, by: User | None, at: datetime) -> None:
    """What was approved is no longer what is owed: computed anew, it is another officer's to approve."""
    found = judged(claim.enrolment, legal_step=claim.legal_step, at=at, claim=claim, faults=claim.faults)
    nobody = {"approved_at": None, "approved_by": None, "deferral_note": ""}
    enter(claim, "recall", by=by, at=at, **nobody, **found.columns())
    leave_trace("compensation.recall", claim, by=by, at=at)
    tell_staff(claim, Permission.CLAIM_APPROVE, _("暂缓的补偿申请金额已变化，请重新审定"), at=at)


def _with_verdicts(claim: Claim, found: Judged, at: datetime) -> list[dict[str, Any]]:
    """The computation with what the fund and its breakers said when it was approved."""
    day = timezone.localdate(at)
    enrolment = claim.enrolment
    said: Sequence[Verdict | BreakerVerdict] = [
        *_fund_verdicts(claim, at),
        *queries.breaker_verdicts(enrolment.scheme.fund, found.clauses, enrolment.loan, day=day),
    ]
    lines = [
        {
            "clause": each.clause,
            "number": each.number,
            "text": each.text,
            "sentence": each.sentence,
            "figures": each.figures,
            "amount": "0.00",
        }
        for each in said
    ]
    return [*claim.computation, *lines]


def _fund_verdicts(claim: Claim, at: datetime) -> list[Verdict]:
    enrolment, day = claim.enrolment, timezone.localdate(at)
    facts = queries.claim_facts(enrolment, day=day, legal_step=claim.legal_step, asked=claim.fund_amount)
    return sharing.judge(queries.clauses_of(enrolment.scheme, enrolment.loan), facts, stage=Stage.APPROVAL)
