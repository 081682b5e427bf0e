"""Figures by day and region, rolled up from the rows so that a dashboard never adds up a million loans."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.records import MoneyField, Record


class DayFigures(Record):
    """What happened on one day in one county of one responsible region. Recomputed whole from the rows of that day."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    day = models.DateField(_("日期"))
    responsible_region = models.CharField(_("责任区域"), max_length=12)
    county_code = models.CharField(_("区县"), max_length=12)
    needs = models.IntegerField(_("需求笔数"), default=0)
    needs_amount = MoneyField(_("需求金额（元）"), default=0)
    applications = models.IntegerField(_("申请笔数"), default=0)
    applications_amount = MoneyField(_("申请金额（元）"), default=0)
    approvals = models.IntegerField(_("授信笔数"), default=0)
    approvals_amount = MoneyField(_("授信金额（元）"), default=0)
    refusals = models.IntegerField(_("未通过笔数"), default=0)
    loans = models.IntegerField(_("放款笔数"), default=0)
    loans_amount = MoneyField(_("放款金额（元）"), default=0)
    credit_loans_amount = MoneyField(_("其中信用贷款（元）"), default=0)
    first_loans = models.IntegerField(_("首贷户数"), default=0)
    claims_paid = models.IntegerField(_("补偿笔数"), default=0)
    compensation_amount = MoneyField(_("补偿金额（元）"), default=0)
    recovered_amount = MoneyField(_("追偿返还（元）"), default=0)
    refreshed_at = models.DateTimeField(_("统计时间"))

    class Meta:
        verbose_name = _("日统计")
        verbose_name_plural = _("日统计")
        ordering = ["-day", "responsible_region", "county_code"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "responsible_region", "county_code"], name="one_row_per_day_and_county"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.county_code}"
