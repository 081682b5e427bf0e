"""Scorecards as data. One definition is explained for one firm in plain Python and run over all firms in SQL.

A definition (JSON) holds dimensions of features, each cut into bins with points; knock-outs that cap the letter; and the bands
that turn a score into a letter. All arithmetic is on whole numbers, so that both runs agree to the last point:

* the score is points reached of points *known*, out of 1000: what is missing counts neither for nor against;
* where more than ``missing_limit`` (per ten thousand of the points) is missing there is no score and no letter;
* a knock-out caps the letter, and the score with it; one that caps at the last letter holds whatever is missing.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

#: Facts that come from the registry rather than from the feature row.
REGISTRY_COLUMNS: Final = frozenset({"age_months", "status"})
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


class BadDefinition(ValueError):
    """The definition cannot be run; the message says where."""


@dataclass(frozen=True)
class Bin:
    """Takes values below ``below``, or among ``among``; the last bin of a feature takes the rest."""

    points: int
    sentence: str
    below: Decimal | None = None
    among: tuple[str, ...] = ()

    def takes(self, value: object) -> bool:
        if self.among:
            return value in self.among
        return self.below is None or Decimal(str(value)) < self.below


@dataclass(frozen=True)
class Feature:
    column: str
    label: str
    dimension: str
    #: The items the column is made of: what a consent must cover before it may count.
    items: frozenset[str]
    #: What the firm can do about it; '' where it can do nothing.
    advice: str
    bins: tuple[Bin, ...]

    @property
    def max_points(self) -> int:
        return max(step.points for step in self.bins)

    def bin_of(self, value: object) -> int | None:
        """Which bin takes ``value``; None where it is not known."""
        return None if value is None else next(i for i, step in enumerate(self.bins) if step.takes(value))


@dataclass(frozen=True)
class KnockOut:
    column: str
    cap: str
    sentence: str
    at_least: Decimal | None = None
    among: tuple[str, ...] = ()
    #: A column that lifts the knock-out when it is above zero (an approved reorganisation plan).
    unless: str = ""

    def hits(self, facts: Mapping[str, object]) -> bool:
        value = facts.get(self.column)
        if value is None or _number(facts.get(self.unless)) > 0:
            return False
        return value in self.among if self.among else Decimal(str(value)) >= (self.at_least or 0)


@dataclass(frozen=True)
class Card:
    """A definition that has been read and found sound."""

    features: tuple[Feature, ...]
    knock_outs: tuple[KnockOut, ...]
    #: Letters from best to worst with the score each begins at.
    bands: tuple[tuple[str, int], ...]
    missing_limit: int

    @property
    def total(self) -> int:
        return sum(feature.max_points for feature in self.features)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every fact the card asks for, each once, in order."""
        names = [f.column for f in self.features] + [k.column for k in self.knock_outs]
        names += [k.unless for k in self.knock_outs if k.unless]
        return tuple(dict.fromkeys(names))

    def rank(self, letter: str) -> int:
        return [name for name, _start in self.bands].index(letter)

    def ceiling(self, rank: int) -> int:
        """The highest score of the band with this rank."""
        return 1000 if rank == 0 else self.bands[rank - 1][1] - 1

    def letter_of(self, score: int) -> str:
        return next(name for name, start in self.bands if score >= start)


@dataclass(frozen=True)
class Judgement:
    score: int | None
    letter: str
    missing_share: Decimal
    #: The bin of each feature in the card's order, and the knock-outs that hit: all that the reasons need.
    bins: tuple[int | None, ...]
    knocked: tuple[int, ...]


@dataclass(frozen=True)
class Reason:
    code: str
    dimension: str
    sentence: str
    points: int
    max_points: int
    advice: str = ""
    is_knock_out: bool = False
    is_missing: bool = False

    @property
    def lost(self) -> int:
        return 0 if self.is_missing else self.max_points - self.points


