"""What may leave: answers that do not narrow a value down, scores in steps, overlaps that name nobody. Pure.

A bank that may ask "at least X?" as often as it likes finds any figure by halving. Three bounds stop it: thresholds lie on a grid,
few of them per window, and no question is put whose answer would leave an interval narrower than the feature's own width.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Final, Literal, NamedTuple

Comparison = Literal["at_least", "at_most"]
#: Fewer firms than this are never told apart from none.
SMALLEST_GROUP: Final = 10
#: How much one firm's being in a list may change what is told of the list: the privacy loss of one overlap (ε of a Laplace noise).
LINKAGE_LOSS: Final = 0.25


class Told(NamedTuple):
    """One answered question: its comparison, its threshold, and whether the answer was yes."""

    comparison: str
    threshold: Decimal
    is_yes: bool


@dataclass(frozen=True)
class Interval:
    """What is known of a value from answers alone: the closed ends, None where nothing is known."""

    low: Decimal | None = None
    high: Decimal | None = None

    def after(self, told: Told) -> "Interval":
        is_floor = (told.comparison == "at_least") == told.is_yes
        if is_floor:
            low = told.threshold if self.low is None else max(self.low, told.threshold)
            return Interval(low, self.high)
        high = told.threshold if self.high is None else min(self.high, told.threshold)
        return Interval(self.low, high)

    @property
    def is_sound(self) -> bool:
        return self.low is None or self.high is None or self.low <= self.high

    def is_within_reach(self, threshold: Decimal, width: Decimal) -> bool:
        """Whether an answer at ``threshold`` leaves at least ``width`` on either side."""
        ends = [end for end in (self.low, self.high) if end is not None]
        return all(abs(threshold - end) >= width for end in ends)


def known_interval(told: Iterable[Told], *, floor: Decimal | None) -> Interval:
    """What the answers, oldest first, say together. One that contradicts those before it says that the value has moved."""
    start = found = Interval(low=floor)
    for answer in told:
        found = found.after(answer)
        if not found.is_sound:
            found = start.after(answer)
    return found


def is_on_grid(threshold: Decimal, step: Decimal) -> bool:
    return threshold % step == 0


def judge(value: Decimal | int | None, comparison: str, threshold: Decimal) -> bool | None:
    """The answer; None where the value is not known."""
    if value is None:
        return None
    return value >= threshold if comparison == "at_least" else value <= threshold


def is_stale(as_of: Iterable[tuple[date, int]], day: date) -> bool:
    """Whether any item the answer rests on is older than the days it keeps fresh: pairs of day and days."""
    return any(last + timedelta(days=days) < day for last, days in as_of)


def window_start(day: date, months: int) -> date:
    """The first day of the window around ``day``: windows of 1, 2, 3, 4, 6 or 12 months begin with the calendar year."""
    return date(day.year, (day.month - 1) // months * months + 1, 1)


# --- What a model lets out ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """The declared output of a model: whole scores in steps, bands from the best to the worst, reason codes in words."""

    lowest: int
    highest: int
    step: int
    bands: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, str], ...]
    most_reasons: int = 3

    def score(self, raw: Decimal | float) -> int:
        """``raw`` cut to the range and down to the step: nothing below a step leaves."""
        inside = min(max(raw, self.lowest), self.highest)
        return self.lowest + int(inside - self.lowest) // self.step * self.step

    def band(self, score: int) -> str:
        return next((code for code, least in self.bands if score >= least), self.bands[-1][0])

    @property
    def levels(self) -> int:
        return (self.highest - self.lowest) // self.step + 1


class Outcome(NamedTuple):
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Release:
    """What of a model's outcomes may leave, fixed at its review: scores that at least ten firms share, reasons that they share too.

    ``cells`` are pairs of the least score of a cell and the score told for it.
    """

    cells: tuple[tuple[int, int], ...]
    reasons: frozenset[tuple[int, tuple[str, ...]]]

    def cell(self, score: int) -> int:
        return next((told for least, told in reversed(self.cells) if score >= least), self.cells[0][1])

    def outcome(self, raw: Outcome) -> Outcome:
        """The outcome as told: the score of its cell, and as many of its reasons as ten firms of the cell have in common."""
        told = self.cell(raw.score)
        shared = (raw.reasons[:n] for n in range(len(raw.reasons), 0, -1))
        return Outcome(told, next((codes for codes in shared if (told, codes) in self.reasons), ()))


def release_of(outcomes: Sequence[Outcome], *, smallest: int = SMALLEST_GROUP) -> Release:
    """Neighbouring scores are put together until a cell holds ``smallest`` firms; what is left over joins the last cell."""
    cells: list[list[int]] = [[]]
    for _score, group in groupby(sorted(outcome.score for outcome in outcomes)):
        if len(cells[-1]) >= smallest:
            cells.append([])
        cells[-1].extend(group)
    if len(cells) > 1 and len(cells[-1]) < smallest:
        cells[-2].extend(cells.pop())
    found = Release(tuple((cell[0], cell[len(cell) // 2]) for cell in cells if cell), frozenset())
    counted: dict[tuple[int, tuple[str, ...]], int] = {}
    for outcome in outcomes:
        for n in range(1, len(outcome.reasons) + 1):
            key = (found.cell(outcome.score), outcome.reasons[:n])
            counted[key] = counted.get(key, 0) + 1
    return Release(found.cells, frozenset(key for key, firms in counted.items() if firms >= smallest))


# --- Overlaps -----------------------------------------------------------------------------------------------------------


def told_overlap(size: int, *, seed: bytes, smallest: int = SMALLEST_GROUP) -> int | None:
    """An overlap as told: with noise that hangs on ``seed`` alone, so that asking again averages nothing away; down to the ten;
    None below ``smallest``. Nobody can tell from it whether one firm is on the list: its loss is :data:`LINKAGE_LOSS`."""
    noisy = size + _laplace(seed)
    tens = noisy // smallest * smallest
    return tens if tens >= smallest else None


def _laplace(seed: bytes) -> int:
    """A whole number from a two-sided geometric distribution, drawn by a digest."""
    drawn = hashlib.sha256(seed).digest()
    ratio = math.exp(-LINKAGE_LOSS)
    first, second = (_geometric(drawn[place : place + 8], ratio) for place in (0, 8))
    return first - second


def _geometric(drawn: bytes, ratio: float) -> int:
    uniform = (int.from_bytes(drawn, "big") + 1) / (2**64 + 1)
    return int(math.log(uniform) / math.log(ratio))


def nearest_earlier(
    members: frozenset[int], earlier: Sequence[tuple[frozenset[int], int | None]], *, smallest: int = SMALLEST_GROUP
) -> tuple[bool, int | None]:
    """Whether an earlier list differs by fewer than ``smallest`` firms, and what was told of the nearest one: it is told again."""
    near = [
        (difference, place)
        for place, (others, _told) in enumerate(earlier)
        if (difference := len(members ^ others)) < smallest
    ]
    return (True, earlier[min(near)[1]][1]) if near else (False, None)
