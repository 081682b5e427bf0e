"""Departments' files: each item in the format its department likes, with the slips that departments make."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import xlsxwriter

from lending.province.draws import happens
from lending.province.firms import facts
from lending.province.items.world import Row

#: Formats that are not plain UTF-8 CSV with field names as the header.
FORMATS: Final = {
    "MR_CHANGE": "csv-gb18030",
    "UT_WATER": "csv-gb18030",
    "UT_GAS": "csv-gb18030",
    "AL_LICENSE": "csv-gb18030",
    "HR_HONOR": "xlsx",
    "PS_CERT": "xlsx",
    "PS_SUBSIDY": "xlsx",
    "RD_QUALIFICATION": "xlsx",
    "RD_PROJECT": "xlsx",
    "MR_PLEDGE": "xlsx",
    "TX_INVOICE": "jsonl",
    "JD_JUDGMENT": "jsonl",
    "CU_TRADE": "jsonl",
}
SUFFIXES: Final = {"csv": ".csv", "csv-gb18030": ".csv", "xlsx": ".xlsx", "jsonl": ".jsonl"}


def write(folder: Path, item: str, rows: Iterable[Row], *, name: str = "") -> Path:
    """One file of ``item``; the header of a workbook is in words, as people type it."""
    form = FORMATS.get(item, "csv")
    path = folder / f"{name or item}{SUFFIXES[form]}"
    if form == "jsonl":
        with path.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps({k: v for k, v in row.items() if v}, ensure_ascii=False) + "\n" for row in rows)
    elif form == "xlsx":
        _write_workbook(path, rows, facts("labels")[item])
    else:
        _write_csv(path, rows, "gb18030" if form == "csv-gb18030" else "utf-8")
    return path


def _write_csv(path: Path, rows: Iterable[Row], encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as out:
        writer: csv.DictWriter[str] | None = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(out, list(row))
                writer.writeheader()
            writer.writerow(row)


def _write_workbook(path: Path, rows: Iterable[Row], labels: Mapping[str, str]) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet: Any = book.add_worksheet()
        sheet.write_row(0, 0, list(labels.values()))
        for line, row in enumerate(rows, start=1):
            for column, name in enumerate(labels):
                sheet.write_string(line, column, row[name])


def with_slips(rows: Iterable[Row], rng: Random, *, per_mille: int) -> Iterator[Row]:
    """The same rows with some spoiled: a mistyped code, an impossible day, a figure with a word in it, a gap."""
    for row in rows:
        yield _spoiled(row, rng) if happens(rng, per_mille) else row


def _spoiled(row: Row, rng: Random) -> Row:
    code = "subject_uscc" if "subject_uscc" in row else "uscc"
    days = [name for name, value in row.items() if name.endswith("_date") and value]
    figures = [name for name, value in row.items() if "." in value and value.replace(".", "").isdigit()]
    slips: list[Row] = [{code: row[code][:-1] + ("1" if row[code][-1] != "1" else "2")}, {code: ""}]
    if days:
        slips += [{rng.choice(days): "2026-13-45"}, {rng.choice(days): "2039-01-01"}]
    if figures:
        slips.append({rng.choice(figures): "约三万"})
    return row | rng.choice(slips)
