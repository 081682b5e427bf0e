"""What a firm writes when it objects or asks for repair, and what staff answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget


class ObjectionForm(forms.Form):
    statement = forms.CharField(
        label=_("哪里不对，正确的是什么"), min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    evidence = forms.FileField(label=_("证明材料"), required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput)


class RepairForm(ObjectionForm):
    statement = forms.CharField(
        label=_("纠正和履行情况"), min_length=4, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    commitment = forms.CharField(
        label=_("信用承诺"),
        min_length=10,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("承诺将与修复结果一并公开。"),
    )
    field_order = ["statement", "commitment", "evidence", "submission_key"]


class ReasonForm(BaseDialogForm):  # type: ignore[misc] # unfold ships no types
    """Why staff decide as they do; the firm reads it."""

    reason = forms.CharField(label=_("理由"), min_length=4, max_length=300, widget=UnfoldAdminTextareaWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
