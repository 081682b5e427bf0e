"""From the delivered file to sound staged rows and refused lines, in the caller's transaction, set-based."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from enterprises.credit.loading import checking, reading
from enterprises.credit.models import Batch
from enterprises.credit.rejections import Unreadable
from enterprises.credit.schemas import OPERATION, ItemSchema

#: Told now and then how many bytes of text have been read.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Checked:
    rows: int
    bad: int


def stage(*, batch: Batch, schema: ItemSchema, path: Path, day: date, progress: Progress) -> Checked:
    """Read and check the file; sound rows go to the staging table, faults to the rejects. Repeatable.

    Raises Unreadable where the file as a whole cannot be judged.
    """
    _forget(batch.pk)
    _run(SQL("SET LOCAL work_mem = '64MB'"))
    with reading.opened(path, path.suffix[1:], schema) as (columns, blocks):
        _make_delivered_table(schema)
        rows = _copy(columns, blocks, progress)
    if not rows:
        raise Unreadable("empty")
    _run(SQL("ANALYZE delivered"))
    staged = _stage_sound_rows(batch, schema, day)
    if staged < rows:
        _reject_faulty_rows(batch, schema, day)
    late = _reject_late_faults(batch, schema)
    _run(SQL("DROP TABLE delivered"))
    _run(SQL("SELECT credit_analyze_staging()"))  # the acceptance joins by these figures
    return Checked(rows=rows, bad=rows - staged + late)


def forget(batch_id: int) -> None:
    """Drop the staged rows of a batch that has ended."""
    _run(SQL("DELETE FROM credit_stagedrow WHERE batch_id = {}").format(Literal(batch_id)))


def _forget(batch_id: int) -> None:
    forget(batch_id)
    _run(SQL("DELETE FROM credit_reject WHERE batch_id = {}").format(Literal(batch_id)))


def _make_delivered_table(schema: ItemSchema) -> None:
    cells = [SQL("{} text").format(Identifier(f"v_{field.name}")) for field in schema.fields]
    _run(
        SQL("""
        CREATE TEMPORARY TABLE delivered (line integer NOT NULL, {}, op_type text, flag text, raw text,
            is_withdrawal boolean GENERATED ALWAYS AS (
                CASE WHEN op_type IS NULL OR upper(op_type) IN ('I', 'U') THEN false WHEN upper(op_type) = 'D' THEN true END
            ) STORED) ON COMMIT DROP""").format(SQL(", ").join(cells))
    )


def _copy(columns: list[str], blocks: Iterator[bytes], progress: Progress) -> int:
    """Stream the text of the rows into the table; return how many there were."""
    names = ["line", *(OPERATION if name == OPERATION else f"v_{name}" for name in columns), "flag", "raw"]
    statement = SQL("COPY delivered ({}) FROM STDIN (FORMAT text, DELIMITER {}, NULL '', ENCODING 'utf8')").format(
        SQL(", ").join(map(Identifier, names)), Literal(reading.SEPARATOR)
    )
    done = 0
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in blocks:
                copy.write(block)
                done += len(block)
                progress(done)
        return int(cursor.rowcount)


def _source(schema: ItemSchema) -> Composable:
    """Each delivered row beside the firm it speaks of."""
    return SQL("delivered d LEFT JOIN enterprises_enterprise e ON e.uscc = upper({})").format(
        checking.column(schema.uscc_field)
    )


def _stage_sound_rows(batch: Batch, schema: ItemSchema, day: date) -> int:
    return _run(
        SQL("""
        INSERT INTO credit_stagedrow
            (batch_id, line, uscc, enterprise_id, natural_key, payload, payload_digest, occurred_on, is_withdrawal)
        SELECT {batch}, line, uscc, enterprise_id, natural_key, payload, {digest}, occurred_on, is_withdrawal
        FROM (
            SELECT d.line, upper({uscc}) AS uscc, e.id AS enterprise_id, {key} AS natural_key, {payload} AS payload,
                   {occurred_on} AS occurred_on, d.is_withdrawal
            FROM {source}
            WHERE {fault} IS NULL
            OFFSET 0 -- so that each payload is built once
        ) AS sound""").format(
            batch=Literal(batch.pk),
            uscc=checking.column(schema.uscc_field),
            key=checking.key_of(schema),
            payload=checking.payload_of(schema),
            digest=checking.digest_of(schema, SQL("payload")),
            occurred_on=checking.occurred_on(schema),
            source=_source(schema),
            fault=checking.first_fault(schema, day),
        )
    )


def _reject_faulty_rows(batch: Batch, schema: ItemSchema, day: date) -> None:
    """Every fault of every line that was not staged: the whole line is kept with its first fault."""
    faults = [
        SQL("({}, {}, {}, {})").format(
            Literal(place), Literal(field.name), checking.shown(field), checking.fault_of(field, schema, day)
        )
        for place, field in enumerate(schema.fields, start=1)
    ]
    of_the_line = SQL("""(-1, '', d.raw, d.flag), (0, 'op_type', left(d.op_type, 80),
        CASE WHEN d.is_withdrawal IS NULL AND d.flag IS NULL THEN 'unknown_operation' END)""")
    _run(
        SQL("""
        WITH faulty AS MATERIALIZED (
            SELECT d.*, e.id, e.established_on
            FROM {source}
            WHERE NOT EXISTS (SELECT FROM credit_stagedrow s WHERE s.batch_id = {batch} AND s.line = d.line)
        )
        INSERT INTO credit_reject (batch_id, line, field, shown_value, reason, values)
        SELECT {batch}, d.line, fault.field, left(coalesce(fault.shown, ''), 80), fault.reason,
               CASE WHEN row_number() OVER (PARTITION BY d.line ORDER BY fault.place) = 1 THEN {cells} ELSE '{{}}' END
        FROM faulty AS d
        CROSS JOIN LATERAL (SELECT d.id, d.established_on) AS e
        CROSS JOIN LATERAL (VALUES {faults}) AS fault (place, field, shown, reason)
        WHERE fault.reason IS NOT NULL AND (d.flag IS NULL OR fault.field = '')
        ORDER BY d.line, fault.place""").format(
            source=_source(schema),
            batch=Literal(batch.pk),
            cells=checking.cells_as_delivered(schema),
            faults=SQL(", ").join([of_the_line, *faults]),
        )
    )


def _reject_late_faults(batch: Batch, schema: ItemSchema) -> int:
    """What only shows among the sound rows: later lines with the key of an earlier one, withdrawals of what is not there.

    The keys that repeat are counted first and alone, because there are usually none.
    """
    names = {"batch": Literal(batch.pk), "item": Literal(schema.code), "source": Literal(batch.source_id)}
    _run(SQL(_REPEATED).format(**names))
    _run(SQL("ANALYZE repeated"))
    found = _run(SQL(_LATE).format(**names))
    _run(SQL("DROP TABLE repeated"))
    if found:
        _run(
            SQL("""
            INSERT INTO credit_reject (batch_id, line, field, shown_value, reason, values)
            SELECT {batch}, d.line, {field}, '', late.reason, {cells}
            FROM late JOIN delivered d USING (line) ORDER BY d.line""").format(
                batch=Literal(batch.pk),
                field=Literal(schema.natural_key[-1]),
                cells=checking.cells_as_delivered(schema),
            )
        )
        _run(
            SQL("DELETE FROM credit_stagedrow s USING late WHERE s.batch_id = {batch} AND s.line = late.line").format(
                **names
            )
        )
    _run(SQL("DROP TABLE late"))
    return found


_REPEATED = """
CREATE TEMPORARY TABLE repeated ON COMMIT DROP AS
SELECT natural_key, min(line) AS line FROM credit_stagedrow WHERE batch_id = {batch}
GROUP BY natural_key HAVING count(*) > 1
"""

_LATE = """
CREATE TEMPORARY TABLE late ON COMMIT DROP AS
SELECT line, min(reason) AS reason
FROM (
    SELECT s.line, 'duplicate_in_file' AS reason
    FROM repeated JOIN credit_stagedrow s ON s.batch_id = {batch} AND s.natural_key = repeated.natural_key
    WHERE repeated.line < s.line
    UNION ALL
    SELECT s.line, 'nothing_to_withdraw'
    FROM credit_stagedrow s
    WHERE s.batch_id = {batch} AND s.is_withdrawal AND NOT EXISTS (
        SELECT FROM credit_record r
        WHERE r.item_code = {item} AND r.source_id = {source} AND r.natural_key = s.natural_key
          AND r.superseded_at IS NULL AND NOT r.is_withdrawal)
) AS found
GROUP BY line
"""


def _run(statement: Composable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)
