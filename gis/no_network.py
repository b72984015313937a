"""A process that gives up the network and other programs for good: a second belt around whoever opens foreign files.

GDAL asks URLs that stand in a document (the `crs` of a GeoJSON) without any driver that could be left out.
"""

from __future__ import annotations

import ctypes
import platform
import struct
from contextlib import suppress

# By machine: the kernel's name for it; then socket, connect, execve, execveat, ptrace and seccomp (Linux, 64 bits).
_CALLS = {
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101), 317),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117), 277),
}
_IO_URING_SETUP = 425  # on both: its requests pass no filter
_OTHER_ABI = 0x40000000  # from here on the same calls under other numbers
_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # the call fails with EPERM
# Instructions of the filter: load a word, compare, return (linux/filter.h).
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _MACHINE_AT = 0, 4


def give_up_network() -> bool:
    """Whether from here on this process and its threads can open no socket and start no program; they fail with EPERM.

    False where the system has no such thing (it is Linux's seccomp), or does not grant it.
    """
    if platform.system() != "Linux" or platform.machine() not in _CALLS:
        return False
    machine, calls, seccomp = _CALLS[platform.machine()]
    program = _program(machine, (*calls, _IO_URING_SETUP))

    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]

    with suppress(OSError, AttributeError):
        system = ctypes.CDLL(None, use_errno=True)
        granted = system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
        whole = Filter(len(program) // 8, program)
        return bool(granted and system.syscall(seccomp, _SET_FILTER, _ALL_THREADS, ctypes.byref(whole)) == 0)
    return False


def _program(machine: int, calls: tuple[int, ...]) -> bytes:
    """The filter: each instruction is its code, how far to jump if so and if not, and a number."""
    refuse = len(calls) + 2  # instructions from the first comparison of numbers to the refusal
    steps = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_EQUAL, 0, refuse + 1, machine),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, refuse - 1, 0, _OTHER_ABI),
        *((_EQUAL, refuse - 2 - at, 0, number) for at, number in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
