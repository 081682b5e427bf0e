"""Features and size classes computed set-based: the declarations of ``features.py`` and ``enterprises/rules.py`` as SQL."""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from itertools import groupby

from django.conf import settings
from django.db import connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from enterprises import rules
from enterprises.credit import features
from enterprises.credit.features import FIELD, MOMENT, Feature, Missing
from portal import periods

CASTS = {
    "": "{0}",
    "amount": "({0})::numeric",
    "wan": "(({0})::numeric * 10000)",
    "whole": "({0})::integer",
    "flag": "({0})::boolean",
    "date": "({0})::date",
    "month": "(({0}) || '-01')::date",
}
MARK = re.compile(f"{FIELD.pattern}|{MOMENT.pattern}")
EVERYBODY = SQL("SELECT id FROM enterprises_enterprise")
#: The temporary table that an acceptance leaves behind.
TOUCHED = SQL("SELECT enterprise_id FROM touched")


def firms(enterprise_ids: Collection[int] | None) -> Composable:
    """The firms asked for as a subquery; None means all."""
    if enterprise_ids is None:
        return EVERYBODY
    return SQL("SELECT unnest({}::bigint[])").format(Literal(sorted(enterprise_ids)))


def refresh(*, scope: Composable, at: datetime, day: date, items: frozenset[str] | None = None) -> int:
    """Bring the feature rows of the firms in ``scope`` up to date; with ``items``, only what rests on those items.

    Firms that have no row yet are given a whole one. Returns the number of firms.
    """
    done = 0
    if items is not None:
        without = SQL("{} EXCEPT SELECT enterprise_id FROM credit_featurerow").format(scope)
        newcomers = _ids(without)
        if newcomers:
            done += _write(features.FEATURES, firms(newcomers), at, day)
            scope = SQL("{} EXCEPT {}").format(scope, firms(newcomers))
    wanted = features.FEATURES if items is None else features.resting_on(items)
    if wanted:
        done += _write(wanted, scope, at, day)
    return done


def grade_sizes(scope: Composable) -> int:
    """Set the size class of the firms in ``scope`` by the size standard; return how many changed."""
    return _run(
        SQL("""
        UPDATE enterprises_enterprise e SET size_class = judged.size_class
        FROM (SELECT e.id, {size} AS size_class
              FROM enterprises_enterprise e LEFT JOIN credit_featurerow f ON f.enterprise_id = e.id
              WHERE e.id IN ({scope})) AS judged
        WHERE e.id = judged.id AND e.size_class <> judged.size_class""").format(size=size_class(), scope=scope)
    )


# --- Features -----------------------------------------------------------------------------------------------------------


def _write(wanted: Collection[Feature], scope: Composable, at: datetime, day: date) -> int:
    items = sorted({item for feature in wanted for item in feature.items})
    shared = _shared(items)
    columns = SQL(", ").join(Identifier(feature.name) for feature in wanted)
    as_of = SQL(", ").join(SQL("{}, {}.as_of").format(Literal(item), Identifier(item)) for item in items)
    return _run(
        SQL("""
        WITH scope AS MATERIALIZED ({scope}), {parts}
        INSERT INTO credit_featurerow AS f (enterprise_id, refreshed_at, items_as_of, {columns})
        SELECT e.id, {at}, jsonb_strip_nulls(jsonb_build_object({as_of})), {values}
        FROM enterprises_enterprise e {joins}
        WHERE e.id IN (SELECT * FROM scope)
        ORDER BY e.id
        ON CONFLICT (enterprise_id) DO UPDATE SET
            refreshed_at = excluded.refreshed_at,
            items_as_of = (f.items_as_of - {items}::text[]) || excluded.items_as_of, {changes}""").format(
            scope=scope,
            parts=SQL(",\n").join(_part(item, wanted, scope is EVERYBODY, item in shared, day) for item in items),
            columns=columns,
            at=Literal(at),
            as_of=as_of,
            values=SQL(",\n").join(_value(feature) for feature in wanted),
            joins=SQL("\n").join(
                SQL("LEFT JOIN {0} ON {0}.enterprise_id = e.id").format(Identifier(item)) for item in items
            ),
            items=Literal(items),
            changes=SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(feature.name)) for feature in wanted),
        )
    )


def _part(item: str, wanted: Iterable[Feature], is_everybody: bool, is_shared: bool, day: date) -> Composable:
    """One pass over the records of one item: every aggregate that any feature wants of it, each cell cast once."""
    declared = {feature.name: feature.parts[item] for feature in wanted if item in feature.parts}
    cells = sorted({(m["name"], m["kind"] or "") for text in declared.values() for m in FIELD.finditer(text)})
    return SQL("""{name} AS MATERIALIZED (
        SELECT c.enterprise_id, to_char(max(c.received_at) AT TIME ZONE {zone}, 'YYYY-MM-DD') AS as_of, {aggregates}
        FROM (
            SELECT r.enterprise_id, r.received_at, {cells}
            FROM credit_record r
            WHERE r.item_code = {item} AND r.superseded_at IS NULL AND NOT r.is_withdrawal {firms} {official} {best}
            OFFSET 0 -- so that no cell is cast again in every aggregate
        ) AS c
        GROUP BY c.enterprise_id)""").format(
        name=Identifier(item),
        zone=Literal(settings.TIME_ZONE),
        aggregates=SQL(", ").join(
            SQL("{} AS {}").format(_aggregate(text, day), Identifier(name)) for name, text in declared.items()
        ),
        cells=SQL(", ").join(_cell(name, kind) for name, kind in cells),
        item=Literal(item),
        firms=SQL("") if is_everybody else SQL("AND r.enterprise_id IN (SELECT * FROM scope)"),
        official=_OFFICIAL,
        best=_BEST_SOURCE.format(item=Literal(item)) if is_shared else SQL(""),
    )


