"""Real engines in a folder of their own: nothing here is imitated."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from portal import embedded
from portal.processes import ProcessError

SILENT = {"say": lambda _text: None}


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    embedded.stop(tmp_path / "var", **SILENT)


def ask(url: str, question: str) -> tuple[object, ...] | None:
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()


def test_start_gives_an_owner_who_may_create_and_a_server_role_who_may_not(base: Path) -> None:
    urls = embedded.start(base, throwaway=True, **SILENT)

    question = "SELECT current_user, rolcreatedb, rolsuper FROM pg_roles WHERE rolname = current_user"
    assert ask(urls.owner_database, question) == ("station_owner", True, False)
    assert ask(urls.database, question) == ("station_app", False, False)


def test_start_gives_a_database_in_utf8_and_the_capital_s_time(base: Path) -> None:
    urls = embedded.start(base, valkey=False, throwaway=True, **SILENT)

    settings = (
        "SELECT current_setting('server_encoding'), current_setting('timezone'), current_setting('max_connections')"
    )
    assert ask(urls.database, settings) == ("UTF8", "Asia/Shanghai", "200")


def test_a_durable_start_keeps_every_guard_and_a_throwaway_one_drops_them(base: Path) -> None:
    guards = (
        "SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')"
    )

    urls = embedded.start(base, valkey=False, **SILENT)
    durable = ask(urls.database, guards)
    embedded.stop(base, **SILENT)
    embedded.start(base, valkey=False, throwaway=True, **SILENT)

    assert durable == ("on", "on", "on")
    assert ask(urls.database, guards) == ("off", "off", "off")


def test_a_second_start_changes_nothing(base: Path) -> None:
    embedded.start(base, throwaway=True, **SILENT)
    first = embedded.status(base)

    embedded.start(base, throwaway=True, **SILENT)

    assert first.is_running
    assert embedded.status(base) == first


def test_data_outlives_a_stop(base: Path) -> None:
    urls = embedded.start(base, **SILENT)
    with psycopg.connect(urls.owner_database, autocommit=True) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    redis.Redis.from_url(urls.cache).set("kept", "42")

    embedded.stop(base, **SILENT)
    stopped = embedded.status(base)
    embedded.start(base, **SILENT)

    assert stopped == embedded.Status(postgres=None, valkey=None)
    assert ask(urls.owner_database, "SELECT answer FROM kept") == (42,)
    assert redis.Redis.from_url(urls.cache).get("kept") == b"42"


def test_start_survives_a_crash_and_a_pid_file_that_names_another_process(base: Path) -> None:
    urls = embedded.start(base, valkey=False, **SILENT)
    postmaster = embedded.status(base).postgres
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while embedded.status(base).postgres and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)  # its children notice and leave
    pid_file = base / "postgres" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(postmaster), str(os.getpid()), 1))

    embedded.start(base, valkey=False, **SILENT)

    assert ask(urls.database, "SELECT 1") == (1,)


def test_start_survives_a_first_start_that_was_interrupted(base: Path) -> None:
    (base / "postgres.draft").mkdir(parents=True)
    (base / "postgres.draft" / "PG_VERSION").write_text("18")

    urls = embedded.start(base, valkey=False, throwaway=True, **SILENT)

    assert ask(urls.database, "SELECT 1") == (1,)


def test_a_path_too_long_for_a_socket_and_full_of_odd_letters_still_works(tmp_path: Path) -> None:
    base = tmp_path / ("信易贷 it's " + "很长" * 20) / "var"
    try:
        urls = embedded.start(base, throwaway=True, **SILENT)

        assert ask(urls.database, "SELECT 1") == (1,)
        assert redis.Redis.from_url(urls.cache).ping()
    finally:
        embedded.stop(base, **SILENT)


def test_a_short_path_keeps_its_sockets_beside_the_data() -> None:
    base = Path(tempfile.gettempdir()) / "s"

    assert f"host={base.resolve()}/run" in embedded.urls(base).database


def test_nobody_else_may_enter_the_folder_of_the_sockets(base: Path) -> None:
    embedded.start(base, throwaway=True, **SILENT)

    [run] = {Path(embedded.urls(base).database.split("host=")[1])}
    assert run.stat().st_mode & 0o077 == 0
    assert (run / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0


def test_the_engines_listen_on_no_network_address(base: Path) -> None:
    urls = embedded.start(base, throwaway=True, **SILENT)

    assert ask(urls.database, "SELECT current_setting('listen_addresses')") == ("",)
    assert redis.Redis.from_url(urls.cache).config_get("port") == {"port": "0"}


def test_the_command_line_reports_in_words_and_in_its_exit_code(base: Path) -> None:
    command = [sys.executable, "-m", "portal.embedded"]
    env = os.environ | {"STATION_VAR": str(base)}

    def say(verb: str) -> tuple[int, str]:
        done = subprocess.run([*command, verb], cwd=embedded.ROOT, env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    before, started, after, environment = say("status"), say("start"), say("status"), say("env")
    stopped = say("stop")

    assert before == (3, "PostgreSQL: not running\nValkey: not running\n")
    assert started[0] == 0
    assert after[0] == 0
    assert f"export DATABASE_URL='{embedded.urls(base).database}'" in environment[1]
    assert stopped[0] == 0
    assert embedded.status(base) == embedded.Status(postgres=None, valkey=None)


def test_an_engine_that_cannot_start_says_why(base: Path) -> None:
    embedded.start(base, valkey=False, throwaway=True, **SILENT)
    embedded.stop(base, **SILENT)
    with (base / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = 'plenty'\n")

    with pytest.raises(ProcessError, match='invalid value for parameter "shared_buffers"'):
        embedded.start(base, valkey=False, throwaway=True, **SILENT)


BECOME_NOBODY = """
import os, sys
from portal import embedded
from portal.processes import ProcessError
os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(embedded.main(sys.argv[1:]))
"""


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become somebody else; for a user the other tests show the same"
)
def test_a_user_who_is_not_root_can_start_and_stop_too() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        base = Path(folder) / "var"
        base.mkdir()
        os.chown(base, 65534, 65534)
        env = os.environ | {"STATION_VAR": str(base)}

        try:
            for verb in ("start", "status", "stop"):
                command = [sys.executable, "-c", BECOME_NOBODY, verb]
                done = subprocess.run(command, cwd=embedded.ROOT, env=env, capture_output=True, text=True, check=False)
                assert (done.returncode, done.stderr) == (0, "")
        finally:
            embedded.stop(base, **SILENT)

        assert (base / "postgres" / "PG_VERSION").stat().st_uid == 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the engines under another account")
def test_root_may_keep_its_folders_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = os.umask(0o077)
    try:
        urls = embedded.start(closed / "var", throwaway=True, **SILENT)

        assert ask(urls.database, "SELECT 1") == (1,)
        assert closed.stat().st_mode & 0o777 == 0o701
    finally:
        os.umask(before)
        embedded.stop(closed / "var", **SILENT)


def test_the_address_of_a_socket_that_is_too_long_is_what_the_system_refuses(tmp_path: Path) -> None:
    name = "/tmp/" + "x" * (embedded.SOCKET_LIMIT - 5)
    with socket.socket(socket.AF_UNIX) as fits:
        fits.bind(name)
    Path(name).unlink()

    with socket.socket(socket.AF_UNIX) as bursts, pytest.raises(OSError, match="too long"):
        bursts.bind(name + "xxxxxx")
