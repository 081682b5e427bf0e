"""The figures of one day, set-based: per item one statement over its records as they stood at the end of that day.

Living firms are those of the registry now: the registry keeps no yesterday.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone
from psycopg.sql import SQL, Composable, Identifier, Literal

from enterprises.credit.schemas import ItemSchema
from portal import regions

#: A function takes 100 arguments: longer schemas are joined from parts.
AT_ONCE = 45


def measure(schema: ItemSchema, day: date) -> int:
    """Write the rows of one item for ``day`` over those that are there; return how many."""
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))
    names = [field.name for field in schema.fields]
    statement = SQL(_MEASURE).format(
        item=Literal(schema.code),
        on=Literal(day),
        start=Literal(end - timedelta(days=1)),
        end=Literal(end),
        province=Literal(regions.PROVINCE),
        responsible=Literal([region.code for region in regions.RESPONSIBLE]),
        fills=_each("count(*) FILTER (WHERE r.payload ? {text}) AS {name}", names),
        sums=_each("sum({name})::bigint AS {name}", names),
        filled=SQL(" || ").join(_object(names[start : start + AT_ONCE]) for start in range(0, len(names), AT_ONCE)),
        total=SQL(" + ").join(SQL("sum({})").format(_column(name)) for name in names),
        width=Literal(len(names)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def _each(pattern: str, names: list[str]) -> Composable:
    return SQL(", ").join(SQL(pattern).format(text=Literal(name), name=_column(name)) for name in names)


def _object(names: list[str]) -> Composable:
    pairs: Iterator[Composable] = (SQL("{}, coalesce(sum({}), 0)").format(Literal(n), _column(n)) for n in names)
    return SQL("jsonb_build_object({})").format(SQL(", ").join(pairs))


def _column(name: str) -> Composable:
    return Identifier(f"f_{name}")


#: ``held`` has one row per source and firm, and one per firm for all sources together (source_id empty).
_MEASURE = """
WITH firms AS (
    SELECT id, responsible_region AS region, status = 'living' AS is_living FROM enterprises_enterprise
), places AS (
    SELECT unnest({responsible}::text[]) AS region UNION SELECT {province}
), living AS (
    SELECT places.region, count(firms.id) AS living
    FROM places LEFT JOIN firms ON firms.is_living AND places.region IN (firms.region, {province})
    GROUP BY places.region
), by_source AS MATERIALIZED (
    SELECT r.source_id, r.enterprise_id, count(*) AS records, {fills}
    FROM credit_record r
    WHERE r.item_code = {item} AND NOT r.is_withdrawal AND r.received_at < {end}
      AND (r.superseded_at IS NULL OR r.superseded_at >= {end})
    GROUP BY r.source_id, r.enterprise_id
), held AS (
    SELECT * FROM by_source
    UNION ALL
    SELECT NULL, enterprise_id, sum(records)::bigint, {sums} FROM by_source GROUP BY enterprise_id
), figures AS (
    SELECT held.source_id, coalesce(firms.region, {province}) AS region, sum(records) AS records,
           count(*) FILTER (WHERE firms.is_living) AS covered, {filled} AS filled,
           round(({total}) / nullif(sum(records) * {width}, 0), 4) AS filled_share
    FROM held JOIN firms ON firms.id = held.enterprise_id
    GROUP BY GROUPING SETS ((held.source_id, firms.region), (held.source_id))
), deliveries AS (
    SELECT source_id, max(received_at) FILTER (WHERE state = 'accepted') AS delivered_at,
           sum(rows) FILTER (WHERE received_at >= {start}) AS rows,
           sum(rows_bad) FILTER (WHERE received_at >= {start}) AS rows_bad,
           sum(rows_same) FILTER (WHERE received_at >= {start}) AS rows_same
    FROM credit_batch WHERE item_id = {item} AND received_at < {end}
    GROUP BY GROUPING SETS ((source_id), ())
), faults AS (
    SELECT source_id, jsonb_object_agg(reason, number) AS faults FROM (
        SELECT b.source_id, j.reason, count(*) AS number
        FROM credit_reject j JOIN credit_batch b ON b.id = j.batch_id
        WHERE b.item_id = {item} AND b.received_at >= {start} AND b.received_at < {end}
        GROUP BY GROUPING SETS ((b.source_id, j.reason), (j.reason))
    ) AS counted GROUP BY source_id
), disputes AS (
    SELECT claims.source_id, coalesce(firms.region, {province}) AS region, count(*) AS conflicts
    FROM credit_conflict c JOIN firms ON firms.id = c.enterprise_id
    CROSS JOIN LATERAL (SELECT unnest(c.source_ids) UNION ALL SELECT NULL) AS claims (source_id)
    WHERE c.item_id = {item} AND c.found_at < {end} AND (c.ended_at IS NULL OR c.ended_at >= {end})
      AND (c.settled_at IS NULL OR c.settled_at >= {end})
    GROUP BY GROUPING SETS ((claims.source_id, firms.region), (claims.source_id))
), sources AS (
    SELECT source_id FROM deliveries UNION SELECT source_id FROM figures UNION SELECT NULL
)
INSERT INTO quality_measure AS m ("on", item_id, source_id, region, living, covered, records, filled, filled_share,
                                  conflicts, delivered_on, rows, rows_bad, rows_same, faults, days_late)
SELECT {on}, {item}, s.source_id, l.region, l.living, coalesce(f.covered, 0), coalesce(f.records, 0),
       coalesce(f.filled, '{{}}'), f.filled_share, coalesce(q.conflicts, 0),
       CASE WHEN l.region = {province} THEN (d.delivered_at AT TIME ZONE 'Asia/Shanghai')::date END,
       CASE WHEN l.region = {province} THEN coalesce(d.rows, 0) ELSE 0 END,
       CASE WHEN l.region = {province} THEN coalesce(d.rows_bad, 0) ELSE 0 END,
       CASE WHEN l.region = {province} THEN coalesce(d.rows_same, 0) ELSE 0 END,
       CASE WHEN l.region = {province} THEN coalesce(x.faults, '{{}}') ELSE '{{}}' END, 0
FROM sources s CROSS JOIN living l
LEFT JOIN figures f ON f.source_id IS NOT DISTINCT FROM s.source_id AND f.region = l.region
LEFT JOIN disputes q ON q.source_id IS NOT DISTINCT FROM s.source_id AND q.region = l.region
LEFT JOIN deliveries d ON d.source_id IS NOT DISTINCT FROM s.source_id
LEFT JOIN faults x ON x.source_id IS NOT DISTINCT FROM s.source_id
ORDER BY s.source_id, l.region
ON CONFLICT ("on", item_id, source_id, region) DO UPDATE SET
    living = excluded.living, covered = excluded.covered, records = excluded.records, filled = excluded.filled,
    filled_share = excluded.filled_share, conflicts = excluded.conflicts, delivered_on = excluded.delivered_on,
    rows = excluded.rows, rows_bad = excluded.rows_bad, rows_same = excluded.rows_same, faults = excluded.faults
"""
