"""From the formal check to the approval: each step by another officer, in the order the scheme asks for."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lending.compensation import policies, queries
from lending.compensation.actions.filing import release_reserved
from lending.compensation.actions.moving import (
    clauses_of,
    enter,
    judged,
    leave_trace,
    locked,
    require,
    require_move,
    require_note,
    require_same_amount,
    take_step,
    tell_bank,
    tell_staff,
)
from lending.compensation.actions.publicity import begin_publicity, end_early
from lending.compensation.models import Claim
from lending.compensation.states import IN_REVIEW, ClaimState, Step
from lending.loans import actions as loans
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.refusals import Conflict, Refusal

#: Who is told that a claim now waits in a state.
WAITS_FOR = {
    ClaimState.REVIEWING: Permission.CLAIM_REVIEW,
    ClaimState.OPINION: Permission.CLAIM_OPINE,
    ClaimState.MEETING: Permission.CLAIM_MEET,
    ClaimState.CHECKED: Permission.CLAIM_APPROVE,
}


class UnknownFault(Refusal):
    code = "unknown_fault"
    message = _("该方案没有规定这种扣减情形，请从列表中选择。")


class NotInReview(Conflict):
    code = "not_in_review"
    message = _("申请不在审查环节，不能认定过错。已审定的请先退回，已拨付的请办理收回。")


@transaction.atomic
def check_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """The formal check: complete, in time, computed on what is owed today. Then the next step the scheme asks for."""
    claim = locked(claim)
    require(policies.may_check(by, claim), by, claim)
    require_move(claim, "check")
    require_same_amount(claim, at)
    return pass_on(claim, "check", Step.CHECK, note=note, by=by, at=at, check_note=note[:300])


@transaction.atomic
def review_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """What the experts or the visit to the site found (专家或现场核查)."""
    claim = locked(claim)
    require(policies.may_review(by, claim), by, claim)
    require_move(claim, "review")
    require_note(note)
    return pass_on(claim, "review", Step.REVIEW, note=note, by=by, at=at)


@transaction.atomic
def opine_on_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """The finance department's opinion (财政意见)."""
    claim = locked(claim)
    require(policies.may_opine(by, claim), by, claim)
    require_move(claim, "opine")
    require_note(note)
    return pass_on(claim, "opine", Step.OPINION, note=note, by=by, at=at)


def pass_on(claim: Claim, verb: str, step: Step, *, note: str, by: User, at: datetime, **changes: object) -> Claim:
    """Take the step and send the claim to the next one its scheme asks for. The caller holds the row."""
    following = queries.next_state(clauses_of(claim), claim.state)
    take_step(claim, step, by=by, at=at, note=note)
    enter(claim, verb, by=by, at=at, to=following, **changes)
    if following == ClaimState.PUBLICITY:
        begin_publicity(claim, at=at)
    else:
        tell_staff(claim, WAITS_FOR[following], _("补偿申请待您办理"), at=at)
    leave_trace(f"compensation.{verb}", claim, by=by, at=at, note=note)
    return claim


@transaction.atomic
def find_faults(*, claim: Claim, faults: Collection[str], note: str, by: User, at: datetime) -> Claim:
    """Faults of the bank (过错), by the codes of the scheme: the amount is computed anew with the reduction. None takes them back."""
    claim = locked(claim)
    require(policies.may_turn_down(by, claim), by, claim)
    require_note(note)
    if claim.state not in IN_REVIEW:
        raise NotInReview
    try:
        found = judged(claim.enrolment, legal_step=claim.legal_step, at=at, claim=claim, faults=sorted(faults))
    except (KeyError, ValueError) as error:
        raise UnknownFault from error
    columns = {**found.columns(), "faults": sorted(faults)}
    for name, value in columns.items():
        setattr(claim, name, value)
    claim.save(update_fields=list(columns))
    leave_trace("compensation.find_faults", claim, by=by, at=at, note=note, faults=sorted(faults))
    tell_bank(claim, _("补偿申请被认定过错，金额已扣减"), at=at)
    return claim


@transaction.atomic
def return_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """Back to the bank for completion. Who has had a step of it has none of the next round."""
    claim = locked(claim)
    require_move(claim, "return")
    require(policies.may_turn_down(by, claim), by, claim)
    require_note(note)
    _let_go(claim, by=by, at=at)
    take_step(claim, Step.RETURN, by=by, at=at, note=note)
    nobody = {f"{step}_{part}": None for step in ("checked", "approved") for part in ("at", "by")}
    enter(claim, "return", by=by, at=at, return_note=note[:300], deferral_note="", **nobody)
    leave_trace("compensation.return", claim, by=by, at=at, note=note)
    tell_bank(claim, _("补偿申请被退回补正"), at=at)
    return claim


@transaction.atomic
def refuse_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """No compensation, with the reason the bank reads. What was reserved is released."""
    claim = locked(claim)
    require_move(claim, "refuse")
    require(policies.may_turn_down(by, claim), by, claim)
    require_note(note)
    _let_go(claim, by=by, at=at)
    take_step(claim, Step.REFUSE, by=by, at=at, note=note)
    enter(claim, "refuse", by=by, at=at, refusal_note=note[:300], deferral_note="")
    leave_trace("compensation.refuse", claim, by=by, at=at, note=note)
    tell_bank(claim, _("补偿申请未获通过"), at=at)
    return claim


def _let_go(claim: Claim, *, by: User, at: datetime) -> None:
    """What was promised is free, the publicity is over, and a loan held for a payment that failed takes repayments again."""
    release_reserved(claim, by=by, at=at)
    end_early(claim, at=at)
    if claim.paid_amount == 0 and claim.enrolment.loan.compensated_at is not None:
        loans.unmark_compensated(loan=claim.enrolment.loan, by=by, at=at)
