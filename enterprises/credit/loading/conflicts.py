"""Where sources disagree on one fact: found set-based at the moment a fact changes, in the caller's transaction.

Two sources disagree when some field that both of them fill has two values; a field only one of them fills is no quarrel.
A conflict stands until one of its sources says something new, and a decision of staff stands as long as its conflict.
"""

from datetime import datetime

from django.db import connection
from psycopg.sql import SQL, Composable, Literal


def review(*, item_code: str, keys: Composable, at: datetime) -> int:
    """Judge the facts under ``keys`` (a query of natural keys) anew; return how many are in dispute.

    Adds the firms whose reading may change to the temporary table ``touched``, where the caller keeps one.
    """
    names = {"item": Literal(item_code), "keys": keys, "at": Literal(at)}
    if not _has_company(item_code):
        return 0
    _run(SQL(_CHANGED).format(**names))
    _run(SQL("ANALYZE changed"))
    _run(SQL(_QUARRELS).format(**names))
    _run(SQL(_END).format(**names))
    _run(SQL(_UPDATE).format(**names))
    _run(SQL(_OPEN).format(**names))
    found = _run(SQL("SELECT FROM quarrels"))
    _run(SQL(_TOUCH).format(**names))
    _run(SQL("DROP TABLE changed, quarrels"))
    return found


def _has_company(item_code: str) -> bool:
    """Whether several sources hold the item at all, or did: asked of the indexes, so that the usual item costs nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES, {"item": item_code})
        (answer,) = cursor.fetchone()
    return bool(answer)


def _run(statement: Composable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


_SOURCES = """
SELECT EXISTS (SELECT FROM credit_conflict WHERE item_id = %(item)s AND ended_at IS NULL) OR 1 < (
    SELECT count(*) FROM credit_source s WHERE EXISTS (
        SELECT FROM credit_record r WHERE r.item_code = %(item)s AND r.source_id = s.id AND r.superseded_at IS NULL))
"""

_CHANGED = """
CREATE TEMPORARY TABLE changed ON COMMIT DROP AS SELECT DISTINCT natural_key FROM ({keys}) AS keys (natural_key)
"""

#: Each fact in dispute with its sources, the one that goes before first, and the fields on which another differs from it.
_QUARRELS = """
CREATE TEMPORARY TABLE quarrels ON COMMIT DROP AS
WITH several AS (
    SELECT natural_key FROM credit_record r JOIN changed USING (natural_key)
    WHERE r.item_code = {item} AND r.superseded_at IS NULL AND NOT r.is_withdrawal
    GROUP BY natural_key HAVING count(*) > 1 AND min(payload_digest) <> max(payload_digest)
), held AS MATERIALIZED (
    SELECT r.natural_key, r.enterprise_id, credit_essence(r.payload)::jsonb AS payload, r.source_id,
           row_number() OVER (PARTITION BY r.natural_key ORDER BY s.precedence, s.id) AS place
    FROM credit_record r JOIN several USING (natural_key) JOIN credit_source s ON s.id = r.source_id
    WHERE r.item_code = {item} AND r.superseded_at IS NULL AND NOT r.is_withdrawal
), differing AS (
    SELECT best.natural_key, array_agg(DISTINCT cell.key ORDER BY cell.key) AS fields
    FROM held best JOIN held other ON other.natural_key = best.natural_key AND other.place > 1
    CROSS JOIN LATERAL jsonb_each(best.payload) AS cell
    WHERE best.place = 1 AND (best.payload || other.payload) <> (other.payload || best.payload)
      AND other.payload -> cell.key <> cell.value
    GROUP BY best.natural_key
)
SELECT held.natural_key, (array_agg(held.enterprise_id ORDER BY held.place))[1] AS enterprise_id,
       array_agg(held.source_id ORDER BY held.place) AS source_ids, differing.fields
FROM held JOIN differing USING (natural_key)
GROUP BY held.natural_key, differing.fields
"""

_END = """
UPDATE credit_conflict c SET ended_at = {at}
FROM changed
WHERE c.item_id = {item} AND c.ended_at IS NULL AND c.natural_key = changed.natural_key
  AND (c.state = 'settled' OR NOT EXISTS (SELECT FROM quarrels WHERE quarrels.natural_key = c.natural_key))
"""

_UPDATE = """
UPDATE credit_conflict c SET enterprise_id = q.enterprise_id, source_ids = q.source_ids, fields = q.fields
FROM quarrels q
WHERE c.item_id = {item} AND c.ended_at IS NULL AND c.natural_key = q.natural_key
"""

_OPEN = """
INSERT INTO credit_conflict (item_id, enterprise_id, natural_key, source_ids, fields, found_at, state, settlement, reason)
SELECT {item}, enterprise_id, natural_key, source_ids, fields, {at}, 'disputed', '', ''
FROM quarrels
ORDER BY natural_key
ON CONFLICT (item_id, natural_key) WHERE ended_at IS NULL DO NOTHING
"""

#: A fact that two sources give to two firms concerns both.
_TOUCH = """
INSERT INTO touched
SELECT DISTINCT r.enterprise_id FROM credit_record r JOIN changed USING (natural_key)
WHERE r.item_code = {item} AND r.superseded_at IS NULL
EXCEPT SELECT enterprise_id FROM touched
"""
