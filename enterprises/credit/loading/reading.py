"""From a kept file to lines for COPY: a light reader that judges nothing but the shape of a row.

Every row becomes one line of text, cells parted by U+001F, ending in a flag and the raw text where the shape is wrong.
Memory does not grow with the file (a workbook excepted, whose size is limited before).
"""

import csv
import datetime as dt
import json
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import python_calamine

from enterprises.credit.loading.guards import HIDDEN
from enterprises.credit.rejections import Unreadable
from enterprises.credit.schemas import COMMON_FIELDS, OPERATION, SEALED_FOR, FieldSchema, ItemSchema
from enterprises.digests import DIGEST, NUMBER, normalise_number, person_digest
from portal import ciphers, keyring

SEPARATOR: Final = "\x1f"
ROWS_AT_ONCE: Final = 2000
#: Columns of our own reject downloads, which come back with the mended lines.
NOTE_MARK: Final = "#"
FORMULA_STARTS: Final = ("=", "+", "-", "@")

Row = list[str]


@dataclass(frozen=True)
class Broken:
    """A row whose cells cannot be told apart; ``raw`` is what was found."""

    flag: str
    raw: str


#: Nothing stands for a blank line, which is counted and passed over.
Rows = Iterator[Row | Broken | None]


@dataclass(frozen=True)
class Table:
    """``columns`` names each cell of a row: a field, ``op_type``, or '' for a column that is passed over."""

    columns: list[str]
    rows: Rows


@contextmanager
def opened(path: Path, kind: str, schema: ItemSchema) -> Iterator[tuple[list[str], Iterator[bytes]]]:
    """The columns found, and the text of all rows in blocks for COPY into (line, *columns, flag, raw)."""
    with KINDS[kind](path, schema) as table:
        kept = [position for position, name in enumerate(table.columns) if name]
        columns = [table.columns[position] for position in kept]
        secret = {field.name for field in schema.fields if field.is_secret}
        sealed = {field.name: field for field in schema.fields if field.is_sealed}
        shape = Shape(
            width=len(table.columns),
            kept=kept if len(kept) < len(table.columns) else None,
            secret=[position for position, name in enumerate(columns) if name in secret],
            sealed=[(position, sealed[name]) for position, name in enumerate(columns) if name in sealed],
            cells=len(columns),
        )
        yield columns, _blocks(table.rows, shape)


@dataclass(frozen=True)
class Shape:
    """What a row must look like: its width, the cells to keep (None: all), which of those hold document numbers or are sealed."""

    width: int
    kept: list[int] | None
    secret: list[int]
    sealed: list[tuple[int, FieldSchema]]
    cells: int


def _blocks(rows: Rows, shape: Shape) -> Iterator[bytes]:
    numbered = enumerate(rows, start=2)  # the head is line 1
    while some := list(islice(numbered, ROWS_AT_ONCE)):
        yield "".join([_line(number, row, shape) for number, row in some if row]).encode()


def _line(number: int, row: Row | Broken, shape: Shape) -> str:
    if isinstance(row, Broken):
        return _flagged(number, row, shape.cells)
    if len(row) != shape.width:
        return _flagged(number, Broken("column_count", ",".join(row)), shape.cells)
    if shape.kept is not None:
        row = [row[position] for position in shape.kept]
    for position in shape.secret:
        row[position] = secret_text(row[position])
    for position, field in shape.sealed:
        row[position] = sealed_text(row[position], field)
    joined = "".join(row)
    if not joined.isprintable():
        if HIDDEN.search(joined):
            return _flagged(number, Broken("control_characters", ",".join(row)), shape.cells)
        row = [" ".join(cell.split()) for cell in row]
    if "'" in joined:
        row = [_armed(cell) for cell in row]
    text = SEPARATOR.join(map(str.strip, row))
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    return f"{number}{SEPARATOR}{text}{SEPARATOR}{SEPARATOR}\n"


def _flagged(number: int, row: Broken, cells: int) -> str:
    """Only the beginning of such a line is kept, for the department to recognise it."""
    shown = " ".join(HIDDEN.sub("\ufffd", row.raw[:400]).split()).replace("\\", "\\\\")
    return f"{number}{SEPARATOR}{SEPARATOR * cells}{row.flag}{SEPARATOR}{shown}\n"


