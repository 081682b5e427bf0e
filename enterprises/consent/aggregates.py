"""Figures over many firms that let nobody recognise one: what leaves here is rounded, and small cells are withheld."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from enterprises.credit.models import FeatureRow
from enterprises.evaluation.models import Grade, GradeKind
from enterprises.models import Enterprise, RegistrationStatus

#: A cell with fewer firms is not told; the others are told to the nearest ten, so that sums do not betray it.
SMALLEST_CELL: Final = 10

_FACTS: Final = f"""
    SELECT firm.id, firm.county_code, firm.city_code, firm.responsible_region, firm.industry_code, firm.kind,
           firm.size_class, firm.established_on, features.*,
           COALESCE(NULLIF(full_grade.letter, ''), NULLIF(base_grade.letter, '')) AS grade
      FROM {Enterprise._meta.db_table} firm
      LEFT JOIN {FeatureRow._meta.db_table} features ON features.enterprise_id = firm.id
      LEFT JOIN {Grade._meta.db_table} full_grade
             ON full_grade.enterprise_id = firm.id AND full_grade.is_current AND full_grade.kind = %s
      LEFT JOIN {Grade._meta.db_table} base_grade
             ON base_grade.enterprise_id = firm.id AND base_grade.is_current AND base_grade.kind = %s
     WHERE firm.status = %s
"""  # noqa: S608 - table names of our own models


@dataclass(frozen=True)
class CountyReach:
    """How many living firms of a county fulfil a condition, to the nearest ten; None where they are too few to tell."""

    county_code: str
    firms: int | None


def reach(condition: str, params: Sequence[Any]) -> list[CountyReach]:
    """Firms by county that are known to fulfil ``condition``, a condition over a relation ``facts`` with its parameters.

    Whoever is not known to fulfil it is not counted. Counties without any are absent.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT facts.county_code, count(*) FROM ({_FACTS}) AS facts"  # noqa: S608 - conditions are compiled by us
            f" WHERE {condition} GROUP BY facts.county_code ORDER BY facts.county_code",
            [GradeKind.FULL, GradeKind.BASE, RegistrationStatus.LIVING, *params],
        )
        found = cursor.fetchall()
    return [CountyReach(str(county), _told(int(firms))) for county, firms in found]


def _told(firms: int) -> int | None:
    return None if firms < SMALLEST_CELL else (firms + 5) // 10 * 10
