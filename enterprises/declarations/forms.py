"""One fact as a firm types it: the fields of an item, read from the catalogue, and the commitment to tick."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enterprises.credit.schemas import FieldSchema, ItemSchema
from enterprises.declarations import queries

EMPTY = ("", "---------")
LONGEST = 2000
#: What a browser should offer for typing; what is typed is judged by the checks of the item.
ATTRIBUTES = {
    "date": {"type": "date"},
    "ym": {"type": "month"},
    "decimal": {"inputmode": "decimal"},
    "integer": {"inputmode": "numeric"},
}


class DeclareForm(forms.Form):
    """What is typed is judged by the checks of a delivery, so that the worker finds nothing that this form has not."""

    has_read = forms.BooleanField(label=_("我已阅读并作出以上承诺，对填报内容的真实性负责"))
    submission_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        schema: ItemSchema,
        uscc: str,
        day: date,
        fixed: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.schema, self.uscc, self.day = schema, uscc, day
        self.fixed = {name: text for name, text in (fixed or {}).items() if name in schema.natural_key}
        typed = [field for field in schema.fields if field.name != schema.uscc_field and field.level != "no_share"]
        self.cells_names = [field.name for field in typed if field.name not in self.fixed]
        for field in typed:
            if field.name in self.cells_names:
                self.fields[f"cell_{field.name}"] = _field(field, (fixed or {}).get(field.name, ""))

    @property
    def cell_fields(self) -> list[forms.BoundField]:
        return [self[f"cell_{name}"] for name in self.cells_names]

    @property
    def fixed_cells(self) -> list[tuple[str, str]]:
        """What a correction may not change."""
        return [(self.schema[name].label, text) for name, text in self.fixed.items() if name != self.schema.uscc_field]

    @property
    def cells(self) -> dict[str, str]:
        """The row as a delivery would carry it."""
        typed = {name: _text(self.cleaned_data.get(f"cell_{name}")) for name in self.cells_names}
        return {**self.fixed, **typed, self.schema.uscc_field: self.uscc}

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name, texts in queries.faults(self.schema, self.cells, self.day).items():
            place = f"cell_{name}" if f"cell_{name}" in self.fields else None
            if place not in self.errors:
                self.add_error(place, texts)
        return given


def _text(value: object) -> str:
    return ";".join(value) if isinstance(value, list) else str(value or "").strip()


def _field(field: FieldSchema, initial: str) -> forms.Field:
    said: dict[str, Any] = {
        "label": f"{field.label}（{field.unit}）" if field.unit else field.label,
        "required": field.required,
        "help_text": field.note,
        "initial": initial,
    }
    match field.kind:
        case "enum":
            return forms.ChoiceField(choices=[EMPTY, *((text, text) for text in field.choices)], **said)
        case "enum_multi":
            said["initial"] = [text for text in initial.split(";") if text]
            choices = [(text, text) for text in field.choices]
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **said)
        case "boolean":
            return forms.ChoiceField(choices=[EMPTY, ("是", _("是")), ("否", _("否"))], **said)
    return forms.CharField(max_length=LONGEST, widget=_widget(field.kind), **said)


def _widget(kind: str) -> forms.Widget:
    if kind == "text":
        return forms.Textarea(attrs={"rows": 3})
    return forms.TextInput(attrs=ATTRIBUTES.get(kind, {}))
