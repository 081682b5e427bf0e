"""Loss bases, rates and layers, breakers, instalments, reductions, steps, recoveries: each rule by itself."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from lending.compensation.clauses import Debt, PoolFacts, Scope, Share, Tally, Window
from lending.compensation.clauses.breakers import BreakerAction
from lending.compensation.clauses.procedure import Due, Portion, StepCode
from lending.compensation.sharing import (
    OtherScheme,
    appeal_closes,
    apply_recovery,
    binding_day,
    breakers,
    compute,
    excluded,
    late_interest,
    needs,
    procedure,
    repurchase,
    step_due,
    stops,
)
from lending.compensation.sharing.funds import Contributor, matching_due
from tests.lending.compensation.facts import facts, wan
from tests.lending.compensation.test_clauses import clause

PRINCIPAL = clause("UnpaidPrincipal")
HALF = clause("ShareInOrder", payers=[{"code": "fund", "name": "资金池", "side": "fund", "rate": "0.5"}])
DAY = dt.date(2026, 11, 20)


def parts(*clauses: Any, pool: PoolFacts | None = None, **loan: Any) -> dict[str, str]:
    found = compute([PRINCIPAL, *clauses], facts(**loan), pool=pool or PoolFacts())
    return {share.code: f"{(share.amount / 10_000).normalize():f}" for share in found.shares}


# --- What is lost ---------------------------------------------------------------------------------------------------------

AT_NPA, AT_CLAIM = Debt(wan("90"), wan("5"), wan("2"), wan("1")), Debt(wan("80"), wan("8"), wan("3"), wan("2"))


@pytest.mark.parametrize(
    ("parameters", "loss"),
    [
        ({"components": ["principal"], "valued_on": "npa"}, "86"),
        ({"components": ["principal"], "valued_on": "npa", "is_net_of_receipts": False}, "90"),
        ({"components": ["principal"], "valued_on": "claim"}, "79"),
        ({"components": ["principal"], "valued_on": "lower"}, "79"),
        ({"components": ["principal", "interest", "penalty", "costs"], "valued_on": "npa"}, "94"),
        ({"components": ["principal"], "valued_on": "today"}, "70"),
        ({"components": ["principal"], "valued_on": "today", "most_share": "0.6"}, "60"),
    ],
)
def test_a_loss_is_measured_on_its_day(parameters: dict[str, Any], loss: str) -> None:
    owed = facts(
        principal_balance=wan("70"),
        owed_at_npa=AT_NPA,
        owed_at_claim=AT_CLAIM,
        received_since_npa=wan("4"),
        received_since_claim=wan("1"),
    )

    assert clause("OutstandingDebt", **parameters).measure(owed).amount == wan(loss)


def test_a_day_that_was_not_recorded_is_said_to_be_missing() -> None:
    measure = clause("OutstandingDebt", components=["principal"], valued_on="npa").measure(facts())

    assert "未单独登记" in measure.figures["不良认定日"]


# --- Who bears it ---------------------------------------------------------------------------------------------------------


def test_a_marginal_tier_charges_each_slice_at_its_own_rate() -> None:
    tiers = [{"up_to": "5000000", "rate": "0.4"}, {"up_to": "15000000", "rate": "0.3"}]
    rule = clause("ShareByTier", tiers=tiers, is_marginal=True)

    assert parts(rule, amount=wan("1000"), principal_balance=wan("1000")) == {"fund": "350", "bank": "650"}


def test_mutual_deposits_pay_first_and_the_fund_its_part_of_the_rest() -> None:
    payers = [
        {"code": "mutual", "name": "互助", "side": "mutual", "of": "rest", "rate": "1", "purse": "mutual_deposit"},
        {"code": "fund", "name": "政府", "side": "fund", "of": "rest", "rate": "0.5"},
    ]

    found = parts(clause("ShareInOrder", payers=payers), mutual_deposit=wan("20"))

    assert found == {"mutual": "20", "fund": "40", "bank": "40"}


@pytest.mark.parametrize(
    ("loan", "fund"),
    [
        ({"mode": "credit"}, "40"),
        ({"mode": "insured"}, "35"),
        ({"mode": "other"}, "0"),
        ({"mode": "credit", "marks": frozenset({"key_list"})}, "45"),
    ],
)
def test_a_rate_is_read_from_a_table(loan: dict[str, Any], fund: str) -> None:
    payer = {
        "code": "fund",
        "name": "资金池",
        "side": "fund",
        "by": ["mode"],
        "rates": {"credit": "0.4", "insured": "0.35"},
        "bonuses": [{"mark": "key_list", "name": "名单", "rate": "0.1"}],
        "ceiling": "0.45",
    }

    assert parts(clause("ShareInOrder", payers=[payer]), **loan)["fund"] == fund


def test_a_payer_with_a_most_leaves_the_rest_to_the_bank() -> None:
    payer = {"code": "fund", "name": "资金池", "side": "fund", "rate": "0.5", "most": "300000"}

    assert parts(clause("ShareInOrder", payers=[payer])) == {"fund": "30", "bank": "70"}


def test_public_money_together_stays_under_its_part_of_the_loss() -> None:
    found = parts(HALF, clause("PublicMoneyCap", most_share="0.8"), other_public_amount=wan("45"))

    assert found == {"fund": "35", "bank": "65"}


@pytest.mark.parametrize(
    ("parameters", "fund"),
    [
        ({"most": "300000"}, "25"),
        ({"basis": "registered", "times": "0.02", "basis_window": "last_year"}, "15"),
        ({"basis": "budget", "times": "0.2"}, "35"),
        ({"basis": "opening", "times": "0.5"}, "45"),
        ({"basis": "deposited", "times": "0.01"}, "0"),
        ({"most": "300000", "basis": "budget", "times": "0.2"}, "25"),
    ],
)
def test_a_pool_cap_counts_what_was_paid_before(parameters: dict[str, Any], fund: str) -> None:
    cap = clause("PoolCap", scope="bank", window="year", **parameters)
    tallies = {
        (Scope.BANK, Window.YEAR): Tally(paid=wan("5")),
        (Scope.BANK, Window.LAST_YEAR): Tally(registered=wan("1000")),
    }
    pool = PoolFacts(tallies=tallies, budget=wan("200"), opening=wan("100"), deposited=wan("500"))

    assert parts(HALF, cap, pool=pool)["fund"] == fund
    assert (Scope.BANK, Window.YEAR) in needs([cap])


# --- Reductions and instalments ---------------------------------------------------------------------------------------------


def test_faults_take_their_part_off_and_name_their_clause() -> None:
    rules = [
        PRINCIPAL,
        HALF,
        clause(
            "Reductions",
            faults=[{"code": "a", "name": "甲", "rate": "0.3"}, {"code": "b", "name": "乙", "rate": "0.9"}],
        ),
    ]

    computed = [compute(rules, facts(), faults=codes).fund_amount for codes in ((), ("a",), ("a", "b"))]

    assert computed == [wan("50"), wan("35"), wan("0")]
    assert compute(rules, facts(), faults=("a",)).lines[-1].amount == wan("-15")
    with pytest.raises(KeyError):
        compute(rules, facts(), faults=("unknown",))


def test_an_instalment_waits_for_its_condition() -> None:
    later = Portion(Decimal("0.25"), Due.RECOVERY_CONCLUDED, 36)
    judged = dt.date(2023, 11, 20)

    due = [
        later.is_due(day=DAY, recovery_concluded=False, judged_on=None),
        later.is_due(day=DAY - dt.timedelta(days=1), recovery_concluded=False, judged_on=judged),
        later.is_due(day=DAY, recovery_concluded=False, judged_on=judged),
        later.is_due(day=DAY, recovery_concluded=True, judged_on=None),
        Portion(Decimal("0.75"), Due.AT_ONCE).is_due(day=DAY, recovery_concluded=False, judged_on=None),
    ]

    assert due == [False, False, True, True, True]


def test_a_scheme_that_says_nothing_pays_at_once() -> None:
    [only] = compute([PRINCIPAL, HALF], facts()).instalments

    assert (only.amount, only.portion.due) == (wan("50"), Due.AT_ONCE)


# --- Breakers ---------------------------------------------------------------------------------------------------------------

BREAKER = clause(
    "Breaker",
    metric="loss_rate_higher_of",
    scope="bank",
    window="all",
    thresholds=[
        {"above": "0.03", "action": "warn", "is_inclusive": True},
        {"above": "0.05", "action": "stop_new", "is_inclusive": True},
    ],
    reset_below="0.03",
    reset_quarters=2,
)


def at_loss(loss: str, *quarters: str, bad_count: int = 0) -> PoolFacts:
    tally = Tally(registered=wan("10000"), loss=wan(loss), count=100, bad_count=bad_count)
    recent = tuple(Tally(registered=wan("10000"), loss=wan(each)) for each in quarters)
    return PoolFacts(tallies={(Scope.BANK, Window.ALL): tally}, quarters={Scope.BANK: recent})


@pytest.mark.parametrize(
    ("pool", "tripped", "actions"),
    [
        (at_loss("299"), (), ()),
        (at_loss("300"), (), ("warn",)),
        (at_loss("500"), (), ("warn", "stop_new")),
        (at_loss("100", bad_count=5), (), ("warn", "stop_new")),
        (at_loss("100", "100"), ("第一条",), ("warn", "stop_new")),
        (at_loss("100", "100", "300"), ("第一条",), ("warn", "stop_new")),
        (at_loss("100", "100", "299"), ("第一条",), ()),
    ],
    ids=["quiet", "warns at 3 %", "stops at 5 %", "by number", "one good quarter", "one bad quarter", "reset"],
)
def test_a_breaker_trips_and_holds_until_its_quarters_are_good(
    pool: PoolFacts, tripped: tuple[str, ...], actions: tuple[str, ...]
) -> None:
    [verdict] = breakers([BREAKER], pool, tripped=tripped)

    assert tuple(action.value for action in verdict.actions) == actions


def test_a_breaker_that_two_persons_lifted_does_nothing_and_says_so() -> None:
    [verdict] = breakers([BREAKER], at_loss("500"), overridden=["第一条"])

    assert (verdict.actions, verdict.is_overridden, "经两人批准解除" in verdict.sentence) == ((), True, True)


def test_a_surcharge_comes_after_more_than_three_trips() -> None:
    threshold = {"above": "0.1", "action": "surcharge", "surcharge": "0.15", "after_trips": 3}
    rule = clause("Breaker", metric="paid_rate", scope="bank", window="year", thresholds=[threshold])
    tallies = {(Scope.BANK, Window.YEAR): Tally(registered=wan("100"), paid=wan("11"))}

    surcharges = [
        breakers([rule], PoolFacts(tallies=tallies, trips={Scope.BANK: trips}))[0].surcharge for trips in (2, 3)
    ]

    assert surcharges == [Decimal(0), Decimal("0.15")]


@pytest.mark.parametrize(
    ("metric", "tally", "budget"),
    [
        ("overdue_rate", Tally(registered=wan("100"), overdue=wan("5")), "0"),
        ("paid_rate", Tally(registered=wan("100"), paid=wan("5")), "0"),
        ("loss_rate", Tally(registered=wan("100"), loss=wan("5")), "0"),
        ("budget_use", Tally(paid=wan("5")), "100"),
        ("loss_rate", Tally(loss=wan("1")), "0"),
    ],
)
def test_every_metric_reaches_its_threshold(metric: str, tally: Tally, budget: str) -> None:
    thresholds = [{"above": "0.05", "action": "defer", "is_inclusive": True}]
    rule = clause("Breaker", metric=metric, scope="fund", window="year", thresholds=thresholds)
    pool = PoolFacts(tallies={(Scope.FUND, Window.YEAR): tally}, budget=wan(budget))

    assert len(stops(breakers([rule], pool), BreakerAction.DEFER)) == 1


def test_an_ended_agreement_stops_new_loans_too() -> None:
    thresholds = [{"above": "0.05", "action": "end_agreement"}]
    rule = clause("Breaker", metric="loss_rate", scope="bank", window="all", thresholds=thresholds)

    assert len(stops(breakers([rule], at_loss("501")), BreakerAction.STOP_NEW)) == 1


# --- Steps, appeal, other schemes -------------------------------------------------------------------------------------------


def test_steps_count_working_days_unless_they_say_otherwise() -> None:
    steps = [
        {"code": "formal_check", "days": 5},
        {"code": "publicity", "days": 5, "in_calendar_days": True},
        {"code": "approval", "days": 1},
        {"code": "payment", "days": 1},
    ]
    rules = [clause("Procedure", steps=steps)]

    assert step_due(rules, StepCode.FORMAL_CHECK, since=DAY) == dt.date(2026, 11, 27)
    assert step_due(rules, StepCode.PUBLICITY, since=DAY) == dt.date(2026, 11, 25)
    assert step_due(rules, StepCode.PUBLICITY, since=DAY, stopped_days=3) == dt.date(2026, 11, 28)
    assert step_due(rules, StepCode.SITE_REVIEW, since=DAY) is None


def test_a_scheme_without_a_procedure_takes_the_short_path() -> None:
    assert [step.code.value for step in procedure([])] == ["formal_check", "approval", "payment"]


def test_an_appeal_closes_after_its_days() -> None:
    assert appeal_closes([clause("Appeal", within_days=10)], DAY) == dt.date(2026, 12, 4)
    assert appeal_closes([], DAY) is None


@pytest.mark.parametrize(
    ("mine", "theirs", "allowed"),
    [
        ({"stackable_with": ["B"]}, {"stackable_with": ["A"]}, True),
        ({"stackable_with": ["B"]}, {"exclusive_with": ["A"]}, False),
        ({"stackable_with": ["*"], "exclusive_with": ["B"]}, {"stackable_with": ["*"]}, False),
        ({"stackable_with": ["C"]}, {"stackable_with": ["*"]}, False),
    ],
)
def test_two_schemes_stack_when_both_allow_it(mine: dict[str, Any], theirs: dict[str, Any], allowed: bool) -> None:
    other = OtherScheme("B", "乙方案", (clause("Stacking", **theirs),))

    assert (excluded("A", [clause("Stacking", **mine)], [other]) == []) is allowed


def test_a_scheme_that_says_nothing_stands_alone() -> None:
    [verdict] = excluded("A", [], [OtherScheme("B", "乙方案")])

    assert "已享受“乙方案”" in verdict.sentence


@pytest.mark.parametrize(
    ("binds_on", "claimed", "day"), [("disbursement", 9, 1), ("enrolment", 9, 5), ("claim", 9, 9), ("claim", None, 5)]
)
def test_a_version_binds_by_the_day_it_declares(binds_on: str, claimed: int | None, day: int) -> None:
    november = [dt.date(2026, 11, each) if each else None for each in (1, 5, claimed)]

    bound = binding_day(binds_on, drawn_on=november[0], enrolled_on=november[1], claimed_on=november[2])  # type: ignore[arg-type]

    assert bound == dt.date(2026, 11, day)


def test_what_matches_is_due_on_what_its_counterpart_paid() -> None:
    both = [Contributor("county", "市县", wan("300")), Contributor("region", "自治区", wan("0"), "county", Decimal(1))]

    due = matching_due(both, {"county": wan("200"), "region": wan("50")})

    assert due == {"region": wan("150")}


# --- What comes back --------------------------------------------------------------------------------------------------------

OWED = Debt(principal=wan("100"), interest=wan("10"))


@pytest.mark.parametrize(
    ("parameters", "gross", "costs", "expected"),
    [
        ({}, "50", "10", ("10", "0", "40", "0")),
        ({"most_cost_share": "0.1"}, "50", "10", ("5", "5", "45", "0")),
        ({"deducts_costs": False}, "50", "10", ("0", "10", "50", "0")),
        ({"order": ["interest", "principal"]}, "50", "10", ("10", "0", "30", "10")),
        ({}, "115", "0", ("0", "0", "100", "15")),
    ],
    ids=["costs first", "costs up to a tenth", "costs are the bank's", "interest first", "a surplus is the bank's"],
)
def test_a_recovery_is_set_against_costs_then_the_debt_in_order(
    parameters: dict[str, Any], gross: str, costs: str, expected: tuple[str, ...]
) -> None:
    rule = clause("RecoveryByPaidRatio", remit_within_days=10, **parameters)

    applied = apply_recovery([rule], gross=wan(gross), costs=wan(costs), owed=OWED, missing=wan("100"))

    assert (applied.costs, applied.costs_refused, applied.shared, applied.kept) == tuple(wan(each) for each in expected)
    assert applied.costs + applied.shared + applied.kept == applied.gross


def test_a_late_remittance_bears_interest_for_each_day() -> None:
    rules = [clause("RecoveryByPaidRatio", remit_within_days=10, late_rate_per_day="0.0005")]

    costs = [
        late_interest(rules, wan("10"), due_on=DAY, paid_on=DAY + dt.timedelta(days=days)) for days in (-1, 0, 1, 30)
    ]

    assert rules[0].remit_by(DAY) == dt.date(2026, 11, 30)
    assert costs == [Decimal(0), Decimal(0), Decimal("50.00"), Decimal("1500.00")]


def test_a_cured_borrower_gives_everybody_but_the_bank_back_what_is_missing() -> None:
    borne = [Share("fund", "资金池", "fund", wan("40")), Share("bank", "银行", "bank", wan("60"))]
    returned = [Share("fund", "资金池", "fund", wan("15")), Share("bank", "银行", "bank", wan("20"))]

    assert repurchase(borne, returned) == [Share("fund", "资金池", "fund", wan("25"))]
