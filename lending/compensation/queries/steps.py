"""Which step follows in a claim's scheme, by when it is to be taken, and who has had one."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from lending.compensation import sharing
from lending.compensation.clauses.base import Clause
from lending.compensation.clauses.procedure import StepCode
from lending.compensation.models import Claim, ClaimStep, Recovery
from lending.compensation.states import ClaimState
from portal.accounts.models import User

S = ClaimState

#: The steps a scheme may ask for between the formal check and the approval, in their order.
BETWEEN: Final[tuple[tuple[ClaimState, frozenset[StepCode]], ...]] = (
    (S.REVIEWING, frozenset({StepCode.EXPERT_REVIEW, StepCode.SITE_REVIEW})),
    (S.OPINION, frozenset({StepCode.FINANCE_OPINION})),
    (S.MEETING, frozenset({StepCode.JOINT_MEETING})),
    (S.PUBLICITY, frozenset({StepCode.PUBLICITY})),
)
#: What a claim waits for, by its state: the days come from the scheme.
WAITS_FOR: Final = {
    S.FILED: StepCode.FORMAL_CHECK,
    S.RETURNED: StepCode.SUPPLEMENT,
    S.OPINION: StepCode.FINANCE_OPINION,
    S.MEETING: StepCode.JOINT_MEETING,
    S.CHECKED: StepCode.APPROVAL,
    S.APPROVED: StepCode.PAYMENT,
}


def next_state(clauses: Sequence[Clause], after: str) -> ClaimState:
    """Where a claim goes on from ``after``: the next step the scheme asks for, or the approval."""
    asked = {step.code for step in sharing.procedure(clauses)}
    states = [state for state, _codes in BETWEEN]
    following = states.index(ClaimState(after)) + 1 if after in states else 0
    return next((state for state, codes in BETWEEN[following:] if codes & asked), S.CHECKED)


def due_on(clauses: Sequence[Clause], state: str, *, since: date) -> date | None:
    """By when a claim in ``state`` is to go on; None where the scheme sets no time or the clock is not the staff's."""
    if state == S.REVIEWING:
        codes = (StepCode.EXPERT_REVIEW, StepCode.SITE_REVIEW)
        days = [sharing.step_due(clauses, code, since=since) for code in codes]
        return max((day for day in days if day), default=None)
    code = WAITS_FOR.get(ClaimState(state))
    return sharing.step_due(clauses, code, since=since) if code else None


def has_handled(user: User, claim: Claim) -> bool:
    """Whether ``user`` has had any step of the claim, in any round."""
    return ClaimStep.objects.filter(claim=claim, taken_by=user).exists()


def is_recovered(claim: Claim) -> bool:
    """Whether the recovery is over: everything came back, or nothing more is expected, and the fund has its part."""
    if Recovery.objects.outstanding().filter(claim=claim).exists():
        return False
    return claim.recovered_amount >= claim.loss_amount or claim.written_off_at is not None
