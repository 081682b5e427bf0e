"""What a clause is: a number, its words, its parameters, its time, and what it says of a loan.

Pure: plain facts in, verdicts, shares and amounts out. The words an officer reads when a clause fails are made here.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from portal import figures
from portal.money import ZERO


class Stage(StrEnum):
    """When a condition is judged."""

    ENROLMENT = "enrolment"
    CLAIM = "claim"
    APPROVAL = "approval"


class Side(StrEnum):
    """Whose money bears a share."""

    FUND = "fund"
    BANK = "bank"


@dataclass(frozen=True, kw_only=True)
class LoanFacts:
    """A loan, its borrower and its fund as they stand on ``as_of``. What nobody knows is None."""

    as_of: date
    # the borrower
    firm_kind: str
    firm_status: str
    size_class: str
    areas: frozenset[str]
    industry_section: str
    dishonest_records: int | None = None
    # the loan
    amount: Decimal
    annual_rate: Decimal
    term_months: int
    guarantee: str
    collateral_share: Decimal | None = None
    is_first_loan: bool = False
    is_matched: bool = True
    drawn_on: date
    #: What the bank declares of the loan beyond its columns, by code: "key_list", "ip_pledge", …
    marks: frozenset[str] = frozenset()
    # how it is served
    principal_balance: Decimal = ZERO
    overdue_since: date | None = None
    legal_step: str = ""
    # the fund, and what the claim asks of it
    asked: Decimal = ZERO
    deposited: Decimal = ZERO
    available: Decimal = ZERO
    authorised: Decimal = ZERO
    enrolled_amount: Decimal = ZERO
    compensated_to_borrower: Decimal = ZERO

    @property
    def days_overdue(self) -> int:
        return max(0, (self.as_of - self.overdue_since).days) if self.overdue_since else 0


@dataclass(frozen=True)
class Verdict:
    """What one clause says. ``passed`` is None where the facts are not known: noted, and answered for by the bank."""

    clause: str
    number: str
    text: str
    passed: bool | None
    sentence: str
    figures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Payer:
    """One who bears a part of the loss, with the weight the scheme gives."""

    code: str
    name: str
    side: Side
    weight: Decimal


@dataclass(frozen=True)
class Sharing:
    """Who bears how much, and why."""

    payers: tuple[Payer, ...]
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

    number: str
    text: str
    in_force_from: date | None = None
    in_force_until: date | None = None

    def is_in_force(self, day: date) -> bool:
        return (self.in_force_from or day) <= day <= (self.in_force_until or day)


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
    """A clause that says who bears which part of the loss."""

    @abstractmethod
    def share(self, facts: LoanFacts) -> Sharing: ...


@dataclass(frozen=True, kw_only=True)
class Cap(Clause, ABC):
    """A clause that says how much the fund pays at most; what is above stays with the bank."""

    @abstractmethod
    def limit(self, facts: LoanFacts) -> Measure: ...


@dataclass(frozen=True, kw_only=True)
class RecoveryRule(Clause, ABC):
    """A clause that says when the fund's part of a recovery must have come."""

    @abstractmethod
    def remit_by(self, recovered_on: date) -> date: ...


def money(amount: Decimal) -> str:
    written = figures.money(amount)
    return f"{written.figure}{written.unit}"


def percent(fraction: Decimal) -> str:
    return figures.percent(fraction)
