import pytest
from django.test import Client

from tests.factories import StaffPostFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_account_page_masks_the_phone_number(client: Client) -> None:
    client.force_login(UserFactory(phone="+8613895012345"))

    page = client.get("/accounts/home/").content.decode()

    assert "138****2345" in page
    assert "13895012345" not in page


@pytest.mark.parametrize(
    "address",
    ["email/", "phone/change/", "password/change/", "2fa/", "sessions/", "home/"],
)
def test_every_account_page_wears_the_station_and_marks_where_one_is(client: Client, address: str) -> None:
    client.force_login(UserFactory())

    page = client.get(f"/accounts/{address}").content.decode()

    assert f'<a href="/accounts/{address}" aria-current="page">' in page
    assert "st-foot" in page


def test_the_admin_site_sends_strangers_to_the_one_sign_in_page(client: Client) -> None:
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1] == ("/accounts/login/?next=%2Fadmin%2F", 302)


def test_the_admin_site_tells_who_may_not_enter(client: Client) -> None:
    client.force_login(UserFactory())

    answer = client.get("/admin/", follow=True)

    assert answer.status_code == 403
    assert "没有权限" in answer.content.decode()


def test_staff_enter_the_admin_site_and_see_only_what_their_post_opens(client: Client) -> None:
    client.force_login(StaffPostFactory(role="supervisor").user)

    page = client.get("/admin/").content.decode()

    assert "/admin/pages/article/" in page
    assert "/admin/audit/auditevent/" not in page
