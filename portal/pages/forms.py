"""What a visitor types who objects to a notice."""

from django import forms
from django.utils.translation import gettext_lazy as _


class RemarkForm(forms.Form):
    name = forms.CharField(label=_("姓名或单位"), max_length=60, help_text=_("请实名提出，便于核实和答复。"))
    contact = forms.CharField(label=_("联系方式"), max_length=60, help_text=_("电话或电子邮箱，仅供经办人员核实使用。"))
    text = forms.CharField(label=_("异议内容"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))
