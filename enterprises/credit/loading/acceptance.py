"""From staged rows to records in force: new, corrected, the same or withdrawn, in the caller's transaction, set-based."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from psycopg.sql import SQL, Composable, Literal

from enterprises.credit.loading import conflicts, registry
from enterprises.credit.loading.checking import REGISTRY_ITEM
from enterprises.credit.models import Batch

#: One acceptance at a time: two deliveries that touch the same firms never wait for each other crosswise.
ONE_AT_A_TIME = 0x5C0E_0001


@dataclass(frozen=True)
class Accepted:
    new: int
    changed: int
    same: int
    withdrawn: int


def wait_turn() -> None:
    _run(SQL("SELECT pg_advisory_xact_lock({})").format(Literal(ONE_AT_A_TIME)))


def accept(*, batch: Batch, at: datetime) -> Accepted:
    """Put the staged rows in force. Leaves the temporary table ``touched`` with the firms concerned."""
    wait_turn()
    _run(SQL("SET LOCAL work_mem = '64MB'"))
    names = {
        "batch": Literal(batch.pk),
        "item": Literal(batch.item_id),
        "source": Literal(batch.source_id),
        "version": Literal(batch.item_version.number),
        "at": Literal(at),
    }
    _run(SQL(_KNOWN).format(**names))
    _run(SQL("ANALYZE known"))
    if batch.item_id == REGISTRY_ITEM:
        registry.feed_from_batch(batch.pk, at)
    _run(SQL(_SUPERSEDE).format(**names))
    _run(SQL(_INSERT).format(**names))
    _run(SQL("SELECT credit_measure({item})").format(**names))
    _run(SQL(_TOUCHED).format(**names))
    conflicts.review(item_code=batch.item_id, keys=SQL(_KEYS).format(**names), at=at)
    _run(SQL("ANALYZE touched"))
    counts = _counts(batch.pk)
    _run(SQL("DROP TABLE known"))
    return counts


def retract(*, batch: Batch, at: datetime) -> int:
    """Take every record of the batch that is still in force out of force, and what it had replaced back into force.

    Nothing is deleted: a withdrawal or a copy of the earlier row supersedes. Leaves ``touched``.
    """
    wait_turn()
    names = {"batch": Literal(batch.pk), "item": Literal(batch.item_id), "at": Literal(at)}
    _run(SQL("CREATE TEMPORARY TABLE taken (LIKE credit_record) ON COMMIT DROP"))
    _run(SQL(_RETRACT).format(**names))
    _run(SQL("ANALYZE taken"))
    taken = _run(SQL(_RETRACT_INSERT).format(**names))
    _run(SQL(_RETRACT_TOUCHED).format(**names))
    conflicts.review(item_code=batch.item_id, keys=SQL("SELECT natural_key FROM taken"), at=at)
    if batch.item_id == REGISTRY_ITEM:
        registry.feed_from_records(SQL("SELECT enterprise_id FROM touched"), at)
    _run(SQL("DROP TABLE taken"))
    return taken


def forget_touched() -> None:
    _run(SQL("DROP TABLE touched"))


def _counts(batch_id: int) -> Accepted:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FILTER (WHERE known.line IS NULL),
                   count(*) FILTER (WHERE NOT known.is_same AND NOT s.is_withdrawal),
                   count(*) FILTER (WHERE known.is_same),
                   count(*) FILTER (WHERE NOT known.is_same AND s.is_withdrawal)
            FROM credit_stagedrow s LEFT JOIN known USING (line)
            WHERE s.batch_id = %s""",
            [batch_id],
        )
        return Accepted(*cursor.fetchone())


