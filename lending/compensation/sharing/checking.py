"""Whether a draft can be adopted: gaps and contradictions between its clauses, over the whole time it is to hold."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lending.compensation.clauses.base import Cap, Clause, LossRule, RecoveryRule, ShareRule
from lending.compensation.clauses.caps import BorrowerCap, LoanCap
from lending.compensation.clauses.claims import ClaimWindow
from lending.compensation.clauses.eligibility import FirmSize, LoanAmount
from lending.compensation.clauses.facts import Side
from lending.compensation.clauses.layers import ShareByLayers, ShareInOrder
from lending.compensation.clauses.procedure import Stacking
from lending.compensation.clauses.recoveries import RecoveryByPaidRatio
from lending.compensation.clauses.shares import ShareByPayers, ShareByTier
from lending.compensation.sharing.faults import faults
from lending.compensation.sharing.pools import OtherScheme
from lending.compensation.sharing.recoveries import loss_components

REQUIRED: dict[type[Clause], str] = {
    LossRule: "损失认定",
    ShareRule: "分担比例",
    RecoveryRule: "追偿返还",
    ClaimWindow: "申报期间",
}


@dataclass(frozen=True)
class Finding:
    """Something wrong with a draft. ``blocks``: it cannot be adopted like this; otherwise a thing to think about."""

    number: str
    sentence: str
    blocks: bool = True


def check(
    clauses: Sequence[Clause],
    *,
    code: str,
    valid_from: date,
    valid_until: date | None = None,
    others: Sequence[OtherScheme] = (),
) -> list[Finding]:
    """Everything found, what blocks first. ``others`` are the schemes now adopted."""
    found = [*_each(clauses), *_dates(clauses, valid_from, valid_until), *_stacking(clauses, code, others)]
    for day in _turning_days(clauses, valid_from, valid_until):
        now = [clause for clause in clauses if clause.is_in_force(day)]
        found += [*_completeness(now, day), *_between(now)]
    return sorted(dict.fromkeys(found), key=lambda finding: not finding.blocks)


def _each(clauses: Sequence[Clause]) -> Iterator[Finding]:
    for clause in clauses:
        if not clause.number.strip() or not clause.text.strip():
            yield Finding(clause.number, "条款须有编号和条文。")
        for said in faults(clause):
            yield Finding(clause.number, said, blocks="如非本意" not in said)
    for number, count in Counter(clause.number for clause in clauses).items():
        if count > 1:
            yield Finding(number, f"编号{number}用了{count}次。")


def _dates(clauses: Sequence[Clause], valid_from: date, valid_until: date | None) -> Iterator[Finding]:
    if valid_until and valid_until < valid_from:
        yield Finding("", "方案的失效日期早于生效日期。")
    for clause in clauses:
        since, until = clause.in_force_from, clause.in_force_until
        if since and until and until < since:
            yield Finding(clause.number, "条款的失效日期早于生效日期。")
        is_before = (since and since < valid_from) or (until and until < valid_from)
        is_after = valid_until and ((until and until > valid_until) or (since and since > valid_until))
        if is_before or is_after:
            yield Finding(clause.number, "条款的日期超出方案的有效期。")


def _turning_days(clauses: Sequence[Clause], valid_from: date, valid_until: date | None) -> list[date]:
    """The days on which the set of clauses in force may change, inside the scheme's own time."""
    days = {valid_from}
    for clause in clauses:
        if clause.in_force_from:
            days.add(clause.in_force_from)
        if clause.in_force_until:
            days.add(clause.in_force_until + timedelta(days=1))
    return sorted(day for day in days if day >= valid_from and (valid_until is None or day <= valid_until))


def _completeness(now: Sequence[Clause], day: date) -> Iterator[Finding]:
    for kind, name in REQUIRED.items():
        count = sum(isinstance(clause, kind) for clause in now)
        if count == 0:
            yield Finding("", f"{day:%Y-%m-%d}起没有“{name}”条款。")
        if count > 1:
            yield Finding("", f"{day:%Y-%m-%d}起有{count}条“{name}”条款同时有效,只能有一条。")
    for kind, count in Counter(type(clause) for clause in now).items():
        if count > 1 and not kind.repeats and not issubclass(kind, tuple(REQUIRED)):
            yield Finding("", f"{day:%Y-%m-%d}起有{count}条“{kind.title}”条款同时有效。")


def _between(now: Sequence[Clause]) -> Iterator[Finding]:
    """Contradictions between clauses that are in force together."""
    sides = _sides(now)
    for clause in now:
        if isinstance(clause, Cap) and sides and not sides & set(clause.covers):
            yield Finding(clause.number, "上限约束的一方不在分担方之列,永远不会起作用。")
        if isinstance(clause, RecoveryByPaidRatio) and set(loss_components(now)) - set(clause.order):
            yield Finding(clause.number, "清偿顺序没有包括损失的全部组成部分,追回款无法返还。")
    if sides and Side.FUND not in sides:
        yield Finding("", "没有资金池承担的份额。")
    yield from _amounts(now)


def _amounts(now: Sequence[Clause]) -> Iterator[Finding]:
    limits = next((clause for clause in now if isinstance(clause, LoanAmount)), None)
    sizes = next((clause for clause in now if isinstance(clause, FirmSize)), None)
    if limits and sizes and (missing := [size for size in sizes.sizes if size not in limits.limits]):
        yield Finding(limits.number, f"支持的规模{'、'.join(missing)}没有金额上限,这些企业不能备案。")
    top = max(limits.limits.values(), default=Decimal(0)) if limits else Decimal(0)
    for clause in now:
        if (
            isinstance(clause, ShareByTier)
            and not clause.is_marginal
            and top > max(each.up_to for each in clause.tiers)
        ):
            yield Finding(clause.number, "单笔金额上限高于最高一档,超出的贷款没有补偿比例。")
    per_borrower = [clause.most for clause in now if isinstance(clause, BorrowerCap)]
    for clause in now:
        if isinstance(clause, LoanCap) and per_borrower and clause.most > min(per_borrower):
            yield Finding(clause.number, "单笔上限高于单户上限,不会起作用。", blocks=False)


def _sides(now: Sequence[Clause]) -> set[Side]:
    """Whose parts the share rules know; empty where they know no names."""
    sides: set[Side] = set()
    for clause in now:
        if isinstance(clause, ShareByPayers | ShareInOrder):
            sides |= {payer.side for payer in clause.payers}
        elif isinstance(clause, ShareByLayers):
            sides |= {payer.side for layer in clause.layers for payer in layer.payers}
        elif isinstance(clause, ShareRule):
            sides.add(Side.FUND)
    return sides


def _stacking(clauses: Sequence[Clause], code: str, others: Sequence[OtherScheme]) -> Iterator[Finding]:
    for clause in clauses:
        if not isinstance(clause, Stacking):
            continue
        if code in {*clause.stackable_with, *clause.exclusive_with}:
            yield Finding(clause.number, "方案不能与自己叠加或互斥。")
        for other in others:
            theirs = [each for each in other.clauses if isinstance(each, Stacking)]
            if clause.allows(other.code) and other.code != code and not all(each.allows(code) for each in theirs):
                yield Finding(clause.number, f"允许与“{other.name}”叠加,但该方案不允许与本方案叠加。")
