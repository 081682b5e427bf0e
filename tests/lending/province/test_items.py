"""Every row of every item as the catalogue's schema wants it, without the database that will check it again."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from lending.province.firms import make_firms
from lending.province.items import ITEMS, rows_of
from portal.identifiers import uscc_fault

TODAY, SEED = dt.date(2026, 11, 20), 640000
FACTS = Path(__file__).resolve().parents[3] / "enterprises" / "credit" / "facts" / "catalogue.json"
CATALOGUE: dict[str, Any] = {item["code"]: item for item in json.loads(FACTS.read_text(encoding="utf-8"))["items"]}
FIRMS = make_firms(700, seed=SEED, today=TODAY)


def test_all_37_items_are_written_in_the_order_of_the_catalogue() -> None:
    assert list(ITEMS) == list(CATALOGUE)


@pytest.mark.parametrize("item", CATALOGUE)
def test_rows_fit_the_schema(item: str) -> None:
    schema = CATALOGUE[item]
    fields = {field["name"]: field for field in schema["fields"]}
    rows = list(rows_of(item, FIRMS, seed=SEED, today=TODAY))

    assert rows
    assert all(row.keys() == fields.keys() for row in rows)
    for name, field in fields.items():
        values = [row[name] for row in rows]
        assert not field["required"] or all(values), name
        assert not field.get("choices") or set(values) <= {*field["choices"], ""}, name
        if field["type"] == "code18":
            assert [value for value in values if value and uscc_fault(value)] == [], name
        if field["type"].startswith("string("):
            assert max(map(len, values)) <= int(field["type"][7:-1]), name


@pytest.mark.parametrize("item", CATALOGUE)
def test_a_fact_is_told_once_and_not_before_it_happened(item: str) -> None:
    schema = CATALOGUE[item]
    rows = list(rows_of(item, FIRMS, seed=SEED, today=TODAY))

    keys = [tuple(row[name] for name in schema["natural_key"]) for row in rows]
    assert len(set(keys)) == len(keys)
    occurred = schema["occurred_field"]
    if occurred and occurred != "ym":
        assert max(row[occurred] for row in rows) < str(TODAY)


def test_better_firms_do_better() -> None:
    good = [firm for firm in FIRMS if firm.quality > 600]
    bad = [firm for firm in FIRMS if firm.quality < 350]

    def share(item: str, firms: list[Any]) -> float:
        return len({row["uscc"] for row in rows_of(item, firms, seed=SEED, today=TODAY)}) / len(firms)

    assert share("JD_EXECUTED", bad) > 4 * share("JD_EXECUTED", good)
    assert share("TX_ARREARS", bad) > 4 * share("TX_ARREARS", good)
    assert share("HR_HONOR", good) > share("HR_HONOR", bad) == 0


def test_the_same_seed_writes_the_same_rows() -> None:
    def rows() -> list[dict[str, str]]:
        return list(rows_of("TX_PAYMENT", FIRMS[:40], seed=SEED, today=TODAY))

    assert rows() == rows()
