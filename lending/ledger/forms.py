"""The days a statement covers."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _


class PeriodForm(forms.Form):
    first = forms.DateField(label=_("起始日期"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("截止日期"), widget=forms.DateInput(attrs={"type": "date"}))

    def period(self, *, default: tuple[date, date]) -> tuple[date, date]:
        """What was asked for, or ``default`` where it cannot be read or runs backwards."""
        if not self.is_valid() or self.cleaned_data["last"] < self.cleaned_data["first"]:
            return default
        return self.cleaned_data["first"], self.cleaned_data["last"]
