import json
from typing import Any

import pytest

from enterprises.jointmodels import scorecards
from enterprises.jointmodels.rules import Outcome
from enterprises.jointmodels.scorecards import CardFault

KNOWN = {"tax_paid_12m_amount", "tax_grade", "insured_staff"}
TREE: dict[str, Any] = {
    "score": {"lowest": 300, "highest": 900, "step": 10},
    "base": 500,
    "bands": [{"code": "A", "from": 700}, {"code": "B", "from": 600}, {"code": "C", "from": 300}],
    "reasons": {"R1": "Tax paid is low", "R2": "Tax grade is low"},
    "features": [
        {
            "feature": "tax_paid_12m_amount",
            "missing": {"points": 0, "reason": "R1"},
            "bins": [{"below": 10000, "points": -40, "reason": "R1"}, {"below": 100000, "points": 10}, {"points": 65}],
        },
        {
            "feature": "tax_grade",
            "missing": {"points": 0},
            "values": {"A": {"points": 60}, "D": {"points": -80, "reason": "R2"}},
        },
    ],
}
CSV = """feature,bin,points,reason
@lowest,,300,
@highest,,900,
@step,,10,
@base,,500,
@band,A,700,
@band,B,600,
@band,C,300,
@reason,R1,,Tax paid is low
@reason,R2,,Tax grade is low
tax_paid_12m_amount,missing,0,R1
tax_paid_12m_amount,<10000,-40,R1
tax_paid_12m_amount,<100000,10,
tax_paid_12m_amount,else,65,
tax_grade,missing,0,
tax_grade,=A,60,
tax_grade,=D,-80,R2
"""


def read(tree: dict[str, Any]) -> scorecards.Card:
    return scorecards.read(json.dumps(tree).encode(), is_csv=False, known=KNOWN)


def test_a_card_scores_one_firm_with_its_costliest_reasons_first() -> None:
    card = read(TREE)

    outcomes = [
        card.score(facts)
        for facts in (
            {"tax_paid_12m_amount": 500_000, "tax_grade": "A"},
            {"tax_paid_12m_amount": 9_999, "tax_grade": "D"},
            {"tax_paid_12m_amount": None, "tax_grade": "M"},
        )
    ]

    assert outcomes == [Outcome(620, ()), Outcome(380, ("R2", "R1")), Outcome(500, ("R1",))]


def test_the_table_form_says_the_same() -> None:
    assert scorecards.read(CSV.encode(), is_csv=True, known=KNOWN) == read(TREE)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"score": None}, "score_missing"),
        ({"score": {"lowest": 300, "highest": 900, "step": 7}}, "score_range"),
        ({"score": {"lowest": "x", "highest": 900, "step": 7}}, "not_a_whole_number"),
        ({"bands": [{"code": "C", "from": 300}, {"code": "A", "from": 700}]}, "bands_in_order"),
        ({"reasons": []}, "reasons"),
        ({"features": []}, "inputs_named_once"),
        ({"features": [*TREE["features"], TREE["features"][0]]}, "inputs_named_once"),
        ({"features": [TREE["features"][0] | {"feature": "uscc"}]}, "unknown_feature"),
        ({"features": [TREE["features"][0] | {"bins": [{"below": 1, "points": 1}]}]}, "bins_in_order"),
        ({"features": [TREE["features"][0] | {"bins": [{"points": 1, "reason": "R9"}]}]}, "unknown_reason"),
        ({"features": [{"feature": "tax_grade", "values": {}}]}, "bins"),
    ],
)
def test_a_file_that_is_no_scorecard_is_refused_with_the_place(change: dict[str, Any], code: str) -> None:
    with pytest.raises(CardFault) as fault:
        read(TREE | change)

    assert fault.value.code == code


@pytest.mark.parametrize(("data", "code"), [(b"\xff\xfe", "not_utf8"), (b"{", "not_readable"), (b"[]", "not_readable")])
def test_what_cannot_be_read_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(CardFault) as fault:
        scorecards.read(data, is_csv=False, known=KNOWN)

    assert fault.value.code == code
