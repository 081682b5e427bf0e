"""How a claim goes on its way: steps and their days, publicity, instalments, reductions for faults, appeal, other schemes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from lending.compensation.clauses.base import Clause
from lending.compensation.clauses.base import percent as percent_of
from portal.money import ZERO
from portal.periods import add_months, add_working_days


class StepCode(StrEnum):
    """The steps a scheme may ask for, in their order."""

    SUPPLEMENT = "supplement"
    FORMAL_CHECK = "formal_check"
    EXPERT_REVIEW = "expert_review"
    SITE_REVIEW = "site_review"
    FINANCE_OPINION = "finance_opinion"
    JOINT_MEETING = "joint_meeting"
    PUBLICITY = "publicity"
    APPROVAL = "approval"
    PAYMENT = "payment"


@dataclass(frozen=True)
class Step:
    """A step and the days it may take (working days, unless ``in_calendar_days``)."""

    code: StepCode
    days: int
    in_calendar_days: bool = False

    def due_on(self, since: date, *, stopped_days: int = 0) -> date:
        """The last day of the step when it began on ``since``; days on which the clock stood are added."""
        if self.in_calendar_days:
            return since + timedelta(days=self.days + stopped_days)
        return add_working_days(since, self.days + stopped_days)


@dataclass(frozen=True, kw_only=True)
class Procedure(Clause):
    """The steps between filing and payment. A scheme without this clause has the short path: check, approval, payment."""

    title: ClassVar[str] = "办理程序"
    steps: tuple[Step, ...]

    def step(self, code: StepCode) -> Step | None:
        return next((step for step in self.steps if step.code == code), None)


@dataclass(frozen=True, kw_only=True)
class Appeal(Clause):
    """Within these days of the decision the bank may ask ``body`` to look again."""

    title: ClassVar[str] = "复核申请"
    within_days: int
    in_calendar_days: bool = False
    body: str = ""

    def closes_on(self, decided_on: date) -> date:
        return Step(StepCode.APPROVAL, self.within_days, self.in_calendar_days).due_on(decided_on)


class Due(StrEnum):
    """When an instalment may be paid."""

    AT_ONCE = "at_once"
    #: When the recovery has come to its end, or so many months after the judgment became final.
    RECOVERY_CONCLUDED = "recovery_concluded"


@dataclass(frozen=True)
class Portion:
    """A part of the pay-out and its condition."""

    rate: Decimal
    due: Due
    or_months_after_judgment: int = 0

    def is_due(self, *, day: date, recovery_concluded: bool, judged_on: date | None) -> bool:
        if self.due == Due.AT_ONCE or recovery_concluded:
            return True
        months = self.or_months_after_judgment
        return bool(months and judged_on and day >= add_months(judged_on, months))


@dataclass(frozen=True, kw_only=True)
class Instalments(Clause):
    """The pay-out in parts, such as 75 % now and 25 % when the recovery is over."""

    title: ClassVar[str] = "分期拨付"
    portions: tuple[Portion, ...]

    def __post_init__(self) -> None:
        if not self.portions:
            raise ValueError("no portion")


@dataclass(frozen=True)
class Fault:
    """A fault of the bank and what part of the pay-out it costs; 1 is all of it."""

    code: str
    name: str
    rate: Decimal


@dataclass(frozen=True, kw_only=True)
class Reductions(Clause):
    """Faults that reduce what is paid; rates add up, to the whole at most. Each is excluded or found one by one."""

    title: ClassVar[str] = "扣减情形"
    faults: tuple[Fault, ...]

    def found(self, codes: Collection[str]) -> list[Fault]:
        """The faults of ``codes``. Raises KeyError for one the scheme does not know."""
        known = {fault.code: fault for fault in self.faults}
        if unknown := sorted(set(codes) - known.keys()):
            raise KeyError(unknown[0])
        return [fault for fault in self.faults if fault.code in set(codes)]

    @staticmethod
    def rate(found: Sequence[Fault]) -> Decimal:
        return min(sum((fault.rate for fault in found), ZERO), Decimal(1))

    @staticmethod
    def words(found: Sequence[Fault]) -> str:
        return "、".join(f"{fault.name}扣减{percent_of(fault.rate)}" for fault in found)


@dataclass(frozen=True, kw_only=True)
class Stacking(Clause):
    """Which other schemes may pay for the same loan beside this one; all others may not. "*" allows any.

    A scheme without this clause stands alone: one loan, one scheme.
    """

    title: ClassVar[str] = "叠加与互斥"
    stackable_with: tuple[str, ...] = ()
    exclusive_with: tuple[str, ...] = ()

    def allows(self, code: str) -> bool:
        if code in self.exclusive_with or "*" in self.exclusive_with:
            return False
        return code in self.stackable_with or "*" in self.stackable_with
