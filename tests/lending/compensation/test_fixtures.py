"""Worked examples of published schemes: fourteen cases, one row one test, over the built-in clauses of each scheme."""

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from lending.compensation.actions.funds import EXAMPLES, FACTS
from lending.compensation.clauses import Clause, LoanFacts, PoolFacts, Scope, Tally, Window, read
from lending.compensation.clauses.breakers import BreakerAction
from lending.compensation.clauses.claims import ClaimWindow
from lending.compensation.clauses.eligibility import Leverage
from lending.compensation.sharing import (
    OtherScheme,
    Stage,
    apply_recovery,
    breakers,
    compute,
    excluded,
    judge,
    share_recovery,
    stops,
    the,
)
from lending.compensation.sharing.funds import Contributor, commitments
from tests.lending.compensation.facts import facts, wan

ROWS = [row for file in (FACTS, EXAMPLES) for row in json.loads(file.read_text(encoding="utf-8"))["schemes"]]
SCHEMES: dict[str, list[Clause]] = {row["code"]: read(row["clauses"]) for row in ROWS}
GZ, PINGSHAN, NKD = SCHEMES["GZ-2025-ZY"], SCHEMES["SZ-PS-2026"], SCHEMES["NX-NKD-DEMO"]
LISTED = frozenset({"key_list", "monetary_tool"})


def pool(scope: Scope, window: Window, **tally: str) -> PoolFacts:
    return PoolFacts(tallies={(scope, window): Tally(**{name: wan(amount) for name, amount in tally.items()})})


def parts(clauses: list[Clause], loan: LoanFacts, beside: PoolFacts) -> dict[str, Decimal]:
    """What everybody bears, in 万元."""
    return {share.code: share.amount / 10_000 for share in compute(clauses, loan, pool=beside).shares}


def guangzhou(loan: str, loss: str, marks: frozenset[str] = frozenset()) -> Decimal:
    claimed = facts(amount=wan(loan), principal_balance=wan(loss), marks=marks)
    return compute(GZ, claimed).fund_amount / 10_000


def deferred(loss: str) -> bool:
    verdicts = breakers(GZ, pool(Scope.BANK, Window.YEAR, registered="10000", loss=loss))
    return bool(stops(verdicts, BreakerAction.DEFER))


def filed_twice() -> list[bool | None]:
    other = OtherScheme("GZ-2025-ZY", "政银分担", tuple(GZ))
    return [verdict.passed for verdict in excluded("GZ-2025-ZD", SCHEMES["GZ-2025-ZD"], [other])]


def lending_room() -> tuple[Decimal, Decimal]:
    county = Contributor("county", "市县", wan("300"))
    region = Contributor("region", "自治区", matches="county", match_ratio=Decimal(1))
    low, high = the(NKD, Leverage).room(sum(commitments([county, region]).values()))
    return low / 10_000, high / 10_000


def pingshan(unpaid: str, **tally: str) -> dict[str, Decimal]:
    beside = pool(Scope.FUND, Window.ALL, registered="20000", fees="200", **tally)
    return parts(PINGSHAN, facts(principal_balance=wan(unpaid)), beside)


def hainan(before: str, loss: str) -> Decimal:
    beside = pool(Scope.BANK, Window.YEAR, registered="10000", loss=before)
    claimed = facts(amount=wan("500"), principal_balance=wan(loss))
    return parts(SCHEMES["HI-2015"], claimed, beside)["fund"]


def cgtmse() -> tuple[Decimal, ...]:
    claimed = facts(amount=wan("10"), principal_balance=wan("10"), mode="sub_debt")
    computation = compute(
        SCHEMES["CGTMSE"], claimed, pool=pool(Scope.BANK, Window.LAST_YEAR, fees="100", recovered="20")
    )
    return (computation.fund_amount / 10_000, *(each.amount / 10_000 for each in computation.instalments))


def cgtmse_window() -> tuple[str, str]:
    days: dict[str, Any] = {
        "overdue_since": dt.date(2024, 7, 2),
        "drawn_on": dt.date(2023, 6, 1),
        "last_drawn_on": dt.date(2024, 1, 31),
        "npa_on": dt.date(2024, 9, 30),
    }
    window = the(SCHEMES["CGTMSE"], ClaimWindow)
    return str(window.opens_on(**days)), str(window.closes_on(**days))


