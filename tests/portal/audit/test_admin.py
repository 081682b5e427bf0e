import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.roles import StaffRole
from portal.audit import queries
from portal.audit.actions import record
from tests.factories import StaffPostFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client) -> Client:
    client.force_login(StaffPostFactory(role=StaffRole.AUDITOR).user)
    return client


def test_the_auditor_reads_events_and_changes_none(auditor: Client, now: dt.datetime) -> None:
    event = record("claim.approve", UserFactory(full_name="李审定"), by=None, at=now)

    shown = auditor.get(reverse("admin:audit_auditevent_changelist")).content.decode()

    assert "claim.approve" in shown
    assert auditor.post(reverse("admin:audit_auditevent_change", args=[event.pk]), {"verb": "x"}).status_code == 403
    assert auditor.get(reverse("admin:audit_auditevent_add")).status_code == 403


@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.AUDITOR])
def test_no_other_office_reads_the_audit(role: str, client: Client) -> None:
    client.force_login(StaffPostFactory(role=role).user)

    assert client.get(reverse("admin:audit_auditevent_changelist")).status_code == 403


def test_the_auditor_checks_all_chains_by_button(auditor: Client) -> None:
    response = auditor.post(reverse("admin:audit_sealedblock_verify"), follow=True)

    assert "各链完整" in response.content.decode()


def test_events_of_a_thing_come_newest_first(now: dt.datetime) -> None:
    thing, other = UserFactory(), UserFactory()
    for verb, subject in (("a.first", thing), ("a.second", thing), ("a.third", other)):
        record(verb, subject, by=None, at=now)

    assert [event.verb for event in queries.events_of(thing)] == ["a.second", "a.first"]
