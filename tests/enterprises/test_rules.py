"""The size standard at its boundaries, row by row of the table, in Python and in SQL."""

from decimal import Decimal

import pytest
from django.db import connection

from enterprises import rules
from enterprises.credit.loading.refreshing import size_class as size_class_in_sql
from enterprises.credit.models import FeatureRow
from enterprises.models import Enterprise
from portal.industries import section_of
from tests.factories import NOW, EnterpriseFactory

SAMPLES = {
    "A": "0111",
    "B": "0610",
    "C": "1351",
    "D": "4411",
    "E": "4710",
    "L": "7211",
    "M": "7310",
    "N": "7610",
    "O": "8011",
    "R": "8710",
}
PLENTY = Decimal(10**9)


def code_in(scope: str) -> str:
    return SAMPLES.get(scope, scope.ljust(4, "1"))


def figures(row: rules.Standard, value: Decimal) -> dict[str, Decimal]:
    """Every figure of the industry beyond doubt, but the one of ``row``."""
    names = {other.indicator for other in rules.STANDARDS if other.industry == row.industry}
    return dict.fromkeys(names, PLENTY) | {row.indicator: value}


CASES = [
    pytest.param(code_in(scope), figures(row, value), expected, id=f"{scope}-{row.indicator}-{value}")
    for row in rules.STANDARDS
    for scope in row.scopes
    for value, expected in (
        (row.large, "large"),
        (row.large - 1, "medium"),
        (row.medium, "medium"),
        (row.medium - 1, "small"),
        (row.small, "small"),
        (row.small - 1, "micro"),
    )
]
OTHERS = [
    ("6612", {}, "not_applicable"),
    ("8311", {}, "not_applicable"),
    ("8411", {}, "not_applicable"),
    ("5310", {}, "not_applicable"),
    ("7040", {}, "not_applicable"),
    ("9610", {}, "not_applicable"),
    ("", {}, "unknown"),
    ("59", {"employees": PLENTY, "revenue_wan": PLENTY}, "unknown"),
    ("70", {"employees": PLENTY, "revenue_wan": PLENTY, "assets_wan": PLENTY}, "unknown"),
    ("1351", {}, "unknown"),
    ("1351", {"employees": Decimal(500)}, "unknown"),
    ("1351", {"employees": Decimal(19)}, "micro"),
    ("1351", {"revenue_wan": Decimal(299)}, "micro"),
    ("1351", {"employees": Decimal(1000), "revenue_wan": Decimal(300)}, "small"),
]


def test_every_row_of_the_table_is_read() -> None:
    assert (len(rules.STANDARDS), len({row.industry for row in rules.STANDARDS})) == (30, 16)


@pytest.mark.parametrize(("industry", "known", "expected"), [*CASES, *OTHERS])
def test_the_class_follows_the_table(industry: str, known: dict[str, Decimal], expected: str) -> None:
    assert rules.size_class(industry_code=industry, **known) == expected


@pytest.mark.django_db
def test_sql_judges_every_case_as_python_does() -> None:
    cases = [(case.values[0], case.values[1]) for case in CASES] + [(code, known) for code, known, _ in OTHERS]
    for industry, known in cases:
        firm = EnterpriseFactory(industry_code=industry, industry_section=section_of(industry) if industry else "")
        yuan = {name: known[name] * 10000 for name in ("revenue_wan", "assets_wan") if name in known}
        FeatureRow.objects.create(
            enterprise=firm,
            refreshed_at=NOW,
            employees=known.get("employees"),
            revenue_amount=yuan.get("revenue_wan"),
            assets_amount=yuan.get("assets_wan"),
        )

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {size_class_in_sql().as_string(None)} FROM enterprises_enterprise e"
            " JOIN credit_featurerow f ON f.enterprise_id = e.id ORDER BY e.id"
        )
        judged = [found for (found,) in cursor.fetchall()]

    assert judged == [rules.size_class(industry_code=industry, **known) for industry, known in cases]
    assert Enterprise.objects.count() == len(cases)
