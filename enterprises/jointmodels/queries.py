"""Reads: bounds, what was asked and told, what models may let out, what a firm may know of all this."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent import queries as consent
from enterprises.consent.models import Authorization
from enterprises.credit import queries as credit
from enterprises.credit.features import BY_NAME
from enterprises.jointmodels import rules, scorecards
from enterprises.jointmodels.aggregates import Band
from enterprises.jointmodels.models import (
    Answer,
    AskableFeature,
    BankModel,
    Limit,
    ModelRun,
    Question,
    QuestionBudget,
    Reply,
    ReviewReport,
    Unit,
)
from enterprises.jointmodels.states import ModelState
from institutions.models import Officer
from portal import figures

#: Features a model may name: those that are numbers or short codes of the feature row.
INPUTS = frozenset(credit.FEATURE_NAMES)
#: Those that are codes: a scorecard may name them, a graph reckons with numbers.
WORDS = frozenset({"tax_grade", "customs_level"})


def limits() -> dict[str, float]:
    return {code: float(value) for code, value in Limit.objects.values_list("code", "value")}


# --- Questions ----------------------------------------------------------------------------------------------------------


def asked_before(*, enterprise_id: int, institution_id: int, feature: AskableFeature) -> QuerySet[Question]:
    """Questions of one institution about one firm's feature that count: all but those the gate refused, oldest first."""
    rows = Question.objects.filter(enterprise_id=enterprise_id, institution_id=institution_id, feature=feature)
    return rows.exclude(answer__reply=Reply.REFUSED).select_related("answer").order_by("pk")


def budget_of(feature: AskableFeature, institution_id: int) -> QuestionBudget | None:
    """The closest row: both named, then the institution, then the feature, then the row for all."""
    rows = QuestionBudget.objects.filter(
        Q(feature=feature) | Q(feature=None), Q(institution=institution_id) | Q(institution=None)
    )
    return _closest(rows)


def _closest(rows: Iterable[QuestionBudget]) -> QuestionBudget | None:
    return max(rows, key=lambda row: (row.institution_id is not None, row.feature_id is not None), default=None)


def known_interval(questions: Iterable[Question], feature: AskableFeature) -> rules.Interval:
    """What the answers so far tell the institution of the value."""
    answers = [
        rules.Told(question.comparison, question.threshold, question.answer.reply == Reply.YES)
        for question in questions
        if hasattr(question, "answer") and question.answer.reply in {Reply.YES, Reply.NO}
    ]
    return rules.known_interval(answers, floor=feature.floor)


def ages(feature: str, as_of: Mapping[str, str]) -> list[tuple[date, int]]:
    """The last delivery of each item a feature rests on that has one, and the days it keeps fresh."""
    items = credit.schemas(BY_NAME[feature].items)
    return [(date.fromisoformat(as_of[code]), items[code].fresh_days) for code in items if as_of.get(code)]


def said(feature: AskableFeature, threshold: Decimal) -> str:
    """A threshold with its unit, as people say it."""
    if feature.unit == Unit.YUAN:
        written = figures.money(threshold)
        return f"{written.figure} {written.unit}"
    if feature.unit == Unit.SHARE:
        return figures.percent(threshold)
    return figures.count(threshold)


@dataclass(frozen=True)
class Offer:
    """One feature a bank may ask about now, with what is left of its budget."""

    feature: AskableFeature
    most: int
    spent: int
    months: int

    @property
    def left(self) -> int:
        return max(self.most - self.spent, 0)

    @property
    def step(self) -> str:
        return said(self.feature, self.feature.step)


def offers(*, enterprise_id: int, institution_id: int, at: datetime) -> list[Offer]:
    """All open features in three queries."""
    budgets = list(QuestionBudget.objects.filter(Q(institution=institution_id) | Q(institution=None)))
    asked = Question.objects.filter(enterprise_id=enterprise_id, institution_id=institution_id)
    rows = list(asked.exclude(answer__reply=Reply.REFUSED).values_list("feature_id", "threshold", "asked_at"))
    found = []
    for feature in AskableFeature.objects.filter(is_open=True):
        budget = _closest(row for row in budgets if row.feature_id in {None, feature.pk})
        if budget is None:
            continue
        first = rules.window_start(day_of(at), budget.window_months)
        spent = {threshold for pk, threshold, when in rows if pk == feature.pk and day_of(when) >= first}
        found.append(Offer(feature, budget.most_thresholds, len(spent), budget.window_months))
    return found


