"""Breakers (熔断): a rate of the pool past its threshold warns, defers payments, stops new loans, or costs a surcharge."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from lending.compensation.clauses.base import Clause, money
from lending.compensation.clauses.base import percent as percent_of
from lending.compensation.clauses.caps import SCOPES, WINDOWS
from lending.compensation.clauses.facts import PoolFacts, Scope, Tally, Window
from portal.money import ZERO


class Metric(StrEnum):
    LOSS_RATE = "loss_rate"
    #: By amount or by number of loans, whichever is higher (户/额孰高).
    LOSS_RATE_HIGHER_OF = "loss_rate_higher_of"
    OVERDUE_RATE = "overdue_rate"
    #: 代偿率: paid out against registered principal.
    PAID_RATE = "paid_rate"
    BUDGET_USE = "budget_use"


METRICS = {
    Metric.LOSS_RATE: "不良损失率",
    Metric.LOSS_RATE_HIGHER_OF: "不良率(户数与金额孰高)",
    Metric.OVERDUE_RATE: "逾期率",
    Metric.PAID_RATE: "代偿率",
    Metric.BUDGET_USE: "预算使用率",
}


class BreakerAction(StrEnum):
    """What a breaker does, the mildest first. To defer is not to refuse: the claim waits until the breaker resets."""

    WARN = "warn"
    SURCHARGE = "surcharge"
    DEFER = "defer"
    STOP_NEW = "stop_new"
    END_AGREEMENT = "end_agreement"


ACTIONS = {
    BreakerAction.WARN: "预警",
    BreakerAction.SURCHARGE: "加收费率",
    BreakerAction.DEFER: "暂缓补偿",
    BreakerAction.STOP_NEW: "暂停新增备案",
    BreakerAction.END_AGREEMENT: "终止合作协议",
}


@dataclass(frozen=True)
class Threshold:
    """Above ``above`` (or at it, where ``is_inclusive``) the action is taken; ``surcharge`` is a fraction on the fee.

    ``after_trips``: only from the next time on after so many in five years (CGTMSE: more than three).
    """

    above: Decimal
    action: BreakerAction
    is_inclusive: bool = False
    surcharge: Decimal = ZERO
    after_trips: int = 0


@dataclass(frozen=True)
class BreakerVerdict:
    """Where a breaker stands. ``actions`` is empty while it is quiet, or while two persons have overridden it."""

    clause: str
    number: str
    text: str
    scope: Scope
    actions: tuple[BreakerAction, ...]
    sentence: str
    figures: dict[str, str] = field(default_factory=dict)
    surcharge: Decimal = ZERO
    is_overridden: bool = False
    #: Tripped before, quiet now, and held until its reset rule is met.
    is_held: bool = False


@dataclass(frozen=True, kw_only=True)
class Breaker(Clause):
    """One metric of one scope in one window, its thresholds, and how it comes back.

    Once tripped it stays so until ``reset_quarters`` closed quarters in a row lie below ``reset_below`` (0 quarters: as soon as
    the metric itself is back). ``may_override``: whether two persons may lift it, with a reason.
    """

    title: ClassVar[str] = "熔断"
    repeats: ClassVar[bool] = True
    metric: Metric
    scope: Scope
    window: Window = Window.YEAR
    thresholds: tuple[Threshold, ...]
    reset_below: Decimal | None = None
    reset_quarters: int = 0
    may_override: bool = True

    def __post_init__(self) -> None:
        if not self.thresholds:
            raise ValueError("no threshold")

    def needs(self) -> frozenset[tuple[Scope, Window]]:
        return frozenset({(self.scope, self.window)})

    def rate(self, tally: Tally, pool: PoolFacts) -> Decimal:
        """The metric as a fraction; something against nothing is whole."""
        if self.metric == Metric.BUDGET_USE:
            return _ratio(tally.paid, pool.budget)
        if self.metric == Metric.LOSS_RATE_HIGHER_OF:
            by_number = _ratio(Decimal(tally.bad_count), Decimal(tally.count))
            return max(_ratio(tally.loss, tally.registered), by_number)
        above = {Metric.LOSS_RATE: tally.loss, Metric.OVERDUE_RATE: tally.overdue, Metric.PAID_RATE: tally.paid}
        return _ratio(above[self.metric], tally.registered)

    def tripped(self, rate: Decimal, *, trips: int = 0) -> list[Threshold]:
        """The thresholds that ``rate`` is past."""
        return [
            each
            for each in self.thresholds
            if (rate >= each.above if each.is_inclusive else rate > each.above) and trips >= each.after_trips
        ]

    def has_reset(self, pool: PoolFacts) -> bool:
        """Whether the quarters since have been good enough."""
        recent = pool.quarters.get(self.scope, ())[: self.reset_quarters]
        below = min(each.above for each in self.thresholds) if self.reset_below is None else self.reset_below
        return len(recent) == self.reset_quarters and all(self.rate(tally, pool) < below for tally in recent)

    def judge(self, pool: PoolFacts, *, has_tripped: bool = False, is_overridden: bool = False) -> BreakerVerdict:
        tally = pool.tally(self.scope, self.window)
        rate = self.rate(tally, pool)
        past = self.tripped(rate, trips=pool.trips.get(self.scope, 0))
        is_held = has_tripped and not past and not self.has_reset(pool)
        # Held below every threshold: what it did at the last one that stops anything, it goes on doing.
        acting = past or (list(self.thresholds) if is_held else [])
        actions = tuple(sorted({each.action for each in acting}, key=list(BreakerAction).index))
        lifted = is_overridden and self.may_override and bool(actions)
        return BreakerVerdict(
            type(self).__name__,
            self.number,
            self.text,
            self.scope,
            () if lifted else actions,
            self._sentence(rate, past, actions, is_held=is_held, is_lifted=lifted),
            self._figures(tally, rate),
            ZERO if lifted else max((each.surcharge for each in acting), default=ZERO),
            lifted,
            is_held,
        )

    def _sentence(
        self,
        rate: Decimal,
        past: list[Threshold],
        actions: tuple[BreakerAction, ...],
        *,
        is_held: bool,
        is_lifted: bool,
    ) -> str:
        said = f"{SCOPES[self.scope]}{WINDOWS[self.window]}{METRICS[self.metric]}{percent_of(rate)}"
        if is_held:
            words = "、".join(ACTIONS[each] for each in actions)
            said += f",已回落,但尚未满足恢复条件(连续{self.reset_quarters}个季度达标),继续{words}"
        elif past:
            words = "、".join(ACTIONS[each] for each in actions)
            worst = max(past, key=lambda each: each.above)
            said += f",{'达到' if worst.is_inclusive else '超过'}{percent_of(worst.above)},{words}"
        else:
            said += f",未超过{percent_of(min(each.above for each in self.thresholds))}"
        return said + (";经两人批准解除,不执行。" if is_lifted else "。")

    def _figures(self, tally: Tally, rate: Decimal) -> dict[str, str]:
        shown = {METRICS[self.metric]: percent_of(rate), "备案本金": money(tally.registered)}
        if self.metric in {Metric.LOSS_RATE, Metric.LOSS_RATE_HIGHER_OF}:
            shown["认定损失"] = money(tally.loss)
        return shown


def _ratio(above: Decimal, below: Decimal) -> Decimal:
    if below > 0:
        return above / below
    return Decimal(1) if above > 0 else ZERO
