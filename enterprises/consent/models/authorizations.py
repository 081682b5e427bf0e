"""Consent: what a firm lets an institution see, for what, until when."""

from datetime import datetime
from typing import ClassVar

import pghistory
import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent import clauses
from enterprises.consent.states import AuthorizationState
from enterprises.models import Enterprise, Member
from institutions.models import Institution
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
    "enterprise_id", "institution_id", "purpose_id", "purpose_text", "template_version", "fetch_kind", "uses_per_unit",
    "frequency_unit", "data_from", "data_until", "starts_at", "ends_at", "data_life", "data_life_unit", "parent_kind",
    "parent_id", "requested_at", "requested_by_id", "granted_at", "granted_by_id", "signer_role", "signing_proof", "digest",
    "signature", "signature_scheme", "submission_key",
)  # fmt: skip


class FetchKind(models.TextChoices):
    ONCE = "once", _("一次")
    PERIODIC = "periodic", _("多次")


class FrequencyUnit(models.TextChoices):
    """Calendar units, not stretches of time: the first of a month opens a new one."""

    HOUR = "hour", _("每小时")
    DAY = "day", _("每日")
    MONTH = "month", _("每自然月")
    YEAR = "year", _("每年")


class LifeUnit(models.TextChoices):
    DAY = "day", _("天")
    MONTH = "month", _("个月")
    YEAR = "year", _("年")


class Proof(models.TextChoices):
    """How whoever signs has just proved who they are."""

    PASSWORD = "password", _("登录密码")
    TOTP = "totp", _("动态口令")
    RECOVERY_CODES = "recovery_codes", _("备用码")
    WEBAUTHN = "webauthn", _("通行密钥")
    CODE = "code", _("短信或邮件验证码")


def frequency_in_words(uses: int, unit: str) -> str:
    """每自然月最多 10 次."""
    return _now("%(unit)s最多 %(uses)s 次") % {"unit": FrequencyUnit(unit).label, "uses": uses}


def life_in_words(life: int, unit: str) -> str:
    """3 年."""
    return f"{life} {LifeUnit(unit).label}"


@pghistory.track()
class Purpose(Record):
    """Why data is looked at, with the text shown verbatim. What it allows at most stands in :class:`FairUse`."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("用途代码"), max_length=30, unique=True)
    name = models.CharField(_("用途"), max_length=40)
    text = models.TextField(_("授权书用途表述"))
    #: What a consent for this purpose belongs to: "loan", "application" or "" where it stands alone.
    parent_kind = models.CharField(_("须关联"), max_length=20, blank=True)

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


#: Counted by the gate on every look; the access records tell the story, so history leaves them out.
COUNTERS = ("use_count", "last_used_at", "unit_started_at", "unit_uses")


@pghistory.track(exclude=list(COUNTERS))
class Authorization(Record):
    """One signed consent. Once granted its terms never change; only its state and its counters do."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"signature"})

    enterprise = models.ForeignKey(Enterprise, verbose_name=_("企业"), on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey(Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="+")
    purpose = models.ForeignKey(Purpose, verbose_name=_("用途"), on_delete=models.PROTECT, related_name="+")
    purpose_text = models.TextField(_("用途表述"))
    template_version = models.CharField(_("文本版本"), max_length=20)
    fetch_kind = models.CharField(_("查询方式"), max_length=10, choices=FetchKind.choices)
    #: At most so many looks in each calendar hour, day, month or year of the station's clock.
    uses_per_unit = models.PositiveIntegerField(_("每周期最多查询次数"))
    frequency_unit = models.CharField(_("次数周期"), max_length=5, choices=FrequencyUnit.choices)
    data_from = models.DateField(_("数据起"))
    data_until = models.DateField(_("数据止"))
    starts_at = models.DateTimeField(_("生效时间"))
    ends_at = models.DateTimeField(_("到期时间"))
    #: How long after its last look the institution may keep what it has seen.
    data_life = models.PositiveIntegerField(_("数据留存期"))
    data_life_unit = models.CharField(_("留存期单位"), max_length=5, choices=LifeUnit.choices)
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
    #: How the signer proved afresh who signs: password, totp, webauthn; empty where none was asked for.
    signing_proof = models.CharField(_("签署核验方式"), max_length=20, choices=Proof.choices, blank=True)
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
    #: The calendar unit of the last look and the looks counted in it.
    unit_started_at = models.DateTimeField(null=True, blank=True)
    unit_uses = models.PositiveIntegerField(default=0)
    submission_key = models.UUIDField(unique=True)

    objects = AuthorizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("授权")
        verbose_name_plural = _("授权")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["enterprise", "-id"], name="authorizations_of_a_firm"),
            models.Index(fields=["institution", "-id"], name="authorizations_to_a_bank"),
            models.Index(fields=["parent_kind", "parent_id"], name="authorizations_of_a_parent"),
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

    def unit_at(self, at: datetime) -> datetime:
        """The calendar unit a look at ``at`` counts in; never one before that of an earlier look."""
        unit = clauses.unit_start(timezone.localtime(at), self.frequency_unit)
        return max(unit, self.unit_started_at) if self.unit_started_at else unit

    def uses_in_unit(self, at: datetime) -> int:
        """Looks already counted in the calendar unit around ``at``."""
        return self.unit_uses if self.unit_started_at == self.unit_at(at) else 0

    @property
    def frequency(self) -> str:
        """每自然月最多 10 次."""
        return frequency_in_words(self.uses_per_unit, self.frequency_unit)

    @property
    def life(self) -> str:
        """3 年."""
        return life_in_words(self.data_life, self.data_life_unit)


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
