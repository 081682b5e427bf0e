"""What firm and officer type about an application. Bounds come from the product version at hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from institutions.products.models import Guarantee, ProductVersion, RepaymentMethod
from lending.applications.models import Application, RefusalReason
from lending.needs.forms import ContactPhoneField, PercentField, WanField
from portal import regions
from portal.figures import percent


class ApplyForm(forms.Form):
    contact_name = forms.CharField(label=_("联系人"), max_length=50)
    contact_phone = ContactPhoneField(label=_("联系电话"))
    is_first_loan = forms.BooleanField(label=_("本企业从未在银行办理过贷款（首贷）"), required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput)

    field_order = ["amount", "term_months"]

    def __init__(self, *args: Any, version: ProductVersion, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = WanField(
            label=_("申请金额（万元）"), lowest=version.min_amount, highest=version.max_amount
        )
        self.fields["term_months"] = forms.IntegerField(
            label=_("申请期限（月）"), min_value=version.min_term_months, max_value=version.max_term_months
        )
        self.order_fields(["amount", "term_months", "contact_name", "contact_phone", "is_first_loan"])


class AnswerForm(forms.Form):
    file = forms.FileField(label=_("文件"), widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}))
    note = forms.CharField(label=_("说明"), max_length=300, required=False)


class AskForm(forms.Form):
    title = forms.CharField(
        label=_("所需材料"), max_length=100, widget=forms.TextInput(attrs={"placeholder": _("例如：近三个月银行流水")})
    )
    note = forms.CharField(label=_("说明"), max_length=300, required=False)


class TermsForm(forms.Form):
    """The terms to propose or to grant; begins with what is asked, or with what was proposed."""

    def __init__(self, *args: Any, application: Application, **options: Any) -> None:
        version = application.product_version
        options.setdefault("initial", _initial(application))
        super().__init__(*args, **options)
        self.fields["amount"] = WanField(
            label=_("授信金额（万元）"), lowest=version.min_amount, highest=version.max_amount
        )
        self.fields["rate"] = PercentField(
            label=_("年利率（%）"),
            lowest=version.min_rate,
            highest=version.max_rate,
            help_text=_("产品区间 %(low)s – %(high)s")
            % {"low": percent(version.min_rate), "high": percent(version.max_rate)},
        )
        self.fields["term_months"] = forms.IntegerField(
            label=_("期限（月）"), min_value=version.min_term_months, max_value=version.max_term_months
        )
        self.fields["method"] = forms.ChoiceField(
            label=_("还款方式"), choices=_among(RepaymentMethod.choices, version.repayment_methods)
        )
        self.fields["guarantee"] = forms.ChoiceField(
            label=_("担保方式"), choices=_among(Guarantee.choices, version.guarantees)
        )
        self.fields["conditions"] = forms.CharField(
            label=_("授信条件"),
            max_length=500,
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("企业可见；授信金额高于申请金额时须写明理由。"),
        )


class RefuseForm(forms.Form):
    reason = forms.ChoiceField(label=_("原因"), choices=[("", _("请选择")), *RefusalReason.choices])
    note = forms.CharField(
        label=_("说明"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("企业会看到原因、说明和后续建议，请写清楚、说得明白。"),
    )


class SendBackForm(forms.Form):
    note = forms.CharField(label=_("退回意见"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class InboxFilter(forms.Form):
    q = forms.CharField(label=_("企业名称或统一社会信用代码"), required=False, max_length=100)
    region = forms.ChoiceField(
        label=_("地区"),
        required=False,
        choices=[("", _("全部地区")), *[(region.code, region.name) for region in regions.RESPONSIBLE]],
    )


def _among(choices: list[tuple[str, Any]], offered: list[str]) -> list[tuple[str, Any]]:
    return [(code, label) for code, label in choices if code in offered]


def _initial(application: Application) -> dict[str, Any]:
    version = application.product_version
    return {
        "amount": application.approved_amount or application.amount,
        "rate": application.approved_rate or version.min_rate,
        "term_months": application.approved_term_months or application.term_months,
        "method": application.approved_method or version.repayment_methods[0],
        "guarantee": application.approved_guarantee or version.guarantees[0],
        "conditions": application.conditions,
    }
