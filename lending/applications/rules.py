"""Deadlines of an institution (defaults of the station), and where a refused firm turns next. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from portal.periods import add_working_days, is_working_day

#: 受理 within one working day, 决定 within ten, both counted from the submission.
ACCEPT_WORKING_DAYS: Final = 1
DECIDE_WORKING_DAYS: Final = 10
#: A deadline ends with the office hours of its day.
CLOSE_OF_BUSINESS: Final = time(18)
#: A clock with less left than this is shown as urgent.
NEAR: Final = timedelta(hours=24)


def deadline(start: datetime, working_days: int) -> datetime:
    """The close of business ``working_days`` after the local day of ``start`` (aware, in local time)."""
    return datetime.combine(add_working_days(start.date(), working_days), CLOSE_OF_BUSINESS, tzinfo=start.tzinfo)


def prolonged(due_at: datetime, asked_on: date, answered_on: date) -> datetime:
    """``due_at`` (local time) moved by the working days the institution waited for the firm."""
    waited = sum(is_working_day(asked_on + timedelta(days=n)) for n in range(1, (answered_on - asked_on).days + 1))
    return datetime.combine(add_working_days(due_at.date(), waited), due_at.timetz())


@dataclass(frozen=True)
class Clock:
    """How much of a deadline is left: ``tone`` is active, late (near) or bad (over)."""

    due_at: datetime
    is_over: bool
    is_near: bool

    @property
    def tone(self) -> str:
        return "bad" if self.is_over else "late" if self.is_near else "active"


def clock(due_at: datetime | None, at: datetime) -> Clock | None:
    return None if due_at is None else Clock(due_at, due_at < at, due_at < at + NEAR)


def gettext_noop(text: str) -> str:
    """Marks ``text`` for the catalogue; templates translate it where it is shown (this module does not know Django)."""
    return text


@dataclass(frozen=True)
class NextStep:
    """Where a refused firm may turn: the sentence, and the name of the page that leads on."""

    sentence: str
    label: str
    page: str


#: Not pages of their own: the matches of the need that the application came from, and what it nearly met.
MATCHES: Final = "matches"
NEAR_MISSES: Final = "near"
NEXT_STEPS: Final[dict[str, tuple[NextStep, ...]]] = {
    "criteria": (
        NextStep(
            gettext_noop("查看本次融资需求匹配的其他产品，其中“只差一项”的产品说明了还缺什么。"),
            gettext_noop("查看其他匹配产品"),
            NEAR_MISSES,
        ),
    ),
    "credit_record": (
        NextStep(
            gettext_noop("核对档案中的每条记录，认为有误的可直接提出异议；已纠正的失信行为可申请信用修复。"),
            gettext_noop("打开我的档案"),
            "enterprise_file",
        ),
        NextStep(
            gettext_noop("异议或修复办结后，可重新申请本产品。"), gettext_noop("异议与修复"), "enterprise_remedies"
        ),
    ),
    "repayment_capacity": (
        NextStep(
            gettext_noop("适当降低金额、延长期限后重新发布需求，或选择按月付息、到期还本的产品。"),
            gettext_noop("调整需求"),
            "enterprise_need_post",
        ),
        NextStep(gettext_noop("查看本次需求匹配的其他产品。"), gettext_noop("查看其他匹配产品"), MATCHES),
    ),
    "information": (
        NextStep(
            gettext_noop("在“我的档案”查看哪些信息缺失或已过期，补齐后可重新申请。"),
            gettext_noop("打开我的档案"),
            "enterprise_file",
        ),
    ),
    "guarantee": (
        NextStep(
            gettext_noop("可选择信用类产品，或向融资担保机构申请担保后重新申请。"),
            gettext_noop("查看其他匹配产品"),
            MATCHES,
        ),
    ),
    "purpose": (
        NextStep(
            gettext_noop("按实际用途重新发布需求，并准备合同、订单等用途证明。"),
            gettext_noop("重新发布需求"),
            "enterprise_need_post",
        ),
    ),
    "region": (
        NextStep(gettext_noop("选择服务区域覆盖贵企业所在地的机构。"), gettext_noop("查看其他匹配产品"), MATCHES),
    ),
    "exposure": (
        NextStep(
            gettext_noop("归还部分存量贷款或解除对外担保后重新申请；也可查看对负债要求较宽的产品。"),
            gettext_noop("查看其他匹配产品"),
            MATCHES,
        ),
    ),
    "other": (
        NextStep(
            gettext_noop("可联系机构了解详情，或查看本次需求匹配的其他产品。"),
            gettext_noop("查看其他匹配产品"),
            MATCHES,
        ),
    ),
}


def next_steps(reason: str) -> tuple[NextStep, ...]:
    return NEXT_STEPS.get(reason, NEXT_STEPS["other"])
