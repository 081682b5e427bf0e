"""Criteria (准入条件) of a product: declared once, explained for one firm in plain words, and run over all firms in SQL.

A criterion is data, ``{"kind": "min_years", "value": 2}``; what a kind means stands here once. Facts are the plain columns of a
firm: registry, features and grade. A fact that is not known (None) is never taken for a no: the verdict is then open, and the
SQL is NULL likewise. A property test holds the two runs equal.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from institutions.products.rules import (
    KINDS,
    SIZES,
    TAX_GRADES,
    Among,
    AnyCertificate,
    Bound,
    Condition,
    CriteriaError,
    Criterion,
    Facts,
    GradeAtLeast,
    InIndustry,
    InOperation,
    InRegion,
    NoneOpen,
)
from portal import money

Number = Decimal | int

UNKNOWN = "信息不足，授权后可判断"


@dataclass(frozen=True)
class Verdict:
    """One criterion held against one firm. ``is_met`` is None where the firm's standing is not known."""

    kind: str
    is_met: bool | None
    sentence: str
    shortfall: str = ""
    requirement: str = ""


_HUNDRED_BILLION, _ONE = Decimal(10) ** 11, Decimal(1)

CRITERIA: dict[str, Criterion] = {
    "region": InRegion(),
    "industry": InIndustry("支持行业"),
    "industry_excluded": InIndustry("排除行业", is_excluded=True),
    "enterprise_kind": Among("主体类型", "kind", KINDS),
    "size_class": Among("企业规模", "size_class", SIZES, blank="unknown"),
    "min_years": InOperation(),
    "min_grade": GradeAtLeast(),
    "tax_grade": Among("纳税信用级别", "tax_grade", TAX_GRADES),
    "no_dishonesty": NoneOpen("失信被执行人", "dishonest_open"),
    "no_serious_list": NoneOpen("严重失信主体名单", "serious_list_open"),
    "no_abnormal": NoneOpen("经营异常名录", "abnormal_open"),
    "no_bankruptcy": NoneOpen("破产清算", "bankruptcy_open"),
    "min_sales": Bound("近12个月申报销售额", "sales_12m_amount", "万元", money.WAN, _HUNDRED_BILLION),
    "min_tax_paid": Bound("近12个月纳税额", "tax_paid_12m_amount", "万元", money.WAN, _HUNDRED_BILLION),
    "min_insured_staff": Bound("参保人数", "insured_staff", "人", _ONE, Decimal(1_000_000)),
    "max_liabilities_ratio": Bound("资产负债率", "liabilities_ratio", "%", Decimal("0.01"), Decimal(5), is_floor=False),
    "certificate": AnyCertificate(),
}


def clean_criteria(raw: object) -> list[dict[str, object]]:
    """``raw`` as sound criteria, each kind once, in the order of :data:`CRITERIA`. Raises CriteriaError."""
    if not isinstance(raw, list):
        raise CriteriaError("准入条件应为列表。")
    found: dict[str, object] = {}
    for entry in raw:
        if not isinstance(entry, dict) or set(entry) != {"kind", "value"} or entry["kind"] not in CRITERIA:
            raise CriteriaError("含有无法识别的准入条件。")
        if entry["kind"] in found:
            raise CriteriaError(f"{CRITERIA[entry['kind']].label}：同一条件只能出现一次。")
        found[entry["kind"]] = CRITERIA[entry["kind"]].clean(entry["value"])
    return [{"kind": kind, "value": found[kind]} for kind in CRITERIA if kind in found]


def requirements(criteria: Sequence[Mapping[str, object]]) -> list[tuple[str, str]]:
    """Criteria in words: label and sentence of each."""
    rules = [(CRITERIA[str(entry["kind"])], entry["value"]) for entry in criteria]
    return [(rule.label, rule.requirement(value)) for rule, value in rules]


