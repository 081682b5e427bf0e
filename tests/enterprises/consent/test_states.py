import itertools
import random

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


VERBS = [move.verb for move in MOVES]
ENDS = {"revoked", "expired", "used_up", "declined"}


def test_ten_thousand_random_sequences_never_leave_the_table() -> None:
    """Whatever is tried in whatever order: a verb is accepted exactly where the life of a consent allows it."""
    allowed = {
        "requested": {"grant": "granted", "decline": "declined", "expire": "expired"},
        "granted": {"pause": "paused", "revoke": "revoked", "expire": "expired", "use_up": "used_up"},
        "paused": {"resume": "granted", "revoke": "revoked", "expire": "expired"},
        **{end: {} for end in ENDS},
    }
    chance = random.Random(20261120)
    for _sequence in range(10_000):
        state = "requested"
        for _step in range(12):
            verb = chance.choice(VERBS)
            assert MOVES.allows(verb, state) == (verb in allowed[state])
            state = allowed[state].get(verb, state)
