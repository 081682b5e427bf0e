"""Five classes of risk (五级分类) by days past due: 《商业银行金融资产风险分类办法》(银保监会、人民银行令2023年第1号).

Past due at all is at least 关注; more than 90 days at least 次级; more than 270 at least 可疑; more than 360 损失. A loan once
classed 次级 or worse goes back to 正常 or 关注 only when its arrears are paid in full and it has then performed for six
months. The bank may always set a worse class than the days give, never a better one.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.periods import add_months

NORMAL, ATTENTION, SUBSTANDARD, DOUBTFUL, LOSS = ORDER = ("normal", "attention", "substandard", "doubtful", "loss")
#: 不良: what counts into the ratio of bad loans.
NON_PERFORMING: Final = frozenset({SUBSTANDARD, DOUBTFUL, LOSS})
OBSERVATION_MONTHS: Final = 6


@dataclass(frozen=True)
class Bounds:
    """More days past due than this is at least the class. The defaults are the rule's; a bank may draw them tighter."""

    attention: int = 0
    substandard: int = 90
    doubtful: int = 270
    loss: int = 360


RULE: Final = Bounds()


def class_of(days_past_due: int, bounds: Bounds = RULE) -> str:
    """The least class the days allow."""
    if days_past_due > bounds.loss:
        return LOSS
    if days_past_due > bounds.doubtful:
        return DOUBTFUL
    if days_past_due > bounds.substandard:
        return SUBSTANDARD
    return ATTENTION if days_past_due > bounds.attention else NORMAL


def worse(first: str, second: str) -> str:
    """The worse of two classes; "" is no opinion."""
    return max(first or NORMAL, second or NORMAL, key=ORDER.index)


@dataclass(frozen=True)
class Standing:
    """Where a loan stands on a day. ``performing_since`` counts only while a bad loan is observed."""

    overdue_since: date | None
    days_past_due: int
    performing_since: date | None
    risk_class: str


def stand(
    *,
    overdue_since: date | None,
    before: str,
    performing_since: date | None,
    set_by_bank: str,
    day: date,
    bounds: Bounds = RULE,
) -> Standing:
    """A loan of class ``before`` whose oldest unpaid due day is ``overdue_since``, on ``day``. ``classify.sql`` says the same."""
    days = (day - overdue_since).days if overdue_since else 0
    found = worse(class_of(days, bounds), set_by_bank)
    if before not in NON_PERFORMING:
        return Standing(overdue_since, days, None, found)
    since = None if overdue_since else performing_since or day
    if since is not None and add_months(since, OBSERVATION_MONTHS) <= day:
        return Standing(None, 0, since if found in NON_PERFORMING else None, found)
    return Standing(overdue_since, days, since, worse(found, SUBSTANDARD))
