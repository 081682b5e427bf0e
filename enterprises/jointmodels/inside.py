"""Runs one model on one table of numbers, in a process that can do nothing else. Started by ``chamber.py``; imports nothing of ours.

Before the model is touched this process has no environment, no open files but its two pipes, no network (an empty network
namespace of its own where the system grants one, and no system call that could open a socket), and it may not open a file, start a
program, or take more memory, time or output than it is allowed. The order matters: libraries are loaded first, then the walls go up,
then the model is read.
"""

import ctypes
import json
import os
import platform
import resource
import struct
import sys
import time
from typing import NoReturn

#: System calls that arithmetic needs, by machine: number of the audit architecture, number of seccomp(2), numbers allowed.
CALLS = {
    "x86_64": (0xC000003E, 317, (
        0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 39, 60, 96, 98, 131, 186, 202, 204, 228, 230, 231, 273, 318, 334,
    )),
    "aarch64": (0xC00000B7, 277, (
        57, 62, 63, 64, 80, 93, 94, 98, 99, 113, 115, 123, 124, 132, 134, 135, 139, 165, 169, 172, 178, 214, 215, 216, 222, 226,
        233, 278, 293,
    )),
}  # fmt: skip
NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000
NO_NEW_PRIVILEGES, ONE_FOR_ALL_THREADS, FILTER = 38, 1, 1
MEGABYTE = 2**20


def shut_network() -> bool:
    """A network of its own without any device; first as it is, then as a user of its own. Needs a process of one thread."""
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(NEW_NETWORK) == 0 or libc.unshare(NEW_USER | NEW_NETWORK) == 0)


def bound(*, megabytes: int, seconds: int, output: int) -> None:
    """Ceilings of the kernel, counted from what the libraries have taken already."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - this process imports as little as it can
        taken = int(file.read().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, taken + megabytes * MEGABYTE),
        (resource.RLIMIT_CPU, int(time.process_time()) + seconds),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def shut_system() -> bool:
    """A filter of system calls: what is not arithmetic is answered with "not permitted". False where the machine is not known."""
    if platform.machine() not in CALLS or sys.platform != "linux":
        return False
    architecture, call, allowed = CALLS[platform.machine()]
    program = [
        struct.pack("HBBI", 0x20, 0, 0, 4),  # the architecture of the call
        struct.pack("HBBI", 0x15, 1, 0, architecture),
        struct.pack("HBBI", 0x06, 0, 0, 0x80000000),  # another architecture: the process ends
        struct.pack("HBBI", 0x20, 0, 0, 0),  # its number
        *(struct.pack("HBBI", 0x15, len(allowed) - place, 0, number) for place, number in enumerate(allowed)),
        struct.pack("HBBI", 0x06, 0, 0, 0x00050001),  # EPERM
        struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000),  # allowed
    ]
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.argtypes = [ctypes.c_long, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_char_p]
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.syscall(call, FILTER, ONE_FOR_ALL_THREADS, header) == 0)


def main() -> None:
    is_alone = shut_network()
    size = int.from_bytes(sys.stdin.buffer.read(4), "big")
    task = json.loads(sys.stdin.buffer.read(size))
    graph = sys.stdin.buffer.read(task["bytes"])
    table = sys.stdin.buffer.read()

    import numpy  # noqa: PLC0415 - loaded before the walls go up
    import onnxruntime  # noqa: PLC0415

    columns = numpy.frombuffer(table, dtype=numpy.float32).reshape(len(task["inputs"]), -1, 1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    bound(megabytes=task["megabytes"], seconds=task["seconds"], output=task["output"])
    walls = {"network": is_alone, "calls": shut_system()}
    if not walls["calls"] and not walls["network"]:
        answer({"failed": "no_walls", "walls": walls})
    began = time.perf_counter()
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        found = session.run(task["outputs"], dict(zip(task["inputs"], columns, strict=True)))
    except MemoryError:
        answer({"failed": "memory", "walls": walls})
    except Exception as error:  # whatever a foreign model does wrong is its failure, said outside
        is_memory = any(word in str(error) for word in ("bad_alloc", "Failed to allocate", "bad allocation"))
        answer({"failed": "memory" if is_memory else "broken", "walls": walls})
    told = [numpy.ascontiguousarray(one, dtype=numpy.float32) for one in found]
    head = {
        "shapes": [list(one.shape) for one in told],
        "milliseconds": (time.perf_counter() - began) * 1000,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "walls": walls,
    }
    answer(head, *(one.tobytes() for one in told))


def answer(head: dict[str, object], *bodies: bytes) -> NoReturn:
    text = json.dumps(head).encode()
    data = len(text).to_bytes(4, "big") + text + b"".join(bodies)
    while data:
        data = data[os.write(1, data) :]
    os._exit(0)


if __name__ == "__main__":
    main()
