"""Seal anew what an older key sealed: online, in small batches that pass over what somebody is writing, from where it was left.

Every place is found by itself: sealed columns of all models (histories included), JSON columns that declare ``sealed_json``, the
secrets of second factors. What is done needs no note: a value under the current key is passed over, so a run that was
killed is simply begun again. Values that should be sealed and are not yet are sealed too.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db import connection, models, transaction
from psycopg.sql import SQL, Identifier, Literal

from portal import ciphers, keyring
from portal.sealed_fields import SealedCharField

BATCH: Final = 500
#: A value that moved while it was passed over is met again in the next pass.
PASSES: Final = 5
#: Tables of libraries: JSON column and purpose; every value in them is sealed for the same one.
FOREIGN: Final = (("mfa_authenticator", "data", "mfa_authenticator.data"),)

Progress = Callable[["Place", int], None]


@dataclass(frozen=True)
class Place:
    """One column of one table (of one partition) that holds sealed values."""

    table: str
    column: str
    #: What its values are sealed for. Of a JSON column with ``is_by_key`` the value's key completes it.
    purpose: str
    is_json: bool = False
    is_by_key: bool = False

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


def places() -> Iterator[Place]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy:
            continue
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedCharField):
                yield Place(model._meta.db_table, str(field.column), field.purpose)
        yield from _json_places(model)
    for table, column, purpose in FOREIGN:
        yield Place(table, column, purpose, is_json=True)


def _json_places(model: type[models.Model]) -> Iterator[Place]:
    sealed: Mapping[str, str] = getattr(model, "sealed_json", {})
    for column, purpose in sealed.items():
        for table in _leaves(model._meta.db_table):
            yield Place(table, column, purpose, is_json=True, is_by_key=True)


def _leaves(table: str) -> list[str]:
    """The partitions of a table that hold rows, or the table itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relid::text FROM pg_partition_tree(to_regclass(%s)) WHERE isleaf ORDER BY 1", [table])
        return [name for (name,) in cursor.fetchall()]


def rotate(*, progress: Progress = lambda _place, _done: None) -> int:
    """Seal everything under the current key; return how many rows were written."""
    return sum(_rotate_place(place, progress) for place in places())


def _rotate_place(place: Place, progress: Progress) -> int:
    done = 0
    for _pass in range(PASSES):
        after: str | None = "(0,0)"
        changed = 0
        while after is not None:
            rows, after = _rotate_batch(place, after)
            changed += rows
            if rows:
                progress(place, done + changed)
        done += changed
        if not _left(place):
            break
    return done


@transaction.atomic
def _rotate_batch(place: Place, after: str) -> tuple[int, str | None]:
    """The next rows behind a place of the table; rows that somebody holds are passed over."""
    names = {"table": Identifier(place.table), "column": Identifier(place.column)}
    with connection.cursor() as cursor:
        cursor.execute(
            SQL(
                "SELECT ctid::text, {column}::text FROM {table} WHERE ctid > {after}::tid AND {stale}"
                " LIMIT {batch} FOR UPDATE SKIP LOCKED"
            ).format(**names, after=Literal(after), batch=Literal(BATCH), stale=_stale(place))
        )
        rows = cursor.fetchall()
        if not rows:
            return 0, None
        kind = SQL("jsonb" if place.is_json else "text")
        cursor.execute(
            SQL(
                "UPDATE {table} t SET {column} = n.value::{kind}"
                " FROM unnest({places}::tid[], {values}::text[]) AS n (place, value) WHERE t.ctid = n.place"
            ).format(
                **names,
                kind=kind,
                places=Literal([row for row, _text in rows]),
                values=Literal([_anew(place, text) for _row, text in rows]),
            )
        )
    return len(rows), str(rows[-1][0])


def _anew(place: Place, text: str) -> str:
    if not place.is_json:
        return _again(text, place.purpose)
    return _PAIR.sub(
        lambda pair: (
            pair[1] + _again(pair[3], f"{place.purpose}.{pair[2]}" if place.is_by_key else place.purpose) + '"'
        ),
        text,
    )


def _again(text: str, purpose: str) -> str:
    sealer = keyring.sealer()
    try:
        return sealer.seal(sealer.open(text, purpose), purpose)
    except ciphers.DoesNotOpen:
        if ciphers.is_sealed(text):
            raise
        return sealer.seal(text, purpose)


def _stale(place: Place) -> SQL | Any:
    """Rows that hold something under another key than the current one; of a plain column also what is not sealed."""
    current = keyring.sealer().current
    if place.is_json:
        pattern = rf'"(s4|a2)\.(?!{current}\.)[a-z0-9-]{{1,20}}\.[A-Za-z0-9_-]{{22}}\.[A-Za-z0-9_-]{{38,}}"'
        return SQL("{}::text ~ {}").format(Identifier(place.column), Literal(pattern))
    column = Identifier(place.column)
    return SQL("{} <> '' AND {} !~ {}").format(column, column, Literal(rf"^(s4|a2)\.{current}\.[A-Za-z0-9_-]{{22}}\."))


def _left(place: Place) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(Identifier(place.table), _stale(place)))
        return bool(cursor.fetchone()[0])


def uses() -> Counter[str]:
    """How many values each key seals; "" counts what is not sealed."""
    found: Counter[str] = Counter()
    for place in places():
        column, table = Identifier(place.column), Identifier(place.table)
        if place.is_json:
            statement = SQL(
                "SELECT m[1], count(*) FROM {table}, regexp_matches({column}::text, {pattern}, 'g') AS m GROUP BY 1"
            ).format(table=table, column=column, pattern=Literal(_ANY_IN_JSON))
        else:
            statement = SQL(
                "SELECT coalesce((regexp_match({column}, {pattern}))[1], ''), count(*) FROM {table}"
                " WHERE {column} <> '' GROUP BY 1"
            ).format(table=table, column=column, pattern=Literal(_ANY))
        with connection.cursor() as cursor:
            cursor.execute(statement)
            found.update(dict(cursor.fetchall()))
    return found


#: A key and its sealed value in JSON as the database writes it: replaced in the text, so that nothing else of it changes.
_PAIR: Final = re.compile(
    r'("((?:[^"\\]|\\.)*)": ")((?:s4|a2)\.[a-z0-9-]{1,20}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{38,})"'
)

_ANY: Final = r"^(?:s4|a2)\.([a-z0-9-]{1,20})\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{38,}$"
_ANY_IN_JSON: Final = r'"(?:s4|a2)\.([a-z0-9-]{1,20})\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{38,}"'
