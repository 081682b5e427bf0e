"""What the clauses were told, kept beside the claim as JSON, so that anybody may compute it again.

Amounts and days stay exact: what JSON cannot hold is written with its kind. A claim that was computed by other facts differs.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from lending.compensation.clauses.facts import Debt, LoanFacts, PoolFacts, Share, Tally

KINDS: Final = {kind.__name__: kind for kind in (Debt, LoanFacts, PoolFacts, Share, Tally)}


def freeze(value: Any) -> Any:
    """``value`` as plain JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        told = {field.name: freeze(getattr(value, field.name)) for field in fields(value)}
        return {"$": type(value).__name__, "v": told}
    for kind, (name, write) in WRITTEN.items():
        if isinstance(value, kind):
            return {"$": name, "v": write(value)}
    return str(value) if isinstance(value, str) else value


#: How each kind that JSON does not know is written, and how it is read again.
WRITTEN: Final[dict[type, tuple[str, Callable[[Any], Any]]]] = {
    Decimal: ("decimal", str),
    date: ("date", date.isoformat),
    frozenset: ("set", lambda held: sorted(freeze(each) for each in held)),
    tuple: ("tuple", lambda held: [freeze(each) for each in held]),
    Mapping: ("map", lambda held: [[freeze(key), freeze(each)] for key, each in held.items()]),
}
READ: Final[dict[str, Callable[[Any], Any]]] = {
    "decimal": Decimal,
    "date": date.fromisoformat,
    "set": lambda held: frozenset(thaw(each) for each in held),
    "tuple": lambda held: tuple(thaw(each) for each in held),
    "map": lambda held: {thaw(key): thaw(each) for key, each in held},
}


def thaw(value: Any) -> Any:
    """What :func:`freeze` wrote. A field that has been added since keeps its default."""
    if not isinstance(value, dict):
        return value
    kind, held = value["$"], value["v"]
    if kind in READ:
        return READ[kind](held)
    return KINDS[kind](**{name: thaw(each) for name, each in held.items()})
