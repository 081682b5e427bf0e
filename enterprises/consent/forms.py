"""What a member ticks before signing, which looks to list, and why staff look."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent.models import FetchKind, Purpose
from enterprises.consent.queries import AskedItem

DAYS = 90
USES = 10
MONTHS = 24


class GrantForm(forms.Form):
    """The terms of a consent. Every item is a box of its own; those with authorized fields start unticked."""

    fetch_kind = forms.ChoiceField(label=_("查询方式"), choices=FetchKind.choices, initial=FetchKind.PERIODIC)
    uses_per_month = forms.IntegerField(label=_("每自然月最多查询次数"), min_value=1)
    data_months = forms.IntegerField(label=_("可查询多久以来的数据（月）"), min_value=1)
    ends_on = forms.DateField(label=_("授权到期日"), widget=forms.DateInput(attrs={"type": "date"}))
    has_read = forms.BooleanField(label=_("我已逐项阅读并同意以上授权内容，知道可以随时暂停或撤回"))
    submission_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, purpose: Purpose, asked: Sequence[AskedItem], day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        last = day + timedelta(days=purpose.max_days - 1)
        bounds = {"uses_per_month": purpose.max_uses_per_month, "data_months": purpose.max_data_months}
        for name, bound in bounds.items():
            self.fields[name].help_text = _now("最多 %(bound)s") % {"bound": bound}
        self.fields["uses_per_month"].initial = min(USES, purpose.max_uses_per_month)
        self.fields["data_months"].initial = min(MONTHS, purpose.max_data_months)
        self.fields["ends_on"].initial = min(day + timedelta(days=DAYS), last)
        self.fields["ends_on"].help_text = _now("最晚 %(day)s") % {"day": last.isoformat()}
        for item in asked:
            self.fields[f"item_{item.code}"] = forms.BooleanField(
                label=item.name, required=False, initial=not item.is_sensitive
            )

    def items(self) -> list[tuple[AskedItem, forms.BoundField]]:
        """Each asked item beside its box, for the page."""
        return [(item, self[f"item_{item.code}"]) for item in self.asked]

    @property
    def chosen(self) -> dict[str, str]:
        return {item.code: item.mode for item in self.asked if self.cleaned_data.get(f"item_{item.code}")}

    @property
    def ends_at(self) -> datetime:
        """The end of the chosen day."""
        following: date = self.cleaned_data["ends_on"] + timedelta(days=1)
        return timezone.make_aware(datetime.combine(following, time.min))


class LooksForm(forms.Form):
    """Which looks to list."""

    WHO = [("", _("全部")), ("institution", _("金融机构")), ("staff", _("政府部门")), ("own", _("本企业"))]
    HOW = [("", _("全部")), ("allowed", _("已放行")), ("refused", _("已拒绝"))]

    who = forms.ChoiceField(label=_("谁查的"), choices=WHO, required=False)
    how = forms.ChoiceField(label=_("结果"), choices=HOW, required=False)
    first = forms.DateField(label=_("自"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("至"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class ReasonForm(forms.Form):
    """Why staff look into a firm's file."""

    reason = forms.CharField(label=_("查询事由"), min_length=4, max_length=200, help_text=_("事由会显示给企业。"))
