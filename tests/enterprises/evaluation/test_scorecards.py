import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from enterprises.evaluation import scorecards

DEFINITION: dict[str, Any] = {
    "missing_limit": 4000,
    "bands": [["AAA", 900], ["BBB", 500], ["D", 0]],
    "knock_outs": [
        {"column": "dishonest_open", "at_least": 1, "cap": "D", "unless": "reorganising", "sentence": "失信"},
        {"column": "reorganising", "at_least": 1, "cap": "BBB", "sentence": "重整观察"},
    ],
    "dimensions": [
        {
            "code": "standing",
            "name": "资质",
            "features": [
                {
                    "column": "age_months",
                    "label": "年限",
                    "items": ["MR_BASIC"],
                    "bins": [
                        {"below": 12, "points": 10, "sentence": "不满 1 年"},
                        {"points": 60, "sentence": "满 1 年"},
                    ],
                },
                {
                    "column": "tax_grade",
                    "label": "纳税",
                    "items": ["TX_RATING"],
                    "advice": "按期申报",
                    "bins": [
                        {"among": ["A", "B"], "points": 40, "sentence": "A 或 B"},
                        {"points": 0, "sentence": "其他级别"},
                    ],
                },
            ],
        }
    ],
}
CARD = scorecards.read(DEFINITION)


@pytest.mark.parametrize(
    ("facts", "score", "letter"),
    [
        ({"age_months": 24, "tax_grade": "A"}, 1000, "AAA"),
        ({"age_months": 12, "tax_grade": "C"}, 600, "BBB"),
        ({"age_months": 11, "tax_grade": "B"}, 500, "BBB"),
        ({"age_months": 11, "tax_grade": "D"}, 100, "D"),
    ],
)
def test_points_reached_of_points_known_give_score_and_letter(facts: dict[str, Any], score: int, letter: str) -> None:
    judgement = scorecards.judge(CARD, facts)

    assert (judgement.score, judgement.letter) == (score, letter)


def test_what_is_missing_counts_neither_for_nor_against() -> None:
    judgement = scorecards.judge(CARD, {"age_months": 24, "tax_grade": None})

    assert (judgement.score, judgement.letter, judgement.missing_share) == (1000, "AAA", Decimal("0.4000"))


def test_no_letter_where_more_than_the_limit_is_missing() -> None:
    judgement = scorecards.judge(CARD, {"tax_grade": "A"})

    assert (judgement.score, judgement.letter, judgement.missing_share) == (None, "", Decimal("0.6000"))


def test_a_knock_out_holds_whatever_is_missing() -> None:
    judgement = scorecards.judge(CARD, {"dishonest_open": 1})

    assert (judgement.score, judgement.letter) == (None, "D")


def test_a_knock_out_caps_the_score_with_the_letter() -> None:
    judgement = scorecards.judge(CARD, {"age_months": 24, "tax_grade": "A", "dishonest_open": 1})

    assert (judgement.score, judgement.letter) == (499, "D")


def test_an_approved_reorganisation_turns_the_knock_out_into_a_watch() -> None:
    facts = {"age_months": 24, "tax_grade": "A", "dishonest_open": 1, "reorganising": 1}

    judgement = scorecards.judge(CARD, facts)

    assert (judgement.score, judgement.letter, judgement.knocked) == (899, "BBB", (1,))


def test_reasons_begin_with_what_knocked_out_and_end_with_what_is_missing() -> None:
    judgement = scorecards.judge(CARD, {"age_months": 3, "dishonest_open": 2})

    found = scorecards.reasons(CARD, judgement.bins, judgement.knocked)

    assert [(r.sentence, r.points, r.max_points) for r in found] == [
        ("失信", 0, 0),
        ("不满 1 年", 10, 60),
        ("纳税:暂无信息,不计分", 0, 40),
    ]


def test_only_what_the_firm_can_change_is_said_to_raise_the_score() -> None:
    judgement = scorecards.judge(CARD, {"age_months": 3, "tax_grade": "C"})

    found = scorecards.raisers(scorecards.reasons(CARD, judgement.bins, judgement.knocked))

    assert [(r.advice, r.lost) for r in found] == [("按期申报", 40)]


@pytest.mark.parametrize(
    ("founded", "day", "months"),
    [
        (dt.date(2024, 2, 29), dt.date(2025, 2, 28), 11),
        (dt.date(2024, 2, 29), dt.date(2025, 3, 1), 12),
        (dt.date(2026, 1, 31), dt.date(2026, 2, 28), 0),
        (dt.date(2022, 6, 1), dt.date(2026, 11, 20), 53),
    ],
)
def test_age_counts_completed_months(founded: dt.date, day: dt.date, months: int) -> None:
    assert scorecards.age_months(founded, day) == months


def _broken(**changes: Any) -> dict[str, Any]:
    definition = json.loads(json.dumps(DEFINITION))
    feature = definition["dimensions"][0]["features"][0]
    for key, value in changes.items():
        (feature if key in feature else definition)[key] = value
    return definition


@pytest.mark.parametrize(
    "definition",
    [
        _broken(bands=[["AAA", 900], ["D", 100]]),
        _broken(bands=[["D", 0], ["AAA", 900]]),
        _broken(column="age; DROP TABLE x"),
        _broken(column="no_such_column"),
        _broken(
            bins=[
                {"below": 12, "points": 1, "sentence": "a"},
                {"below": 6, "points": 2, "sentence": "b"},
                {"points": 3, "sentence": "c"},
            ]
        ),
        _broken(bins=[{"below": 12, "points": 1, "sentence": "the last bin is open"}]),
        _broken(bins=[{"points": 1, "sentence": "a"}, {"points": 2, "sentence": "b"}]),
        _broken(bins=[{"points": 0, "sentence": "nothing to win"}]),
        _broken(knock_outs=[{"column": "status", "cap": "Z", "among": ["closed"], "sentence": "?"}]),
        _broken(knock_outs=[{"column": "status", "cap": "D", "sentence": "tests nothing"}]),
        _broken(dimensions=[]),
        _broken(missing_limit="many"),
    ],
)
def test_read_refuses_a_definition_that_could_not_be_run(definition: dict[str, Any]) -> None:
    columns = {"age_months", "tax_grade", "dishonest_open", "reorganising", "status"}

    with pytest.raises(scorecards.BadDefinition):
        scorecards.read(definition, known_columns=columns)


@pytest.mark.parametrize(
    "path", sorted(Path("enterprises/evaluation/facts").glob("*.json")), ids=lambda path: path.stem
)
def test_every_card_that_comes_with_the_station_reaches_a_thousand(path: Path) -> None:
    card = scorecards.read(json.loads(path.read_text(encoding="utf-8"))["definition"])
    best = tuple(max(range(len(f.bins)), key=lambda i: f.bins[i].points) for f in card.features)

    points = sum(feature.bins[i].points for feature, i in zip(card.features, best, strict=True))

    assert points == card.total
