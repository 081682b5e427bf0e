"""The first page of the admin site for supervisors, and the ways down from its figures to the rows."""

import datetime as dt
import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from lending.supervision import actions, queries
from portal.accounts.models import User
from portal.accounts.roles import StaffRole
from tests.factories import ClaimFactory, LoanFactory, NeedFactory, StaffPostFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor() -> User:
    return StaffPostFactory(role=StaffRole.SUPERVISOR).user


@pytest.fixture
def lent_today() -> None:
    """A loan of 银川 and one of 固原, both drawn today; the whole chain behind each happened today too."""
    now = timezone.now()
    for county in ("640104", "640402"):
        member_firm = {"application__need__member__enterprise__county_code": county}
        loan = LoanFactory(drawn_on=timezone.localdate(), application__need__posted_at=now, **member_firm)
        application = loan.application
        type(application).objects.filter(pk=application.pk).update(submitted_at=now, decided_at=now)
    actions.refresh(days=queries.all_days(until=timezone.localdate()), at=now)


def page(client: Client, user: User, query: str = "?span=month") -> str:
    client.force_login(user)
    return client.get(f"/admin/{query}").content.decode()


@pytest.mark.usefixtures("lent_today")
def test_first_page_shows_the_funnel_by_region(client: Client, supervisor: User) -> None:
    html = page(client, supervisor)

    assert all(name in html for name in ("银川市", "固原市", "宁东能源化工基地"))
    assert re.search(r"100(\.00)? 万元", html)


@pytest.mark.usefixtures("lent_today")
def test_staff_of_a_city_are_shown_no_other(client: Client) -> None:
    html = page(client, StaffPostFactory(role=StaffRole.SUPERVISOR, region_code="640400").user)

    assert "固原市" in html
    assert "银川市" not in html


@pytest.mark.usefixtures("lent_today")
@pytest.mark.parametrize("place", ["needs/need", "applications/application", "loans/loan"])
def test_every_figure_leads_down_to_just_its_rows(client: Client, supervisor: User, place: str) -> None:
    html = page(client, supervisor)
    links = {
        unescape(link) for link in re.findall(rf'href="(/admin/{place}/\?[^"]*responsible_region=640400[^"]*)"', html)
    }

    regions_listed = [[row.responsible_region for row in client.get(link).context["cl"].result_list] for link in links]

    assert ["640400"] in regions_listed
    assert all(found in ([], ["640400"]) for found in regions_listed)


def test_posts_without_supervision_get_the_list_of_their_desks(client: Client) -> None:
    html = page(client, StaffPostFactory(role=StaffRole.TREASURER).user)

    assert "从需求到放款" not in html
    assert "/admin/compensation/claim/" in html


def test_number_of_queries_does_not_grow_with_the_rows(
    client: Client, supervisor: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    day = timezone.localdate()
    for _more in range(3):
        NeedFactory(posted_at=timezone.now() - dt.timedelta(days=1))
        ClaimFactory()
    actions.refresh(days=queries.all_days(until=day), at=timezone.now())
    client.force_login(supervisor)

    with django_assert_max_num_queries(25):
        client.get("/admin/")
