"""One need against 1,000 products with every reason, beside reading those products: `pytest tests/bench -m bench -s`."""

import statistics
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from django.test import Client

from institutions.products.models import ProductVersion
from lending.matching import queries
from tests.factories import InstitutionFactory, MemberFactory, NeedFactory, ProductVersionFactory

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

PRODUCTS = 1_000
CRITERIA = [
    {"kind": "region", "value": ["640100", "640300"]},
    {"kind": "industry_excluded", "value": ["K"]},
    {"kind": "size_class", "value": ["small", "micro"]},
    {"kind": "min_years", "value": 2},
    {"kind": "min_grade", "value": "BB"},
    {"kind": "tax_grade", "value": ["A", "B", "M"]},
    {"kind": "no_dishonesty", "value": True},
    {"kind": "min_sales", "value": "1000000"},
]


def median(act: Callable[[], object], runs: int = 7) -> float:
    """Median milliseconds of ``runs`` after one that warms up."""
    act()
    spans = []
    for _run in range(runs):
        begun = time.perf_counter()
        act()
        spans.append(time.perf_counter() - begun)
    return statistics.median(spans) * 1000


def test_one_need_meets_a_thousand_products(client: Client, now: datetime) -> None:
    banks = InstitutionFactory.create_batch(20)
    for number in range(PRODUCTS):
        ProductVersionFactory(
            product__institution=banks[number % 20],
            criteria=CRITERIA[: 1 + number % 8],
            min_rate=Decimal("0.035") + Decimal(number % 20) / 1000,
        )
    member = MemberFactory()
    need = NeedFactory(member=member)
    client.force_login(member.user)

    floor = median(lambda: list(ProductVersion.objects.on_shelf()))
    matched = median(lambda: queries.matches(need=need, at=now))
    page = median(lambda: client.get(f"/enterprise/needs/{need.pk}/"))

    found = queries.matches(need=need, at=now)
    assert len(found) == PRODUCTS
    assert sum(len(match.verdicts) - 3 for match in found) == sum(1 + n % 8 for n in range(PRODUCTS))
    print(f"\nread 1,000 versions {floor:.1f} ms, match {matched:.1f} ms ({matched / floor:.2f}), page {page:.1f} ms")
