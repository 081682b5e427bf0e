"""The desk of the system administrator: lists, buttons, and nobody else behind it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import StaffPost, User
from portal.accounts.roles import StaffRole
from tests.factories import OfficerFactory, StaffPostFactory, UserFactory

pytestmark = pytest.mark.django_db

USERS, POSTS = "admin:accounts_user_changelist", "admin:accounts_staffpost_changelist"
SUBMITTED = {"_form_submitted": "on"}
POST = SUBMITTED | {"role": "treasurer", "region_code": "640100", "department": "银川市财政局"}


@pytest.fixture
def administrator(client: Client) -> User:
    user = StaffPostFactory(role=StaffRole.SYSTEM_ADMINISTRATOR).user
    client.force_login(user)
    return user


def press(client: Client, verb: str, row: Any, typed: dict[str, str] | None = None) -> str:
    """Press a button of the row's page; the page that follows."""
    url = reverse(f"admin:accounts_{row._meta.model_name}_{verb}", args=[row.pk])
    return client.post(url, typed or {}, follow=True).content.decode()


@pytest.mark.parametrize("page", [USERS, POSTS])
@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.SYSTEM_ADMINISTRATOR])
def test_other_posts_are_refused(client: Client, page: str, role: str) -> None:
    client.force_login(StaffPostFactory(role=role).user)

    assert client.get(reverse(page)).status_code == 403


@pytest.mark.parametrize("page", [USERS, POSTS])
def test_officers_do_not_come_in(client: Client, page: str) -> None:
    client.force_login(OfficerFactory().user)

    assert client.get(reverse(page)).status_code == 302


@pytest.mark.parametrize("verb", ["appoint", "deactivate", "reactivate"])
def test_other_posts_press_no_button_of_a_user(client: Client, verb: str) -> None:
    user = UserFactory(is_active=verb != "reactivate")
    client.force_login(StaffPostFactory(role=StaffRole.AUDITOR).user)

    answer = client.post(reverse(f"admin:accounts_user_{verb}", args=[user.pk]), POST)

    assert answer.status_code == 403
    assert User.objects.get(pk=user.pk).is_active == user.is_active
    assert not user.posts.exists()


def test_other_posts_open_no_account_and_end_no_post(client: Client) -> None:
    post = StaffPostFactory()
    client.force_login(StaffPostFactory(role=StaffRole.AUDITOR).user)
    account = SUBMITTED | {"full_name": "李明", "username": "liming", "email": "lm@example.com"}

    assert client.post(reverse("admin:accounts_user_open_account"), account).status_code == 403
    assert client.post(reverse("admin:accounts_staffpost_end", args=[post.pk])).status_code == 403
    assert not User.objects.filter(username="liming").exists()
    assert not StaffPost.objects.exclude(ended_at=None).exists()


@pytest.mark.usefixtures("administrator")
def test_the_pages_mask_how_to_reach_people_and_show_no_password(client: Client) -> None:
    user = UserFactory(full_name="李明", phone="+8613912345678", email="liming@example.com")

    listed = client.get(reverse(USERS)).content.decode()
    read = client.get(reverse("admin:accounts_user_change", args=[user.pk])).content.decode()

    for page in (listed, read):
        assert "李明" in page
        assert "139****5678" in page
        assert "l***@example.com" in page
        assert "13912345678" not in page
        assert "liming@example.com" not in page
        assert user.password not in page
    assert "is_superuser" not in read
    assert "user_permissions" not in read


@pytest.mark.usefixtures("administrator")
def test_a_user_is_found_by_the_whole_number_only(client: Client) -> None:
    UserFactory(full_name="李明", phone="+8613912345678")

    assert "李明" in client.get(reverse(USERS), {"q": "139 1234 5678"}).content.decode()
    assert "李明" not in client.get(reverse(USERS), {"q": "13912"}).content.decode()


