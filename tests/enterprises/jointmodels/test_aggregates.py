"""Figures over cohorts, and the attacks on them."""

import datetime as dt
from decimal import Decimal
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enterprises.credit.models import FeatureRow
from enterprises.jointmodels import aggregates
from enterprises.jointmodels.actions import cohorts
from enterprises.jointmodels.aggregates import CountyReach
from enterprises.jointmodels.models import AggregateLook, Cohort
from enterprises.models import Enterprise
from institutions.products.criteria import compile_sql
from tests.factories import EnterpriseFactory, OfficerFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


def firms(count: int, county: str = "640104", **features: object) -> list[Enterprise]:
    made = EnterpriseFactory.create_batch(count, county_code=county)
    FeatureRow.objects.bulk_create(
        FeatureRow(enterprise=firm, refreshed_at=firm.registry_as_of, **features) for firm in made
    )
    return made


def form(now: dt.datetime) -> int:
    return cohorts.form(on=TODAY, at=now, anew=True)


def reach(*criteria: tuple[str, object]) -> dict[str, int]:
    asked = [{"kind": kind, "value": value} for kind, value in criteria]
    return {cell.county_code: cell.firms for cell in aggregates.reach(*compile_sql(asked, today=TODAY))}


def test_living_firms_are_put_into_cohorts_of_ten_or_more(now: dt.datetime) -> None:
    firms(34, "640104")
    firms(9, "640202")
    EnterpriseFactory.create_batch(20, county_code="640302", status="closed")

    made = form(now)

    assert made == 3
    assert sorted(Cohort.objects.values_list("county_code", "firms")) == [
        ("640104", 11),
        ("640104", 11),
        ("640104", 12),
    ]


def test_counts_are_sums_of_cohorts_to_the_nearest_ten(now: dt.datetime) -> None:
    firms(24, "640104", insured_staff=30)
    firms(20, "640202", insured_staff=3)
    form(now)

    assert reach(("min_insured_staff", "5")) == {"640104": 20}
    assert reach() == {"640104": 20, "640202": 20}


def test_firms_that_are_alike_stand_together(now: dt.datetime) -> None:
    firms(30, insured_staff=50, sales_12m_amount=Decimal(9_000_000))
    firms(30, insured_staff=2, sales_12m_amount=Decimal(90_000))
    form(now)

    assert reach(("min_insured_staff", "5")) == {"640104": 30}


def test_a_condition_on_what_is_not_known_counts_nobody(now: dt.datetime) -> None:
    firms(20)
    form(now)

    assert reach(("min_insured_staff", "5")) == {}


def test_cohorts_stand_still_within_a_month(now: dt.datetime) -> None:
    firms(20)
    form(now)
    firms(20)

    again = [
        cohorts.form(on=day, at=now) for day in (TODAY, TODAY + dt.timedelta(days=9), TODAY + dt.timedelta(days=12))
    ]

    assert again == [0, 0, 4]


def test_one_firm_more_or_less_in_a_condition_changes_nothing_or_ten(now: dt.datetime) -> None:
    """Differencing by two drafts: the target is the one firm between two neighbouring thresholds."""
    random = Random(3)
    for staff in random.sample(range(1, 400), 120):
        firms(1, insured_staff=staff)
    form(now)
    sizes = [0, *Cohort.objects.values_list("firms", flat=True)]

    counts = [sum(reach(("min_insured_staff", str(staff))).values()) for staff in range(1, 400, 4)]

    assert set(sizes) == {0, 10}
    assert {abs(first - second) for first, second in pairwise(counts)} <= {0, 10, 20}
    assert len(set(counts)) > 5  # it is an answer all the same


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    staff=st.lists(st.integers(0, 60), min_size=25, max_size=70),
    asked=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), min_size=2, max_size=6),
)
def test_no_two_answers_differ_by_fewer_than_ten_firms(
    now: dt.datetime, staff: list[int], asked: list[tuple[int, int]]
) -> None:
    """Whatever is asked: exact sums of cohorts are equal or at least ten apart in the firms they speak of."""
    FeatureRow.objects.all().delete()
    Enterprise.objects.all().delete()
    for number in staff:
        firms(1, insured_staff=number, licences_valid=number % 7)
    form(now)
    answers = []
    for least, years in asked:
        condition, params = compile_sql(
            [{"kind": "min_insured_staff", "value": str(least)}, {"kind": "min_years", "value": years}], today=TODAY
        )
        told = aggregates._rows(
            f"SELECT facts.pk FROM (SELECT id AS pk, established_on, (features->>'insured_staff')::integer AS insured_staff"
            f" FROM {Cohort._meta.db_table}) AS facts WHERE {condition}",
            params,
        )
        answers.append(frozenset(pk for (pk,) in told))
    size = dict(Cohort.objects.values_list("pk", "firms"))

    differences = [sum(size[pk] for pk in first ^ second) for first, second in combinations(answers, 2)]

    assert all(firms_between == 0 or firms_between >= 10 for firms_between in differences)


def test_the_target_cannot_be_told_from_any_count(now: dt.datetime) -> None:
    """Two worlds that differ in one firm's figure, with its neighbours as they are: the drafts around it count the same."""
    (target, *_others) = firms(40, insured_staff=20)
    worlds = []
    for staff in (20, 21):
        FeatureRow.objects.filter(enterprise=target).update(insured_staff=staff)
        form(now)
        worlds.append([reach(("min_insured_staff", str(least))) for least in (19, 20, 21, 22)])

    assert worlds[0] == worlds[1]


def test_a_distribution_withholds_what_is_below_ten_and_keeps_the_unknown_apart(now: dt.datetime) -> None:
    firms(30, "640104", tax_paid_12m_amount=Decimal(10_000))
    firms(20, "640104", tax_paid_12m_amount=Decimal(900_000))
    firms(20, "640202")
    form(now)

    told = aggregates.distribution("tax_paid_12m_amount", [Decimal(50_000), Decimal(1_000_000)], "county")

    assert told.rows == (("640104", (30, 20, None, None)), ("640202", (None, None, None, 20)))


def test_no_answer_is_given_before_there_are_cohorts() -> None:
    firms(30)

    assert (aggregates.formed_on(), reach()) == (None, {})


def test_who_asks_for_a_figure_is_noted(now: dt.datetime) -> None:
    officer = OfficerFactory()

    cohorts.note_look(officer=officer, question="distribution", places=["tax_paid_12m_amount", "county"], at=now)

    assert AggregateLook.objects.visible_to(officer.user).values_list("question", "places").get() == (
        "distribution", ["tax_paid_12m_amount", "county"],
    )  # fmt: skip
    assert not AggregateLook.objects.visible_to(OfficerFactory().user).exists()


def test_counties_are_told_apart(now: dt.datetime) -> None:
    firms(20, "640104", dishonest_open=0)
    firms(20, "640302", dishonest_open=1)
    form(now)

    condition, params = compile_sql([{"kind": "no_dishonesty", "value": True}], today=TODAY)

    assert aggregates.reach(condition, params) == [CountyReach("640104", 20)]
