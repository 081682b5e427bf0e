"""The outbox: written with the act it speaks of, carried once."""

import datetime as dt

import pytest
from django.core.mail import send_mail
from django.db import transaction

from portal.accounts.models import User
from portal.messages import actions, tasks
from portal.messages.backends import OutboxBackend
from portal.messages.models import Channel, Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person", email="person@example.com")


def test_send_carries_an_sms_after_the_commit(
    person: User, now: dt.datetime, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        message = actions.send_sms(to=person, phone="+8613800000000", body="验证码 123456", at=now)

    message.refresh_from_db()
    assert message.sent_at is not None


def test_send_leaves_nothing_when_the_act_fails(person: User, now: dt.datetime) -> None:
    with transaction.atomic():
        actions.send(to=person, subject="已提交", at=now)
        transaction.set_rollback(True)

    assert not Message.objects.exists()


def test_carry_twice_carries_once(person: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    carried: list[int] = []
    monkeypatch.setattr(tasks, "keep_for_demo", lambda message: carried.append(message.pk))
    message = Message.objects.create(recipient=person, channel=Channel.SMS, address="+86", subject="s", created_at=now)

    tasks.carry(message.pk)
    tasks.carry(message.pk)

    assert carried == [message.pk]


def test_library_mail_enters_the_outbox(person: User) -> None:
    send_mail("您的验证码", "ABC123", None, ["person@example.com"], connection=OutboxBackend())

    message = Message.objects.get()
    assert (message.recipient, message.channel, message.body) == (person, Channel.EMAIL, "ABC123")


def test_a_person_sees_the_own_messages_only(person: User, now: dt.datetime) -> None:
    other = User.objects.create_user("other")
    actions.notify(users=[person, other], subject="您有新的申请", at=now)

    assert [m.recipient for m in Message.objects.visible_to(person)] == [person]


def test_the_first_reading_stays(person: User, now: dt.datetime) -> None:
    (message,) = actions.notify(users=[person], subject="s", at=now)
    actions.mark_read(message=message, by=person, at=now)
    actions.mark_read(message=message, by=person, at=now + dt.timedelta(days=1))

    message.refresh_from_db()
    assert message.read_at == now
