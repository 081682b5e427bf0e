"""Publicity (公示) of claims before they are approved, and the objections that came in that time."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lending.compensation.models.claims import Claim
from portal.accounts.models import User
from portal.records import Record


class PublicityQuerySet(models.QuerySet["Publicity"]):
    def visible_to(self, user: User) -> "PublicityQuerySet":
        return self.filter(claim__in=Claim.objects.visible_to(user))

    def running(self) -> "PublicityQuerySet":
        return self.filter(ended_at=None)

    def over(self, day: date) -> "PublicityQuerySet":
        """Whose time has passed on ``day`` with the clock running."""
        return self.running().filter(stopped_on=None, ends_on__lt=day)


class Publicity(Record):
    """One publicity of one round. An objection stops the clock; when none is open any more the rest of the days runs."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="publicities", verbose_name=_("补偿申请"))
    round = models.PositiveSmallIntegerField(_("申报轮次"))
    begins_on = models.DateField(_("公示开始"))
    ends_on = models.DateField(_("公示截止"))
    stopped_on = models.DateField(_("停止计时日"), null=True, blank=True)
    ended_at = models.DateTimeField(_("公示结束时间"), null=True, blank=True)

    objects = PublicityQuerySet.as_manager()

    class Meta:
        verbose_name = _("公示")
        verbose_name_plural = _("公示")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "round"], name="one_publicity_per_round"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("begins_on")), name="a_publicity_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """By which the public page knows it."""
        return f"{self.claim.number}-{self.round}"


class ObjectionQuerySet(models.QuerySet["PublicityObjection"]):
    def visible_to(self, user: User) -> "ObjectionQuerySet":
        return self.filter(publicity__claim__in=Claim.objects.visible_to(user))

    def open(self) -> "ObjectionQuerySet":
        return self.filter(resolved_at=None)


class PublicityObjection(Record):
    """Somebody objects to a claim that is being publicised. ``remark`` is the key of the public page's row."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"name", "contact", "text"})

    publicity = models.ForeignKey(
        Publicity, on_delete=models.PROTECT, related_name="objections", verbose_name=_("公示")
    )
    remark = models.BigIntegerField(unique=True)
    name = models.CharField(_("异议人"), max_length=60)
    contact = models.CharField(_("联系方式"), max_length=60)
    text = models.TextField(_("异议内容"))
    received_at = models.DateTimeField(_("收到时间"))
    resolved_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("处理人")
    )
    is_upheld = models.BooleanField(_("异议成立"), null=True, blank=True)
    answer = models.CharField(_("处理意见"), max_length=300, blank=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("公示异议")
        verbose_name_plural = _("公示异议")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(resolved_at__isnull=True)
                | (models.Q(resolved_by__isnull=False, is_upheld__isnull=False) & ~models.Q(answer="")),
                name="a_resolved_objection_is_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publicity} #{self.pk}"
