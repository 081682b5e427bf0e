"""A bank's scorecard file (评分卡): what it may hold, how it scores one firm. Pure.

As JSON::

    {"score": {"lowest": 300, "highest": 900, "step": 10}, "base": 500,
     "bands": [{"code": "A", "from": 700}, {"code": "B", "from": 600}, {"code": "C", "from": 300}],
     "reasons": {"R1": "Tax paid is low", "R2": "Overdue returns"},
     "features": [
       {"feature": "tax_paid_12m_amount", "missing": {"points": 0, "reason": "R1"},
        "bins": [{"below": 10000, "points": -40, "reason": "R1"}, {"below": 100000, "points": 10}, {"points": 60}]},
       {"feature": "tax_grade", "missing": {"points": 0}, "values": {"A": {"points": 60}, "D": {"points": -80, "reason": "R2"}}}]}

As CSV with the columns ``feature, bin, points, reason``, a bin being ``<10000``, ``else``, ``=A`` or ``missing``; lines whose feature
begins with ``@`` say the rest: ``@lowest``, ``@highest``, ``@step``, ``@base`` (in points), ``@band`` (code in bin, from in points)
and ``@reason`` (code in bin, words in reason).

A model as a graph (ONNX) is declared by the same JSON with ``inputs`` (names of features) in the place of ``features`` and ``base``.
"""

import csv
import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from enterprises.jointmodels.rules import Outcome, Scale

MOST_FEATURES: Final = 60
MOST_BINS: Final = 30
MOST_BANDS: Final = 10
MOST_REASONS: Final = 30


class CardFault(ValueError):
    """A file that is no scorecard: where it is wrong, as a stable code and the place."""

    def __init__(self, code: str, place: str = "") -> None:
        self.code, self.place = code, place
        super().__init__(f"{code} {place}".strip())


@dataclass(frozen=True)
class Bin:
    """Points, and the reason given where they are lost. ``below`` is the open end of a bin of numbers, None for the last one."""

    points: int
    reason: str = ""
    below: Decimal | None = None


@dataclass(frozen=True)
class Column:
    feature: str
    missing: Bin
    bins: tuple[Bin, ...] = ()
    values: Mapping[str, Bin] | None = None

    def bin_of(self, value: object) -> Bin:
        """The bin of a value; one that no bin names is as if it were missing."""
        if value is None or value == "":
            return self.missing
        if self.values is not None:
            return self.values.get(str(value), self.missing)
        number = Decimal(str(value))
        return next((one for one in self.bins if one.below is None or number < one.below), self.missing)

    @property
    def best(self) -> int:
        return max(one.points for one in (*self.bins, *(self.values or {}).values(), self.missing))


@dataclass(frozen=True)
class Card:
    """A declaration: the scale, and the columns of a scorecard or the inputs of a graph."""

    scale: Scale
    base: int = 0
    columns: tuple[Column, ...] = ()
    inputs: tuple[str, ...] = ()

    def score(self, facts: Mapping[str, object]) -> Outcome:
        """The score of one firm with its reasons, the costliest first."""
        found = [(column, column.bin_of(facts.get(column.feature))) for column in self.columns]
        raw = self.base + sum(one.points for _column, one in found)
        lost: dict[str, int] = {}
        for column, one in found:
            if one.reason and (loss := column.best - one.points) > lost.get(one.reason, 0):
                lost[one.reason] = loss
        reasons = sorted(lost, key=lambda code: (-lost[code], code))
        return Outcome(self.scale.score(raw), tuple(reasons[: self.scale.most_reasons]))


