"""Grades and cards, read."""

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import Q

from enterprises.evaluation import scorecards
from enterprises.evaluation.models import Grade, GradeKind, Scorecard
from enterprises.evaluation.states import ScorecardState
from enterprises.models import Enterprise


def current_grades(enterprise_ids: Collection[int]) -> dict[int, dict[str, Grade]]:
    """The grades in force: firm, then kind. Of several full grades (one per consent) the newest stands."""
    found: dict[int, dict[str, Grade]] = {}
    grades = Grade.objects.filter(enterprise_id__in=enterprise_ids, is_current=True).select_related("scorecard")
    for grade in grades.order_by("graded_at", "pk"):
        found.setdefault(grade.enterprise_id, {})[grade.kind] = grade
    return found


def full_grade(authorization_id: int) -> Grade | None:
    """The full grade that was made under this consent."""
    return (
        Grade.objects.filter(authorization_id=authorization_id, kind=GradeKind.FULL, is_current=True)
        .select_related("scorecard")
        .first()
    )


def grades_under(*, enterprise_id: int, authorization_id: int) -> list[Grade]:
    """What the holder of a consent may know: the base grade of the firm and the full grade made under this very consent."""
    base = Q(enterprise_id=enterprise_id, kind=GradeKind.BASE, is_current=True)
    full = Q(authorization_id=authorization_id, kind=GradeKind.FULL, is_current=True)
    found = {grade.kind: grade for grade in Grade.objects.filter(base | full).select_related("scorecard")}
    return [found[kind] for kind in (GradeKind.BASE, GradeKind.FULL) if kind in found]


def history(enterprise_id: int, kind: str = GradeKind.BASE, limit: int = 12) -> list[Grade]:
    """Earlier grades of a firm, newest first."""
    rows = Grade.objects.filter(enterprise_id=enterprise_id, kind=kind).select_related("scorecard")
    return list(rows.order_by("-graded_at", "-pk")[:limit])


def cards_in_force(kind: str) -> list[Scorecard]:
    return list(Scorecard.objects.filter(kind=kind, state=ScorecardState.IN_FORCE).order_by("name", "pk"))


def registry_facts(enterprise: Enterprise, *, day: date) -> Mapping[str, object]:
    """The facts a card may ask of the registry."""
    return {"age_months": scorecards.age_months(enterprise.established_on, day), "status": enterprise.status}
