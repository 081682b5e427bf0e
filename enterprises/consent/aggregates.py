"""Facts of many firms at once, for use inside: to form cohorts and to try models on. Nothing here leaves as it is."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import F, TextField, Value
from django.db.models.functions import MD5, Cast, Concat

from enterprises.credit.models import FeatureRow
from enterprises.evaluation.models import Grade, GradeKind
from enterprises.models import Enterprise, RegistrationStatus

#: Every living firm with its features and its best grade, as a relation with three parameters: see :func:`living`.
LIVING: Final = f"""
    SELECT firm.id, firm.county_code, firm.city_code, firm.responsible_region, firm.industry_code, firm.industry_section,
           firm.kind, firm.size_class, firm.established_on, features.*,
           COALESCE(NULLIF(full_grade.letter, ''), NULLIF(base_grade.letter, '')) AS grade
      FROM {Enterprise._meta.db_table} firm
      LEFT JOIN {FeatureRow._meta.db_table} features ON features.enterprise_id = firm.id
      LEFT JOIN {Grade._meta.db_table} full_grade
             ON full_grade.enterprise_id = firm.id AND full_grade.is_current AND full_grade.kind = %s
      LEFT JOIN {Grade._meta.db_table} base_grade
             ON base_grade.enterprise_id = firm.id AND base_grade.is_current AND base_grade.kind = %s
     WHERE firm.status = %s
"""  # noqa: S608 - table names of our own models
LIVING_PARAMS: Final = (GradeKind.FULL, GradeKind.BASE, RegistrationStatus.LIVING)


def feature_columns() -> dict[str, str]:
    """Every feature column with its type in the database."""
    fields = [
        field
        for field in FeatureRow._meta.local_fields
        if field.name not in {"enterprise", "refreshed_at", "items_as_of"}
    ]
    return {str(field.column): str(field.db_type(connection)) for field in fields}


@dataclass(frozen=True)
class Firm:
    """One firm of a trial run: where it belongs, for figures of fairness, and the facts asked for."""

    size_class: str
    city_code: str
    industry_section: str
    facts: dict[str, object]


def population(names: Collection[str], *, most: int, seed: str) -> list[Firm]:
    """Living firms that have features: all of them, or ``most`` drawn by ``seed``."""
    drawn = MD5(Concat(Cast("pk", TextField()), Value(seed)))
    rows = FeatureRow.objects.filter(enterprise__status=RegistrationStatus.LIVING).order_by(drawn, "pk")
    about = {
        "size": F("enterprise__size_class"),
        "city": F("enterprise__city_code"),
        "industry": F("enterprise__industry_section"),
    }
    found = rows.annotate(**about).values(*about, *names)[:most].iterator()
    return [Firm(row.pop("size"), row.pop("city"), row.pop("industry"), row) for row in found]
