import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from lending.compensation.actions.funds import FACTS
from lending.compensation.clauses import CLAUSES, ClauseError, Condition, Stage, read
from lending.compensation.clauses.claims import ClaimWindow, FundRoom
from lending.compensation.clauses.eligibility import Leverage
from lending.compensation.clauses.recoveries import RecoveryByPaidRatio
from lending.compensation.sharing import gaps, judge
from tests.lending.compensation.facts import facts, wan

SCHEMES = {row["code"]: row for row in json.loads(FACTS.read_text(encoding="utf-8"))["schemes"]}
DEMO = read(SCHEMES["NX-DEMO"]["clauses"])


def clause(name: str, **parameters: Any) -> Any:
    [made] = read([{"clause": name, "number": "第一条", "text": "条文", "parameters": parameters}])
    return made


def condition(name: str) -> Condition:
    [found] = [each for each in DEMO if type(each).__name__ == name]
    assert isinstance(found, Condition)
    return found


@pytest.mark.parametrize("code", sorted(SCHEMES))
def test_every_built_in_scheme_can_be_read_and_lacks_nothing(code: str) -> None:
    assert gaps(read(SCHEMES[code]["clauses"])) == []


@pytest.mark.parametrize("code", sorted(SCHEMES))
def test_every_built_in_scheme_says_that_it_is_a_demonstration(code: str) -> None:
    assert "演示参数" in SCHEMES[code]["name"]
    assert SCHEMES[code]["legal_basis"].startswith("演示参数")


def test_a_sound_loan_meets_every_condition_of_enrolment() -> None:
    verdicts = judge(DEMO, facts(), stage=Stage.ENROLMENT)

    assert [(verdict.clause, verdict.passed) for verdict in verdicts if not verdict.passed] == []
    assert len(verdicts) == 12


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("FirmIsLiving", {"firm_status": "revoked"}, "登记状态不是存续"),
        ("FirmKind", {"firm_kind": "branch"}, "主体类型为分支机构"),
        ("FirmRegion", {"areas": frozenset({"620000"})}, "不在宁夏回族自治区"),
        ("FirmSize", {"size_class": "large"}, "规模为大型"),
        ("FirmIndustry", {"industry_section": "K"}, "属于方案排除的行业"),
        ("NoDishonesty", {"dishonest_records": 1}, "存在有效失信"),
        ("MatchedHere", {"is_matched": False}, "不是经本平台撮合"),
        ("LoanAmount", {"amount": wan("500.01")}, "放款金额500.01万元,小型单笔上限500万元"),
        ("LoanAmount", {"firm_kind": "sole_trader", "amount": wan("101")}, "个体工商户单笔上限100万元"),
        ("LoanAmount", {"size_class": "large"}, "没有为大型规定金额上限"),
        ("LoanTerm", {"term_months": 37}, "期限37个月,上限36个月"),
        ("LoanRate", {"annual_rate": Decimal("0.045001")}, "上限4.50%(LPR 3.00%加150个基点)"),
        ("LoanRate", {"drawn_on": dt.date(2023, 8, 20)}, "没有可用的基准利率"),
        ("MainlyOnCredit", {"guarantee": "mortgage"}, "请填写抵押质押物"),
        ("MainlyOnCredit", {"guarantee": "pledge", "collateral_share": Decimal("0.300001")}, "上限30.00%"),
        ("EnrolledInTime", {"drawn_on": dt.date(2026, 10, 29)}, "应在2026-11-19前"),
        ("LegalStepTaken", {"legal_step": ""}, "尚未启动司法程序"),
        ("ClaimWindow", {"overdue_since": None}, "贷款没有逾期"),
        ("FundRoom", {"asked": wan("1000.01")}, "资金池可用余额不足:可用1,000万元,本次需1,000.01万元"),
    ],
)
def test_a_loan_that_misses_a_clause_is_told_why(name: str, change: dict[str, Any], said: str) -> None:
    verdict = condition(name).judge(facts(**change))

    assert verdict.passed is False
    assert said in verdict.sentence


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("LoanAmount", {"amount": wan("500")}),
        ("LoanAmount", {"firm_kind": "cooperative", "amount": wan("100")}),
        ("LoanTerm", {"term_months": 36}),
        ("LoanRate", {"annual_rate": Decimal("0.045000")}),
        ("LoanRate", {"annual_rate": Decimal("0.048500"), "drawn_on": dt.date(2024, 10, 20)}),
        ("MainlyOnCredit", {"guarantee": "guarantor"}),
        ("MainlyOnCredit", {"guarantee": "mortgage", "collateral_share": Decimal("0.300000")}),
        ("EnrolledInTime", {"drawn_on": dt.date(2026, 10, 30)}),
        ("FirmSize", {"firm_kind": "sole_trader", "size_class": "not_applicable"}),
        ("LegalStepTaken", {"legal_step": "sued"}),
        ("FundRoom", {"asked": wan("1000")}),
    ],
)
def test_a_loan_on_the_limit_of_a_clause_meets_it(name: str, change: dict[str, Any]) -> None:
    assert condition(name).judge(facts(**change)).passed is True


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("NoDishonesty", {"dishonest_records": None}),
        ("FirmSize", {"size_class": "unknown"}),
        ("FirmIndustry", {"industry_section": ""}),
    ],
)
def test_what_nobody_knows_is_neither_met_nor_missed(name: str, change: dict[str, Any]) -> None:
    verdict = condition(name).judge(facts(**change))

    assert verdict.passed is None
    assert "由银行核实后承诺" in verdict.sentence


