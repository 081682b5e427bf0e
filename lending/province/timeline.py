"""Two years lived again in order: each story is a generator that yields the moment of its next deed and is resumed then."""

import heapq
from collections.abc import Generator
from datetime import datetime, time, timedelta
from itertools import count
from random import Random

from portal.periods import is_working_day

Story = Generator[datetime, None, None]
#: Part of a story that hands back the moment it ended.
Deed = Generator[datetime, None, datetime]

OPENS, CLOSES = time(9), time(17, 30)


class Timeline:
    """Stories by the moment they wait for; what would happen at ``end`` or later has not happened yet."""

    def __init__(self, end: datetime) -> None:
        self.end = end
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._order = count()

    def begin(self, story: Story) -> None:
        """Run ``story`` to its first moment and let it wait."""
        self._wait_for(story)

    def run(self) -> int:
        """Live through everything before the end; returns the number of moments lived."""
        lived = 0
        while self._waiting:
            _moment, _number, story = heapq.heappop(self._waiting)
            lived += 1
            self._wait_for(story)
        return lived

    def _wait_for(self, story: Story) -> None:
        moment = next(story, None)
        if moment is not None and moment < self.end:
            heapq.heappush(self._waiting, (moment, next(self._order), story))


def in_office(moment: datetime, rng: Random) -> datetime:
    """``moment`` itself in office hours, otherwise some time in the morning of the next working day."""
    day, is_late = moment.date(), moment.time() >= CLOSES
    if is_working_day(day) and OPENS <= moment.time() < CLOSES:
        return moment
    if is_late:
        day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, OPENS, moment.tzinfo) + timedelta(minutes=rng.randint(0, 170))


def later(moment: datetime, rng: Random, low: int, high: int) -> datetime:
    """``low`` to ``high`` minutes after ``moment``."""
    return moment + timedelta(minutes=rng.randint(low, high), seconds=rng.randint(0, 59))
