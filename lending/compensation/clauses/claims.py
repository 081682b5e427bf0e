"""When a claim may be filed, and whether the fund can bear it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from lending.compensation.clauses.base import Condition, LoanFacts, Stage, Verdict, money, percent
from portal.periods import add_months, add_working_days

LEGAL_STEPS = {
    "sued": "已起诉",
    "accepted": "法院已受理",
    "arbitration": "仲裁已受理",
    "judged": "已判决或裁决",
    "enforcement": "已申请强制执行(含公证赋强)",
    "terminated": "已裁定终结执行",
}
RISK_CLASSES = {
    "normal": "正常",
    "special_mention": "关注",
    "substandard": "次级",
    "doubtful": "可疑",
    "loss": "损失",
}


class LockIn(StrEnum):
    """From which day the lock-in runs."""

    DRAWDOWN = "drawdown"
    LAST_DRAWDOWN = "last_drawdown"


class CountedFrom(StrEnum):
    """From which day the time for filing runs. ``ARREARS``: from when they were full, or the lock-in's end if later."""

    ARREARS = "arrears"
    NPA = "npa"
    LOCK_IN = "lock_in"
    MATURITY = "maturity"


@dataclass(frozen=True, kw_only=True)
class ClaimWindow(Condition):
    """More than ``over_days`` past due and past the lock-in after drawdown; then open for ``window_months``.

    ``or_risk_classes`` opens it at once for a loan of such a class. ``window_days`` (with ``in_working_days``) counts in days
    instead of months. A day that is not known (non-performing, maturity) falls back to that of the arrears.
    """

    title: ClassVar[str] = "申报期间"
    stage: ClassVar[Stage] = Stage.CLAIM
    reads: ClassVar[tuple[str, ...]] = (
        "overdue_since",
        "drawn_on",
        "last_drawn_on",
        "npa_on",
        "matures_on",
        "risk_class",
    )
    over_days: int
    window_months: int = 0
    lock_in_months: int = 0
    lock_in_from: LockIn = LockIn.DRAWDOWN
    counted_from: CountedFrom = CountedFrom.ARREARS
    window_days: int = 0
    in_working_days: bool = False
    or_risk_classes: tuple[str, ...] = ()

    def opens_on(
        self,
        *,
        overdue_since: date,
        drawn_on: date,
        last_drawn_on: date | None = None,
        risk_class: str = "",
        npa_on: date | None = None,
    ) -> date:
        """The first day on which a claim may be filed."""
        due = overdue_since + timedelta(days=self.over_days + 1)
        if risk_class and risk_class in self.or_risk_classes:
            due = min(due, npa_on or overdue_since)
        return max(due, self._lock_in_ends(drawn_on, last_drawn_on))

    def closes_on(
        self,
        *,
        overdue_since: date,
        drawn_on: date,
        last_drawn_on: date | None = None,
        npa_on: date | None = None,
        matures_on: date | None = None,
    ) -> date:
        """The last day; counted from the day the arrears were full, or from the end of the lock-in where that is later."""
        full, lock = overdue_since + timedelta(days=self.over_days), self._lock_in_ends(drawn_on, last_drawn_on)
        since = {
            CountedFrom.ARREARS: max(full, lock),
            CountedFrom.NPA: max(npa_on or full, lock),
            CountedFrom.LOCK_IN: lock,
            CountedFrom.MATURITY: matures_on or full,
        }[self.counted_from]
        if not self.window_days:
            return add_months(since, self.window_months)
        if self.in_working_days:
            return add_working_days(since, self.window_days)
        return since + timedelta(days=self.window_days)

    def is_over(self, facts: LoanFacts) -> bool:
        return facts.overdue_since is not None and facts.as_of > self._closes(facts, facts.overdue_since)

    def judge(self, facts: LoanFacts) -> Verdict:
        if facts.overdue_since is None:
            return self.verdict(False, "贷款没有逾期,不能申报补偿。", 逾期天数="0")
        opens, closes = self._opens(facts, facts.overdue_since), self._closes(facts, facts.overdue_since)
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

    def _opens(self, facts: LoanFacts, since: date) -> date:
        return self.opens_on(
            overdue_since=since,
            drawn_on=facts.drawn_on,
            last_drawn_on=facts.last_drawn_on,
            risk_class=facts.risk_class,
            npa_on=facts.npa_on,
        )

    def _closes(self, facts: LoanFacts, since: date) -> date:
        return self.closes_on(
            overdue_since=since,
            drawn_on=facts.drawn_on,
            last_drawn_on=facts.last_drawn_on,
            npa_on=facts.npa_on,
            matures_on=facts.matures_on,
        )

    def _lock_in_ends(self, drawn_on: date, last_drawn_on: date | None = None) -> date:
        first = last_drawn_on or drawn_on if self.lock_in_from == LockIn.LAST_DRAWDOWN else drawn_on
        return add_months(first, self.lock_in_months)


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
