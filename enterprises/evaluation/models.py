"""Judgement on every firm: scorecards as data, grades (信用等级) with their reasons."""

from functools import cached_property
from typing import ClassVar

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.evaluation import scorecards
from enterprises.evaluation.states import ScorecardState
from enterprises.models import Enterprise
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record


class GradeKind(models.TextChoices):
    """Base is made of public items for every firm; full adds authorized items under the firm's consent."""

    BASE = "base", _("基础评价")
    FULL = "full", _("授权评价")


@pghistory.track()
class Scorecard(Record):
    """One version of a scorecard. ``definition`` holds dimensions, bins with points, knock-outs and bands (see ``scorecards.py``)."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    kind = models.CharField(_("类别"), max_length=8, choices=GradeKind.choices)
    #: Which firms it judges: enterprises.EnterpriseKind values.
    applies_to = ArrayField(models.CharField(max_length=12), verbose_name=_("适用主体"))
    name = models.CharField(_("名称"), max_length=60)
    number = models.PositiveIntegerField(_("版本"))
    definition = models.JSONField(_("内容"))
    state = models.CharField(_("状态"), max_length=10, choices=ScorecardState.choices, default=ScorecardState.DRAFT)
    drafted_at = models.DateTimeField(_("起草时间"))
    enforced_at = models.DateTimeField(_("生效时间"), null=True, blank=True)
    enforced_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    retired_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("评分卡")
        verbose_name_plural = _("评分卡")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["name", "number"], name="one_scorecard_per_number")]
        triggers = [
            pgtrigger.Protect(
                name="frozen_once_enforced",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__enforced_at__isnull=False)
                & (
                    pgtrigger.Q(old__definition__df=pgtrigger.F("new__definition"))
                    | pgtrigger.Q(old__kind__df=pgtrigger.F("new__kind"))
                    | pgtrigger.Q(old__applies_to__df=pgtrigger.F("new__applies_to"))
                ),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"

    @cached_property
    def card(self) -> scorecards.Card:
        return scorecards.read(self.definition)


class GradeQuerySet(models.QuerySet["Grade"]):
    def visible_to(self, user: User) -> "GradeQuerySet":
        """Staff see base grades, made of public items, of their regions. Everybody else goes through the consent gate."""
        if not user.may(Permission.GRADES_MANAGE):
            return self.none()
        return self.filter(
            kind=GradeKind.BASE, enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.GRADES_MANAGE))
        )


class Grade(Record):
    """One judgement of one firm by one scorecard. History stays; ``is_current`` marks the last one of its kind.

    Reasons are not stored: the bins and knock-outs that hit, read with the scorecard's definition, give them back exactly.
    """

    sensitive: ClassVar[frozenset[str]] = frozenset({"score", "letter", "bins", "knocked"})

    id = models.BigAutoField(primary_key=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("市场主体"))
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="+", verbose_name=_("评分卡"))
    kind = models.CharField(_("类别"), max_length=8, choices=GradeKind.choices)
    #: The consent a full grade rests on, and until when; a full grade uses only what that consent covers.
    authorization_id = models.BigIntegerField(_("授权"), null=True)
    valid_until = models.DateTimeField(_("有效期至"), null=True)
    #: 0 to 1000; NULL where too little is known.
    score = models.PositiveSmallIntegerField(_("信用分"), null=True)
    #: AAA AA A BBB BB B CCC CC C D (GB/T 22116 scale); '' where too little is known.
    letter = models.CharField(_("信用等级"), max_length=3, blank=True)
    #: The bin of each feature in the scorecard's order (NULL: not known), and the knock-outs that hit.
    bins = ArrayField(models.SmallIntegerField(null=True), verbose_name=_("分箱"))
    knocked = ArrayField(models.SmallIntegerField(), verbose_name=_("否决项"), default=list)
    missing_share = models.DecimalField(_("缺失比例"), max_digits=5, decimal_places=4)
    features_at = models.DateTimeField(_("数据时点"), null=True)
    graded_at = models.DateTimeField(_("评价时间"))
    is_current = models.BooleanField(_("当前"), default=True)

    objects = GradeQuerySet.as_manager()

    class Meta:
        verbose_name = _("信用评价")
        verbose_name_plural = _("信用评价")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["enterprise", "kind", "-graded_at"], name="grades_of_a_firm"),
            models.Index(
                fields=["authorization_id"],
                condition=models.Q(authorization_id__isnull=False),
                name="grades_of_a_consent",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=models.Q(is_current=True, kind=GradeKind.BASE),
                name="one_current_base_grade_per_firm",
            ),
            models.UniqueConstraint(
                fields=["authorization_id"],
                condition=models.Q(is_current=True, kind=GradeKind.FULL),
                name="one_current_full_grade_per_consent",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=GradeKind.BASE, authorization_id=None, valid_until=None)
                | models.Q(kind=GradeKind.FULL, authorization_id__isnull=False, valid_until__isnull=False),
                name="a_full_grade_rests_on_a_consent",
            ),
            models.CheckConstraint(
                condition=models.Q(score=None) | models.Q(score__lte=1000), name="a_score_is_at_most_1000"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter or '—'} {self.score if self.score is not None else ''}".strip()

    @cached_property
    def reasons(self) -> list[scorecards.Reason]:
        return scorecards.reasons(self.scorecard.card, self.bins, self.knocked)

    @property
    def raisers(self) -> list[scorecards.Reason]:
        return scorecards.raisers(self.reasons)
