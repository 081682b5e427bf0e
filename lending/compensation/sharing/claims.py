"""A scheme applied to a claim: the verdicts of a stage, the computation, its instalments.

Pure. Every yuan of a claim stands in a line that names its clause; the parts of the payers add up to the loss to the fen.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeVar

from lending.compensation.clauses.base import (
    Cap,
    Clause,
    Condition,
    LossRule,
    RecoveryRule,
    ShareRule,
    Stage,
    Verdict,
    bank_takes,
    money,
)
from lending.compensation.clauses.base import percent as percent_of
from lending.compensation.clauses.facts import EMPTY_POOL, LoanFacts, PoolFacts, Share, Side
from lending.compensation.clauses.procedure import Due, Instalments, Portion, Reductions
from portal.money import ZERO, part, split

Kind = TypeVar("Kind", bound=Clause)


@dataclass(frozen=True)
class Line:
    """One step of a computation: the clause, what went in and where it stands written, what came out in yuan."""

    clause: str
    number: str
    text: str
    sentence: str
    amount: Decimal
    figures: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "amount": str(self.amount)}


@dataclass(frozen=True)
class Instalment:
    """One part of the fund's pay-out: its amount, what each of the fund's payers gives to it, and when it is due.

    ``portion.is_due(day=…, recovery_concluded=…, judged_on=…)`` says whether it may be paid.
    """

    number: int
    amount: Decimal
    shares: tuple[Share, ...]
    portion: Portion

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "amount": str(self.amount),
            "shares": [share.as_json() for share in self.shares],
            "rate": str(self.portion.rate),
            "due": self.portion.due.value,
            "or_months_after_judgment": self.portion.or_months_after_judgment,
        }


@dataclass(frozen=True)
class Computation:
    loss: Decimal
    shares: tuple[Share, ...]
    lines: tuple[Line, ...]
    #: The fund's pay-out in its parts; one part at once where the scheme says nothing. Empty where the fund pays nothing.
    instalments: tuple[Instalment, ...] = ()

    @property
    def fund_amount(self) -> Decimal:
        return _of(self.shares, (Side.FUND,))

    @property
    def other_amount(self) -> Decimal:
        """What guarantor, insurer and mutual deposits bear."""
        return self.loss - self.fund_amount - self.bank_amount

    @property
    def bank_amount(self) -> Decimal:
        return _of(self.shares, (Side.BANK,))


class SchemeIncomplete(ValueError):
    """A scheme without the clause that a step needs, or with two."""


def judge(clauses: Sequence[Clause], facts: LoanFacts, *, stage: Stage) -> list[Verdict]:
    """What every condition of the stage says of the loan, and where what it read stands written."""
    conditions = [clause for clause in clauses if isinstance(clause, Condition) and clause.stage == stage]
    return [replace(clause.judge(facts), sources=_sources(clause, facts)) for clause in conditions]


def the(clauses: Sequence[Clause], kind: type[Kind]) -> Kind:
    """The one clause of its kind."""
    found = [clause for clause in clauses if isinstance(clause, kind)]
    if len(found) != 1:
        raise SchemeIncomplete(f"a scheme has one {kind.__name__}, not {len(found)}")
    return found[0]


def maybe(clauses: Sequence[Clause], kind: type[Kind]) -> Kind | None:
    """The clause of its kind, if the scheme has one."""
    return the(clauses, kind) if any(isinstance(clause, kind) for clause in clauses) else None


def gaps(clauses: Sequence[Clause]) -> list[str]:
    """The kinds of clause a scheme must have once and does not."""
    return [
        kind.__name__
        for kind in (LossRule, ShareRule, RecoveryRule)
        if sum(isinstance(clause, kind) for clause in clauses) != 1
    ]


def compute(
    clauses: Sequence[Clause], facts: LoanFacts, *, pool: PoolFacts = EMPTY_POOL, faults: Collection[str] = ()
) -> Computation:
    """The loss, who bears it, what faults take off, and the caps; what either takes away falls back to the bank.

    ``pool`` holds the tallies that ``needs(clauses)`` names, without the claim at hand; ``faults`` are codes of the scheme's
    own reductions (KeyError for another). Reductions come before caps: a cap is the most that is ever paid.
    """
    loss_rule = the(clauses, LossRule)  # type: ignore[type-abstract] # looked up by kind, never made
    share_rule = the(clauses, ShareRule)  # type: ignore[type-abstract] # likewise
    loss = loss_rule.measure(facts)
    sharing = share_rule.share(loss.amount, facts, pool)
    shares, whole = sharing.shares, loss.amount
    given = _of(shares, (Side.FUND,))
    lines = [
        _line(loss_rule, facts, loss.sentence, whole, loss.figures),
        _line(share_rule, facts, f"{sharing.sentence}{_named(shares)}", given, sharing.figures),
    ]
    if faults:
        reductions = the(clauses, Reductions)
        shares, line = _reduced(reductions, shares, whole, faults)
        lines.append(line)
    for cap in clauses:
        if isinstance(cap, Cap):
            limit = cap.limit(whole, facts, pool)
            cut = max(_of(shares, cap.covers) - limit.amount, ZERO)
            shares = _cut_to(shares, whole, limit.amount, cap.covers) if cut else shares
            said = f"{limit.sentence}本次核减{money(cut)}。" if cut else f"{limit.sentence}未超限。"
            lines.append(_line(cap, facts, said, -cut, limit.figures))
    rule = maybe(clauses, Instalments)
    if rule:
        lines.append(_line(rule, facts, _portions(rule, shares), ZERO, {}))
    return Computation(whole, shares, tuple(lines), _instalments(rule, shares))


#: A scheme that says nothing of instalments pays at once.
AT_ONCE = (Portion(Decimal(1), Due.AT_ONCE),)


def _instalments(rule: Instalments | None, shares: Sequence[Share]) -> tuple[Instalment, ...]:
    """Each payer's part split over the portions: whole by payer and whole in sum."""
    portions = rule.portions if rule else AT_ONCE
    fund = [share for share in shares if share.side == Side.FUND and share.amount > 0]
    if not fund:
        return ()
    weights = [portion.rate for portion in portions]
    split_up = [split(share.amount, weights) for share in fund]
    return tuple(
        Instalment(
            index + 1,
            sum((parts[index] for parts in split_up), ZERO),
            tuple(
                Share(share.code, share.name, share.side, parts[index])
                for share, parts in zip(fund, split_up, strict=True)
            ),
            portion,
        )
        for index, portion in enumerate(portions)
    )


