"""The durable engines of the benchmarks and the databases in them.

Unlike the tests' cluster this one forces every commit to disk and stays: a built province serves the next run. A database is
made for one schema; when migrations change, the old ones go and are built again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

from portal import embedded
from tests import engines

BASE = embedded.home() / "bench"
OWNER_URL = os.environ.get("BENCH_DATABASE_URL") or embedded.urls(BASE).owner_database
IS_EMBEDDED = embedded.urls(BASE).owner_database == OWNER_URL


def start() -> None:
    """Start what does not run. The engines are left running: another run may be using them."""
    BASE.mkdir(parents=True, exist_ok=True)
    embedded.start(BASE, postgres=IS_EMBEDDED, valkey=False, say=print)


def address(database: str, *, superuser: bool = False) -> str:
    parts = urlsplit(OWNER_URL)
    netloc = f"{embedded.SUPERUSER}@" if superuser and IS_EMBEDDED else parts.netloc
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))


def schema() -> str:
    """The name of an empty database with the schema of today's migrations; made when it is not there yet."""
    name = f"schema_{fingerprint()}"
    with psycopg.connect(address("postgres"), autocommit=True) as owner, alone(owner):
        if not exists(owner, name):
            _drop_former(owner)
            owner.execute('DROP DATABASE IF EXISTS "draft"')
            owner.execute('CREATE DATABASE "draft"')
            engines._migrate(address("draft"))
            owner.execute(f'ALTER DATABASE "draft" RENAME TO "{name}"')
    return name


def copy(name: str, *, anew: bool) -> None:
    """A database with today's schema; one that is there already is kept unless it shall be ``anew``."""
    template = schema()
    with psycopg.connect(address("postgres"), autocommit=True) as owner, alone(owner):
        if anew:
            owner.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if not exists(owner, name):
            owner.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(name: str) -> None:
    with psycopg.connect(address("postgres"), autocommit=True) as owner:
        owner.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def exists(owner: "psycopg.Connection[tuple[object, ...]]", name: str) -> bool:
    return owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def fingerprint() -> str:
    return engines._fingerprint()[:8]


@contextmanager
def alone(owner: "psycopg.Connection[tuple[object, ...]]") -> Iterator[None]:
    """Two runs at once do not make the same database twice."""
    owner.execute("SELECT pg_advisory_lock(0xBE9C4)")
    try:
        yield
    finally:
        owner.execute("SELECT pg_advisory_unlock(0xBE9C4)")


def _drop_former(owner: "psycopg.Connection[tuple[object, ...]]") -> None:
    """What was made for other migrations and nobody has open."""
    for (name,) in owner.execute("SELECT datname FROM pg_database WHERE datname ~ '^(schema|province)_'").fetchall():
        if fingerprint() not in str(name):
            try:
                owner.execute(f'DROP DATABASE IF EXISTS "{name}"')
            except psycopg.errors.ObjectInUse:
                continue


def duplicate(name: str, to: str) -> None:
    with psycopg.connect(address("postgres"), autocommit=True) as owner:
        owner.execute(f'CREATE DATABASE "{to}" TEMPLATE "{name}" STRATEGY FILE_COPY')
