"""What every item's generator starts from, and how values are written in a department's file."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from lending.province.draws import day_between, stream
from lending.province.fates import Fate
from lending.province.firms import Firm
from portal import regions
from portal.identifiers import make_uscc
from portal.periods import add_months, month_starts

Row = dict[str, str]

#: Full months of monthly items.
MONTHS = 24


@dataclass(frozen=True)
class Subject:
    """One firm as one department knows it; ``rng`` is the item's own stream for this firm."""

    firm: Firm
    fate: Fate
    rng: Random
    seed: int
    today: date

    def shared(self, topic: str) -> Random:
        """A stream that two items share, so that an invoice and a tax return speak of the same sales."""
        return stream(self.seed, topic, self.firm.number)

    def months(self) -> list[date]:
        """The first days of the last full months in which the firm existed, oldest first."""
        last = self.today.replace(day=1) - timedelta(days=1)
        starts = month_starts(add_months(last.replace(day=1), 1 - MONTHS), last)
        return [month for month in starts if month >= self.firm.established_on]

    def day_within(self, days: int, *, since: int = 0) -> date:
        """A day between ``days`` and ``since`` days ago, never before the firm existed."""
        first = max(self.firm.established_on + timedelta(days=1), self.today - timedelta(days=days))
        return day_between(self.rng, first, max(first, self.today - timedelta(days=max(1, since))))

    def monthly_sales(self) -> list[int]:
        """Sales of each month in yuan: last year's level, this year's with the firm's growth, seasons and chance."""
        rng, months = self.shared("sales"), self.months()
        level = self.firm.revenue_wan * 10_000 // 12
        sales = []
        for place, month in enumerate(months):
            is_recent = len(months) - place <= 12
            season = (780, 640, 920, 980, 1010, 1040, 1020, 1010, 1080, 1120, 1100, 1160)[month.month - 1]
            grown = level * (1000 + self.firm.growth) // 1000 if is_recent else level
            sales.append(max(0, grown * season // 1000 * rng.randint(820, 1180) // 1000))
        return sales


def money(yuan: int, fen: int = 0) -> str:
    """Whole yuan (and fen) with two places."""
    return f"{yuan}.{fen:02d}"


def wan(yuan: int) -> str:
    """Yuan as 万元 with two places."""
    return f"{yuan // 10_000}.{yuan % 10_000 // 100:02d}"


def ym(month: date) -> str:
    return f"{month:%Y%m}"


def month_end(month: date) -> date:
    return add_months(month, 1) - timedelta(days=1)


def office(name: str, county: str, *, at_city: bool = False) -> tuple[str, str]:
    """A public body of the county (or its city) and its code under prefix 11."""
    region = regions.city_of(county) if at_city else county
    body = f"00{sum(map(ord, name)) % 900_000 + 100_000}"
    return f"{regions.name_of(region)}{name}", make_uscc("11", region, body)
