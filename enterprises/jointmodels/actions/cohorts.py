"""Form the cohorts that figures over many firms are made of; note who asked for which figure."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction

from enterprises.consent.aggregates import LIVING, LIVING_PARAMS, feature_columns
from enterprises.jointmodels import aggregates
from enterprises.jointmodels.models import AggregateLook, Cohort
from enterprises.jointmodels.rules import SMALLEST_GROUP
from institutions.models import Officer

TABLE: Final = Cohort._meta.db_table
#: Who stands beside whom before a county is cut into cohorts: firms with open adverse records first, then alike by trade, size,
#: grade and turnover.
LIKENESS: Final = """
    (coalesce(dishonest_open, 0) + coalesce(serious_list_open, 0) + coalesce(abnormal_open, 0) + coalesce(bankruptcy_open, 0) > 0),
    kind, industry_section, size_class, grade NULLS LAST, tax_grade NULLS LAST, sales_12m_amount NULLS FIRST,
    insured_staff NULLS FIRST, established_on, id
"""
MODES: Final = ("city_code", "responsible_region", "industry_section", "industry_code", "kind", "size_class")


def form(*, on: date, at: datetime, anew: bool = False) -> int:
    """Cohorts of the month, in the place of the last month's; nothing where this month's stand. Returns their number."""
    standing = aggregates.formed_on()
    if standing is not None and standing >= on.replace(day=1) and not anew:
        return 0
    return _form(on)


@transaction.atomic
def _form(on: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {TABLE} IN EXCLUSIVE MODE")
        cursor.execute(f"DELETE FROM {TABLE}")  # noqa: S608 - our own table
        cursor.execute(_sql(), [*LIVING_PARAMS, SMALLEST_GROUP, SMALLEST_GROUP, on])
        return int(cursor.rowcount)


def _sql() -> str:
    """One statement. A county of n firms is cut into n // 10 runs of ten or more; the middle of a run speaks for it."""
    modes = ", ".join(f"mode() WITHIN GROUP (ORDER BY {name})" for name in MODES)
    return f"""
        WITH ordered AS (
            SELECT living.*, row_number() OVER (PARTITION BY county_code ORDER BY {LIKENESS}) - 1 AS place,
                   count(*) OVER (PARTITION BY county_code) AS neighbours
              FROM ({LIVING}) AS living
        ), parted AS (
            SELECT *, place * (neighbours / %s) / neighbours AS run FROM ordered WHERE neighbours >= %s
        )
        INSERT INTO {TABLE} (formed_on, firms, county_code, {", ".join(MODES)}, established_on, grade, features)
        SELECT %s, count(*), county_code, {modes}, percentile_disc(0.5) WITHIN GROUP (ORDER BY established_on),
               {_middle("grade")}, {_features()}
          FROM parted GROUP BY county_code, run
    """  # noqa: S608 - names of our own columns


def _features() -> str:
    """All features as one object, in pieces, because a function takes a hundred arguments at most."""
    names = list(feature_columns())
    pieces = [names[start : start + 40] for start in range(0, len(names), 40)]
    objects = (", ".join(f"'{name}', {_middle(name)}" for name in piece) for piece in pieces)
    return " || ".join(f"jsonb_build_object({one})" for one in objects)


def _middle(name: str) -> str:
    return f"CASE WHEN count({name}) * 2 > count(*) THEN percentile_disc(0.5) WITHIN GROUP (ORDER BY {name}) END"


@transaction.atomic
def note_look(*, officer: Officer, question: str, places: Sequence[str], at: datetime) -> AggregateLook:
    """Who asked for which figure: the security desk sees patterns in it."""
    return AggregateLook.objects.create(
        institution_id=officer.institution_id,
        asked_at=at,
        asked_by=officer.user,
        question=question[:40],
        places=[place[:40] for place in places],
    )
