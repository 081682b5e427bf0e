import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.compensation.clauses.base import Stage
from lending.compensation.sharing import SchemeIncomplete, Share, compute, judge, share_recovery
from tests.lending.compensation.facts import facts, wan
from tests.lending.compensation.test_clauses import DEMO, SCHEMES, clause, read

NKD = read(SCHEMES["NX-NKD-DEMO"]["clauses"])
PRINCIPAL = clause("UnpaidPrincipal")
GUANGZHOU = clause(
    "ShareByTier",
    tiers=[
        {"up_to": "5000000", "rate": "0.4"},
        {"up_to": "15000000", "rate": "0.3"},
        {"up_to": "30000000", "rate": "0.2"},
    ],
    bonuses=[
        {"mark": "key_list", "name": "重点名单", "rate": "0.15"},
        {"mark": "monetary_tool", "name": "货币政策工具", "rate": "0.05"},
    ],
    ceiling="0.5",
)
COUNTY_BANK = [
    Share("region", "自治区资金", "fund", wan("40")),
    Share("county", "市县资金", "fund", wan("40")),
    Share("bank", "银行", "bank", wan("20")),
]


def amounts(shares: Any) -> dict[str, Decimal]:
    return {share.code: share.amount for share in shares}


# --- Worked examples of published schemes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loan", "loss", "marks", "fund"),
    [
        ("400", "300", [], "120"),
        ("400", "300", ["key_list", "monetary_tool"], "150"),
        ("1000", "800", [], "240"),
        ("3000.01", "3000.01", [], "0"),
    ],
    ids=["1: a tier", "2: bonuses up to the ceiling", "3: whole amount", "4: above the last tier"],
)
def test_guangzhou_shares_by_tier(loan: str, loss: str, marks: list[str], fund: str) -> None:
    claimed = facts(amount=wan(loan), principal_balance=wan(loss), marks=frozenset(marks))

    computation = compute([PRINCIPAL, GUANGZHOU], claimed)

    assert computation.fund_amount == wan(fund)


def test_guangzhou_says_why_there_is_no_rate_above_the_last_tier() -> None:
    computation = compute([PRINCIPAL, GUANGZHOU], facts(amount=wan("3000.01")))

    assert "超过最高档3,000万元,没有对应的补偿比例" in computation.lines[1].sentence


def test_ningkedai_shares_a_loss_of_100_wan_as_40_40_20() -> None:
    computation = compute(NKD, facts(principal_balance=wan("100")))

    assert amounts(computation.shares) == {"region": wan("40"), "county": wan("40"), "bank": wan("20")}
    assert (computation.fund_amount, computation.bank_amount) == (wan("80"), wan("20"))


def test_ningkedai_lends_five_to_ten_times_what_both_paid_in() -> None:
    [leverage] = [each for each in NKD if type(each).__name__ == "Leverage"]

    assert leverage.room(wan("600")) == (wan("3000"), wan("6000"))


def test_pingshan_base_falls_as_the_debtor_pays() -> None:
    payers = [
        {"code": "fund", "name": "资金池", "side": "fund", "weight": "40"},
        {"code": "guarantor", "name": "担保机构", "side": "fund", "weight": "40"},
        {"code": "bank", "name": "银行", "side": "bank", "weight": "20"},
    ]

    computation = compute([PRINCIPAL, clause("ShareByPayers", payers=payers)], facts(principal_balance=wan("500")))

    assert amounts(computation.shares) == {"fund": wan("200"), "guarantor": wan("200"), "bank": wan("100")}


def test_cgtmse_claim_opens_when_the_lock_in_ends_and_closes_three_years_later() -> None:
    window = clause("ClaimWindow", over_days=90, lock_in_months=18, window_months=36)
    # marked non-performing on 30 September 2024, that is, 90 days after 2 July
    days = {"overdue_since": dt.date(2024, 7, 2), "drawn_on": dt.date(2024, 1, 31)}

    assert (window.opens_on(**days), window.closes_on(**days)) == (dt.date(2025, 7, 31), dt.date(2028, 7, 31))


@pytest.mark.parametrize(
    ("days", "step", "passed"),
    [(60, "accepted", False), (61, "sued", False), (61, "accepted", True)],
    ids=["too early", "suit not accepted", "accepted"],
)
def test_wuxi_opens_after_sixty_days_once_the_court_has_accepted(days: int, step: str, passed: bool) -> None:
    clauses = [
        clause("ClaimWindow", over_days=60, window_months=12),
        clause("LegalStepTaken", steps=["accepted", "judged", "enforcement"]),
    ]
    late = facts(overdue_since=facts().as_of - dt.timedelta(days=days), legal_step=step)

    verdicts = judge(clauses, late, stage=Stage.CLAIM)

    assert all(verdict.passed for verdict in verdicts) is passed