def _cell(name: str, kind: str) -> Composable:
    text = SQL("(r.payload ->> {})").format(Literal(name))
    return SQL("{} AS {}").format(SQL(CASTS[kind]).format(text), Identifier(f"{name}:{kind}"))


def _shared(items: list[str]) -> frozenset[str]:
    """The items that several sources hold, asked of the index once per item and source: comparing every record with
    its twins costs far more than all the rest.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT item FROM unnest(%s::text[]) AS item
               WHERE 1 < (SELECT count(*) FROM credit_source s WHERE EXISTS (
                   SELECT FROM credit_record r
                   WHERE r.item_code = item AND r.source_id = s.id AND r.superseded_at IS NULL))""",
            [items],
        )
        return frozenset(item for (item,) in cursor.fetchall())


#: What firms state themselves is shown and never scored.
_OFFICIAL = SQL("AND r.source_id NOT IN (SELECT id FROM credit_source WHERE level = 'declared')")

#: The same fact from a source that goes before: only one of them counts, or the one that staff have named.
_BEST_SOURCE = SQL("""AND NOT EXISTS (
    SELECT FROM credit_source mine, credit_source other, credit_record twin
    WHERE mine.id = r.source_id AND (other.precedence, other.id) < (mine.precedence, mine.id)
      AND twin.item_code = {item} AND twin.source_id = other.id AND twin.natural_key = r.natural_key
      AND twin.superseded_at IS NULL AND NOT twin.is_withdrawal AND NOT EXISTS (
          SELECT FROM credit_conflict c WHERE c.item_id = {item} AND c.natural_key = r.natural_key
             AND c.ended_at IS NULL AND c.chosen_source_id = mine.id))
    AND NOT EXISTS (
        SELECT FROM credit_conflict c WHERE c.item_id = {item} AND c.natural_key = r.natural_key
           AND c.ended_at IS NULL AND c.chosen_source_id <> r.source_id)""")


def _aggregate(declaration: str, day: date) -> Composable:
    """A declared aggregate with its marks replaced: fields by columns, moments by days."""
    parts: list[Composable] = []
    position = 0
    for match in MARK.finditer(declaration):
        parts.append(SQL(declaration[position : match.start()]))
        parts.append(_mark(match.group(), day))
        position = match.end()
    parts.append(SQL(declaration[position:]))
    return SQL("").join(parts)


def _mark(mark: str, day: date) -> Composable:
    if moment := MOMENT.fullmatch(mark):
        anchor = day if moment["anchor"] == "day" else day.replace(day=1)
        return Literal(periods.add_months(anchor, -int(moment["months"] or 0)))
    name, _, kind = mark[1:-1].partition(":")
    return SQL("c.{}").format(Identifier(f"{name}:{kind}"))


def _value(feature: Feature) -> Composable:
    parts = {item: SQL("{}.{}").format(Identifier(item), Identifier(feature.name)) for item in feature.parts}
    if feature.combine:
        names = "|".join(sorted(parts, key=len, reverse=True))
        pieces = re.split(rf"\b({names})\b", feature.combine)
        value: Composable = SQL("").join(parts.get(piece, SQL(piece)) for piece in pieces)
    else:
        (value,) = parts.values()
    return SQL("coalesce({}, 0)").format(value) if feature.missing is Missing.ZERO else value


# --- Size classes -------------------------------------------------------------------------------------------------------


def size_class() -> Composable:
    """``rules.size_class`` over ``e`` (enterprise) and ``f`` (its feature row)."""
    branches: list[Composable] = [
        SQL("WHEN e.industry_section = '' OR e.industry_code = ANY({}) THEN {}").format(
            Literal(sorted(rules.DIVIDED)), Literal(rules.UNKNOWN)
        )
    ]
    for _industry, rows in groupby(rules.STANDARDS, key=lambda row: row.industry):
        branches.append(_class_by(list(rows)))
    return SQL("CASE {} ELSE {} END").format(SQL("\n").join(branches), Literal(rules.NOT_APPLICABLE))


FIGURES = {
    "employees": SQL("f.employees"),
    "revenue_wan": SQL("(f.revenue_amount / 10000)"),
    "assets_wan": SQL("(f.assets_amount / 10000)"),
}


def _class_by(rows: list[rules.Standard]) -> Composable:
    figures = [FIGURES[row.indicator] for row in rows]

    def any_below(minimum: str) -> Composable:
        pairs = zip(figures, (getattr(row, minimum) for row in rows), strict=True)
        return SQL(" OR ").join(SQL("{} < {}").format(figure, Literal(value)) for figure, value in pairs)

    return SQL("""WHEN {industry} THEN CASE
        WHEN {below_small} THEN 'micro' WHEN {unknown} THEN 'unknown'
        WHEN {below_medium} THEN 'small' WHEN {below_large} THEN 'medium' ELSE 'large' END""").format(
        industry=SQL(" OR ").join(_in_scope(scope) for scope in rows[0].scopes),
        below_small=any_below("small"),
        unknown=SQL(" OR ").join(SQL("{} IS NULL").format(figure) for figure in figures),
        below_medium=any_below("medium"),
        below_large=any_below("large"),
    )


def _in_scope(scope: str) -> Composable:
    if scope.isalpha():
        return SQL("e.industry_section = {}").format(Literal(scope))
    return SQL("starts_with(e.industry_code, {})").format(Literal(scope))


def _ids(query: Composable) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [found for (found,) in cursor.fetchall()]


def _run(statement: Composable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)
