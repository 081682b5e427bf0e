"""Put a question under a consent; keep what may be asked and how often."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from enterprises.consent import gate
from enterprises.jointmodels import policies, queries, rules
from enterprises.jointmodels.models import (
    Answer,
    AskableFeature,
    Comparison,
    Limit,
    Question,
    QuestionBudget,
    Reply,
)
from enterprises.models import Enterprise
from institutions.models import Institution, Officer
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.audit import actions as audit
from portal.refusals import Conflict, NotPermitted, Refusal

FACTS: Final = Path(__file__).parents[1] / "facts"


class FeatureClosed(Refusal):
    code = "feature_closed"
    message = _("这项特征目前不开放提问，请在列表中另选一项。")


class ComparisonNotOffered(Refusal):
    code = "comparison_not_offered"
    message = _("这项特征不支持这种比较方式，请按页面所列方式提问。")


class OffTheGrid(Refusal):
    code = "off_the_grid"

    def __init__(self, step: str = "") -> None:
        super().__init__(_("阈值须为 %(step)s 的整数倍，请调整后再问。") % {"step": step})


class BudgetSpent(Conflict):
    code = "budget_spent"

    def __init__(self, most: int = 0, months: int = 0) -> None:
        super().__init__(
            _(
                "对这家企业的这项特征，本周期（%(months)s 个月）可问的 %(most)s 个阈值已经用完。请使用已有答复，或在下一周期再问。"
            )
            % {"months": months, "most": most}
        )


class TooNarrow(Refusal):
    code = "too_narrow"

    def __init__(self, width: str = "") -> None:
        super().__init__(
            _("这个问题会把取值缩小到 %(width)s 以内，不予回答。请换一个离已问阈值更远的数，或请企业授权查看明细。")
            % {"width": width}
        )


class GridUnsound(Refusal):
    code = "grid_unsound"
    message = _("步长须大于 0，最窄区间不得小于步长，分档须从小到大。请检查后再保存。")


class FeatureUnknown(Refusal):
    code = "feature_unknown"
    message = _("没有这项数值特征，请按特征目录填写代码。")


class BudgetUnsound(Refusal):
    code = "budget_unsound"
    message = _("阈值个数至少为 1，周期须为 1、2、3、4、6 或 12 个月；同一特征和机构只能有一条预算。")


def ask(
    *,
    authorization_id: int,
    officer: Officer,
    feature: AskableFeature,
    comparison: str,
    threshold: Decimal,
    at: datetime,
) -> Question:
    """Put one question and answer it. The same question in the same window gives the answer that was given; nothing is looked up.

    Three transactions: the question is on record and counts before anything is read; the gate leaves its record with the
    look; the answer is kept. Whoever is stopped in between has spent a question and learnt nothing, and may ask it again.
    """
    question = _put(authorization_id, officer, feature, comparison, threshold, at=at)
    if hasattr(question, "answer"):
        return question
    try:
        facts = gate.model_facts(
            authorization_id=authorization_id,
            officer=officer,
            feature_names=[feature.feature, *gate.AGE_FACTS],
            purpose_of_use="verify",
            door="question",
            parent=("question", question.pk),
            at=at,
        )
    except gate.AccessRefused as refusal:
        _answer(question, Reply.REFUSED, by=officer, refusal_code=refusal.code, at=at)
        raise
    as_of = facts["items_as_of"]
    ages = queries.ages(feature.feature, as_of if isinstance(as_of, dict) else {})
    value = facts[feature.feature]
    known = value if isinstance(value, Decimal | int) and not rules.is_stale(ages, queries.day_of(at)) else None
    verdict = rules.judge(known, comparison, threshold)
    reply = {True: Reply.YES, False: Reply.NO, None: Reply.UNKNOWN}[verdict]
    _answer(question, reply, by=officer, as_of=min((day for day, _days in ages), default=None), at=at)
    return question


@transaction.atomic
def _put(
    authorization_id: int,
    officer: Officer,
    feature: AskableFeature,
    comparison: str,
    threshold: Decimal,
    *,
    at: datetime,
) -> Question:
    """The question on record, within its budget; the firm's row is locked, so that two at once count each other."""
    if not policies.may_ask(officer):
        raise NotPermitted
    authorization = queries.live_consents(officer, at=at).filter(pk=authorization_id).first()
    if authorization is None:
        raise gate.AuthorizationNotLive
    Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=authorization.enterprise_id)
    _check_form(feature, comparison, threshold)
    before = list(
        queries.asked_before(
            enterprise_id=authorization.enterprise_id, institution_id=officer.institution_id, feature=feature
        )
    )
    same = [one for one in before if (one.comparison, one.threshold) == (comparison, threshold)]
    if known := _within_budget(feature, officer, before, same, threshold, at=at):
        return known
    if not same and not queries.known_interval(before, feature).is_within_reach(threshold, feature.narrowest):
        raise TooNarrow(queries.said(feature, feature.narrowest))
    question = Question.objects.create(
        enterprise_id=authorization.enterprise_id,
        institution_id=officer.institution_id,
        authorization_id=authorization_id,
        feature=feature,
        comparison=comparison,
        threshold=threshold,
        asked_at=at,
        asked_by=officer.user,
    )
    audit.record(
        "question.put",
        question,
        by=officer.user,
        at=at,
        enterprise_id=authorization.enterprise_id,
        institution_id=officer.institution_id,
        facts={"feature": feature.feature, "comparison": comparison, "threshold": threshold},
    )
    return question


