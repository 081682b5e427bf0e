"""Which firms and which loans a scheme takes in: judged when a loan is enrolled (备案)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from lending.compensation.clauses.base import Condition, LoanFacts, Verdict, money, percent
from portal import regions
from portal.periods import add_working_days

KINDS = {"company": "企业", "sole_trader": "个体工商户", "cooperative": "农民专业合作社", "branch": "分支机构"}
SIZES = {
    "micro": "微型",
    "small": "小型",
    "medium": "中型",
    "large": "大型",
    "not_applicable": "不适用划型",
    "unknown": "规模未知",
}
GUARANTEES = {"credit": "信用", "guarantor": "保证担保", "mortgage": "抵押", "pledge": "质押"}


@dataclass(frozen=True, kw_only=True)
class FirmIsLiving(Condition):
    title: ClassVar[str] = "主体存续"

    def judge(self, facts: LoanFacts) -> Verdict:
        living = facts.firm_status == "living"
        return self.verdict(living, "登记状态为存续。" if living else "登记状态不是存续,不能备案。")


@dataclass(frozen=True, kw_only=True)
class FirmKind(Condition):
    title: ClassVar[str] = "主体类型"
    kinds: tuple[str, ...]

    def judge(self, facts: LoanFacts) -> Verdict:
        allowed = "、".join(KINDS[kind] for kind in self.kinds)
        kind = KINDS.get(facts.firm_kind, facts.firm_kind)
        return self.verdict(facts.firm_kind in self.kinds, f"主体类型为{kind};方案支持{allowed}。", 主体类型=kind)


@dataclass(frozen=True, kw_only=True)
class FirmRegion(Condition):
    title: ClassVar[str] = "登记地区"
    areas: tuple[str, ...]

    def judge(self, facts: LoanFacts) -> Verdict:
        here = bool(facts.areas & set(self.areas))
        allowed = "、".join(regions.name_of(code) for code in self.areas)
        return self.verdict(here, f"登记地{'在' if here else '不在'}{allowed}范围内。")


@dataclass(frozen=True, kw_only=True)
class FirmSize(Condition):
    """By the size standard; sole traders and cooperatives have no size of their own and are taken in as they are."""

    title: ClassVar[str] = "企业规模"
    sizes: tuple[str, ...]

    def judge(self, facts: LoanFacts) -> Verdict:
        if facts.firm_kind in {"sole_trader", "cooperative"}:
            return self.verdict(True, f"{KINDS[facts.firm_kind]}不作规模划分,直接适用。")
        size = SIZES.get(facts.size_class, facts.size_class)
        if facts.size_class == "unknown":
            return self.verdict(None, "划型信息不足,由银行核实后承诺。", 规模=size)
        allowed = "、".join(SIZES[code] for code in self.sizes)
        return self.verdict(facts.size_class in self.sizes, f"规模为{size};方案支持{allowed}。", 规模=size)


@dataclass(frozen=True, kw_only=True)
class FirmIndustry(Condition):
    title: ClassVar[str] = "行业排除"
    excluded_sections: tuple[str, ...]

    def judge(self, facts: LoanFacts) -> Verdict:
        if not facts.industry_section:
            return self.verdict(None, "行业代码缺失,由银行核实后承诺。")
        excluded = facts.industry_section in self.excluded_sections
        said = "属于方案排除的行业。" if excluded else "不属于方案排除的行业。"
        return self.verdict(not excluded, f"行业门类{facts.industry_section},{said}", 行业门类=facts.industry_section)


@dataclass(frozen=True, kw_only=True)
class NoDishonesty(Condition):
    """失信被执行人. Only the conclusion is shown, never the record."""

    title: ClassVar[str] = "无失信记录"

    def judge(self, facts: LoanFacts) -> Verdict:
        if facts.dishonest_records is None:
            return self.verdict(None, "数据中心尚无该主体的失信信息,由银行核实后承诺。")
        clean = facts.dishonest_records == 0
        return self.verdict(clean, "无有效失信被执行人记录。" if clean else "存在有效失信被执行人记录,不能备案。")


@dataclass(frozen=True, kw_only=True)
class MatchedHere(Condition):
    title: ClassVar[str] = "平台撮合"

    def judge(self, facts: LoanFacts) -> Verdict:
        said = "贷款由本平台需求、申请、授信形成。" if facts.is_matched else "贷款不是经本平台撮合形成,不能备案。"
        return self.verdict(facts.is_matched, said)


@dataclass(frozen=True, kw_only=True)
class LoanAmount(Condition):
    """The most one loan may be, in yuan: by kind for sole traders and cooperatives, by size class otherwise."""

    title: ClassVar[str] = "单笔金额上限"
    limits: dict[str, Decimal]

    def judge(self, facts: LoanFacts) -> Verdict:
        by_kind = facts.firm_kind in self.limits
        name = KINDS[facts.firm_kind] if by_kind else SIZES.get(facts.size_class, facts.size_class)
        limit = self.limits.get(facts.firm_kind if by_kind else facts.size_class)
        if limit is None:
            return self.verdict(False, f"方案没有为{name}规定金额上限,不能备案。", 放款金额=money(facts.amount))
        return self.verdict(
            facts.amount <= limit,
            f"放款金额{money(facts.amount)},{name}单笔上限{money(limit)}。",
            放款金额=money(facts.amount),
            上限=money(limit),
        )


@dataclass(frozen=True, kw_only=True)
class LoanTerm(Condition):
    title: ClassVar[str] = "贷款期限"
    most_months: int

    def judge(self, facts: LoanFacts) -> Verdict:
        return self.verdict(
            facts.term_months <= self.most_months,
            f"期限{facts.term_months}个月,上限{self.most_months}个月。",
            期限=f"{facts.term_months}个月",
            上限=f"{self.most_months}个月",
        )


@dataclass(frozen=True)
class Benchmark:
    """A published rate (LPR) and the day from which it holds."""

    since: date
    rate: Decimal


@dataclass(frozen=True, kw_only=True)
class LoanRate(Condition):
    """The rate may exceed the benchmark of the drawdown day by ``spread`` at most."""

    title: ClassVar[str] = "利率上限"
    benchmarks: tuple[Benchmark, ...]
    spread: Decimal

    def judge(self, facts: LoanFacts) -> Verdict:
        known = [benchmark for benchmark in self.benchmarks if benchmark.since <= facts.drawn_on]
        if not known:
            return self.verdict(False, "放款日没有可用的基准利率,不能备案。", 年利率=percent(facts.annual_rate))
        benchmark = max(known, key=lambda each: each.since)
        ceiling = benchmark.rate + self.spread
        return self.verdict(
            facts.annual_rate <= ceiling,
            f"年利率{percent(facts.annual_rate)},上限{percent(ceiling)}(LPR {percent(benchmark.rate)}加"
            f"{self.spread * 10_000:.0f}个基点)。",
            年利率=percent(facts.annual_rate),
            上限=percent(ceiling),
        )


@dataclass(frozen=True, kw_only=True)
class MainlyOnCredit(Condition):
    """信用贷款 or mainly so: what is mortgaged or pledged covers at most a part of the loan."""

    title: ClassVar[str] = "信用方式"
    most_collateral_share: Decimal

    def judge(self, facts: LoanFacts) -> Verdict:
        way = GUARANTEES.get(facts.guarantee, facts.guarantee)
        if facts.guarantee in {"credit", "guarantor"}:
            return self.verdict(True, f"担保方式为{way},无抵押质押。", 担保方式=way)
        if facts.collateral_share is None:
            said = f"担保方式为{way},请填写抵押质押物对贷款本金的覆盖比例。"
            return self.verdict(False, said, 担保方式=way)
        return self.verdict(
            facts.collateral_share <= self.most_collateral_share,
            f"担保方式为{way},覆盖比例{percent(facts.collateral_share)},上限{percent(self.most_collateral_share)}。",
            担保方式=way,
            覆盖比例=percent(facts.collateral_share),
        )


@dataclass(frozen=True, kw_only=True)
class EnrolledInTime(Condition):
    title: ClassVar[str] = "备案时限"
    within_working_days: int

    def judge(self, facts: LoanFacts) -> Verdict:
        last = add_working_days(facts.drawn_on, self.within_working_days)
        return self.verdict(
            facts.as_of <= last,
            f"{facts.drawn_on:%Y-%m-%d}放款,应在{last:%Y-%m-%d}前(放款后{self.within_working_days}个工作日内)备案。",
            放款日期=f"{facts.drawn_on:%Y-%m-%d}",
            最后日期=f"{last:%Y-%m-%d}",
        )


@dataclass(frozen=True, kw_only=True)
class Leverage(Condition):
    """The loans enrolled lie between ``least`` and ``most`` times what was paid into the fund; above, nothing enters."""

    title: ClassVar[str] = "放大倍数"
    least: Decimal
    most: Decimal

    def room(self, deposited: Decimal) -> tuple[Decimal, Decimal]:
        return deposited * self.least, deposited * self.most

    def judge(self, facts: LoanFacts) -> Verdict:
        _low, high = self.room(facts.deposited)
        total = facts.enrolled_amount + facts.amount
        return self.verdict(
            total <= high,
            f"备案贷款合计{money(total)}(含本笔),资金池{money(facts.deposited)}按{self.most:f}倍可支持{money(high)}。",
            备案合计=money(total),
            可支持=money(high),
        )
