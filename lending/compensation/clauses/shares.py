"""Who bears which part of a loss: rates by cohort, by amount, by any key, and named payers in proportion."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from lending.compensation.clauses.base import ShareRule, Sharing, money
from lending.compensation.clauses.base import percent as percent_of
from lending.compensation.clauses.facts import EMPTY_POOL, LoanFacts, PoolFacts, Share, Side
from portal.money import ZERO, split

ONE = Decimal(1)
COHORTS = {"first_loan": "首贷", "credit": "纯信用贷款", "guaranteed": "有担保贷款", "general": "一般贷款"}


@dataclass(frozen=True)
class Payer:
    """One who bears a part of the loss, with the weight the scheme gives."""

    code: str
    name: str
    side: Side
    weight: Decimal


@dataclass(frozen=True)
class Tier:
    """Loans up to this amount bear this rate."""

    up_to: Decimal
    rate: Decimal


@dataclass(frozen=True)
class Bonus:
    """A rate added for a loan that bears the mark."""

    mark: str
    name: str
    rate: Decimal


def cohort_of(facts: LoanFacts) -> str:
    """The first that fits of first loan, on credit, with a guarantor, otherwise."""
    if facts.is_first_loan:
        return "first_loan"
    return {"credit": "credit", "guarantor": "guaranteed"}.get(facts.guarantee, "general")


def weight_in(tiers: Sequence[Tier], amount: Decimal, *, is_marginal: bool) -> Decimal | None:
    """``rate * amount`` by the tier of the whole amount, or slice by slice; None above the last tier of a whole amount."""
    ordered = sorted(tiers, key=lambda tier: tier.up_to)
    if not is_marginal:
        return next((tier.rate * amount for tier in ordered if amount <= tier.up_to), None)
    weight, below = ZERO, ZERO
    for tier in ordered:
        weight += max(min(amount, tier.up_to) - below, ZERO) * tier.rate
        below = tier.up_to
    return weight


def by_weight(loss: Decimal, payers: Sequence[Payer]) -> tuple[Share, ...]:
    """The loss split by weight, exact to the fen."""
    parts = split(loss, [payer.weight for payer in payers])
    return tuple(Share(each.code, each.name, each.side.value, part) for each, part in zip(payers, parts, strict=True))


@dataclass(frozen=True, kw_only=True)
class ShareByCohort(ShareRule):
    """The fund's rate by what the loan is: the first that fits of first loan, on credit, with a guarantor, otherwise."""

    title: ClassVar[str] = "补偿比例"
    reads: ClassVar[tuple[str, ...]] = ("is_first_loan", "guarantee")
    rates: dict[str, Decimal]

    def share(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Sharing:
        cohort = cohort_of(facts)
        rate = self.rates[cohort]
        said = f"属于{COHORTS[cohort]},资金池承担{percent_of(rate)}。"
        return _fund_and_bank(loss, rate, ONE, said, 类别=COHORTS[cohort])


@dataclass(frozen=True, kw_only=True)
class ShareByTier(ShareRule):
    """The rate by the size of the loan, with additions up to a ceiling.

    The whole loan bears the rate of its tier (整额), and above the last tier there is none; or, where ``is_marginal``, each
    slice bears the rate of its own tier (超额累进), and what lies above the last one bears none.
    """

    title: ClassVar[str] = "分档补偿比例"
    reads: ClassVar[tuple[str, ...]] = ("amount", "marks")
    tiers: tuple[Tier, ...]
    bonuses: tuple[Bonus, ...] = ()
    ceiling: Decimal = ONE
    is_marginal: bool = False

    def __post_init__(self) -> None:
        if not self.tiers:
            raise ValueError("no tier")

    def share(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Sharing:
        amount = facts.amount
        base = weight_in(self.tiers, amount, is_marginal=self.is_marginal)
        if base is None or amount <= 0:
            last = max(tier.up_to for tier in self.tiers)
            said = f"放款金额{money(amount)}超过最高档{money(last)},没有对应的补偿比例。"
            return _fund_and_bank(loss, ZERO, ONE, said, 放款金额=money(amount))
        earned = [bonus for bonus in self.bonuses if bonus.mark in facts.marks]
        summed = base + sum((bonus.rate for bonus in earned), ZERO) * amount
        weight = min(summed, self.ceiling * amount)
        way = "按超额累进折合" if self.is_marginal else "适用"
        parts = [f"放款金额{money(amount)}{way}{percent_of(base / amount)}"]
        parts += [f"{bonus.name}加{percent_of(bonus.rate)}" for bonus in earned]
        if weight < summed:
            parts.append(f"合计{percent_of(summed / amount)},以{percent_of(self.ceiling)}为限")
        return _fund_and_bank(loss, weight, amount, ",".join(parts) + "。", 放款金额=money(amount))


@dataclass(frozen=True)
class FixedShare:
    code: str
    name: str
    side: Side
    weight: Decimal


@dataclass(frozen=True, kw_only=True)
class ShareByPayers(ShareRule):
    """Named payers in fixed proportion, such as region 40, county 40, bank 20."""

    title: ClassVar[str] = "分担比例"
    payers: tuple[FixedShare, ...]

    def __post_init__(self) -> None:
        """The bank must bear a part: whatever a cap takes from the fund falls back to it."""
        if not any(payer.side == Side.BANK and payer.weight > 0 for payer in self.payers):
            raise ValueError("the bank bears no part")

    def share(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Sharing:
        payers = tuple(Payer(each.code, each.name, each.side, each.weight) for each in self.payers)
        total = sum((payer.weight for payer in payers), ZERO)
        named = "、".join(f"{payer.name}{percent_of(payer.weight / total)}" for payer in payers)
        return Sharing(by_weight(loss, payers), f"按{named}分担。")


def _fund_and_bank(loss: Decimal, weight: Decimal, whole: Decimal, sentence: str, **shown: str) -> Sharing:
    """The fund bears ``weight / whole`` of the loss, the bank the rest."""
    payers = (Payer("fund", "补偿资金", Side.FUND, weight), Payer("bank", "银行", Side.BANK, whole - weight))
    return Sharing(by_weight(loss, payers), sentence, {"资金池比例": percent_of(weight / whole), **shown})
