"""Remedies: a firm objects to a record, or asks for the repair of an adverse one."""

from typing import ClassVar, TypeVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise, Member
from enterprises.objections.states import ObjectionState, RepairState
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.documents.models import Upload
from portal.records import Record

Row = TypeVar("Row", bound="Remedy")


class RemedyQuerySet(models.QuerySet[Row]):
    def visible_to(self, user: User) -> "RemedyQuerySet[Row]":
        """The firm's members see the firm's own; remedy officers those of their regions."""
        if user.may(Permission.REMEDY_HANDLE):
            return self.filter(enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.REMEDY_HANDLE)))
        return self.filter(enterprise__in=Member.objects.acting().filter(user=user).values("enterprise"))


class Remedy(Record):
    """What an objection and a repair share: which record of which firm, who says what, until when an answer is due."""

    enterprise = models.ForeignKey(Enterprise, verbose_name=_("企业"), on_delete=models.PROTECT, related_name="+")
    item_code = models.CharField(_("信息项"), max_length=30)
    record_id = models.BigIntegerField(_("信息记录"))
    statement = models.TextField(_("说明"))
    evidence = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    filed_at = models.DateTimeField(_("提交时间"))
    filed_by = models.ForeignKey(User, verbose_name=_("提出人"), on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(_("办理期限"))
    accepted_at = models.DateTimeField(_("受理时间"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, verbose_name=_("受理人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        User, verbose_name=_("办结人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolution = models.CharField(_("办理结果"), max_length=300, blank=True)
    submission_key = models.UUIDField(unique=True)

    class Meta:
        abstract = True


@pghistory.track()
class Objection(Remedy):
    sensitive: ClassVar[frozenset[str]] = frozenset({"statement"})

    state = models.CharField(_("状态"), max_length=10, choices=ObjectionState.choices, default=ObjectionState.FILED)

    objects = RemedyQuerySet["Objection"].as_manager()

    class Meta:
        verbose_name = _("异议")
        verbose_name_plural = _("异议")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item_code", "record_id"],
                condition=models.Q(state__in=[ObjectionState.FILED, ObjectionState.ACCEPTED]),
                name="one_open_objection_per_record",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.item_code}"


@pghistory.track()
class Repair(Remedy):
    """Repair under Order 36 (信用修复管理办法, in force 2026-04-01).

    Not before the shortest publication period has passed, and with a public commitment.
    """

    sensitive: ClassVar[frozenset[str]] = frozenset({"statement"})

    state = models.CharField(_("状态"), max_length=10, choices=RepairState.choices, default=RepairState.FILED)
    severity = models.CharField(_("失信程度"), max_length=10)
    earliest_on = models.DateField(_("最早可修复日期"))
    commitment = models.TextField(_("信用承诺"))

    objects = RemedyQuerySet["Repair"].as_manager()

    class Meta:
        verbose_name = _("信用修复")
        verbose_name_plural = _("信用修复")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item_code", "record_id"],
                condition=models.Q(state__in=[RepairState.FILED, RepairState.ACCEPTED]),
                name="one_open_repair_per_record",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.item_code}"
