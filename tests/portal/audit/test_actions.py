"""Audit events: appended with the act, never changed."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import InternalError, connection, transaction
from django.db.utils import DatabaseError
from django.test import Client

from portal.accounts.models import User
from portal.audit import actions
from portal.audit.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(now: dt.datetime) -> AuditEvent:
    person = User.objects.create_user("person", full_name="王芳")
    facts = {"amount": Decimal("1.50"), "day": now.date(), "items": ["TX_RATING"], "is_first": True}
    return actions.record("loan.sign", person, by=person, at=now, enterprise_id=7, facts=facts)


def test_facts_are_kept_as_plain_values(event: AuditEvent) -> None:
    assert AuditEvent.objects.get().facts == {
        "amount": "1.50",
        "day": "2026-11-20",
        "items": ["TX_RATING"],
        "is_first": True,
    }


@pytest.mark.parametrize("statement", ["UPDATE audit_auditevent SET verb = 'x'", "DELETE FROM audit_auditevent"])
def test_an_event_is_never_changed_even_by_the_owner(event: AuditEvent, statement: str) -> None:
    with pytest.raises((InternalError, DatabaseError), match="Cannot"), transaction.atomic():
        connection.cursor().execute(statement)

    assert AuditEvent.objects.get().verb == "loan.sign"


def test_an_event_dies_with_the_act_that_failed(now: dt.datetime) -> None:
    with transaction.atomic():
        actions.record("x", User(pk=1), by=None, at=now)
        transaction.set_rollback(True)

    assert not AuditEvent.objects.exists()


def test_every_answer_carries_the_number_of_its_request(client: Client) -> None:
    first, second = (client.get("/accounts/login/")["X-Request-Id"] for _ in range(2))

    assert len(first) == 36
    assert first != second
