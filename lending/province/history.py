"""Two years of lending, lived in the order of time by the people of the firms, the banks and the finance department."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from django.utils import timezone

from lending.compensation.models import Scheme
from lending.province.borrowers import Borrower, Scene
from lending.province.draws import day_between, happens, stream
from lending.province.firms import Firm
from lending.province.losses import Losses
from lending.province.offers import House
from lending.province.servicing import Payers, close_day, last_report, month_ends, reports
from lending.province.timeline import Timeline
from portal.accounts.models import User

#: One firm in so many borrows through the station.
ONE_IN: Final = 19
#: Products stand on the shelf some weeks after the station has opened.
OPENING: Final = timedelta(days=30)


@dataclass(frozen=True)
class Ask:
    """A firm that borrows and the moments at which it comes to the market."""

    firm: Firm
    moments: list[datetime]
    is_showcase: bool = False


def choose_asks(firms: list[Firm], *, start: datetime, end: datetime, seed: int) -> list[Ask]:
    """Who borrows and when: the showcase firm first, then firms of every kind and county, the better ones more often."""
    rng = stream(seed, "asks")
    showcase = showcase_firm(firms, start)
    asks = [Ask(showcase, [end - timedelta(days=days, hours=9) for days in (430, 160, 3)], is_showcase=True)]
    count = max(8, len(firms) // ONE_IN)
    able = [firm for firm in firms if firm.is_living and firm is not showcase and firm.quality > 170]
    for firm in rng.sample(able, min(len(able), count - 1)):
        moments = sorted(_moment(firm, start, end, rng) for _need in range(rng.choice((1, 2, 2, 2, 3))))
        asks.append(Ask(firm, moments))
    return asks


def showcase_firm(firms: list[Firm], start: datetime) -> Firm:
    """A sound company that is old enough for most products; of several the first."""
    sound = [
        firm
        for firm in firms
        if firm.is_company and firm.is_living and firm.established_on < start.date() and firm.revenue_wan > 300
    ]
    return max(sound or firms, key=lambda firm: (min(firm.quality, 700), firm.trade == "枸杞", -firm.number))


def _moment(firm: Firm, start: datetime, end: datetime, rng: Random) -> datetime:
    """Some are recent, so that every desk has work waiting."""
    first = max((start + OPENING).date() + timedelta(days=15), firm.established_on + timedelta(days=60))
    if happens(rng, 170):
        first = (end - timedelta(days=9)).date()
    day = day_between(rng, first, (end - timedelta(days=1)).date())
    return datetime.combine(day, datetime.min.time(), end.tzinfo) + timedelta(minutes=rng.randint(8 * 60, 20 * 60))


def live(
    asks: list[Ask],
    *,
    houses: Mapping[str, House],
    owners: Mapping[str, User],
    staff: Mapping[str, User],
    start: datetime,
    end: datetime,
    seed: int,
) -> int:
    """Run every story up to ``end``; returns how many moments were lived."""
    timeline, payers = Timeline(end), Payers()
    by_key = {house.institution.pk: house for house in houses.values()}
    schemes = {scheme.code: scheme for scheme in Scheme.objects.adopted().order_by("code", "version")}
    losses = Losses(timeline, by_key, staff, schemes, payers, seed)
    scene = Scene(timeline, by_key, losses.on_drawn)
    timeline.begin(month_ends(start=start))
    for house in houses.values():
        rng = stream(seed, "reports", house.institution.code)
        timeline.begin(reports(house, payers, start=start, rng=rng))
        timeline.begin(last_report(house, payers, at=end - timedelta(hours=2)))
    for ask in asks:
        rng = stream(seed, "story", ask.firm.number)
        borrower = Borrower(scene, ask.firm, owners[ask.firm.uscc], rng, is_certain=ask.is_showcase)
        timeline.begin(borrower.story(ask.moments))
    lived = timeline.run()
    close_day(end - timedelta(hours=1))
    return lived


def moments_of(today: datetime) -> tuple[datetime, datetime]:
    """From the station's opening two years ago to last midnight."""
    end = timezone.localtime(today).replace(hour=0, minute=0, second=0, microsecond=0)
    return end - timedelta(days=730), end
