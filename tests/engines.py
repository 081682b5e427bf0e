"""The throw-away PostgreSQL and Valkey of the tests, shared by every test process on the machine's checkout.

A test process holds a shared lock while it uses them; the last one to leave stops them. Migrating takes seconds and
copying a database a blink, so the migrated schema is kept as a template under a name that changes with the migrations.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from portal import embedded
from tests.settings import BASE, ENGINES

OWNER_URL = ENGINES["DATABASE_OWNER_URL"]
IS_EMBEDDED = embedded.urls(BASE).owner_database == OWNER_URL


@contextmanager
def running() -> Iterator[None]:
    BASE.mkdir(parents=True, exist_ok=True)
    with (BASE / "in-use").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        embedded.start(BASE, postgres=IS_EMBEDDED, throwaway=True, say=lambda _text: None)
        try:
            yield
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still runs tests here
            else:
                embedded.stop(BASE, say=lambda _text: None)


def address(database: str) -> str:
    """The owner's address of another database in the same cluster."""
    return urlunsplit(urlsplit(OWNER_URL)._replace(path=f"/{database}"))


def template() -> str:
    """The name of a database with the schema of today's migrations; made when it is not there yet."""
    name = f"template_{_fingerprint()}"
    with (BASE / "template.lock").open("w") as lock, psycopg.connect(OWNER_URL, autocommit=True) as owner:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _drop_leftovers(owner, keep=name)
        if not owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            draft = f"draft_{os.getpid()}"
            owner.execute(f'CREATE DATABASE "{draft}"')
            _migrate(address(draft))
            owner.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    return name


def _migrate(url: str) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings", "DATABASE_URL": url}
    command = [sys.executable, "manage.py", "migrate", "--run-syncdb", "--verbosity=0"]
    done = subprocess.run(command, cwd=embedded.ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            f"the migrations do not run on an empty database:\n{chr(10).join(done.stderr.splitlines()[-12:])}"
        )


def _fingerprint() -> str:
    """Changes with the migrations, the models of apps that have none yet, the settings and the libraries."""
    rooms = [embedded.ROOT / room for room in ("portal", "institutions", "enterprises", "lending")]
    files = [embedded.ROOT / "requirements.txt", embedded.ROOT / "portal" / "settings.py"]
    for app in sorted({path.parent for room in rooms for path in room.rglob("apps.py")}):
        migrations = sorted((app / "migrations").glob("[0-9]*.py"))
        files += migrations or sorted(app.glob("models*")) + sorted(app.glob("models/*.py"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path).encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:16]


def _drop_leftovers(owner: "psycopg.Connection[tuple[object, ...]]", *, keep: str) -> None:
    """Databases of test runs that were killed, and templates of migrations that have changed since."""
    for (name,) in owner.execute(
        "SELECT datname FROM pg_database WHERE datname ~ '^(test|draft|template)_'"
    ).fetchall():
        pid = str(name).rpartition("_")[2]
        is_in_use = pid.isdigit() and Path(f"/proc/{pid}").exists()
        if name != keep and not is_in_use:
            try:
                owner.execute(f'DROP DATABASE IF EXISTS "{name}"')
            except psycopg.errors.ObjectInUse:
                continue  # another test run copies it at this moment
