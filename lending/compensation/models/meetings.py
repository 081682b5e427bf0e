"""Joint meetings (联席会议): the sheet of claims before one, and what it decided of each."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lending.compensation.models.claims import Claim
from lending.compensation.states import MeetingState
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import MoneyField, Record


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: User) -> "MeetingQuerySet":
        """Staff with the books; those of one region see its own meetings."""
        areas = user.areas_of(Permission.LEDGER_READ)
        return self if regions.PROVINCE in areas else self.filter(region_code__in=areas)


class Meeting(Record):
    """A joint meeting takes a list of claims; its decisions are recorded claim by claim."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    number = models.CharField(_("会议编号"), max_length=30, unique=True)
    region_code = models.CharField(_("区域"), max_length=12, default=regions.PROVINCE)
    state = models.CharField(_("状态"), max_length=10, choices=MeetingState.choices, default=MeetingState.CALLED)
    meets_on = models.DateField(_("会议日期"))
    called_at = models.DateTimeField(_("召集时间"))
    called_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("召集人"))
    held_at = models.DateTimeField(_("记录时间"), null=True, blank=True)
    held_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("记录人")
    )
    minutes = models.TextField(_("会议纪要"), blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("联席会议")
        verbose_name_plural = _("联席会议")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=MeetingState.values), name="a_meeting_is_in_a_known_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state=MeetingState.CALLED) | models.Q(held_at__isnull=False, held_by__isnull=False),
                name="a_meeting_that_was_held_says_who_recorded_it",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Decision(models.TextChoices):
    AGREED = "agreed", _("同意")
    RETURNED = "returned", _("退回补正")
    REFUSED = "refused", _("不予补偿")
    POSTPONED = "postponed", _("下次再议")


class MeetingItemQuerySet(models.QuerySet["MeetingItem"]):
    def visible_to(self, user: User) -> "MeetingItemQuerySet":
        return self.filter(claim__in=Claim.objects.visible_to(user))


class MeetingItem(Record):
    """One claim before a meeting, with the amount that was put to it."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items", verbose_name=_("联席会议"))
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="meeting_items", verbose_name=_("补偿申请"))
    position = models.PositiveSmallIntegerField(_("序号"))
    amount = MoneyField(_("提请补偿（元）"))
    decision = models.CharField(_("决定"), max_length=10, choices=Decision.choices, blank=True)
    note = models.CharField(_("意见"), max_length=300, blank=True)

    objects = MeetingItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("会议议题")
        verbose_name_plural = _("会议议题")
        ordering = ["meeting", "position"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "claim"], name="a_claim_stands_once_on_a_sheet"),
            models.UniqueConstraint(
                fields=["claim"], condition=models.Q(decision=""), name="a_claim_waits_for_one_meeting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting} {self.claim}"
