"""Say something to somebody. Writing the message belongs to the caller's transaction; carrying it happens after commit."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.messages.models import Channel, Message


def send(
    *,
    to: User | None,
    address: str = "",
    channel: str = Channel.IN_APP,
    subject: str,
    body: str = "",
    link: str = "",
    at: datetime,
) -> Message:
    """Put one message into the outbox; e-mail and SMS are carried by a worker once the transaction has committed."""
    message = Message.objects.create(
        recipient=to, channel=channel, address=address, subject=subject[:200], body=body, link=link, created_at=at
    )
    if channel != Channel.IN_APP:
        transaction.on_commit(lambda: _carry_later(message.pk))
    return message


def notify(*, users: Iterable[User], subject: str, body: str = "", link: str = "", at: datetime) -> list[Message]:
    """The same in-app message to several people, in one insert."""
    return Message.objects.bulk_create(
        Message(recipient=user, channel=Channel.IN_APP, subject=subject[:200], body=body, link=link, created_at=at)
        for user in users
    )


def send_sms(*, to: User | None, phone: str, body: str, at: datetime) -> Message:
    """One SMS. ``phone`` in E.164 (+86…)."""
    return send(to=to, address=phone, channel=Channel.SMS, subject=body[:40], body=body, at=at)


def mark_read(*, message: Message, by: User, at: datetime) -> None:
    """The first reading stays; reading again changes nothing."""
    Message.objects.visible_to(by).filter(pk=message.pk, read_at=None).update(read_at=at)


def mark_all_read(*, by: User, at: datetime) -> None:
    """Everything that waits for ``by`` counts as read from now on."""
    Message.objects.visible_to(by).unread().update(read_at=at)


def _carry_later(message_id: int) -> None:
    from portal.messages.tasks import carry  # noqa: PLC0415 - tasks import actions

    carry.delay(message_id)
