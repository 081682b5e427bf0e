"""A schema tried on rows that are not being delivered: what it would refuse of the records in force, or of one row of cells.

The same compiled checks as for a delivery, set-based; nothing is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from enterprises.credit.loading import checking
from enterprises.credit.schemas import FieldSchema, ItemSchema

#: Records shown of each kind of fault.
SAMPLES = 3


@dataclass(frozen=True)
class Sample:
    record_id: int
    enterprise_id: int
    shown: str


@dataclass(frozen=True)
class Refused:
    """One reason for which stored rows would be refused today."""

    field: str
    reason: str
    number: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Rehearsal:
    rows: int
    rows_refused: int
    faults: tuple[Refused, ...]


def rehearse(schema: ItemSchema, day: date) -> Rehearsal:
    """Judge every record of the item in force as if it were delivered on ``day`` under ``schema``."""
    source = SQL("({}) d LEFT JOIN enterprises_enterprise e ON e.id = d.enterprise_id").format(_stored(schema))
    statement = SQL(_REHEARSE).format(faults=_faults(schema, day), source=source, samples=Literal(SAMPLES))
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall()
        cursor.execute(_ROWS, [schema.code])
        (rows,) = cursor.fetchone()
    faults = tuple(
        Refused(field, reason, number, tuple(Sample(*sample) for sample in zip(ids, firms, shown, strict=True)))
        for field, reason, number, ids, firms, shown, _refused in found
    )
    return Rehearsal(rows=rows, rows_refused=found[0][-1] if found else 0, faults=faults)


def faults_of(schema: ItemSchema, cells: Mapping[str, str], day: date) -> list[tuple[str, str]]:
    """The (field, reason) of each faulty cell of one row."""
    source = SQL("({}) d LEFT JOIN enterprises_enterprise e ON e.uscc = upper({})").format(
        _typed(schema, cells), checking.column(schema.uscc_field)
    )
    statement = SQL("SELECT fault.field, fault.reason FROM {} CROSS JOIN LATERAL (VALUES {}) AS fault {}").format(
        source, _faults(schema, day), SQL("(place, field, shown, reason) WHERE fault.reason IS NOT NULL ORDER BY place")
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def key_of(schema: ItemSchema, cells: Mapping[str, str]) -> str:
    """The natural key under which one sound row would be stored."""
    statement = SQL("SELECT {} FROM ({}) d").format(checking.key_of(schema), _typed(schema, cells))
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchone()[0])


def _faults(schema: ItemSchema, day: date) -> Composable:
    return SQL(", ").join(
        SQL("({}, {}, {}, {})").format(
            Literal(place), Literal(field.name), checking.shown(field), checking.fault_of(field, schema, day)
        )
        for place, field in enumerate(schema.fields)
    )


def _stored(schema: ItemSchema) -> Composable:
    """The records in force in the shape of delivered rows."""
    return SQL("""
        SELECT r.id AS line, r.enterprise_id, false AS is_withdrawal, {cells} FROM credit_record r
        WHERE r.item_code = {item} AND r.superseded_at IS NULL AND NOT r.is_withdrawal OFFSET 0""").format(
        cells=SQL(", ").join(SQL("{} AS {}").format(_cell(field), _name(field)) for field in schema.fields),
        item=Literal(schema.code),
    )


def _cell(field: FieldSchema) -> Composable:
    if field.kind == "enum_multi":
        each = SQL("CASE WHEN jsonb_typeof(r.payload -> {0}) = 'array' THEN r.payload -> {0} ELSE '[]' END")
        words = SQL("(SELECT string_agg(word, ';') FROM jsonb_array_elements_text({}) AS word)")
        return words.format(each.format(Literal(field.name)))
    return SQL("r.payload ->> {}").format(Literal(field.name))


def _typed(schema: ItemSchema, cells: Mapping[str, str]) -> Composable:
    values = SQL(", ").join(
        SQL("{}::text AS {}").format(Literal(cells.get(field.name) or None), _name(field)) for field in schema.fields
    )
    return SQL("SELECT false AS is_withdrawal, {}").format(values)


def _name(field: FieldSchema) -> Composable:
    return Identifier(f"v_{field.name}")


_ROWS = "SELECT count(*) FROM credit_record WHERE item_code = %s AND superseded_at IS NULL AND NOT is_withdrawal"

_REHEARSE = """
WITH found AS MATERIALIZED (
    SELECT d.line, d.enterprise_id, fault.place, fault.field, fault.reason, left(coalesce(fault.shown, ''), 80) AS shown,
           row_number() OVER (PARTITION BY fault.place, fault.reason ORDER BY d.line) AS number
    FROM {source} CROSS JOIN LATERAL (VALUES {faults}) AS fault (place, field, shown, reason)
    WHERE fault.reason IS NOT NULL
)
SELECT field, reason, count(*),
       array_agg(line ORDER BY line) FILTER (WHERE number <= {samples}),
       array_agg(enterprise_id ORDER BY line) FILTER (WHERE number <= {samples}),
       array_agg(shown ORDER BY line) FILTER (WHERE number <= {samples}),
       (SELECT count(DISTINCT line) FROM found)
FROM found GROUP BY place, field, reason ORDER BY count(*) DESC, place, reason
"""