def read(data: bytes, *, is_csv: bool, known: Collection[str]) -> Card:
    """The declaration in ``data``; ``known`` are the features a model may name. Raises CardFault."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CardFault("not_utf8") from error
    try:
        tree = _tree_of(text) if is_csv else json.loads(text)
    except (json.JSONDecodeError, RecursionError, csv.Error) as error:
        raise CardFault("not_readable") from error
    if not isinstance(tree, dict):
        raise CardFault("not_readable")
    return _card(tree, known)


def _card(tree: Mapping[str, Any], known: Collection[str]) -> Card:
    scale = _scale(tree)
    codes = {code for code, _words in scale.reasons}
    rows = _listed(tree, "features", MOST_FEATURES) if "features" in tree else []
    columns = tuple(_column(row, codes) for row in rows)
    inputs = tuple(column.feature for column in columns) or tuple(map(str, _listed(tree, "inputs", MOST_FEATURES)))
    if not inputs or len(set(inputs)) != len(inputs):
        raise CardFault("inputs_named_once")
    for name in inputs:
        if name not in known:
            raise CardFault("unknown_feature", name)
    return Card(scale, _whole(tree.get("base", 0), "base"), columns, inputs)


def _scale(tree: Mapping[str, Any]) -> Scale:
    told = tree.get("score")
    if not isinstance(told, Mapping):
        raise CardFault("score_missing")
    lowest, highest, step = (_whole(told.get(name), f"score.{name}") for name in ("lowest", "highest", "step"))
    if not (lowest < highest and step > 0 and (highest - lowest) % step == 0):
        raise CardFault("score_range")
    bands = tuple((_code(row, "code"), _whole(row.get("from"), "band")) for row in _listed(tree, "bands", MOST_BANDS))
    froms = [least for _name, least in bands]
    if not bands or froms != sorted(set(froms), reverse=True) or froms[-1] != lowest or froms[0] > highest:
        raise CardFault("bands_in_order")
    reasons = tree.get("reasons", {})
    if not isinstance(reasons, Mapping) or len(reasons) > MOST_REASONS:
        raise CardFault("reasons")
    words = tuple((str(code)[:12], str(text)[:80]) for code, text in reasons.items())
    return Scale(lowest, highest, step, bands, words, min(_whole(tree.get("most_reasons", 3), "most_reasons"), 4))


def _column(row: Any, codes: Collection[str]) -> Column:
    if not isinstance(row, Mapping):
        raise CardFault("features")
    name = _code(row, "feature")
    missing = _bin(row.get("missing", {"points": 0}), codes, name)
    if "values" in row:
        entries = row["values"]
        if not isinstance(entries, Mapping) or not 0 < len(entries) <= MOST_BINS:
            raise CardFault("bins", name)
        return Column(name, missing, values={str(key): _bin(entry, codes, name) for key, entry in entries.items()})
    bins = tuple(_bin(entry, codes, name) for entry in _listed(row, "bins", MOST_BINS))
    ends = [one.below for one in bins[:-1]]
    if not bins or bins[-1].below is not None or None in ends or ends != sorted(set(ends), key=lambda end: end or 0):
        raise CardFault("bins_in_order", name)
    return Column(name, missing, bins)


def _bin(entry: Any, codes: Collection[str], place: str) -> Bin:
    if not isinstance(entry, Mapping):
        raise CardFault("bins", place)
    reason = str(entry.get("reason", ""))
    if reason and reason not in codes:
        raise CardFault("unknown_reason", place)
    below = entry.get("below")
    try:
        end = None if below is None else Decimal(str(below))
    except InvalidOperation as error:
        raise CardFault("bins", place) from error
    return Bin(_whole(entry.get("points"), place), reason, end)


def _listed(tree: Mapping[str, Any], name: str, most: int) -> Sequence[Any]:
    rows = tree.get(name, [])
    if not isinstance(rows, list) or len(rows) > most:
        raise CardFault(name)
    return rows


def _code(row: Any, name: str) -> str:
    code = row.get(name) if isinstance(row, Mapping) else None
    if not isinstance(code, str) or not 0 < len(code) <= 40:
        raise CardFault(name)
    return code


def _whole(value: Any, place: str) -> int:
    try:
        number = int(str(value))
    except ValueError as error:
        raise CardFault("not_a_whole_number", place) from error
    if abs(number) > 1_000_000:
        raise CardFault("not_a_whole_number", place)
    return number


def _tree_of(text: str) -> dict[str, Any]:
    """The CSV form as the tree that the JSON form is."""
    tree: dict[str, Any] = {"score": {}, "bands": [], "reasons": {}}
    features: dict[str, dict[str, Any]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        name, cell = (row.get("feature") or "").strip(), (row.get("bin") or "").strip()
        points, reason = (row.get("points") or "").strip(), (row.get("reason") or "").strip()
        if name in {"@lowest", "@highest", "@step"}:
            tree["score"][name[1:]] = points
        elif name == "@base":
            tree["base"] = points
        elif name == "@band":
            tree["bands"].append({"code": cell, "from": points})
        elif name == "@reason":
            tree["reasons"][cell] = reason
        else:
            _add_bin(features.setdefault(name, {"feature": name}), cell, {"points": points, "reason": reason})
    return tree | {"features": list(features.values())}


def _add_bin(column: dict[str, Any], cell: str, entry: dict[str, Any]) -> None:
    if cell == "missing":
        column["missing"] = entry
    elif cell.startswith("="):
        column.setdefault("values", {})[cell[1:]] = entry
    elif cell == "else":
        column.setdefault("bins", []).append(entry)
    elif cell.startswith("<"):
        column.setdefault("bins", []).append(entry | {"below": cell[1:]})
    else:
        raise CardFault("bins", column["feature"])
