"""Seeded draws in whole numbers: chance in thousandths, choices by weight. No float, so that no amount ever was one."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


def stream(seed: int, *names: object) -> Random:
    """A generator of its own for each purpose: what one part draws does not shift what another part gets."""
    return Random(":".join([str(seed), *map(str, names)]))  # noqa: S311 - must repeat, guards nothing


def happens(rng: Random, per_mille: int) -> bool:
    return rng.randrange(1000) < per_mille


def weighted(rng: Random, weights: Mapping[Thing, int]) -> Thing:
    """One key, as often as its weight says. Weights are >= 0 with a positive sum."""
    mark = rng.randrange(sum(weights.values()))
    for thing, weight in weights.items():
        mark -= weight
        if mark < 0:
            return thing
    raise AssertionError("the mark lies below the sum of the weights")


def skewed(rng: Random, low: int, high: int) -> int:
    """Between ``low`` and ``high``, mostly near the low end, as sizes of firms are."""
    mark = min(rng.randrange(1000) for _draw in range(2))
    return low + (high - low) * mark * mark // 1_000_000


def around(rng: Random, value: int, per_mille: int) -> int:
    """``value`` give or take up to ``per_mille`` thousandths of it."""
    return value * rng.randint(1000 - per_mille, 1000 + per_mille) // 1000


def day_between(rng: Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(0, max(0, (last - first).days)))


def some(rng: Random, things: Sequence[Thing], count: int) -> list[Thing]:
    return rng.sample(things, min(count, len(things)))
