"""Registration and sign-in, by phone or by e-mail."""

from typing import Any

from allauth.account.forms import LoginForm as LibraryLoginForm
from allauth.account.forms import RequestLoginCodeForm as LibraryRequestLoginCodeForm
from allauth.account.forms import SignupForm as LibrarySignupForm
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts import actions
from portal.accounts.models import User

#: The terms people agree to when they register; a new text is a new version.
TERMS_VERSION = "2026-11"


class SignupForm(LibrarySignupForm):  # type: ignore[misc] # allauth ships no types
    """A name, a phone number or an e-mail address (or both), a password, and the terms."""

    full_name = forms.CharField(label=_("姓名"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    agrees = forms.BooleanField(
        label=_("我已阅读并同意服务协议和隐私政策"),
        error_messages={"required": _("请阅读并勾选同意后再注册。")},
    )
    field_order = ["full_name", "phone", "email", "password1", "password2", "agrees"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].label = _("邮箱")
        self.fields["email"].required = self.fields["email"].widget.is_required = False
        self.fields["phone"].help_text = _("手机号和邮箱至少填一项；填写的都需要验证。")
        self.fields["password1"].label = _("密码")
        self.fields["password1"].help_text = _("至少 10 位，不能全是数字，也不要使用常见密码。")
        self.fields["password2"].label = _("再次输入密码")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        has_mistyped = {"phone", "email"} & self.errors.keys()
        if not has_mistyped and not cleaned.get("phone") and not cleaned.get("email"):
            self.add_error("phone", _("请填写手机号或邮箱，至少一项。"))
        return cleaned

    def _clean_phone(self) -> None:
        """Only a number its holder has proved counts as taken; the answer to the person typing is the same either way."""
        phone = self.cleaned_data.get("phone")
        if phone and User.objects.filter(phone=phone, phone_verified=True).exists():
            self.account_already_exists = True

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        actions.agree_to_terms(
            user=user, full_name=self.cleaned_data["full_name"], version=TERMS_VERSION, at=timezone.now()
        )


class LoginForm(LibraryLoginForm):  # type: ignore[misc] # allauth ships no types
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"].label = _("手机号、邮箱或登录名")
        self.fields["login"].widget.attrs = {"autocomplete": "username", "autofocus": True}
        self.fields["password"].label = _("密码")
        self.fields["password"].widget.attrs.pop("placeholder", None)


class RequestLoginCodeForm(LibraryRequestLoginCodeForm):  # type: ignore[misc] # allauth ships no types
    """A code instead of a password, as phones make usual. Government staff always need their password: to them, and to
    whoever tries their number, the answer is that of a number without an account."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields(["phone", "email"])
        self.fields["email"].label = _("邮箱")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        user: User | None = getattr(self, "_user", None)
        if not cleaned.get("phone") and not cleaned.get("email") and not self.errors:
            self.add_error("phone", _("请填写手机号或邮箱，至少一项。"))
        if user is not None and user.is_staff:
            self._user = None
        return cleaned
