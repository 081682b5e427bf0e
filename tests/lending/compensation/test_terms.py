"""The further terms of entry, and the rules of what comes after payment: one case in, one out."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from lending.compensation.clauses.base import Stage
from lending.compensation.sharing import judge
from tests.lending.compensation.facts import facts, wan
from tests.lending.compensation.test_clauses import clause

LPR = [{"since": "2025-05-20", "rate": "0.03"}]
CASES: list[tuple[str, dict[str, Any], dict[str, Any], bool | None, str]] = [
    ("FirmRevenue", {"most": "500000000"}, {"revenue": wan("50000")}, True, "上限50,000万元"),
    ("FirmRevenue", {"most": "500000000"}, {"revenue": wan("50000.01")}, False, "上年营业收入"),
    ("FirmRevenue", {"most": "500000000"}, {}, None, "由银行核实后承诺"),
    ("FirmNotListed", {}, {"is_listed": False}, True, "不是上市公司"),
    ("FirmNotListed", {}, {"is_listed": True}, False, "不在支持范围内"),
    ("FirmNotListed", {}, {}, None, "由银行核实后承诺"),
    ("FirmOnList", {"lists": {"tech": "科技型中小企业"}}, {"marks": frozenset({"tech"})}, True, "列入科技型中小企业"),
    ("FirmOnList", {"lists": {"tech": "科技型中小企业"}}, {}, False, "未申报列入名单"),
    ("FirmRating", {"refused": ["5"]}, {"rating_class": "4"}, True, "评级为4类,符合"),
    ("FirmRating", {"refused": ["5"]}, {"rating_class": "5"}, False, "评级为5类,不符合"),
    ("FirmRating", {"refused": ["5"]}, {}, None, "没有评级"),
    ("IndustryAllowed", {"sections": ["C", "I"]}, {}, True, "在支持范围内"),
    ("IndustryAllowed", {"sections": ["I"]}, {}, False, "不在支持范围内"),
    ("IndustryAllowed", {"sections": ["I"]}, {"industry_section": ""}, None, "行业代码缺失"),
    ("BorrowerAmount", {"most": "10000000"}, {"borrower_outstanding": wan("900")}, True, "合计1,000万元"),
    ("BorrowerAmount", {"most": "10000000"}, {"borrower_outstanding": wan("900.01")}, False, "上限1,000万元"),
    ("LoanPurpose", {"allowed": {"working": "生产经营"}}, {"purpose": "working"}, True, "符合要求"),
    ("LoanPurpose", {"allowed": {"working": "生产经营"}}, {"purpose": "stocks"}, False, "不符合要求"),
    ("LoanPurpose", {"allowed": {"working": "生产经营"}}, {}, None, "没有登记用途"),
    ("CollateralKinds", {"kinds": ["credit"]}, {}, True, "担保方式为信用"),
    ("CollateralKinds", {"kinds": ["credit"]}, {"guarantee": "mortgage"}, False, "担保方式为抵押"),
    ("AllInPrice", {"benchmarks": LPR, "times": "1.3"}, {"annual_rate": Decimal("0.039")}, True, "年利率3.90%"),
    ("AllInPrice", {"benchmarks": LPR, "times": "1.3"}, {"all_in_rate": Decimal("0.0391")}, False, "综合融资成本3.91%"),
    ("AllInPrice", {"benchmarks": LPR}, {"drawn_on": dt.date(2025, 1, 1)}, False, "没有可用的基准利率"),
    ("BanksPerBorrower", {"most": 1}, {"other_banks_this_year": 0}, True, "最多1家"),
    ("BanksPerBorrower", {"most": 1}, {"other_banks_this_year": 1}, False, "另有1家"),
    ("BanksPerBorrower", {"most": 1}, {}, None, "没有其他银行"),
    ("BankAgreement", {}, {"has_agreement": True, "is_in_good_standing": True}, True, "资格正常"),
    ("BankAgreement", {}, {"has_agreement": True, "is_in_good_standing": False}, False, "暂停或取消"),
    ("BankAgreement", {}, {"has_agreement": False}, False, "未签订"),
    ("BankAgreement", {}, {}, None, "尚未在平台登记"),
    ("BankQuota", {}, {"quota_left": wan("100")}, True, "剩余额度100万元"),
    ("BankQuota", {}, {"quota_left": wan("99")}, False, "剩余额度99万元"),
    ("BankQuota", {}, {}, None, "尚未在平台登记"),
    ("MutualDepositPaid", {"least_share": "0.02"}, {"mutual_deposit": wan("2")}, True, "应缴2万元"),
    ("MutualDepositPaid", {"least_share": "0.02"}, {"mutual_deposit": wan("1.99")}, False, "应缴2万元"),
]
AFTER: list[tuple[str, dict[str, Any], dict[str, Any], bool, str]] = [
    ("WriteOff", {"after_months": 36}, {}, False, "尚未拨付"),
    ("WriteOff", {"after_months": 36}, {"paid_on": dt.date(2023, 11, 21)}, False, "2026-11-21起"),
    ("WriteOff", {"after_months": 36}, {"paid_on": dt.date(2023, 11, 20)}, True, "可以核销"),
    (
        "WriteOff",
        {"after_months": 36, "steps": ["terminated"]},
        {"paid_on": dt.date(2020, 1, 1), "legal_step": "judged"},
        False,
        "已裁定终结执行",
    ),
    ("RepurchaseOnCure", {"after_months": 6}, {"cured_months": 6}, True, "退回尚未追回的补偿款"),
    ("RepurchaseOnCure", {"after_months": 6}, {"cured_months": 5}, False, "连续正常还款5个月"),
]


@pytest.mark.parametrize(("name", "parameters", "change", "passed", "said"), CASES)
def test_a_term_is_judged_in_words(
    name: str, parameters: dict[str, Any], change: dict[str, Any], passed: bool | None, said: str
) -> None:
    [verdict] = judge([clause(name, **parameters)], facts(**change), stage=Stage.ENROLMENT)

    assert (verdict.passed, said in verdict.sentence) == (passed, True), verdict.sentence


@pytest.mark.parametrize(("name", "parameters", "change", "passed", "said"), AFTER)
def test_what_comes_after_payment_is_judged_in_words(
    name: str, parameters: dict[str, Any], change: dict[str, Any], passed: bool, said: str
) -> None:
    rule = clause(name, **parameters)

    [verdict] = judge([rule], facts(**change), stage=rule.stage)

    assert (verdict.passed, said in verdict.sentence) == (passed, True), verdict.sentence


def test_a_verdict_says_where_what_it_read_stands_written() -> None:
    written = facts(revenue=wan("1"), sources={"revenue": "record:17", "amount": "loan:3"})

    [verdict] = judge([clause("FirmRevenue", most="1")], written, stage=Stage.ENROLMENT)

    assert verdict.sources == {"revenue": "record:17"}
