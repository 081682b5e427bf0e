"""Django's e-mail goes through the station's outbox, so that libraries' mail is carried, retried and shown like ours."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from portal.accounts.models import User
from portal.messages import actions
from portal.messages.models import Channel


class OutboxBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        now = timezone.now()
        for mail in email_messages:
            for address in mail.recipients():
                person = User.objects.filter(email__iexact=address).order_by("pk").first()
                actions.send(
                    to=person,
                    address=address,
                    channel=Channel.EMAIL,
                    subject=str(mail.subject),
                    body=str(mail.body),
                    at=now,
                )
        return len(email_messages)