@dataclass(frozen=True)
class Asked:
    """One question in words, with its answer if there is one."""

    question: Question

    @property
    def sentence(self) -> str:
        question = self.question
        return _now("%(feature)s%(comparison)s %(threshold)s？") % {
            "feature": question.feature,
            "comparison": question.get_comparison_display(),
            "threshold": said(question.feature, question.threshold),
        }

    @property
    def answer(self) -> Answer | None:
        return getattr(self.question, "answer", None)


def in_words(questions: Iterable[Question]) -> list[Asked]:
    return [Asked(question) for question in questions]


def with_answers(questions: QuerySet[Question]) -> QuerySet[Question]:
    return questions.select_related("feature", "answer", "institution", "asked_by", "enterprise")


# --- Consents of an institution -----------------------------------------------------------------------------------------


def live_consents(officer: Officer, *, at: datetime) -> QuerySet[Authorization]:
    """The consents under which this institution may ask now."""
    rows = Authorization.objects.filter(consent.live(at), institution_id=officer.institution_id)
    return rows.select_related("enterprise", "purpose")


def consent_of(officer: Officer, pk: int) -> Authorization | None:
    """A consent given to this institution, whatever its state: what was asked under it stays readable."""
    rows = Authorization.objects.filter(institution_id=officer.institution_id, pk=pk)
    return rows.select_related("enterprise", "purpose").first()


# --- Models -------------------------------------------------------------------------------------------------------------


def in_force(institution_id: int) -> QuerySet[BankModel]:
    rows = BankModel.objects.filter(institution_id=institution_id, state=ModelState.IN_FORCE)
    return rows.defer("declaration", "graph").order_by("name", "pk")


def card_of(model: BankModel) -> scorecards.Card:
    """The declaration that was checked when it was handed in."""
    return scorecards.read(bytes(model.declaration), is_csv=model.is_csv, known=INPUTS)


def release_of(model: BankModel) -> rules.Release:
    return stored_release(model.release)


def stored_release(told: Mapping[str, Any]) -> rules.Release:
    return rules.Release(
        cells=tuple((least, score) for least, score in told["cells"]),
        reasons=frozenset((score, tuple(codes)) for score, codes in told["reasons"]),
    )


def as_stored(release: rules.Release) -> dict[str, Any]:
    return {
        "cells": [list(cell) for cell in release.cells],
        "reasons": [[score, list(codes)] for score, codes in sorted(release.reasons)],
    }


#: What is wrong with a file, in words.
FAULTS = {
    "not_utf8": _("文件不是 UTF-8 编码"),
    "not_readable": _("文件无法读取，不是约定的格式"),
    "too_large": _("文件过大"),
    "unknown_feature": _("含有目录之外的特征"),
    "inputs_named_once": _("没有输入特征，或同一特征出现多次"),
    "inputs_are_numbers": _("ONNX 模型的声明须用 inputs 列出数值特征"),
    "score_missing": _("没有声明评分范围（score）"),
    "score_range": _("评分范围或步长有误"),
    "bands_in_order": _("档位须从高到低排列，最低一档从最低分起"),
    "bins": _("分箱有误"),
    "bins_in_order": _("分箱须从小到大，最后一箱不设上限"),
    "features": _("特征列表有误"),
    "reasons": _("原因代码有误"),
    "unknown_reason": _("用到了没有声明的原因代码"),
    "not_a_whole_number": _("应为整数"),
    "graph_missing": _("声明了 inputs 但没有上传 ONNX 文件"),
    "reasons_and_output_differ": _("声明了原因代码的模型须有 reasons 输出，反之亦然"),
    "functions_or_training": _("含有自定义函数或训练信息"),
    "ir_version": _("ONNX 版本不受支持"),
    "opset": _("算子集版本不受支持"),
    "foreign_operators": _("含有自定义算子域"),
    "operator": _("含有不允许的算子"),
    "control_flow": _("含有条件或循环等控制流"),
    "data_outside": _("引用了文件之外的数据"),
    "sparse_data": _("含有稀疏张量"),
    "no_graph": _("没有计算图"),
    "nodes": _("节点数量超出范围"),
    "inputs_differ": _("模型输入与声明的特征不一致"),
    "inputs_are_columns_of_floats": _("每项输入须为 N×1 的单精度浮点列"),
    "outputs_differ": _("输出须依次为 score 和（如有）reasons"),
}
#: Bounds a model has broken, in words.
FINDINGS = {
    "sample_too_small": _("样本企业太少"),
    "band_too_small": _("有档位不足 10 户"),
    "reason_too_rare": _("有原因代码不足 10 户"),
    "constant": _("所有企业结果相同"),
    "too_many_outcomes": _("不同结果过多，几乎每户不同"),
    "firm_stands_alone": _("有企业被单独给分"),
    "too_slow": _("每户运行时间过长"),
    "echo": _("结果复述单项输入"),
    "echo_in_order": _("结果按单项输入排序"),
    "reasons_spell_out": _("原因代码拼出单项输入"),
    "last_steps_spell_out": _("评分末位拼出单项输入"),
    "hidden_figures": _("评分末位藏有输入的低位数字"),
    "failed_time": _("运行超时，已终止"),
    "failed_memory": _("占用内存过多，已终止"),
    "failed_broken": _("运行出错"),
    "failed_shape": _("输出与声明不符"),
    "failed_not_a_number": _("没有给出有效数值"),
    "failed_no_walls": _("运行环境不满足隔离要求"),
}
#: Why a run told nothing.
FAILURES = {
    "time": _("模型运行超时，已终止"),
    "memory": _("模型占用内存过多，已终止"),
    "broken": _("模型运行出错"),
    "shape": _("模型输出与声明不符"),
    "not_a_number": _("模型没有给出有效数值"),
    "no_walls": _("运行环境不满足隔离要求"),
}


