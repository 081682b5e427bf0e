"""The span of days a supervisor looks at."""

from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from lending.supervision.rules import PLAN_ISSUED_ON
from portal.periods import add_months

SPANS = {
    "year": _("本年"),
    "quarter": _("本季度"),
    "month": _("本月"),
    "twelve": _("近12个月"),
    "plan": _("方案实施以来"),
    "own": _("自选日期"),
}


class SpanForm(forms.Form):
    """A named span up to today, or two days of one's own. Anything unsound falls back to the current year."""

    span = forms.ChoiceField(label=_("统计期间"), choices=list(SPANS.items()), required=False)
    first = forms.DateField(label=_("起"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("止"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def days(self, today: date) -> tuple[date, date]:
        chosen = self.cleaned_data if self.is_valid() else {}
        span = chosen.get("span") or "year"
        first, last = chosen.get("first"), chosen.get("last")
        if span == "own" and first and last and first <= last:
            return first, last
        starts = {
            "month": today.replace(day=1),
            "quarter": today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
            "twelve": add_months(today, -12) + timedelta(days=1),
            "plan": PLAN_ISSUED_ON,
        }
        return starts.get(span, today.replace(month=1, day=1)), today
