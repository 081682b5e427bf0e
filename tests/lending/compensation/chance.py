"""Schemes and claims by chance: every share rule, caps, reductions, instalments, over any pool. Drawn from the ``Random`` given."""

import datetime as dt
from decimal import Decimal
from random import Random
from typing import Any

from lending.compensation.clauses import Clause, Debt, LoanFacts, PoolFacts, Tally, Window, read
from lending.compensation.clauses.base import Cap
from lending.compensation.sharing import Computation, compute, needs
from tests.lending.compensation.facts import SOUND

SIDES = ("fund", "guarantor", "insurer", "mutual")
WINDOWS = tuple(window.value for window in Window)
DAY = dt.date(2026, 11, 20)


def fen(chance: Random, most: int = 10_000_000_000) -> str:
    return f"{chance.randint(0, most) / Decimal(100):.2f}"


def rate(chance: Random, most: int = 1_000_000) -> str:
    return f"{Decimal(chance.randint(0, most)) / 1_000_000:f}"


def tiers(chance: Random) -> list[dict[str, str]]:
    tops = sorted(chance.sample(range(1, 50_000_000), chance.randint(1, 4)))
    return [{"up_to": str(top), "rate": rate(chance)} for top in tops]


def bonuses(chance: Random) -> list[dict[str, str]]:
    return [{"mark": mark, "name": mark, "rate": rate(chance, 300_000)} for mark in ("key_list", "ip_pledge")]


def weighed(chance: Random) -> list[dict[str, str]]:
    made = [
        {"code": f"p{i}", "name": f"甲{i}", "side": chance.choice(SIDES), "weight": str(chance.randint(1, 97))}
        for i in range(chance.randint(1, 3))
    ]
    return [*made, {"code": "bank", "name": "银行", "side": "bank", "weight": str(chance.randint(1, 97))}]


def ordered(chance: Random, index: int) -> dict[str, Any]:
    payer: dict[str, Any] = {
        "code": f"p{index}",
        "name": f"乙{index}",
        "side": chance.choice(SIDES),
        "of": chance.choice(("loss", "rest")),
        "ceiling": rate(chance),
        "bonuses": bonuses(chance),
        "purse": chance.choice(("", "mutual_deposit", "insured_amount")),
    }
    how = chance.randrange(3)
    if how == 0:
        payer["rate"] = rate(chance)
    elif how == 1:
        payer |= {"by": ["size", "guarantee"], "rates": {"small/credit": rate(chance), "*/*": rate(chance)}}
    else:
        payer |= {"tiers": tiers(chance), "is_marginal": chance.random() < 0.5}
    return payer | ({"most": fen(chance)} if chance.random() < 0.3 else {})


def layers(chance: Random) -> list[dict[str, Any]]:
    edges = sorted(chance.sample(range(1, 1000), chance.randint(1, 3)))
    return [
        {"attach": str(Decimal(low) / 1000), "exhaust": str(Decimal(high) / 1000), "payers": weighed(chance)}
        for low, high in zip([0, *edges], [*edges, 1000], strict=True)
    ]


def share_rule(chance: Random) -> tuple[str, dict[str, Any]]:
    how = chance.randrange(5)
    if how == 0:
        cohorts = ("first_loan", "credit", "general", "guaranteed")
        return "ShareByCohort", {"rates": {cohort: rate(chance) for cohort in cohorts}}
    if how == 1:
        marginal = chance.random() < 0.5
        made = {"tiers": tiers(chance), "bonuses": bonuses(chance), "ceiling": rate(chance), "is_marginal": marginal}
        return "ShareByTier", made
    if how == 2:
        return "ShareByPayers", {"payers": weighed(chance)}
    if how == 3:
        return "ShareInOrder", {"payers": [ordered(chance, i) for i in range(chance.randint(1, 4))]}
    return "ShareByLayers", {"layers": layers(chance), "window": chance.choice(WINDOWS)}


def cap(chance: Random) -> tuple[str, dict[str, Any]]:
    covers = {"covers": chance.sample(SIDES, chance.randint(1, 3))}
    how = chance.randrange(4)
    if how == 0:
        return "BorrowerCap", covers | {"most": fen(chance)}
    if how == 1:
        return "LoanCap", covers | {"most": fen(chance)}
    if how == 2:
        return "PublicMoneyCap", covers | {"most_share": rate(chance)}
    basis = chance.choice(("registered", "fees", "fees_and_recoveries", "opening", "budget", "deposited"))
    place = {"scope": chance.choice(("bank", "fund")), "window": chance.choice(WINDOWS)}
    return "PoolCap", covers | place | {"basis": basis, "times": rate(chance, 3_000_000)}


def portions(chance: Random) -> list[dict[str, Any]]:
    first = chance.randint(1, 999_999)
    later = {"due": "recovery_concluded", "or_months_after_judgment": 36}
    rates = [Decimal(each) / 1_000_000 for each in (first, 1_000_000 - first)]
    return [{"rate": str(rates[0]), "due": "at_once"}, {"rate": str(rates[1]), **later}]