@dataclass(frozen=True)
class Run:
    """One run in words."""

    run: ModelRun
    words: Mapping[str, str]

    @property
    def reasons(self) -> list[str]:
        return [self.words.get(code, code) for code in self.run.outcome.reasons] if self.is_done else []

    @property
    def is_done(self) -> bool:
        return hasattr(self.run, "outcome")

    @property
    def failure(self) -> str:
        code = self.run.outcome.failure_code if self.is_done else ""
        return str(FAILURES.get(code, consent.REFUSED_FOR.get(code, code)))


def runs_in_words(runs: Iterable[ModelRun]) -> list[Run]:
    words: dict[int, dict[str, str]] = {}
    found = list(runs)
    for run in found:
        if run.model_id not in words:
            words[run.model_id] = dict(card_of(run.model).scale.reasons)
    return [Run(run, words[run.model_id]) for run in found]


def with_outcomes(runs: QuerySet[ModelRun]) -> QuerySet[ModelRun]:
    return runs.select_related("model", "outcome", "institution", "asked_by")


def day_of(at: datetime) -> date:
    return timezone.localtime(at).date()


# --- For pages ----------------------------------------------------------------------------------------------------------


def named_inputs(names: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Features with what they mean: those named, or all that a model may take."""
    wanted = BY_NAME if names is None else {name: BY_NAME[name] for name in names}
    return [(name, feature.meaning) for name, feature in wanted.items()]


def band_in_words(feature: AskableFeature, band: Band) -> str:
    if band.first is None:
        return _now("低于 %(end)s") % {"end": said(feature, band.last or Decimal(0))}
    if band.last is None:
        return _now("%(start)s 及以上") % {"start": said(feature, band.first)}
    return f"{said(feature, band.first)} – {said(feature, band.last)}"


@dataclass(frozen=True)
class Report:
    """A review report in words; shares are whole percents."""

    report: ReviewReport
    findings: tuple[tuple[str, str, str], ...]
    inputs: tuple[dict[str, Any], ...]
    groups: tuple[tuple[str, list[dict[str, Any]]], ...]


WAYS = {"size": _("按规模"), "region": _("按地市"), "industry": _("按行业门类")}


def report_in_words(report: ReviewReport | None) -> Report | None:
    if report is None:
        return None
    figures_of = report.figures
    return Report(
        report=report,
        findings=tuple(
            (
                str(FINDINGS.get(one["code"], one["code"])),
                _meaning(one["place"]),
                f"{one['value']:.3g} / {one['limit']:.3g}",
            )
            for one in report.findings
        ),
        inputs=tuple(_input_in_words(one) for one in figures_of.get("inputs", ())),
        groups=tuple((str(WAYS[way]), rows) for way, rows in figures_of.get("groups", {}).items()),
    )


def _meaning(name: str) -> str:
    return BY_NAME[name].meaning if name in BY_NAME else name


def _input_in_words(one: Mapping[str, Any]) -> dict[str, Any]:
    shares = ("information", "order", "reasons", "last_steps", "hidden_figures")
    return {"name": one["name"], "meaning": _meaning(one["name"]), "known": one["known"]} | {
        share: f"{one[share]:.0%}" for share in shares
    }
