"""Two people at the same moment, on two connections: one wins, the other is told."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from enterprises import actions
from enterprises.digests import person_digest
from enterprises.models import Member, ProofMethod, Representation
from portal.accounts.models import User
from portal.identifiers import resident_check_character
from portal.refusals import Refusal
from tests.factories import EnterpriseFactory, InvitationFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

ID_NUMBER = "64010419800101123" + resident_check_character("64010419800101123")


def at_once(*calls: Callable[[], object]) -> list[str]:
    """Run the calls together; what each came to: its refusal's code, or "done"."""
    start = Barrier(len(calls))

    def run(call: Callable[[], object]) -> str:
        start.wait()
        try:
            call()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


def test_of_two_people_binding_one_firm_one_wins(now: dt.datetime) -> None:
    firm = EnterpriseFactory(legal_representative_digest=person_digest(ID_NUMBER))

    def bind(user: User) -> Callable[[], object]:
        return lambda: actions.claim_firm(
            user=user,
            uscc=firm.uscc,
            method=ProofMethod.REGISTRY,
            claimed_name="王建国",
            id_number=ID_NUMBER,
            at=now,
        )

    outcome = at_once(bind(UserFactory()), bind(UserFactory()), bind(UserFactory()))

    assert outcome == ["done", "firm_already_bound", "firm_already_bound"]
    assert Member.objects.filter(enterprise=firm).count() == 1


def test_tries_sent_together_are_still_counted_one_by_one(now: dt.datetime) -> None:
    user = UserFactory()
    firms = [EnterpriseFactory(legal_representative_digest=person_digest(ID_NUMBER)) for _firm in range(5)]

    def guess(uscc: str) -> Callable[[], object]:
        return lambda: actions.claim_firm(
            user=user, uscc=uscc, method=ProofMethod.REGISTRY, claimed_name="李四", id_number=ID_NUMBER, at=now
        )

    outcome = at_once(*(guess(firm.uscc) for firm in firms))

    assert outcome == ["done", "done", "done", "too_many_tries", "too_many_tries"]
    assert Representation.objects.count() == 3


def test_an_invitation_accepted_twice_at_once_makes_one_member(now: dt.datetime) -> None:
    boss, user = MemberFactory(), UserFactory()
    InvitationFactory(enterprise=boss.enterprise, address=user.phone, token="t1")

    outcome = at_once(*[lambda: actions.accept_invitation(token="t1", user=user, at=now)] * 2)

    assert outcome == ["done", "done"]
    assert Member.objects.acting().filter(user=user).count() == 1