def test_ningkedai_recovery_less_its_costs_is_shared_as_the_loss_was() -> None:
    shares = share_recovery(wan("50") - wan("10"), COUNTY_BANK)

    assert amounts(shares) == {"region": wan("16"), "county": wan("16"), "bank": wan("8")}


# --- The demonstration scheme ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "fund"),
    [
        ({"is_first_loan": True}, "50"),
        ({"is_first_loan": True, "guarantee": "guarantor"}, "50"),
        ({}, "40"),
        ({"guarantee": "mortgage"}, "30"),
        ({"guarantee": "guarantor"}, "20"),
    ],
    ids=["first loan", "first loan wins over its guarantor", "on credit", "general", "guaranteed"],
)
def test_the_rate_follows_the_kind_of_loan(change: dict[str, Any], fund: str) -> None:
    assert compute(DEMO, facts(**change)).fund_amount == wan(fund)


def test_a_borrower_is_compensated_up_to_the_cap_and_the_bank_bears_the_rest() -> None:
    computation = compute(DEMO, facts(principal_balance=wan("500"), compensated_to_borrower=wan("150")))

    assert amounts(computation.shares) == {"fund": wan("50"), "bank": wan("450")}
    assert [line.amount for line in computation.lines] == [wan("500"), wan("200"), wan("-150")]
    assert "单户累计上限200万元,此前已补偿150万元,尚可补偿50万元。本次核减150万元" in computation.lines[2].sentence


def test_a_cap_cuts_the_payers_of_the_fund_in_proportion() -> None:
    computation = compute([*NKD, clause("BorrowerCap", most="300000")], facts(principal_balance=wan("100")))

    assert amounts(computation.shares) == {"region": wan("15"), "county": wan("15"), "bank": wan("70")}


def test_every_yuan_names_its_clause() -> None:
    computation = compute(DEMO, facts())

    named = [(line.number, line.clause, line.amount) for line in computation.lines]
    assert named == [
        ("第十条", "UnpaidPrincipal", wan("100")),
        ("第十一条", "ShareByCohort", wan("40")),
        ("第十二条", "BorrowerCap", wan("0")),
    ]
    assert computation.lines[1].sentence == "属于纯信用贷款,资金池承担40.00%。补偿资金40万元、银行60万元。"


@pytest.mark.parametrize("clauses", [[PRINCIPAL], [PRINCIPAL, GUANGZHOU, GUANGZHOU]], ids=["no share", "two shares"])
def test_a_scheme_without_one_rule_of_sharing_is_not_computed(clauses: list[Any]) -> None:
    with pytest.raises(SchemeIncomplete):
        compute(clauses, facts())


# --- Whatever the amounts -------------------------------------------------------------------------------------------------

money = st.decimals(min_value="0.01", max_value="99999999.99", places=2)


@given(loss=money, cap=money, before=money)
def test_the_parts_always_add_up_and_no_cap_is_exceeded(loss: Decimal, cap: Decimal, before: Decimal) -> None:
    claimed = facts(principal_balance=loss, compensated_to_borrower=before)

    computation = compute([*NKD, clause("BorrowerCap", most=str(cap))], claimed)

    assert sum(share.amount for share in computation.shares) == loss
    assert computation.fund_amount + computation.bank_amount == loss
    assert computation.fund_amount <= max(cap - before, Decimal(0))
    assert all(share.amount >= 0 for share in computation.shares)
    assert compute([*NKD, clause("BorrowerCap", most=str(cap))], claimed) == computation


@given(loss=money, cuts=st.lists(st.decimals(min_value="0.001", max_value="0.999", places=3), max_size=8))
def test_recoveries_in_any_pieces_give_everybody_back_exactly_what_was_borne(
    loss: Decimal, cuts: list[Decimal]
) -> None:
    borne = list(compute(NKD, facts(principal_balance=loss)).shares)
    left, returned = loss, []
    for cut in cuts:
        piece = (left * cut).quantize(Decimal("0.01"))
        if 0 < piece < left:
            returned += share_recovery(piece, borne, returned)
            left -= piece

    returned += share_recovery(left, borne, returned)

    back = {share.code: sum(r.amount for r in returned if r.code == share.code) for share in borne}
    assert back == amounts(borne)
    assert all(share.amount >= 0 for share in returned)
