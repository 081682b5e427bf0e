"""Judgement on every firm: scorecards as data, grades (信用等级) with their reasons."""

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.evaluation.states import ScorecardState
from enterprises.models import Enterprise
from portal.accounts.models import User
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

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class Grade(Record):
    """One judgement of one firm by one scorecard. History stays; ``is_current`` marks the last one of its kind."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"score", "letter", "reasons"})

    id = models.BigAutoField(primary_key=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("类别"), max_length=8, choices=GradeKind.choices)
    #: 0 to 1000; NULL where too little is known.
    score = models.PositiveSmallIntegerField(_("信用分"), null=True)
    #: AAA AA A BBB BB B CCC CC C D (GB/T 22116 scale); '' where too little is known.
    letter = models.CharField(_("信用等级"), max_length=3, blank=True)
    #: [{"code", "dimension", "sentence", "points", "max_points"}, …], most telling first.
    reasons = models.JSONField(_("理由"), default=list)
    missing_share = models.DecimalField(_("缺失比例"), max_digits=5, decimal_places=4)
    features_at = models.DateTimeField(_("数据时点"))
    graded_at = models.DateTimeField(_("评价时间"))
    is_current = models.BooleanField(_("当前"), default=True)

    class Meta:
        verbose_name = _("信用评价")
        verbose_name_plural = _("信用评价")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["enterprise", "kind", "-graded_at"], name="grades_of_a_firm")]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "kind"], condition=models.Q(is_current=True), name="one_current_grade_per_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(score=None) | models.Q(score__lte=1000), name="a_score_is_at_most_1000"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter} {self.score}"
