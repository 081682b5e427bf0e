"""The feature row (特征): one wide row per enterprise, compiled from the records by ``credit/features.py``."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from portal.records import MoneyField, Record


def _count(label: Any) -> "models.IntegerField[Any, Any]":
    return models.IntegerField(label, null=True)


def _ratio(label: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(label, max_digits=12, decimal_places=4, null=True)


class FeatureRow(Record):
    """Derived columns of one firm. NULL means *not known*, which is never the same as zero."""

    sensitive: ClassVar[frozenset[str]] = frozenset(
        {
            "employees",
            "revenue_amount",
            "assets_amount",
            "liabilities_ratio",
            "tax_grade",
            "tax_paid_12m_amount",
            "sales_12m_amount",
            "sales_growth",
            "tax_overdue_12m",
            "invoiced_12m_amount",
            "invoiced_growth",
            "invoiced_months_12m",
            "insured_staff",
            "insured_growth",
            "social_arrears_months",
            "housing_fund_months_12m",
            "trade_12m_amount",
            "electricity_12m",
            "electricity_growth",
            "utility_arrears_periods",
            "properties",
            "properties_sealed",
            "mortgaged_amount",
            "subsidies_36m_amount",
            "rd_expense_amount",
        }
    )

    enterprise = models.OneToOneField(Enterprise, on_delete=models.PROTECT, primary_key=True, related_name="+")
    refreshed_at = models.DateTimeField(_("计算时间"))
    #: The newest receipt among the records used, by item: {"TX_RATING": "2026-11-01", …}.
    items_as_of = models.JSONField(_("数据时点"), default=dict)

    # 登记
    paid_in_ratio = _ratio(_("实缴比例"))
    changes_12m = _count(_("近12个月重要变更次数"))
    employees = _count(_("从业人数"))
    revenue_amount = MoneyField(_("年营业收入（元）"), null=True)
    assets_amount = MoneyField(_("资产总额（元）"), null=True)
    liabilities_ratio = _ratio(_("资产负债率"))
    pledged_amount = MoneyField(_("动产抵押与股权出质担保额（元）"), null=True)
    abnormal_open = _count(_("未移出的经营异常"))
    # 许可、处罚
    licences_valid = _count(_("有效行政许可数"))
    penalties_minor_24m = _count(_("近24个月轻微处罚"))
    penalties_general_24m = _count(_("近24个月一般处罚"))
    penalties_serious_36m = _count(_("近36个月严重处罚"))
    fines_24m_amount = MoneyField(_("近24个月罚款（元）"), null=True)
    # 司法
    defendant_24m = _count(_("近24个月被告案件"))
    executed_open = _count(_("在执案件"))
    executed_open_amount = MoneyField(_("未履行金额（元）"), null=True)
    dishonest_open = _count(_("失信被执行人"))
    restricted_open = _count(_("限制消费"))
    bankruptcy_open = _count(_("破产清算程序"))
    reorganising = _count(_("重整计划执行中"))
    serious_list_open = _count(_("严重失信名单"))
    # 荣誉、政策
    honours_36m = _count(_("近36个月荣誉"))
    subsidies_36m_amount = MoneyField(_("近36个月政策补助（元）"), null=True)
    certificates_valid = _count(_("有效政策认定"))
    # 纳税
    tax_grade = models.CharField(_("纳税信用级别"), max_length=1, null=True)  # noqa: DJ001 - NULL is not known
    tax_paid_12m_amount = MoneyField(_("近12个月纳税（元）"), null=True)
    sales_12m_amount = MoneyField(_("近12个月申报销售（元）"), null=True)
    sales_growth = _ratio(_("申报销售同比"))
    tax_overdue_12m = _count(_("近12个月逾期申报"))
    invoiced_12m_amount = MoneyField(_("近12个月开票（元）"), null=True)
    invoiced_growth = _ratio(_("开票同比"))
    invoiced_months_12m = _count(_("近12个月有开票的月数"))
    tax_arrears_amount = MoneyField(_("欠税余额（元）"), null=True)
    tax_violation_open = _count(_("重大税收违法或非正常户"))
    # 社保、公积金
    insured_staff = _count(_("参保人数"))
    insured_growth = _ratio(_("参保人数同比"))
    social_arrears_months = _count(_("社保欠缴月数"))
    housing_fund_months_12m = _count(_("近12个月公积金缴存月数"))
    # 进出口、水电气
    customs_level = models.CharField(_("海关信用等级"), max_length=30, null=True)  # noqa: DJ001 - NULL is not known
    trade_12m_amount = MoneyField(_("近12个月进出口（元）"), null=True)
    electricity_12m = models.DecimalField(_("近12个月用电（千瓦时）"), max_digits=18, decimal_places=2, null=True)
    electricity_growth = _ratio(_("用电同比"))
    utility_arrears_periods = _count(_("水电气欠费期数"))
    # 不动产、知识产权、研发
    properties = _count(_("不动产宗数"))
    properties_sealed = _count(_("查封中的不动产"))
    mortgaged_amount = MoneyField(_("不动产抵押债权额（元）"), null=True)
    ip_valid = _count(_("有效知识产权"))
    ip_pledged = _count(_("在质知识产权"))
    hitech_valid = _count(_("有效高新技术等资质"))
    rd_expense_amount = MoneyField(_("年研发费用（元）"), null=True)

    class Meta:
        verbose_name = _("特征行")
        verbose_name_plural = _("特征行")

    def __str__(self) -> str:
        return f"features of {self.enterprise_id}"
