"""Cohorts (分组): the living firms in groups of ten or more that are alike. Everything told of many firms is told of whole cohorts."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from institutions.models import Institution, Officer
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record, append_only_trigger


class CohortQuerySet(models.QuerySet["Cohort"]):
    def visible_to(self, user: User) -> "CohortQuerySet":
        """Nobody: cohorts are counted, never listed."""
        return self.none()


class Cohort(Record):
    """Ten or more firms of one county, spoken for by the middle of each of their features. Formed anew all at once."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"features"})

    formed_on = models.DateField(_("分组日期"))
    firms = models.PositiveIntegerField(_("企业数"))
    county_code = models.CharField(_("登记区县"), max_length=12)
    city_code = models.CharField(_("登记地市"), max_length=12)
    responsible_region = models.CharField(_("管理责任区域"), max_length=12)
    industry_section = models.CharField(_("行业门类"), max_length=1, blank=True)
    industry_code = models.CharField(_("行业代码"), max_length=4, blank=True)
    kind = models.CharField(_("主体类型"), max_length=12)
    size_class = models.CharField(_("规模"), max_length=15)
    established_on = models.DateField(_("成立日期"))
    grade = models.CharField(_("信用等级"), max_length=4, null=True)  # noqa: DJ001 - NULL is not known
    #: The middle of each feature among those who have it; null where most have none.
    features = models.JSONField(_("特征"))

    objects = CohortQuerySet.as_manager()

    class Meta:
        verbose_name = _("企业分组")
        verbose_name_plural = _("企业分组")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=models.Q(firms__gte=10), name="a_cohort_holds_ten_firms")]

    def __str__(self) -> str:
        return f"{self.county_code} {self.firms}"


class AggregateLookQuerySet(models.QuerySet["AggregateLook"]):
    def visible_to(self, user: User) -> "AggregateLookQuerySet":
        if user.may(Permission.ACCESS_WATCH):
            return self
        return self.filter(institution__in=Officer.objects.serving().filter(user=user).values("institution"))


class AggregateLook(Record):
    """What an institution asked of many firms at once (汇总查询), for the security desk to see patterns in."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    institution = models.ForeignKey(Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("查询时间"))
    asked_by = models.ForeignKey(User, verbose_name=_("查询人"), on_delete=models.PROTECT, related_name="+")
    question = models.CharField(_("查询内容"), max_length=40)
    places = ArrayField(models.CharField(max_length=40), verbose_name=_("参数"), default=list)

    objects = AggregateLookQuerySet.as_manager()

    class Meta:
        verbose_name = _("汇总查询")
        verbose_name_plural = _("汇总查询")
        ordering = ["-pk"]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return self.question
