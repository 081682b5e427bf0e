"""Random lives of a consent against the database: what the table forbids is refused with its code and changes nothing."""

import datetime as dt
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from enterprises.consent import actions, gate
from enterprises.consent.models import Authorization
from enterprises.models import Member
from institutions.models import Officer
from tests.factories import MemberFactory, OfficerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]

SEQUENCES = 200
ALLOWED = {
    "requested": {"agree": "granted", "decline": "declined", "expire": "expired"},
    "granted": {"pause": "paused", "revoke": "revoked", "expire": "expired", "look": "granted"},
    "paused": {"resume": "granted", "revoke": "revoked", "expire": "expired"},
}
MOVES: dict[str, Callable[..., Authorization]] = {
    "agree": actions.agree,
    "decline": actions.decline,
    "pause": actions.pause,
    "resume": actions.resume,
    "revoke": actions.revoke,
}


def test_two_hundred_random_lives_follow_the_table(now: dt.datetime) -> None:
    chance = random.Random(7)
    member, officer = MemberFactory(), OfficerFactory()
    for _life in range(SEQUENCES):
        authorization = _asked(member, officer, chance.choice(["once", "periodic"]), now)
        state = "requested"
        for _step in range(6):
            verb = chance.choice([*MOVES, "look", "expire"])
            expected = ALLOWED.get(state, {}).get(verb)
            if verb == "look" and expected and authorization.fetch_kind == "once":
                expected = "used_up"

            refusal = _tried(verb, authorization, member, officer, now)

            authorization.refresh_from_db()
            assert (authorization.state, refusal == "") == (expected or state, expected is not None)
            if refusal and verb in MOVES:
                assert refusal == f"{verb}_of_{state}"
            state = authorization.state


def _tried(verb: str, authorization: Authorization, member: Member, officer: Officer, at: dt.datetime) -> str:
    """The code of the refusal, "" where the verb was accepted."""
    try:
        if verb == "look":
            gate.open_file(authorization_id=authorization.pk, officer=officer, door="page", at=at)
        elif verb == "expire":
            return "" if actions.expire_due(at=authorization.ends_at) else "nothing_to_expire"
        else:
            MOVES[verb](authorization=authorization, member=member, at=at)
    except (actions.MoveNotAllowed, gate.AccessRefused) as refusal:
        return refusal.code
    return ""


def _asked(member: Member, officer: Officer, fetch_kind: str, at: dt.datetime) -> Authorization:
    terms: dict[str, Any] = {"frequency": (10, "month"), "ends_at": at + dt.timedelta(days=20), "data_months": 6}
    return actions.request(
        officer=officer,
        enterprise=member.enterprise,
        purpose_code="loan_approval",
        items={"TX_RATING": "verify"},
        fetch_kind=fetch_kind,
        **terms,
        submission_key=uuid.uuid4(),
        at=at,
    )
