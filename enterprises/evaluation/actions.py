"""Grade firms; put scorecards in force."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprises.credit import queries as credit
from enterprises.credit.models import FeatureRow
from enterprises.evaluation import queries, scorecards
from enterprises.evaluation.models import Grade, GradeKind, Scorecard
from enterprises.evaluation.states import MOVES, ScorecardState
from enterprises.models import Enterprise
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.audit import actions as audit
from portal.refusals import NotPermitted, Refusal
from portal.transitions import move

FACTS: Final = Path(__file__).parent / "facts"


class BadScorecard(Refusal):
    code = "bad_scorecard"
    message = _("评分卡内容有误，不能启用。请核对指标、分箱、等级区间后重新提交。")


class PrivateInBase(Refusal):
    code = "private_feature_in_base_card"
    message = _("基础评分卡只能使用公开信息，请去掉需要授权的指标后再启用。")


class UnknownKind(Refusal):
    code = "unknown_grade_kind"
    message = _("只有基础评价可以对全部市场主体运行；授权评价须在企业授权后逐户进行。")


def grade(*, enterprise_ids: Collection[int] | None, kind: str, at: datetime) -> int:
    """Judge the firms named (all, where None) by the base cards in force; return how many grades changed.

    History keeps a row per change: a firm whose judgement is what it was keeps its row.
    """
    if kind != GradeKind.BASE:
        raise UnknownKind
    return sum(_run(card, enterprise_ids, at) for card in queries.cards_in_force(kind))


@transaction.atomic
def grade_under_consent(
    *, enterprise: Enterprise, authorization_id: int, item_codes: Collection[str], valid_until: datetime, at: datetime
) -> Grade | None:
    """A full grade made of what the consent covers and nothing else; None where no full card fits the firm."""
    scorecard = next((c for c in queries.cards_in_force(GradeKind.FULL) if enterprise.kind in c.applies_to), None)
    if scorecard is None:
        return None
    features = credit.feature_facts([enterprise.pk]).get(enterprise.pk, {})
    facts = {**features, **queries.registry_facts(enterprise, day=timezone.localtime(at).date())}
    covered = _covered(scorecard.card, facts, frozenset(item_codes))
    judgement = scorecards.judge(scorecard.card, covered)
    end_full_grade(authorization_id=authorization_id)
    return Grade.objects.create(
        enterprise=enterprise,
        scorecard=scorecard,
        kind=GradeKind.FULL,
        authorization_id=authorization_id,
        valid_until=valid_until,
        score=judgement.score,
        letter=judgement.letter,
        bins=list(judgement.bins),
        knocked=list(judgement.knocked),
        missing_share=judgement.missing_share,
        features_at=FeatureRow.objects.filter(pk=enterprise.pk).values_list("refreshed_at", flat=True).first(),
        graded_at=at,
    )


def end_full_grade(*, authorization_id: int) -> int:
    """The consent has ended or its grade is made anew: the former grade is history."""
    grades = Grade.objects.filter(authorization_id=authorization_id, kind=GradeKind.FULL, is_current=True)
    return grades.update(is_current=False)


@transaction.atomic
def enforce(*, scorecard: Scorecard, by: User | None, at: datetime) -> Scorecard:
    """Put a draft in force; the card of the same name that was in force retires."""
    if by is not None and not by.may(Permission.GRADES_MANAGE):
        raise NotPermitted
    same_name = Scorecard.objects.select_for_update(of=("self",)).filter(name=scorecard.name).order_by("pk")
    cards = {card.pk: card for card in same_name}
    scorecard = cards[scorecard.pk]
    _check(scorecard)
    for former in cards.values():
        if former.state == ScorecardState.IN_FORCE:
            move(former, "retire", table=MOVES, by=by, at=at)
    move(scorecard, "enforce", table=MOVES, by=by, at=at)
    audit.record("scorecard.enforce", scorecard, by=by, at=at, facts={"kind": scorecard.kind})
    return scorecard


@transaction.atomic
def load_scorecards(*, by: User | None, at: datetime) -> list[Scorecard]:
    """Draft and enforce the cards that come with the station; one whose content is already known is left alone."""
    loaded = []
    for path in sorted(FACTS.glob("*.json")):
        entry: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = Scorecard.objects.filter(name=entry["name"])
        if known.filter(definition=entry["definition"]).exists():
            continue
        number = (known.aggregate(last=Max("number"))["last"] or 0) + 1
        scorecard = Scorecard.objects.create(
            name=entry["name"],
            kind=entry["kind"],
            applies_to=entry["applies_to"],
            definition=entry["definition"],
            number=number,
            drafted_at=at,
        )
        loaded.append(enforce(scorecard=scorecard, by=by, at=at))
    return loaded


def _check(scorecard: Scorecard) -> None:
    columns = {field.name for field in FeatureRow._meta.concrete_fields} | scorecards.REGISTRY_COLUMNS
    try:
        card = scorecards.read(scorecard.definition, known_columns=columns)
    except scorecards.BadDefinition as error:
        raise BadScorecard from error
    if scorecard.kind == GradeKind.BASE and FeatureRow.sensitive & set(card.columns):
        raise PrivateInBase


def _covered(card: scorecards.Card, facts: Mapping[str, object], item_codes: frozenset[str]) -> dict[str, object]:
    """Facts that are public, or made only of items the consent names."""
    hidden = {f.column for f in card.features if f.column in FeatureRow.sensitive and not f.items <= item_codes}
    return {column: value for column, value in facts.items() if column not in hidden}


@transaction.atomic
def _run(scorecard: Scorecard, enterprise_ids: Collection[int] | None, at: datetime) -> int:
    where = "TRUE" if enterprise_ids is None else "e.id = ANY(%(ids)s)"
    judged = scorecards.compile_sql(
        scorecard.card, day=timezone.localtime(at).date(), kinds=scorecard.applies_to, where=where
    )
    parameters: dict[str, Any] = {
        "ids": list(enterprise_ids or ()),
        "card": scorecard.pk,
        "kind": scorecard.kind,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE_CHANGED.format(judged=judged), parameters)
        cursor.execute(_INSERT_MISSING.format(judged=judged), parameters)
        return int(cursor.rowcount)


_CLOSE_CHANGED = """
    UPDATE evaluation_grade AS g SET is_current = FALSE FROM ({judged}) AS j
    WHERE g.enterprise_id = j.enterprise_id AND g.kind = %(kind)s AND g.is_current
      AND (g.scorecard_id, g.score, g.letter, g.bins, g.knocked, g.missing_share)
          IS DISTINCT FROM (%(card)s, j.score, j.letter, j.bins, j.knocked, j.missing_share)
"""

_INSERT_MISSING = """
    INSERT INTO evaluation_grade (enterprise_id, scorecard_id, kind, score, letter, bins, knocked, missing_share,
                                  features_at, graded_at, is_current)
    SELECT j.enterprise_id, %(card)s, %(kind)s, j.score, j.letter, j.bins, j.knocked, j.missing_share,
           j.features_at, %(at)s, TRUE
    FROM ({judged}) AS j
    WHERE NOT EXISTS (SELECT FROM evaluation_grade g
                      WHERE g.enterprise_id = j.enterprise_id AND g.kind = %(kind)s AND g.is_current)
"""
