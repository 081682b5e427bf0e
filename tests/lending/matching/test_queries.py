"""Which products fit, which nearly do, and in what order."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from enterprises.consent import gate
from lending.matching import queries
from lending.needs.models import Need
from tests.factories import NeedFactory, ProductVersionFactory

pytestmark = pytest.mark.django_db


def names(found: Any) -> Any:
    return [match.version.product.name for match in queries.with_versions(found)]


def product(name: str, **terms: Any) -> Any:
    return ProductVersionFactory(product__name=name, **terms)


@pytest.fixture
def need() -> Any:
    return NeedFactory(highest_rate=Decimal("0.050000"))


def test_products_are_parted_by_how_they_fit(need: Need, now: datetime) -> None:
    product("合适")
    product("额度不够", max_amount="300000.00")
    product("远", min_rate="0.055000", max_amount="300000.00")

    shelf = queries.sorted_shelf(need=need, at=now)

    assert [names(shelf.of(fit)) for fit in ("", "near", "other")] == [["合适"], ["额度不够"], ["远"]]
    assert shelf.near[0].near_miss.shortfall == "超出上限20万元"


def test_the_cheapest_fitting_product_comes_first_and_the_known_before_the_unknown(need: Need, now: datetime) -> None:
    product("贵", min_rate="0.045000")
    product("不详", min_rate="0.030000", criteria=[{"kind": "tax_grade", "value": ["A"]}])
    product("便宜", min_rate="0.039000")

    shelf = queries.sorted_shelf(need=need, at=now)

    assert names(shelf.fitting) == ["便宜", "贵", "不详"]
    assert [verdict.kind for verdict in shelf.fitting[2].unknown] == ["tax_grade"]


def test_products_off_the_shelf_do_not_appear(need: Need, now: datetime) -> None:
    for state in ("draft", "paused", "withdrawn", "replaced"):
        product(state, state=state)
    product("停业机构", product__institution__state="suspended")

    assert queries.matches(need=need, at=now) == []


def test_the_firm_is_judged_by_its_own_facts(need: Need, now: datetime) -> None:
    product("石嘴山", criteria=[{"kind": "region", "value": ["640200"]}])
    product("银川", criteria=[{"kind": "region", "value": ["640100"]}])

    shelf = queries.sorted_shelf(need=need, at=now)

    assert (names(shelf.fitting), names(shelf.near)) == (["银川"], ["石嘴山"])


def test_every_verdict_has_a_sentence(need: Need, now: datetime) -> None:
    product("全", criteria=[{"kind": "min_years", "value": 2}, {"kind": "no_dishonesty", "value": True}])

    (match,) = queries.matches(need=need, at=now)

    assert [(v.kind, v.is_met) for v in match.verdicts] == [
        ("amount", True),
        ("term", True),
        ("rate", True),
        ("guarantee", True),
        ("min_years", True),
        ("no_dishonesty", None),
    ]
    assert all(verdict.sentence for verdict in match.verdicts)


def test_sales_that_are_known_bound_the_indicative_amount(
    need: Need, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:

    product("税贷")
    facts = gate.matching_facts(enterprise_id=need.enterprise_id, at=now) | {"sales_12m_amount": Decimal("1234567.89")}
    monkeypatch.setattr(gate, "matching_facts", lambda **_asked: facts)

    (match,) = queries.matches(need=need, at=now)

    assert match.indicative_amount == Decimal("370000.00")


def test_the_number_of_queries_does_not_grow_with_the_shelf(
    need: Need, now: datetime, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    product("一")
    queries.matches(need=need, at=now)
    with CaptureQueriesContext(connection) as one:
        queries.matches(need=need, at=now)
    for number in range(5):
        product(f"第{number}")
    with django_assert_num_queries(len(one)):
        queries.matches(need=need, at=now)
