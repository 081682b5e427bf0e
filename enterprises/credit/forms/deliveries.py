"""The delivery form of the data centre's desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enterprises.credit.models import Item, Source
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission


class DeliveryForm(forms.Form):
    """Which item, from whom, and the file. A city's staff deliver for their own hub only."""

    item = forms.ModelChoiceField(label=_("信息项"), queryset=Item.objects.all())
    source = forms.ModelChoiceField(label=_("数据来源"), queryset=Source.objects.none())
    file = forms.FileField(
        label=_("报送文件"),
        help_text=_("CSV、XLSX 或 JSONL，首行为字段名或中文标签；UTF-8 或 GB18030 编码。可先在目录页下载模板。"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.jsonl,.ndjson"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = Source.objects.all()
        areas = user.areas_of(Permission.BATCH_DELIVER)
        if regions.PROVINCE not in areas:
            sources = sources.filter(region_code__in=areas)
        field = self.fields["source"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - tells the type checker what stands above
        field.queryset = sources.order_by("level", "code")
