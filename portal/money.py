"""Money and rates: the only module that rounds or splits.

Amounts are ``Decimal`` yuan with two places; rates are ``Decimal`` fractions with six places (0.043500 is 4.35 %).
A ``float`` is refused everywhere: it cannot hold a fen exactly.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

FEN = Decimal("0.01")
RATE_STEP = Decimal("0.000001")
ZERO = Decimal("0.00")
WAN = Decimal(10_000)

Key = TypeVar("Key")


def yuan(value: Decimal | int | str) -> Decimal:
    """``value`` as yuan, rounded half up to the fen. Raises TypeError for a float."""
    if isinstance(value, float):
        raise TypeError("money is never a float")
    return Decimal(value).quantize(FEN, rounding=ROUND_HALF_UP)


def rate(value: Decimal | int | str) -> Decimal:
    """``value`` as a fraction with six places, rounded half up. Raises TypeError for a float."""
    if isinstance(value, float):
        raise TypeError("a rate is never a float")
    return Decimal(value).quantize(RATE_STEP, rounding=ROUND_HALF_UP)


def from_wan(value: Decimal | int | str) -> Decimal:
    """万元 to yuan."""
    return yuan(Decimal(value) * WAN)


def to_wan(amount: Decimal) -> Decimal:
    """Yuan to 万元 with two places, for display."""
    return (amount / WAN).quantize(FEN, rounding=ROUND_HALF_UP)


def part(amount: Decimal, fraction: Decimal) -> Decimal:
    """``fraction`` of ``amount``, to the fen."""
    return yuan(amount * fraction)


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split ``amount`` by ``weights`` exactly: the parts add up to the fen (largest remainder, then first in order).

    Weights are >= 0 with a positive sum; ``amount`` may be negative (a reversal splits as its original did).
    """
    total = sum(weights, Decimal(0))
    if total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be >= 0 and not all zero")
    sign = -1 if amount < 0 else 1
    fen = int(abs(yuan(amount)) / FEN)
    exact = [Decimal(fen) * weight / total for weight in weights]
    parts = [int(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: fen - sum(parts)]:
        parts[i] += 1
    return [sign * count * FEN for count in parts]


def split_by_key(amount: Decimal, weights: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """``split`` with names: the same keys in the same order, parts instead of weights."""
    return dict(zip(weights, split(amount, list(weights.values())), strict=True))
