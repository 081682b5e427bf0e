"""The size standard (中小企业划型标准): which class a firm belongs to by its industry and its figures.

Large, medium and small each ask for *all* minimums of their row, otherwise the next lower class; one figure under the
small minimum is enough for micro. Industries without a row (finance, education, railways ...) have no class.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from portal import industries

LARGE, MEDIUM, SMALL, MICRO = "large", "medium", "small", "micro"
NOT_APPLICABLE, UNKNOWN = "not_applicable", "unknown"
#: From the lowest to the highest.
CLASSES = (MICRO, SMALL, MEDIUM, LARGE)


@dataclass(frozen=True)
class Standard:
    """One row of the standard: one figure of one industry with the minimums of its three upper classes."""

    industry: str
    scopes: tuple[str, ...]
    indicator: str
    large: Decimal
    medium: Decimal
    small: Decimal

    def class_of(self, value: Decimal) -> str:
        if value >= self.large:
            return LARGE
        if value >= self.medium:
            return MEDIUM
        return SMALL if value >= self.small else MICRO


def _scopes(text: str) -> tuple[str, ...]:
    """``"B;C;592-599"`` as prefixes: ``("B", "C", "592", ..., "599")``."""
    prefixes: list[str] = []
    for part in text.split(";"):
        first, _, last = part.partition("-")
        prefixes += [str(n) for n in range(int(first), int(last) + 1)] if last else [first]
    return tuple(prefixes)


def _load() -> tuple[Standard, ...]:
    with (Path(industries.__file__).parent / "facts" / "size_standard.csv").open(encoding="utf-8") as lines:
        return tuple(
            Standard(
                row["industry_key"],
                _scopes(row["gbt4754_2017_scope"]),
                row["indicator"],
                Decimal(row["large_min"]),
                Decimal(row["medium_min"]),
                Decimal(row["small_min"]),
            )
            for row in csv.DictReader(lines)
        )


STANDARDS = _load()
#: Divisions that the standard divides further: two digits do not say which row applies.
DIVIDED = frozenset(scope[:2] for row in STANDARDS for scope in row.scopes if len(scope) > 2)


def standards_of(industry_code: str) -> tuple[Standard, ...]:
    """The rows that apply to an industry; none where the standard has no class for it."""
    return tuple(row for row in STANDARDS if any(industries.covers(scope, industry_code) for scope in row.scopes))


def size_class(
    *,
    industry_code: str,
    employees: int | Decimal | None = None,
    revenue_wan: Decimal | None = None,
    assets_wan: Decimal | None = None,
) -> str:
    """The class by the figures that are known; ``unknown`` where a missing figure could change it."""
    if industry_code[:2] not in industries.INDUSTRIES or industry_code in DIVIDED or not industry_code[:2].isdigit():
        return UNKNOWN
    rows = standards_of(industry_code)
    if not rows:
        return NOT_APPLICABLE
    figures = {"employees": employees, "revenue_wan": revenue_wan, "assets_wan": assets_wan}
    classes = [row.class_of(Decimal(value)) if (value := figures[row.indicator]) is not None else None for row in rows]
    known = [found for found in classes if found is not None]
    if MICRO in known:
        return MICRO
    return UNKNOWN if len(known) < len(classes) else min(known, key=CLASSES.index)
