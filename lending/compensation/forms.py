"""What a bank types when it enrols, files and recovers, and what staff type beside a decision."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lending.compensation.states import LegalStep
from portal import money


class EnrolForm(forms.Form):
    """Only a loan on mortgage or pledge asks for its cover."""

    collateral_percent = forms.DecimalField(
        label=_("抵押质押物覆盖比例（%）"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        decimal_places=2,
        help_text=_("抵押质押物评估价值占贷款本金的百分比。"),
    )
    scheme = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, asks_collateral: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_collateral:
            del self.fields["collateral_percent"]

    @property
    def collateral_share(self) -> Decimal | None:
        percent = self.cleaned_data.get("collateral_percent")
        return None if percent is None else money.rate(percent / 100)


class ClaimForm(forms.Form):
    legal_step = forms.ChoiceField(label=_("司法进展"), choices=[("", _("请选择")), *LegalStep.choices])
    statement = forms.CharField(
        label=_("情况说明"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("贷后检查、催收经过和借款人现状。"),
    )
    evidence = forms.FileField(
        label=_("证明材料"),
        help_text=_("起诉状或受理通知、不良认定、催收记录等，合并为一个 PDF 文件，不超过 20 MB。"),
    )

    def __init__(self, *args: Any, has_evidence: bool = False, **kwargs: Any) -> None:
        """A claim that is filed again may keep the file it has."""
        super().__init__(*args, **kwargs)
        self.fields["evidence"].required = not has_evidence


class FileClaimForm(ClaimForm):
    """The key makes a form sent twice one claim."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)


class RecoveryForm(forms.Form):
    reference = forms.CharField(
        label=_("追偿流水号"), max_length=60, help_text=_("本行入账流水号，同一流水号只登记一次。")
    )
    recovered_on = forms.DateField(label=_("追回日期"), widget=forms.DateInput(attrs={"type": "date"}))
    gross_amount = forms.DecimalField(
        label=_("追回总额（元）"), min_value=Decimal("0.01"), max_digits=18, decimal_places=2
    )
    cost_amount = forms.DecimalField(
        label=_("实现债权费用（元）"),
        min_value=Decimal(0),
        max_digits=18,
        decimal_places=2,
        initial=Decimal("0.00"),
        help_text=_("诉讼费、执行费等，先行扣除。"),
    )


class NoteForm(forms.Form):
    """The words beside a decision of the staff."""

    note = forms.CharField(label=_("意见"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, *args: Any, label: str = "", is_required: bool = True, is_voucher: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = is_required
        if label:
            self.fields["note"].label = label
        if is_voucher:
            self.fields["note"].widget = forms.TextInput(attrs={"maxlength": 40})


class DepositForm(forms.Form):
    amount = forms.DecimalField(label=_("注资金额（元）"), min_value=Decimal("0.01"), max_digits=18, decimal_places=2)
    reference = forms.CharField(label=_("入账凭证号"), max_length=40, help_text=_("同一凭证号只入账一次。"))
