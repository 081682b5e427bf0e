"""The parameters of a clause, from its dataclass: as columns of a form, and in the words a person reads."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from django.utils.translation import gettext as _

from lending.compensation.admin.words import ENUMS, LABELS, Unit, Word, unit_of, vocabulary
from lending.compensation.clauses import CLAUSES, Clause
from lending.compensation.clauses.procedure import StepCode
from portal import figures


class Shape(Enum):
    """What kind of field a parameter is typed in."""

    PLAIN = "plain"
    LIST = "list"
    PAIRS = "pairs"
    ROWS = "rows"


@dataclass(frozen=True)
class Column:
    """One parameter: its name, its label, what it holds."""

    name: str
    label: Word
    shape: Shape
    #: The type of the value, of each entry, or of each value of a pair.
    kind: Any
    unit: Unit
    is_required: bool
    choices: Mapping[str, Word]
    default: Any
    #: The parameters of a row, where the shape is ROWS.
    columns: tuple["Column", ...] = ()


def columns_of(clause: str) -> tuple[Column, ...]:
    """The parameters of a kind of clause, without what every clause has."""
    common = {field.name for field in dataclasses.fields(Clause)}
    return tuple(each for each in _columns(CLAUSES[clause], clause) if each.name not in common)


def in_words(clause: Clause) -> list[tuple[str, str, bool]]:
    """Every parameter as label, words, and whether it is assumed; what is left at its default of nothing is left out."""
    found = []
    for column in columns_of(type(clause).__name__):
        value = getattr(clause, column.name)
        if (
            value is None
            or value in ((), "", {})
            or (value == column.default and value is not True and column.shape == Shape.PLAIN)
        ):
            continue  # what the clause leaves as it is by itself says nothing
        is_assumed = column.name in clause.assumed or "*" in clause.assumed
        found.append((str(column.label), said(column, value), is_assumed))
    return found


def said(column: Column, value: Any) -> str:
    """One value in words."""
    if column.shape == Shape.LIST:
        return "、".join(_one(column, each) for each in value)
    if column.shape == Shape.PAIRS:
        pairs = (
            (column.choices.get(key, key), _one(dataclasses.replace(column, choices={}), each))
            for key, each in value.items()
        )
        return "；".join(f"{key} {each}" for key, each in pairs)
    if column.shape == Shape.ROWS:
        return "；".join(_row(column, row) for row in value)
    return _one(column, value)


def _row(column: Column, row: Any) -> str:
    parts: list[str] = []
    for each in column.columns:
        value = getattr(row, each.name)
        if value is None or value in ((), "", {}, False) or (value == each.default and each.name != "rate"):
            continue
        if value is True:
            parts.append(str(each.label))
        elif each.name == "name" or isinstance(value, StepCode):
            parts.insert(0, said(each, value))
        elif each.name not in {"code", "mark"}:
            parts.append(f"{each.label} {said(each, value)}")
    return "，".join(parts)


def _one(column: Column, value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, StrEnum):
        return str(ENUMS[type(value)].get(value.value, value.value))
    if column.unit == Unit.PERCENT:
        return f"{plain(value * 100)}%"
    if column.unit == Unit.YUAN:
        written = figures.money(value)
        return f"{written.figure} {written.unit}"
    if isinstance(value, Decimal):
        return plain(value)
    return str(column.choices.get(str(value), value))


def plain(number: Decimal) -> str:
    """Without the zeros that only fill the column."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _columns(kind: Any, clause: str) -> tuple[Column, ...]:
    hints = get_type_hints(kind)
    return tuple(_column(field, hints[field.name], clause) for field in dataclasses.fields(kind))


def _column(field: "dataclasses.Field[Any]", hint: Any, clause: str) -> Column:
    is_required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    default = None if field.default is dataclasses.MISSING else field.default
    if get_origin(hint) is UnionType:
        hint, is_required = next(one for one in get_args(hint) if one is not NoneType), False
    inner = get_args(hint)
    shape, kind = Shape.PLAIN, hint
    if get_origin(hint) is dict:
        shape, kind = Shape.PAIRS, inner[1]
    elif get_origin(hint) is tuple:
        kind = inner[0]
        shape = Shape.ROWS if dataclasses.is_dataclass(kind) else Shape.LIST
    choices: Mapping[str, Word] = ENUMS.get(kind, {}) if isinstance(kind, type) else {}
    return Column(
        name=field.name,
        label=LABELS.get(field.name, field.name),
        shape=shape,
        kind=kind,
        unit=unit_of(clause, field.name, is_decimal=kind is Decimal),
        is_required=is_required,
        choices=choices or vocabulary(clause, field.name),
        default=default,
        columns=_columns(kind, clause) if shape == Shape.ROWS else (),
    )