def _run(statement: Composable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


#: What is in force under the keys of the staged rows. A row the station withdrew (batch_id empty) after an objection or
#: repair stays withdrawn when it is delivered again unchanged; the department must correct it.
_KNOWN = """
CREATE TEMPORARY TABLE known ON COMMIT DROP AS
SELECT s.line, r.id, r.enterprise_id AS owner_id, CASE
           WHEN s.is_withdrawal THEN r.is_withdrawal
           ELSE r.payload_digest = s.payload_digest AND (NOT r.is_withdrawal OR r.batch_id IS NULL)
       END AS is_same
FROM credit_stagedrow s
JOIN credit_record r ON r.natural_key = s.natural_key
WHERE s.batch_id = {batch} AND r.item_code = {item} AND r.source_id = {source} AND r.superseded_at IS NULL
"""

_SUPERSEDE = """
UPDATE credit_record r SET superseded_at = {at} FROM known
WHERE r.item_code = {item} AND r.id = known.id AND NOT known.is_same
"""

#: A withdrawal keeps what it withdraws, so that the reader of the history sees it.
_INSERT = """
INSERT INTO credit_record (item_code, enterprise_id, item_version, source_id, batch_id, natural_key, payload,
                           payload_digest, occurred_on, received_at, supersedes, is_withdrawal)
SELECT {item}, coalesce(s.enterprise_id, e.id), {version}, {source}, {batch}, s.natural_key,
       CASE WHEN s.is_withdrawal THEN old.payload ELSE s.payload END,
       CASE WHEN s.is_withdrawal THEN old.payload_digest ELSE s.payload_digest END,
       CASE WHEN s.is_withdrawal THEN old.occurred_on ELSE s.occurred_on END,
       {at}, known.id, s.is_withdrawal
FROM credit_stagedrow s
LEFT JOIN known ON known.line = s.line
LEFT JOIN credit_record old ON s.is_withdrawal AND old.item_code = {item} AND old.id = known.id
LEFT JOIN enterprises_enterprise e ON s.enterprise_id IS NULL AND e.uscc = s.uscc
WHERE s.batch_id = {batch} AND known.is_same IS NOT TRUE
ORDER BY s.line
"""

#: A fact that moves from one firm to another (a patent sold) concerns both.
_TOUCHED = """
CREATE TEMPORARY TABLE touched ON COMMIT DROP AS
SELECT coalesce(s.enterprise_id, e.id) AS enterprise_id
FROM credit_stagedrow s
LEFT JOIN known ON known.line = s.line
LEFT JOIN enterprises_enterprise e ON s.enterprise_id IS NULL AND e.uscc = s.uscc
WHERE s.batch_id = {batch} AND known.is_same IS NOT TRUE
UNION
SELECT owner_id FROM known WHERE NOT is_same
"""

#: The facts that say something new.
_KEYS = """
SELECT s.natural_key FROM credit_stagedrow s LEFT JOIN known ON known.line = s.line
WHERE s.batch_id = {batch} AND known.is_same IS NOT TRUE
"""

_RETRACT = """
WITH gone AS (
    UPDATE credit_record SET superseded_at = {at}
    WHERE item_code = {item} AND batch_id = {batch} AND superseded_at IS NULL RETURNING *
)
INSERT INTO taken SELECT * FROM gone
"""

_RETRACT_INSERT = """
INSERT INTO credit_record (item_code, enterprise_id, item_version, source_id, batch_id, natural_key, payload,
                           payload_digest, occurred_on, received_at, supersedes, is_withdrawal, note)
SELECT {item}, coalesce(old.enterprise_id, t.enterprise_id), coalesce(old.item_version, t.item_version), t.source_id,
       CASE WHEN old.id IS NULL THEN {batch} ELSE old.batch_id END, t.natural_key, coalesce(old.payload, t.payload),
       coalesce(old.payload_digest, t.payload_digest), CASE WHEN old.id IS NULL THEN t.occurred_on ELSE old.occurred_on END,
       {at}, t.id, old.id IS NULL OR old.is_withdrawal, coalesce(old.note, '')
FROM taken t
LEFT JOIN credit_record old ON old.item_code = {item} AND old.id = t.supersedes
ORDER BY t.id
"""

_RETRACT_TOUCHED = """
CREATE TEMPORARY TABLE touched ON COMMIT DROP AS
SELECT enterprise_id FROM taken
UNION
SELECT old.enterprise_id FROM taken t JOIN credit_record old ON old.item_code = {item} AND old.id = t.supersedes
"""