@pytest.mark.parametrize(
    ("day", "passed", "said"),
    [
        ("2026-11-20", False, "最早可于2026-11-21申报"),
        ("2026-11-21", True, "在申报期间内"),
        ("2027-11-20", True, "在申报期间内(2026-11-21至2027-11-20)"),
        ("2027-11-21", False, "最后申报日为2027-11-20"),
    ],
)
def test_a_claim_opens_after_ninety_days_and_closes_after_twelve_months(day: str, passed: bool, said: str) -> None:
    overdue_since = dt.date(2026, 8, 22)  # 90 days are full on 20 November 2026

    verdict = condition("ClaimWindow").judge(facts(as_of=dt.date.fromisoformat(day), overdue_since=overdue_since))

    assert (verdict.passed, said in verdict.sentence) == (passed, True)


def test_fund_room_warns_before_it_stops() -> None:
    room = FundRoom(number="第十三条", text="条文", warns_at=Decimal("0.7"))

    quiet, warned = (room.judge(facts(asked=wan(amount))).sentence for amount in ("699", "700"))

    assert "预警线" not in quiet
    assert "审定后使用率70.00%,已达到70.00%预警线" in warned


def test_an_empty_fund_has_no_room() -> None:
    room = FundRoom(number="第十三条", text="条文", warns_at=Decimal("0.7"))

    assert room.judge(facts(asked=wan("1"), available=Decimal(0), authorised=Decimal(0))).passed is False


def test_a_remittance_is_due_thirty_working_days_after_the_recovery() -> None:
    rule = RecoveryByPaidRatio(number="第十六条", text="条文", remit_within_working_days=30)

    assert rule.remit_by(dt.date(2026, 11, 20)) == dt.date(2027, 1, 4)


@pytest.mark.parametrize(("enrolled", "passed"), [("5900", True), ("5900.01", False)])
def test_leverage_stops_what_exceeds_the_most(enrolled: str, passed: bool) -> None:
    rule = Leverage(number="第七条", text="条文", least=Decimal(5), most=Decimal(10))

    verdict = rule.judge(facts(deposited=wan("600"), enrolled_amount=wan(enrolled), amount=wan("100")))

    assert verdict.passed is passed


def test_a_clause_holds_only_in_its_time() -> None:
    row = {
        "clause": "LoanTerm",
        "number": "第五条",
        "text": "条文",
        "parameters": {"most_months": 36},
        "in_force_from": "2026-01-01",
        "in_force_until": "2026-12-31",
    }

    held = [
        bool(read([row], day=dt.date.fromisoformat(day)))
        for day in ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01")
    ]

    assert held == [False, True, True, False]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"clause": "Nonsense"}, "no such clause"),
        ({"clause": "LoanTerm", "parameters": {}}, "lacks"),
        ({"clause": "LoanTerm", "parameters": {"most_months": 36, "least": 1}}, "has no parameter"),
        ({"clause": "LoanTerm", "parameters": {"most_months": "36"}}, "most_months cannot be"),
        ({"clause": "BorrowerCap", "parameters": {"most": 0.5}}, "most cannot be"),
        ({"clause": "BorrowerCap", "parameters": {"most": "much"}}, "most cannot be"),
        (
            {"clause": "LoanRate", "parameters": {"spread": "0.01", "benchmarks": [{"since": "x", "rate": "1"}]}},
            "since",
        ),
        ({"clause": "ShareByPayers", "parameters": {"payers": []}}, "the bank bears no part"),
    ],
)
def test_a_clause_that_cannot_be_read_is_refused(row: dict[str, Any], said: str) -> None:
    with pytest.raises(ClauseError, match=said):
        read([{"number": "第一条", "text": "条文", **row}])


def test_every_clause_names_what_it_is_about() -> None:
    assert all(kind.title for kind in CLAUSES.values())
    assert ClaimWindow.stage == Stage.CLAIM
