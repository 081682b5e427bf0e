"""Does a model let single values out? Statistics of its outcomes against its inputs over many firms. Pure; numbers in, figures out.

A score may rest on its inputs, but must not be one of them in other clothes. What is looked for: an outcome from which an input can be
read back (its information, or its order), figures of an input hidden in the last steps of the score, and outcomes that single firms out.
Every measure of information is set against the same measure on shuffled firms, so that small samples do not look like leaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from enterprises.jointmodels.rules import SMALLEST_GROUP, Outcome, Release, Scale

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]

QUANTILES: Final = 16
OUTCOME_QUANTILES: Final = 64
SHUFFLES: Final = 3
#: Below this many firms that have a value, nothing is said of it.
FEWEST_KNOWN: Final = 60
#: The last part of a score is looked at in these sizes, in steps.
MODULI: Final = (2, 4, 5, 8, 10, 16, 25, 32)


@dataclass(frozen=True)
class Input:
    """What the outcomes say of one input: shares of its information from 0 to 1, and the likeness of their order."""

    name: str
    known: int
    information: float
    order: float
    reasons: float
    last_steps: float
    hidden_figures: float

    @property
    def highest(self) -> float:
        return max(self.information, self.reasons, self.last_steps)


@dataclass(frozen=True)
class Separation:
    """How finely the outcomes part the firms."""

    firms: int
    distinct: int
    smallest_band: int
    rarest_reason: int
    #: The farthest any firm's score had to be moved to stand among ten, as a share of the range.
    farthest_move: float

    @property
    def distinct_share(self) -> float:
        return self.distinct / self.firms if self.firms else 1.0


@dataclass(frozen=True)
class Finding:
    """One bound that a model breaks."""

    code: str
    place: str
    value: float
    limit: float


def separation(outcomes: Sequence[Outcome], scale: Scale, release: Release) -> Separation:
    bands: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for outcome in outcomes:
        band = scale.band(outcome.score)
        bands[band] = bands.get(band, 0) + 1
        for code in outcome.reasons:
            reasons[code] = reasons.get(code, 0) + 1
    moves = [abs(release.cell(score) - score) for score in {outcome.score for outcome in outcomes}] if outcomes else [0]
    return Separation(
        firms=len(outcomes),
        distinct=len(set(outcomes)),
        smallest_band=min(bands.values(), default=0),
        rarest_reason=min(reasons.values(), default=SMALLEST_GROUP),
        farthest_move=max(moves) / (scale.highest - scale.lowest),
    )


def inputs(columns: Mapping[str, Numbers], outcomes: Sequence[Outcome], scale: Scale, *, seed: int) -> list[Input]:
    """Each input held against the outcomes; a value that is not known is NaN."""
    scores = np.array([outcome.score for outcome in outcomes], dtype=np.float64)
    symbols = {reasons: place for place, reasons in enumerate(sorted({outcome.reasons for outcome in outcomes}))}
    given = np.array([symbols[outcome.reasons] for outcome in outcomes], dtype=np.int64)
    random = np.random.default_rng(seed)
    return [_input(name, values, scores, given, scale=scale, random=random) for name, values in columns.items()]


def _input(
    name: str, values: Numbers, scores: Numbers, reasons: Codes, *, scale: Scale, random: np.random.Generator
) -> Input:
    there = ~np.isnan(values)
    known, told = values[there], scores[there]
    if known.size < FEWEST_KNOWN or np.unique(known).size < 2:
        return Input(name, int(known.size), 0.0, 0.0, 0.0, 0.0, 0.0)
    coarse = quantiles(known, QUANTILES)
    steps = ((told - scale.lowest) // scale.step).astype(np.int64)
    figures = _hidden_figures(known)
    last = [steps % modulus for modulus in MODULI if modulus * 2 <= scale.levels]
    return Input(
        name=name,
        known=int(known.size),
        information=share(coarse, quantiles(told, OUTCOME_QUANTILES), random),
        order=abs(order(known, told)),
        reasons=share(coarse, reasons[there], random),
        last_steps=max((share(coarse, part, random) for part in last), default=0.0),
        hidden_figures=max((share(figure, part, random) for figure in figures for part in last), default=0.0),
    )


def share(what: Codes, told: Codes, random: np.random.Generator) -> float:
    """How much of the information in ``what`` can be read from ``told``, beyond chance: 0 nothing, 1 all."""
    whole, both = entropy(what), entropy(what) + entropy(told)
    found = both - entropy(_joint(what, told))
    chance = sum(both - entropy(_joint(what, random.permutation(told))) for _turn in range(SHUFFLES)) / SHUFFLES
    left = whole - chance
    return min(max((found - chance) / left, 0.0), 1.0) if left > 0.05 else 0.0


def entropy(codes: Codes) -> float:
    """In bits."""
    _codes, counts = np.unique(codes, return_counts=True)
    parts = counts / codes.size
    return float(-(parts * np.log2(parts)).sum())


def order(first: Numbers, second: Numbers) -> float:
    """Spearman's rank correlation; 0 where one of the two never changes."""
    ranks = [_ranks(values) - (values.size + 1) / 2 for values in (first, second)]
    size = float(np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum()))
    return float((ranks[0] * ranks[1]).sum() / size) if size else 0.0