@pytest.mark.usefixtures("administrator")
def test_nothing_is_typed_over(client: Client) -> None:
    post = StaffPostFactory()

    assert client.post(reverse("admin:accounts_user_change", args=[post.user_id]), {}).status_code == 403
    assert client.post(reverse("admin:accounts_staffpost_change", args=[post.pk]), {}).status_code == 403
    assert client.get(reverse("admin:accounts_user_add")).status_code == 403


@pytest.mark.usefixtures("administrator")
def test_the_desk_opens_an_account(client: Client) -> None:
    account = SUBMITTED | {"full_name": "李明", "username": "liming", "email": "lm@example.com"}

    page = client.post(reverse("admin:accounts_user_open_account"), account, follow=True).content.decode()

    assert "账户已开立" in page
    assert User.objects.get(username="liming").is_staff


@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize("username", ["13912345678", "李明", "a@b", "ab"])
def test_a_login_name_that_could_be_a_number_or_an_address_is_refused(client: Client, username: str) -> None:
    account = SUBMITTED | {"full_name": "李明", "username": username, "email": "lm@example.com"}

    page = client.post(reverse("admin:accounts_user_open_account"), account).content.decode()

    assert "登录名以小写字母开头" in page
    assert not User.objects.filter(username=username).exists()


@pytest.mark.usefixtures("administrator")
def test_the_desk_appoints_and_ends(client: Client) -> None:
    user = UserFactory(full_name="李明")

    assert "已任命。" in press(client, "appoint", user, POST)
    post = user.posts.get()
    listed = client.get(reverse(POSTS)).content.decode()
    assert "李明" in listed
    assert "银川市财政局" in listed

    assert "岗位已结束。" in press(client, "end", post)
    assert not User.objects.get(pk=user.pk).is_staff
    assert "李明" not in client.get(reverse(POSTS), {"ended": "0"}).content.decode()


@pytest.mark.usefixtures("administrator")
def test_the_desk_says_why_it_does_not_appoint(client: Client) -> None:
    user = StaffPostFactory(role=StaffRole.AUDITOR).user

    assert "三员分离" in press(client, "appoint", user, POST | {"role": "security_administrator"})
    assert user.posts.count() == 1


@pytest.mark.usefixtures("administrator")
def test_the_desk_closes_and_opens_an_account(client: Client) -> None:
    user = UserFactory()

    assert "账户已停用" in press(client, "deactivate", user)
    assert not User.objects.get(pk=user.pk).is_active
    assert "账户已恢复" in press(client, "reactivate", user)
    assert User.objects.get(pk=user.pk).is_active


def test_the_pages_of_oneself_have_no_buttons(client: Client, administrator: User) -> None:
    own = client.get(reverse("admin:accounts_user_change", args=[administrator.pk])).content.decode()

    assert "停用账户" not in own
    assert "任命岗位" not in own
    for verb in ("appoint", "deactivate", "reactivate"):
        assert client.post(reverse(f"admin:accounts_user_{verb}", args=[administrator.pk]), POST).status_code == 403
    post = administrator.posts.get()
    assert client.post(reverse("admin:accounts_staffpost_end", args=[post.pk])).status_code == 403
    assert administrator.posts.filter(ended_at=None).exists()


@pytest.mark.usefixtures("administrator")
def test_a_link_presses_no_button(client: Client) -> None:
    user = UserFactory()

    assert client.get(reverse("admin:accounts_user_deactivate", args=[user.pk])).status_code == 405
    assert User.objects.get(pk=user.pk).is_active


@pytest.mark.usefixtures("administrator")
def test_the_buttons_stand_where_they_are_looked_for(client: Client) -> None:
    post = StaffPostFactory()
    ask = reverse("admin:accounts_user_appoint", args=[post.user_id])

    assert reverse("admin:accounts_user_open_account") in client.get(reverse(USERS)).content.decode()
    assert ask in client.get(reverse("admin:accounts_user_change", args=[post.user_id])).content.decode()
    assert "宁东" in client.get(ask).content.decode()
    page = client.get(reverse("admin:accounts_staffpost_change", args=[post.pk])).content.decode()
    assert reverse("admin:accounts_staffpost_end", args=[post.pk]) in page
