"""Industries by GB/T 4754-2017: 20 sections (A to T) and 97 divisions (01 to 97)."""

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Industry:
    code: str
    name: str
    parent: str


def _load() -> dict[str, Industry]:
    with (Path(__file__).parent / "facts" / "industries.csv").open(encoding="utf-8") as lines:
        return {r["code"]: Industry(r["code"], r["name"], r["parent"]) for r in csv.DictReader(lines)}


INDUSTRIES = _load()
SECTIONS = tuple(i for i in INDUSTRIES.values() if not i.parent)


def section_of(code: str) -> str:
    """The section letter of a section, division (2 digits), group (3) or class (4); unknown codes raise KeyError."""
    if code in INDUSTRIES and not INDUSTRIES[code].parent:
        return code
    return INDUSTRIES[code[:2]].parent


def name_of(code: str) -> str:
    """The name of the section or division a code belongs to; the code itself where it is unknown."""
    industry = INDUSTRIES.get(code) or INDUSTRIES.get(code[:2])
    return industry.name if industry else code


def covers(scope: str, code: str) -> bool:
    """Whether ``code`` (2 to 4 digits) lies in ``scope``: a section letter, or the first digits of a code."""
    if scope.isalpha():
        return code[:2] in INDUSTRIES and INDUSTRIES[code[:2]].parent == scope
    return code.startswith(scope)


def section_choices() -> list[tuple[str, str]]:
    return [(s.code, f"{s.code} {s.name}") for s in SECTIONS]
