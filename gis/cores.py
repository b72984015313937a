"""Work on all cores: pieces of it in threads, since shapely, numpy and compiled loops let go of the interpreter."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

Piece = TypeVar("Piece")
Done = TypeVar("Done")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def give_back() -> None:
    """Nothing; memory that is free but still held, by the C library and by Arrow, goes back to the system."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries than glibc have none
        if trim is not None:
            trim(0)


def spread(work: Callable[[Piece], Done], pieces: Iterable[Piece]) -> list[Done]:
    """What `work` makes of each piece, in their order; a single piece needs no thread."""
    listed = list(pieces)
    if len(listed) < 2 or cores() < 2:
        return [work(piece) for piece in listed]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(work, listed))