def _check_form(feature: AskableFeature, comparison: str, threshold: Decimal) -> None:
    if not feature.is_open:
        raise FeatureClosed
    if comparison not in feature.comparisons:
        raise ComparisonNotOffered
    if not rules.is_on_grid(threshold, feature.step):
        raise OffTheGrid(queries.said(feature, feature.step))


def _within_budget(
    feature: AskableFeature,
    officer: Officer,
    before: list[Question],
    same: list[Question],
    threshold: Decimal,
    *,
    at: datetime,
) -> Question | None:
    """The same question of this window if it was put; otherwise refuse where its threshold would be one too many."""
    budget = queries.budget_of(feature, officer.institution_id)
    if budget is None:
        raise FeatureClosed
    first = rules.window_start(queries.day_of(at), budget.window_months)
    in_window = [one for one in before if queries.day_of(one.asked_at) >= first]
    if known := next((one for one in same if one in in_window), None):
        return known
    if len({one.threshold for one in in_window} | {threshold}) > budget.most_thresholds:
        raise BudgetSpent(budget.most_thresholds, budget.window_months)
    return None


@transaction.atomic
def _answer(
    question: Question, reply: Reply, *, by: Officer, refusal_code: str = "", as_of: date | None = None, at: datetime
) -> None:
    """Kept once: of two who resume the same question, the first answer stands."""
    answer, is_new = Answer.objects.get_or_create(
        question=question,
        defaults={"reply": reply, "refusal_code": refusal_code, "as_of": as_of, "answered_at": at},
    )
    question.answer = answer
    if is_new:
        audit.record(
            "question.answer",
            question,
            by=by.user,
            at=at,
            enterprise_id=question.enterprise_id,
            institution_id=question.institution_id,
        )


# --- What may be asked --------------------------------------------------------------------------------------------------


@transaction.atomic
def keep_feature(*, feature: AskableFeature, by: User, at: datetime) -> AskableFeature:
    """Open, close or reshape what may be asked. Answers already given stay."""
    if not by.may(Permission.MODEL_REVIEW):
        raise NotPermitted
    if feature.feature not in queries.INPUTS - queries.WORDS:
        raise FeatureUnknown
    cuts, are_known = list(feature.cuts), not set(feature.comparisons) - set(Comparison.values)
    if not (are_known and 0 < feature.step <= feature.narrowest and cuts == sorted(set(cuts))):
        raise GridUnsound
    feature.save()
    audit.record("askable_feature.keep", feature, by=by, at=at, facts={"step": feature.step, "open": feature.is_open})
    return feature


@transaction.atomic
def keep_budget(
    *,
    budget: QuestionBudget | None,
    feature: AskableFeature | None,
    institution: Institution | None,
    most_thresholds: int,
    window_months: int,
    by: User,
    at: datetime,
) -> QuestionBudget:
    if not by.may(Permission.MODEL_REVIEW):
        raise NotPermitted
    budget = budget or QuestionBudget()
    check_budget(budget, feature, institution, most_thresholds, window_months)
    budget.feature, budget.institution = feature, institution
    budget.most_thresholds, budget.window_months = most_thresholds, window_months
    budget.save()
    audit.record("question_budget.keep", budget, by=by, at=at, facts={"most": most_thresholds, "months": window_months})
    return budget


def check_budget(
    budget: QuestionBudget,
    feature: AskableFeature | None,
    institution: Institution | None,
    most_thresholds: int,
    window_months: int,
) -> None:
    """Refuse what no budget may say, and a second row for the same feature and institution."""
    rival = QuestionBudget.objects.filter(feature=feature, institution=institution).exclude(pk=budget.pk)
    if most_thresholds < 1 or window_months not in {1, 2, 3, 4, 6, 12} or rival.exists():
        raise BudgetUnsound


@transaction.atomic
def load_bounds() -> int:
    """The features, the budget and the limits that come with the station; what staff have set stays as it is."""
    made = 0
    for place, entry in enumerate(_facts("askable"), start=1):
        made += AskableFeature.objects.get_or_create(
            feature=entry.pop("feature"), defaults=entry | {"sequence": place}
        )[1]
    for place, entry in enumerate(_facts("limits"), start=1):
        made += Limit.objects.get_or_create(code=entry.pop("code"), defaults=entry | {"sequence": place})[1]
    made += QuestionBudget.objects.get_or_create(
        feature=None, institution=None, defaults={"most_thresholds": 3, "window_months": 3}
    )[1]
    return made


def _facts(name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((FACTS / f"{name}.json").read_text(encoding="utf-8"))
    return found
