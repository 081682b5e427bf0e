"""From the rows of a scheme to clauses, with every parameter of its declared type."""

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from lending.compensation.clauses import (
    breakers,
    caps,
    claims,
    eligibility,
    layers,
    losses,
    procedure,
    recoveries,
    shares,
    terms,
)
from lending.compensation.clauses.base import Clause


class ClauseError(ValueError):
    """A clause that cannot be read: unknown, incomplete, or with a parameter of the wrong kind."""


_MODULES: Final = (eligibility, terms, claims, losses, shares, layers, caps, breakers, procedure, recoveries)

#: Every kind of clause by its name, in the order of a scheme: who and what enters, when, what is lost, who pays, how.
CLAUSES: Final[dict[str, type[Clause]]] = {
    name: kind
    for module in _MODULES
    for name, kind in vars(module).items()
    if isinstance(kind, type)
    and issubclass(kind, Clause)
    and not inspect.isabstract(kind)
    and kind.__module__ == module.__name__
}


def read(rows: Sequence[Mapping[str, Any]], *, day: date | None = None) -> list[Clause]:
    """The clauses of a scheme in their order; with ``day``, those in force on it. Raises ClauseError."""
    clauses = [_clause(row) for row in rows]
    return clauses if day is None else [clause for clause in clauses if clause.is_in_force(day)]


def _clause(row: Mapping[str, Any]) -> Clause:
    kind = CLAUSES.get(str(row.get("clause")))
    if kind is None:
        raise ClauseError(f"no such clause: {row.get('clause')!r}")
    given = {"number": row.get("number"), "text": row.get("text"), **row.get("parameters", {})}
    given |= {name: row[name] for name in ("in_force_from", "in_force_until", "source", "assumed") if row.get(name)}
    clause: Clause = _construct(kind, given)
    return clause


def _construct(kind: Any, given: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if unknown := given.keys() - fields.keys():
        raise ClauseError(f"{kind.__name__} has no parameter {sorted(unknown)}")
    if missing := {name for name, field in fields.items() if _is_required(field)} - given.keys():
        raise ClauseError(f"{kind.__name__} lacks {sorted(missing)}")
    values = {name: _convert(value, hints[name], f"{kind.__name__}.{name}") for name, value in given.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise ClauseError(f"{kind.__name__}: {error}") from error


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _convert(value: Any, hint: Any, where: str) -> Any:
    """``value`` from JSON as ``hint`` asks. A figure comes as text or a whole number: a float is no amount."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return None if value is None else _convert(value, next(one for one in inner if one is not NoneType), where)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_convert(each, inner[0], where) for each in value)
    if origin is dict and isinstance(value, Mapping):
        return {key: _convert(each, inner[1], where) for key, each in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return _construct(hint, value)
    try:
        return _plain(value, hint)
    except (TypeError, ValueError, InvalidOperation) as error:
        raise ClauseError(f"{where} cannot be {value!r}") from error


def _plain(value: Any, hint: Any) -> Any:
    if hint is Decimal and isinstance(value, str | int) and not isinstance(value, bool):
        return Decimal(value)
    if hint is date and isinstance(value, str):
        return date.fromisoformat(value)
    if hint is bool and isinstance(value, bool):
        return value
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(hint, type) and issubclass(hint, str) and isinstance(value, str):
        return hint(value)
    raise TypeError(value)
