"""Further terms of entry: revenue and standing of the firm, price and purpose of the loan, agreement and quota of the bank."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from lending.compensation.clauses.base import Condition, LoanFacts, Verdict, money, percent
from lending.compensation.clauses.eligibility import GUARANTEES, Benchmark

ANSWERED_FOR = "由银行核实后承诺。"


@dataclass(frozen=True, kw_only=True)
class FirmRevenue(Condition):
    title: ClassVar[str] = "营业收入上限"
    reads: ClassVar[tuple[str, ...]] = ("revenue",)
    most: Decimal

    def judge(self, facts: LoanFacts) -> Verdict:
        if facts.revenue is None:
            return self.verdict(None, f"没有营业收入数据,{ANSWERED_FOR}")
        said = f"上年营业收入{money(facts.revenue)},上限{money(self.most)}。"
        return self.verdict(facts.revenue <= self.most, said, 营业收入=money(facts.revenue))


@dataclass(frozen=True, kw_only=True)
class FirmNotListed(Condition):
    title: ClassVar[str] = "非上市公司"
    reads: ClassVar[tuple[str, ...]] = ("is_listed",)

    def judge(self, facts: LoanFacts) -> Verdict:
        if facts.is_listed is None:
            return self.verdict(None, f"没有上市信息,{ANSWERED_FOR}")
        said = "上市公司不在支持范围内。" if facts.is_listed else "不是上市公司。"
        return self.verdict(not facts.is_listed, said)


@dataclass(frozen=True, kw_only=True)
class FirmOnList(Condition):
    """On one of the lists, by the mark the bank declares: 科技型中小企业, 专精特新, …"""

    title: ClassVar[str] = "名单要求"
    reads: ClassVar[tuple[str, ...]] = ("marks",)
    lists: dict[str, str]

    def judge(self, facts: LoanFacts) -> Verdict:
        found = [name for mark, name in self.lists.items() if mark in facts.marks]
        wanted = "、".join(self.lists.values())
        said = f"列入{'、'.join(found)}。" if found else f"未申报列入名单,须为以下之一:{wanted}。"
        return self.verdict(bool(found), said)


@dataclass(frozen=True, kw_only=True)
class FirmRating(Condition):
    """Classes of the scheme's own rating that are refused (Fondo PMI: class 5)."""

    title: ClassVar[str] = "评级要求"
    reads: ClassVar[tuple[str, ...]] = ("rating_class",)
    refused: tuple[str, ...]

    def judge(self, facts: LoanFacts) -> Verdict:
        if not facts.rating_class:
            return self.verdict(None, f"没有评级,{ANSWERED_FOR}")
        passed = facts.rating_class not in self.refused
        return self.verdict(passed, f"评级为{facts.rating_class}类,{'符合' if passed else '不符合'}要求。")


@dataclass(frozen=True, kw_only=True)
class IndustryAllowed(Condition):
    """Only firms of these sections enter."""

    title: ClassVar[str] = "行业范围"
    reads: ClassVar[tuple[str, ...]] = ("industry_section",)
    sections: tuple[str, ...]

    def judge(self, facts: LoanFacts) -> Verdict:
        if not facts.industry_section:
            return self.verdict(None, f"行业代码缺失,{ANSWERED_FOR}")
        passed = facts.industry_section in self.sections
        return self.verdict(passed, f"行业门类{facts.industry_section},{'在' if passed else '不在'}支持范围内。")


@dataclass(frozen=True, kw_only=True)
class BorrowerAmount(Condition):
    """All loans of one borrower under the scheme, this one included, in yuan."""

    title: ClassVar[str] = "单户贷款上限"
    reads: ClassVar[tuple[str, ...]] = ("borrower_outstanding", "amount")
    most: Decimal

    def judge(self, facts: LoanFacts) -> Verdict:
        total = facts.borrower_outstanding + facts.amount
        said = f"该企业备案贷款合计{money(total)}(含本笔),上限{money(self.most)}。"
        return self.verdict(total <= self.most, said, 合计=money(total), 上限=money(self.most))


@dataclass(frozen=True, kw_only=True)
class LoanPurpose(Condition):
    title: ClassVar[str] = "贷款用途"
    reads: ClassVar[tuple[str, ...]] = ("purpose",)
    allowed: dict[str, str]

    def judge(self, facts: LoanFacts) -> Verdict:
        if not facts.purpose:
            return self.verdict(None, f"没有登记用途,{ANSWERED_FOR}")
        wanted = "、".join(self.allowed.values())
        passed = facts.purpose in self.allowed
        return self.verdict(passed, f"用途{'符合' if passed else '不符合'}要求:{wanted}。")


