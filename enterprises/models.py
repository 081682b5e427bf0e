"""Who borrows: the registry of every market entity (市场主体) of the region, its members and how they proved to act for it."""

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.states import RepresentationState
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole, Permission, allows
from portal.documents.models import Upload
from portal.records import MoneyField, Record
from portal.sealed_fields import SealedCharField


class EnterpriseKind(models.TextChoices):
    COMPANY = "company", _("企业")
    SOLE_TRADER = "sole_trader", _("个体工商户")
    COOPERATIVE = "cooperative", _("农民专业合作社")
    BRANCH = "branch", _("分支机构")


class RegistrationStatus(models.TextChoices):
    LIVING = "living", _("存续")
    SUSPENDED = "suspended", _("歇业")
    REVOKED = "revoked", _("吊销")
    CLOSED = "closed", _("注销")
    ANNULLED = "annulled", _("撤销")
    MOVED_OUT = "moved_out", _("迁出")


class SizeClass(models.TextChoices):
    """By the size standard (中小企业划型标准); some industries have none."""

    LARGE = "large", _("大型")
    MEDIUM = "medium", _("中型")
    SMALL = "small", _("小型")
    MICRO = "micro", _("微型")
    NOT_APPLICABLE = "not_applicable", _("不适用")
    UNKNOWN = "unknown", _("信息不足")


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    def living(self) -> "EnterpriseQuerySet":
        return self.filter(status=RegistrationStatus.LIVING)

    def of_areas(self, areas: frozenset[str]) -> "EnterpriseQuerySet":
        """Firms some region of ``areas`` answers for; the province answers for all."""
        if regions.PROVINCE in areas:
            return self
        return self.filter(models.Q(responsible_region__in=areas) | models.Q(county_code__in=areas))

    def visible_to(self, user: User) -> "EnterpriseQuerySet":
        """Staff see the firms of their regions; a member sees the own firms. Banks see a firm through its applications."""
        if user.is_staff:
            return self.of_areas(user.areas_of(Permission.DESK_VIEW))
        return self.filter(members__user_id=user.pk, members__ended_at=None)


class Enterprise(Record):
    """One registered market entity, kept from the registry's deliveries (item MR_BASIC), whether or not it uses the station."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"legal_representative_digest", "domicile"})

    uscc = models.CharField(_("统一社会信用代码"), max_length=18, unique=True)
    name = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(_("主体类型"), max_length=12, choices=EnterpriseKind.choices)
    status = models.CharField(_("登记状态"), max_length=10, choices=RegistrationStatus.choices)
    legal_representative = models.CharField(_("法定代表人（负责人）"), max_length=100)
    #: Keyed digest of the representative's ID number: compared when representation is proved, never shown.
    legal_representative_digest = models.CharField(max_length=64, blank=True)
    established_on = models.DateField(_("成立日期"))
    registered_capital_amount = MoneyField(_("注册资本（元）"), null=True, blank=True)
    county_code = models.CharField(_("登记区县"), max_length=12)
    city_code = models.CharField(_("登记地市"), max_length=12)
    responsible_region = models.CharField(_("管理责任区域"), max_length=12)
    industry_code = models.CharField(_("行业代码"), max_length=4, blank=True)
    industry_section = models.CharField(_("行业门类"), max_length=1, blank=True)
    size_class = models.CharField(_("规模"), max_length=15, choices=SizeClass.choices, default=SizeClass.UNKNOWN)
    domicile = models.CharField(_("住所"), max_length=300, blank=True)
    business_scope = models.TextField(_("经营范围"), blank=True)
    #: Two-character pieces of the name, for search without extensions; kept by the bulk loader.
    name_pieces = ArrayField(models.CharField(max_length=2), default=list)
    registry_as_of = models.DateTimeField(_("登记信息更新时间"))
    bound_at = models.DateTimeField(_("入驻时间"), null=True, blank=True)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = _("市场主体")
        verbose_name_plural = _("市场主体")
        ordering = ["pk"]
        indexes = [
            GinIndex(fields=["name_pieces"], name="enterprises_by_name_piece"),
            models.Index(fields=["responsible_region", "county_code"], name="enterprises_by_region"),
            models.Index(fields=["industry_section", "size_class"], name="enterprises_by_industry"),
            models.Index(fields=["bound_at"], condition=models.Q(bound_at__isnull=False), name="enterprises_bound"),
        ]

    def __str__(self) -> str:
        return self.name


class MemberQuerySet(models.QuerySet["Member"]):
    def acting(self) -> "MemberQuerySet":
        return self.filter(ended_at=None)

    def visible_to(self, user: User) -> "MemberQuerySet":
        """The members of the firms one is a member of."""
        return self.filter(enterprise__members__user_id=user.pk, enterprise__members__ended_at=None).distinct()


@pghistory.track()
class Member(Record):
    """A person who may act for a firm (成员): legal representative, handler (经办人) or viewer."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("人员"))
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="members", verbose_name=_("市场主体")
    )
    role = models.CharField(_("身份"), max_length=20, choices=EnterpriseRole.choices)
    joined_at = models.DateTimeField(_("加入时间"))
    joined_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("邀请人"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("移除人")
    )

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("成员")
        verbose_name_plural = _("成员")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "enterprise"],
                condition=models.Q(ended_at=None),
                name="one_membership_per_person_and_firm",
            ),
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=models.Q(role=EnterpriseRole.LEGAL_REPRESENTATIVE, ended_at=None),
                name="one_legal_representative_per_firm",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"

    def may(self, permission: Permission) -> bool:
        return self.ended_at is None and allows(self.role, permission)


