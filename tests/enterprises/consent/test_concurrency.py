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


def test_no_look_that_begins_after_the_revocation_has_committed_succeeds(now: dt.datetime) -> None:
    """Fifty readers over and over while the firm revokes: whoever starts after its commit is refused."""
    officer = OfficerFactory()
    authorization = AuthorizationFactory(institution=officer.institution, uses_per_unit=100_000)
    member = authorization.enterprise.members.get()
    revoked, outcomes, lock = threading.Event(), list[tuple[float, bool]](), threading.Lock()
    moments: list[float] = []

    def read() -> None:
        for _look in range(40):
            begun, is_last = time.monotonic(), revoked.is_set()
            try:
                gate.open_file(authorization_id=authorization.pk, officer=officer, door="page", at=now)
                came = True
            except gate.Revoked:
                came = False
            with lock:
                outcomes.append((begun, came))
            if is_last:
                break
        connection.close()

    def revoke() -> None:
        time.sleep(1.0)
        actions.revoke(authorization=authorization, member=member, at=now)
        moments.append(time.monotonic())
        revoked.set()
        connection.close()

    threads = [threading.Thread(target=read) for _ in range(50)] + [threading.Thread(target=revoke)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    allowed = AccessRecord.objects.filter(is_allowed=True).count()
    assert [begun for begun, came in outcomes if came and begun > moments[0]] == []
    assert allowed == sum(came for _begun, came in outcomes) == Authorization.objects.get().use_count
    assert AccessRecord.objects.filter(is_allowed=False, refusal_code="revoked").count() == len(outcomes) - allowed
    assert any(came for _begun, came in outcomes)
    assert any(not came for _begun, came in outcomes)


def test_a_consent_for_one_look_gives_one_look_to_many_at_once(now: dt.datetime) -> None:
    officer = OfficerFactory()
    authorization = AuthorizationFactory(institution=officer.institution, fetch_kind="once", uses_per_unit=1)

    def look() -> Any:
        return gate.open_file(authorization_id=authorization.pk, officer=officer, door="page", at=now)

    runs = [in_thread(look) for _ in range(8)]
    for thread, _outcome in runs:
        thread.join(timeout=20)

    outcomes = [outcome[0] for _thread, outcome in runs]
    assert sum(isinstance(outcome, gate.CreditFile) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, gate.UsedUp) for outcome in outcomes) == 7
    assert (Authorization.objects.get().state, Authorization.objects.get().use_count) == ("used_up", 1)
