"""Work on all cores: pieces of it in threads, since shapely, numpy and compiled loops let go of the interpreter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Done = TypeVar("Done")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(work: Callable[[Piece], Done], pieces: Iterable[Piece]) -> list[Done]:
    """What `work` makes of each piece, in their order; a single piece needs no thread."""
    listed = list(pieces)
    if len(listed) < 2 or cores() < 2:
        return [work(piece) for piece in listed]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(work, listed))
