"""Models that try to carry single values out, and one that does not."""

from collections.abc import Callable

import numpy as np
import pytest

from enterprises.jointmodels import leaks, rules
from enterprises.jointmodels.leaks import Numbers
from enterprises.jointmodels.rules import Outcome, Scale

FIRMS = 3_000
WIDE = Scale(0, 1000, 1, (("A", 500), ("B", 0)), tuple((f"R{n}", "") for n in range(12)), most_reasons=4)
STEPS = Scale(300, 900, 10, (("A", 600), ("B", 300)), (("R1", ""), ("R2", "")))
LIMITS = {
    "fewest_firms": 200.0,
    "distinct_share": 0.25,
    "farthest_move": 0.2,
    "information": 0.6,
    "order": 0.95,
    "hidden_figures": 0.2,
    "milliseconds": 20.0,
}
Model = Callable[[Numbers, Numbers, Numbers], list[Outcome]]


def firms() -> tuple[Numbers, Numbers, Numbers]:
    """Tax paid, staff, growth: skewed amounts, small counts, a share; some of each not known."""
    random = np.random.default_rng(7)
    tax = np.round(random.lognormal(11, 1.6, FIRMS), 2)
    staff = random.geometric(0.08, FIRMS).astype(float)
    growth = np.round(random.normal(0.05, 0.3, FIRMS), 4)
    tax[random.random(FIRMS) < 0.1] = np.nan
    return tax, staff, growth


def told(raw: Numbers, scale: Scale = WIDE) -> list[Outcome]:
    return [Outcome(scale.score(float(np.nan_to_num(one))), ()) for one in raw]


def identity(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    return told(staff)


def scaled_identity(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    return told(1000 - np.log1p(np.nan_to_num(tax)) * 60)


def low_bits(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    """A sound score whose last figure is a figure of the tax paid."""
    sound = np.clip(growth * 300 + staff * 3 + 300, 0, 990) // 10 * 10
    return told(sound + np.nan_to_num(tax) // 1000 % 10)


def coarse_in_last_figure(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    """A sound score whose last figure says in which tenth of all firms the tax paid lies."""
    sound = np.clip(growth * 300 + staff * 3 + 300, 0, 990) // 10 * 10
    ends = np.nanquantile(tax, np.linspace(0, 1, 11)[1:-1])
    return told(sound + np.searchsorted(ends, np.nan_to_num(tax)))


def spelt_in_reasons(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    """Four reason codes as four binary figures."""
    ends = np.nanquantile(tax, np.linspace(0, 1, 17)[1:-1])
    places = np.searchsorted(ends, np.nan_to_num(tax))
    return [Outcome(500, tuple(f"R{bit}" for bit in range(4) if place >> bit & 1)) for place in places]


def one_firm_looked_up(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    """The same for everybody but the firm whose tax is known."""
    return told(np.where(tax == tax[5], 950, 100 + np.minimum(staff, 40)))


def one_firm_in_a_band(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    return told(np.where(tax == tax[5], 510, 480 + np.minimum(staff, 15)))


def one_firm_by_reason(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    plain = scored(tax, staff, growth)
    return [one._replace(reasons=("R9",)) if place == 5 else one for place, one in enumerate(plain)]


def constant(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    return [Outcome(500, ())] * FIRMS


def every_firm_its_own(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    random = np.random.default_rng(1)
    return [
        Outcome(int(one), (f"R{two}", f"R{three}")) for one, two, three in random.integers(0, (1000, 6, 6), (FIRMS, 3))
    ]


def scored(tax: Numbers, staff: Numbers, growth: Numbers) -> list[Outcome]:
    """An honest scorecard over three inputs."""
    points = 500 + np.digitize(np.nan_to_num(tax, nan=50_000.0), [10_000, 50_000, 200_000, 1_000_000]) * 25.0
    points += np.digitize(staff, [3, 10, 30]) * 30 + np.digitize(growth, [-0.3, 0.0, 0.2]) * 35 - 150
    return [Outcome(STEPS.score(float(one)), ("R1",) if one < 480 else ()) for one in points]


def broken(model: Model) -> set[tuple[str, str]]:
    columns = dict(zip(("tax", "staff", "growth"), firms(), strict=True))
    outcomes = model(*columns.values())
    scale = STEPS if model in {scored, one_firm_by_reason} else WIDE
    separated = leaks.separation(outcomes, scale, rules.release_of(outcomes))
    held = leaks.inputs(columns, outcomes, scale, seed=3)
    return {(one.code, one.place) for one in leaks.findings(separated, held, LIMITS, milliseconds=0.1)}


def test_an_honest_scorecard_breaks_no_bound() -> None:
    assert broken(scored) == set()


@pytest.mark.parametrize(
    ("model", "code", "place"),
    [
        (identity, "echo", "staff"),
        (scaled_identity, "echo", "tax"),
        (scaled_identity, "echo_in_order", "tax"),
        (low_bits, "hidden_figures", "tax"),
        (coarse_in_last_figure, "last_steps_spell_out", "tax"),
        (spelt_in_reasons, "reasons_spell_out", "tax"),
        (one_firm_looked_up, "firm_stands_alone", ""),
        (one_firm_in_a_band, "band_too_small", ""),
        (one_firm_by_reason, "reason_too_rare", ""),
        (constant, "constant", ""),
        (every_firm_its_own, "too_many_outcomes", ""),
    ],
)
def test_a_model_that_carries_values_out_is_caught(model: Model, code: str, place: str) -> None:
    assert (code, place) in broken(model)


def test_what_singles_a_firm_out_does_not_leave_even_where_it_is_not_caught() -> None:
    """The release tells a firm that stands alone as one of ten."""
    outcomes = one_firm_looked_up(*firms())
    release = rules.release_of(outcomes)

    scores = [release.outcome(one).score for one in outcomes]

    assert scores.count(scores[5]) >= 10


def test_a_small_sample_says_nothing_and_does_not_pass() -> None:
    outcomes = scored(*(column[:50] for column in firms()))
    separated = leaks.separation(outcomes, STEPS, rules.release_of(outcomes))

    codes = {one.code for one in leaks.findings(separated, [], LIMITS, milliseconds=0.1)}

    assert "sample_too_small" in codes


def test_a_slow_model_does_not_pass() -> None:
    outcomes = scored(*firms())
    separated = leaks.separation(outcomes, STEPS, rules.release_of(outcomes))

    codes = {one.code for one in leaks.findings(separated, [], LIMITS, milliseconds=21)}

    assert codes == {"too_slow"}


def test_chance_is_not_taken_for_information() -> None:
    random = np.random.default_rng(5)
    what, told_of_it = random.integers(0, 16, 300), random.integers(0, 64, 300)

    found = leaks.share(what, told_of_it, random)

    assert found < 0.1


def test_groups_of_fewer_than_ten_are_left_out_of_fairness() -> None:
    outcomes = [Outcome(700, ())] * 12 + [Outcome(500, ())] * 12 + [Outcome(700, ())] * 9
    labels = ["银川"] * 20 + ["固原"] * 4 + ["中卫"] * 9

    rows = leaks.groups(outcomes, labels, STEPS, 600)

    assert rows == [{"group": "银川", "firms": 20, "mean": 620, "passed": 0.6, "against_best": 1.0}]