def wuxi(days: int, step: str) -> bool:
    since = facts().as_of - dt.timedelta(days=days)
    verdicts = judge(SCHEMES["WX-XKD"], facts(overdue_since=since, legal_step=step), stage=Stage.CLAIM)
    return all(verdict.passed for verdict in verdicts)


def ningkedai_recovery() -> dict[str, Decimal]:
    lost = facts(principal_balance=wan("100"))
    applied = apply_recovery(NKD, gross=wan("50"), costs=wan("10"), owed=lost.owed, missing=wan("100"))
    shares = share_recovery(applied.shared, compute(NKD, lost).shares)
    return {share.code: share.amount / 10_000 for share in shares}


CASES: list[tuple[str, Callable[[], Any], Any]] = [
    ("1 a tier of Guangzhou", lambda: guangzhou("400", "300"), Decimal("120.00")),
    ("2 bonuses up to the ceiling", lambda: guangzhou("400", "300", LISTED), Decimal("150.00")),
    ("3 the whole amount in its tier", lambda: guangzhou("1000", "800"), Decimal("240.00")),
    ("4 above the last tier", lambda: guangzhou("3000.01", "3000.01"), Decimal(0)),
    ("5 a bank's year of 3.00 % pays", lambda: deferred("300"), False),
    ("5 a bank's year of 3.01 % is deferred", lambda: deferred("301"), True),
    ("6 one loan, one mode", filed_twice, [False]),
    (
        "7 40:40:20 of 宁科贷",
        lambda: parts(NKD, facts(principal_balance=wan("100")), PoolFacts()),
        {"region": Decimal(40), "county": Decimal(40), "bank": Decimal(20)},
    ),
    ("7 county and region 300 each lend 3,000 to 6,000", lending_room, (Decimal(3000), Decimal(6000))),
    (
        "8 Pingshan above its cap is cut in proportion",
        lambda: pingshan("600"),
        {"fund": Decimal(200), "guarantor": Decimal(200), "bank": Decimal(200)},
    ),
    (
        "9 Pingshan after 100 were repaid",
        lambda: pingshan("500"),
        {"fund": Decimal(200), "guarantor": Decimal(200), "bank": Decimal(100)},
    ),
    ("10 Hainan above 2.5 %", lambda: hainan("0", "400"), Decimal(150)),
    ("10 Hainan filled before", lambda: hainan("250", "150"), Decimal(150)),
    ("10 Hainan at 2.5 %", lambda: hainan("0", "250"), Decimal(0)),
    ("11 CGTMSE pays sub-debt in two parts", cgtmse, (Decimal("9.0"), Decimal("6.75"), Decimal("2.25"))),
    ("12 CGTMSE opens after the lock-in", cgtmse_window, ("2025-07-31", "2028-07-31")),
    ("13 Wuxi on day 60", lambda: wuxi(60, "accepted"), False),
    ("13 Wuxi before acceptance", lambda: wuxi(61, "sued"), False),
    ("13 Wuxi once accepted", lambda: wuxi(61, "accepted"), True),
    (
        "14 a recovery of 宁科贷",
        ningkedai_recovery,
        {"region": Decimal(16), "county": Decimal(16), "bank": Decimal(8)},
    ),
]


@pytest.mark.parametrize(("work", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_published_scheme_computes_as_its_rule_says(work: Callable[[], Any], expected: Any) -> None:
    assert work() == expected


def test_guangzhou_says_why_there_is_no_rate_above_the_last_tier() -> None:
    computation = compute(GZ, facts(amount=wan("3000.01"), principal_balance=wan("3000.01")))

    assert "超过最高档3,000万元,没有对应的补偿比例" in computation.lines[1].sentence


def test_pingshan_says_which_cap_cut_it() -> None:
    beside = pool(Scope.FUND, Window.ALL, registered="20000", fees="200")
    lines = compute(PINGSHAN, facts(principal_balance=wan("600")), pool=beside).lines

    assert [line.amount for line in lines] == [wan("600"), wan("240"), wan("0"), wan("-80")]
