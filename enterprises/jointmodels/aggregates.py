"""Figures over many firms that let nobody recognise one.

Nothing is counted firm by firm. The living firms are put into cohorts of ten or more that are alike, each cohort is spoken for by the
middle of its members' features, and a figure is the sum of whole cohorts. So any two answers differ by whole cohorts or not at all:
whoever asks the same with one condition more, or takes a sum apart, never comes below ten firms, however often he asks and in
whatever order. What it costs is exactness, which a page says. Cohorts are formed anew once a month and stand still in between.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, Literal

from django.db import connection

from enterprises.consent.aggregates import feature_columns
from enterprises.jointmodels.models import Cohort

By = Literal["county", "industry"]
COLUMNS: Final = {"county": "county_code", "industry": "industry_section"}
NAMED: Final = re.compile(r"facts\.([a-z_0-9]+)")
#: Figures are told to the nearest ten: the sizes of cohorts are nobody's business either.
ROUNDED_TO: Final = 10


@dataclass(frozen=True)
class CountyReach:
    """How many living firms of a county fulfil a condition, to the nearest ten. A county where fewer than ten do is absent."""

    county_code: str
    firms: int


def reach(condition: str, params: Sequence[Any]) -> list[CountyReach]:
    """Firms by county that are known to fulfil ``condition``, a condition over a relation ``facts`` with its parameters."""
    found = _rows(
        f"SELECT facts.county_code, sum(facts.firms) FROM ({_facts(condition)}) AS facts"  # noqa: S608 - conditions are compiled by us
        f" WHERE {condition} GROUP BY facts.county_code ORDER BY facts.county_code",
        params,
    )
    return [CountyReach(str(county), _rounded(int(firms))) for county, firms in found]


@dataclass(frozen=True)
class Band:
    """Firms from ``first`` up to and without ``last``; an end that is None is open."""

    first: Decimal | None
    last: Decimal | None


@dataclass(frozen=True)
class Distribution:
    """Firms by place and band, to the nearest ten; None where there are fewer than ten. The last column is "not known"."""

    bands: tuple[Band, ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]


def distribution(feature: str, cuts: Sequence[Decimal], by: By) -> Distribution:
    """How the living firms lie in the bands of one feature, by county or by industry."""
    place, kind = COLUMNS[by], feature_columns()[feature]
    found = _rows(
        f"SELECT {place}, coalesce(width_bucket((features->>%s)::{kind}::numeric, %s::numeric[]), %s) AS band, sum(firms)"  # noqa: S608 - names of our own columns
        f" FROM {Cohort._meta.db_table} WHERE {place} <> '' GROUP BY 1, 2 ORDER BY 1, 2",
        [feature, list(cuts), len(cuts) + 1],
    )
    rows: dict[str, list[int | None]] = {}
    for where, band, firms in found:
        rows.setdefault(where, [None] * (len(cuts) + 2))[band] = _rounded(int(firms))
    ends: list[Decimal | None] = [None, *cuts, None]
    bands = tuple(Band(first, last) for first, last in pairwise(ends))
    return Distribution(bands, tuple((where, tuple(cells)) for where, cells in rows.items()))


def formed_on() -> date | None:
    """The day the cohorts are of; None before there are any."""
    return Cohort.objects.values_list("formed_on", flat=True).first()


def _facts(condition: str) -> str:
    """Cohorts as the relation ``facts``: the columns of the registry, and of the features those that the condition names."""
    known = feature_columns()
    named = sorted(set(NAMED.findall(condition)) & set(known))
    casts = "".join(f", (features->>'{name}')::{known[name]} AS {name}" for name in named)
    plain = "county_code, city_code, responsible_region, industry_section, industry_code, kind, size_class, established_on, grade, firms"
    return f"SELECT {plain}{casts} FROM {Cohort._meta.db_table}"  # noqa: S608 - names of our own columns


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _rounded(firms: int) -> int:
    return (firms + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO
