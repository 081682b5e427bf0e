"""A form for each kind of clause, made from its parameters: typed fields, pairs, and tables with a row for each entry.

What is typed becomes the clause's row as it is stored: figures as text, rates as fractions, nothing rounded.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lending.compensation.admin.parameters import Column, Shape, columns_of, plain
from lending.compensation.admin.words import REASONS, Unit
from lending.compensation.clauses import ClauseError, read

#: Empty rows below those that are filled.
SPARE = 2
UNITS = {Unit.NONE: "", Unit.YUAN: _("（元）"), Unit.PERCENT: "（%）"}


class LinesField(forms.CharField):
    """Entries of a table inside a row: one to a line, its parts parted by "|"."""

    def __init__(self, column: Column) -> None:
        self.column = column
        parts = [str(each.label) for each in column.columns] or [gettext("键"), gettext("值")]
        hint = gettext("每行一条：%(parts)s") % {"parts": " | ".join(parts)}
        super().__init__(
            label=str(column.label), required=False, help_text=hint, widget=forms.Textarea(attrs={"rows": 3})
        )

    def clean(self, value: Any) -> Any:
        lines = [line for line in str(value or "").splitlines() if line.strip()]
        parts = [[part.strip() for part in line.split("|")] for line in lines]
        if self.column.shape == Shape.PAIRS:
            if any(len(each) != 2 for each in parts):
                raise ValidationError(gettext("每行须为“键 | 值”。"))
            return {key: stored(_scalar(self.column), typed) for key, typed in parts}
        rows = []
        for each in parts:
            if len(each) > len(self.column.columns):
                raise ValidationError(gettext("一行中的项数过多。"))
            given = zip(self.column.columns, each, strict=False)
            rows.append({column.name: stored(column, typed) for column, typed in given if typed})
        return rows


def stored(column: Column, typed: Any) -> Any:
    """One value as the clause's row keeps it."""
    try:
        if isinstance(typed, bool | date) or column.kind is bool:
            return typed.isoformat() if isinstance(typed, date) else bool(typed)
        if column.kind is int:
            return int(typed)
        if column.kind is Decimal:
            figure = Decimal(str(typed))
            return plain(figure / 100 if column.unit == Unit.PERCENT else figure)
    except (ValueError, InvalidOperation) as error:
        raise ValidationError(gettext("“%(typed)s”不是数字。") % {"typed": typed}) from error
    return str(typed)


def shown(column: Column, value: Any) -> Any:
    """One stored value as it is typed."""
    if column.kind is Decimal and column.unit == Unit.PERCENT:
        return plain(Decimal(str(value)) * 100)
    return value


def field_of(column: Column) -> forms.Field:
    """The field of a parameter that is not a table."""
    label = f"{column.label}{UNITS[column.unit]}"
    if column.shape in {Shape.PAIRS, Shape.ROWS}:
        return LinesField(column)
    if column.shape == Shape.LIST:
        return _list_field(column, label)
    if column.choices and column.kind is not bool:
        blank = [] if "" in column.choices else [("", _("请选择"))]
        choices = [*blank, *column.choices.items()]
        return forms.ChoiceField(label=label, required=column.is_required, choices=choices)
    return _typed_field(column, label)


def _typed_field(column: Column, label: str) -> forms.Field:
    is_required = column.is_required and column.kind is not bool
    make: dict[Any, Callable[..., forms.Field]] = {
        bool: forms.BooleanField,
        int: forms.IntegerField,
        Decimal: partial(forms.DecimalField, max_digits=18, decimal_places=6),
        date: partial(forms.DateField, widget=forms.DateInput(attrs={"type": "date"})),
    }
    return make.get(column.kind, partial(forms.CharField, max_length=200))(label=label, required=is_required)


def _list_field(column: Column, label: str) -> forms.Field:
    if column.choices:
        return forms.MultipleChoiceField(
            label=label,
            required=column.is_required,
            choices=list(column.choices.items()),
            widget=forms.CheckboxSelectMultiple,
        )
    return forms.CharField(label=label, required=column.is_required, help_text=_("多个以顿号分隔。"), max_length=500)


class RowForm(forms.Form):
    """One entry of a table. Its columns are set on the subclass."""

    columns: tuple[Column, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for column in self.columns:
            self.fields[column.name] = field_of(column)

    def row(self) -> dict[str, Any]:
        return values_of(self.columns, self.cleaned_data)


class ClauseForm(forms.Form):
    """What every clause has, and the parameters of one kind. The tables stand beside it: see :func:`tables`."""

    number = forms.CharField(label=_("编号"), max_length=30)
    text = forms.CharField(label=_("条文"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    in_force_from = forms.DateField(
        label=_("条款生效日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("不填则随方案。"),
    )
    in_force_until = forms.DateField(
        label=_("条款失效日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("不填则随方案。"),
    )
    source = forms.CharField(label=_("出处"), required=False, max_length=300)

    def __init__(self, *args: Any, clause: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.clause, every = clause, columns_of(clause)
        self.columns = tuple(each for each in every if not is_table(each))
        for column in self.columns:
            self.fields[f"p-{column.name}"] = field_of(column)
        choices = [("*", _("整条")), *[(each.name, each.label) for each in every]]
        self.fields["assumed"] = forms.MultipleChoiceField(
            label=_("假设的参数（没有出处）"), required=False, choices=choices, widget=forms.CheckboxSelectMultiple
        )

    def parameter_fields(self) -> list[forms.BoundField]:
        """The parameters that are not tables, for the template."""
        return [self[f"p-{column.name}"] for column in self.columns]


def is_table(column: Column) -> bool:
    return column.shape in {Shape.PAIRS, Shape.ROWS}


@dataclasses.dataclass(frozen=True)
class Table:
    """A parameter that is a table, as a set of row forms."""

    column: Column
    rows: "BaseFormSet[RowForm]"

    def value(self) -> Any:
        filled = [form for form in self.rows.forms if form.has_changed() or form.initial]
        kept = [form.row() for form in filled if not form.cleaned_data.get("DELETE")]
        if self.column.shape == Shape.PAIRS:
            return {row["key"]: row["value"] for row in kept if "key" in row and "value" in row}
        return kept


def tables(clause: str, parameters: Mapping[str, Any], data: Any = None) -> list[Table]:
    """The tables of a clause, filled with what is stored, or bound to what was posted."""
    found = []
    for column in columns_of(clause):
        if not is_table(column):
            continue
        columns = _pair(column) if column.shape == Shape.PAIRS else column.columns
        form = type("BoundRowForm", (RowForm,), {"columns": columns})
        rows: Any = formset_factory(form, extra=SPARE, can_delete=True)
        initial = [_initial(columns, entry) for entry in _entries(column, parameters.get(column.name))]
        found.append(Table(column, rows(data, prefix=f"t-{column.name}", initial=initial)))
    return found


def initial_of(clause: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a stored clause."""
    plain_columns = tuple(each for each in columns_of(clause) if not is_table(each))
    typed = _initial(plain_columns, {**_defaults(plain_columns), **row.get("parameters", {})})
    common = ("number", "text", "in_force_from", "in_force_until", "source", "assumed")
    return {**{f"p-{name}": value for name, value in typed.items()}, **{name: row.get(name) for name in common}}


def row_of(form: ClauseForm, beside: Sequence[Table]) -> dict[str, Any]:
    """The clause as it is stored. Raises ValidationError in words where it cannot be made."""
    cleaned = form.cleaned_data
    typed = {column.name: cleaned[f"p-{column.name}"] for column in form.columns}
    parameters = values_of(form.columns, typed) | {table.column.name: table.value() for table in beside}
    row: dict[str, Any] = {
        "clause": form.clause,
        "number": cleaned["number"].strip(),
        "text": cleaned["text"].strip(),
        "parameters": {name: value for name, value in parameters.items() if value not in ({}, [])},
    }
    row |= {name: cleaned[name].isoformat() for name in ("in_force_from", "in_force_until") if cleaned[name]}
    row |= {name: cleaned[name] for name in ("source", "assumed") if cleaned[name]}
    try:
        read([row])
    except ClauseError as error:
        reason = str(error).partition(": ")[2]
        said = REASONS.get(reason, gettext("参数不完整或前后不一致。"))
        raise ValidationError(str(said)) from error
    return row


def values_of(columns: Sequence[Column], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Typed values as stored; what was left empty is left out."""
    found: dict[str, Any] = {}
    for column in columns:
        value = typed.get(column.name)
        if value in (None, "", [], {}) and column.kind is not bool:
            continue
        if is_table(column):
            found[column.name] = value
        elif column.shape == Shape.LIST:
            entries = (
                value if isinstance(value, list) else str(value).replace(",", "、").replace("，", "、").split("、")
            )
            found[column.name] = [str(each).strip() for each in entries if str(each).strip()]
        else:
            found[column.name] = stored(column, value)
    return found


def _initial(columns: Sequence[Column], entry: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: _typed(column, entry[column.name]) for column in columns if entry.get(column.name) is not None}


def _typed(column: Column, value: Any) -> Any:
    if column.shape == Shape.PAIRS:
        return "\n".join(f"{key} | {shown(_scalar(column), each)}" for key, each in value.items())
    if column.shape == Shape.ROWS:
        return "\n".join(
            " | ".join(str(shown(each, row.get(each.name, ""))) for each in column.columns) for row in value
        )
    if column.shape == Shape.LIST:
        return list(value) if column.choices else "、".join(value)
    return shown(column, value)


def _entries(column: Column, value: Any) -> list[Mapping[str, Any]]:
    if column.shape == Shape.PAIRS:
        return [{"key": key, "value": each} for key, each in (value or {}).items()]
    return list(value or [])


def _pair(column: Column) -> tuple[Column, ...]:
    """A pair as two columns: what it is for, and its value."""
    key = dataclasses.replace(column, name="key", label=_("对象"), shape=Shape.PLAIN, kind=str, unit=Unit.NONE)
    value = dataclasses.replace(column, name="value", label=column.label, shape=Shape.PLAIN, choices={})
    return (dataclasses.replace(key, is_required=True), dataclasses.replace(value, is_required=True))


def _scalar(column: Column) -> Column:
    return dataclasses.replace(column, shape=Shape.PLAIN, choices={})


def _defaults(columns: Sequence[Column]) -> dict[str, Any]:
    """What a new clause begins with."""
    found: dict[str, Any] = {}
    for column in columns:
        default = column.default
        if isinstance(default, StrEnum):
            found[column.name] = default.value
        elif isinstance(default, tuple):
            found[column.name] = [str(each) for each in default]
        elif default is not None:
            found[column.name] = str(default) if isinstance(default, Decimal) else default
    return found
