"""What the benchmarks measured: one table of figure, floor in the same run, ratio and target."""

import json
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def median(act: Callable[[], object], *, runs: int = 5, warm: int = 1) -> float:
    """Median seconds of ``runs`` runs after ``warm`` that do not count."""
    for _run in range(warm):
        act()
    return statistics.median(seconds(act) for _run in range(runs))


@dataclass(frozen=True)
class Figure:
    """``ratio`` is project to floor: of times where ``at_most`` is set, of rates where ``at_least`` is set."""

    name: str
    project: float
    floor: float | None
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    floor_is: str = ""

    @property
    def ratio(self) -> float | None:
        return self.project / self.floor if self.floor else None

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"<= {self.at_most:g}" if self.at_most is not None else ""

    @property
    def is_met(self) -> bool | None:
        held = self.project if self.ratio is None else self.ratio
        if self.at_least is not None:
            return held >= self.at_least
        return held <= self.at_most if self.at_most is not None else None


class Figures:
    """Collects; told at the end of the run, and kept so that another scale's run can be set beside it."""

    def __init__(self, scale: float, folder: Path) -> None:
        self.scale, self.folder = scale, folder
        self.rows: list[Figure] = []

    def time(
        self, name: str, project: float, floor: float | None = None, *, at_most: float | None = None, floor_is: str = ""
    ) -> None:
        """Seconds beside the seconds of the floor; without a floor ``at_most`` is in milliseconds."""
        ms = None if floor is None else floor * 1000
        self.rows.append(Figure(name, project * 1000, ms, "ms", at_most=at_most, floor_is=floor_is))

    def rate(
        self,
        name: str,
        work: float,
        project: float,
        floor: float | None = None,
        *,
        at_least: float | None = None,
        floor_is: str = "",
    ) -> None:
        """``work`` done in ``project`` seconds beside the same in ``floor`` seconds, as rates per second."""
        beside = None if floor is None else work / floor
        self.rows.append(Figure(name, work / project, beside, "/s", at_least=at_least, floor_is=floor_is))

    def value(
        self, name: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None
    ) -> None:
        self.rows.append(Figure(name, value, None, unit, at_least=at_least, at_most=at_most))

    def keep(self) -> None:
        """Newer figures take the place of older ones of the same name; what was not measured today stays."""
        if not self.rows:
            return
        kept = self._kept(self.scale) | {row.name: row for row in self.rows}
        self.folder.mkdir(parents=True, exist_ok=True)
        self._path(self.scale).write_text(
            json.dumps([asdict(row) for row in kept.values()], ensure_ascii=False, indent=1), encoding="utf-8"
        )

    def lines(self) -> Iterable[str]:
        """The table; ``growth`` is this scale's figure over a tenth's, where that was measured (1 is best for pages)."""
        tenth = self._kept(self.scale / 10)
        yield f"{'figure':<58}{'measured':>12} {'unit':<6}{'floor':>12}{'ratio':>8}  {'target':<9}{'':<5}{'growth':>7}  floor is"
        for row in self.rows:
            small = tenth.get(row.name)
            yield (
                f"{row.name:<58}{row.project:>12,.1f} {row.unit:<6}{_number(row.floor):>12}{_number(row.ratio, 2):>8}"
                f"  {row.target:<9}{'' if row.is_met is None else 'ok' if row.is_met else 'MISS':<5}"
                f"{_number(row.project / small.project if small and small.project else None, 2):>7}  {row.floor_is}"
            )

    def _path(self, scale: float) -> Path:
        return self.folder / f"figures-{scale:g}.json"

    def _kept(self, scale: float) -> dict[str, Figure]:
        path = self._path(scale)
        if not path.exists():
            return {}
        return {row["name"]: Figure(**row) for row in json.loads(path.read_text(encoding="utf-8"))}


def _number(value: float | None, places: int = 1) -> str:
    return "" if value is None else f"{value:,.{places}f}"
