"""What counts as loss, who bears it, and where the fund's part ends."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from lending.compensation.clauses.base import Cap, LoanFacts, LossRule, Measure, Payer, ShareRule, Sharing, Side, money
from lending.compensation.clauses.base import percent as percent_of
from portal.money import ZERO

ONE = Decimal(1)
COHORTS = {"first_loan": "首贷", "credit": "纯信用贷款", "guaranteed": "有担保贷款", "general": "一般贷款"}


@dataclass(frozen=True, kw_only=True)
class UnpaidPrincipal(LossRule):
    """The principal still owed on the day of the computation: it falls as the debtor pays. No interest, no penalty."""

    title: ClassVar[str] = "损失认定"

    def measure(self, facts: LoanFacts) -> Measure:
        return Measure(
            facts.principal_balance,
            f"截至{facts.as_of:%Y-%m-%d}未收回本金{money(facts.principal_balance)},不含利息、罚息和费用。",
            {"放款金额": money(facts.amount), "本金余额": money(facts.principal_balance)},
        )


@dataclass(frozen=True, kw_only=True)
class ShareByCohort(ShareRule):
    """The fund's rate by what the loan is: the first that fits of first loan, with a guarantor, on credit, otherwise."""

    title: ClassVar[str] = "补偿比例"
    rates: dict[str, Decimal]

    def share(self, facts: LoanFacts) -> Sharing:
        cohort = self._cohort(facts)
        rate = self.rates[cohort]
        return _fund_and_bank(rate, f"属于{COHORTS[cohort]},资金池承担{percent_of(rate)}。", 类别=COHORTS[cohort])

    @staticmethod
    def _cohort(facts: LoanFacts) -> str:
        if facts.is_first_loan:
            return "first_loan"
        return {"credit": "credit", "guarantor": "guaranteed"}.get(facts.guarantee, "general")


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


@dataclass(frozen=True, kw_only=True)
class ShareByTier(ShareRule):
    """The rate by the size of the loan, the whole of it (整额), with additions up to a ceiling. Above the last tier: none."""

    title: ClassVar[str] = "分档补偿比例"
    tiers: tuple[Tier, ...]
    bonuses: tuple[Bonus, ...] = ()
    ceiling: Decimal = ONE

    def share(self, facts: LoanFacts) -> Sharing:
        tier = min(
            (tier for tier in self.tiers if facts.amount <= tier.up_to), key=lambda each: each.up_to, default=None
        )
        if tier is None:
            last = max(tier.up_to for tier in self.tiers)
            said = f"放款金额{money(facts.amount)}超过最高档{money(last)},没有对应的补偿比例。"
            return _fund_and_bank(ZERO, said, 放款金额=money(facts.amount))
        earned = [bonus for bonus in self.bonuses if bonus.mark in facts.marks]
        summed = tier.rate + sum((bonus.rate for bonus in earned), ZERO)
        rate = min(summed, self.ceiling)
        parts = [f"放款金额{money(facts.amount)}适用{percent_of(tier.rate)}"]
        parts += [f"{bonus.name}加{percent_of(bonus.rate)}" for bonus in earned]
        if rate < summed:
            parts.append(f"合计{percent_of(summed)},以{percent_of(self.ceiling)}为限")
        return _fund_and_bank(rate, ",".join(parts) + "。", 放款金额=money(facts.amount))


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

    def share(self, facts: LoanFacts) -> Sharing:
        payers = tuple(Payer(each.code, each.name, Side(each.side), each.weight) for each in self.payers)
        total = sum((payer.weight for payer in payers), ZERO)
        named = "、".join(f"{payer.name}{percent_of(payer.weight / total)}" for payer in payers)
        return Sharing(payers, f"按{named}分担。")


@dataclass(frozen=True, kw_only=True)
class BorrowerCap(Cap):
    """The most the fund ever pays for one borrower, in yuan, over all its loans."""

    title: ClassVar[str] = "单户累计上限"
    most: Decimal

    def limit(self, facts: LoanFacts) -> Measure:
        left = max(self.most - facts.compensated_to_borrower, ZERO)
        before = facts.compensated_to_borrower
        return Measure(
            left,
            f"单户累计上限{money(self.most)},此前已补偿{money(before)},尚可补偿{money(left)}。",
            {"上限": money(self.most), "已补偿": money(before), "尚可补偿": money(left)},
        )


def _fund_and_bank(rate: Decimal, sentence: str, **shown: str) -> Sharing:
    payers = (Payer("fund", "补偿资金", Side.FUND, rate), Payer("bank", "银行", Side.BANK, ONE - rate))
    return Sharing(payers, sentence, {"资金池比例": percent_of(rate), **shown})
