"""Who lends: institutions (接入机构), their branches and their officers (机构人员)."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from institutions.states import InstitutionState
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole, Permission, allows
from portal.records import Record


class InstitutionKind(models.TextChoices):
    BANK = "bank", _("银行")
    GUARANTOR = "guarantor", _("融资担保机构")
    INSURER = "insurer", _("保险机构")
    FACTOR = "factor", _("保理机构")
    CREDIT_SERVICE = "credit_service", _("征信服务机构")
    PLATFORM = "platform", _("联通平台")


class InstitutionQuerySet(models.QuerySet["Institution"]):
    def admitted(self) -> "InstitutionQuerySet":
        return self.filter(state=InstitutionState.ADMITTED)

    def visible_to(self, user: User) -> "InstitutionQuerySet":
        """Staff see all; an officer sees the own institution; everybody sees the admitted ones on the shelf pages."""
        if user.is_authenticated and user.may(Permission.DESK_VIEW):
            return self
        return self.filter(officers__user_id=user.pk, officers__ended_at=None)


@pghistory.track()
class Institution(Record):
    sensitive: ClassVar[frozenset[str]] = frozenset()

    kind = models.CharField(_("类型"), max_length=20, choices=InstitutionKind.choices)
    code = models.CharField(_("机构代码"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    short_name = models.CharField(_("简称"), max_length=30)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, unique=True)
    region_code = models.CharField(_("服务区域"), max_length=12, default=regions.PROVINCE)
    introduction = models.TextField(_("简介"), blank=True)
    service_phone = models.CharField(_("服务电话"), max_length=30, blank=True)
    asks_four_eyes = models.BooleanField(_("授信须双人"), default=True)
    state = models.CharField(
        _("状态"), max_length=12, choices=InstitutionState.choices, default=InstitutionState.APPLIED
    )
    security_reviewed_on = models.DateField(_("安全评估日期"), null=True, blank=True)
    security_valid_until = models.DateField(_("安全评估有效期至"), null=True, blank=True)
    applied_at = models.DateTimeField(_("申请时间"))
    admitted_at = models.DateTimeField(_("准入时间"), null=True, blank=True)
    admitted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("准入经办人")
    )
    suspended_at = models.DateTimeField(_("暂停时间"), null=True, blank=True)
    suspended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("暂停经办人")
    )
    withdrawn_at = models.DateTimeField(_("退出时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("退出经办人")
    )

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("接入机构")
        verbose_name_plural = _("接入机构")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state=InstitutionState.ADMITTED) | models.Q(security_reviewed_on__isnull=False),
                name="an_admitted_institution_has_passed_its_security_review",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name


class Branch(Record):
    sensitive: ClassVar[frozenset[str]] = frozenset()

    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="branches", verbose_name=_("机构")
    )
    name = models.CharField(_("网点名称"), max_length=100)
    region_code = models.CharField(_("所在区域"), max_length=12)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    phone = models.CharField(_("电话"), max_length=30, blank=True)

    class Meta:
        verbose_name = _("网点")
        verbose_name_plural = _("网点")
        ordering = ["institution", "region_code", "pk"]
        constraints = [models.UniqueConstraint(fields=["institution", "name"], name="one_branch_per_name")]

    def __str__(self) -> str:
        return self.name


class OfficerQuerySet(models.QuerySet["Officer"]):
    def serving(self) -> "OfficerQuerySet":
        return self.filter(ended_at=None)

    def visible_to(self, user: User) -> "OfficerQuerySet":
        """Staff who admit institutions see all; an officer sees the colleagues of the own institution."""
        if user.may(Permission.INSTITUTION_ADMIT):
            return self
        return self.filter(institution__officers__user_id=user.pk, institution__officers__ended_at=None).distinct()


@pghistory.track()
class Officer(Record):
    """One person's post at one institution. One post in force per person."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="officer_posts", verbose_name=_("人员"))
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="officers", verbose_name=_("机构")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="officers", verbose_name=_("网点")
    )
    role = models.CharField(_("岗位"), max_length=20, choices=OfficerRole.choices)
    started_at = models.DateTimeField(_("任职时间"))
    ended_at = models.DateTimeField(_("离任时间"), null=True, blank=True)

    objects = OfficerQuerySet.as_manager()

    class Meta:
        verbose_name = _("机构人员")
        verbose_name_plural = _("机构人员")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at=None), name="one_officer_post_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"

    def may(self, permission: Permission) -> bool:
        """Only while the post is in force and the institution is admitted."""
        return (
            self.ended_at is None
            and self.institution.state == InstitutionState.ADMITTED
            and allows(self.role, permission)
        )
