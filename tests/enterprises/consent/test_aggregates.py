import datetime as dt

import pytest

from enterprises.consent import gate
from enterprises.consent.aggregates import CountyReach, reach
from enterprises.credit.models import FeatureRow
from enterprises.models import Enterprise
from institutions.products.criteria import compile_sql, judge
from tests.factories import EnterpriseFactory

pytestmark = pytest.mark.django_db


def _firms(count: int, county: str, **features: object) -> None:
    for firm in EnterpriseFactory.create_batch(count, county_code=county):
        FeatureRow.objects.create(enterprise=firm, refreshed_at=firm.registry_as_of, **features)


def test_counts_are_told_to_the_nearest_ten_and_small_cells_are_withheld() -> None:
    _firms(14, "640104", dishonest_open=0)
    _firms(9, "640202", dishonest_open=0)
    _firms(12, "640302", dishonest_open=1)

    condition, params = compile_sql([{"kind": "no_dishonesty", "value": True}], today=dt.date(2026, 11, 20))

    assert reach(condition, params) == [CountyReach("640104", 10), CountyReach("640202", None)]


def test_firms_that_are_gone_or_not_known_are_not_counted() -> None:
    EnterpriseFactory.create_batch(20, status="closed")
    EnterpriseFactory.create_batch(20)

    condition, params = compile_sql([{"kind": "no_dishonesty", "value": True}], today=dt.date(2026, 11, 20))

    assert reach("TRUE", []) == [CountyReach("640104", 20)]
    assert reach(condition, params) == []


def test_the_aggregate_counts_whom_the_gates_facts_fulfil() -> None:
    today = dt.date(2026, 11, 20)
    asked = [
        {"kind": "region", "value": ["640100"]},
        {"kind": "size_class", "value": ["small"]},
        {"kind": "min_years", "value": 2},
        {"kind": "min_insured_staff", "value": "5"},
    ]
    _firms(11, "640104", insured_staff=8)
    _firms(13, "640104", insured_staff=3)
    _firms(10, "640202", insured_staff=8)

    facts = gate.matching_facts_many(enterprise_ids=Enterprise.objects.values_list("pk", flat=True))
    fulfilled = sum(all(verdict.is_met for verdict in judge(asked, known, today=today)) for known in facts.values())

    assert fulfilled == 11
    assert reach(*compile_sql(asked, today=today)) == [CountyReach("640104", 10)]
