"""What staff type to begin a draft and to set its terms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lending.compensation.models import Fund
from lending.compensation.states import BindsOn
from portal.accounts.models import User

DAY = {"type": "date"}


class DraftForm(forms.Form):
    """The same code makes a new version; another one a new scheme."""

    fund = forms.ModelChoiceField(label=_("资金池"), queryset=Fund.objects.none())
    code = forms.RegexField(
        label=_("方案代码"),
        regex=r"^[A-Z0-9-]{3,30}$",
        help_text=_("保留原代码即为新版本；另填代码即为新方案。大写字母、数字和连字符。"),
    )
    in_force_from = forms.DateField(label=_("生效日期"), widget=forms.DateInput(attrs=DAY))

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        funds = forms.ModelChoiceField(label=_("资金池"), queryset=Fund.objects.visible_to(user))
        self.fields["fund"] = funds


class SchemeTermsForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("名称"), max_length=60)
    legal_basis = forms.CharField(label=_("依据"), max_length=200)
    in_force_from = forms.DateField(label=_("生效日期"), widget=forms.DateInput(attrs=DAY))
    in_force_until = forms.DateField(
        label=_("失效日期"), required=False, widget=forms.DateInput(attrs=DAY), help_text=_("不填表示未定。")
    )
    binds_on = forms.ChoiceField(
        label=_("适用版本的确定日"), choices=BindsOn.choices, help_text=_("贷款适用哪一版本，按这一天确定。")
    )
    is_demonstration = forms.BooleanField(label=_("演示参数"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        begins, ends = cleaned.get("in_force_from"), cleaned.get("in_force_until")
        if begins and ends and ends < begins:
            raise ValidationError(gettext("失效日期不能早于生效日期。"))
        return cleaned

    def terms(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}


class BudgetForm(forms.Form):
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    amount = forms.DecimalField(label=_("年度预算（元）"), min_value=0, max_digits=18, decimal_places=2)
