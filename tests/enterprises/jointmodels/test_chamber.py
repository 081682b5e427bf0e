import json
import subprocess
import sys
import time

import numpy as np
import pytest

from enterprises.jointmodels import chamber
from enterprises.jointmodels.chamber import Bounds, ModelFailed
from tests.enterprises.jointmodels.graphs import endless, graph, node, swelling, weighed

FEW = Bounds(megabytes=128, seconds=2)
#: What a model that has taken the process over would try, after the walls are up.
BREAK_OUT = """
import importlib.util, json, os, socket, sys
spec = importlib.util.spec_from_file_location("inside", sys.argv[1])
inside = importlib.util.module_from_spec(spec)
spec.loader.exec_module(inside)
environment = sorted(name for name in os.environ if not name.endswith("_NUM_THREADS"))
import encodings.idna, subprocess, threading
inside.shut_network()
inside.bound(megabytes=64, seconds=2, output=10000)
walls = inside.shut_system()
def tried(what):
    try:
        what()
    except BaseException as error:
        return type(error).__name__
    return "done"
found = {
    "open": tried(lambda: open("/etc/passwd")),
    "write": tried(lambda: open("/tmp/out", "w")),
    "socket": tried(lambda: socket.socket()),
    "unix": tried(lambda: socket.socket(socket.AF_UNIX)),
    "fork": tried(os.fork),
    "program": tried(lambda: os.execv("/bin/true", ["true"])),
    "thread": tried(lambda: threading.Thread(target=print).start()),
    "memory": tried(lambda: bytearray(2**30)),
    "kill": tried(lambda: os.kill(os.getppid(), 0)),
}
inside.answer({"environment": environment, "walls": walls, "found": found})
"""


def run(data: bytes, *columns: list[float], bounds: Bounds | None = None) -> chamber.Ran:
    names = ["a", "b"][: len(columns)]
    table = np.array(columns, dtype=np.float32)
    return chamber.run(data, inputs=names, outputs=["score"], reasons=0, table=table, bounds=bounds)


def test_a_graph_scores_a_table() -> None:
    ran = run(weighed(["a", "b"], [1.0, 10.0], base=5.0), [1, 2, float("nan")], [3, 4, 5])

    assert ran.scores.tolist() == [36.0, 47.0, 55.0]
    assert "calls" in ran.walls


def test_a_graph_that_swells_is_stopped_and_the_next_one_runs() -> None:
    with pytest.raises(ModelFailed) as failure:
        run(swelling(), [1.0] * 4, bounds=FEW)

    assert failure.value.code == "memory"
    assert run(weighed(["a"], [2.0]), [4.0]).scores.tolist() == [8.0]


def test_a_graph_that_does_not_end_is_ended() -> None:
    began = time.monotonic()

    with pytest.raises(ModelFailed) as failure:
        run(endless(), [0.0] * 1500, bounds=FEW)

    assert failure.value.code == "time"
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no graph", "broken"),
        (graph([node("ReduceSum", ["a"], "score", keepdims=0)], ["a"]), "shape"),
        (graph([node("Log", ["a"], "score")], ["a"]), "not_a_number"),
    ],
)
def test_what_gives_no_sound_answer_fails_by_name(data: bytes, code: str) -> None:
    with pytest.raises(ModelFailed) as failure:
        run(data, [-1.0, -2.0])

    assert failure.value.code == code


def test_data_outside_the_file_cannot_be_reached() -> None:
    from tests.enterprises.jointmodels.test_graphs import BAD

    with pytest.raises(ModelFailed) as failure:
        run(BAD["data_outside"], [1.0])

    assert failure.value.code == "broken"


def test_within_the_walls_nothing_can_be_opened_sent_started_or_read() -> None:
    """Not the model but the process itself tries; every wall answers. Holds where the filter of system calls is known."""
    said = subprocess.run(
        [sys.executable, "-I", "-c", BREAK_OUT, str(chamber.INSIDE)],
        env=chamber.ENVIRONMENT,
        capture_output=True,
        check=True,
        timeout=30,
    ).stdout

    assert json.loads(said[4:]) == {
        "environment": ["LC_CTYPE"] if b"LC_CTYPE" in said else [],
        "walls": True,
        "found": {
            "open": "OSError" if b'"open": "OSError"' in said else "PermissionError",
            "write": "OSError" if b'"write": "OSError"' in said else "PermissionError",
            "socket": "PermissionError",
            "unix": "PermissionError",
            "fork": "PermissionError",
            "program": "PermissionError",
            "thread": "RuntimeError",
            "memory": "MemoryError",
            "kill": "PermissionError",
        },
    }
