"""The day of the board, and how staff settle a conflict."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enterprises.credit.models import Conflict, Settlement, Source


class DayForm(forms.Form):
    on = forms.DateField(label=_("日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class SettleForm(forms.Form):
    """How, which source, and why."""

    settlement = forms.ChoiceField(
        label=_("处理方式"), choices=Settlement.choices, widget=forms.RadioSelect, initial=Settlement.PRECEDENCE
    )
    source = forms.ModelChoiceField(
        label=_("采用来源"),
        queryset=Source.objects.none(),
        required=False,
        help_text=_("只在指定采用来源时填写；任一来源再有新的报送时失效。"),
    )
    reason = forms.CharField(
        label=_("处理理由"), min_length=4, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, conflict: Conflict, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["source"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - tells the type checker what stands above
        field.queryset = Source.objects.filter(pk__in=conflict.source_ids)
