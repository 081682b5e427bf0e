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


def classify(
    *, days_past_due: int, before: str, performing_since: date | None, set_by_bank: str, day: date, bounds: Bounds = RULE
) -> str:
    """The class of a loan on ``day``. ``performing_since`` is the day its arrears were paid in full, if they are."""
    found = worse(class_of(days_past_due, bounds), set_by_bank)
    if before in NON_PERFORMING and not has_recovered(days_past_due, performing_since, day):
        return worse(found, SUBSTANDARD)
    return found


def has_recovered(days_past_due: int, performing_since: date | None, day: date) -> bool:
    """Whether the observation period after full payment of the arrears is over."""
    return days_past_due == 0 and performing_since is not None and add_months(performing_since, OBSERVATION_MONTHS) <= day