def judge(card: Card, facts: Mapping[str, object]) -> Judgement:
    """One firm's judgement. ``facts`` maps columns to values; None or absent is not known."""
    bins = tuple(feature.bin_of(facts.get(feature.column)) for feature in card.features)
    knocked = tuple(i for i, knock_out in enumerate(card.knock_outs) if knock_out.hits(facts))
    pairs = [(f, i) for f, i in zip(card.features, bins, strict=True) if i is not None]
    points = sum(feature.bins[i].points for feature, i in pairs)
    known = sum(feature.max_points for feature, _i in pairs)
    missing, total = card.total - known, card.total
    worst = max((card.rank(card.knock_outs[i].cap) for i in knocked), default=0)
    score, letter = None, ""
    if known and missing * 10_000 <= card.missing_limit * total:
        score = min((2000 * points + known) // (2 * known), card.ceiling(worst))
        letter = card.letter_of(score)
    elif worst == len(card.bands) - 1:
        letter = card.bands[worst][0]
    share = Decimal((missing * 20_000 + total) // (2 * total)) / 10_000
    return Judgement(score, letter, share.quantize(Decimal("0.0001")), bins, knocked)


def reasons(card: Card, bins: Sequence[int | None], knocked: Sequence[int]) -> list[Reason]:
    """The sentences behind a judgement: knock-outs, then what cost most, then what earned most; what is missing last."""
    found = [_reason(feature, i) for feature, i in zip(card.features, bins, strict=True)]
    known = sorted((r for r in found if not r.is_missing), key=lambda r: (-r.lost, -r.points, r.code))
    hits = [card.knock_outs[i] for i in knocked]
    first = [Reason(k.column, "", k.sentence, 0, 0, is_knock_out=True) for k in hits]
    return first + known + [r for r in found if r.is_missing]


def raisers(found: Sequence[Reason], limit: int = 3) -> list[Reason]:
    """What would raise the score: the largest lost points the firm can do something about."""
    return [r for r in sorted(found, key=lambda r: (-r.lost, r.code)) if r.lost > 0 and r.advice][:limit]


def _reason(feature: Feature, i: int | None) -> Reason:
    if i is None:
        return Reason(
            feature.column,
            feature.dimension,
            f"{feature.label}:暂无信息,不计分",
            0,
            feature.max_points,
            is_missing=True,
        )
    step = feature.bins[i]
    return Reason(feature.column, feature.dimension, step.sentence, step.points, feature.max_points, feature.advice)


# --- The same over all firms ----------------------------------------------------------------------------------------


def compile_sql(card: Card, *, day: date, kinds: Collection[str], where: str = "TRUE") -> str:
    """One SELECT that judges every firm of ``kinds``: enterprise_id, bins, knocked, score, letter, missing_share, features_at.

    Names are checked and values are written as literals, so ``where`` may carry the only parameters.
    """
    columns = ", ".join(f"{_column(name, day)} AS {name}" for name in card.columns)
    steps = [_bin_sql(feature, i) for i, feature in enumerate(card.features)]
    steps += [f"{_knock_sql(knock_out)} AS k{i}" for i, knock_out in enumerate(card.knock_outs)]
    points = " + ".join(
        f"coalesce((ARRAY[{', '.join(str(step.points) for step in f.bins)}])[b{i} + 1], 0)"
        for i, f in enumerate(card.features)
    )
    known = " + ".join(f"CASE WHEN b{i} IS NULL THEN 0 ELSE {f.max_points} END" for i, f in enumerate(card.features))
    bins = ", ".join(f"b{i}" for i in range(len(card.features)))
    knocked = ", ".join(f"CASE WHEN k{i} THEN {i} END" for i in range(len(card.knock_outs))) or "NULL"
    ranks = "".join(f", CASE WHEN k{i} THEN {card.rank(k.cap)} END" for i, k in enumerate(card.knock_outs))
    ceilings = ", ".join(str(card.ceiling(rank)) for rank in range(len(card.bands)))
    letters = " ".join(f"WHEN score >= {start} THEN {_text(name)}" for name, start in card.bands)
    last, total = len(card.bands) - 1, card.total
    enough = f"known > 0 AND ({total} - known) * 10000 <= {card.missing_limit * total}"
    return f"""
        SELECT enterprise_id, bins, knocked, score,
               CASE WHEN score IS NOT NULL THEN CASE {letters} END
                    WHEN worst = {last} THEN {_text(card.bands[last][0])} ELSE '' END AS letter,
               ((({total} - known) * 20000 + {total}) / {2 * total} / 10000.0)::numeric(5, 4) AS missing_share,
               features_at
        FROM (
            SELECT enterprise_id, bins, knocked, known, worst, features_at,
                   CASE WHEN {enough}
                        THEN LEAST((2000 * points + known) / (2 * known), (ARRAY[{ceilings}])[worst + 1]) END AS score
            FROM (
                SELECT enterprise_id, features_at, ARRAY[{bins}]::smallint[] AS bins,
                       array_remove(ARRAY[{knocked}]::smallint[], NULL) AS knocked,
                       {points} AS points, {known} AS known, GREATEST(0{ranks}) AS worst
                FROM (
                    SELECT enterprise_id, features_at, {", ".join(steps)}
                    FROM (
                        SELECT e.id AS enterprise_id, f.refreshed_at AS features_at, {columns}
                        FROM enterprises_enterprise e LEFT JOIN credit_featurerow f ON f.enterprise_id = e.id
                        WHERE e.kind IN ({", ".join(_text(kind) for kind in sorted(kinds))}) AND {where}
                    ) AS facts
                ) AS binned
            ) AS summed
        ) AS scored
    """  # noqa: S608 - names are matched against a pattern, values are numbers or quoted here


def _column(name: str, day: date) -> str:
    if name == "status":
        return "e.status"
    if name == "age_months":
        today = f"DATE '{day:%Y-%m-%d}'"
        return (
            f"((EXTRACT(YEAR FROM {today}) - EXTRACT(YEAR FROM e.established_on)) * 12"
            f" + EXTRACT(MONTH FROM {today}) - EXTRACT(MONTH FROM e.established_on)"
            f" - CASE WHEN EXTRACT(DAY FROM e.established_on) > {day.day} THEN 1 ELSE 0 END)::int"
        )
    return f"f.{name}"


def age_months(established_on: date, day: date) -> int:
    """Completed months by the calendar; the same sum as in SQL (the 31st has not come on the 30th)."""
    months = (day.year - established_on.year) * 12 + day.month - established_on.month
    return months - (1 if established_on.day > day.day else 0)


def _bin_sql(feature: Feature, i: int) -> str:
    tests = [f"WHEN {feature.column} IS NULL THEN NULL"]
    for number, step in enumerate(feature.bins):
        if step.among:
            tests.append(f"WHEN {feature.column} IN ({', '.join(_text(a) for a in step.among)}) THEN {number}")
        elif step.below is not None:
            tests.append(f"WHEN {feature.column} < {step.below} THEN {number}")
    return f"CASE {' '.join(tests)} ELSE {len(feature.bins) - 1} END AS b{i}"


def _knock_sql(knock_out: KnockOut) -> str:
    if knock_out.among:
        test = f"{knock_out.column} IN ({', '.join(_text(a) for a in knock_out.among)})"
    else:
        test = f"{knock_out.column} >= {knock_out.at_least}"
    lifted = f" AND NOT coalesce({knock_out.unless} > 0, FALSE)" if knock_out.unless else ""
    return f"coalesce({test}, FALSE){lifted}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''").replace("%", "%%") + "'"


def _number(value: object) -> Decimal:
    return Decimal(0) if value is None else Decimal(str(value))


# --- Reading ------------------------------------------------------------------------------------------------------------


def read(definition: Mapping[str, Any], *, known_columns: Collection[str] | None = None) -> Card:
    """The card a definition describes. Raises BadDefinition where it could not be run, or asks for an unknown column."""
    try:
        features = tuple(
            _feature(feature, dimension["name"])
            for dimension in definition["dimensions"]
            for feature in dimension["features"]
        )
        knock_outs = tuple(_knock_out(entry) for entry in definition["knock_outs"])
        bands = tuple((str(letter), int(start)) for letter, start in definition["bands"])
        card = Card(features, knock_outs, bands, int(definition["missing_limit"]))
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise BadDefinition(f"{type(error).__name__}: {error}") from error
    _check(card, known_columns)
    return card


def _feature(entry: Mapping[str, Any], dimension: str) -> Feature:
    bins = tuple(
        Bin(
            points=int(step["points"]),
            sentence=step["sentence"],
            below=None if "below" not in step else Decimal(str(step["below"])),
            among=tuple(step.get("among", ())),
        )
        for step in entry["bins"]
    )
    items = frozenset(entry["items"])
    return Feature(entry["column"], entry["label"], dimension, items, entry.get("advice", ""), bins)


def _knock_out(entry: Mapping[str, Any]) -> KnockOut:
    at_least = None if "at_least" not in entry else Decimal(str(entry["at_least"]))
    among = tuple(entry.get("among", ()))
    return KnockOut(entry["column"], entry["cap"], entry["sentence"], at_least, among, entry.get("unless", ""))


def _check(card: Card, known_columns: Collection[str] | None) -> None:
    for name in card.columns:
        if not _NAME.fullmatch(name) or (known_columns is not None and name not in known_columns):
            raise BadDefinition(f"unknown column: {name}")
    for feature in card.features:
        *steps, rest = feature.bins
        bounds = [step.below for step in steps if step.below is not None]
        if rest.below is not None or rest.among or len(bounds) not in {0, len(steps)} or bounds != sorted(set(bounds)):
            raise BadDefinition(f"bins of {feature.column} are not in order")
        if any(not step.among for step in steps) and not bounds:
            raise BadDefinition(f"a bin of {feature.column} takes everything")
        if min(step.points for step in feature.bins) < 0 or feature.max_points <= 0:
            raise BadDefinition(f"points of {feature.column} are not positive")
    starts = [start for _letter, start in card.bands]
    if not card.features or not starts or starts != sorted(set(starts), reverse=True) or starts[-1] != 0:
        raise BadDefinition("bands must fall to 0, and there must be features")
    letters = {letter for letter, _start in card.bands}
    for knock_out in card.knock_outs:
        if knock_out.cap not in letters or (knock_out.at_least is None and not knock_out.among):
            raise BadDefinition(f"knock-out of {knock_out.column} has no test or an unknown letter")
