"""What clauses judge: a loan with its borrower and bank, what is owed on it, and what has become of the pool so far.

Pure records, in yuan and days. Who fills them says where each fact stands written (``sources``); what nobody knows is None.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from portal.money import ZERO


class Side(StrEnum):
    """Whose money bears a share."""

    FUND = "fund"
    BANK = "bank"
    GUARANTOR = "guarantor"
    INSURER = "insurer"
    #: Deposits that firms paid in before the loan (互助担保金, 助保金).
    MUTUAL = "mutual"


class Component(StrEnum):
    """What a debt is made of."""

    PRINCIPAL = "principal"
    INTEREST = "interest"
    PENALTY = "penalty"
    COSTS = "costs"


class Scope(StrEnum):
    """Whose loans a pool figure counts."""

    BANK = "bank"
    PRODUCT = "product"
    GUARANTOR = "guarantor"
    FUND = "fund"


class Window(StrEnum):
    """Over which time: the calendar year of ``as_of``, the one before it, the last five years, or from the beginning."""

    YEAR = "year"
    LAST_YEAR = "last_year"
    FIVE_YEARS = "five_years"
    ALL = "all"


@dataclass(frozen=True)
class Debt:
    """What is owed on one day, in yuan."""

    principal: Decimal = ZERO
    interest: Decimal = ZERO
    penalty: Decimal = ZERO
    costs: Decimal = ZERO

    def of(self, components: Iterable[Component]) -> Decimal:
        return sum((getattr(self, Component(each).value) for each in components), ZERO)


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


@dataclass(frozen=True, kw_only=True)
class LoanFacts:
    """A loan, its borrower, its bank and its fund as they stand on ``as_of``. What nobody knows is None."""

    as_of: date
    # the borrower
    firm_kind: str
    firm_status: str
    size_class: str
    areas: frozenset[str]
    industry_section: str
    dishonest_records: int | None = None
    #: Yearly revenue in yuan.
    revenue: Decimal | None = None
    is_listed: bool | None = None
    #: The scheme's own rating of the borrower (Fondo PMI: "1" to "5"), as declared.
    rating_class: str = ""
    #: What the borrower owes under the same scheme on other loans, in yuan.
    borrower_outstanding: Decimal = ZERO
    #: Other banks that have enrolled a loan of this borrower under the scheme this year.
    other_banks_this_year: int | None = None
    # the loan
    amount: Decimal
    annual_rate: Decimal
    #: Interest, fees and premiums together, as a fraction a year.
    all_in_rate: Decimal | None = None
    term_months: int
    guarantee: str
    collateral_share: Decimal | None = None
    is_first_loan: bool = False
    is_matched: bool = True
    drawn_on: date
    #: The last disbursement, where the loan was paid out in parts; the lock-in counts from it.
    last_drawn_on: date | None = None
    matures_on: date | None = None
    purpose: str = ""
    #: In which mode of the scheme the loan is registered: "credit", "insured", "guaranteed", …
    mode: str = ""
    #: What the bank declares of the loan beyond its columns, by code: "key_list", "ip_pledge", …
    marks: frozenset[str] = frozenset()
    # the bank
    has_agreement: bool | None = None
    is_in_good_standing: bool | None = None
    #: What the bank may still enrol under its agreement, in yuan.
    quota_left: Decimal | None = None
    # how it is served
    principal_balance: Decimal = ZERO
    interest_due: Decimal = ZERO
    penalty_due: Decimal = ZERO
    #: What the bank spent on enforcement so far.
    cost_due: Decimal = ZERO
    overdue_since: date | None = None
    #: When the bank marked the loan non-performing (NPA), and what was owed then.
    npa_on: date | None = None
    owed_at_npa: Debt | None = None
    #: What was owed on the day the claim was filed; None before it is filed.
    owed_at_claim: Debt | None = None
    #: What came in after each of the two days, in yuan, all components.
    received_since_npa: Decimal = ZERO
    received_since_claim: Decimal = ZERO
    #: The five-grade class of the loan (五级分类): "normal" … "loss".
    risk_class: str = ""
    legal_step: str = ""
    #: When the claim was paid, and the months of regular service since the borrower was cured.
    paid_on: date | None = None
    cured_months: int = 0
    # what stands before the fund
    mutual_deposit: Decimal = ZERO
    insured_amount: Decimal = ZERO
    # the fund, and what the claim asks of it
    asked: Decimal = ZERO
    deposited: Decimal = ZERO
    available: Decimal = ZERO
    authorised: Decimal = ZERO
    enrolled_amount: Decimal = ZERO
    compensated_to_borrower: Decimal = ZERO
    compensated_for_loan: Decimal = ZERO
    #: What other public schemes pay for the same loss, in yuan.
    other_public_amount: Decimal = ZERO
    #: Where a fact stands written: {"principal_balance": "loan:17", "legal_step": "claim:4"}.
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def days_overdue(self) -> int:
        return max(0, (self.as_of - self.overdue_since).days) if self.overdue_since else 0

    @property
    def owed(self) -> Debt:
        """What is owed on ``as_of``."""
        return Debt(self.principal_balance, self.interest_due, self.penalty_due, self.cost_due)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What became of the loans of one scope in one window, in yuan. The claim at hand is never in ``paid``."""

    #: Principal of the loans enrolled (备案本金), and how many.
    registered: Decimal = ZERO
    count: int = 0
    #: Principal recognised as lost, whether claimed, paid or not; and the loans it is on.
    loss: Decimal = ZERO
    bad_count: int = 0
    overdue: Decimal = ZERO
    #: Approved or paid by the fund, and by the other payers of the same schemes (guarantor, insurer).
    paid: Decimal = ZERO
    paid_by_others: Decimal = ZERO
    #: Guarantee fees or premiums taken, and the fund's part of what came back.
    fees: Decimal = ZERO
    recovered: Decimal = ZERO

    def paid_by(self, sides: Iterable[Side]) -> Decimal:
        """What a cap that covers ``sides`` has already seen."""
        covers = set(sides)
        return self.paid + (self.paid_by_others if covers - {Side.FUND} else ZERO)


NOTHING = Tally()


@dataclass(frozen=True, kw_only=True)
class PoolFacts:
    """The pool beside one loan: tallies by scope and window, and what the fund has.

    ``sharing.needs(clauses)`` says which tallies a scheme reads; one that is missing counts as nothing.
    """

    tallies: Mapping[tuple[Scope, Window], Tally] = field(default_factory=dict)
    #: The tallies of the last closed quarters of a scope, newest first: a breaker resets by them.
    quarters: Mapping[Scope, tuple[Tally, ...]] = field(default_factory=dict)
    #: How often a scope's breakers have tripped in the last five years.
    trips: Mapping[Scope, int] = field(default_factory=dict)
    #: The fund's balance on the first of January, this year's budget, what was ever paid in: yuan.
    opening: Decimal = ZERO
    budget: Decimal = ZERO
    deposited: Decimal = ZERO

    def tally(self, scope: Scope, window: Window) -> Tally:
        return self.tallies.get((scope, window), NOTHING)


EMPTY_POOL = PoolFacts()