def _portions(rule: Instalments, shares: Sequence[Share]) -> str:
    said = []
    for each in _instalments(rule, shares):
        when = "审定后拨付"
        if each.portion.due == Due.RECOVERY_CONCLUDED:
            months = each.portion.or_months_after_judgment
            when = "追偿终结后拨付" + (f"(或判决生效满{months}个月)" if months else "")
        said.append(f"第{each.number}期{percent_of(each.portion.rate)}即{money(each.amount)},{when}")
    return (";".join(said) or "资金池不承担,无须分期") + "。"


def _reduced(
    rule: Reductions, shares: Sequence[Share], loss: Decimal, faults: Collection[str]
) -> tuple[tuple[Share, ...], Line]:
    found = rule.found(faults)
    before = _of(shares, (Side.FUND,))
    kept = before - part(before, rule.rate(found))
    reduced = _cut_to(shares, loss, kept, (Side.FUND,)) if kept < before else tuple(shares)
    said = f"{rule.words(found)},合计扣减{percent_of(rule.rate(found))}即{money(before - kept)}。"
    figures = {fault.name: percent_of(fault.rate) for fault in found}
    return reduced, Line(type(rule).__name__, rule.number, rule.text, said, kept - before, figures)


def _cut_to(shares: Sequence[Share], loss: Decimal, limit: Decimal, covers: Collection[Side]) -> tuple[Share, ...]:
    """The payers of the sides that a cap covers cut down to ``limit`` in proportion; the bank bears the rest."""
    held = [share for share in shares if share.side in covers]
    kept = dict(zip((s.code for s in held), split(limit, [s.amount for s in held]), strict=True))
    return bank_takes([Share(s.code, s.name, s.side, kept.get(s.code, s.amount)) for s in shares], loss)


def _of(shares: Sequence[Share], sides: Collection[Side]) -> Decimal:
    return sum((share.amount for share in shares if share.side in sides), ZERO)


def _named(shares: Sequence[Share]) -> str:
    return "、".join(f"{share.name}{money(share.amount)}" for share in shares) + "。"


def _sources(clause: Clause, facts: LoanFacts) -> dict[str, str]:
    return {name: facts.sources[name] for name in clause.reads if name in facts.sources} if facts.sources else {}


def _line(clause: Clause, facts: LoanFacts, sentence: str, amount: Decimal, figures: dict[str, str]) -> Line:
    name = type(clause).__name__
    return Line(name, clause.number, clause.text, sentence, amount, figures, _sources(clause, facts))
