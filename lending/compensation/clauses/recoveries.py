"""Money that comes back: what comes off first, by when the fund's part is due, what lateness costs, and the two ends of it:
written off, or bought back on cure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from lending.compensation.clauses.base import Condition, RecoveryRule, Stage, Verdict
from lending.compensation.clauses.claims import LEGAL_STEPS
from lending.compensation.clauses.facts import Component, LoanFacts
from portal.money import ZERO, part
from portal.periods import add_months, add_working_days


@dataclass(frozen=True, kw_only=True)
class RecoveryByPaidRatio(RecoveryRule):
    """What comes back, less the cost of getting it, is shared as the loss was; the fund's part is remitted in time.

    ``order`` says what a recovery is set against after costs: only what falls on the components of the loss is shared, the
    rest is the bank's. ``most_cost_share`` limits the costs to a part of the gross. A remittance that comes after its day
    bears ``late_rate_per_day`` for each day.
    """

    title: ClassVar[str] = "追偿返还"
    remit_within_working_days: int = 0
    remit_within_days: int = 0
    deducts_costs: bool = True
    most_cost_share: Decimal = Decimal(1)
    order: tuple[Component, ...] = (Component.PRINCIPAL, Component.INTEREST, Component.PENALTY)
    late_rate_per_day: Decimal = ZERO

    def remit_by(self, recovered_on: date) -> date:
        if self.remit_within_days:
            return recovered_on + timedelta(days=self.remit_within_days)
        return add_working_days(recovered_on, self.remit_within_working_days)

    def deductible(self, gross: Decimal, costs: Decimal) -> Decimal:
        return min(costs, part(gross, self.most_cost_share)) if self.deducts_costs else ZERO

    def late_interest(self, amount: Decimal, *, due_on: date, paid_on: date) -> Decimal:
        days = max((paid_on - due_on).days, 0)
        return part(amount, self.late_rate_per_day * days)


@dataclass(frozen=True, kw_only=True)
class WriteOff(Condition):
    """What never came back may be written off: so long after payment, and after one of the legal steps."""

    title: ClassVar[str] = "核销"
    stage: ClassVar[Stage] = Stage.WRITE_OFF
    after_months: int
    steps: tuple[str, ...] = ()

    def judge(self, facts: LoanFacts) -> Verdict:
        if facts.paid_on is None:
            return self.verdict(False, "补偿尚未拨付,不能核销。")
        first = add_months(facts.paid_on, self.after_months)
        if facts.as_of < first:
            return self.verdict(False, f"拨付满{self.after_months}个月后({first:%Y-%m-%d}起)方可核销。")
        if self.steps and facts.legal_step not in self.steps:
            wanted = "、".join(LEGAL_STEPS[step] for step in self.steps)
            return self.verdict(False, f"核销须先取得以下之一:{wanted}。")
        return self.verdict(True, f"拨付已满{self.after_months}个月,可以核销,核销后仍须追偿。")


@dataclass(frozen=True, kw_only=True)
class RepurchaseOnCure(Condition):
    """A borrower who has served the loan again for so many months is cured: the bank returns what it was paid and misses."""

    title: ClassVar[str] = "恢复正常后回购"
    stage: ClassVar[Stage] = Stage.CURE
    after_months: int

    def judge(self, facts: LoanFacts) -> Verdict:
        cured = facts.cured_months >= self.after_months and facts.overdue_since is None
        said = f"已连续正常还款{facts.cured_months}个月,满{self.after_months}个月须由银行退回尚未追回的补偿款。"
        return self.verdict(cured, said, 正常还款月数=str(facts.cured_months))
