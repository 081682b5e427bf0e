"""Sample content for the page that shows every component: invented, and only ever shown there."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.refusals import Conflict


class SampleForm(forms.Form):
    name = forms.CharField(label=_("企业名称"), help_text=_("与营业执照一致。"))
    amount = forms.DecimalField(label=_("融资金额（万元）"), min_value=Decimal(1), max_value=Decimal(1000))
    purpose = forms.ChoiceField(label=_("用途"), choices=[("stock", _("购买原材料")), ("equipment", _("购置设备"))])
    note = forms.CharField(label=_("补充说明"), widget=forms.Textarea, required=False)
    agrees = forms.BooleanField(label=_("我承诺所填内容真实"))
    licence = forms.FileField(label=_("营业执照"), required=False)


def components(now: datetime) -> dict[str, Any]:
    wrong = SampleForm({"name": "", "amount": "0", "purpose": "stock"})
    wrong.is_valid()
    return {
        "now": now,
        "day": now.date(),
        "earlier": now - timedelta(days=3, hours=5),
        "amount": Decimal("500000.00"),
        "odd_amount": Decimal("1234567.89"),
        "large_amount": Decimal("50234000000.00"),
        "small_amount": Decimal("321.50"),
        "rate": Decimal("0.043500"),
        "form": SampleForm(initial={"name": "宁夏贺兰山葡萄酒有限公司", "amount": Decimal(50)}),
        "wrong_form": wrong,
        "refusal": Conflict(),
        "tones": [
            ("good", _("已放款")),
            ("active", _("审批中")),
            ("waiting", _("待补充材料")),
            ("late", _("即将超时")),
            ("bad", _("未通过")),
            ("quiet", _("已撤回")),
        ],
        "loans": [
            _loan("NX2026-000412", "银川市兴庆区老马面馆", "300000.00", "good", _("正常")),
            _loan("NX2026-000398", "宁夏枸杞之乡食品有限公司", "5000000.00", "late", _("逾期 12 天")),
            _loan("NX2026-000377", "石嘴山市恒力机械制造有限公司", "1250050.25", "quiet", _("已结清")),
        ],
    }


def _loan(number: str, firm: str, amount: str, tone: str, state: str | Promise) -> dict[str, Any]:
    return {
        "number": number,
        "firm": firm,
        "amount": Decimal(amount),
        "rate": Decimal("0.039500"),
        "tone": tone,
        "state": state,
    }
