"""Delivered files for tests, in the words of a department: rows of an item with sound cells, and the ways to write them."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import xlsxwriter

from enterprises.credit import queries
from enterprises.credit.schemas import FieldSchema, ItemSchema
from tests.factories import uscc

SAMPLES = {
    "code18": uscc(1),
    "code15": "640104200012345",
    "code6": "640104",
    "code4": "1351",
    "code": "A01",
    "string": "文字",
    "text": "一段文字",
    "decimal": "12",
    "integer": "3",
    "boolean": "否",
    "date": "2026-06-30",
    "ym": "2026-09",
    "json": "{}",
}


def sample(field: FieldSchema) -> str:
    if field.is_secret:
        return "640104199001011234"
    if field.choices:
        return field.choices[0]
    return "2025" if field.minimum == 1990 else SAMPLES[field.kind]


def row(item: str, code: str | None = None, **cells: str) -> dict[str, str]:
    """A sound row of an item: required cells filled, the rest empty unless given."""
    schema = queries.schemas()[item]
    filled = {field.name: sample(field) for field in schema.fields if field.required}
    return filled | {schema.uscc_field: code or uscc(1)} | cells


def firm(code: str, **cells: str) -> dict[str, str]:
    """A row of the registry."""
    usual = {
        "entity_name": "宁夏贺兰食品有限公司",
        "entity_type": "企业",
        "legal_rep_name": "王芳",
        "reg_capital": "500",
        "establish_date": "2015-04-01",
        "reg_status": "存续",
        "domicile": "银川市兴庆区解放街1号",
        "region_code": "640104",
        "industry_code": "1351",
    }
    return row("MR_BASIC", code, **usual) | cells


def as_csv(
    item: str, rows: Iterable[Mapping[str, str]], *, encoding: str = "utf-8", labels: bool = False
) -> io.BytesIO:
    rows = list(rows)
    names = head(queries.schemas()[item], rows)
    labelled = queries.schemas()[item].by_name
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([labelled[name].label if labels and name in labelled else name for name in names])
    writer.writerows([[line.get(name, "") for name in names] for line in rows])
    return io.BytesIO(text.getvalue().encode(encoding))


def as_jsonl(rows: Iterable[Mapping[str, Any]]) -> io.BytesIO:
    return io.BytesIO("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in rows).encode())


def as_xlsx(item: str, rows: Iterable[Mapping[str, Any]]) -> io.BytesIO:
    rows = list(rows)
    names = head(queries.schemas()[item], rows)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, names)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, line in enumerate(rows, start=1):
            for place, name in enumerate(names):
                value = line.get(name, "")
                if hasattr(value, "isoformat"):
                    sheet.write_datetime(number, place, value, day)
                else:
                    sheet.write(number, place, value)
    file.seek(0)
    return file


def head(schema: ItemSchema, rows: list[Mapping[str, Any]]) -> list[str]:
    """The columns of a file: every field of the item, and what the rows hold besides."""
    names = [field.name for field in schema.fields]
    return names + sorted({name for line in rows for name in line} - set(names))
