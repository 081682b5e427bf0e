"""What a firm asks the market for."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise, Member
from institutions.products.models import Guarantee
from lending.needs.states import NeedState
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import MoneyField, RateField, Record


class Use(models.TextChoices):
    WORKING_CAPITAL = "working_capital", _("日常经营周转")
    PURCHASE = "purchase", _("采购原材料")
    EQUIPMENT = "equipment", _("购置设备")
    PLANT = "plant", _("厂房及装修")
    RESEARCH = "research", _("技术研发")
    WAGES = "wages", _("支付工资与租金")
    OTHER = "other", _("其他生产经营")


class NeedQuerySet(models.QuerySet["Need"]):
    def visible_to(self, user: User) -> "NeedQuerySet":
        """The firm's members see the firm's needs; supervisors those of their regions."""
        if user.may(Permission.SUPERVISION_READ):
            return self.filter(enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.SUPERVISION_READ)))
        return self.filter(enterprise__in=Member.objects.acting().filter(user=user).values("enterprise"))


class Need(Record):
    sensitive: ClassVar[frozenset[str]] = frozenset({"contact_phone", "note"})

    enterprise = models.ForeignKey(Enterprise, verbose_name=_("企业"), on_delete=models.PROTECT, related_name="needs")
    amount = MoneyField(_("金额（元）"))
    term_months = models.PositiveSmallIntegerField(_("期限（月）"))
    use = models.CharField(_("用途"), max_length=20, choices=Use.choices)
    guarantees = ArrayField(models.CharField(max_length=12, choices=Guarantee.choices), verbose_name=_("可提供的担保"))
    highest_rate = RateField(_("可接受最高年利率"), null=True, blank=True)
    is_first_loan = models.BooleanField(_("首次向银行贷款"), default=False)
    contact_name = models.CharField(_("联系人"), max_length=50)
    contact_phone = models.CharField(_("联系电话"), max_length=20)
    note = models.CharField(_("补充说明"), max_length=500, blank=True)
    #: Copied when posted, for figures by place at the time.
    responsible_region = models.CharField(_("责任区域"), max_length=12)
    county_code = models.CharField(_("县区"), max_length=12)
    state = models.CharField(_("状态"), max_length=10, choices=NeedState.choices, default=NeedState.OPEN)
    posted_at = models.DateTimeField(_("发布时间"))
    posted_by = models.ForeignKey(User, verbose_name=_("发布人"), on_delete=models.PROTECT, related_name="+")
    expires_on = models.DateField(_("有效期至"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, verbose_name=_("结束人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    submission_key = models.UUIDField(unique=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("融资需求")
        verbose_name_plural = _("融资需求")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["posted_at", "responsible_region"], name="needs_by_day_and_region")]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="a_need_asks_for_something"),
            models.CheckConstraint(condition=models.Q(term_months__gt=0), name="a_need_has_a_term"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.amount}"
