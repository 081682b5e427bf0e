"""How much is paid at most: for one loan, one borrower, a bank's year, a fund's year, by fees and recoveries."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from lending.compensation.clauses.base import Cap, Measure, money
from lending.compensation.clauses.base import percent as percent_of
from lending.compensation.clauses.facts import EMPTY_POOL, LoanFacts, PoolFacts, Scope, Window
from portal.money import ZERO, part


@dataclass(frozen=True, kw_only=True)
class BorrowerCap(Cap):
    """The most the fund ever pays for one borrower, in yuan, over all its loans."""

    title: ClassVar[str] = "单户累计上限"
    reads: ClassVar[tuple[str, ...]] = ("compensated_to_borrower",)
    most: Decimal

    def limit(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Measure:
        left = max(self.most - facts.compensated_to_borrower, ZERO)
        before = facts.compensated_to_borrower
        return Measure(
            left,
            f"单户累计上限{money(self.most)},此前已补偿{money(before)},尚可补偿{money(left)}。",
            {"上限": money(self.most), "已补偿": money(before), "尚可补偿": money(left)},
        )


@dataclass(frozen=True, kw_only=True)
class LoanCap(Cap):
    """The most that is paid for one loan, in yuan."""

    title: ClassVar[str] = "单笔补偿上限"
    reads: ClassVar[tuple[str, ...]] = ("compensated_for_loan",)
    most: Decimal

    def limit(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Measure:
        before = facts.compensated_for_loan
        left = max(self.most - before, ZERO)
        said = f"单笔补偿上限{money(self.most)},此前已补偿{money(before)}。"
        return Measure(left, said, {"上限": money(self.most), "已补偿": money(before)})


@dataclass(frozen=True, kw_only=True)
class PublicMoneyCap(Cap):
    """All public money for one loss together, other schemes included, is at most this part of it."""

    title: ClassVar[str] = "财政资金合计上限"
    reads: ClassVar[tuple[str, ...]] = ("other_public_amount",)
    most_share: Decimal

    def limit(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Measure:
        whole, others = part(loss, self.most_share), facts.other_public_amount
        left = max(whole - others, ZERO)
        said = (
            f"各级财政资金合计不超过损失的{percent_of(self.most_share)}即{money(whole)},其他渠道已补偿{money(others)}。"
        )
        return Measure(left, said, {"合计上限": money(whole), "其他渠道": money(others)})


class Basis(StrEnum):
    """Of what a pool cap is a multiple."""

    NONE = ""
    REGISTERED = "registered"
    FEES = "fees"
    FEES_AND_RECOVERIES = "fees_and_recoveries"
    OPENING = "opening"
    BUDGET = "budget"
    DEPOSITED = "deposited"


BASES = {
    Basis.REGISTERED: "备案贷款本金",
    Basis.FEES: "保费收入",
    Basis.FEES_AND_RECOVERIES: "保费与追偿收入",
    Basis.OPENING: "资金池年初余额",
    Basis.BUDGET: "年度预算",
    Basis.DEPOSITED: "资金池累计注资",
}
SCOPES = {Scope.BANK: "本行", Scope.PRODUCT: "本产品", Scope.GUARANTOR: "本担保机构", Scope.FUND: "资金池"}
WINDOWS = {Window.YEAR: "本年", Window.LAST_YEAR: "上年", Window.FIVE_YEARS: "近五年", Window.ALL: "累计"}


@dataclass(frozen=True, kw_only=True)
class PoolCap(Cap):
    """What a scope is paid in a window is at most ``most`` yuan and at most ``times`` the basis: whichever is given, the lower.

    A rate of the registered principal is a multiple below one (Pingshan: 0.025); fees and recoveries may be those of another
    window than the payments (CGTMSE: twice those of the year before).
    """

    title: ClassVar[str] = "资金池支出上限"
    scope: Scope
    window: Window
    most: Decimal | None = None
    basis: Basis = Basis.NONE
    times: Decimal | None = None
    basis_window: Window | None = None

    def __post_init__(self) -> None:
        if (self.basis == Basis.NONE) != (self.times is None):
            raise ValueError("a basis and its multiple come together")
        if self.most is None and self.times is None:
            raise ValueError("a cap without an amount")

    def needs(self) -> frozenset[tuple[Scope, Window]]:
        return frozenset({(self.scope, self.window), (self.scope, self.basis_window or self.window)})

    def limit(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Measure:
        named = f"{SCOPES[self.scope]}{WINDOWS[self.window]}"
        limits, said = [], []
        if self.most is not None:
            limits.append(self.most)
            said.append(f"{named}补偿不超过{money(self.most)}")
        if self.times is not None:
            base = self._base(pool)
            limits.append(part(base, self.times))
            rate = percent_of(self.times) if self.times < 1 else f"{self.times.normalize():f}倍"
            when = WINDOWS[self.basis_window] if self.basis_window else ""
            said.append(f"{named}补偿不超过{when}{BASES[self.basis]}{money(base)}的{rate}即{money(limits[-1])}")
        before = pool.tally(self.scope, self.window).paid_by(self.covers)
        left = max(min(limits) - before, ZERO)
        shown = {"上限": money(min(limits)), "已补偿": money(before), "尚可补偿": money(left)}
        return Measure(left, f"{';'.join(said)},已补偿{money(before)},尚可补偿{money(left)}。", shown)

    def _base(self, pool: PoolFacts) -> Decimal:
        tally = pool.tally(self.scope, self.basis_window or self.window)
        return {
            Basis.REGISTERED: tally.registered,
            Basis.FEES: tally.fees,
            Basis.FEES_AND_RECOVERIES: tally.fees + tally.recovered,
            Basis.OPENING: pool.opening,
            Basis.BUDGET: pool.budget,
            Basis.DEPOSITED: pool.deposited,
        }[self.basis]
