"""Days, months and working days. Pure: no function here reads the clock."""

from datetime import date, timedelta
from functools import lru_cache

import holidays
from dateutil.relativedelta import relativedelta


@lru_cache(maxsize=8)
def _days_off(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("CN", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday except public holidays. Swapped weekend working days are not known, so a deadline is never early."""
    return day.weekday() < 5 and day not in _days_off(day.year)


def add_working_days(day: date, count: int) -> date:
    """The day ``count`` (>= 0) working days after ``day``; ``day`` itself does not count."""
    while count > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            count -= 1
    return day


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of that month where it is shorter."""
    return day + relativedelta(months=months)


def whole_months(start: date, end: date) -> int:
    """Completed months from ``start`` to ``end``; negative where ``end`` is earlier."""
    if end < start:
        return -whole_months(end, start)
    gap = relativedelta(end, start)
    return gap.years * 12 + gap.months


def whole_years(start: date, end: date) -> int:
    """Completed years from ``start`` to ``end``, never below 0 (years in operation)."""
    return max(0, relativedelta(end, start).years)


def month_starts(first: date, last: date) -> list[date]:
    """The first day of every month from that of ``first`` to that of ``last``."""
    month, starts = first.replace(day=1), []
    while month <= last:
        starts.append(month)
        month = add_months(month, 1)
    return starts
