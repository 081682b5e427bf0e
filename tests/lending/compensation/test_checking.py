"""What a draft is told before it can be adopted: every gap and contradiction by its sentence."""

import datetime as dt
import json
from typing import Any

import pytest

from lending.compensation.actions.funds import EXAMPLES, FACTS
from lending.compensation.clauses import read
from lending.compensation.sharing import OtherScheme, check

BEGINS, ENDS = dt.date(2027, 1, 1), dt.date(2028, 12, 31)
SCHEMES = [row for file in (FACTS, EXAMPLES) for row in json.loads(file.read_text(encoding="utf-8"))["schemes"]]
FUND = {"code": "fund", "name": "资金池", "side": "fund", "rate": "0.5"}
BONUS = {"mark": "x", "name": "甲", "rate": "0.1"}
SOUND: dict[str, dict[str, Any]] = {
    "ClaimWindow": {"over_days": 90, "window_months": 12},
    "UnpaidPrincipal": {},
    "ShareInOrder": {"payers": [FUND]},
    "RecoveryByPaidRatio": {"remit_within_working_days": 30},
}


def told(rows: list[dict[str, Any]], **options: Any) -> list[tuple[str, bool]]:
    found = check(read(rows), code="A", valid_from=BEGINS, valid_until=ENDS, **options)
    return [(finding.sentence, finding.blocks) for finding in found]


def scheme(**clauses: Any) -> list[dict[str, Any]]:
    """The sound scheme with these clauses added or, where None, taken out; a list of dates may stand beside parameters."""
    chosen = {**SOUND, **clauses}
    return [
        {"clause": name, "number": f"第{i}条", "text": "条文", **_dated(given)}
        for i, (name, given) in enumerate(chosen.items())
        if given is not None
    ]


def _dated(given: Any) -> dict[str, Any]:
    if isinstance(given, tuple):
        parameters, since, until = given
        return {"parameters": parameters, "in_force_from": since, "in_force_until": until}
    return {"parameters": given}


def test_a_sound_scheme_is_told_nothing() -> None:
    assert told(scheme()) == []


@pytest.mark.parametrize("row", SCHEMES, ids=lambda row: row["code"])
def test_every_built_in_scheme_is_sound(row: dict[str, Any]) -> None:
    others = [
        OtherScheme(other["code"], other["name"], tuple(read(other["clauses"])))
        for other in SCHEMES
        if other["code"] != row["code"]
    ]
    begins = dt.date.fromisoformat(row["in_force_from"])

    assert check(read(row["clauses"]), code=row["code"], valid_from=begins, others=others) == []


TIERS = [{"up_to": "5000000", "rate": "0.4"}]


