"""What people type to bind a firm and to invite others."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enterprises.digests import NUMBER, normalise_number
from enterprises.policies import INVITABLE
from portal.accounts.fields import MainlandPhoneField, e164
from portal.identifiers import UsccFault, is_resident_number, normalise_uscc, uscc_fault


class UsccField(forms.CharField):
    """Accepts blanks, dashes, lower case and full-width characters; says which character is wrong."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("统一社会信用代码"))
        options.setdefault(
            "help_text", _("营业执照上的 18 位代码。个体工商户、农民专业合作社同样适用，可以带空格粘贴。")
        )
        super().__init__(**options)
        self.widget.attrs |= {"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}

    def to_python(self, value: Any) -> str:
        return normalise_uscc(super().to_python(value) or "")

    def validate(self, value: Any) -> None:
        super().validate(value)
        fault = uscc_fault(value) if value else None
        if fault is not None:
            raise ValidationError(fault_sentence(value, fault), code=fault.code)


def fault_sentence(code: str, fault: UsccFault) -> str:
    """What is wrong with a code and what to look at."""
    if fault.code == "length":
        return gettext("统一社会信用代码应为 18 位，现在是 %(n)d 位，请补全或删去多余字符。") % {"n": len(code)}
    if fault.code == "character":
        return gettext(
            "第 %(n)d 位“%(c)s”不是代码可用的字符（代码不含字母 I、O、S、V、Z），请核对是否为数字 1、0、5、2。"
        ) % {
            "n": fault.position,
            "c": code[fault.position - 1],
        }
    if fault.code == "region":
        return gettext("第 3 至 8 位应为登记机关行政区划的 6 位数字，请核对。")
    if fault.code == "organisation_check":
        return gettext("第 17 位校验码“%(c)s”与前面的字符不符，请逐位核对第 9 至 17 位。") % {"c": code[16]}
    return gettext("第 18 位校验码“%(c)s”与前面的字符不符，请逐位核对整个代码。") % {"c": code[17]}


class UsccForm(forms.Form):
    uscc = UsccField()


class RegistryProofForm(forms.Form):
    """The legal representative's name and document number, to be compared with the registry."""

    claimed_name = forms.CharField(label=_("法定代表人（负责人、经营者）姓名"), max_length=100)
    id_number = forms.CharField(
        label=_("证件号码"),
        max_length=30,
        help_text=_("仅用于与登记信息比对，比对后不保存。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_id_number(self) -> str:
        number = normalise_number(self.cleaned_data["id_number"])
        if not NUMBER.fullmatch(number):
            raise ValidationError(gettext("请输入 18 位居民身份证号码，或登记时使用的其他证件号码。"))
        if len(number) == 18 and not is_resident_number(number):
            raise ValidationError(gettext("身份证号码的末位校验码不符，请逐位核对。"))
        return number


class LicenceProofForm(forms.Form):
    claimed_name = forms.CharField(label=_("法定代表人（负责人、经营者）姓名"), max_length=100)
    licence = forms.FileField(
        label=_("营业执照"),
        error_messages={"required": _("请选择营业执照的照片或扫描件。")},
        widget=forms.ClearableFileInput(attrs={"accept": ".jpg,.jpeg,.png,.pdf"}),
    )


class InviteForm(forms.Form):
    role = forms.ChoiceField(
        label=_("身份"),
        choices=[(role.value, role.label) for role in INVITABLE],
        widget=forms.RadioSelect,
        initial=INVITABLE[0],
    )
    address = forms.CharField(
        label=_("手机号或邮箱"), max_length=254, help_text=_("对方须用这个已验证的手机号或邮箱登录后接受，7 天内有效。")
    )

    def clean_address(self) -> str:
        typed = str(self.cleaned_data["address"]).strip()
        if "@" in typed:
            validate_email(typed)
            return typed.lower()
        phone = e164(typed)
        MainlandPhoneField.e164_validator(phone)
        return phone
