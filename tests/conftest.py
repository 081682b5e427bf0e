"""What every test may lean on: real engines, a fixed day, a real browser, a real worker."""

import datetime as dt
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from playwright.sync_api import Page

from portal import embedded
from tests import engines

SCREENSHOTS = embedded.home() / "screenshots"
CHROMIUM = os.environ.get("STATION_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
NO_BROWSER = "no Chromium on this machine: install the package “chromium”, or name the program in STATION_CHROMIUM"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
]


@pytest.fixture(scope="session")
def running_engines() -> Iterator[None]:
    with engines.running():
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(running_engines: None) -> None:
    """Every process has a database of its own, copied from the migrated template."""
    from django.conf import settings

    settings.DATABASES["default"]["TEST"] |= {"NAME": f"test_{os.getpid()}", "TEMPLATE": engines.template()}


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """A test's thread may still hold a connection at the end; the next run clears up after processes that are gone."""
    return True


@pytest.fixture(autouse=True)
def _forgotten_records(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """After a test that commits, Django empties the tables it manages; the record store, made by SQL, is not among them."""
    yield
    mark = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames) or (
        mark and mark.kwargs.get("transaction")
    )
    if commits:
        from django.db import connection

        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE credit_record")


@pytest.fixture(autouse=True)
def _forgetful_cache() -> Iterator[None]:
    """Rate limits and figures of one test are none of the next one's business."""
    yield
    cache.clear()


@pytest.fixture
def today() -> dt.date:
    return dt.date(2026, 11, 20)


@pytest.fixture
def now() -> dt.datetime:
    return dt.datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


#: Rooms that are being rebuilt: their tests run and are reported, and do not decide yet. A room leaves this list when its
#: rebuild is done (see the notes on the open issues); nothing else may enter it.
UNSETTLED = (
    "tests/lending/compensation/test_admin.py",
    "tests/lending/compensation/test_concurrency.py",
    "tests/lending/compensation/test_filing.py",
    "tests/lending/compensation/test_recoveries.py",
    "tests/lending/compensation/test_review.py",
    "tests/lending/compensation/test_sheet.py",
    "tests/lending/compensation/test_views.py",
    "tests/lending/ledger/test_chains.py",
    "tests/lending/ledger/test_properties.py",
    "tests/lending/matching/test_reach.py",
    "tests/portal/audit/test_actions.py",
    "tests/enterprises/consent/test_sequences.py",
    "tests/enterprises/jointmodels/test_races.py",
    "tests/journeys/",
)
REBUILT = pytest.mark.xfail(reason="this room is being rebuilt", strict=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(UNSETTLED):
            item.add_marker(REBUILT)
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(report.longrepr)]
    if skipped:
        terminalreporter.section("BROWSER JOURNEYS NOT RUN", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} journeys were skipped: {NO_BROWSER}")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    desk = {"width": 1440, "height": 900}
    return browser_context_args | {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": desk}


@pytest.fixture
def snap() -> Callable[[Page, str], Path]:
    """Write a screenshot of the whole page to the ignored folder: `snap(page, "need-posted")`."""

    def take(page: Page, name: str) -> Path:
        width = (page.viewport_size or {"width": 0})["width"]
        path = SCREENSHOTS / f"{name}-{width}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A real Celery worker on this test's database; tasks sent in the test travel through the broker to it."""
    from django.db import connection

    from portal.celery import app

    queue = app.conf.task_default_queue
    app.conf.task_always_eager = False
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": engines.address(str(connection.settings_dict["NAME"])),
    }
    command = [
        "-m",
        "celery",
        "-A",
        "portal.celery",
        "worker",
        "-Q",
        queue,
        "-c",
        "1",
        "-n",
        f"{queue}@%h",
        "--loglevel=INFO",
    ]
    log = tmp_path / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=embedded.ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 60
        while " ready." not in log.read_text(encoding="utf-8"):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the worker did not start:\n{log.read_text(encoding='utf-8')[-1500:]}")
            time.sleep(0.1)
        yield process
    finally:
        app.conf.task_always_eager = True
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait for what another process is about to do: `eventually(lambda: batch.is_done())`."""

    def wait(is_true: Callable[[], bool], *, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < deadline, f"did not happen within {seconds} s"
            time.sleep(0.1)

    return wait
