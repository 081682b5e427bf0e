"""Consent: what a firm lets an institution see, for what, until when; and the record of every look."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from enterprises.consent.states import AuthorizationState
from enterprises.models import Enterprise, Member
from institutions.models import Institution
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole, Permission
from portal.records import Record, append_only_trigger


class Mode(models.TextChoices):
    """使用方式, from least to most."""

    OUTCOME = "outcome", _("结论")
    VERIFY = "verify", _("核验")
    SUMMARY = "summary", _("汇总")
    DETAIL = "detail", _("明细")


#: What the signature covers: none of it changes once the consent is granted.
SIGNED_COLUMNS = (
    "enterprise_id", "institution_id", "purpose_id", "purpose_text", "template_version", "fetch_kind", "uses_per_month",
    "data_from", "data_until", "starts_at", "ends_at", "data_life_days", "parent_kind", "parent_id", "requested_at",
    "requested_by_id", "granted_at", "granted_by_id", "signer_role", "digest", "signature", "signature_scheme",
    "submission_key",
)  # fmt: skip


class FetchKind(models.TextChoices):
    ONCE = "once", _("一次")
    PERIODIC = "periodic", _("多次")


@pghistory.track()
class Purpose(Record):
    """Why data is looked at, with the text shown verbatim and the bounds no authorization may exceed. Staff edit the bounds."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("用途代码"), max_length=30, unique=True)
    name = models.CharField(_("用途"), max_length=40)
    text = models.TextField(_("授权书用途表述"))
    max_days = models.PositiveIntegerField(_("最长授权天数"))
    max_uses_per_month = models.PositiveIntegerField(_("每月最多查询次数"))
    max_data_months = models.PositiveIntegerField(_("数据跨度上限（月）"))
    max_data_life_days = models.PositiveIntegerField(_("数据留存上限（天）"))

    class Meta:
        verbose_name = _("授权用途")
        verbose_name_plural = _("授权用途")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class AuthorizationQuerySet(models.QuerySet["Authorization"]):
    def visible_to(self, user: User) -> "AuthorizationQuerySet":
        """The firm's members see the firm's; officers those given to their institution; access watchers all of their regions."""
        if user.may(Permission.ACCESS_WATCH):
            return self.filter(enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.ACCESS_WATCH)))
        mine = models.Q(enterprise__in=Member.objects.acting().filter(user=user).values("enterprise"))
        ours = models.Q(institution__officers__user_id=user.pk, institution__officers__ended_at=None)
        return self.filter(mine | ours).distinct()


