"""How the sign-in library keeps phone numbers and speaks to people here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import keyring
from portal.accounts import actions
from portal.accounts.fields import MainlandPhoneField, e164
from portal.accounts.models import User
from portal.messages.actions import send_sms


class EmailOrPhoneStage(EmailVerificationStage):  # type: ignore[misc] # allauth ships no types
    """The e-mail address must be proved, unless the person has proved a phone number instead.

    At registration both are proved when both are given; later one proved channel is enough to come in. An account that
    an administrator made without an address has nothing to prove here.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user is not None and (not user.email or (user.phone_verified and not self.login.signup)):
            return None, True
        response: tuple[HttpResponse | None, bool] = super().handle()
        return response


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    error_messages = DefaultAccountAdapter.error_messages | {
        "phone_password_mismatch": gettext_lazy("手机号或密码不正确。"),
        "email_password_mismatch": gettext_lazy("邮箱或密码不正确。"),
        "username_password_mismatch": gettext_lazy("登录名或密码不正确。"),
        "incorrect_code": gettext_lazy("验证码不正确，请核对后重新输入。"),
        "too_many_login_attempts": gettext_lazy("登录失败次数过多，请 5 分钟后再试，或通过“忘记密码”重设。"),
        "rate_limited": gettext_lazy("操作过于频繁，请稍后再试。"),
        "unknown_phone": gettext_lazy("该手机号尚未注册。"),
        "phone_taken": gettext_lazy("该手机号已注册，请直接登录。"),
    }

    def get_login_stages(self) -> list[str]:
        ours = f"{EmailOrPhoneStage.__module__}.{EmailOrPhoneStage.__name__}"
        return [ours if stage.endswith(".EmailVerificationStage") else stage for stage in super().get_login_stages()]

    def format_email_subject(self, subject: str) -> str:
        return f"【{settings.SITE_NAME}】{subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Letters sign with the station's name, not with the address of the machine."""
        site = {"name": settings.SITE_NAME, "domain": settings.SITE_URL}
        super().send_mail(template_prefix, email, {**context, "current_site": site})

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """A name that says nothing of the person; nobody needs to know it."""
        user.username = user.username or f"u{get_random_string(12, '0123456789')}"

    def phone_form_field(self, **options: Any) -> MainlandPhoneField:
        return MainlandPhoneField(**options)

    def clean_phone(self, phone: str) -> str:
        return e164(phone)

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        actions.keep_phone(user=user, phone=phone, is_verified=verified, at=timezone.now())

    def set_phone_verified(self, user: User, phone: str) -> None:
        actions.keep_phone(user=user, phone=phone, is_verified=True, at=timezone.now())

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=e164(phone)).order_by("pk").first()

    def send_verification_code_sms(self, user: User, phone: str, code: str, **signup: Any) -> None:
        text = _("【%(site)s】验证码 %(code)s，15 分钟内有效。请勿告知他人，工作人员不会向您索要验证码。")
        self._send_sms(user, phone, text % {"site": settings.SITE_NAME, "code": code})

    def send_account_already_exists_sms(self, phone: str) -> None:
        text = _("【%(site)s】有人用本手机号申请注册，但该号码已有账户。如是您本人，请直接登录；否则请忽略。")
        self._send_sms(self.get_user_by_phone(phone), phone, text % {"site": settings.SITE_NAME})

    def send_unknown_account_sms(self, phone: str, **signup: Any) -> None:
        text = _("【%(site)s】有人用本手机号申请登录，但该号码尚未注册。如是您本人，请先注册；否则请忽略。")
        self._send_sms(None, phone, text % {"site": settings.SITE_NAME})

    def _send_sms(self, user: User | None, phone: str, body: str) -> None:
        send_sms(to=user, phone=phone, body=body, at=timezone.now())


class SealingMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth ships no types
    """The secrets of second factors (TOTP keys, seeds of recovery codes) are sealed at rest."""

    purpose = "mfa_authenticator.data"

    def encrypt(self, text: str) -> str:
        return keyring.sealer().seal(text, self.purpose)

    def decrypt(self, encrypted_text: str) -> str:
        return keyring.sealer().open(encrypted_text, self.purpose)
