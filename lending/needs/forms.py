"""What a firm types to ask for money, in the units it thinks in: 万元, months, percent."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from institutions.products.models import Guarantee
from lending.needs import rules
from lending.needs.models import Use
from portal import money


class WanField(forms.DecimalField):
    """Typed in 万元, cleaned to yuan."""

    def __init__(
        self, *, lowest: Decimal = rules.LEAST_AMOUNT, highest: Decimal = rules.GREATEST_AMOUNT, **options: Any
    ) -> None:
        options.setdefault("max_digits", 14)
        options.setdefault("decimal_places", 6)
        options.setdefault("widget", forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}))
        super().__init__(min_value=lowest / money.WAN, max_value=highest / money.WAN, **options)

    def prepare_value(self, value: Any) -> Any:
        """Initial values are yuan; what was typed stays as typed."""
        return f"{(value / money.WAN).normalize():f}" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        typed = super().clean(value)
        return None if typed is None else money.from_wan(typed)


class PercentField(forms.DecimalField):
    """Typed in percent a year, cleaned to a fraction."""

    def __init__(self, *, lowest: Decimal = Decimal(0), highest: Decimal = rules.GREATEST_RATE, **options: Any) -> None:
        options.setdefault("max_digits", 7)
        options.setdefault("decimal_places", 4)
        options.setdefault("widget", forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}))
        super().__init__(min_value=lowest * 100, max_value=highest * 100, **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{(value * 100).normalize():f}" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        typed = super().clean(value)
        return None if typed is None else money.rate(typed / 100)


class ContactPhoneField(forms.CharField):
    """A mainland mobile number or a landline with its area code, kept without blanks."""

    def __init__(self, **options: Any) -> None:
        options["validators"] = [
            RegexValidator(
                r"^(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8})\Z",
                _("请输入 11 位手机号，或带区号的固定电话，例如 0951-1234567。"),
            )
        ]
        options.setdefault("widget", forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}))
        super().__init__(max_length=20, **options)

    def to_python(self, value: Any) -> str:
        plain = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", super().to_python(value) or ""))
        mobile = re.fullmatch(r"(?:\+?86|0086)?-?(1[\d-]+)", plain)
        return mobile[1].replace("-", "") if mobile else plain

    def prepare_value(self, value: Any) -> Any:
        return re.sub(r"^\+86(?=1)", "", value) if isinstance(value, str) else value


class NeedForm(forms.Form):
    amount = WanField(label=_("需要多少资金（万元）"))
    term_months = forms.IntegerField(
        label=_("用多久（月）"), min_value=1, max_value=rules.LONGEST_TERM_MONTHS, initial=12
    )
    use = forms.ChoiceField(label=_("用途"), choices=Use.choices)
    guarantees = forms.MultipleChoiceField(
        label=_("可提供的担保"),
        choices=Guarantee.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Guarantee.CREDIT],
        help_text=_("没有抵押物或担保人时选择“信用”。"),
    )
    highest_rate = PercentField(
        label=_("可接受的最高年利率（%）"),
        required=False,
        lowest=Decimal("0.001"),
        help_text=_("可不填；填写后会标出利率超出的产品。"),
    )
    is_first_loan = forms.BooleanField(
        label=_("本企业从未在银行办理过贷款（首贷）"), required=False, help_text=_("是否首贷以银行核实为准。")
    )
    contact_name = forms.CharField(label=_("联系人"), max_length=50)
    contact_phone = ContactPhoneField(label=_("联系电话"))
    note = forms.CharField(
        label=_("补充说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput)