@pghistory.track()
class Authorization(Record):
    """One signed consent. Once granted its terms never change; only its state and its count of uses do."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"signature"})

    enterprise = models.ForeignKey(Enterprise, verbose_name=_("企业"), on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey(Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="+")
    purpose = models.ForeignKey(Purpose, verbose_name=_("用途"), on_delete=models.PROTECT, related_name="+")
    purpose_text = models.TextField(_("用途表述"))
    template_version = models.CharField(_("文本版本"), max_length=20)
    fetch_kind = models.CharField(_("查询方式"), max_length=10, choices=FetchKind.choices)
    uses_per_month = models.PositiveIntegerField(_("每自然月最多查询次数"))
    data_from = models.DateField(_("数据起"))
    data_until = models.DateField(_("数据止"))
    starts_at = models.DateTimeField(_("生效时间"))
    ends_at = models.DateTimeField(_("到期时间"))
    data_life_days = models.PositiveIntegerField(_("数据留存天数"))
    #: What it belongs to: ("application", 12), ("loan", 7) or ("", None).
    parent_kind = models.CharField(max_length=20, blank=True)
    parent_id = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(
        _("状态"), max_length=10, choices=AuthorizationState.choices, default=AuthorizationState.REQUESTED
    )
    requested_at = models.DateTimeField(_("提出时间"))
    requested_by = models.ForeignKey(User, verbose_name=_("发起人"), on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(_("授权时间"), null=True, blank=True)
    granted_by = models.ForeignKey(
        User, verbose_name=_("授权人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    signer_role = models.CharField(_("签署人身份"), max_length=20, choices=EnterpriseRole.choices, blank=True)
    #: SM3 of the canonical text of all terms, and the signature over it with the scheme that made it.
    digest = models.CharField(_("摘要"), max_length=64, blank=True)
    signature = models.TextField(_("签名"), blank=True)
    signature_scheme = models.CharField(_("签名方式"), max_length=40, blank=True)
    paused_at = models.DateTimeField(_("暂停时间"), null=True, blank=True)
    paused_by = models.ForeignKey(
        User, verbose_name=_("暂停人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("终止时间"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, verbose_name=_("终止人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    use_count = models.PositiveIntegerField(_("已查询次数"), default=0)
    last_used_at = models.DateTimeField(_("最近查询"), null=True, blank=True)
    submission_key = models.UUIDField(unique=True)

    objects = AuthorizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("授权")
        verbose_name_plural = _("授权")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["enterprise", "-id"], name="authorizations_of_a_firm"),
            models.Index(fields=["institution", "-id"], name="authorizations_to_a_bank"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="consent_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=models.Q(data_until__gte=models.F("data_from")), name="consent_span_is_ordered"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[AuthorizationState.REQUESTED, AuthorizationState.DECLINED, AuthorizationState.EXPIRED]
                )
                | (models.Q(granted_by__isnull=False) & ~models.Q(digest="") & ~models.Q(signature="")),
                name="a_granted_consent_is_signed",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="signed_terms_are_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.granted_at IS NOT NULL AND ("
                    + " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in SIGNED_COLUMNS)
                    + ")"
                ),
            ),
            pgtrigger.Protect(
                name="an_ended_consent_stays_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.ended_at IS NOT NULL AND OLD.state IS DISTINCT FROM NEW.state"),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(_("授权 %(number)s") % {"number": self.pk})


class AuthorizedItem(Record):
    """One item of an authorization and how far it may be used."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    authorization = models.ForeignKey(Authorization, on_delete=models.PROTECT, related_name="items")
    item_code = models.CharField(_("信息项"), max_length=30)
    mode = models.CharField(_("使用方式"), max_length=10, choices=Mode.choices)

    class Meta:
        verbose_name = _("授权信息项")
        verbose_name_plural = _("授权信息项")
        ordering = ["authorization", "item_code"]
        constraints = [
            models.UniqueConstraint(fields=["authorization", "item_code"], name="one_mode_per_authorized_item"),
            models.CheckConstraint(
                condition=models.Q(mode__in=Mode.values), name="an_authorized_item_has_a_known_mode"
            ),
        ]
        triggers = [
            append_only_trigger(),
            pgtrigger.Trigger(
                name="nothing_is_added_to_a_signed_consent",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (SELECT FROM consent_authorization
                               WHERE id = NEW.authorization_id AND granted_at IS NOT NULL) THEN
                        RAISE EXCEPTION 'the items of a signed consent do not change' USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_code} {self.mode}"


class AccessRecordQuerySet(models.QuerySet["AccessRecord"]):
    def visible_to(self, user: User) -> "AccessRecordQuerySet":
        """The firm's members see every look at the firm; access watchers those of their regions."""
        if user.may(Permission.ACCESS_WATCH):
            areas = user.areas_of(Permission.ACCESS_WATCH)
            if regions.PROVINCE in areas:
                return self
            return self.filter(enterprise_id__in=Enterprise.objects.of_areas(areas).values("pk"))
        return self.filter(enterprise_id__in=Member.objects.acting().filter(user=user).values("enterprise_id"))


class AccessRecord(Record):
    """One look at a firm's file (查询记录), allowed or refused, written by the gate in the same transaction as the look."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"actor_name"})
    append_only = True

    id = models.BigAutoField(primary_key=True)
    txid = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text)::bigint", []))
    at = models.DateTimeField(_("时间"))
    enterprise_id = models.BigIntegerField(_("市场主体"))
    institution_id = models.BigIntegerField(_("机构"), null=True)
    institution_name = models.CharField(_("查询机构"), max_length=100)
    actor_id = models.BigIntegerField(_("查询人编号"))
    actor_name = models.CharField(_("查询人"), max_length=60)
    actor_role = models.CharField(_("查询人岗位"), max_length=40)
    purpose = models.CharField(_("用途"), max_length=40)
    authorization_id = models.BigIntegerField(_("授权"), null=True)
    item_codes = ArrayField(models.CharField(max_length=30), verbose_name=_("信息项"))
    #: The widest mode that was opened.
    mode = models.CharField(_("使用方式"), max_length=10, choices=Mode.choices)
    is_allowed = models.BooleanField(_("是否放行"))
    refusal_code = models.CharField(_("拒绝原因"), max_length=40, blank=True)
    #: Why, in the words of whoever looked without an authorization (staff, by their office).
    reason = models.CharField(_("事由"), max_length=200, blank=True)
    #: Which door: page, pdf, export, api, admin, model.
    door = models.CharField(_("途径"), max_length=20)
    parent_kind = models.CharField(max_length=20, blank=True)
    parent_id = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=36, blank=True)

    objects = AccessRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("查询记录")
        verbose_name_plural = _("查询记录")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["enterprise_id", "-id"], name="looks_at_a_firm"),
            models.Index(fields=["authorization_id", "-id"], name="looks_under_a_consent"),
            models.Index(fields=["txid", "id"], name="looks_by_transaction"),
        ]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.institution_name}"


class DisputedRecord(Record):
    """A credit record under an open objection (异议标注). The remedies room puts the mark and takes it off; every file shows it."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+")
    item_code = models.CharField(_("信息项"), max_length=30)
    record_id = models.BigIntegerField(_("信息记录"))
    marked_at = models.DateTimeField(_("标注时间"))
    lifted_at = models.DateTimeField(_("解除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("异议标注")
        verbose_name_plural = _("异议标注")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item_code", "record_id"], condition=models.Q(lifted_at=None), name="one_open_mark_per_record"
            ),
        ]
        indexes = [
            models.Index(fields=["enterprise"], condition=models.Q(lifted_at=None), name="open_marks_of_a_firm"),
        ]

    def __str__(self) -> str:
        return f"{self.item_code} {self.record_id}"