def scheme(chance: Random) -> list[Clause]:
    chosen: list[tuple[str, dict[str, Any]]] = [
        ("UnpaidPrincipal", {})
        if chance.random() < 0.5
        else (
            "OutstandingDebt",
            {
                "components": chance.sample(("principal", "interest", "penalty", "costs"), chance.randint(1, 4)),
                "valued_on": chance.choice(("today", "npa", "claim", "lower")),
                "most_share": rate(chance),
            },
        ),
        share_rule(chance),
    ]
    if chance.random() < 0.5:
        faults = [{"code": code, "name": code, "rate": rate(chance)} for code in ("a", "b", "c")]
        chosen.append(("Reductions", {"faults": faults}))
    chosen += [cap(chance) for _ in range(chance.randrange(4))]
    if chance.random() < 0.5:
        chosen.append(("Instalments", {"portions": portions(chance)}))
    rows = [
        {"clause": name, "number": f"第{i}条", "text": "条文", "parameters": parameters}
        for i, (name, parameters) in enumerate(chosen)
    ]
    return read(rows)


def money(chance: Random) -> Decimal:
    """Up to 10,000,000 yuan: small, large and round amounts alike."""
    return Decimal(int(chance.random() * 10 ** (1 + int(chance.random() * 9)))) / 100


def debt(chance: Random) -> Debt:
    return Debt(money(chance), money(chance), money(chance), money(chance))


def claim(chance: Random) -> LoanFacts:
    loan = {
        **SOUND,
        "amount": money(chance) + 1,
        "size_class": chance.choice(("micro", "small", "medium")),
        "guarantee": chance.choice(("credit", "guarantor", "mortgage")),
        "is_first_loan": chance.random() < 0.3,
        "marks": frozenset(mark for mark in ("key_list", "ip_pledge") if chance.random() < 0.5),
        "principal_balance": money(chance),
        "interest_due": money(chance),
        "penalty_due": money(chance),
        "cost_due": money(chance),
        "owed_at_npa": debt(chance) if chance.random() < 0.7 else None,
        "owed_at_claim": debt(chance) if chance.random() < 0.7 else None,
        "received_since_npa": money(chance),
        "received_since_claim": money(chance),
        "mutual_deposit": money(chance),
        "insured_amount": money(chance),
        "compensated_to_borrower": money(chance),
        "compensated_for_loan": money(chance),
        "other_public_amount": money(chance),
    }
    return LoanFacts(**loan)


def tally(chance: Random) -> Tally:
    return Tally(
        registered=money(chance) * 100,
        loss=money(chance),
        paid=money(chance),
        paid_by_others=money(chance),
        fees=money(chance),
        recovered=money(chance),
    )


def pool(clauses: list[Clause], chance: Random) -> PoolFacts:
    """The tallies that the scheme reads, now and then without one."""
    places = [place for place in sorted(needs(clauses)) if chance.random() < 0.9]
    sums = {name: money(chance) * 10 for name in ("opening", "budget", "deposited")}
    return PoolFacts(tallies={place: tally(chance) for place in places}, **sums)


def faults(clauses: list[Clause], chance: Random) -> tuple[str, ...]:
    has_reductions = any(type(clause).__name__ == "Reductions" for clause in clauses)
    return tuple(code for code in "abc" if chance.random() < 0.4) if has_reductions else ()


def faults_of(clauses: list[Clause], facts: LoanFacts, beside: PoolFacts, found: Computation) -> list[str]:
    """Which promises a computation breaks: none, or the test says which."""
    broken = []
    if sum(share.amount for share in found.shares) != found.loss:
        broken.append("the shares do not add up to the loss")
    if any(share.amount < 0 for share in found.shares):
        broken.append("a share is negative")
    if found.fund_amount + found.other_amount + found.bank_amount != found.loss:
        broken.append("fund, bank and others are not the loss")
    if sum(part.amount for part in found.instalments) != found.fund_amount:
        broken.append("the instalments are not the fund's amount")
    for each in clauses:
        if isinstance(each, Cap):
            held = sum(share.amount for share in found.shares if share.side in each.covers)
            if held > each.limit(found.loss, facts, beside).amount:
                broken.append(f"{each.number} is exceeded")
    if any(line.amount != line.amount.quantize(Decimal("0.01")) for line in found.lines):
        broken.append("a line is not in fen")
    numbers = {clause.number for clause in clauses}
    if not {line.number for line in found.lines} <= numbers:
        broken.append("a line names no clause")
    return broken


def run(clauses: list[Clause], chance: Random) -> list[str]:
    """One claim under the scheme, computed twice."""
    facts, beside, wrong = claim(chance), pool(clauses, chance), faults(clauses, chance)
    found = compute(clauses, facts, pool=beside, faults=wrong)
    again = compute(clauses, facts, pool=beside, faults=wrong)
    broken = faults_of(clauses, facts, beside, found)
    return broken if again == found else [*broken, "computed again, the lines differ"]
