import itertools

import pytest

from enterprises.consent.states import MOVES, AuthorizationState

S = AuthorizationState
LEGAL = {
    ("grant", S.REQUESTED): S.GRANTED,
    ("decline", S.REQUESTED): S.DECLINED,
    ("pause", S.GRANTED): S.PAUSED,
    ("resume", S.PAUSED): S.GRANTED,
    ("revoke", S.GRANTED): S.REVOKED,
    ("revoke", S.PAUSED): S.REVOKED,
    ("expire", S.REQUESTED): S.EXPIRED,
    ("expire", S.GRANTED): S.EXPIRED,
    ("expire", S.PAUSED): S.EXPIRED,
    ("use_up", S.GRANTED): S.USED_UP,
}


@pytest.mark.parametrize(("verb", "state"), list(itertools.product([move.verb for move in MOVES], S)))
def test_a_consent_moves_only_as_written(verb: str, state: str) -> None:
    assert MOVES.allows(verb, state) is ((verb, state) in LEGAL)


@pytest.mark.parametrize(("verb", "state"), LEGAL)
def test_each_move_of_a_consent_leads_where_it_should(verb: str, state: str) -> None:
    assert MOVES[verb].target == LEGAL[verb, state]
