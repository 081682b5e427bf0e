import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from enterprises.models import Member, RegistrationStatus
from lending.needs import actions
from lending.needs.models import Need
from lending.needs.states import MOVES, NeedState
from portal.accounts.roles import EnterpriseRole
from portal.audit.models import AuditEvent
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import EnterpriseFactory, MemberFactory, NeedFactory

pytestmark = pytest.mark.django_db

WISH = {
    "amount": Decimal("800000.00"),
    "term_months": 12,
    "use": "equipment",
    "guarantees": ["credit"],
    "highest_rate": Decimal("0.060000"),
    "is_first_loan": True,
    "contact_name": "马晓燕",
    "contact_phone": "13909510001",
    "note": "",
}


def post(member: Member, at: datetime, **changes: Any) -> Any:
    return actions.post(member=member, at=at, **{**WISH, "submission_key": uuid.uuid4(), **changes})


def test_post_keeps_what_is_asked_and_where_the_firm_is(now: datetime) -> None:
    member = MemberFactory(enterprise__county_code="640202")

    need = post(member, now)

    stored = Need.objects.values("amount", "state", "responsible_region", "county_code", "expires_on").get(pk=need.pk)
    assert stored == {
        "amount": Decimal("800000.00"),
        "state": "open",
        "responsible_region": "640200",
        "county_code": "640202",
        "expires_on": date(2027, 2, 18),
    }
    assert AuditEvent.objects.filter(verb="need.post", subject_id=str(need.pk), actor_id=member.user_id).count() == 1


def test_post_sent_twice_is_one_need(now: datetime) -> None:
    member, key = MemberFactory(), uuid.uuid4()

    first, second = post(member, now, submission_key=key), post(member, now, submission_key=key)

    assert first == second
    assert Need.objects.count() == 1
    assert AuditEvent.objects.filter(verb="need.post").count() == 1


def test_post_refuses_a_key_of_another_firm(now: datetime) -> None:
    need = NeedFactory()

    with pytest.raises(actions.KeyOfAnother):
        post(MemberFactory(), now, submission_key=need.submission_key)


def test_post_refuses_a_member_who_may_only_look(now: datetime) -> None:
    with pytest.raises(NotPermitted):
        post(MemberFactory(role=EnterpriseRole.VIEWER), now)


@pytest.mark.parametrize("status", [s for s in RegistrationStatus.values if s != "living"])
def test_post_refuses_a_firm_that_is_not_living(now: datetime, status: str) -> None:
    member = MemberFactory(enterprise=EnterpriseFactory(status=status))

    with pytest.raises(actions.FirmNotLiving):
        post(member, now)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal("999.99")},
        {"amount": Decimal("1000000000.01")},
        {"term_months": 0},
        {"term_months": 361},
        {"highest_rate": Decimal(0)},
        {"highest_rate": Decimal("0.240001")},
    ],
)
def test_post_refuses_what_lies_out_of_bounds(now: datetime, changes: dict[str, Any]) -> None:
    with pytest.raises(actions.NeedOutOfBounds):
        post(MemberFactory(), now, **changes)


def test_withdraw_closes_the_need(now: datetime) -> None:
    member = MemberFactory()
    need = NeedFactory(member=member)

    need = actions.withdraw(need=need, member=member, at=now)

    assert (need.state, need.ended_at, need.ended_by) == (NeedState.WITHDRAWN, now, member.user)


def test_withdraw_refuses_a_member_of_another_firm(now: datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.withdraw(need=NeedFactory(), member=MemberFactory(), at=now)


def test_a_drawn_loan_meets_the_need_once(now: datetime) -> None:
    member = MemberFactory()
    need = NeedFactory(member=member)

    actions.meet(need=need, by=member.user, at=now)
    again = actions.meet(need=need, by=member.user, at=now + timedelta(days=1))

    assert (again.state, again.ended_at) == (NeedState.MET, now)


def test_lapse_due_ends_only_what_is_over(now: datetime, today: date) -> None:
    over = NeedFactory(expires_on=today - timedelta(days=1))
    last_day = NeedFactory(expires_on=today)

    count = actions.lapse_due(day=today, at=now)

    over.refresh_from_db()
    last_day.refresh_from_db()
    assert (count, over.state, over.ended_at, over.ended_by, last_day.state) == (1, "lapsed", now, None, "open")


@pytest.mark.parametrize("verb", [move.verb for move in MOVES])
@pytest.mark.parametrize("state", [NeedState.MET, NeedState.WITHDRAWN, NeedState.LAPSED])
def test_an_ended_need_moves_no_more(verb: str, state: str) -> None:
    assert not MOVES.allows(verb, state)


def test_withdraw_refuses_a_need_that_has_ended(now: datetime) -> None:
    member = MemberFactory()

    with pytest.raises(IllegalMove):
        actions.withdraw(need=NeedFactory(member=member, state=NeedState.LAPSED), member=member, at=now)


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"amount": 0}, "a_need_asks_for_something"), ({"term_months": 0}, "a_need_has_a_term")],
)
def test_the_database_refuses(changes: dict[str, Any], name: str) -> None:
    need = NeedFactory()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Need.objects.filter(pk=need.pk).update(**changes)
