"""The credit records: written as files and delivered through the data centre's own door, rejects and a returned batch included."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from enterprises.credit import actions as credit
from enterprises.credit.models import Batch
from enterprises.evaluation import actions as evaluation
from lending.province.draws import stream
from lending.province.files import with_slips, write
from lending.province.firms import Firm
from lending.province.items import ITEMS, rows_of
from lending.province.items.world import Row
from portal import regions
from portal.accounts.models import User

#: Items that come from a department other than the one that answers for the item, by prefix or code.
SOURCES: Final = {
    "MR": "MARKET_REGULATION",
    "AL": "DEVELOPMENT_REFORM",
    "AP": "DEVELOPMENT_REFORM",
    "JD": "HIGH_COURT",
    "SD": "DEVELOPMENT_REFORM",
    "HR": "DEVELOPMENT_REFORM",
    "PS_SUBSIDY": "FINANCE",
    "PS_CERT": "INDUSTRY_IT",
    "TX": "TAX",
    "SF_INSURED": "HUMAN_RESOURCES",
    "SF_PAYMENT": "TAX",
    "SF_HOUSING_FUND": "HOUSING",
    "CU": "CUSTOMS",
    "UT_ELEC": "STATE_GRID",
    "RE": "NATURAL_RESOURCES",
    "IP": "MARKET_REGULATION",
    "RD": "SCIENCE",
}
#: Items that every city's hub delivers for its own firms.
BY_CITY: Final = frozenset({"UT_WATER", "UT_GAS"})
#: Thousandths of rows with a slip; the registry and the tax office make none.
SLIPS: Final = {"AL_LICENSE": 12, "AP_PENALTY": 15, "UT_WATER": 6, "HR_HONOR": 40, "SF_PAYMENT": 1, "MR_CHANGE": 8}


def deliver_all(
    firms: list[Firm], *, by: User, seed: int, today: date, at: datetime, say: Callable[[str], None]
) -> list[Batch]:
    """Every item of the catalogue, and one file that a city has not looked through before sending it."""
    batches = deliver(firms, ITEMS, by=by, seed=seed, today=today, at=at, say=say)
    with TemporaryDirectory() as folder:
        path = write(Path(folder), "HR_HONOR", _careless(firms, seed=seed, today=today), name="荣誉表彰补报")
        batch = _deliver(path, "HR_HONOR", "HUB_640400", by=by, at=at + timedelta(minutes=len(batches)))
    say(f"HR_HONOR: {batch.get_state_display()}, {batch.rows_bad} of {batch.rows} rows bad")
    return [*batches, batch]


def deliver(
    firms: list[Firm],
    items: Iterable[str],
    *,
    by: User,
    seed: int,
    today: date,
    at: datetime,
    say: Callable[[str], None],
) -> list[Batch]:
    """``items`` in the order given: the registry goes first, since the others name its firms."""
    batches: list[Batch] = []
    with TemporaryDirectory() as folder:
        for item in items:
            for source, name, rows in _files(item, firms, seed=seed, today=today):
                first = next(rows, None)
                if first is None:
                    continue  # in a small province nobody has gone bankrupt
                path = write(Path(folder), item, chain([first], rows), name=name)
                batch = _deliver(path, item, source, by=by, at=at + timedelta(minutes=len(batches)))
                batches.append(batch)
                say(f"{item}: {batch.get_state_display()}, {batch.rows} rows, {batch.rows_bad} bad ({batch.file_name})")
    return batches


def _files(item: str, firms: list[Firm], *, seed: int, today: date) -> Iterator[tuple[str, str, Iterator[Row]]]:
    """Source, file name and rows of each file in which ``item`` comes."""
    if item not in BY_CITY:
        source = SOURCES.get(item) or SOURCES[item[:2]]
        yield source, f"{item}-{today:%Y%m%d}", _rows(item, firms, seed=seed, today=today)
        return
    for city in regions.CITIES:
        theirs = [firm for firm in firms if firm.city == city.code]
        yield f"HUB_{city.code}", f"{item}-{city.name}-{today:%Y%m%d}", _rows(item, theirs, seed=seed, today=today)


def _rows(item: str, firms: list[Firm], *, seed: int, today: date) -> Iterator[Row]:
    rows = rows_of(item, firms, seed=seed, today=today)
    return with_slips(rows, stream(seed, "slips", item), per_mille=SLIPS[item]) if item in SLIPS else rows


def _careless(firms: list[Firm], *, seed: int, today: date) -> Iterator[Row]:
    """A file that a city has not looked through before sending it."""
    later = [firm for firm in firms if firm.quality > 600][:400]
    return with_slips(rows_of("HR_HONOR", later, seed=seed + 1, today=today), stream(seed, "careless"), per_mille=600)


def _deliver(path: Path, item: str, source: str, *, by: User, at: datetime) -> Batch:
    with path.open("rb") as file:
        batch = credit.receive(item_code=item, source_code=source, file=file, file_name=path.name, by=by, at=at)
    return credit.advance(batch=batch, by=by, at=at + timedelta(seconds=30))


def load_rules(*, by: User | None, at: datetime) -> None:
    """The catalogue before anything is delivered, and the scorecards."""
    credit.load_catalogue(by=by, at=at)
    evaluation.load_scorecards(by=by, at=at)


def grade_all(*, at: datetime) -> int:
    return evaluation.grade(enterprise_ids=None, kind="base", at=at)
