"""Banks' own models (机构模型): the file, its review, and what it told of which firm."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.jointmodels.states import ModelState
from enterprises.models import Enterprise, Member
from institutions.models import Institution, Officer
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record, append_only_trigger


class ModelKind(models.TextChoices):
    SCORECARD = "scorecard", _("评分卡")
    GRAPH = "graph", _("ONNX 模型")


class BankModelQuerySet(models.QuerySet["BankModel"]):
    def visible_to(self, user: User) -> "BankModelQuerySet":
        """Reviewers see all; officers those of their institution. Never with the file, which only the worker reads."""
        rows = self.defer("declaration", "graph")
        if user.may(Permission.MODEL_REVIEW):
            return rows
        return rows.filter(institution__in=Officer.objects.serving().filter(user=user).values("institution"))


#: What a reviewer has agreed to: fixed from the moment it is handed in.
FILE = ("institution_id", "name", "number", "kind", "use", "declaration", "is_csv", "graph", "digest", "inputs")


@pghistory.track(exclude=["declaration", "graph"])
class BankModel(Record):
    """One version of a model. A new file is a new version; the file of a version never changes."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"declaration", "graph"})

    institution = models.ForeignKey(Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("模型名称"), max_length=60)
    number = models.PositiveSmallIntegerField(_("版本"))
    kind = models.CharField(_("类型"), max_length=10, choices=ModelKind.choices)
    use = models.CharField(_("用途说明"), max_length=300)
    #: The declaration as handed in: a scorecard (JSON or CSV), or what a graph's numbers mean.
    declaration = models.BinaryField(_("声明文件"))
    is_csv = models.BooleanField(default=False)
    graph = models.BinaryField(_("模型文件"), default=bytes)
    size = models.PositiveIntegerField(_("大小（字节）"))
    #: SM3 of declaration and graph.
    digest = models.CharField(_("摘要"), max_length=64)
    inputs = ArrayField(models.CharField(max_length=40), verbose_name=_("输入特征"))
    #: What may leave, fixed by the report it was approved on: see ``rules.Release``.
    release = models.JSONField(_("可输出的结果"), default=dict)
    state = models.CharField(_("状态"), max_length=12, choices=ModelState.choices, default=ModelState.SUBMITTED)
    submitted_at = models.DateTimeField(_("提交时间"))
    submitted_by = models.ForeignKey(User, verbose_name=_("提交人"), on_delete=models.PROTECT, related_name="+")
    taken_up_at = models.DateTimeField(_("受理时间"), null=True, blank=True)
    taken_up_by = models.ForeignKey(
        User, verbose_name=_("受理人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User, verbose_name=_("审核人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_note = models.CharField(_("审核意见"), max_length=300, blank=True)
    in_force_at = models.DateTimeField(_("启用时间"), null=True, blank=True)
    in_force_by = models.ForeignKey(
        User, verbose_name=_("启用人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    retired_by = models.ForeignKey(
        User, verbose_name=_("停用人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = BankModelQuerySet.as_manager()

    class Meta:
        verbose_name = _("机构模型")
        verbose_name_plural = _("机构模型")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "name", "number"], name="one_model_per_name_and_number"),
            models.UniqueConstraint(
                fields=["institution", "name"],
                condition=models.Q(state=ModelState.IN_FORCE),
                name="one_version_of_a_model_is_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("submitted_by")),
                name="a_model_is_not_reviewed_by_whoever_submits_it",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[ModelState.APPROVED, ModelState.IN_FORCE]) | ~models.Q(release={}),
                name="an_approved_model_has_its_release",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="the_file_of_a_model_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in FILE)
                ),
            ),
            pgtrigger.Protect(name="a_model_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class ReviewReportQuerySet(models.QuerySet["ReviewReport"]):
    def visible_to(self, user: User) -> "ReviewReportQuerySet":
        return self.filter(model__in=BankModel.objects.visible_to(user).values("pk"))


class ReviewReport(Record):
    """What the run over the station's firms found (审核报告): figures over many firms only."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    model = models.ForeignKey(BankModel, verbose_name=_("模型"), on_delete=models.PROTECT, related_name="reports")
    made_at = models.DateTimeField(_("生成时间"))
    firms = models.PositiveIntegerField(_("测算企业数"))
    #: Figures for the page: separation, inputs, bands, groups, what it took, which walls held.
    figures = models.JSONField(_("指标"), default=dict)
    #: Bounds that were broken: [{"code", "place", "value", "limit"}, …].
    findings = models.JSONField(_("超限项"), default=list)
    release = models.JSONField(_("可输出的结果"), default=dict)

    objects = ReviewReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("模型审核报告")
        verbose_name_plural = _("模型审核报告")
        ordering = ["-pk"]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return str(self.model)

    @property
    def is_passed(self) -> bool:
        return not self.findings


class ModelRunQuerySet(models.QuerySet["ModelRun"]):
    def visible_to(self, user: User) -> "ModelRunQuerySet":
        """The firm's members see the runs over the firm; officers those of their institution."""
        mine = models.Q(enterprise__in=Member.objects.acting().filter(user=user).values("enterprise"))
        ours = models.Q(institution__in=Officer.objects.serving().filter(user=user).values("institution"))
        return self.filter(mine | ours)


class ModelRun(Record):
    """A run over one firm, asked for under a consent; a worker makes it."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    model = models.ForeignKey(BankModel, verbose_name=_("模型"), on_delete=models.PROTECT, related_name="runs")
    enterprise = models.ForeignKey(Enterprise, verbose_name=_("企业"), on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey(Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="+")
    authorization_id = models.BigIntegerField(_("授权"))
    asked_at = models.DateTimeField(_("发起时间"))
    asked_by = models.ForeignKey(User, verbose_name=_("发起人"), on_delete=models.PROTECT, related_name="+")
    submission_key = models.UUIDField(unique=True)

    objects = ModelRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("模型运行")
        verbose_name_plural = _("模型运行")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["authorization_id", "-id"], name="runs_under_a_consent"),
            models.Index(fields=["enterprise", "-id"], name="runs_over_a_firm"),
        ]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return f"{self.model} #{self.pk}"


class RunOutcome(Record):
    """All that left: score, band, reason codes; or why there is none."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"score", "band", "reasons"})
    append_only = True

    run = models.OneToOneField(ModelRun, on_delete=models.PROTECT, related_name="outcome")
    score = models.IntegerField(_("评分"), null=True)
    band = models.CharField(_("档位"), max_length=40, blank=True)
    reasons = ArrayField(models.CharField(max_length=12), verbose_name=_("原因代码"), default=list)
    failure_code = models.CharField(_("未得出原因"), max_length=30, blank=True)
    #: When the inputs were computed from the records.
    as_of = models.DateTimeField(_("数据时点"), null=True)
    finished_at = models.DateTimeField(_("完成时间"))

    class Meta:
        verbose_name = _("模型结论")
        verbose_name_plural = _("模型结论")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(score=None, band="") ^ models.Q(failure_code=""),
                name="a_run_has_an_outcome_or_a_failure",
            ),
        ]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return f"{self.score}" if self.score is not None else self.failure_code
