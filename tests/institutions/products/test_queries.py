from decimal import Decimal
from typing import Any

import pytest

from institutions.products.models import ProductVersion
from institutions.products.queries import SORTS, Change, Wish, changes, shelf, shelf_page, zone_counts
from institutions.products.states import VersionState
from institutions.states import InstitutionState
from tests.factories import ProductVersionFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", [state for state in VersionState.values if state != VersionState.LISTED])
def test_only_listed_versions_stand_on_the_shelf(state: str) -> None:
    ProductVersionFactory(state=state)

    assert list(shelf(Wish())) == []


def test_the_products_of_a_suspended_institution_leave_the_shelf() -> None:
    ProductVersionFactory(product__institution__state=InstitutionState.SUSPENDED)

    assert list(shelf(Wish())) == []


@pytest.mark.parametrize(
    ("wish", "is_found"),
    [
        (Wish(amount=Decimal(100_000)), True),
        (Wish(amount=Decimal(3_000_000)), True),
        (Wish(amount=Decimal("99999.99")), False),
        (Wish(amount=Decimal("3000000.01")), False),
        (Wish(term_months=6), True),
        (Wish(term_months=37), False),
        (Wish(highest_rate=Decimal("0.0385")), True),
        (Wish(highest_rate=Decimal("0.0384")), False),
        (Wish(guarantee="credit"), True),
        (Wish(guarantee="mortgage"), False),
        (Wish(zone="rural"), True),
        (Wish(zone="green"), False),
        (Wish(scene="tax"), True),
        (Wish(scene="tourism"), False),
        (Wish(institution_id=0), True),
        (Wish(institution_id=987654), False),
        (Wish(region="640100"), True),
        (Wish(region="640104"), True),
        (Wish(region="640200"), False),
        (Wish(region="640202"), False),
        (Wish(industry="F"), True),
        (Wish(industry="A"), False),
        (Wish(amount=Decimal(100_000), scene="tax", region="640104"), True),
        (Wish(amount=Decimal(100_000), scene="tax", region="640202"), False),
    ],
)
def test_each_facet_narrows_the_shelf(wish: Wish, is_found: bool) -> None:
    ProductVersionFactory(
        zone="rural",
        scene="tax",
        criteria=[{"kind": "region", "value": ["640100"]}, {"kind": "industry", "value": ["F", "G"]}],
    )

    assert shelf(wish).exists() is is_found


def test_a_product_without_the_criterion_suits_every_region_and_industry_it_does_not_exclude() -> None:
    ProductVersionFactory(criteria=[{"kind": "industry_excluded", "value": ["K"]}])

    found = [shelf(wish).exists() for wish in (Wish(region="640424"), Wish(industry="F"), Wish(industry="K"))]

    assert found == [True, True, False]


def test_a_city_also_finds_the_products_of_its_counties() -> None:
    ProductVersionFactory(criteria=[{"kind": "region", "value": ["640121"]}])

    found = [shelf(Wish(region=code)).exists() for code in ("640100", "640121", "640122", "640200")]

    assert found == [True, True, False, False]


@pytest.mark.parametrize("sort", SORTS)
def test_paging_meets_every_version_once_and_in_order(sort: str) -> None:
    for number in range(11):
        ProductVersionFactory(
            min_rate=Decimal(number % 3) / 100,
            max_rate=Decimal("0.1"),
            max_amount=Decimal(1_000_000 * (1 + number % 4)),
            max_term_months=12 * (1 + number % 2),
        )
    column, is_descending = SORTS[sort]

    met: list[ProductVersion] = []
    after, pages = "", 0
    while pages == 0 or after:
        rows, after = shelf_page(shelf(Wish()), sort=sort, after=after, size=4)
        met, pages = met + rows, pages + 1

    values = [getattr(version, column) for version in met]
    assert (pages, len({version.pk for version in met})) == (3, 11)
    assert values == sorted(values, reverse=is_descending)


@pytest.mark.parametrize("after", ["nonsense", "~", "x~1", "1.2.3~4", "~99999999"])
def test_a_page_key_nobody_gave_out_is_harmless(after: str) -> None:
    ProductVersionFactory()

    rows, _after = shelf_page(shelf(Wish()), sort="rate", after=after)

    assert len(rows) <= 1


def test_zones_count_what_stands_on_the_shelf() -> None:
    ProductVersionFactory.create_batch(2, zone="rural")
    ProductVersionFactory(zone="green", draft=True)
    ProductVersionFactory(zone="")

    assert zone_counts() == [("rural", "乡村振兴", 2)]


def test_changes_between_versions_are_told_in_words() -> None:
    first: dict[str, Any] = {"number": 1, "criteria": [{"kind": "min_years", "value": 2}], "asked_items": {}}
    before = ProductVersionFactory(**first)
    after = ProductVersionFactory(
        product=before.product,
        draft=True,
        number=2,
        min_rate=Decimal("0.035"),
        criteria=[{"kind": "min_grade", "value": "BBB"}],
        asked_items={"TX_RATING": "outcome"},
    )

    assert changes(before, after, {"TX_RATING": "纳税信用级别信息"}) == [
        Change("年利率", "3.85% – 6.00%", "3.50% – 6.00%"),
        Change("信用等级", "", "信用等级不低于BBB"),
        Change("所需信用信息", "不需要", "纳税信用级别信息（结论）"),
        Change("成立年限", "成立满2年", ""),
    ]
