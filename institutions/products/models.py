"""What institutions offer: a product (融资产品) and its versions. An application is bound to the version it saw."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from institutions.models import Institution
from institutions.products.states import VersionState
from institutions.states import InstitutionState
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import MoneyField, RateField, Record


class Zone(models.TextChoices):
    """专区: curated shelves (plan, clause 九)."""

    RURAL = "rural", _("乡村振兴")
    GREEN = "green", _("绿色金融")
    REGIONAL = "regional", _("区域特色")
    FAST = "fast", _("快服贷")
    RELIEF = "relief", _("纾困贷款")


class Scene(models.TextChoices):
    """场景: services the plan names (clause 八)."""

    GENERAL = "general", _("通用")
    TOURISM = "tourism", _("文化旅游")
    ELDER_CARE = "elder_care", _("健康养老")
    HUMAN_RESOURCES = "human_resources", _("人力资源")
    SOFTWARE = "software", _("软件和信息技术")
    TAX = "tax", _("银税互动")
    PROCUREMENT = "procurement", _("政府采购")
    TECHNOLOGY = "technology", _("科技创新")
    AGRICULTURE = "agriculture", _("特色农业")


class Guarantee(models.TextChoices):
    CREDIT = "credit", _("信用")
    GUARANTOR = "guarantor", _("保证担保")
    MORTGAGE = "mortgage", _("抵押")
    PLEDGE = "pledge", _("质押")


class RepaymentMethod(models.TextChoices):
    EQUAL_INSTALMENTS = "equal_instalments", _("等额本息")
    EQUAL_PRINCIPAL = "equal_principal", _("等额本金")
    INTEREST_FIRST = "interest_first", _("按月付息到期还本")
    BULLET = "bullet", _("到期一次还本付息")


class AskedMode(models.TextChoices):
    """使用方式: how much of an item a bank asks to see, from least to most."""

    OUTCOME = "outcome", _("结论")
    VERIFY = "verify", _("核验")
    SUMMARY = "summary", _("汇总")
    DETAIL = "detail", _("明细")


class AskableItem(Record):
    """An item of the catalogue that a product may ask for, published down from the room above."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("代码"), max_length=30, primary_key=True)
    sequence = models.PositiveSmallIntegerField(_("序号"))
    category = models.CharField(_("类别"), max_length=40)
    name = models.CharField(_("名称"), max_length=100)
    needs_consent = models.BooleanField(_("须经授权"))
    published_at = models.DateTimeField(_("发布时间"))

    class Meta:
        verbose_name = _("可申请查询的信息项")
        verbose_name_plural = _("可申请查询的信息项")
        ordering = ["sequence", "code"]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def visible_to(self, user: User) -> "ProductQuerySet":
        """Reviewers see all products, an officer those of the own institution."""
        if user.may(Permission.PRODUCT_REVIEW):
            return self
        return self.filter(institution__officers__user_id=user.pk, institution__officers__ended_at=None)


