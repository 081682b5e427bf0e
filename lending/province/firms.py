"""The firms of the province: who they are, where, in which trade, and how well each of them does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, cast

from lending.province.draws import day_between, happens, skewed, stream, weighted
from portal import regions
from portal.identifiers import COMPANY, COOPERATIVE, ORGANISATION_ALPHABET, SOLE_TRADER, USCC_ALPHABET, make_uscc

FACTS: Final = Path(__file__).parent / "facts"

#: Of a thousand market entities.
KINDS: Final = {"sole_trader": 550, "cooperative": 100, "company": 350}
PREFIXES: Final = {"company": COMPANY, "sole_trader": SOLE_TRADER, "cooperative": COOPERATIVE}
SOLE_TRADER_FORMS: Final = {
    "餐饮": ("餐馆", "饭店", "小吃店"),
    "快餐": ("快餐店", "面馆"),
    "超市": ("超市", "生活超市"),
    "便利": ("便利店", "商店"),
    "服饰": ("服饰店", "服装店"),
    "汽车维修": ("汽修厂", "汽车维修部"),
    "美容美发": ("美发店", "美容院"),
    "宾馆": ("宾馆", "旅馆"),
    "民宿": ("民宿", "农家院"),
    "医药": ("大药房",),
    "口腔诊所": ("口腔诊所",),
    "物流": ("物流部", "货运部"),
}
ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS: Final = "10X98765432"


@dataclass(frozen=True)
class Firm:
    """``quality`` (0 to 1000) is what nobody sees: tax, staff, power, penalties and court cases follow from it."""

    number: int
    uscc: str
    name: str
    kind: str
    quality: int
    county: str
    is_ningdong: bool
    industry: str
    trade: str
    scope: str
    established_on: date
    status: str
    person: str
    id_number: str
    phone: str
    capital_wan: int
    staff: int
    revenue_wan: int
    growth: int
    domicile: str

    @property
    def city(self) -> str:
        return regions.city_of(self.county)

    @property
    def is_company(self) -> bool:
        return self.kind == "company"

    @property
    def is_living(self) -> bool:
        return self.status == "存续"


def facts(name: str) -> Any:
    return json.loads((FACTS / f"{name}.json").read_text(encoding="utf-8"))


def make_firms(count: int, *, seed: int, today: date) -> list[Firm]:
    """``count`` firms over all counties, in the proportions of the region; names and codes are never given twice."""
    maker = _Maker(seed, today)
    return list(maker.firms(count))


class _Maker:
    def __init__(self, seed: int, today: date) -> None:
        self.rng = stream(seed, "firms")
        self.today = today
        self.words: dict[str, Any] = facts("words")
        self.trades: list[dict[str, Any]] = facts("trades")
        self.counties: dict[str, int] = facts("counties")
        self.names: set[str] = set()
        self.bodies: set[str] = set()

    def firms(self, count: int) -> Iterator[Firm]:
        counties = list(self.counties)
        for number in range(1, count + 1):
            # The first round gives every county its firm, so that a small province covers the whole map too.
            county = counties[number - 1] if number <= len(counties) else weighted(self.rng, self.counties)
            yield self._firm(number, county)

    def _firm(self, number: int, county: str) -> Firm:
        rng = self.rng
        kind = weighted(rng, KINDS)
        trade = self._trade(kind, county)
        is_ningdong = county == regions.NINGDONG_COUNTY and kind == "company" and happens(rng, 420)
        quality = min(999, sum(rng.randrange(334) for _draw in range(3)))
        low, high = trade["revenue_wan"]
        revenue = skewed(rng, low, high if kind != "sole_trader" else max(low + 1, high // 4))
        revenue = max(low, revenue * (600 + quality) // 1100)
        staff_low, staff_high = trade["staff"]
        span = max(1, high - low)
        staff = max(1, staff_low + (staff_high - staff_low) * (revenue - low) // span)
        established = day_between(rng, self.today - timedelta(days=365 * 22), self.today - timedelta(days=200))
        if happens(rng, 550):
            established = day_between(rng, self.today - timedelta(days=365 * 6), self.today - timedelta(days=200))
        return Firm(
            number=number,
            uscc=self._uscc(kind, county),
            name=self._name(kind, county, str(trade["trade"])),
            kind=kind,
            quality=quality,
            county=county,
            is_ningdong=is_ningdong,
            industry=str(trade["industry"]),
            trade=str(trade["trade"]),
            scope=str(trade["scope"]),
            established_on=established,
            status=self._status(quality),
            person=self._person(),
            id_number=id_number(rng, number),
            phone=f"1900{number:07d}",
            capital_wan=0
            if kind == "sole_trader"
            else rng.choice((50, 100, 200, 300, 500, 1000)) * max(1, revenue // 2500),
            staff=staff,
            revenue_wan=revenue,
            growth=(quality - 430) // 3 + rng.randint(-120, 160),
            domicile=self._domicile(county, is_ningdong),
        )

    def _trade(self, kind: str, county: str) -> dict[str, Any]:
        """Trades that live in the county come up far more often there; those without counties live everywhere."""
        weights: dict[int, int] = {}
        for place, trade in enumerate(self.trades):
            local = int(trade["counties"].get(county, 3 if trade["counties"] else 9))
            weights[place] = int(trade["weight"]) * int(trade["kinds"].get(kind, 0)) * local
        return self.trades[weighted(self.rng, weights)]

    def _uscc(self, kind: str, county: str) -> str:
        while True:
            letters = self.rng.choices([c for c in USCC_ALPHABET if c in ORGANISATION_ALPHABET], k=7)
            body = "M" + "".join(letters)
            if body not in self.bodies:
                self.bodies.add(body)
                return make_uscc(PREFIXES[kind], county, body)

    def _name(self, kind: str, county: str, trade: str) -> str:
        words, rng = self.words, self.rng
        county_name, city_name = regions.name_of(county), regions.name_of(regions.city_of(county))
        while True:
            brand = rng.choice(words["brand_first"]) + rng.choice(words["brand_second"])
            if kind == "company":
                place = rng.choice((city_name.removesuffix("市"), "宁夏", "宁夏", county_name))
                name = f"{place}{brand}{trade}有限公司"
            elif kind == "cooperative":
                name = f"{county_name}{brand}{trade}专业合作社"
            else:
                name = (
                    f"{county_name}{brand}{rng.choice(SOLE_TRADER_FORMS.get(trade, (f'{trade}店', f'{trade}经营部')))}"
                )
            if name not in self.names and brand[0] != brand[1]:
                self.names.add(name)
                return name

    def _status(self, quality: int) -> str:
        if quality < 230 and happens(self.rng, 260):
            return self.rng.choice(("吊销", "注销", "歇业"))
        return "存续" if happens(self.rng, 988) else self.rng.choice(("注销", "歇业", "迁出"))

    def _person(self) -> str:
        words, rng = self.words, self.rng
        given = rng.choice(words["given_first"]) if happens(rng, 780) else ""
        return cast(str, rng.choice(words["surnames"]) + given + rng.choice(words["given_second"]))

    def _domicile(self, county: str, is_ningdong: bool) -> str:
        words, rng = self.words, self.rng
        place = f"宁夏{regions.name_of(regions.city_of(county))}{regions.name_of(county)}"
        if is_ningdong:
            return f"{place}{rng.choice(words['ningdong'])}{rng.randint(1, 60)}号"
        if happens(rng, 250):
            return f"{place}{rng.choice(words['towns'][county])}{rng.choice(words['parks'])}{rng.randint(1, 30)}号"
        return f"{place}{rng.choice(words['streets'])}{rng.randint(1, 380)}号"


def id_number(rng: Random, number: int) -> str:
    """A resident number with a valid check character under the code of the province as a whole, which no person carries."""
    born = day_between(rng, date(1962, 1, 1), date(2000, 12, 31))
    first = f"{regions.PROVINCE}{born:%Y%m%d}{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(first, ID_WEIGHTS, strict=True))
    return first + ID_CHECKS[total % 11]
