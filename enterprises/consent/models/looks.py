"""The record of every look, and the marks that every file shows."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from enterprises.consent.models.authorizations import Mode
from enterprises.models import Enterprise, Member
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record, append_only_trigger


class AccessRecordQuerySet(models.QuerySet["AccessRecord"]):
    def visible_to(self, user: User) -> "AccessRecordQuerySet":
        """The firm's members see every look at the firm; access watchers those of their regions."""
        if user.may(Permission.ACCESS_WATCH):
            areas = user.areas_of(Permission.ACCESS_WATCH)
            if regions.PROVINCE in areas:
                return self
            return self.filter(enterprise_id__in=Enterprise.objects.of_areas(areas).values("pk"))
        return self.filter(enterprise_id__in=Member.objects.acting().filter(user=user).values("enterprise_id"))


class AccessRecord(Record):
    """One look at a firm's file (查询记录), allowed or refused, written by the gate in the same transaction as the look."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"actor_name"})
    append_only = True

    id = models.BigAutoField(primary_key=True)
    txid = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text)::bigint", []))
    at = models.DateTimeField(_("时间"))
    enterprise_id = models.BigIntegerField(_("市场主体"))
    institution_id = models.BigIntegerField(_("机构"), null=True)
    institution_name = models.CharField(_("查询机构"), max_length=100)
    actor_id = models.BigIntegerField(_("查询人编号"))
    actor_name = models.CharField(_("查询人"), max_length=60)
    actor_role = models.CharField(_("查询人岗位"), max_length=40)
    purpose = models.CharField(_("用途"), max_length=40)
    authorization_id = models.BigIntegerField(_("授权"), null=True)
    item_codes = ArrayField(models.CharField(max_length=30), verbose_name=_("信息项"))
    #: The widest mode that was opened.
    mode = models.CharField(_("使用方式"), max_length=10, choices=Mode.choices)
    is_allowed = models.BooleanField(_("是否放行"))
    refusal_code = models.CharField(_("拒绝原因"), max_length=40, blank=True)
    #: Why, in the words of whoever looked without an authorization (staff, by their office).
    reason = models.CharField(_("事由"), max_length=200, blank=True)
    #: Which door: page, pdf, export, api, admin, model, question.
    door = models.CharField(_("途径"), max_length=20)
    #: The machine client behind an interface (接口客户端); empty where a person looked.
    client = models.CharField(_("接口客户端"), max_length=60, blank=True)
    parent_kind = models.CharField(max_length=20, blank=True)
    parent_id = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=36, blank=True)

    objects = AccessRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("查询记录")
        verbose_name_plural = _("查询记录")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["enterprise_id", "-id"], name="looks_at_a_firm"),
            models.Index(fields=["authorization_id", "-id"], name="looks_under_a_consent"),
            models.Index(fields=["txid", "id"], name="looks_by_transaction"),
        ]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.institution_name}"


class DisputedRecord(Record):
    """A credit record under an open objection (异议标注). The remedies room puts the mark and takes it off; every file shows it."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+")
    item_code = models.CharField(_("信息项"), max_length=30)
    record_id = models.BigIntegerField(_("信息记录"))
    marked_at = models.DateTimeField(_("标注时间"))
    lifted_at = models.DateTimeField(_("解除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("异议标注")
        verbose_name_plural = _("异议标注")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item_code", "record_id"], condition=models.Q(lifted_at=None), name="one_open_mark_per_record"
            ),
        ]
        indexes = [
            models.Index(fields=["enterprise"], condition=models.Q(lifted_at=None), name="open_marks_of_a_firm"),
        ]

    def __str__(self) -> str:
        return f"{self.item_code} {self.record_id}"
