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
from enterprises.jointmodels.models import (
    Answer,
    AskableFeature,
    BankModel,
    Limit,
    ModelRun,
    Question,
    QuestionBudget,
    Reply,
    Unit,
)
from enterprises.jointmodels.states import ModelState
from institutions.models import Officer
from portal import figures

#: Features a model may name: those that are numbers or short codes of the feature row.
INPUTS = frozenset(credit.FEATURE_NAMES)


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
