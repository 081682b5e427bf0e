"""What every benchmark may lean on. ``make bench SCALE=0.1`` runs them all; one: ``make bench ARGS="-k ingest"``.

* ``province``: the built province of ``SCALE`` (1 = 300,000 firms, 6,000,000 records, 1,000 products, 1,000,000 loans) is the
  database of the test, inside a transaction that is rolled back. Not to be mixed with ``pytest.mark.django_db``.
* ``committed_province``: the same without a transaction, for what must commit or needs several connections. The next test gets
  a copy from before (copying takes seconds at scale 1), so such tests come last in their file.
* ``@pytest.mark.django_db`` (with ``transaction=True`` where several connections commit): an empty migrated database.
* ``figures``: ``figures.time("match one need", mine, floor, at_most=3, floor_is="one statement")``, ``figures.rate(…, at_least=0.6)``,
  ``figures.value("memory", 180, "MB", at_most=300)``. All are printed as one table at the end. A missed target fails nothing.
* ``tests.bench.figures.median(act)`` and ``seconds(act)``.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench import engine
from tests.bench.figures import Figures
from tests.bench.province import Province, build

SCALE = float(os.environ.get("SCALE", "0.1"))
FIGURES = pytest.StashKey[Figures]()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """The durable engines, and an empty database of this process in the place of the configured one."""
    engine.start()
    name = f"bench_{os.getpid()}"
    engine.copy(name, anew=True)
    _connect(name)
    yield
    with django_db_blocker.unblock():
        _connect("postgres")
    engine.drop(name)


@pytest.fixture
def province(django_db_setup: None, django_db_blocker: Any) -> Iterator[Province]:
    from django.db import transaction

    with InProvince(django_db_blocker) as found, transaction.atomic():
        yield found
        transaction.set_rollback(True)


@pytest.fixture
def committed_province(django_db_setup: None, django_db_blocker: Any) -> Iterator[Province]:
    with InProvince(django_db_blocker, as_copy=True) as found:
        yield found


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    return request.config.stash[FIGURES]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = Figures(SCALE, engine.BASE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = terminalreporter.config.stash[FIGURES]
    told.keep()
    if told.rows:
        terminalreporter.section(f"FIGURES AT SCALE {SCALE:g}")
        for line in told.lines():
            terminalreporter.line(line)


class InProvince:
    """The province as the database of the process, built first where it is not whole yet."""

    def __init__(self, blocker: Any, *, as_copy: bool = False) -> None:
        self.blocker, self.as_copy = blocker, as_copy

    def __enter__(self) -> Province:
        from django.db import connection

        self.former = str(connection.settings_dict["NAME"])
        self.name = f"province_{engine.fingerprint()}_{SCALE:g}"
        engine.copy(self.name, anew=False)
        self.unblocked = self.blocker.unblock()
        self.unblocked.__enter__()
        _connect(self.name)
        found = build(SCALE, superuser=engine.address(self.name, superuser=True))
        if self.as_copy:
            _connect("postgres")
            copied = f"{self.name}_{os.getpid()}"
            engine.drop(copied)
            engine.duplicate(self.name, copied)
            self.name = copied
            _connect(copied)
        return found

    def __exit__(self, *_: object) -> None:
        _connect(self.former)
        if self.as_copy:
            engine.drop(self.name)
        self.unblocked.__exit__(None, None, None)


def _connect(name: str) -> None:
    """Point the default connection, of every thread, at another database of the bench's cluster."""
    import environ
    from django.db import connection, connections

    connection.close()
    wanted = environ.Env().db_url_config(engine.address(name))
    for settings in (connections.settings["default"], connection.settings_dict):
        settings |= {key: wanted[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT") if key in wanted}
        settings["OPTIONS"] = settings.get("OPTIONS", {}) | wanted.get("OPTIONS", {})
