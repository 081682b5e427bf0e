"""The firm's part on a telephone: everything can be done at 390 px, and nothing sticks out sideways."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from enterprises import actions as registry
from enterprises.models import ProofMethod
from institutions.products import actions as products
from institutions.products.models import Guarantee, RepaymentMethod
from institutions.products.rules import Terms
from lending.applications.models import Application
from lending.province import people
from lending.province.draws import stream
from portal.accounts.roles import OfficerRole
from portal.money import from_wan, rate
from tests.journeys.conftest import PASSWORD, World
from tests.journeys.test_chain import ask_consent_and_apply

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def listed_product(world: World) -> None:
    manager, now = world.house.officers[OfficerRole.PRODUCT_MANAGER][0], timezone.now()
    terms = Terms(
        summary="面向中小微企业的信用贷款",
        min_amount=from_wan(1),
        max_amount=from_wan(300),
        min_term_months=3,
        max_term_months=24,
        min_rate=rate("0.035"),
        max_rate=rate("0.044"),
        guarantees=[Guarantee.CREDIT],
        repayment_methods=[RepaymentMethod.INTEREST_FIRST],
        asked_items={"TX_RATING": "detail", "TX_PAYMENT": "summary"},
    )
    version = products.draft(officer=manager, name="塞上信用快贷", terms=terms, at=now)
    version = products.submit(version=version, officer=manager, at=now)
    products.list_version(version=version, by=world.staff["reviewer"], at=now)


@pytest.fixture
def owner(world: World) -> str:
    now = timezone.now()
    crowd = people.People(PASSWORD, stream(1, "phone"))
    users = people.make_owners(crowd, [world.firm], first="legal", at=now - dt.timedelta(days=1))
    registry.claim_firm(
        user=users[world.firm.uscc],
        uscc=world.firm.uscc,
        method=ProofMethod.REGISTRY,
        claimed_name=world.firm.person,
        id_number=world.firm.id_number,
        at=now,
    )
    return "legal"


@pytest.mark.usefixtures("listed_product")
def test_a_firm_borrows_from_its_telephone(
    owner: str, visit: Callable[..., Page], snap: Callable[[Page, str], Path]
) -> None:
    application = ask_consent_and_apply(visit, snap, login=owner, phone=True)

    assert application.state == "submitted"
    page = visit(owner, phone=True)
    for address in (
        "/",
        "/products/",
        "/enterprise/",
        "/enterprise/needs/",
        "/enterprise/authorizations/",
        "/enterprise/looks/",
        "/enterprise/file/",
        "/enterprise/grade/",
        "/enterprise/members/",
        f"/enterprise/applications/{Application.objects.get().pk}/",
    ):
        page.goto(address)
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        snap(page, f"phone{address.replace('/', '-').rstrip('-')}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{address} is wider than the telephone"
