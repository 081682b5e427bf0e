"""Registration and sign-in through the pages, by phone and by e-mail."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from pytest_django import Settings

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.messages.models import Channel, Message
from tests.factories import StaffPostFactory, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "黄河 anlan 2026"


@pytest.fixture(autouse=True)
def _mail_enters_the_outbox(settings: Settings) -> None:
    """As on the site; the test runner would put another backend in its place."""
    settings.EMAIL_BACKEND = "portal.messages.backends.OutboxBackend"


def sign_up(client: Client, **answers: str) -> None:
    form = {"full_name": "马丽", "password1": PASSWORD, "password2": PASSWORD, "agrees": "on"} | answers
    client.post("/accounts/signup/", form)


def code_sent_to(address: str) -> str:
    body = Message.objects.filter(address=address).latest("pk").body
    found = re.search(r"\b\d{6}\b", body)
    assert found, body
    return found[0]


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_phone_number_registers_an_account_once_its_code_is_entered(client: Client) -> None:
    sign_up(client, phone="138 9501 2345")
    assert not is_signed_in(client)

    client.post("/accounts/phone/verify/", {"code": code_sent_to("+8613895012345")})

    user = User.objects.get()
    assert (user.full_name, user.phone, user.phone_verified, user.email) == ("马丽", "+8613895012345", True, "")
    assert is_signed_in(client)
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True)) == ["registered", "phone_verified"]


def test_an_address_registers_an_account_once_its_code_is_entered(client: Client) -> None:
    sign_up(client, email="mali@example.com")
    assert not is_signed_in(client)

    client.post("/accounts/confirm-email/", {"code": code_sent_to("mali@example.com")})

    user = User.objects.get()
    assert (user.email, user.phone, user.phone_verified) == ("mali@example.com", None, False)
    assert EmailAddress.objects.get(user=user).verified
    assert is_signed_in(client)


def test_both_are_proved_when_both_are_given(client: Client) -> None:
    sign_up(client, phone="13895012345", email="mali@example.com")

    client.post("/accounts/phone/verify/", {"code": code_sent_to("+8613895012345")})
    assert not is_signed_in(client)
    client.post("/accounts/confirm-email/", {"code": code_sent_to("mali@example.com")})

    assert is_signed_in(client)


def test_a_wrong_code_signs_nobody_in(client: Client) -> None:
    sign_up(client, phone="13895012345")
    wrong = str(int(code_sent_to("+8613895012345")) ^ 1).zfill(6)

    answer = client.post("/accounts/phone/verify/", {"code": wrong})

    assert "验证码不正确" in answer.content.decode()
    assert not is_signed_in(client)
    assert not User.objects.get().phone_verified


def test_three_wrong_codes_end_the_attempt(client: Client) -> None:
    sign_up(client, phone="13895012345")
    code = code_sent_to("+8613895012345")
    wrong = str(int(code) ^ 1).zfill(6)

    for _attempt in range(3):
        client.post("/accounts/phone/verify/", {"code": wrong})
    client.post("/accounts/phone/verify/", {"code": code})

    assert not is_signed_in(client)


def test_a_number_in_use_makes_no_second_account_and_its_holder_is_told(client: Client) -> None:
    holder = UserFactory(phone="+8613895012345", phone_verified=True)

    sign_up(client, phone="13895012345")

    assert list(User.objects.all()) == [holder]
    message = Message.objects.get(channel=Channel.SMS)
    assert (message.recipient, "已有账户" in message.body) == (holder, True)


def test_a_number_somebody_typed_and_never_proved_stays_free(client: Client) -> None:
    squatter = UserFactory(phone="+8613895012345", phone_verified=False)

    sign_up(client, phone="13895012345")
    client.post("/accounts/phone/verify/", {"code": code_sent_to("+8613895012345")})

    squatter.refresh_from_db()
    assert squatter.phone is None
    assert User.objects.get(phone="+8613895012345").full_name == "马丽"


def test_an_address_in_use_makes_no_second_account(client: Client) -> None:
    holder = UserFactory(email="mali@example.com")
    EmailAddress.objects.create(user=holder, email="mali@example.com", verified=True, primary=True)

    sign_up(client, email="mali@example.com")

    assert list(User.objects.all()) == [holder]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "请填写手机号或邮箱，至少一项"),
        ({"phone": "12345"}, "请输入 11 位中国大陆手机号"),
        ({"phone": "+1 415 555 0100"}, "请输入 11 位中国大陆手机号"),
        ({"phone": "13895012345", "agrees": ""}, "请阅读并勾选同意后再注册"),
        ({"phone": "13895012345", "password1": "1234567890", "password2": "1234567890"}, "密码"),
        ({"phone": "13895012345", "password2": "another one 99"}, "密码"),
    ],
)
def test_registration_says_what_is_missing(client: Client, answers: dict[str, str], sentence: str) -> None:
    form = {"full_name": "马丽", "password1": PASSWORD, "password2": PASSWORD, "agrees": "on"} | answers

    answer = client.post("/accounts/signup/", form)

    assert "invalid-feedback" in answer.content.decode()
    assert sentence in answer.content.decode()
    assert not User.objects.exists()


def test_a_second_code_within_half_a_minute_is_refused(client: Client) -> None:
    sign_up(client, phone="13895012345")

    answer = client.post("/accounts/phone/verify/", {"action": "resend"}, follow=True)

    assert "操作过于频繁" in answer.content.decode()
    assert Message.objects.filter(address="+8613895012345").count() == 1


@pytest.mark.parametrize("login", ["13895012345", "+86 138-9501-2345", "mali@example.com", "mali"])
def test_number_address_and_name_all_sign_in(client: Client, login: str) -> None:
    user = UserFactory(username="mali", phone="+8613895012345", email="mali@example.com", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    client.post("/accounts/login/", {"login": login, "password": PASSWORD})

    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_wrong_password_signs_nobody_in_and_the_sixth_attempt_must_wait(client: Client) -> None:
    UserFactory(phone="+8613895012345", password=PASSWORD)

    answers = [client.post("/accounts/login/", {"login": "13895012345", "password": "wrong"}) for _ in range(6)]

    assert "手机号或密码不正确" in answers[0].content.decode()
    assert "登录失败次数过多" in answers[-1].content.decode()
    assert not is_signed_in(client)


def test_a_code_signs_in_without_a_password(client: Client) -> None:
    user = UserFactory(phone="+8613895012345")

    client.post("/accounts/login/code/", {"phone": "13895012345"})
    client.post("/accounts/login/code/confirm/", {"code": code_sent_to("+8613895012345")})

    assert client.session["_auth_user_id"] == str(user.pk)


def test_government_staff_get_no_code_and_no_hint(client: Client) -> None:
    post = StaffPostFactory(user__phone="+8613895012345", user__is_staff=True)

    client.post("/accounts/login/code/", {"phone": "13895012345"})

    message = Message.objects.get(address="+8613895012345")
    assert not re.search(r"\d{6}", message.body)
    assert message.recipient != post.user
