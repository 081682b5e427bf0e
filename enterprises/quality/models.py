"""What the data is worth, day by day: one row of figures per item, source and region, and the alarms about late deliveries."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.credit.models import Item, Source
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record


class MeasureQuerySet(models.QuerySet["Measure"]):
    def visible_to(self, user: User) -> "MeasureQuerySet":
        """A city's staff see the figures of their region, the province's all."""
        if not user.may(Permission.BATCH_DELIVER):
            return self.none()
        areas = user.areas_of(Permission.BATCH_DELIVER)
        return self if regions.PROVINCE in areas else self.filter(region__in=areas)

    def whole(self) -> "MeasureQuerySet":
        """The rows of the whole region; the others are its parts."""
        return self.filter(region=regions.PROVINCE)


class Measure(Record):
    """The figures of one item from one source in one region on one day (数据质量).

    The region is a responsible region, or the province for the whole. Without a source the row speaks of all sources
    together. What belongs to deliveries and answers is on the rows of the whole only: a batch has no region.
    """

    sensitive: ClassVar[frozenset[str]] = frozenset()

    on = models.DateField(_("日期"))
    item = models.ForeignKey(Item, verbose_name=_("信息项"), on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(
        Source, verbose_name=_("数据来源"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    region = models.CharField(_("区域"), max_length=12)
    # coverage and completeness, by the records in force
    living = models.PositiveIntegerField(_("存续主体"))
    covered = models.PositiveIntegerField(_("有记录的存续主体"))
    records = models.PositiveIntegerField(_("有效记录"))
    #: Records that fill each field: {"grade": 120, …}.
    filled = models.JSONField(_("各字段填写数"), default=dict)
    filled_share = models.DecimalField(_("完整率"), max_digits=5, decimal_places=4, null=True)
    conflicts = models.PositiveIntegerField(_("未处理冲突"), default=0)
    # timeliness
    delivered_on = models.DateField(_("最近报送"), null=True)
    due_on = models.DateField(_("应报日期"), null=True)
    days_late = models.PositiveIntegerField(_("逾期天数"), default=0)
    # what was delivered on the day
    rows = models.PositiveIntegerField(_("当日报送行数"), default=0)
    rows_bad = models.PositiveIntegerField(_("当日问题行"), default=0)
    rows_same = models.PositiveIntegerField(_("当日重复行"), default=0)
    #: Faults of the day by reason: {"required": 3, …}.
    faults = models.JSONField(_("当日问题"), default=dict)
    # health of a source that answers questions: see actions.note_answers
    answers = models.PositiveIntegerField(_("当日接口调用"), null=True)
    answers_good = models.PositiveIntegerField(_("当日成功调用"), null=True)
    median_ms = models.PositiveIntegerField(_("响应中位数（毫秒）"), null=True)
    p95_ms = models.PositiveIntegerField(_("响应 P95（毫秒）"), null=True)

    objects = MeasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("数据质量")
        verbose_name_plural = _("数据质量")
        ordering = ["-on", "item", "source", "region"]
        indexes = [models.Index(fields=["item", "on"], name="measures_of_an_item")]
        constraints = [
            models.UniqueConstraint(
                fields=["on", "item", "source", "region"], nulls_distinct=False, name="one_measure_per_day_and_place"
            ),
            models.CheckConstraint(
                condition=models.Q(covered__lte=models.F("living")), name="no_more_firms_are_covered_than_live"
            ),
            models.CheckConstraint(
                condition=models.Q(rows_bad__lte=models.F("rows")), name="no_more_rows_are_bad_than_came"
            ),
            models.CheckConstraint(
                condition=models.Q(answers=None) | models.Q(answers_good__lte=models.F("answers")),
                name="no_more_answers_are_good_than_came",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.item_id}"


class AlarmQuerySet(models.QuerySet["Alarm"]):
    def ringing(self) -> "AlarmQuerySet":
        return self.filter(closed_at=None)

    def visible_to(self, user: User) -> "AlarmQuerySet":
        """Those about the sources of one's regions."""
        if not user.may(Permission.BATCH_DELIVER):
            return self.none()
        areas = user.areas_of(Permission.BATCH_DELIVER)
        return self if regions.PROVINCE in areas else self.filter(source__region_code__in=areas)


@pghistory.track()
class Alarm(Record):
    """A delivery that has not come (报送逾期): said once to the department, closed by the delivery itself."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    item = models.ForeignKey(Item, verbose_name=_("信息项"), on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, verbose_name=_("数据来源"), on_delete=models.PROTECT, related_name="+")
    delivered_on = models.DateField(_("最近报送"))
    due_on = models.DateField(_("应报日期"))
    raised_at = models.DateTimeField(_("提醒时间"))
    told = models.PositiveSmallIntegerField(_("已通知联系人"), default=0)
    closed_at = models.DateTimeField(_("解除时间"), null=True, blank=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        verbose_name = _("报送逾期")
        verbose_name_plural = _("报送逾期")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "source"], condition=models.Q(closed_at=None), name="one_alarm_rings_per_delivery"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.source}"
