"""Deliveries: a batch, the rows waiting to be judged, and the rows refused."""

from collections.abc import Mapping
from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.credit.models.catalogue import Item, ItemVersion, Source
from enterprises.credit.schemas import SEALED_FOR
from enterprises.credit.states import BatchState
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: User) -> "BatchQuerySet":
        """Data staff see the batches of their regions."""
        if not user.may(Permission.BATCH_DELIVER):
            return self.none()
        areas = user.areas_of(Permission.BATCH_DELIVER)
        return self if regions.PROVINCE in areas else self.filter(source__region_code__in=areas)


@pghistory.track()
class Batch(Record):
    """One delivery of rows of one item by one source (报送批次)."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    item = models.ForeignKey(Item, verbose_name=_("信息项"), on_delete=models.PROTECT, related_name="+")
    item_version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, verbose_name=_("数据来源"), on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(_("文件名"), max_length=200)
    #: Path under DELIVERY_ROOT; emptied once the batch has ended.
    stored_path = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(_("文件摘要"), max_length=64)
    idempotency_key = models.CharField(_("幂等键"), max_length=64, null=True, blank=True, unique=True)
    state = models.CharField(_("状态"), max_length=10, choices=BatchState.choices, default=BatchState.RECEIVED)
    rows = models.PositiveIntegerField(_("总行数"), default=0)
    rows_bad = models.PositiveIntegerField(_("问题行"), default=0)
    rows_new = models.PositiveIntegerField(_("新增"), default=0)
    rows_changed = models.PositiveIntegerField(_("更正"), default=0)
    rows_same = models.PositiveIntegerField(_("未变"), default=0)
    rows_withdrawn = models.PositiveIntegerField(_("撤销"), default=0)
    received_at = models.DateTimeField(_("接收时间"))
    received_by = models.ForeignKey(
        User, verbose_name=_("报送人"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    checked_at = models.DateTimeField(_("校验时间"), null=True, blank=True)
    checked_by = models.ForeignKey(
        User, verbose_name=_("校验人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(_("入库时间"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, verbose_name=_("入库人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    returned_at = models.DateTimeField(_("退回时间"), null=True, blank=True)
    returned_by = models.ForeignKey(
        User, verbose_name=_("退回人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    return_reason = models.CharField(_("退回原因"), max_length=300, blank=True)
    retracted_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    retracted_by = models.ForeignKey(
        User, verbose_name=_("撤销人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("报送批次")
        verbose_name_plural = _("报送批次")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["item", "-received_at"], name="batches_by_item")]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "source", "sha256"],
                condition=~models.Q(state__in=[BatchState.RETURNED, BatchState.RETRACTED]),
                name="the_same_file_is_delivered_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} #{self.pk}"


class StagedRow(Record):
    """One sound line of a batch between checking and acceptance, in the shape of the record it becomes.

    Unlogged in the database: after a crash of the server it is read and checked again from the delivered file.
    """

    sensitive: ClassVar[frozenset[str]] = frozenset({"payload", "natural_key"})
    sealed_json: ClassVar[Mapping[str, str]] = {"payload": SEALED_FOR}

    pk = models.CompositePrimaryKey("batch_id", "line")
    batch_id = models.BigIntegerField()
    line = models.IntegerField()
    uscc = models.CharField(max_length=18)
    #: Empty for a firm that this batch brings into the registry.
    enterprise_id = models.BigIntegerField(null=True)
    natural_key = models.TextField()
    payload = models.JSONField()
    payload_digest = models.CharField(max_length=32)
    occurred_on = models.DateField(null=True)
    is_withdrawal = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("待入库行")
        verbose_name_plural = _("待入库行")

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line}"


class RejectQuerySet(models.QuerySet["Reject"]):
    def visible_to(self, user: User) -> "RejectQuerySet":
        """The faults of the batches one may see."""
        return self.filter(batch__in=Batch.objects.visible_to(user))


class Reject(Record):
    """One fault of one line: what is wrong, shown masked, and how to mend it."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"values"})
    sealed_json: ClassVar[Mapping[str, str]] = {"values": SEALED_FOR}

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")
    line = models.IntegerField(_("行号"))
    field = models.CharField(_("字段"), max_length=40, blank=True)
    shown_value = models.CharField(_("值（已脱敏）"), max_length=80, blank=True)
    reason = models.CharField(_("原因代码"), max_length=40)
    #: The whole line as delivered, on its first fault only, so that the department can mend and return only this.
    values = models.JSONField(default=dict)

    objects = RejectQuerySet.as_manager()

    class Meta:
        verbose_name = _("问题行")
        verbose_name_plural = _("问题行")
        ordering = ["batch", "line", "pk"]
        indexes = [models.Index(fields=["batch", "reason"], name="rejects_by_reason")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line} {self.reason}"
