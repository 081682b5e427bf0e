"""A scheme applied to a loan: the verdicts of a stage, the computation of a claim, the sharing of a recovery.

Pure. Every yuan of a claim stands in a line that names its clause; the parts of the payers add up to the loss to the fen.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from lending.compensation.clauses.base import (
    Cap,
    Clause,
    Condition,
    LoanFacts,
    LossRule,
    RecoveryRule,
    ShareRule,
    Side,
    Stage,
    Verdict,
    money,
)
from portal.money import ZERO, split

Kind = TypeVar("Kind", bound=Clause)


@dataclass(frozen=True)
class Share:
    """What one payer bears of a loss, or gets of a recovery."""

    code: str
    name: str
    side: str
    amount: Decimal

    def as_json(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}

    @classmethod
    def of(cls, row: dict[str, str]) -> "Share":
        return cls(row["code"], row["name"], row["side"], Decimal(row["amount"]))


@dataclass(frozen=True)
class Line:
    """One step of a computation: the clause, what went in, what came out."""

    clause: str
    number: str
    text: str
    sentence: str
    amount: Decimal
    figures: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "amount": str(self.amount)}


@dataclass(frozen=True)
class Computation:
    loss: Decimal
    shares: tuple[Share, ...]
    lines: tuple[Line, ...]

    @property
    def fund_amount(self) -> Decimal:
        return sum((share.amount for share in self.shares if share.side == Side.FUND), ZERO)

    @property
    def bank_amount(self) -> Decimal:
        return self.loss - self.fund_amount


class SchemeIncomplete(ValueError):
    """A scheme without the clause that a step needs, or with two."""


def judge(clauses: Sequence[Clause], facts: LoanFacts, *, stage: Stage) -> list[Verdict]:
    """What every condition of the stage says of the loan."""
    return [clause.judge(facts) for clause in clauses if isinstance(clause, Condition) and clause.stage == stage]


def the(clauses: Sequence[Clause], kind: type[Kind]) -> Kind:
    """The one clause of its kind."""
    found = [clause for clause in clauses if isinstance(clause, kind)]
    if len(found) != 1:
        raise SchemeIncomplete(f"a scheme has one {kind.__name__}, not {len(found)}")
    return found[0]


def gaps(clauses: Sequence[Clause]) -> list[str]:
    """The kinds of clause a scheme must have once and does not."""
    return [
        kind.__name__
        for kind in (LossRule, ShareRule, RecoveryRule)
        if sum(isinstance(clause, kind) for clause in clauses) != 1
    ]


def compute(clauses: Sequence[Clause], facts: LoanFacts) -> Computation:
    """The loss, who bears it, and the caps; whatever a cap takes from the fund falls back to the bank."""
    loss_rule = the(clauses, LossRule)  # type: ignore[type-abstract] # looked up by kind, never made
    share_rule = the(clauses, ShareRule)  # type: ignore[type-abstract] # likewise
    loss = loss_rule.measure(facts)
    sharing = share_rule.share(facts)
    parts = split(loss.amount, [payer.weight for payer in sharing.payers])
    shares = [
        Share(payer.code, payer.name, payer.side.value, part) for payer, part in zip(sharing.payers, parts, strict=True)
    ]
    lines = [
        _line(loss_rule, loss.sentence, loss.amount, loss.figures),
        _line(share_rule, f"{sharing.sentence}{_named(shares)}", _fund(shares), sharing.figures),
    ]
    for cap in clauses:
        if isinstance(cap, Cap):
            limit = cap.limit(facts)
            cut = max(_fund(shares) - limit.amount, ZERO)
            shares = _capped(shares, limit.amount) if cut else shares
            said = f"{limit.sentence}本次核减{money(cut)}。" if cut else f"{limit.sentence}未超限。"
            lines.append(_line(cap, said, -cut, limit.figures))
    return Computation(loss.amount, tuple(shares), tuple(lines))


def share_recovery(net: Decimal, borne: Sequence[Share], returned: Sequence[Share] = ()) -> list[Share]:
    """Share ``net`` as the loss was borne. The weights are what each payer still misses, so that no rounding is carried
    on: nobody ever gets back more than was borne, and the last recovery settles everybody to the fen."""
    got: dict[str, Decimal] = {}
    for share in returned:
        got[share.code] = got.get(share.code, ZERO) + share.amount
    missing = [share.amount - got.get(share.code, ZERO) for share in borne]
    parts = split(net, missing)
    return [Share(share.code, share.name, share.side, part) for share, part in zip(borne, parts, strict=True)]


def remit_by(clauses: Sequence[Clause], recovered_on: date) -> date:
    rule = the(clauses, RecoveryRule)  # type: ignore[type-abstract] # looked up by kind, never made
    return rule.remit_by(recovered_on)


def _capped(shares: Sequence[Share], limit: Decimal) -> list[Share]:
    """The fund's payers cut down to ``limit`` in proportion; the bank bears the rest."""
    fund = [share for share in shares if share.side == Side.FUND]
    kept = dict(zip((s.code for s in fund), split(limit, [s.amount for s in fund]), strict=True))
    cut = _fund(shares) - limit
    capped, is_borne = [], False
    for share in shares:
        amount = kept.get(share.code, share.amount)
        if share.side == Side.BANK and not is_borne:
            amount, is_borne = amount + cut, True
        capped.append(Share(share.code, share.name, share.side, amount))
    return capped


def _fund(shares: Sequence[Share]) -> Decimal:
    return sum((share.amount for share in shares if share.side == Side.FUND), ZERO)


def _named(shares: Sequence[Share]) -> str:
    return "、".join(f"{share.name}{money(share.amount)}" for share in shares) + "。"


def _line(clause: Clause, sentence: str, amount: Decimal, figures: dict[str, str]) -> Line:
    return Line(type(clause).__name__, clause.number, clause.text, sentence, amount, figures)