def quantiles(values: Numbers, parts: int) -> Codes:
    """Each value's part when firms are parted into ``parts`` of equal size; equal values stay together."""
    if np.unique(values).size <= parts:
        return np.unique(values, return_inverse=True)[1].astype(np.int64)
    ends = np.unique(np.quantile(values, np.linspace(0, 1, parts + 1)[1:-1]))
    return np.searchsorted(ends, values, side="right").astype(np.int64)


def _joint(first: Codes, second: Codes) -> Codes:
    return first * (int(second.max()) + 1) + second


def _ranks(values: Numbers) -> Numbers:
    _values, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: Numbers = (last - (counts - 1) / 2)[inverse]
    return means


def _hidden_figures(values: Numbers) -> list[Codes]:
    """The decimal figures of a value that are far below its spread: no sound model has use for them."""
    low, high = np.quantile(values, (0.25, 0.75))
    spread = float(high - low) or float(values.std())
    places = [10.0**power for power in range(-2, 9) if 10.0 ** (power + 2) <= spread]
    figures = [(np.floor(np.abs(values) / place + 1e-6) % 10).astype(np.int64) for place in places]
    return [figure for figure in figures if np.unique(figure).size > 1]


def findings(
    separated: Separation, held: Sequence[Input], limits: Mapping[str, float], *, milliseconds: float
) -> list[Finding]:
    """Every bound that is broken. ``limits`` are the rows that reviewers edit."""
    found = [
        Finding("sample_too_small", "", separated.firms, limits["fewest_firms"]),
        Finding("band_too_small", "", separated.smallest_band, SMALLEST_GROUP),
        Finding("reason_too_rare", "", separated.rarest_reason, SMALLEST_GROUP),
    ]
    broken = [one for one in found if one.value < one.limit]
    if separated.distinct == 1:
        broken.append(Finding("constant", "", 1, 2))
    over = [
        Finding("too_many_outcomes", "", separated.distinct_share, limits["distinct_share"]),
        Finding("firm_stands_alone", "", separated.farthest_move, limits["farthest_move"]),
        Finding("too_slow", "", milliseconds, limits["milliseconds"]),
    ]
    for one in held:
        over += [
            Finding("echo", one.name, one.information, limits["information"]),
            Finding("echo_in_order", one.name, one.order, limits["order"]),
            Finding("reasons_spell_out", one.name, one.reasons, limits["information"]),
            Finding("last_steps_spell_out", one.name, one.last_steps, limits["information"]),
            Finding("hidden_figures", one.name, one.hidden_figures, limits["hidden_figures"]),
        ]
    return broken + [one for one in over if one.value > one.limit]


def groups(outcomes: Sequence[Outcome], labels: Sequence[str], scale: Scale, pass_from: int) -> list[dict[str, Any]]:
    """Fairness: firms, mean score and share at or above ``pass_from`` by group; groups of fewer than ten are left out."""
    parted: dict[str, list[int]] = {}
    for outcome, label in zip(outcomes, labels, strict=True):
        parted.setdefault(label, []).append(outcome.score)
    rows: list[dict[str, Any]] = [
        {
            "group": label,
            "firms": len(scores),
            "mean": sum(scores) // len(scores),
            "passed": sum(score >= pass_from for score in scores) / len(scores),
        }
        for label, scores in sorted(parted.items())
        if len(scores) >= SMALLEST_GROUP
    ]
    best = max((row["passed"] for row in rows), default=0) or 1
    return [row | {"against_best": row["passed"] / best} for row in rows]
