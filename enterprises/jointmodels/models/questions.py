"""Verification questions (核验提问): what may be asked, how often, what was asked and what was answered."""

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise, Member
from institutions.models import Institution, Officer
from portal.accounts.models import User
from portal.records import Record, append_only_trigger


class Comparison(models.TextChoices):
    AT_LEAST = "at_least", _("不低于")
    AT_MOST = "at_most", _("不高于")


class Unit(models.TextChoices):
    """How a feature is said; amounts are kept in yuan, shares as fractions."""

    YUAN = "yuan", _("元")
    COUNT = "count", _("个")
    SHARE = "share", _("%")


class Reply(models.TextChoices):
    YES = "yes", _("是")
    NO = "no", _("否")
    UNKNOWN = "unknown", _("无法判断")
    REFUSED = "refused", _("未放行")


@pghistory.track()
class AskableFeature(Record):
    """A feature that banks may ask about (可核验特征). Thresholds lie on its grid; no series of answers may fix a value more
    narrowly than ``narrowest``. ``cuts`` are the bands in which its distribution is told."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    feature = models.CharField(_("特征"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    unit = models.CharField(_("单位"), max_length=8, choices=Unit.choices)
    comparisons = ArrayField(
        models.CharField(max_length=10, choices=Comparison.choices), verbose_name=_("允许的比较方式")
    )
    step = models.DecimalField(_("阈值步长"), max_digits=18, decimal_places=4)
    narrowest = models.DecimalField(_("最窄区间"), max_digits=18, decimal_places=4)
    #: The least a value can be by its nature (0 for amounts); empty where there is none.
    floor = models.DecimalField(_("自然下限"), max_digits=18, decimal_places=4, null=True, blank=True)
    cuts = ArrayField(
        models.DecimalField(max_digits=18, decimal_places=4), verbose_name=_("分布分档"), default=list, blank=True
    )
    is_open = models.BooleanField(_("开放提问"), default=True)
    sequence = models.PositiveSmallIntegerField(_("序号"), default=0)

    class Meta:
        verbose_name = _("可核验特征")
        verbose_name_plural = _("可核验特征")
        ordering = ["sequence", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(step__gt=0), name="thresholds_lie_on_a_grid"),
            models.CheckConstraint(
                condition=models.Q(narrowest__gte=models.F("step")), name="an_interval_is_at_least_a_step_wide"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class QuestionBudget(Record):
    """How many different thresholds an institution may ask of one firm and feature in a window (提问预算); the closest row counts."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    feature = models.ForeignKey(
        AskableFeature, verbose_name=_("特征"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    institution = models.ForeignKey(
        Institution, verbose_name=_("机构"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    most_thresholds = models.PositiveSmallIntegerField(_("不同阈值上限（个）"))
    window_months = models.PositiveSmallIntegerField(
        _("周期（月）"), choices=[(months, str(months)) for months in (1, 2, 3, 4, 6, 12)]
    )

    class Meta:
        verbose_name = _("提问预算")
        verbose_name_plural = _("提问预算")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["feature", "institution"], nulls_distinct=False, name="one_budget_per_feature_and_institution"
            ),
            models.CheckConstraint(
                condition=models.Q(window_months__in=[1, 2, 3, 4, 6, 12]), name="a_window_fits_the_calendar_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution or '*'} · {self.feature or '*'}"


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: User) -> "QuestionQuerySet":
        """The firm's members see what was asked of the firm; officers what their institution asked."""
        mine = models.Q(enterprise__in=Member.objects.acting().filter(user=user).values("enterprise"))
        ours = models.Q(institution__in=Officer.objects.serving().filter(user=user).values("institution"))
        return self.filter(mine | ours)


class Question(Record):
    """One question, put before anything is looked up: a question that has no answer counts as well."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    enterprise = models.ForeignKey(Enterprise, verbose_name=_("企业"), on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey(Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="+")
    authorization_id = models.BigIntegerField(_("授权"))
    feature = models.ForeignKey(AskableFeature, verbose_name=_("特征"), on_delete=models.PROTECT, related_name="+")
    comparison = models.CharField(_("比较方式"), max_length=10, choices=Comparison.choices)
    threshold = models.DecimalField(_("阈值"), max_digits=18, decimal_places=4)
    asked_at = models.DateTimeField(_("提问时间"))
    asked_by = models.ForeignKey(User, verbose_name=_("提问人"), on_delete=models.PROTECT, related_name="+")

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("核验提问")
        verbose_name_plural = _("核验提问")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["enterprise", "institution", "feature"], name="questions_about_a_firm"),
            models.Index(fields=["authorization_id", "-id"], name="questions_under_a_consent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(comparison__in=Comparison.values), name="a_question_compares_in_a_known_way"
            ),
        ]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return f"{self.feature} {self.get_comparison_display()} {self.threshold.normalize():f}"


class Answer(Record):
    """What was answered. Nothing of the value itself is kept."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"reply"})
    append_only = True

    question = models.OneToOneField(Question, on_delete=models.PROTECT, related_name="answer")
    reply = models.CharField(_("答复"), max_length=10, choices=Reply.choices)
    #: Why nothing was answered: the gate's refusal.
    refusal_code = models.CharField(_("未放行原因"), max_length=30, blank=True)
    #: The oldest delivery among the items the answer rests on.
    as_of = models.DateField(_("数据时点"), null=True)
    answered_at = models.DateTimeField(_("答复时间"))

    class Meta:
        verbose_name = _("核验答复")
        verbose_name_plural = _("核验答复")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(reply__in=Reply.values), name="a_reply_is_of_a_known_kind"),
            models.CheckConstraint(
                condition=models.Q(reply=Reply.REFUSED) | models.Q(refusal_code=""), name="only_a_refusal_has_a_reason"
            ),
        ]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return self.get_reply_display()
