"""What a clause is: a number, its words, its parameters, its time, and what it says of a loan.

Pure: plain facts in, verdicts, shares and amounts out. The words an officer reads when a clause fails are made here.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar

from lending.compensation.clauses.facts import EMPTY_POOL, LoanFacts, PoolFacts, Scope, Share, Side, Window
from portal import figures
from portal.money import ZERO

__all__ = ["LoanFacts", "PoolFacts", "Share", "Side"]


class Stage(StrEnum):
    """When a condition is judged."""

    ENROLMENT = "enrolment"
    CLAIM = "claim"
    APPROVAL = "approval"
    #: Judged of a paid claim: whether the rest may be written off, whether a cure asks the bank to buy back.
    WRITE_OFF = "write_off"
    CURE = "cure"


@dataclass(frozen=True)
class Verdict:
    """What one clause says. ``passed`` is None where the facts are not known: noted, and answered for by the bank."""

    clause: str
    number: str
    text: str
    passed: bool | None
    sentence: str
    figures: dict[str, str] = field(default_factory=dict)
    #: Where each fact it read stands written; filled by ``sharing.judge``.
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sharing:
    """Who bears how much, and why. The shares add up to the loss to the fen."""

    shares: tuple[Share, ...]
    sentence: str
    figures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    """An amount that a clause gives or allows."""

    amount: Decimal
    sentence: str
    figures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One clause of a scheme. Subclasses add their parameters; a new rule is a new class, the old one stays."""

    title: ClassVar[str]
    #: The facts it reads, so that a line can say where they stand written.
    reads: ClassVar[tuple[str, ...]] = ()
    #: Whether a scheme may have several of its kind.
    repeats: ClassVar[bool] = False

    number: str
    text: str
    in_force_from: date | None = None
    in_force_until: date | None = None
    #: The document or page that says it.
    source: str = ""
    #: The parameters that no source states: their names, or "*" for the whole clause.
    assumed: tuple[str, ...] = ()

    def is_in_force(self, day: date) -> bool:
        return (self.in_force_from or day) <= day <= (self.in_force_until or day)

    def needs(self) -> frozenset[tuple[Scope, Window]]:
        """Which tallies of the pool it reads."""
        return frozenset()


@dataclass(frozen=True, kw_only=True)
class Condition(Clause, ABC):
    """A clause that a loan meets or misses."""

    stage: ClassVar[Stage] = Stage.ENROLMENT

    @abstractmethod
    def judge(self, facts: LoanFacts) -> Verdict: ...

    def verdict(self, passed: bool | None, sentence: str, **shown: str) -> Verdict:
        return Verdict(type(self).__name__, self.number, self.text, passed, sentence, shown)


@dataclass(frozen=True, kw_only=True)
class LossRule(Clause, ABC):
    """A clause that says what of the debt counts as loss."""

    @abstractmethod
    def measure(self, facts: LoanFacts) -> Measure: ...


@dataclass(frozen=True, kw_only=True)
class ShareRule(Clause, ABC):
    """A clause that says who bears which part of the loss. What no payer takes is the bank's."""

    @abstractmethod
    def share(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Sharing: ...


@dataclass(frozen=True, kw_only=True)
class Cap(Clause, ABC):
    """A clause that says how much is paid at most; what is above stays with the bank.

    ``covers`` names the sides whose parts it holds together, such as fund and guarantor; above it they are cut in proportion.
    """

    repeats: ClassVar[bool] = True
    covers: tuple[Side, ...] = (Side.FUND,)

    @abstractmethod
    def limit(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Measure: ...


@dataclass(frozen=True, kw_only=True)
class RecoveryRule(Clause, ABC):
    """A clause that says what is done with money that comes back, and when the fund's part must have come."""

    @abstractmethod
    def remit_by(self, recovered_on: date) -> date: ...

    @abstractmethod
    def deductible(self, gross: Decimal, costs: Decimal) -> Decimal:
        """How much of ``costs`` comes off before sharing."""

    @abstractmethod
    def late_interest(self, amount: Decimal, *, due_on: date, paid_on: date) -> Decimal: ...


def bank_takes(shares: list[Share], loss: Decimal) -> tuple[Share, ...]:
    """``shares`` with what is left of ``loss`` added to the bank's."""
    left = loss - sum((share.amount for share in shares), ZERO)
    for index, share in enumerate(shares):
        if share.side == Side.BANK:
            shares[index] = Share(share.code, share.name, share.side, share.amount + left)
            return tuple(shares)
    return (*shares, Share("bank", "银行", Side.BANK.value, left))


@lru_cache(maxsize=4096)
def money(amount: Decimal) -> str:
    written = figures.money(amount)
    return f"{written.figure}{written.unit}"


def percent(fraction: Decimal) -> str:
    return figures.percent(fraction)