@dataclass(frozen=True, kw_only=True)
class CollateralKinds(Condition):
    title: ClassVar[str] = "担保方式"
    reads: ClassVar[tuple[str, ...]] = ("guarantee",)
    kinds: tuple[str, ...]

    def judge(self, facts: LoanFacts) -> Verdict:
        way = GUARANTEES.get(facts.guarantee, facts.guarantee)
        allowed = "、".join(GUARANTEES.get(kind, kind) for kind in self.kinds)
        return self.verdict(facts.guarantee in self.kinds, f"担保方式为{way};方案支持{allowed}。", 担保方式=way)


@dataclass(frozen=True, kw_only=True)
class AllInPrice(Condition):
    """Interest, fees and premiums together: at most the benchmark of the drawdown day times ``times`` plus ``plus``."""

    title: ClassVar[str] = "综合融资成本"
    reads: ClassVar[tuple[str, ...]] = ("all_in_rate", "annual_rate", "drawn_on")
    benchmarks: tuple[Benchmark, ...]
    times: Decimal = Decimal(1)
    plus: Decimal = Decimal(0)

    def judge(self, facts: LoanFacts) -> Verdict:
        known = [each for each in self.benchmarks if each.since <= facts.drawn_on]
        if not known:
            return self.verdict(False, f"放款日{facts.drawn_on:%Y-%m-%d}没有可用的基准利率。")
        base = max(known, key=lambda each: each.since).rate
        most = base * self.times + self.plus
        price = facts.annual_rate if facts.all_in_rate is None else facts.all_in_rate
        named = "年利率" if facts.all_in_rate is None else "综合融资成本"
        said = f"{named}{percent(price)},上限{percent(most)}(基准{percent(base)}的{self.times:f}倍加{percent(self.plus)})。"
        return self.verdict(price <= most, said, 上限=percent(most))


@dataclass(frozen=True, kw_only=True)
class BanksPerBorrower(Condition):
    """How many banks may enrol loans of one borrower in a year."""

    title: ClassVar[str] = "合作银行家数"
    reads: ClassVar[tuple[str, ...]] = ("other_banks_this_year",)
    most: int

    def judge(self, facts: LoanFacts) -> Verdict:
        others = facts.other_banks_this_year
        if others is None:
            return self.verdict(None, f"没有其他银行的备案信息,{ANSWERED_FOR}")
        said = f"本年另有{others}家银行为该企业备案,同一企业最多{self.most}家。"
        return self.verdict(others + 1 <= self.most, said)


@dataclass(frozen=True, kw_only=True)
class BankAgreement(Condition):
    """The bank has signed the scheme's agreement and stands well under it."""

    title: ClassVar[str] = "合作协议"
    reads: ClassVar[tuple[str, ...]] = ("has_agreement", "is_in_good_standing")

    def judge(self, facts: LoanFacts) -> Verdict:
        if facts.has_agreement is None:
            return self.verdict(None, "合作协议尚未在平台登记,由主管部门核实。")
        if not facts.has_agreement:
            return self.verdict(False, "银行未签订本方案的合作协议,不能备案。")
        if facts.is_in_good_standing is False:
            return self.verdict(False, "银行的合作资格已被暂停或取消,不能备案。")
        return self.verdict(True, "银行已签订合作协议,资格正常。")


@dataclass(frozen=True, kw_only=True)
class BankQuota(Condition):
    title: ClassVar[str] = "合作额度"
    reads: ClassVar[tuple[str, ...]] = ("quota_left", "amount")

    def judge(self, facts: LoanFacts) -> Verdict:
        if facts.quota_left is None:
            return self.verdict(None, "合作额度尚未在平台登记,由主管部门核实。")
        said = f"本行剩余额度{money(facts.quota_left)},本笔{money(facts.amount)}。"
        return self.verdict(facts.amount <= facts.quota_left, said, 剩余额度=money(facts.quota_left))


@dataclass(frozen=True, kw_only=True)
class MutualDepositPaid(Condition):
    """Before the loan the firm paid a deposit of this part of it into the common purse (互助担保金)."""

    title: ClassVar[str] = "互助担保金"
    reads: ClassVar[tuple[str, ...]] = ("mutual_deposit", "amount")
    least_share: Decimal

    def judge(self, facts: LoanFacts) -> Verdict:
        asked = facts.amount * self.least_share
        said = f"已缴互助担保金{money(facts.mutual_deposit)},应缴{money(asked)}。"
        return self.verdict(facts.mutual_deposit >= asked, said)