class Product(Record):
    """The lasting identity of a product; what it offers is in its versions."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="products", verbose_name=_("机构")
    )
    name = models.CharField(_("产品名称"), max_length=60)
    drafted_at = models.DateTimeField(_("创建时间"))
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("起草人"))

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("融资产品")
        verbose_name_plural = _("融资产品")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "name"], name="one_product_per_name_and_institution"),
        ]

    def __str__(self) -> str:
        return self.name


#: What a reviewer has agreed to: fixed from the moment a version is submitted.
TERMS = (
    "summary",
    "description",
    "zone",
    "scene",
    "min_amount",
    "max_amount",
    "min_term_months",
    "max_term_months",
    "min_rate",
    "max_rate",
    "guarantees",
    "repayment_methods",
    "criteria",
    "asked_items",
    "materials",
)


class VersionQuerySet(models.QuerySet["ProductVersion"]):
    def on_shelf(self) -> "VersionQuerySet":
        """What firms may apply for: listed versions of admitted institutions."""
        return self.filter(
            state=VersionState.LISTED, product__institution__state=InstitutionState.ADMITTED
        ).select_related("product__institution")

    def visible_to(self, user: User) -> "VersionQuerySet":
        if user.may(Permission.PRODUCT_REVIEW):
            return self
        return self.filter(
            product__institution__officers__user_id=user.pk, product__institution__officers__ended_at=None
        )


@pghistory.track()
class ProductVersion(Record):
    """The terms of a product as reviewed. Terms change only while it is a draft or returned; afterwards a new version is drafted."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="versions", verbose_name=_("产品"))
    number = models.PositiveIntegerField(_("版本"))
    state = models.CharField(_("状态"), max_length=12, choices=VersionState.choices, default=VersionState.DRAFT)
    summary = models.CharField(_("一句话介绍"), max_length=120)
    description = models.TextField(_("产品说明"), blank=True)
    zone = models.CharField(_("专区"), max_length=12, choices=Zone.choices, blank=True)
    scene = models.CharField(_("场景"), max_length=20, choices=Scene.choices, default=Scene.GENERAL)
    min_amount = MoneyField(_("最低额度（元）"))
    max_amount = MoneyField(_("最高额度（元）"))
    min_term_months = models.PositiveSmallIntegerField(_("最短期限（月）"))
    max_term_months = models.PositiveSmallIntegerField(_("最长期限（月）"))
    min_rate = RateField(_("最低年利率"))
    max_rate = RateField(_("最高年利率"))
    guarantees = ArrayField(models.CharField(max_length=12, choices=Guarantee.choices), verbose_name=_("担保方式"))
    repayment_methods = ArrayField(
        models.CharField(max_length=20, choices=RepaymentMethod.choices), verbose_name=_("还款方式")
    )
    #: Conditions as data, judged by ``criteria.py``: [{"kind": "region", "value": ["640100"]}, …].
    criteria = models.JSONField(_("准入条件"), default=list)
    #: Item codes the bank asks to see, with the mode for each: {"TX_RATING": "detail", …}.
    asked_items = models.JSONField(_("所需信用信息"), default=dict)
    materials = models.TextField(_("所需材料"), blank=True)
    drafted_at = models.DateTimeField(_("起草时间"))
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("起草人"))
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提交人")
    )
    reviewed_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审核人")
    )
    review_note = models.CharField(_("审核意见"), max_length=300, blank=True)
    paused_at = models.DateTimeField(_("暂停时间"), null=True, blank=True)
    paused_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("暂停人")
    )
    withdrawn_at = models.DateTimeField(_("下架时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("下架人")
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("产品版本")
        verbose_name_plural = _("产品版本")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "zone", "scene"], name="versions_on_the_shelf")]
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["product"],
                condition=models.Q(state__in=[VersionState.LISTED, VersionState.PAUSED]),
                name="one_version_on_offer_per_product",
            ),
            models.UniqueConstraint(
                fields=["product"],
                condition=models.Q(state__in=[VersionState.DRAFT, VersionState.SUBMITTED, VersionState.RETURNED]),
                name="one_version_in_the_making_per_product",
            ),
            models.CheckConstraint(
                condition=models.Q(min_amount__gt=0, max_amount__gte=models.F("min_amount")),
                name="product_amounts_are_ordered",
            ),
            models.CheckConstraint(
                condition=models.Q(min_term_months__gt=0, max_term_months__gte=models.F("min_term_months")),
                name="product_terms_are_ordered",
            ),
            models.CheckConstraint(
                condition=models.Q(min_rate__gte=0, max_rate__gte=models.F("min_rate"), max_rate__lt=1),
                name="product_rates_are_ordered_fractions",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True)
                | (~models.Q(reviewed_by=models.F("drafted_by")) & ~models.Q(reviewed_by=models.F("submitted_by"))),
                name="nobody_reviews_the_own_draft",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="terms_are_fixed_once_submitted",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state NOT IN ('draft', 'returned') AND ("
                    + " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in TERMS)
                    + ")"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} v{self.number}"

    @property
    def guarantee_labels(self) -> str:
        return "、".join(str(Guarantee(code).label) for code in self.guarantees)

    @property
    def repayment_labels(self) -> str:
        return "、".join(str(RepaymentMethod(code).label) for code in self.repayment_methods)
