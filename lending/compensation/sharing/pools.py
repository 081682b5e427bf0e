"""A scheme beside its pool and beside other schemes: which tallies it reads, where its breakers stand, what it excludes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from lending.compensation.clauses.base import Clause, Verdict
from lending.compensation.clauses.breakers import Breaker, BreakerAction, BreakerVerdict
from lending.compensation.clauses.facts import PoolFacts, Scope, Window
from lending.compensation.clauses.procedure import Appeal, Procedure, Stacking, Step, StepCode
from lending.compensation.sharing.claims import maybe

#: A scheme that says nothing of its procedure: three officers, no publicity.
SHORT_PATH = (Step(StepCode.FORMAL_CHECK, 5), Step(StepCode.APPROVAL, 10), Step(StepCode.PAYMENT, 15))


@dataclass(frozen=True)
class OtherScheme:
    """Another scheme under which the same loan is enrolled or subsidised, with its clauses where it has any."""

    code: str
    name: str
    clauses: tuple[Clause, ...] = ()


def needs(clauses: Sequence[Clause]) -> frozenset[tuple[Scope, Window]]:
    """The tallies of the pool that the scheme reads: what ``PoolFacts.tallies`` must hold."""
    return frozenset(need for clause in clauses for need in clause.needs())


def breakers(
    clauses: Sequence[Clause],
    pool: PoolFacts,
    *,
    tripped: Collection[str] = (),
    overridden: Collection[str] = (),
) -> list[BreakerVerdict]:
    """Where every breaker stands. ``tripped`` and ``overridden`` are numbers of clauses: those that tripped before and have
    not been reset, and those that two persons have lifted."""
    return [
        clause.judge(pool, has_tripped=clause.number in tripped, is_overridden=clause.number in overridden)
        for clause in clauses
        if isinstance(clause, Breaker)
    ]


def stops(verdicts: Sequence[BreakerVerdict], action: BreakerAction) -> list[BreakerVerdict]:
    """The breakers that take ``action`` now: DEFER holds approvals and payments, STOP_NEW (and END_AGREEMENT) enrolments."""
    also = {BreakerAction.STOP_NEW: {BreakerAction.STOP_NEW, BreakerAction.END_AGREEMENT}}.get(action, {action})
    return [verdict for verdict in verdicts if also & set(verdict.actions)]


def excluded(code: str, clauses: Sequence[Clause], others: Sequence[OtherScheme]) -> list[Verdict]:
    """What stands against enrolling a loan under ``code`` beside the ``others``: a failed verdict for each that may not.

    Both sides must allow it. Empty where nothing stands in the way.
    """
    found = []
    for other in others:
        mine, theirs = maybe(clauses, Stacking), maybe(other.clauses, Stacking)
        if mine and mine.allows(other.code) and (theirs is None or theirs.allows(code)):
            continue
        number, text = (mine.number, mine.text) if mine else ("", "")
        said = f"该笔贷款已享受“{other.name}”,与本方案不能叠加。"
        found.append(Verdict(Stacking.__name__, number, text, False, said, {"其他方案": other.name}))
    return found


def procedure(clauses: Sequence[Clause]) -> tuple[Step, ...]:
    """The steps a claim takes, in order; the short path where the scheme is silent."""
    rule = maybe(clauses, Procedure)
    return rule.steps if rule else SHORT_PATH


def step_due(clauses: Sequence[Clause], code: StepCode, *, since: date, stopped_days: int = 0) -> date | None:
    """The last day of a step that began on ``since``; None where the scheme has no such step."""
    found = next((step for step in procedure(clauses) if step.code == code), None)
    return found.due_on(since, stopped_days=stopped_days) if found else None


def appeal_closes(clauses: Sequence[Clause], decided_on: date) -> date | None:
    """The last day on which the bank may ask for review; None where the scheme gives none."""
    rule = maybe(clauses, Appeal)
    return rule.closes_on(decided_on) if rule else None


def binding_day(binds_on: str, *, drawn_on: date, enrolled_on: date, claimed_on: date | None) -> date:
    """The day by which a version binds a loan: ``disbursement``, ``enrolment`` or ``claim`` (enrolment, until one is filed)."""
    if binds_on == "disbursement":
        return drawn_on
    return (claimed_on or enrolled_on) if binds_on == "claim" else enrolled_on
