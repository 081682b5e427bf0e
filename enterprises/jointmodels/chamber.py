"""The room in which a bank's graph runs: a fresh process per run, without network, files or environment, ended when it takes too long.

What holds is said by the process itself and kept with the review: kernel ceilings on memory, time, files and output hold everywhere;
the filter of system calls on Linux for x86-64 and ARM64; a network namespace where the system grants one. Where neither of the last
two can be had, nothing runs.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

INSIDE: Final = Path(__file__).with_name("inside.py")
#: One thread: the process may not start another.
ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class ModelFailed(Exception):
    """The model gave no answer: ``time``, ``memory``, ``broken``, ``shape``, ``no_walls``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Bounds:
    megabytes: int = 256
    seconds: int = 10

    def output(self, rows: int, width: int) -> int:
        return 4096 + rows * width * 4


@dataclass(frozen=True)
class Ran:
    """What came out: one score per row, the weights of the declared reasons if the model has them, and what it took."""

    scores: NDArray[np.float32]
    reasons: NDArray[np.float32] | None
    milliseconds: float
    megabytes: int
    walls: tuple[str, ...]


def run(
    graph: bytes,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    reasons: int,
    table: NDArray[np.float32],
    bounds: Bounds | None = None,
) -> Ran:
    """``table`` holds one row per input and one column per firm. Raises ModelFailed."""
    bounds = bounds or Bounds()
    rows = table.shape[1]
    task = {
        "bytes": len(graph),
        "inputs": list(inputs),
        "outputs": list(outputs),
        "megabytes": bounds.megabytes,
        "seconds": bounds.seconds,
        "output": bounds.output(rows, 1 + reasons),
    }
    text = json.dumps(task).encode()
    numbers = np.ascontiguousarray(table, dtype=np.float32).tobytes()
    said = _in_a_process_of_its_own(len(text).to_bytes(4, "big") + text + graph + numbers, bounds)
    return _read(said, rows, reasons)


def _in_a_process_of_its_own(given: bytes, bounds: Bounds) -> bytes:
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as reply:
        question.write(given)
        question.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(INSIDE)],
            stdin=question,
            stdout=reply,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
        try:
            process.wait(timeout=bounds.seconds + 5)
        except subprocess.TimeoutExpired as error:
            raise ModelFailed("time") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
        reply.seek(0)
        said = reply.read()
    if process.returncode != 0 or len(said) < 4:
        raise ModelFailed("time" if process.returncode in {-9, -24} else "broken")
    return said


def _read(said: bytes, rows: int, reasons: int) -> Ran:
    size = int.from_bytes(said[:4], "big")
    try:
        head = json.loads(said[4 : 4 + size])
    except ValueError as error:
        raise ModelFailed("broken") from error
    if "failed" in head:
        raise ModelFailed(str(head["failed"]))
    wanted = [rows, rows * reasons] if reasons and len(head["shapes"]) > 1 else [rows]
    numbers = np.frombuffer(said[4 + size :], dtype=np.float32)
    if [int(np.prod(shape)) for shape in head["shapes"]] != wanted or numbers.size != sum(wanted):
        raise ModelFailed("shape")
    if not np.isfinite(numbers).all():
        raise ModelFailed("not_a_number")
    return Ran(
        scores=numbers[:rows],
        reasons=numbers[rows:].reshape(rows, reasons) if len(wanted) > 1 else None,
        milliseconds=float(head["milliseconds"]),
        megabytes=int(head["megabytes"]),
        walls=tuple(sorted(name for name, holds in head["walls"].items() if holds)),
    )
