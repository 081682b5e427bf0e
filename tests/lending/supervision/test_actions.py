"""The rollup against the rows it is made from, to the fen."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models import Sum

from institutions.products.models import Guarantee
from lending.applications.models import Application
from lending.loans.models import Loan
from lending.needs.models import Need
from lending.supervision import actions, queries
from lending.supervision.models import DayFigures
from portal import regions
from portal.pages.models import FigureKey, PublishedFigure
from tests.factories import ApplicationFactory, ClaimFactory, LoanFactory, NeedFactory, RecoveryFactory, UserFactory

pytestmark = pytest.mark.django_db
EVERYWHERE = frozenset({regions.PROVINCE})
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 12, 31)


def count_all(at: dt.datetime) -> None:
    actions.refresh(days=queries.all_days(until=at.date()) | {at.date()}, at=at)


def whole(areas: frozenset[str] = EVERYWHERE) -> queries.Funnel:
    return queries.total(queries.funnel(areas=areas, first=FIRST, last=LAST))


@pytest.fixture
def rows(now: dt.datetime) -> None:
    """Loans in three places, refused and waiting applications, a paid claim with money back."""
    for county, amount in (("640104", "500000.00"), ("640181", "123456.78"), ("640402", "99999.99")):
        LoanFactory(
            application__need__enterprise__county_code=county,
            application__need__member__enterprise__county_code=county,
            application__need__amount=Decimal(amount),
        )
    ApplicationFactory(state="refused")
    ApplicationFactory()
    NeedFactory(posted_at=now - dt.timedelta(days=40))
    LoanFactory(guarantee=Guarantee.MORTGAGE, is_first_loan=True)


@pytest.mark.usefixtures("rows")
def test_funnel_equals_the_raw_rows_to_the_fen(now: dt.datetime) -> None:
    count_all(now)

    found = whole()

    decided = Application.objects.exclude(decided_at=None)
    assert (found.needs, found.needs_amount) == (Need.objects.count(), _sum(Need, "amount"))
    assert (found.applications, found.applications_amount) == (Application.objects.count(), _sum(Application, "amount"))
    assert (found.approvals, found.refusals) == (
        decided.filter(refusal_reason="").count(),
        decided.exclude(refusal_reason="").count(),
    )
    assert found.approvals_amount == decided.filter(refusal_reason="").aggregate(n=Sum("approved_amount"))["n"]
    assert (found.loans, found.loans_amount) == (Loan.objects.count(), _sum(Loan, "drawn_amount"))
    assert found.credit_loans_amount == found.loans_amount - Decimal("500000.00")
    assert found.first_loans == 1


@pytest.mark.usefixtures("rows")
def test_counting_the_same_days_again_changes_nothing(now: dt.datetime) -> None:
    count_all(now)
    before = list(DayFigures.objects.order_by("pk").values_list("day", "county_code", "loans_amount", "needs"))

    count_all(now)

    again = list(DayFigures.objects.order_by("pk").values_list("day", "county_code", "loans_amount", "needs"))
    assert again == before


@pytest.mark.usefixtures("rows")
def test_ningdong_stands_in_its_own_row_and_once_in_the_total(now: dt.datetime) -> None:
    count_all(now)

    by_code = {row.code: row for row in queries.funnel(areas=EVERYWHERE, first=FIRST, last=LAST)}

    assert by_code[regions.NINGDONG].loans_amount == Decimal("123456.78")
    assert by_code["640100"].loans_amount == Decimal("1000000.00")
    assert sum(row.loans_amount for row in by_code.values()) == _sum(Loan, "drawn_amount")
    assert list(by_code) == [region.code for region in regions.RESPONSIBLE]


@pytest.mark.usefixtures("rows")
def test_staff_of_a_city_see_their_city_only(now: dt.datetime) -> None:
    count_all(now)

    found = queries.funnel(areas=frozenset({"640400"}), first=FIRST, last=LAST)

    assert [(row.code, row.loans_amount) for row in found] == [("640400", Decimal("99999.99"))]


def test_compensation_paid_and_come_back_is_counted_on_its_days(now: dt.datetime) -> None:
    claim = ClaimFactory()
    handled = ("checked", "approved", "paid")
    stamps = {f"{step}_at": now for step in handled} | {f"{step}_by": UserFactory() for step in handled}
    type(claim).objects.filter(pk=claim.pk).update(state="paid", **stamps)
    RecoveryFactory(claim=claim)
    count_all(now)

    found = whole()

    assert (found.claims_paid, found.compensation_amount) == (1, Decimal("200000.00"))
    assert found.recovered_amount == Decimal("36000.00")


def test_a_late_report_touches_the_day_it_speaks_of(now: dt.datetime) -> None:
    loan = LoanFactory(drawn_on=dt.date(2026, 10, 3), drawn_at=now)

    assert dt.date(2026, 10, 3) in queries.days_touched(since=now - dt.timedelta(minutes=1))
    assert loan.drawn_on not in queries.days_touched(since=now + dt.timedelta(minutes=1))


def test_moments_fall_on_the_day_of_shanghai(now: dt.datetime) -> None:
    late = dt.datetime(2026, 11, 19, 16, 30, tzinfo=dt.UTC)  # half past midnight of the 20th in Ningxia
    NeedFactory(posted_at=late)
    count_all(now)

    assert list(DayFigures.objects.filter(needs=1).values_list("day", flat=True)) == [dt.date(2026, 11, 20)]


@pytest.mark.usefixtures("rows")
def test_publish_hands_down_only_what_has_moved(now: dt.datetime) -> None:
    count_all(now)

    first = actions.publish(as_of=now.date(), at=now)
    second = actions.publish(as_of=now.date(), at=now)

    assert {figure.key for figure in first} == set(FigureKey.values)
    assert second == []
    lent = PublishedFigure.objects.newest().get(key=FigureKey.LENT_AMOUNT)
    assert lent.value == _sum(Loan, "drawn_amount")


def _sum(model: type[Need] | type[Application] | type[Loan], field: str) -> Decimal:
    return Decimal(model.objects.aggregate(n=Sum(field))["n"])