class ProofMethod(models.TextChoices):
    REGISTRY = "registry", _("与登记信息比对")
    LICENCE = "licence", _("上传营业执照由人工核验")


class RepresentationQuerySet(models.QuerySet["Representation"]):
    def visible_to(self, user: User) -> "RepresentationQuerySet":
        if user.may(Permission.REPRESENTATION_REVIEW):
            return self.filter(
                enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.REPRESENTATION_REVIEW))
            )
        return self.filter(user_id=user.pk)


@pghistory.track()
class Representation(Record):
    """A person's claim to represent a firm and how it was judged."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"claimed_name"})

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="representations", verbose_name=_("申请人"))
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="representations", verbose_name=_("市场主体")
    )
    method = models.CharField(_("核验方式"), max_length=10, choices=ProofMethod.choices)
    claimed_name = models.CharField(_("申报姓名"), max_length=100)
    licence = models.ForeignKey(
        Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("营业执照")
    )
    state = models.CharField(
        _("状态"), max_length=10, choices=RepresentationState.choices, default=RepresentationState.FILED
    )
    filed_at = models.DateTimeField(_("提交时间"))
    reviewed_at = models.DateTimeField(_("核验时间"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核验人")
    )
    refusal_reason = models.CharField(_("未通过原因"), max_length=300, blank=True)

    objects = RepresentationQuerySet.as_manager()

    class Meta:
        verbose_name = _("代表资格核验")
        verbose_name_plural = _("代表资格核验")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "enterprise"],
                condition=models.Q(state=RepresentationState.FILED),
                name="one_open_representation_per_person_and_firm",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True) | ~models.Q(reviewed_by=models.F("user")),
                name="nobody_proves_the_own_representation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.enterprise}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, cancelled_at=None)

    def visible_to(self, user: User) -> "InvitationQuerySet":
        """Those of the firms one is a member of."""
        return self.filter(enterprise__members__user_id=user.pk, enterprise__members__ended_at=None)


class Invitation(Record):
    """An invitation to act for a firm, sent to a phone or an e-mail address; the token is stored as a digest only."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"address", "token_digest"})

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("市场主体")
    )
    role = models.CharField(_("身份"), max_length=20, choices=EnterpriseRole.choices)
    address = SealedCharField(_("手机号或邮箱"), max_length=254, purpose="enterprises_invitation.address")
    token_digest = models.CharField(max_length=64, unique=True)
    invited_at = models.DateTimeField(_("邀请时间"))
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("邀请人"))
    expires_at = models.DateTimeField(_("有效期至"))
    accepted_at = models.DateTimeField(_("接受时间"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("接受人")
    )
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("取消人")
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("成员邀请")
        verbose_name_plural = _("成员邀请")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.get_role_display()}"
