import uuid
from typing import Any

import pytest
from django.test import Client

from enterprises.models import Member
from lending.needs.models import Need
from portal.accounts.roles import EnterpriseRole
from tests.factories import ApplicationFactory, MemberFactory, NeedFactory, ProductVersionFactory

pytestmark = pytest.mark.django_db

TYPED = {
    "amount": "80.5",
    "term_months": "12",
    "use": "equipment",
    "guarantees": ["credit", "mortgage"],
    "highest_rate": "6",
    "contact_name": "马晓燕",
    "contact_phone": "+86 139-0951-0001",
    "note": "",
}


@pytest.fixture
def member(client: Client) -> Any:
    member = MemberFactory()
    client.force_login(member.user)
    return member


def test_the_list_shows_the_own_needs_only(client: Client, member: Member) -> None:
    own = NeedFactory(member=member)
    ApplicationFactory(need=own)
    NeedFactory(contact_phone="13999999999", amount="777700.00")

    page = client.get("/enterprise/needs/").content.decode()

    assert f"/enterprise/needs/{own.pk}/" in page
    assert page.count("data-lead") == 1
    assert "77.77" not in page


def test_the_empty_list_says_what_to_do(client: Client, member: Member) -> None:
    page = client.get("/enterprise/needs/").content.decode()

    assert "还没有发布过融资需求" in page
    assert "/enterprise/needs/post/" in page


def test_the_list_asks_as_often_for_three_needs_as_for_one(
    client: Client, member: Member, django_assert_num_queries: Any
) -> None:
    NeedFactory(member=member)
    client.get("/enterprise/needs/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        client.get("/enterprise/needs/")
    NeedFactory.create_batch(3, member=member)
    with django_assert_num_queries(len(one)):
        client.get("/enterprise/needs/")


def test_the_form_knows_whom_to_call(client: Client, member: Member) -> None:
    page = client.get("/enterprise/needs/post/").content.decode()

    assert f'value="{member.user.full_name}"' in page
    assert f'value="{member.user.phone.removeprefix("+86")}"' in page
    assert member.enterprise.uscc in page


def test_post_keeps_yuan_fractions_and_a_plain_phone_number(client: Client, member: Member) -> None:
    response = client.post("/enterprise/needs/post/", {**TYPED, "submission_key": uuid.uuid4()})

    need = Need.objects.get()
    assert response.url == f"/enterprise/needs/{need.pk}/"
    kept = (str(need.amount), str(need.highest_rate), need.contact_phone, need.guarantees, need.is_first_loan)
    assert kept == ("805000.00", "0.060000", "13909510001", ["credit", "mortgage"], False)


def test_a_second_click_is_the_same_need(client: Client, member: Member) -> None:
    sent = {**TYPED, "submission_key": uuid.uuid4()}

    first, second = client.post("/enterprise/needs/post/", sent), client.post("/enterprise/needs/post/", sent)

    assert first.url == second.url
    assert Need.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": "0.01"}, "大于或等于"),
        ({"amount": "200000"}, "小于或等于"),
        ({"term_months": "0"}, "大于或等于"),
        ({"highest_rate": "25"}, "小于或等于"),
        ({"guarantees": []}, "必填"),
        ({"contact_phone": "12345"}, "请输入 11 位手机号"),
    ],
)
def test_what_is_typed_wrong_is_said_in_place(
    client: Client, member: Member, change: dict[str, Any], message: str
) -> None:
    response = client.post("/enterprise/needs/post/", {**TYPED, **change, "submission_key": uuid.uuid4()})

    assert response.status_code == 422
    assert message in response.content.decode()
    assert Need.objects.count() == 0


def test_a_firm_that_is_not_living_is_told_so(client: Client, member: Member) -> None:
    type(member.enterprise).objects.filter(pk=member.enterprise_id).update(status="revoked")

    response = client.post("/enterprise/needs/post/", {**TYPED, "submission_key": uuid.uuid4()})

    assert response.status_code == 422
    assert "登记状态不是“存续”" in response.content.decode()


def test_a_viewer_reads_but_may_not_post(client: Client) -> None:
    viewer = MemberFactory(role=EnterpriseRole.VIEWER)
    client.force_login(viewer.user)

    assert "/enterprise/needs/post/" not in client.get("/enterprise/needs/").content.decode()
    assert client.get("/enterprise/needs/post/").status_code == 403


def test_withdraw_asks_once_more_then_does_it(client: Client, member: Member) -> None:
    need = NeedFactory(member=member)
    url = f"/enterprise/needs/{need.pk}/withdraw/"

    asked = client.get(url)
    need.refresh_from_db()
    assert (asked.status_code, need.state) == (200, "open")

    done = client.post(url, {"confirm": "yes"})
    need.refresh_from_db()
    assert (done.url, need.state) == ("/enterprise/needs/", "withdrawn")


def test_withdrawing_what_has_ended_is_refused(client: Client, member: Member) -> None:
    need = NeedFactory(member=member, state="lapsed")

    assert client.post(f"/enterprise/needs/{need.pk}/withdraw/").status_code == 409


def test_the_need_of_another_firm_does_not_exist(client: Client, member: Member) -> None:
    other = NeedFactory()

    assert client.get(f"/enterprise/needs/{other.pk}/withdraw/").status_code == 404
    assert client.get(f"/enterprise/needs/{other.pk}/").status_code == 404


@pytest.mark.parametrize(("state", "leads_to"), [("listed", "apply"), ("paused", "need")])
def test_whoever_comes_from_a_product_goes_on_to_apply_for_it_while_it_is_listed(
    state: str, leads_to: str, client: Client, member: Member
) -> None:
    version = ProductVersionFactory(state=state)

    response = client.post(f"/enterprise/needs/post/?version={version.pk}", {**TYPED, "submission_key": uuid.uuid4()})

    need = Need.objects.get()
    ways = {"apply": f"/enterprise/needs/{need.pk}/apply/{version.pk}/", "need": f"/enterprise/needs/{need.pk}/"}
    assert response["Location"] == ways[leads_to]
