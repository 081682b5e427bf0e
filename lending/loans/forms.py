"""What an officer reports of a loan: contract, drawdown, repayment by form or file, class."""

import csv
import io
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lending.loans.actions.repayments import Reject, Reported
from lending.loans.states import RiskClass

COLUMNS: Final = ("contract_number", "reference", "paid_on", "amount")
MAX_ROWS: Final = 5_000
MAX_SIZE: Final = 2 * 2**20
YES: Final = frozenset({"1", "y", "yes", "true", "是"})


class DayField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**options)


class YuanField(forms.DecimalField):
    """Yuan to the fen, greater than nothing."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}))
        super().__init__(max_digits=18, decimal_places=2, min_value=Decimal("0.01"), **options)


class SignForm(forms.Form):
    contract_number = forms.CharField(label=_("合同编号"), max_length=60)
    signed_on = DayField(label=_("签约日期"))


class DrawForm(forms.Form):
    amount = YuanField(label=_("放款金额（元）"), help_text=_("不超过合同金额；本期登记一次放款。"))
    drawn_on = DayField(label=_("放款日期"))


class RepayForm(forms.Form):
    reference = forms.CharField(label=_("还款流水号"), max_length=60, help_text=_("同一流水号只登记一次。"))
    paid_on = DayField(label=_("还款日期"))
    amount = YuanField(label=_("还款金额（元）"))
    is_prepayment = forms.BooleanField(
        label=_("提前还款"), required=False, help_text=_("超过当期应还的部分先付已产生的利息，再从最后一期起冲减本金。")
    )


class ClassForm(forms.Form):
    risk_class = forms.ChoiceField(
        label=_("机构认定分类"), required=False, choices=[("", _("按逾期天数（取消认定）")), *RiskClass.choices]
    )
    note = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class LoanFilter(forms.Form):
    q = forms.CharField(label=_("企业名称、统一社会信用代码或合同编号"), required=False, max_length=100)
    risk_class = forms.ChoiceField(label=_("风险分类"), required=False, choices=[("", _("全部")), *RiskClass.choices])


class ReportForm(forms.Form):
    """A file of repayments. Lines that cannot be read become rejects; the others are handed on."""

    file = forms.FileField(label=_("还款文件（CSV）"), widget=forms.FileInput(attrs={"accept": ".csv"}))

    def clean_file(self) -> tuple[list[Reported], list[Reject]]:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_SIZE:
            raise forms.ValidationError(_("文件超过 2 MB，请拆分后上传。"))
        text = _decoded(upload.read())
        lines = csv.DictReader(io.StringIO(text, newline=""))
        try:
            missing = [name for name in COLUMNS if name not in (lines.fieldnames or ())]
        except csv.Error as error:
            raise forms.ValidationError(_("不是有效的 CSV 文件，请重新导出。")) from error
        if missing:
            raise forms.ValidationError(
                _("缺少列：%(names)s。首行应为列名 %(all)s。"),
                params={"names": ", ".join(missing), "all": ",".join(COLUMNS)},
            )
        try:
            found = [_read(number, line) for number, line in enumerate(lines, start=2)]
        except csv.Error as error:
            raise forms.ValidationError(_("不是有效的 CSV 文件，请重新导出。")) from error
        if not 1 <= len(found) <= MAX_ROWS:
            raise forms.ValidationError(_("文件应有 1 至 %(most)s 行数据。"), params={"most": MAX_ROWS})
        return [row for row in found if isinstance(row, Reported)], [row for row in found if isinstance(row, Reject)]


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise forms.ValidationError(_("文件编码应为 UTF-8 或 GB18030。"))


def _read(number: int, line: dict[str, str | None]) -> Reported | Reject:
    contract, reference = ((line.get(name) or "").strip() for name in ("contract_number", "reference"))
    paid_on, amount = _day(line.get("paid_on")), _amount(line.get("amount"))
    if not contract or not reference or len(reference) > 60:
        reason = gettext("合同编号或还款流水号为空或过长")
    elif paid_on is None:
        reason = gettext("还款日期应为 2026-11-20 的形式")
    elif amount is None:
        reason = gettext("还款金额应为大于零、精确到分的数")
    else:
        is_prepayment = (line.get("is_prepayment") or "").strip().lower() in YES
        return Reported(number, contract, reference, paid_on, amount, is_prepayment)
    return Reject(number, contract, reference, reason)


def _day(typed: str | None) -> date | None:
    try:
        return parse_date((typed or "").strip())
    except ValueError:
        return None


def _amount(typed: str | None) -> Decimal | None:
    try:
        amount = Decimal((typed or "").strip().replace(",", ""))
        is_sound = 0 < amount < Decimal(10) ** 16 and amount == amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return amount if is_sound else None


class MonitoringForm(forms.Form):
    """What a bank asks of the firm to look after a loan; the bounds of fair use stand above it."""

    ends_on = DayField(label=_("授权到期日"), help_text=_("不晚于贷款到期日。"))
    uses = forms.IntegerField(label=_("每自然月最多查询次数"), min_value=1, initial=2)
    data_months = forms.IntegerField(label=_("可查询多久以来的数据（月）"), min_value=1, initial=12)
    submission_key = forms.UUIDField(widget=forms.HiddenInput)
