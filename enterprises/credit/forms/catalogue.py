"""The catalogue's forms: what an item is, its fields one by one, and the departments that answer for it."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.credit.actions import ItemFacts, Shape
from enterprises.credit.models import Department, Item, Sensitivity
from enterprises.credit.schemas import TYPE

CODE = re.compile(r"[A-Z][A-Z0-9_]{1,28}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: Between the values of a list, however they are typed.
PARTS = re.compile(r"[、,，;；|\n]+")
#: Blank fields offered at the end of the table, and how many fields a version may have.
MORE, MOST = 4, 90

MODES = (("bulk", _("物理归集")), ("interface", _("接口调用")), ("verify", _("核验")))
DAY = forms.DateInput(attrs={"type": "date"})


def _several(text: str) -> list[str]:
    return [part.strip() for part in PARTS.split(text) if part.strip()]


class ItemForm(forms.Form):
    """What an item is beside its fields."""

    name = forms.CharField(label=_("名称"), max_length=100)
    category = forms.ChoiceField(label=_("类别"))
    sequence = forms.IntegerField(label=_("序号"), min_value=1, max_value=999)
    department = forms.ModelChoiceField(label=_("责任单位"), queryset=Department.objects.all())
    modes = forms.MultipleChoiceField(label=_("共享方式"), choices=MODES, widget=forms.CheckboxSelectMultiple)
    frequency = forms.CharField(label=_("更新频率"), max_length=40, help_text=_("以日、周、月、季、年或实时开头。"))
    fresh_days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=3660)
    sensitivity = forms.ChoiceField(label=_("默认级别"), choices=Sensitivity.choices)
    bad_share_limit = forms.DecimalField(
        label=_("问题行上限（%）"), min_value=0, max_value=100, decimal_places=1, help_text=_("超过的整批退回。")
    )
    is_declarable = forms.BooleanField(
        label=_("企业可自愿填报"), required=False, help_text=_("主键须含主体代码；填报内容不计入信用评价。")
    )

    def __init__(self, *args: Any, item: Item | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_facts_of(item) if item else {"bad_share_limit": 20}, **kwargs)
        categories = dict(Item.objects.order_by("category_code").values_list("category_code", "category"))
        self.fields["category"].choices = list(categories.items())  # type: ignore[attr-defined]
        self._categories = categories

    @property
    def facts(self) -> ItemFacts:
        given = dict(self.cleaned_data)
        code = given.pop("category")
        share = given.pop("bad_share_limit") / 100
        return ItemFacts(category_code=code, category=self._categories[code], bad_share_limit=share, **given)


def _facts_of(item: Item) -> dict[str, Any]:
    plain = ("name", "sequence", "department", "modes", "frequency", "fresh_days", "sensitivity", "is_declarable")
    share = (item.bad_share_limit * 100).normalize()
    return {name: getattr(item, name) for name in plain} | {"category": item.category_code, "bad_share_limit": share}


class VersionForm(forms.Form):
    """When a version takes force, and which field tells when a fact happened."""

    in_force_from = forms.DateField(label=_("生效日期"), widget=DAY, help_text=_("当日及以后收到的批次按本版本校验。"))
    occurred_field = forms.CharField(
        label=_("发生日期字段"), required=False, max_length=40, help_text=_("写字段名；没有的留空。")
    )


class KeyForm(forms.Form):
    """What tells one record from another: said once, when an item is new."""

    code = forms.CharField(
        label=_("信息项代码"), max_length=29, help_text=_("大写字母、数字和下划线，例如 EN_EMISSION。")
    )
    uscc_field = forms.CharField(label=_("主体代码字段"), max_length=40, initial="uscc", help_text=_("写字段名。"))
    natural_key = forms.CharField(label=_("主键"), initial="uscc", help_text=_("写字段名，用顿号或逗号隔开。"))

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not CODE.fullmatch(code):
            raise ValidationError(_("代码只用大写字母、数字和下划线，以字母开头。"))
        return code

    def clean_natural_key(self) -> list[str]:
        return _several(self.cleaned_data["natural_key"])


class FieldForm(forms.Form):
    """One field of an item. Without a name it is no field."""

    name = forms.CharField(label=_("字段名"), required=False, max_length=40)
    label = forms.CharField(label=_("标签"), required=False, max_length=60)
    type = forms.CharField(label=_("类型"), required=False, max_length=20, help_text="string(60), decimal(18,2), date…")
    level = forms.ChoiceField(label=_("级别"), choices=Sensitivity.choices, required=False)
    required = forms.BooleanField(label=_("必填"), required=False)
    unit = forms.CharField(label=_("单位"), required=False, max_length=20)
    choices = forms.CharField(label=_("取值"), required=False, max_length=2000, help_text=_("用顿号隔开。"))
    minimum = forms.IntegerField(label=_("最小值"), required=False)
    maximum = forms.IntegerField(label=_("最大值"), required=False)
    pattern = forms.CharField(label=_("正则表达式"), required=False, max_length=200)
    not_before = forms.CharField(label=_("不早于（字段名）"), required=False, max_length=40)
    at_most = forms.CharField(label=_("不大于（字段名）"), required=False, max_length=40)
    required_if = forms.CharField(label=_("条件必填"), required=False, max_length=200, help_text=_("字段名=取值、取值"))
    is_past = forms.BooleanField(label=_("不得晚于当日"), required=False)
    after_founding = forms.BooleanField(label=_("不得早于主体成立"), required=False)
    is_signed = forms.BooleanField(label=_("可为负数"), required=False)
    is_secret = forms.BooleanField(label=_("证件号码，只存摘要"), required=False)
    is_sealed = forms.BooleanField(label=_("加密存放"), required=False)
    note = forms.CharField(label=_("说明"), required=False, max_length=200)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name and not NAME.fullmatch(name):
            raise ValidationError(_("字段名只用小写字母、数字和下划线，以字母开头。"))
        return name

    def clean_type(self) -> str:
        kind: str = self.cleaned_data["type"]
        if kind and not TYPE.fullmatch(kind):
            raise ValidationError(_("没有这种类型，请对照说明填写，例如 string(60)、decimal(18,2)、date、enum。"))
        return kind

    def clean_required_if(self) -> tuple[str, list[str]]:
        field, mark, values = self.cleaned_data["required_if"].replace("＝", "=").partition("=")
        if field and not (mark and _several(values)):
            raise ValidationError(_("写作 字段名=取值、取值。"))
        return field.strip(), _several(values)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("name"):
            for name in ("label", "type"):
                if name in given and not given[name]:
                    self.add_error(name, _("请填写。"))
        elif any(given.get(name) for name in ("label", "type", "note", "unit", "choices")):
            self.add_error("name", _("请填写。"))
        return given

    @property
    def title(self) -> str:
        """What stands over a folded field."""
        shown = [str(self[name].value() or "") for name in ("label", "name", "type")]
        return " · ".join(part for part in shown if part) or _now("新字段")

    @property
    def is_filled(self) -> bool:
        return bool(self.cleaned_data.get("name")) and not self.cleaned_data.get("DELETE")

    @property
    def row(self) -> dict[str, Any]:
        """The field as a version keeps it."""
        given = self.cleaned_data
        field, values = given["required_if"]
        plain = {name: value for name, value in given.items() if name not in {"DELETE", "ORDER"} and value is not None}
        return plain | {"choices": _several(given["choices"]), "required_if": field, "required_values": values}


class _Fields(forms.BaseFormSet):  # type: ignore[type-arg] # generic for the type checker alone
    def clean(self) -> None:
        """Two fields of one name, or a rule about a field that is not there."""
        filled = [form for form in self.forms if not form.errors and form.is_filled]
        names = [form.cleaned_data["name"] for form in filled]
        for form in filled:
            given = form.cleaned_data
            if names.count(given["name"]) > 1:
                form.add_error("name", _("字段名重复。"))
            others = {
                "not_before": given["not_before"],
                "at_most": given["at_most"],
                "required_if": given["required_if"][0],
            }
            for rule, other in others.items():
                if other and other not in names:
                    form.add_error(rule, _("没有这个字段。"))
        if not filled:
            raise ValidationError(_("至少要有一个字段。"))

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [form.row for form in self.forms if form.is_filled]


FieldSet = forms.formset_factory(
    FieldForm, formset=_Fields, extra=MORE, max_num=MOST, validate_max=True, can_delete=True
)


def initial_rows(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fields of a version as the table shows them."""
    return [
        field
        | {
            "choices": "、".join(field.get("choices", [])),
            "required_if": f"{field['required_if']}={'、'.join(field['required_values'])}"
            if field.get("required_if")
            else "",
        }
        for field in fields
    ]


def shape_of(fields: Any, version: VersionForm, *, natural_key: list[str], uscc_field: str) -> Shape:
    return Shape(
        fields=fields.rows,
        natural_key=natural_key,
        uscc_field=uscc_field,
        occurred_field=version.cleaned_data["occurred_field"],
    )


class RenameForm(forms.Form):
    name = forms.CharField(label=_("新名称"), max_length=100)
    since = forms.DateField(label=_("启用日期"), widget=DAY)


class ContactForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=60)
    address = forms.EmailField(label=_("邮箱"))
