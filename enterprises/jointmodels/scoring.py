"""A model run over firms: a scorecard here, a graph in the chamber. Facts in, outcomes out; nothing is read or kept."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from enterprises.jointmodels import chamber
from enterprises.jointmodels.rules import Outcome
from enterprises.jointmodels.scorecards import Card

Facts = Mapping[str, object]


@dataclass(frozen=True)
class Scored:
    """The outcomes in the order of the firms, and what it took."""

    outcomes: tuple[Outcome, ...]
    milliseconds: float
    megabytes: int
    walls: tuple[str, ...] = ()


def score(card: Card, graph: bytes, firms: Sequence[Facts], *, bounds: chamber.Bounds) -> Scored:
    """Raises chamber.ModelFailed where a graph gives no sound answer."""
    return _graph(card, graph, firms, bounds) if graph else _scorecard(card, firms)


def _scorecard(card: Card, firms: Sequence[Facts]) -> Scored:
    began = time.perf_counter()
    outcomes = tuple(card.score(facts) for facts in firms)
    return Scored(outcomes, (time.perf_counter() - began) * 1000, 0)


def _graph(card: Card, graph: bytes, firms: Sequence[Facts], bounds: chamber.Bounds) -> Scored:
    codes = [code for code, _words in card.scale.reasons]
    ran = chamber.run(
        graph,
        inputs=card.inputs,
        outputs=["score", "reasons"] if codes else ["score"],
        reasons=len(codes),
        table=table(card.inputs, firms),
        bounds=bounds,
    )
    weights: Iterable[Sequence[float]] = [()] * len(firms) if ran.reasons is None else ran.reasons.tolist()
    outcomes = tuple(
        Outcome(card.scale.score(raw), _heaviest(weight, codes, card.scale.most_reasons))
        for raw, weight in zip(ran.scores.tolist(), weights, strict=True)
    )
    return Scored(outcomes, ran.milliseconds, ran.megabytes, ran.walls)


def _heaviest(weights: Sequence[float], codes: Sequence[str], most: int) -> tuple[str, ...]:
    """The reasons with the greatest weights above zero."""
    given = sorted((-weight, code) for weight, code in zip(weights, codes, strict=False) if weight > 0)
    return tuple(code for _weight, code in given[:most])


def table(inputs: Sequence[str], firms: Sequence[Facts]) -> NDArray[np.float32]:
    """One row per input, one column per firm; what is not known is NaN."""
    return np.array([[number(facts.get(name)) for facts in firms] for name in inputs], dtype=np.float32)


def columns(inputs: Sequence[str], firms: Sequence[Facts]) -> dict[str, NDArray[np.float64]]:
    """The inputs as numbers, to be held against the outcomes; a code stands for its place in the alphabet."""
    return {name: _column([facts.get(name) for facts in firms]) for name in inputs}


def _column(values: Sequence[object]) -> NDArray[np.float64]:
    places = {text: place for place, text in enumerate(sorted({one for one in values if isinstance(one, str)}))}
    return np.array([number(places.get(one) if isinstance(one, str) else one) for one in values], dtype=np.float64)


def number(value: object) -> float:
    return float("nan") if value is None or isinstance(value, str) else float(value)  # type: ignore[arg-type] # int or Decimal
