import itertools

import pytest

from enterprises.objections.states import OBJECTION_MOVES, REPAIR_MOVES
from enterprises.objections.states import ObjectionState as S
from enterprises.objections.states import RepairState as R

OBJECTION = {
    ("accept", S.FILED): S.ACCEPTED,
    ("uphold", S.ACCEPTED): S.UPHELD,
    ("reject", S.ACCEPTED): S.REJECTED,
    ("withdraw", S.FILED): S.WITHDRAWN,
    ("withdraw", S.ACCEPTED): S.WITHDRAWN,
}
REPAIR = {
    ("accept", R.FILED): R.ACCEPTED,
    ("grant", R.ACCEPTED): R.GRANTED,
    ("refuse", R.FILED): R.REFUSED,
    ("refuse", R.ACCEPTED): R.REFUSED,
    ("withdraw", R.FILED): R.WITHDRAWN,
    ("withdraw", R.ACCEPTED): R.WITHDRAWN,
}


@pytest.mark.parametrize(("verb", "state"), list(itertools.product([m.verb for m in OBJECTION_MOVES], S)))
def test_an_objection_moves_only_as_written(verb: str, state: str) -> None:
    assert OBJECTION_MOVES.allows(verb, state) is ((verb, state) in OBJECTION)


@pytest.mark.parametrize(("verb", "state"), list(itertools.product([m.verb for m in REPAIR_MOVES], R)))
def test_a_repair_moves_only_as_written(verb: str, state: str) -> None:
    assert REPAIR_MOVES.allows(verb, state) is ((verb, state) in REPAIR)