def _armed(cell: str) -> str:
    """Without the apostrophe by which our downloads disarm a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_STARTS else cell


def secret_text(cell: str) -> str:
    """The digest of a document number; what is no such number stays recognisably wrong, without being kept."""
    number = normalise_number(cell)
    if not number:
        return ""
    if DIGEST.fullmatch(cell.strip()):
        return cell.strip()  # a mended line of our own download
    return person_digest(number) if NUMBER.fullmatch(number) else "***"


def sealed_text(cell: str, field: FieldSchema) -> str:
    """The cell as it is stored; what is too long stays recognisably wrong, without being kept."""
    value = " ".join(cell.split())
    sealer, purpose = keyring.sealer(), f"{SEALED_FOR}.{field.name}"
    if ciphers.is_sealed(value):  # a mended line of our own download
        try:
            return sealer.seal(sealer.open(value, purpose), purpose)
        except ciphers.DoesNotOpen:
            return "***"
    if field.length and len(value) > field.length:
        return "***"
    return sealer.seal(value, purpose) if value else ""


# --- Heads --------------------------------------------------------------------------------------------------------------


def columns_of(head: list[str], schema: ItemSchema) -> list[str]:
    """Match each head cell to a field by name or Chinese label (with or without its unit)."""
    known = {**{label: name for name, label in COMMON_FIELDS.items()}, **{name: name for name in COMMON_FIELDS}}
    for field in schema.fields:
        for text in (field.name, field.label, f"{field.label}({field.unit})"):
            known[_half_width(text)] = field.name
    cells = [_half_width(cell.strip().strip("\ufeff").rstrip("*")) for cell in head]
    while cells and not cells[-1]:
        cells.pop()
    unknown = [cell for cell in cells if cell not in known and not cell.startswith(NOTE_MARK)]
    if not cells:
        raise Unreadable("no_header")
    if unknown:
        raise Unreadable("unknown_column", "、".join(cell[:40] or "(空)" for cell in unknown[:5]))
    names = [known.get(cell, "") for cell in cells]
    columns = [name if name == OPERATION or name not in COMMON_FIELDS else "" for name in names]
    _refuse_wrong_set([name for name in columns if name], schema)
    return columns


def _half_width(text: str) -> str:
    """Brackets and letters as typed on any keyboard."""
    return unicodedata.normalize("NFKC", text)


def _refuse_wrong_set(names: list[str], schema: ItemSchema) -> None:
    if repeated := {name for name in names if names.count(name) > 1}:
        raise Unreadable("repeated_column", "、".join(sorted(repeated)))
    needed = {schema.uscc_field, *(name for name in schema.natural_key if schema[name].required)}
    if OPERATION not in names:  # a file of withdrawals may be as narrow as its keys
        needed |= {field.name for field in schema.fields if field.required}
    if missing := needed - set(names):
        labels = [field.label for field in schema.fields if field.name in missing]
        raise Unreadable("missing_column", "、".join(labels[:8]))


# --- Kinds --------------------------------------------------------------------------------------------------------------


@contextmanager
def _csv(path: Path, schema: ItemSchema) -> Iterator[Table]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            head = next(reader, [])
        except csv.Error as fault:
            raise Unreadable("broken_csv", "1") from fault
        columns = columns_of(head, schema)
        yield Table(columns, _csv_rows(reader, len(head) - len(columns)))


def _csv_rows(reader: Any, empty_columns: int) -> Rows:
    """Rows without the empty columns that some programs add at the end of every line."""
    try:
        for row in reader:
            if empty_columns and not any(row[-empty_columns:]):
                del row[-empty_columns:]
            yield row
    except csv.Error as fault:
        raise Unreadable("broken_csv", str(reader.line_num)) from fault


@contextmanager
def _workbook(path: Path, schema: ItemSchema) -> Iterator[Table]:
    try:
        sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        rows = iter(sheet.iter_rows())
    except (python_calamine.CalamineError, OSError, IndexError) as fault:
        raise Unreadable("broken_workbook") from fault
    columns = columns_of([_cell(cell) for cell in next(rows, [])], schema)
    yield Table(columns, _workbook_rows(rows, len(columns)))


def _workbook_rows(rows: Iterator[list[Any]], columns: int) -> Rows:
    for row in rows:
        cells = [_cell(cell) for cell in row]
        if not any(cells[columns:]):
            del cells[columns:]
        yield cells if any(cells) else None


def _cell(value: Any) -> str:
    """A spreadsheet's value as a department would have typed it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return str(value)


@contextmanager
def _json_lines(path: Path, schema: ItemSchema) -> Iterator[Table]:
    """One object a line; keys are field names or labels. Cells come in the order of the schema."""
    columns = [*(field.name for field in schema.fields if field.name != OPERATION), OPERATION]
    places: dict[str, int | None] = dict.fromkeys((*COMMON_FIELDS, *COMMON_FIELDS.values()))
    places |= {field.label: columns.index(field.name) for field in schema.fields}
    places |= {COMMON_FIELDS[OPERATION]: len(columns) - 1} | {name: place for place, name in enumerate(columns)}
    with path.open(encoding="utf-8") as stream:
        yield Table(columns, (_json_row(text, places, len(columns)) for text in stream))


def _json_row(text: str, places: dict[str, int | None], width: int) -> Row | Broken | None:
    if text.isspace():
        return None
    try:
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return Broken("not_json", text)
    if not isinstance(found, dict):
        return Broken("not_json", text)
    if any(key not in places for key in found if not key.startswith(NOTE_MARK)):
        return Broken("unknown_key", text)
    cells = [""] * width
    for key, value in found.items():
        place = places.get(key)
        if place is not None:
            cells[place] = _json_cell(value)
    return cells


def _json_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return ";".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


KINDS: Final = {"csv": _csv, "xlsx": _workbook, "jsonl": _json_lines}
