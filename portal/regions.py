"""The regions of Ningxia (GB/T 2260) and 宁东, which has no code of its own and counts beside the five cities.

An enterprise is *registered* in a county and is the *responsibility* of a city or of 宁东: reports have six rows by
responsibility, totals are counted by registration, so that 宁东 is never counted twice.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

PROVINCE = "640000"
NINGDONG = "NX-NINGDONG"
NINGDONG_COUNTY = "640181"

#: Codes withdrawn by earlier reorganisations; old licences still carry them.
WITHDRAWN = frozenset(
    {"640103", "640111", "640203", "640204", "640211", "640222", "640321", "640322", "640382"},
)


@dataclass(frozen=True)
class Region:
    code: str
    name: str
    parent: str
    level: str


def _load() -> dict[str, Region]:
    with (Path(__file__).parent / "facts" / "regions.csv").open(encoding="utf-8") as lines:
        return {r["code"]: Region(r["code"], r["name"], r["parent"], r["level"]) for r in csv.DictReader(lines)}


REGIONS = _load()
CITIES = tuple(r for r in REGIONS.values() if r.level == "city")
COUNTIES = tuple(r for r in REGIONS.values() if r.level == "county")
#: The six rows of every report: five cities and 宁东.
RESPONSIBLE = (*CITIES, REGIONS[NINGDONG])


def name_of(code: str) -> str:
    """The Chinese name, or the code itself where it is unknown (historic licences)."""
    region = REGIONS.get(code)
    return region.name if region else code


def city_of(code: str) -> str:
    """The city code of a county or city code; the province and 宁东 answer themselves; unknown codes raise KeyError."""
    region = REGIONS[code]
    return region.parent if region.level == "county" else region.code


def covers(area: str, code: str) -> bool:
    """Whether ``code`` lies in ``area`` (province, city, county or 宁东; every region covers itself)."""
    if area in {PROVINCE, code}:
        return True
    region = REGIONS.get(code)
    return region is not None and region.level == "county" and region.parent == area


def region_choices() -> list[tuple[str, str]]:
    """Cities with their counties indented under them, and 宁东, for a select box."""
    rows: list[tuple[str, str]] = []
    for city in CITIES:
        rows.append((city.code, city.name))
        rows.extend((c.code, f"  {c.name}") for c in COUNTIES if c.parent == city.code)
    return [*rows, (NINGDONG, REGIONS[NINGDONG].name)]
