import datetime as dt

import pytest
from django.test import Client
from pytest_django import Settings

from portal.accounts.models import User
from portal.messages.actions import send, send_sms
from portal.messages.models import Message
from tests.factories import MemberFactory, OfficerFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client) -> User:
    user: User = MemberFactory().user
    client.force_login(user)
    return user


def test_the_list_shows_ones_own_messages_and_nobody_elses(client: Client, reader: User, now: dt.datetime) -> None:
    send(to=reader, subject="您的申请已受理", at=now)
    send(to=UserFactory(), subject="别人的消息", at=now)

    page = client.get("/enterprise/messages/").content.decode()

    assert "您的申请已受理" in page
    assert "别人的消息" not in page


def test_an_officer_reads_messages_under_the_name_of_the_institution(client: Client, now: dt.datetime) -> None:
    officer = OfficerFactory()
    client.force_login(officer.user)
    send(to=officer.user, subject="新的申请", at=now)

    page = client.get("/bank/messages/").content.decode()

    assert "新的申请" in page
    assert officer.institution.short_name in page


def test_opening_a_message_marks_it_read_and_leads_where_it_points(
    client: Client, reader: User, now: dt.datetime
) -> None:
    message = send(to=reader, subject="请补充材料", link="/enterprise/applications/7/", at=now)

    answer = client.post(f"/messages/{message.pk}/open/", {"from": "enterprise"})

    message.refresh_from_db()
    assert answer["Location"] == "/enterprise/applications/7/"
    assert message.read_at is not None


def test_a_message_that_points_outside_leads_back_to_the_list(client: Client, reader: User, now: dt.datetime) -> None:
    message = send(to=reader, subject="?", link="//elsewhere.example/", at=now)

    assert client.post(f"/messages/{message.pk}/open/")["Location"] == "/enterprise/messages/"


def test_a_message_of_somebody_else_does_not_exist(client: Client, reader: User, now: dt.datetime) -> None:
    message = send(to=UserFactory(), subject="别人的消息", at=now)

    assert client.post(f"/messages/{message.pk}/open/").status_code == 404
    message.refresh_from_db()
    assert message.read_at is None


def test_all_can_be_marked_read_at_once(client: Client, reader: User, now: dt.datetime) -> None:
    for subject in ("一", "二"):
        send(to=reader, subject=subject, at=now)
    other = send(to=UserFactory(), subject="三", at=now)

    client.post("/messages/read-all/", {"from": "enterprise"})

    assert list(Message.objects.filter(read_at=None)) == [other]


def test_the_outbox_page_shows_codes_in_the_demo_only(client: Client, now: dt.datetime, settings: Settings) -> None:
    send_sms(to=None, phone="+8613895012345", body="验证码 246810", at=now)

    settings.DEMO = True
    assert "246810" in client.get("/demo/outbox/").content.decode()
    settings.DEMO = False
    assert client.get("/demo/outbox/").status_code == 404
