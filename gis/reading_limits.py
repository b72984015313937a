"""How much memory and time one file may take, and how a process is held to it."""

from __future__ import annotations

import os
import platform
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

GIB = 1 << 30
_SYSTEM = platform.system()
# What a file may take where the project states nothing: so much, and more with its size.
MEMORY_ANYWAY, MEMORY_PER_BYTE = GIB, 6
SECONDS_ANYWAY, BYTES_PER_SECOND = 60.0, 10_000_000
# Less than what the libraries themselves take up leaves nothing to read a file with.
_ROOM_AT_LEAST = 1 << 26


class Limits(Protocol):
    """What a project states for every file (`[limits]` of the project file)."""

    @property
    def memory_gib(self) -> float | None: ...
    @property
    def seconds(self) -> float | None: ...


class Stated(NamedTuple):
    """Such limits; None: by the file's size."""

    memory_gib: float | None = None
    seconds: float | None = None


BY_SIZE = Stated()


def memory_for(size: int, limits: Limits = BY_SIZE) -> int:
    """How many bytes of memory a file of `size` bytes may take.

    >>> memory_for(0) == GIB, memory_for(10**9) - GIB, memory_for(10**9, Stated(memory_gib=0.5)) == GIB // 2
    (True, 6000000000, True)
    """
    return MEMORY_ANYWAY + MEMORY_PER_BYTE * size if limits.memory_gib is None else int(limits.memory_gib * GIB)


def seconds_for(size: int, limits: Limits = BY_SIZE) -> float:
    """How many seconds a file of `size` bytes may take.

    >>> seconds_for(0), seconds_for(50_000_000), seconds_for(10**9), seconds_for(10**9, Stated(seconds=5))
    (60.0, 65.0, 160.0, 5)
    """
    return SECONDS_ANYWAY + size / BYTES_PER_SECOND if limits.seconds is None else limits.seconds


def hold_to(memory: int) -> None:
    """From here on, this process gets no more memory than `memory` bytes: Python and libraries see a failed request.

    Where the system knows no such limit (Windows, macOS), nothing happens, and who watches from outside has to do it.
    """
    if not memory_is_limited():
        return
    import resource

    libraries, own = _mapped()
    room = max(memory - libraries, own + _ROOM_AT_LEAST)
    with suppress(ValueError, OSError):  # a limit that somebody set for us is lower still
        resource.setrlimit(resource.RLIMIT_DATA, (room, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def memory_is_limited() -> bool:
    """Whether this system refuses memory to a process that has its share."""
    return _SYSTEM == "Linux"


def _mapped() -> tuple[int, int]:
    """Bytes of files (libraries) that this process has in memory, and bytes that it has asked for itself; Linux."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    kib = {name: int(told[name].split()[0]) for name in ("RssFile", "VmData")}
    return kib["RssFile"] << 10, kib["VmData"] << 10


def resident(pid: int) -> int | None:
    """Bytes of memory that a process takes up now; None where that cannot be told."""
    try:
        if _SYSTEM == "Linux":
            with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123 - asked very often
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return _working_set(pid) if _SYSTEM == "Windows" else told_by_ps(pid)
    except (OSError, ValueError, IndexError):
        return None


def told_by_ps(pid: int) -> int:
    """The same as ps tells it, where there is no /proc; OSError or ValueError where it does not."""
    done = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=False)
    return int(done.stdout) << 10


def _working_set(pid: int) -> int:
    """The same on Windows: PROCESS_MEMORY_COUNTERS.WorkingSetSize."""
    import ctypes

    class Counters(ctypes.Structure):
        _fields_ = [("cb", ctypes.c_ulong), ("faults", ctypes.c_ulong), ("sizes", ctypes.c_size_t * 8)]

    counters = Counters(ctypes.sizeof(Counters))
    windows = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    process = windows.OpenProcess(0x1000, False, pid)
    if not process or not windows.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.cb):
        raise OSError(f"the memory of process {pid} is not told")
    windows.CloseHandle(process)
    return int(counters.sizes[1])
