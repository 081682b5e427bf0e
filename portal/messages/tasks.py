"""Carriers of the outbox. A message is carried once: the row is locked while it is on its way."""

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from portal.messages.models import Channel, Message


@shared_task(ignore_result=True)
def carry(message_id: int) -> None:
    """Hand one message to its carrier. Safe to repeat: a message already sent or failed is left alone."""
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(pk=message_id, sent_at=None, failed_at=None)
            .first()
        )
        if message is None:
            return
        carrier = import_string(settings.CARRIERS[message.channel])
        carrier(message)
        message.sent_at = timezone.now()
        message.save(update_fields=["sent_at"])


@shared_task(ignore_result=True)
def carry_waiting() -> None:
    """Every minute: what an earlier worker left behind."""
    waiting = Message.objects.exclude(channel=Channel.IN_APP).filter(sent_at=None, failed_at=None)
    for message_id in waiting.order_by("id").values_list("pk", flat=True)[:500]:
        carry.delay(message_id)


def carry_email(message: Message) -> None:
    connection: BaseEmailBackend = get_connection(settings.CARRIER_EMAIL_BACKEND)
    EmailMessage(message.subject, message.body, to=[message.address], connection=connection).send()


def keep_for_demo(message: Message) -> None:
    """In the demo nothing leaves the machine: the outbox page shows the message."""
