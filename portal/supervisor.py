"""The whole station from one command: `python -m portal.supervisor demo` starts it, keeps it running and stops it.

It starts the engines that no address was given for, brings the database up to date, loads the sample province into an empty
one, and runs web server, worker and scheduler, each in a session of its own so that Ctrl-C reaches only this process. When
it is told to stop it ends them in order: web, scheduler, worker, then the engines.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Final

from portal import embedded
from portal.embedded import ROOT
from portal.processes import ProcessError

MANAGE: Final = (sys.executable, "manage.py")
ROOMS: Final = ("portal", "institutions", "enterprises", "lending")
RESTARTS: Final = 5  # within a minute; then something is wrong that starting again does not mend
KEPT_LOG: Final = 5 * 2**20


@dataclass
class Service:
    """A process that is to run as long as the station does."""

    name: str
    command: Sequence[str]
    patience: float = 20  # seconds it may take to finish what it is doing
    process: "subprocess.Popen[bytes] | None" = None
    started: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Station:
    """One running station: where it keeps things, where it listens, and with which surroundings its processes run."""

    base: Path
    host: str
    port: int
    environment: dict[str, str]

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def services(self) -> list[Service]:
        """In the order in which they are stopped; started the other way round, so that the web comes last."""
        celery = (sys.executable, "-m", "celery", "--app", "portal.celery")
        return [
            Service("web", (*_granian(), "--host", self.host, "--port", str(self.port), "portal.wsgi:application")),
            Service("beat", (*celery, "beat", "--loglevel", "INFO", "--pidfile=")),
            Service(
                "worker", (*celery, "worker", "--loglevel", "INFO", "--concurrency", "2", "--hostname", "station@%h")
            ),
        ]


def _granian() -> tuple[str, ...]:
    """One blocking thread per process: more would only multiply database connections."""
    program = (sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "2")
    return (*program, "--blocking-threads", "1", "--respawn-failed-workers", "--workers-kill-timeout", "10")


def demo(host: str, port: int) -> int:
    """Start everything, serve until told to stop, stop everything."""
    base = embedded.home()
    with _only_one(base), _stoppable():
        had_leftovers = _end_leftovers(base)
        _forget_half_a_province(base)
        if not _is_free(host, port, patience=5 if had_leftovers else 0):
            _say(f"Port {port} is taken by another program. Choose another: make demo PORT={port + 1000}")
            return 2
        station = Station(base, host, port, _environment(base, host, port))
        running: list[Service] = []
        try:
            _start(station, running)
            return _keep_running(station, running)
        except KeyboardInterrupt:
            return 0
        finally:
            for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(name, signal.SIG_IGN)  # stopping is under way; a second Ctrl-C must not leave half of it
            _stop(station, running)


def reset() -> int:
    """Forget the demo's data, so that the next start makes a new province. Refuses to touch a database of one's own."""
    base = embedded.home()
    if os.environ.get("DATABASE_URL"):
        _say("DATABASE_URL names a database of your own; empty it yourself.")
        return 2
    with _only_one(base):
        _end_leftovers(base)
        embedded.stop(base)
        _forget(base)
    _say("The demo's data is gone.")
    return 0


def _start(station: Station, running: list[Service]) -> None:
    began = time.monotonic()
    with _step("engines"):
        embedded.start(
            station.base,
            postgres="DATABASE_URL" not in os.environ,
            valkey="CELERY_BROKER_URL" not in os.environ,
            say=lambda _text: None,
        )
    migrations = _fingerprint(*(f"{room}/**/migrations/*.py" for room in ROOMS), "requirements.txt")
    _once(station, "migrations", migrations, "migrate", "--verbosity", "0")
    statics = _fingerprint("static/**/*", "requirements.txt") + _fingerprint("frontend/**/*", root=station.base)
    _once(station, "static files", statics, "collectstatic", "--no-input", "--verbosity", "0")
    _load_province(station)
    for service in reversed(station.services):
        _launch(station, service)
        running.insert(0, service)
    with _step("web server answers"):
        _await_health(station, running)
    _show_logins(station)
    _say(f"\n  {station.address}   ready in {time.monotonic() - began:.1f} s · logs in {_shown(station.base / 'log')}")
    _say("  Ctrl-C stops everything; the data is kept.\n")


def _once(station: Station, label: str, fingerprint: str, *arguments: str) -> None:
    """Run a management command unless it ran before on the same files."""
    stamp = station.base / f"{label.replace(' ', '-')}.stamp"
    now = f"{fingerprint} {station.environment['DATABASE_URL']}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == now:
        return
    with _step(label):
        _manage(station, *arguments)
    stamp.write_text(now, encoding="utf-8")


def _load_province(station: Station) -> None:
    """Fill an empty database, once. The command itself refuses a database that holds other data."""
    stamp = station.base / "province.stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == "loaded":
        return
    stamp.write_text("loading", encoding="utf-8")
    _say("  … loading the sample province (once)")
    began = time.monotonic()
    _manage(station, "load_province", output=None)
    stamp.write_text("loaded", encoding="utf-8")
    _say(f"  ✓ sample province ({time.monotonic() - began:.1f} s)")


def _forget_half_a_province(base: Path) -> None:
    """A load that was cut short is begun again, from an empty cluster of our own."""
    stamp = base / "province.stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == "loading" and "DATABASE_URL" not in os.environ:
        with _step("an earlier load was cut short: beginning again"):
            embedded.stop(base, say=lambda _text: None)
            _forget(base)


def _forget(base: Path) -> None:
    for made in ("postgres", "valkey", "media", "deliveries", "anchors", "demo"):
        shutil.rmtree(base / made, ignore_errors=True)
    for stamp in base.glob("*.stamp"):
        stamp.unlink()


def _show_logins(station: Station) -> None:
    done = subprocess.run(
        [*MANAGE, "sample_logins"], cwd=ROOT, env=station.environment, capture_output=True, text=True, check=False
    )
    _say(
        done.stdout.rstrip()
        if done.returncode == 0
        else f"  (no sample logins: {done.stderr.strip().splitlines()[-1:]})"
    )


def _keep_running(station: Station, running: list[Service]) -> int:
    """Start again what dies; give up on what keeps dying."""
    while True:
        time.sleep(0.5)
        for service in running:
            if service.process is None or service.process.poll() is None:
                continue
            recent = [moment for moment in service.started if moment > time.monotonic() - 60]
            log = _shown(station.base / "log" / f"{service.name}.log")
            if len(recent) >= RESTARTS:
                _say(f"{service.name} keeps dying (code {service.process.returncode}); see {log}. Stopping.")
                return 1
            _say(f"{service.name} died (code {service.process.returncode}), starting it again; see {log}")
            _launch(station, service)


def _launch(station: Station, service: Service) -> None:
    log = station.base / "log" / f"{service.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.is_file() and log.stat().st_size > KEPT_LOG:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        service.process = subprocess.Popen(
            service.command,
            cwd=ROOT,
            env=station.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    service.started.append(time.monotonic())
    _remember(station.base, service.name, service.process.pid)


def _stop(station: Station, running: list[Service]) -> None:
    _say("\nStopping:")
    for service in running:
        if service.process is not None and service.process.poll() is None:
            with _step(service.name):
                _end(service)
    embedded.stop(station.base, say=lambda text: _say(f"  ✓ {text}"))
    (station.base / "processes.json").unlink(missing_ok=True)


def _end(service: Service) -> None:
    process = service.process
    if process is None:
        return
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(service.patience)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # whatever is left of its session
    process.wait()


def _await_health(station: Station, running: list[Service]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for service in running:
            if service.process is not None and service.process.poll() is not None:
                raise ProcessError(f"{service.name} did not start; see {station.base / 'log' / f'{service.name}.log'}")
        with contextlib.suppress(urllib.error.URLError, OSError):
            request = urllib.request.Request(f"http://127.0.0.1:{station.port}/health/", headers={"Host": station.host})
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        time.sleep(0.1)
    raise ProcessError(f"the web server does not answer; see {station.base / 'log' / 'web.log'}")


def _manage(station: Station, *arguments: str, output: int | IO[str] | None = subprocess.PIPE) -> None:
    """Run a management command; when we are told to stop meanwhile, it is stopped too."""
    command = subprocess.Popen(
        [*MANAGE, *arguments],
        cwd=ROOT,
        env=station.environment,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _nothing = command.communicate()
    except KeyboardInterrupt:
        command.terminate()
        command.wait()
        raise
    if command.returncode:
        end = "\n".join((said or "what it said stands above").strip().splitlines()[-12:])
        raise ProcessError(f"manage.py {arguments[0]} failed:\n{end}")


def _environment(base: Path, host: str, port: int) -> dict[str, str]:
    """What the processes are told; what the caller has set goes before."""
    key = base / "secret-key"
    if not key.is_file():
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    defaults = embedded.urls(base).environment() | {
        "STATION_DEMO": "1",
        "DJANGO_SECRET_KEY": key.read_text(encoding="utf-8"),
        "SITE_URL": f"http://{host}:{port}",
        "ALLOWED_HOSTS": ",".join(dict.fromkeys([host, "127.0.0.1", "localhost", "[::1]"])),
        "PYTHONUNBUFFERED": "1",
    }
    given = os.environ.get("DATABASE_URL")
    owner = {"DATABASE_OWNER_URL": os.environ.get("DATABASE_OWNER_URL", given)} if given else {}
    broker = os.environ.get("CELERY_BROKER_URL")
    cache = {"CACHE_URL": os.environ.get("CACHE_URL", broker)} if broker else {}
    return defaults | owner | cache | dict(os.environ) | {"STATION_VAR": str(base)}


def _fingerprint(*patterns: str, root: Path = ROOT) -> str:
    """Changes when a file that a pattern finds is added, removed or written."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if path.is_file():
                status = path.stat()
                digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _is_free(host: str, port: int, *, patience: float) -> bool:
    """Whether we may listen here, now or within ``patience`` seconds: a process that was killed lets go a moment later."""
    deadline = time.monotonic() + patience
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except OSError:
                if time.monotonic() >= deadline:
                    return False
            else:
                return True
        time.sleep(0.1)


