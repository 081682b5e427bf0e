"""Reading and revoking at the same time, on connections of their own."""

import datetime as dt
import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction

from enterprises.consent import actions, gate
from enterprises.consent.models import AccessRecord, Authorization
from tests.factories import AuthorizationFactory, OfficerFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


def in_thread(work: Any) -> tuple[threading.Thread, list[Any]]:
    """Start ``work`` on a connection of its own; what it returns or raises lands in the list."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:
            outcome.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def test_a_look_that_waits_for_a_revocation_is_refused_once_it_commits(now: dt.datetime) -> None:
    officer = OfficerFactory()
    authorization = AuthorizationFactory(institution=officer.institution)
    member = authorization.enterprise.members.get()

    with transaction.atomic():
        actions.revoke(authorization=authorization, member=member, at=now)
        thread, outcome = in_thread(
            lambda: gate.open_file(authorization_id=authorization.pk, officer=officer, door="page", at=now)
        )
        time.sleep(0.3)
        assert outcome == []  # it waits: the row is ours
    thread.join(timeout=10)

    assert isinstance(outcome[0], gate.Revoked)
    assert AccessRecord.objects.get().refusal_code == "revoked"


def test_one_look_is_left_and_two_come_at_once(now: dt.datetime) -> None:
    officer = OfficerFactory()
    authorization = AuthorizationFactory(institution=officer.institution, uses_per_unit=1)

    def look() -> Any:
        return gate.open_file(authorization_id=authorization.pk, officer=officer, door="page", at=now)

    runs = [in_thread(look) for _ in range(4)]
    for thread, _outcome in runs:
        thread.join(timeout=10)

    outcomes = [outcome[0] for _thread, outcome in runs]
    assert sum(isinstance(outcome, gate.CreditFile) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, gate.OverFrequency) for outcome in outcomes) == 3
    assert Authorization.objects.get().use_count == 1


def test_the_record_of_a_refusal_stands_although_the_look_failed(now: dt.datetime) -> None:
    officer = OfficerFactory()
    authorization = AuthorizationFactory(institution=officer.institution, state="paused")

    with pytest.raises(gate.Paused):
        gate.open_file(authorization_id=authorization.pk, officer=officer, door="page", at=now)

    _thread, outcome = in_thread(lambda: AccessRecord.objects.values_list("is_allowed", "refusal_code").get())
    _thread.join(timeout=10)
    assert outcome == [(False, "paused")]


def test_the_gate_does_not_open_inside_somebody_elses_transaction(now: dt.datetime) -> None:
    """Otherwise the caller could roll the record back and keep the data."""
    officer = OfficerFactory()
    authorization = AuthorizationFactory(institution=officer.institution)

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        gate.open_file(authorization_id=authorization.pk, officer=officer, door="page", at=now)
