"""A mainland mobile number, as people type it and as it is kept (E.164)."""

import re
import unicodedata
from typing import Any

from allauth.account.fields import PhoneField
from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

_SEPARATORS = re.compile(r"[\s()（）\-]")
_MAINLAND = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")


def e164(typed: str) -> str:
    """``+86`` and eleven digits for a mainland mobile number; anything else comes back as typed, for the validator to refuse."""
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed))
    match = _MAINLAND.fullmatch(plain)
    return f"+86{match[1]}" if match else plain


class MainlandPhoneField(PhoneField):  # type: ignore[misc] # allauth ships no types
    """Accepts 138 1234 5678, +86 138-1234-5678 and full-width digits alike."""

    e164_validator = RegexValidator(
        r"^\+861[3-9]\d{9}\Z", _("请输入 11 位中国大陆手机号，例如 138 1234 5678。"), code="invalid_phone"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options["label"] = _("手机号")
        options["validators"] = [self.e164_validator]
        options["widget"] = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"})
        super().__init__(*args, **options)

    def to_python(self, value: Any) -> str:
        return e164(super().to_python(value) or "")