def judge(criteria: Sequence[Mapping[str, object]], facts: Facts, *, today: date) -> list[Verdict]:
    """Every criterion held against one firm's ``facts``, in the order given."""
    return [_verdict(str(entry["kind"]), entry["value"], facts, today) for entry in criteria]


def _verdict(kind: str, value: object, facts: Facts, today: date) -> Verdict:
    rule = CRITERIA[kind]
    asked, is_met = rule.requirement(value), rule.is_met(value, facts, today)
    if is_met is None:
        return Verdict(kind, None, f"要求{asked}；{UNKNOWN}", requirement=asked)
    shortfall = "" if is_met else rule.shortfall(value, facts, today)
    return Verdict(kind, is_met, f"要求{asked}；本企业{rule.standing(facts, today)}", shortfall, asked)


def compile_sql(criteria: Sequence[Mapping[str, object]], *, today: date) -> Condition:
    """The same criteria as one SQL condition over a relation ``facts`` (TRUE, FALSE, or NULL where a fact is not known)."""
    parts, params = ["TRUE"], list[object]()
    for entry in criteria:
        condition, values = CRITERIA[str(entry["kind"])].sql(entry["value"], today)
        parts.append(f"({condition})")
        params.extend(values)
    return " AND ".join(parts), params


# Terms: what the product offers, held against what the firm wants.


class Offer(Protocol):
    """What a product version says of amount, term, rate and guarantee."""

    @property
    def min_amount(self) -> Decimal: ...
    @property
    def max_amount(self) -> Decimal: ...
    @property
    def min_term_months(self) -> int: ...
    @property
    def max_term_months(self) -> int: ...
    @property
    def min_rate(self) -> Decimal: ...
    @property
    def guarantees(self) -> list[str]: ...


GUARANTEES = {"credit": "信用", "guarantor": "保证担保", "mortgage": "抵押", "pledge": "质押"}


def judge_terms(
    terms: Offer, *, amount: Decimal, term_months: int, highest_rate: Decimal | None, guarantees: Collection[str]
) -> list[Verdict]:
    """Amount, term, rate (where the firm named a highest) and guarantee of ``terms`` against what is wanted."""
    verdicts = [
        _within("amount", "额度", amount, (terms.min_amount, terms.max_amount), _wan),
        _within("term", "期限", term_months, (terms.min_term_months, terms.max_term_months), _months),
    ]
    if highest_rate is not None:
        is_met = terms.min_rate <= highest_rate
        asked = f"年利率最低{_percent(terms.min_rate)}"
        shortfall = "" if is_met else f"高出{_percent(terms.min_rate - highest_rate)}"
        verdicts.append(Verdict("rate", is_met, f"{asked}；可接受最高{_percent(highest_rate)}", shortfall, asked))
    offered = "、".join(GUARANTEES.get(code, code) for code in terms.guarantees)
    ready = "、".join(GUARANTEES.get(code, code) for code in guarantees) or "无"
    asked = f"担保方式为{offered}"
    is_met = bool(set(terms.guarantees) & set(guarantees))
    shortfall = "" if is_met else f"需能提供{offered}之一"
    return [*verdicts, Verdict("guarantee", is_met, f"{asked}；可提供{ready}", shortfall, asked)]


def _within(
    kind: str, label: str, wanted: Number, limits: tuple[Number, Number], say: Callable[[Number], str]
) -> Verdict:
    low, high = limits
    asked = f"{label}{say(low)}至{say(high)}"
    shortfall = (
        f"低于下限{say(low - wanted)}" if wanted < low else f"超出上限{say(wanted - high)}" if wanted > high else ""
    )
    return Verdict(kind, low <= wanted <= high, f"{asked}；需要{say(wanted)}", shortfall, asked)


def _wan(value: Number) -> str:
    return f"{Decimal(value) / money.WAN:,.6f}".rstrip("0").rstrip(".") + "万元"


def _months(value: Number) -> str:
    return f"{value}个月"


def _percent(value: Number) -> str:
    return f"{Decimal(value) * 100:.4f}".rstrip("0").rstrip(".") + "%"
