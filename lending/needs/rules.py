"""Bounds of a financing need and how long it stays open. Defaults of the station; pure."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

#: A need stays open for three months and then lapses; the firm may post it anew.
LIFE_DAYS: Final = 90
LEAST_AMOUNT: Final = Decimal("1000.00")
GREATEST_AMOUNT: Final = Decimal("1000000000.00")
LONGEST_TERM_MONTHS: Final = 360
#: Four times a one-year LPR of 6 %: no bank lends above it, so a higher wish is a slip of the pen.
GREATEST_RATE: Final = Decimal("0.240000")


def expires_on(posted_on: date) -> date:
    return posted_on + timedelta(days=LIFE_DAYS)