@contextlib.contextmanager
def _only_one(base: Path) -> Iterator[None]:
    base.mkdir(parents=True, exist_ok=True)
    with (base / "supervisor.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise ProcessError(f"the demo already runs here (process {lock.read().strip()}); stop it first") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM and a closed terminal mean the same as Ctrl-C."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, interrupt)
    yield


def _remember(base: Path, name: str, pid: int) -> None:
    """So that the next start can clear up after one that was killed."""
    file = base / "processes.json"
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    file.write_text(json.dumps(known | {name: pid}), encoding="utf-8")


def _end_leftovers(base: Path) -> bool:
    """End what a supervisor that was killed has left running; a number that names another program by now is let be."""
    file = base / "processes.json"
    if not file.is_file():
        return False
    for name, pid in json.loads(file.read_text(encoding="utf-8")).items():
        with contextlib.suppress(OSError):
            told = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"portal." in told and os.fsencode(sys.executable) in told:
                _say(f"ending a {name} that an earlier start has left (process {pid})")
                os.killpg(pid, signal.SIGKILL)
    file.unlink()
    return True


@contextlib.contextmanager
def _step(label: str) -> Iterator[None]:
    """One line per step, with its seconds."""
    began = time.monotonic()
    yield
    _say(f"  ✓ {label} ({time.monotonic() - began:.1f} s)")


def _shown(path: Path) -> str:
    return os.path.relpath(path)


def _say(text: str) -> None:
    print(text, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m portal.supervisor", description="Run the whole station.")
    parser.add_argument("verb", choices=["demo", "reset"])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args(arguments)
    try:
        return demo(chosen.host, chosen.port) if chosen.verb == "demo" else reset()
    except ProcessError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
