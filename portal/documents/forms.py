"""What a stranger at the verification page types or brings."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.documents.actions import MAX_SIZE


class NumberForm(forms.Form):
    number = forms.CharField(
        label=_("文书编号"), max_length=40, help_text=_("印在文书页眉，如 SQ20261120-7K3M9QXW2P，不区分大小写。")
    )

    def clean_number(self) -> str:
        """As copied from paper: spaces and case do not matter."""
        return "".join(str(self.cleaned_data["number"]).split()).upper()


class ComparisonForm(forms.Form):
    file = forms.FileField(label=_("手中的 PDF 文件"), help_text=_("只在本次比对中读取，不保存。"))

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if file.size > MAX_SIZE:
            raise forms.ValidationError(_("文件超过 20 MB，不是本站出具的文书。"))
        return file
