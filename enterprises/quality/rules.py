"""When a delivery is due: an item's frequency (更新频率) and what counts as late. Plain values in, days out."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

#: Days from one delivery to the next, and days of grace (a weekend, a long holiday's tail), by the first word of the frequency.
RHYTHMS = {"日": (1, 3), "周": (7, 3), "月": (31, 5), "季": (92, 10), "年": (366, 31)}
WORKING_DAYS = re.compile(r"(\d{1,2})个?工作日")


@dataclass(frozen=True)
class Rhythm:
    days: int
    grace: int

    def due_on(self, last: date) -> date:
        """The day by which the next delivery is expected."""
        return last + timedelta(days=self.days)

    def is_late(self, last: date, day: date) -> bool:
        return day > self.due_on(last) + timedelta(days=self.grace)

    def days_late(self, last: date, day: date) -> int:
        return max((day - self.due_on(last)).days, 0)


def rhythm_of(frequency: str) -> Rhythm | None:
    """None for an item that is only looked up (实时). A limit in working days, where the frequency names one, is its grace."""
    found = RHYTHMS.get(frequency[:1])
    if found is None:
        return None
    days, grace = found
    if named := WORKING_DAYS.search(frequency):
        grace = max(grace, -(-int(named[1]) * 7 // 5))
    return Rhythm(days, grace)
