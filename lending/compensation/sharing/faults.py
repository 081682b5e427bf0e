"""What is wrong with one clause by itself: rates outside 0 to 1, tiers that overlap, instalments that are not the whole."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import singledispatch
from itertools import pairwise

from lending.compensation.clauses.base import Clause, percent
from lending.compensation.clauses.breakers import Breaker, BreakerAction, Metric
from lending.compensation.clauses.caps import BorrowerCap, LoanCap, PoolCap, PublicMoneyCap
from lending.compensation.clauses.claims import ClaimWindow
from lending.compensation.clauses.eligibility import Leverage, LoanAmount, LoanTerm
from lending.compensation.clauses.facts import Side
from lending.compensation.clauses.layers import OrderedPayer, ShareByLayers, ShareInOrder
from lending.compensation.clauses.procedure import Instalments, Procedure, Reductions, Stacking, StepCode
from lending.compensation.clauses.recoveries import RecoveryByPaidRatio
from lending.compensation.clauses.shares import COHORTS, ShareByCohort, ShareByPayers, ShareByTier, Tier
from portal.money import ZERO

ONE = Decimal(1)


@singledispatch
def faults(clause: Clause) -> Iterator[str]:
    """Sentences for whoever drafts; none for a clause that is sound."""
    yield from ()


@faults.register
def _(clause: ShareByCohort) -> Iterator[str]:
    if missing := COHORTS.keys() - clause.rates.keys():
        yield f"没有规定{'、'.join(name for code, name in COHORTS.items() if code in missing)}的比例。"
    yield from _rates(clause.rates.values())


@faults.register
def _(clause: ShareByTier) -> Iterator[str]:
    yield from _tiers(clause.tiers, clause.ceiling)
    yield from _rates([bonus.rate for bonus in clause.bonuses])


@faults.register
def _(clause: ShareByPayers) -> Iterator[str]:
    yield from _codes(payer.code for payer in clause.payers)
    if any(payer.weight <= 0 for payer in clause.payers):
        yield "分担权重须大于零。"


@faults.register
def _(clause: ShareInOrder) -> Iterator[str]:
    yield from _codes(payer.code for payer in clause.payers)
    for payer in clause.payers:
        yield from (f"{payer.name}:{said}" for said in _payer(payer))
    full = [payer.name for payer in clause.payers if payer.rate == ONE and payer.most is None and not payer.purse]
    if full and full[0] != clause.payers[-1].name:
        yield f"{full[0]}承担余下的全部,其后的分担方永远不会承担。"


@faults.register
def _(clause: ShareByLayers) -> Iterator[str]:
    filled = ZERO
    for layer in sorted(clause.layers, key=lambda each: each.attach):
        if layer.attach > filled:
            yield f"{percent(filled)}至{percent(layer.attach)}之间没有分层,由银行承担;如非本意请补上。"
        if layer.attach < filled:
            yield f"分层重叠:{percent(layer.attach)}低于上一层的终点{percent(filled)}。"
        if not layer.payers or any(payer.weight <= 0 for payer in layer.payers):
            yield f"{percent(layer.attach)}起的一层没有分担方或权重不大于零。"
        filled = max(filled, layer.exhaust)
    if filled > ONE:
        yield "分层终点超过100%。"


@faults.register(BorrowerCap)
@faults.register(LoanCap)
def _(clause: BorrowerCap | LoanCap) -> Iterator[str]:
    if clause.most <= 0:
        yield "上限须大于零,否则永远不能补偿。"


@faults.register
def _(clause: PublicMoneyCap) -> Iterator[str]:
    yield from _rates([clause.most_share])


@faults.register
def _(clause: PoolCap) -> Iterator[str]:
    if (clause.most is not None and clause.most <= 0) or (clause.times is not None and clause.times <= 0):
        yield "上限须大于零,否则永远不能补偿。"
    if not clause.covers:
        yield "没有写明约束哪一方的支出。"


@faults.register
def _(clause: Breaker) -> Iterator[str]:
    ordered = sorted(clause.thresholds, key=lambda each: each.above)
    severity = [list(BreakerAction).index(each.action) for each in ordered]
    if severity != sorted(severity):
        yield "较高的阈值对应较轻的措施,前后矛盾。"
    if any(each.above <= 0 for each in ordered):
        yield "阈值须大于零。"
    if clause.metric != Metric.BUDGET_USE and any(each.above > ONE for each in ordered):
        yield "比率的阈值不能超过100%。"
    if clause.reset_below is not None and clause.reset_below > ordered[0].above:
        yield f"恢复线{percent(clause.reset_below)}高于最低阈值{percent(ordered[0].above)},恢复后会立即再次触发。"
    if any((each.action == BreakerAction.SURCHARGE) != (each.surcharge > 0) for each in ordered):
        yield "加收费率的阈值须写明加收比例,其他阈值不应写。"


@faults.register
def _(clause: Instalments) -> Iterator[str]:
    total = sum((portion.rate for portion in clause.portions), ZERO)
    if total != ONE:
        yield f"各期比例合计{percent(total)},须为100%。"
    if any(portion.rate <= 0 for portion in clause.portions):
        yield "各期比例须大于零。"


@faults.register
def _(clause: Reductions) -> Iterator[str]:
    yield from _codes(fault.code for fault in clause.faults)
    if any(not 0 < fault.rate <= ONE for fault in clause.faults):
        yield "扣减比例须大于0、不超过100%。"


@faults.register
def _(clause: Stacking) -> Iterator[str]:
    if both := set(clause.stackable_with) & set(clause.exclusive_with):
        yield f"{'、'.join(sorted(both))}既可叠加又互斥。"


@faults.register
def _(clause: Procedure) -> Iterator[str]:
    order = list(StepCode)
    places = [order.index(step.code) for step in clause.steps]
    yield from _codes(step.code.value for step in clause.steps)
    if places != sorted(places):
        yield "办理环节的先后次序不对。"
    given = {step.code for step in clause.steps}
    if {StepCode.FORMAL_CHECK, StepCode.APPROVAL, StepCode.PAYMENT} - given:
        yield "办理程序须有形式审查、审定和拨付。"
    if any(step.days <= 0 for step in clause.steps):
        yield "各环节的天数须大于零。"


@faults.register
def _(clause: RecoveryByPaidRatio) -> Iterator[str]:
    if bool(clause.remit_within_days) == bool(clause.remit_within_working_days):
        yield "缴回期限须写自然日或工作日,只写其一。"
    if len(set(clause.order)) != len(clause.order):
        yield "清偿顺序有重复。"
    yield from _rates([clause.most_cost_share, clause.late_rate_per_day])


@faults.register
def _(clause: ClaimWindow) -> Iterator[str]:
    if bool(clause.window_months) == bool(clause.window_days):
        yield "申报期限须写月数或天数,只写其一。"
    if clause.over_days < 0 or clause.lock_in_months < 0:
        yield "天数和月数不能为负。"


@faults.register
def _(clause: Leverage) -> Iterator[str]:
    if not 0 < clause.least <= clause.most:
        yield "放大倍数的下限须大于零且不高于上限。"


@faults.register
def _(clause: LoanAmount) -> Iterator[str]:
    if any(limit <= 0 for limit in clause.limits.values()):
        yield "金额上限须大于零。"


@faults.register
def _(clause: LoanTerm) -> Iterator[str]:
    if clause.most_months <= 0:
        yield "期限须大于零。"


def _payer(payer: OrderedPayer) -> Iterator[str]:
    given = [payer.rate is not None, bool(payer.rates), bool(payer.tiers)]
    if sum(given) != 1:
        yield "固定比例、比例表和分档只能用其一。"
    if payer.rates and not payer.by:
        yield "比例表没有写明按什么查。"
    if payer.rates and any(len(key.split("/")) != len(payer.by) for key in payer.rates):
        yield "比例表的行与查表项数不符。"
    if payer.tiers:
        yield from _tiers(payer.tiers, payer.ceiling)
    rates = [payer.rate] if payer.rate is not None else list((payer.rates or {}).values())
    yield from _rates(rates)
    if any(rate > payer.ceiling for rate in rates):
        yield f"比例上限{percent(payer.ceiling)}低于基础比例。"
    if payer.most is not None and payer.most <= 0:
        yield "上限须大于零。"
    if payer.side == Side.BANK:
        yield "银行承担余下部分,不必列为分担方。"


def _tiers(tiers: Iterable[Tier], ceiling: Decimal) -> Iterator[str]:
    ordered = sorted(tiers, key=lambda tier: tier.up_to)
    if not ordered or ordered[0].up_to <= 0:
        yield "分档的金额须大于零。"
    if any(low.up_to == high.up_to for low, high in pairwise(ordered)):
        yield "分档重叠:同一金额上限出现两次。"
    yield from _rates([tier.rate for tier in ordered])
    if any(tier.rate > ceiling for tier in ordered):
        yield f"比例上限{percent(ceiling)}低于某一档的基础比例。"


def _rates(rates: Iterable[Decimal]) -> Iterator[str]:
    if any(not 0 <= rate <= ONE for rate in rates):
        yield "比例须在0到100%之间。"


def _codes(codes: Iterable[str]) -> Iterator[str]:
    if twice := [code for code, count in Counter(codes).items() if count > 1]:
        yield f"代码{'、'.join(twice)}重复。"
