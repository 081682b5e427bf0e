"""The record store: every fact of every item in one table, partitioned by item, history kept."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.credit.schemas import SEALED_FOR
from enterprises.models import Enterprise
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record


class CreditRecordQuerySet(models.QuerySet["CreditRecord"]):
    def in_force(self) -> "CreditRecordQuerySet":
        return self.filter(superseded_at=None, is_withdrawal=False)

    def visible_to(self, user: User) -> "CreditRecordQuerySet":
        """Data staff see the records of the firms of their regions; everybody else goes through the consent gate."""
        if not user.may(Permission.RECORDS_READ):
            return self.none()
        areas = user.areas_of(Permission.RECORDS_READ)
        if regions.PROVINCE in areas:
            return self
        return self.filter(enterprise_id__in=Enterprise.objects.of_areas(areas).values("pk"))


class CreditRecord(Record):
    """One version of one fact (信息记录) of one item about one firm.

    The table is created by SQL (list partitions by ``item_code``, see the migration), so ``managed`` is off. A
    correction or withdrawal is a new row that names the old one in ``supersedes``; the only change a stored row ever
    sees is its ``superseded_at`` being set, once.
    """

    sensitive: ClassVar[frozenset[str]] = frozenset({"payload", "natural_key"})
    sealed_json: ClassVar[Mapping[str, str]] = {"payload": SEALED_FOR}

    pk = models.CompositePrimaryKey("item_code", "id")
    item_code = models.CharField(_("信息项"), max_length=30)
    id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(_("市场主体"))
    item_version = models.PositiveIntegerField(_("版本"))
    source_id = models.BigIntegerField(_("来源"))
    #: Empty where the station itself withdraws a record (objection or repair upheld).
    batch_id = models.BigIntegerField(_("批次"), null=True)
    #: The natural key's values joined by U+001F; unique per item and source among the rows in force.
    natural_key = models.TextField()
    payload = models.JSONField(_("内容"))
    payload_digest = models.CharField(max_length=32)
    occurred_on = models.DateField(_("发生日期"), null=True)
    received_at = models.DateTimeField(_("接收时间"))
    supersedes = models.BigIntegerField(_("更正的记录"), null=True)
    superseded_at = models.DateTimeField(_("失效时间"), null=True)
    is_withdrawal = models.BooleanField(_("撤销"), default=False)
    #: Why the station withdrew it.
    note = models.TextField(_("说明"), default="")

    objects = CreditRecordQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "credit_record"
        verbose_name = _("信息记录")
        verbose_name_plural = _("信息记录")

    def __str__(self) -> str:
        return f"{self.item_code} {self.id}"
