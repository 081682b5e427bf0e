import datetime as dt
import math
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from enterprises.jointmodels import rules
from enterprises.jointmodels.rules import Interval, Outcome, Told

SCALE = rules.Scale(300, 900, 10, (("A", 700), ("B", 600), ("C", 300)), (("R1", "Tax"),))


def test_answers_close_an_interval_from_both_sides() -> None:
    told = [
        Told("at_least", Decimal(100), True),
        Told("at_least", Decimal(300), False),
        Told("at_most", Decimal(250), True),
    ]

    assert rules.known_interval(told, floor=Decimal(0)) == Interval(Decimal(100), Decimal(250))


def test_an_answer_that_contradicts_says_that_the_value_has_moved() -> None:
    told = [Told("at_least", Decimal(500), False), Told("at_least", Decimal(600), True)]

    assert rules.known_interval(told, floor=Decimal(0)) == Interval(Decimal(600), None)


def test_a_threshold_must_leave_the_width_on_either_side() -> None:
    known = Interval(Decimal(100), Decimal(500))

    verdicts = [known.is_within_reach(Decimal(at), Decimal(150)) for at in (100, 200, 250, 350, 400, 650)]

    assert verdicts == [False, False, True, True, False, True]


@given(
    value=st.integers(0, 10_000),
    asked=st.lists(st.tuples(st.sampled_from(["at_least", "at_most"]), st.integers(0, 200)), max_size=40),
)
def test_no_series_of_questions_narrows_a_value_below_the_width(value: int, asked: list[tuple[str, int]]) -> None:
    """Bisection or any other order: whoever follows the rule about what is put never knows more than the width."""
    width, told = Decimal(500), list[Told]()
    for comparison, place in asked:
        threshold = Decimal(place * 50)
        if rules.known_interval(told, floor=Decimal(0)).is_within_reach(threshold, width):
            told.append(Told(comparison, threshold, bool(rules.judge(value, comparison, threshold))))

    known = rules.known_interval(told, floor=Decimal(0))

    assert known.is_sound
    assert known.high is None or known.high - (known.low or Decimal(0)) >= width


def test_what_is_not_known_is_neither_yes_nor_no() -> None:
    judged = [rules.judge(value, "at_least", Decimal(5)) for value in (None, 4, 5)]

    assert judged == [None, False, True]


def test_data_older_than_it_keeps_fresh_is_stale() -> None:
    day = dt.date(2026, 11, 20)

    assert rules.is_stale([(dt.date(2026, 10, 1), 60)], day) is False
    assert rules.is_stale([(dt.date(2026, 11, 1), 60), (dt.date(2026, 9, 1), 60)], day) is True


def test_windows_begin_with_the_calendar_year() -> None:
    starts = [rules.window_start(dt.date(2026, 11, 20), months) for months in (1, 2, 3, 6, 12)]

    assert starts == [
        dt.date(2026, 11, 1), dt.date(2026, 11, 1), dt.date(2026, 10, 1), dt.date(2026, 7, 1), dt.date(2026, 1, 1),
    ]  # fmt: skip


def test_a_score_leaves_in_steps_within_its_range() -> None:
    assert [SCALE.score(raw) for raw in (-5, 300, 309.99, 612.5, 5000)] == [300, 300, 300, 610, 900]
    assert [SCALE.band(score) for score in (300, 600, 700)] == ["C", "B", "A"]


@given(st.lists(st.integers(0, 60), min_size=10, max_size=200))
def test_every_score_told_is_shared_by_ten(levels: list[int]) -> None:
    outcomes = [Outcome(300 + 10 * level, ()) for level in levels]

    release = rules.release_of(outcomes)
    told = [release.outcome(outcome).score for outcome in outcomes]

    assert min(told.count(score) for score in told) >= 10


def test_reasons_are_told_as_far_as_ten_firms_have_them_in_common() -> None:
    outcomes = [Outcome(500, ("R1", "R2"))] * 4 + [Outcome(500, ("R1",))] * 8 + [Outcome(500, ("R3",))]

    release = rules.release_of(outcomes)

    assert [release.outcome(one).reasons for one in (outcomes[0], outcomes[4], outcomes[-1])] == [("R1",), ("R1",), ()]


def test_an_overlap_is_told_in_tens_and_not_at_all_when_small() -> None:
    told = {rules.told_overlap(size, seed=bytes([size])) for size in range(256)}

    assert all(one is None or (one >= 10 and one % 10 == 0) for one in told)
    assert rules.told_overlap(0, seed=b"seed") is None


def test_asking_again_averages_nothing_away() -> None:
    assert len({rules.told_overlap(57, seed=b"the same list") for _turn in range(50)}) == 1


def test_one_firm_changes_hardly_how_likely_an_overlap_is_told() -> None:
    """The promise of the noise, counted: no answer is more than e^ε times as likely with a firm as without it."""
    turns = 20_000
    seeds = [turn.to_bytes(4, "big") for turn in range(turns)]
    without, with_firm = ([rules.told_overlap(size, seed=seed) for seed in seeds] for size in (29, 30))

    ratios = [
        (with_firm.count(told) + 1) / (without.count(told) + 1)
        for told in {*without, *with_firm}
        if without.count(told) > 500
    ]

    assert max(*ratios, *(1 / ratio for ratio in ratios)) <= math.exp(rules.LINKAGE_LOSS) * 1.05


def test_a_list_that_differs_by_a_few_gets_the_answer_of_the_nearest() -> None:
    large, other = frozenset(range(60)), frozenset(range(100, 140))
    earlier = [(large, 60), (other, 40)]

    assert rules.nearest_earlier(large - {3}, earlier) == (True, 60)
    assert rules.nearest_earlier(frozenset(range(30)), earlier) == (False, None)
