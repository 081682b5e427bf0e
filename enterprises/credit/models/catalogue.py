"""The catalogue (信息共享清单): departments, items and their versions, and the sources that deliver them.

The 37 items are a reconstruction of the plan's annex and are never shown as its official text.
"""

from datetime import date
from decimal import Decimal
from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.records import Record


class Sensitivity(models.TextChoices):
    PUBLIC = "public", _("公开")
    AUTHORIZED = "authorized", _("授权查询")
    INTERNAL = "no_share", _("不予共享")


class SourceLevel(models.TextChoices):
    NATIONAL = "national", _("国家")
    DEPARTMENT = "department", _("自治区部门")
    LOCAL = "local", _("市县")
    DECLARED = "declared", _("自愿填报")


@pghistory.track()
class Department(Record):
    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("部门代码"), max_length=30, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    #: Earlier names with the day each ended: [{"name": …, "until": "2023-12-31"}].
    former_names = models.JSONField(_("曾用名"), default=list, blank=True)

    class Meta:
        verbose_name = _("责任单位")
        verbose_name_plural = _("责任单位")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def name_on(self, day: date) -> str:
        """What it was called on ``day``. An earlier name whose last day nobody knows answers for no day."""
        dated = sorted((row["until"], row["name"]) for row in self.former_names if row["until"])
        return next((name for until, name in dated if day <= date.fromisoformat(until)), self.name)


class Contact(Record):
    """Whom the station writes to at a department when a delivery is late or a fact is disputed (联系人)."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"name", "address"})

    department = models.ForeignKey(Department, verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("姓名"), max_length=60)
    address = models.EmailField(_("邮箱"))
    added_at = models.DateTimeField(_("登记时间"))
    added_by = models.ForeignKey(User, verbose_name=_("登记人"), on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, verbose_name=_("停用人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("联系人")
        verbose_name_plural = _("联系人")
        ordering = ["department", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["department", "address"], condition=models.Q(ended_at=None), name="one_contact_per_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.department} {self.name}"


@pghistory.track()
class Item(Record):
    """One kind of credit information (信息项). What its rows look like is in its versions."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("代码"), max_length=30, primary_key=True)
    sequence = models.PositiveSmallIntegerField(_("序号"))
    category_code = models.CharField(_("类别代码"), max_length=4)
    category = models.CharField(_("类别"), max_length=40)
    name = models.CharField(_("名称"), max_length=100)
    department = models.ForeignKey(Department, verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="+")
    modes = ArrayField(models.CharField(max_length=10), verbose_name=_("共享方式"))
    frequency = models.CharField(_("更新频率"), max_length=40)
    #: Days after which a record of this item is stale.
    fresh_days = models.PositiveIntegerField(_("有效天数"))
    sensitivity = models.CharField(_("默认级别"), max_length=12, choices=Sensitivity.choices)
    #: A batch with a larger share of bad rows is returned whole.
    bad_share_limit = models.DecimalField(_("问题行上限"), max_digits=4, decimal_places=3, default=Decimal("0.200"))
    #: Firms may state facts of this item themselves under a signed commitment (自愿填报); such facts are never scored.
    is_declarable = models.BooleanField(_("可自愿填报"), default=False)

    class Meta:
        verbose_name = _("信息项")
        verbose_name_plural = _("信息项")
        ordering = ["sequence", "code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(bad_share_limit__gte=0, bad_share_limit__lte=1), name="a_share_lies_between_0_and_1"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ItemVersionQuerySet(models.QuerySet["ItemVersion"]):
    def in_force_on(self, day: date) -> "ItemVersionQuerySet":
        ends = models.Q(in_force_until=None) | models.Q(in_force_until__gt=day)
        return self.filter(ends, in_force_from__lte=day)


@pghistory.track()
class ItemVersion(Record):
    """The schema of an item from its first day to the day the next one takes force."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本"))
    #: [{"name", "label", "type", "required", "level", "unit", "choices", "note", …}, …]: see schemas.FieldSchema.
    fields = models.JSONField(_("字段"))
    natural_key = ArrayField(models.CharField(max_length=40), verbose_name=_("自然键"))
    #: Which field holds the firm's code, and which the day the fact happened ('' where there is none).
    uscc_field = models.CharField(_("主体代码字段"), max_length=40)
    occurred_field = models.CharField(_("发生日期字段"), max_length=40, blank=True)
    in_force_from = models.DateField(_("生效日期"))
    #: The first day on which the next version is in force instead.
    in_force_until = models.DateField(_("失效日期"), null=True, blank=True)

    objects = ItemVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("信息项版本")
        verbose_name_plural = _("信息项版本")
        ordering = ["item", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="one_item_version_per_number"),
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(in_force_until=None), name="one_open_version_per_item"
            ),
            models.CheckConstraint(
                condition=models.Q(in_force_until=None) | models.Q(in_force_until__gt=models.F("in_force_from")),
                name="a_version_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} v{self.number}"


class Source(Record):
    """Who delivers: a department or a city's hub. Lower ``precedence`` wins where sources disagree."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("来源代码"), max_length=30, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    department = models.ForeignKey(Department, verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="+")
    level = models.CharField(_("层级"), max_length=12, choices=SourceLevel.choices)
    region_code = models.CharField(_("区域"), max_length=12)
    precedence = models.PositiveSmallIntegerField(_("优先级"), default=100)

    class Meta:
        verbose_name = _("数据来源")
        verbose_name_plural = _("数据来源")
        ordering = ["precedence", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_declared(self) -> bool:
        """What firms say of themselves: shown and marked, never scored, never before an official source."""
        return self.level == SourceLevel.DECLARED
