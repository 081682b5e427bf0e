"""What is typed: a threshold, a model with its file, a choice of figure, a list of digests; and what staff set."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.jointmodels.models import AskableFeature, BankModel, Comparison, Unit
from enterprises.jointmodels.queries import Offer
from portal import money

#: What people type for one unit of what is stored.
TYPED = {Unit.YUAN: (_("万元"), money.WAN), Unit.SHARE: ("%", Decimal("0.01")), Unit.COUNT: ("", Decimal(1))}


class QuestionForm(forms.Form):
    """A question about one feature. Amounts are typed in 万元, shares in percent."""

    comparison = forms.ChoiceField(label=_("比较方式"))
    threshold = forms.DecimalField(label=_("阈值"), max_digits=14, decimal_places=4)

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        feature = offer.feature
        words, self.scale = TYPED[Unit(feature.unit)]
        self.fields["comparison"] = forms.ChoiceField(
            label=_("比较方式"),
            choices=[(code, word) for code, word in Comparison.choices if code in feature.comparisons],
        )
        field = self.fields["threshold"]
        field.label = _now("阈值（%(unit)s）") % {"unit": words} if str(words) else _now("阈值")
        field.help_text = _now("须为 %(step)s 的整数倍。") % {"step": offer.step}
        field.widget.attrs["inputmode"] = "decimal"

    @property
    def as_stored(self) -> Decimal:
        """The threshold in the units of the feature row."""
        typed: Decimal = self.cleaned_data["threshold"]
        return typed * self.scale


class RunForm(forms.Form):
    model = forms.ModelChoiceField(label=_("模型"), queryset=BankModel.objects.none(), empty_label=None)
    submission_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, models: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["model"].queryset = models  # type: ignore[attr-defined] # the field above


class ModelForm(forms.Form):
    """A model's file; the kind follows from what is handed in."""

    name = forms.CharField(label=_("模型名称"), max_length=60, help_text=_("与已有模型同名的，作为它的新版本。"))
    use = forms.CharField(
        label=_("用途说明"),
        max_length=300,
        min_length=10,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("用于哪类产品和环节、结论如何使用。审核员据此判断输入是否必要。"),
    )
    declaration = forms.FileField(
        label=_("评分卡或声明文件（JSON、CSV）"), help_text=_("评分卡在此上传；ONNX 模型在此上传其输出声明。")
    )
    graph = forms.FileField(label=_("ONNX 模型文件"), required=False, help_text=_("仅 ONNX 模型需要。"))

    @property
    def is_csv(self) -> bool:
        return str(self.cleaned_data["declaration"].name).lower().endswith(".csv")

    def parts(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        graph = cleaned.get("graph")
        return {
            "name": cleaned["name"],
            "use": cleaned["use"],
            "declaration": cleaned["declaration"].read(),
            "is_csv": self.is_csv,
            "graph": graph.read() if graph else b"",
        }


class FigureForm(forms.Form):
    """Which distribution to see."""

    BY = [("county", _("按区县")), ("industry", _("按行业门类"))]

    feature = forms.ModelChoiceField(label=_("特征"), queryset=AskableFeature.objects.none(), empty_label=None)
    by = forms.ChoiceField(label=_("分组"), choices=BY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = AskableFeature.objects.filter(is_open=True).exclude(cuts=[])
        self.fields["feature"].queryset = told  # type: ignore[attr-defined] # the field above


class LinkageForm(forms.Form):
    title = forms.CharField(
        label=_("名单说明"), max_length=60, help_text=_("只供本机构辨认，例如“2026年存量小微客户”。")
    )


class DigestsForm(forms.Form):
    digests = forms.FileField(label=_("摘要文件"), help_text=_("每行一个摘要，由比对工具生成。请勿上传名单原文。"))
