from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole, OfficerRole
from tests.factories import (
    ApplicationFactory,
    ClaimFactory,
    DocumentRequestFactory,
    InstitutionFactory,
    LoanFactory,
    MemberFactory,
    OfficerFactory,
    ProductVersionFactory,
    StaffPostFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("person", "address"),
    [
        (lambda: StaffPostFactory().user, "/admin/"),
        (lambda: OfficerFactory().user, "/bank/"),
        (lambda: MemberFactory().user, "/enterprise/"),
        (UserFactory, "/enterprise/bind/"),
    ],
    ids=["staff", "officer", "member", "nobody yet"],
)
def test_everybody_begins_on_the_first_page_of_their_audience(
    client: Client, person: Callable[[], User], address: str
) -> None:
    client.force_login(person())

    assert client.get("/after-login/")["Location"] == address


def test_the_firm_s_first_page_says_what_waits_and_what_is_next(client: Client) -> None:
    asked = DocumentRequestFactory(title="近三个月银行流水")
    client.force_login(asked.application.need.posted_by)

    html = client.get("/enterprise/").content.decode()

    assert "近三个月银行流水" in html
    assert f'href="/enterprise/applications/{asked.application_id}/"' in html
    assert "补充材料" in html


def test_a_firm_without_anything_is_led_to_post_a_need(client: Client) -> None:
    client.force_login(MemberFactory().user)

    html = client.get("/enterprise/").content.decode()

    assert 'href="/enterprise/needs/post/"' in html
    assert "还没有人查看过" in html


def test_the_firm_s_first_page_shows_the_next_payment_of_its_own_loans_only(client: Client) -> None:
    mine, other = LoanFactory(), LoanFactory()
    client.force_login(mine.application.need.posted_by)

    html = client.get("/enterprise/").content.decode()

    assert mine.contract_number in html
    assert other.contract_number not in html
    first = mine.instalments.order_by("number")[0]
    assert first.due_on.isoformat() in html
    assert f"{first.principal_due + first.interest_due:,.2f}".rstrip("0").rstrip(".") in html


def test_an_overdue_loan_is_the_next_step_of_the_firm(client: Client) -> None:
    loan = LoanFactory(overdue=45)
    client.force_login(loan.application.need.posted_by)

    html = client.get("/enterprise/").content.decode()

    assert "查看逾期贷款" in html
    assert "逾期 45 天" in html


def test_the_bank_s_first_page_shows_its_own_work_by_clock(client: Client) -> None:
    application, foreign = ApplicationFactory(), ApplicationFactory()
    officer = OfficerFactory(institution=application.institution)
    client.force_login(officer.user)

    html = client.get("/bank/").content.decode()

    assert f'href="/bank/applications/{application.pk}/"' in html
    assert f"/bank/applications/{foreign.pk}/" not in html


def test_the_bank_s_first_page_shows_drawdowns_overdue_loans_and_claims(client: Client) -> None:
    claim = ClaimFactory()
    bank = claim.institution
    officer = OfficerFactory(institution=bank)
    contracted = LoanFactory(state="contracted", application__product_version__product__institution=bank)
    client.force_login(officer.user)

    html = client.get("/bank/").content.decode()

    assert f'href="/bank/loans/{contracted.pk}/"' in html
    assert f'href="/bank/loans/{claim.enrolment.loan_id}/"' in html
    assert f'href="/bank/claims/{claim.pk}/"' in html


def test_a_product_manager_finds_drafts_and_no_applications(client: Client) -> None:
    version = ProductVersionFactory(draft=True)
    ApplicationFactory(product_version__product__institution=version.product.institution)
    manager = OfficerFactory(institution=version.product.institution, role=OfficerRole.PRODUCT_MANAGER)
    client.force_login(manager.user)

    html = client.get("/bank/").content.decode()

    assert f'href="/bank/products/{version.pk}/"' in html
    assert "/bank/applications/" not in html.replace('/bank/applications/"', "")


@pytest.mark.parametrize("rows", [1, 4])
def test_first_pages_ask_the_same_number_of_queries_whatever_waits(
    client: Client, rows: int, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    bank, member = InstitutionFactory(), MemberFactory()
    for _row in range(rows):
        product = {"product_version__product__institution": bank}
        ApplicationFactory(need__member=member, **product)
        LoanFactory(
            application__need__member=member, overdue=30, **{f"application__{k}": v for k, v in product.items()}
        )
    officer = OfficerFactory(institution=bank)

    client.force_login(member.user)
    with django_assert_max_num_queries(24):
        client.get("/enterprise/")
    client.force_login(officer.user)
    with django_assert_max_num_queries(24):
        client.get("/bank/")


def test_a_viewer_is_not_led_to_what_only_others_may_do(client: Client) -> None:
    client.force_login(MemberFactory(role=EnterpriseRole.VIEWER).user)

    html = client.get("/enterprise/").content.decode()

    assert "/enterprise/needs/post/" not in html
    assert 'href="/enterprise/file/"' in html


@pytest.mark.parametrize(
    ("role", "is_led"), [(OfficerRole.LOAN_OFFICER, True), (OfficerRole.PRODUCT_MANAGER, False)], ids=str
)
def test_the_inbox_is_in_the_menu_of_those_who_handle_applications(
    role: OfficerRole, is_led: bool, client: Client
) -> None:
    client.force_login(OfficerFactory(role=role).user)

    assert ('href="/bank/applications/"' in client.get("/bank/").content.decode()) is is_led