@pytest.mark.parametrize(
    ("clauses", "said"),
    [
        ({"ShareInOrder": None}, "没有“分担比例”条款"),
        ({"UnpaidPrincipal": None}, "没有“损失认定”条款"),
        ({"RecoveryByPaidRatio": None}, "没有“追偿返还”条款"),
        ({"ClaimWindow": None}, "没有“申报期间”条款"),
        ({"ShareByTier": {"tiers": TIERS}}, "2条“分担比例”条款同时有效"),
        ({"ShareInOrder": ({"payers": [FUND]}, None, "2027-12-31")}, "2028-01-01起没有“分担比例”条款"),
        ({"LoanTerm": ({"most_months": 12}, "2026-01-01", None)}, "条款的日期超出方案的有效期"),
        ({"LoanTerm": ({"most_months": 12}, "2028-01-01", "2027-01-01")}, "条款的失效日期早于生效日期"),
        ({"LoanTerm": {"most_months": 0}}, "期限须大于零"),
        ({"ShareInOrder": None, "ShareByTier": {"tiers": [*TIERS, *TIERS]}}, "分档重叠"),
        ({"ShareInOrder": None, "ShareByTier": {"tiers": TIERS, "ceiling": "0.3"}}, "低于某一档的基础比例"),
        ({"ShareInOrder": None, "ShareByTier": {"tiers": [{"up_to": "1", "rate": "1.1"}]}}, "比例须在0到100%之间"),
        ({"ShareInOrder": None, "ShareByTier": {"tiers": [{"up_to": "0", "rate": "1"}]}}, "分档的金额须大于零"),
        (
            {"ShareInOrder": None, "ShareByTier": {"tiers": TIERS}, "LoanAmount": {"limits": {"micro": "5000001"}}},
            "单笔金额上限高于最高一档",
        ),
        ({"ShareInOrder": None, "ShareByCohort": {"rates": {"credit": "0.4"}}}, "没有规定首贷"),
        ({"ShareInOrder": {"payers": [FUND, FUND]}}, "代码fund重复"),
        ({"ShareInOrder": {"payers": [{**FUND, "tiers": TIERS}]}}, "固定比例、比例表和分档只能用其一"),
        ({"ShareInOrder": {"payers": [{**FUND, "ceiling": "0.4"}]}}, "低于基础比例"),
        ({"ShareInOrder": {"payers": [{**FUND, "most": "0"}]}}, "资金池:上限须大于零"),
        ({"ShareInOrder": {"payers": [{**FUND, "side": "bank"}]}}, "不必列为分担方"),
        (
            {"ShareInOrder": {"payers": [{**FUND, "rate": "1"}, {**FUND, "code": "b", "name": "乙"}]}},
            "其后的分担方永远不会承担",
        ),
        (
            {"ShareInOrder": {"payers": [{**FUND, "rate": None, "rates": {"a": "0.5"}}]}},
            "比例表没有写明按什么查",
        ),
        (
            {"ShareInOrder": {"payers": [{**FUND, "rate": None, "by": ["mode"], "rates": {"a/b": "0.5"}}]}},
            "比例表的行与查表项数不符",
        ),
        ({"ShareInOrder": {"payers": [{**FUND, "side": "insurer"}]}}, "没有资金池承担的份额"),
        ({"BorrowerCap": {"most": "0"}}, "上限须大于零"),
        ({"LoanCap": {"most": "-1"}}, "上限须大于零"),
        ({"PoolCap": {"scope": "fund", "window": "year", "most": "0"}}, "上限须大于零"),
        ({"PoolCap": {"scope": "fund", "window": "year", "most": "1", "covers": []}}, "没有写明约束哪一方"),
        ({"LoanCap": {"most": "1", "covers": ["insurer"]}}, "不在分担方之列"),
        ({"PublicMoneyCap": {"most_share": "1.2"}}, "比例须在0到100%之间"),
        ({"Instalments": {"portions": [{"rate": "0.75", "due": "at_once"}]}}, "各期比例合计75.00%,须为100%"),
        (
            {"Instalments": {"portions": [{"rate": "1", "due": "at_once"}, {"rate": "0", "due": "at_once"}]}},
            "各期比例须大于零",
        ),
        ({"Reductions": {"faults": [{"code": "a", "name": "甲", "rate": "0"}]}}, "扣减比例须大于0"),
        ({"Stacking": {"stackable_with": ["B"], "exclusive_with": ["B"]}}, "既可叠加又互斥"),
        ({"Stacking": {"exclusive_with": ["A"]}}, "不能与自己叠加或互斥"),
        ({"RecoveryByPaidRatio": {}}, "缴回期限须写自然日或工作日"),
        ({"RecoveryByPaidRatio": {"remit_within_days": 1, "order": ["interest"]}}, "没有包括损失的全部组成部分"),
        ({"RecoveryByPaidRatio": {"remit_within_days": 1, "order": ["principal", "principal"]}}, "清偿顺序有重复"),
        ({"ClaimWindow": {"over_days": 90}}, "申报期限须写月数或天数"),
        ({"ClaimWindow": {"over_days": -1, "window_months": 1}}, "不能为负"),
        ({"Leverage": {"least": "10", "most": "5"}}, "放大倍数的下限"),
        ({"LoanAmount": {"limits": {"micro": "0"}}}, "金额上限须大于零"),
        ({"LoanAmount": {"limits": {"micro": "1"}}, "FirmSize": {"sizes": ["micro", "small"]}}, "small没有金额上限"),
        (
            {"Procedure": {"steps": [{"code": "approval", "days": 1}, {"code": "formal_check", "days": 0}]}},
            "先后次序不对",
        ),
        ({"Procedure": {"steps": [{"code": "approval", "days": 0}]}}, "天数须大于零"),
        ({"Procedure": {"steps": [{"code": "approval", "days": 1}]}}, "须有形式审查、审定和拨付"),
    ],
)
def test_a_draft_is_told_what_stands_in_its_way(clauses: dict[str, Any], said: str) -> None:
    found = told(scheme(**clauses))

    assert any(said in sentence and blocks for sentence, blocks in found), found


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"thresholds": [{"above": "0.03", "action": "stop_new"}, {"above": "0.05", "action": "warn"}]}, "前后矛盾"),
        ({"thresholds": [{"above": "0", "action": "warn"}]}, "阈值须大于零"),
        ({"thresholds": [{"above": "1.1", "action": "warn"}]}, "不能超过100%"),
        ({"thresholds": [{"above": "0.03", "action": "warn"}], "reset_below": "0.04"}, "会立即再次触发"),
        ({"thresholds": [{"above": "0.03", "action": "surcharge"}]}, "须写明加收比例"),
    ],
)
def test_a_breaker_that_contradicts_itself_is_told_so(parameters: dict[str, Any], said: str) -> None:
    found = told(scheme(Breaker={"metric": "loss_rate", "scope": "bank", **parameters}))

    assert any(said in sentence and blocks for sentence, blocks in found), found


@pytest.mark.parametrize(
    ("edges", "said", "blocks"),
    [
        ([("0.02", "1")], "0.00%至2.00%之间没有分层", False),
        ([("0", "0.03"), ("0.02", "1")], "分层重叠", True),
        ([("0", "1.5")], "超过100%", True),
    ],
)
def test_layers_are_told_of_gaps_and_overlaps(edges: list[tuple[str, str]], said: str, blocks: bool) -> None:
    payers = [{"code": "fund", "name": "资金池", "side": "fund", "weight": "1"}]
    layers = [{"attach": low, "exhaust": high, "payers": payers} for low, high in edges]

    found = told(scheme(ShareInOrder=None, ShareByLayers={"layers": layers}))

    assert any(said in sentence and held is blocks for sentence, held in found), found


def test_two_clauses_of_one_number_are_told_apart() -> None:
    rows = scheme()
    rows[1]["number"] = rows[0]["number"]

    assert ("编号第0条用了2次。", True) in told(rows)


def test_stacking_needs_the_other_side() -> None:
    theirs = tuple(
        read([{"clause": "Stacking", "number": "一", "text": "一", "parameters": {"exclusive_with": ["*"]}}])
    )

    found = told(scheme(Stacking={"stackable_with": ["B"]}), others=[OtherScheme("B", "乙方案", theirs)])

    assert found == [("允许与“乙方案”叠加,但该方案不允许与本方案叠加。", True)]


def test_a_cap_above_another_is_only_pointed_out() -> None:
    found = told(scheme(LoanCap={"most": "300"}, BorrowerCap={"most": "200"}))

    assert found == [("单笔上限高于单户上限,不会起作用。", False)]
