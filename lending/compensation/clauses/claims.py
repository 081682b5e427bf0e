"""When a claim may be filed, and whether the fund can bear it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from lending.compensation.clauses.base import Condition, LoanFacts, RecoveryRule, Stage, Verdict, money, percent
from portal.periods import add_months, add_working_days

LEGAL_STEPS = {
    "sued": "已起诉",
    "accepted": "法院已受理",
    "arbitration": "仲裁已受理",
    "judged": "已判决或裁决",
    "enforcement": "已申请强制执行(含公证赋强)",
}


@dataclass(frozen=True, kw_only=True)
class ClaimWindow(Condition):
    """More than ``over_days`` past due and past the lock-in after drawdown; then open for ``window_months``."""

    title: ClassVar[str] = "申报期间"
    stage: ClassVar[Stage] = Stage.CLAIM
    over_days: int
    window_months: int
    lock_in_months: int = 0

    def opens_on(self, *, overdue_since: date, drawn_on: date) -> date:
        """The first day on which a claim may be filed."""
        return max(overdue_since + timedelta(days=self.over_days + 1), self._lock_in_ends(drawn_on))

    def closes_on(self, *, overdue_since: date, drawn_on: date) -> date:
        """The last day; counted from the day the arrears were full, or from the end of the lock-in where that is later."""
        full = overdue_since + timedelta(days=self.over_days)
        return add_months(max(full, self._lock_in_ends(drawn_on)), self.window_months)

    def is_over(self, facts: LoanFacts) -> bool:
        since = facts.overdue_since
        return since is not None and facts.as_of > self.closes_on(overdue_since=since, drawn_on=facts.drawn_on)

    def judge(self, facts: LoanFacts) -> Verdict:
        if facts.overdue_since is None:
            return self.verdict(False, "贷款没有逾期,不能申报补偿。", 逾期天数="0")
        opens = self.opens_on(overdue_since=facts.overdue_since, drawn_on=facts.drawn_on)
        closes = self.closes_on(overdue_since=facts.overdue_since, drawn_on=facts.drawn_on)
        if facts.as_of < opens:
            said = f"尚未到申报日:逾期{facts.days_overdue}天,须超过{self.over_days}天,最早可于{opens:%Y-%m-%d}申报。"
        elif self.is_over(facts):
            said = f"已过申报期限:最后申报日为{closes:%Y-%m-%d},超期不予受理。"
        else:
            said = f"逾期{facts.days_overdue}天,在申报期间内({opens:%Y-%m-%d}至{closes:%Y-%m-%d})。"
        return self.verdict(
            opens <= facts.as_of <= closes,
            said,
            逾期天数=str(facts.days_overdue),
            最早申报日=f"{opens:%Y-%m-%d}",
            最后申报日=f"{closes:%Y-%m-%d}",
        )

    def _lock_in_ends(self, drawn_on: date) -> date:
        return add_months(drawn_on, self.lock_in_months)


@dataclass(frozen=True, kw_only=True)
class LegalStepTaken(Condition):
    title: ClassVar[str] = "司法程序"
    stage: ClassVar[Stage] = Stage.CLAIM
    steps: tuple[str, ...]

    def judge(self, facts: LoanFacts) -> Verdict:
        wanted = "、".join(LEGAL_STEPS[step] for step in self.steps)
        if not facts.legal_step:
            return self.verdict(False, f"尚未启动司法程序,须先取得以下之一:{wanted}。")
        step = LEGAL_STEPS.get(facts.legal_step, facts.legal_step)
        enough = facts.legal_step in self.steps
        said = f"{step}。" if enough else f"{step},尚未达到要求,须为以下之一:{wanted}。"
        return self.verdict(enough, said, 司法进展=step)


@dataclass(frozen=True, kw_only=True)
class FundRoom(Condition):
    """The fund pays what it has. From ``warns_at`` of the authorised total on, the sentence says so."""

    title: ClassVar[str] = "资金池额度"
    stage: ClassVar[Stage] = Stage.APPROVAL
    warns_at: Decimal

    def judge(self, facts: LoanFacts) -> Verdict:
        asked = facts.asked
        left = facts.available - asked
        used = (facts.authorised - left) / facts.authorised if facts.authorised else Decimal(1)
        shown = {"可用余额": money(facts.available), "本次补偿": money(asked), "审定后使用率": percent(used)}
        if left < 0:
            return self.verdict(
                False, f"资金池可用余额不足:可用{money(facts.available)},本次需{money(asked)}。", **shown
            )
        warning = f",已达到{percent(self.warns_at)}预警线" if used >= self.warns_at else ""
        return self.verdict(
            True, f"资金池可用余额{money(facts.available)},审定后使用率{percent(used)}{warning}。", **shown
        )


@dataclass(frozen=True, kw_only=True)
class RecoveryByPaidRatio(RecoveryRule):
    """What comes back, less the cost of getting it, is shared as the loss was; the fund's part is remitted in time."""

    title: ClassVar[str] = "追偿返还"
    remit_within_working_days: int

    def remit_by(self, recovered_on: date) -> date:
        return add_working_days(recovered_on, self.remit_within_working_days)
