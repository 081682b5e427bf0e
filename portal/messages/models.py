"""One outbox for everything the station says to people: in-app, e-mail and SMS."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.records import Record


class Channel(models.TextChoices):
    IN_APP = "in_app", _("站内")
    EMAIL = "email", _("邮件")
    SMS = "sms", _("短信")


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> "MessageQuerySet":
        """A person's own in-app messages."""
        return self.filter(recipient=user, channel=Channel.IN_APP) if user.is_authenticated else self.none()

    def unread(self) -> "MessageQuerySet":
        return self.filter(read_at=None)


class Message(Record):
    """One message to one person by one channel. ``sent_at`` is set by the carrier; in-app messages need none."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"address", "subject", "body"})

    recipient = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="messages", verbose_name=_("收件人")
    )
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel.choices)
    address = models.CharField(_("地址"), max_length=254, blank=True)
    subject = models.CharField(_("标题"), max_length=200)
    body = models.TextField(_("内容"), blank=True)
    link = models.CharField(_("链接"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("生成时间"))
    sent_at = models.DateTimeField(_("发送时间"), null=True)
    failed_at = models.DateTimeField(_("失败时间"), null=True)
    failure = models.CharField(_("失败原因"), max_length=200, blank=True)
    read_at = models.DateTimeField(_("阅读时间"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="messages_of_a_person"),
            models.Index(fields=["id"], condition=models.Q(sent_at=None, failed_at=None), name="messages_to_send"),
        ]

    def __str__(self) -> str:
        return self.subject
