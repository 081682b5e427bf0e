"""The mover: legal moves stamp, illegal ones are refused and change nothing."""

import datetime as dt

import pytest

from institutions.models import Institution
from institutions.states import MOVES, InstitutionState
from portal.accounts.models import User
from portal.transitions import IllegalMove, Move, MoveTable, move

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(now: dt.datetime) -> Institution:
    return Institution.objects.create(
        kind="bank",
        code="B1",
        name="银行",
        short_name="银行",
        uscc="9" * 18,
        applied_at=now,
        security_reviewed_on=now.date(),
    )


def test_a_legal_move_sets_state_and_stamps(bank: Institution, now: dt.datetime) -> None:
    person = User.objects.create_user("reviewer")

    move(bank, "admit", table=MOVES, by=person, at=now)

    bank.refresh_from_db()
    assert (bank.state, bank.admitted_at, bank.admitted_by) == (InstitutionState.ADMITTED, now, person)


def test_an_illegal_move_changes_nothing(bank: Institution, now: dt.datetime) -> None:
    with pytest.raises(IllegalMove):
        move(bank, "suspend", table=MOVES, by=None, at=now)

    bank.refresh_from_db()
    assert (bank.state, bank.suspended_at) == (InstitutionState.APPLIED, None)


def test_a_verb_stands_once_in_a_table() -> None:
    with pytest.raises(ValueError, match="twice"):
        MoveTable(Move.of("a", "x", "y"), Move.of("a", "y", "z"))


def test_a_verb_that_leads_to_several_states_is_told_to_which() -> None:
    step = Move.of("check", "filed", "checked", others=("reviewing",))

    assert [step.leads_to(None), step.leads_to("checked"), step.leads_to("reviewing")] == [
        "checked",
        "checked",
        "reviewing",
    ]


def test_a_verb_leads_nowhere_its_table_does_not_know() -> None:
    with pytest.raises(ValueError, match="does not lead to paid"):
        Move.of("check", "filed", "checked", others=("reviewing",)).leads_to("paid")
