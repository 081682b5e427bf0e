"""What an administrator types about branches and posts."""

from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from institutions.models import Branch, Institution
from portal import regions
from portal.accounts.fields import MainlandPhoneField, e164
from portal.accounts.roles import OfficerRole


class AppointForm(forms.Form):
    address = forms.CharField(
        label=_("手机号或邮箱"),
        max_length=254,
        help_text=_("对方须已在平台注册，并已验证这个手机号或邮箱。"),
    )
    role = forms.ChoiceField(label=_("岗位"), choices=OfficerRole.choices)
    branch = forms.ModelChoiceField(
        label=_("网点"), queryset=Branch.objects.none(), required=False, empty_label=_("总部")
    )

    def __init__(self, *args: Any, institution: Institution, **options: Any) -> None:
        super().__init__(*args, **options)
        branch = self.fields["branch"]
        if isinstance(branch, forms.ModelChoiceField):
            branch.queryset = Branch.objects.filter(institution=institution)

    def clean_address(self) -> str:
        typed = str(self.cleaned_data["address"]).strip()
        if "@" in typed:
            validate_email(typed)
            return typed.lower()
        phone = e164(typed)
        MainlandPhoneField.e164_validator(phone)
        return phone


class BranchForm(forms.Form):
    name = forms.CharField(label=_("网点名称"), max_length=100)
    region_code = forms.ChoiceField(label=_("所在区域"), choices=regions.region_choices())
    address = forms.CharField(label=_("地址"), max_length=200, required=False)
    phone = forms.CharField(label=_("电话"), max_length=30, required=False)
