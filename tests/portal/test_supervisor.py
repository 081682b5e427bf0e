"""The real thing: engines, web server, worker and scheduler, started, hurt, and stopped without a trace."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal import embedded, supervisor
from portal.supervisor import Service, Station
from tests import engines

pytestmark = pytest.mark.worker
OURS = {"DATABASE_URL", "DATABASE_OWNER_URL", "CELERY_BROKER_URL", "CACHE_URL", "DJANGO_SETTINGS_MODULE"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, running_engines: None) -> Iterator[Path]:
    """A station's folder whose database is migrated and whose province counts as loaded."""
    base = tmp_path_factory.mktemp("station") / "var"
    urls = embedded.start(base, throwaway=True, say=lambda _text: None)
    programs = embedded._postgres_programs()
    dump = subprocess.run(
        [programs / "pg_dump", engines.address(engines.template()), "--no-owner"], capture_output=True, check=True
    )
    subprocess.run([programs / "psql", "-q", urls.owner_database], input=dump.stdout, capture_output=True, check=True)
    embedded.stop(base, say=lambda _text: None)
    (base / "province.stamp").write_text("loaded")
    yield base
    embedded.stop(base, say=lambda _text: None)


@pytest.fixture
def port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture
def start(base: Path, port: int, tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Start the supervisor; whatever a test leaves running is ended after it."""
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> "subprocess.Popen[bytes]":
        env = {name: value for name, value in os.environ.items() if name not in OURS} | {"STATION_VAR": str(base)}
        command = [sys.executable, "-m", "portal.supervisor", "demo", "--port", str(port)]
        with (tmp_path / f"said-{len(started)}").open("wb") as said:
            process = subprocess.Popen(command, cwd=embedded.ROOT, env=env, stdout=said, stderr=subprocess.STDOUT)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.terminate()
        process.wait(60)


def said(tmp_path: Path, number: int = 0) -> str:
    return (tmp_path / f"said-{number}").read_text(encoding="utf-8")


def is_well(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/")
        answer = connection.getresponse()
        return answer.status == 200 and json.load(answer) == {"database": True, "cache": True}
    except OSError:
        return False
    finally:
        connection.close()


def left_behind(base: Path) -> list[str]:
    """Every process that was told of this folder, by its command line or by its environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(base) in told and int(process.name) != os.getpid():
            found.append((process / "comm").read_text().strip())
    return found


def test_the_station_serves_mends_itself_and_leaves_no_process(
    base: Path,
    port: int,
    start: Callable[[], "subprocess.Popen[bytes]"],
    tmp_path: Path,
    eventually: Callable[..., None],
) -> None:
    first = start()
    eventually(lambda: "Ctrl-C stops everything" in said(tmp_path), seconds=90)
    assert is_well(port)

    second = start()
    assert second.wait(30) == 1
    assert f"the demo already runs here (process {first.pid})" in said(tmp_path, 1)

    worker = json.loads((base / "processes.json").read_text())["worker"]
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: "worker died (code -9), starting it again" in said(tmp_path))
    eventually(lambda: json.loads((base / "processes.json").read_text())["worker"] != worker)

    first.send_signal(signal.SIGTERM)
    assert first.wait(60) == 0
    assert left_behind(base) == []
    assert embedded.status(base) == embedded.Status(postgres=None, valkey=None)


def test_a_start_after_a_kill_clears_up_and_serves(
    base: Path,
    port: int,
    start: Callable[[], "subprocess.Popen[bytes]"],
    tmp_path: Path,
    eventually: Callable[..., None],
) -> None:
    killed = start()
    eventually(lambda: "Ctrl-C stops everything" in said(tmp_path), seconds=90)
    killed.kill()
    killed.wait()
    assert left_behind(base)

    again = start()
    eventually(lambda: "Ctrl-C stops everything" in said(tmp_path, 1), seconds=90)
    assert "ending a web that an earlier start has left" in said(tmp_path, 1)
    assert is_well(port)

    again.send_signal(signal.SIGINT)
    assert again.wait(60) == 0
    assert left_behind(base) == []


def test_a_port_that_is_taken_is_said_before_anything_starts(
    base: Path, port: int, start: Callable[[], "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", port))
        squatter.listen()

        assert start().wait(30) == 2

    assert f"Port {port} is taken" in said(tmp_path)
    assert "make demo PORT=" in said(tmp_path)
    assert left_behind(base) == []


def test_a_service_that_keeps_dying_ends_the_station(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = Station(tmp_path, "127.0.0.1", 1, dict(os.environ))
    broken = Service("broken", (sys.executable, "-c", "raise SystemExit(3)"))
    supervisor._launch(station, broken)

    assert supervisor._keep_running(station, [broken]) == 1

    assert len(broken.started) == supervisor.RESTARTS
    assert "broken keeps dying (code 3)" in capsys.readouterr().out


def test_reset_forgets_data_and_stamps_but_not_the_front_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STATION_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for made in ("postgres", "media", "frontend"):
        (tmp_path / made).mkdir()
    (tmp_path / "province.stamp").write_text("loaded")

    assert supervisor.reset() == 0

    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"frontend"}
    assert not list(tmp_path.glob("*.stamp"))


def test_a_load_that_was_cut_short_is_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "postgres").mkdir()
    stamp = tmp_path / "province.stamp"

    stamp.write_text("loaded")
    supervisor._forget_half_a_province(tmp_path)
    assert (tmp_path / "postgres").is_dir()

    stamp.write_text("loading")
    supervisor._forget_half_a_province(tmp_path)
    assert not (tmp_path / "postgres").exists()
    assert not stamp.exists()


def test_reset_does_not_touch_a_database_of_one_s_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STATION_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    (tmp_path / "media").mkdir()

    assert supervisor.reset() == 2

    assert (tmp_path / "media").is_dir()


def test_the_surroundings_keep_what_the_caller_has_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://one/role")
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    monkeypatch.delenv("CACHE_URL", raising=False)

    env = supervisor._environment(tmp_path, "127.0.0.1", 9000)

    assert env["DATABASE_URL"] == env["DATABASE_OWNER_URL"] == "postgresql://one/role"
    assert env["CELERY_BROKER_URL"] == embedded.urls(tmp_path).broker
    assert env["DJANGO_SECRET_KEY"] == supervisor._environment(tmp_path, "127.0.0.1", 9000)["DJANGO_SECRET_KEY"]
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_a_service_that_ignores_the_request_is_ended_all_the_same(tmp_path: Path) -> None:
    stubborn = Service(
        "stubborn", (sys.executable, "-c", "import signal,time; signal.signal(15, 1); print(1); time.sleep(60)")
    )
    stubborn.patience = 0.3
    supervisor._launch(Station(tmp_path, "127.0.0.1", 1, dict(os.environ)), stubborn)
    time.sleep(0.5)

    supervisor._end(stubborn)

    assert stubborn.process is not None
    assert stubborn.process.returncode == -signal.SIGKILL
