"""Whether a GeoPackage is whole: its pages are all there, none was lost to zeros, its layers have the rows they say.

SQLite finds a page that was lost only when it comes by, and GDAL then ends a layer early without a word. A full check
costs a fifth of the time of reading, so it is made only where something is odd: pages of zeros, which a sound file
does not have, are found at the speed of the disk.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from gis.faults import Fault, InputError

_MAGIC = b"SQLite format 3\0"
# A check that takes longer, on a file with lost pages, is not waited for.
CHECK_SECONDS = 20.0
_PAGES_AT_ONCE = 4096


def check_pages(path: Path) -> None:
    """Nothing, or InputError: FILE_DAMAGED where pages are missing or a page of zeros is no free one.

    What is no SQLite file is left to GDAL to refuse.
    """
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(_MAGIC):
        return
    size = int.from_bytes(head[16:18], "big")
    size = 65536 if size == 1 else size
    announced, free = int.from_bytes(head[28:32], "big"), int.from_bytes(head[36:40], "big")
    # The page count only holds where the two counters of changes agree; older programs leave it alone.
    counted = head[24:28] == head[92:96] and not path.with_name(f"{path.name}-wal").exists()
    there = path.stat().st_size / size
    if size < 512 or (counted and there < announced):
        words = f"{announced} pages announced, {int(there)} there"
        raise InputError([Fault("FILE_DAMAGED", facts={"found": words})])
    if _pages_of_zeros(path, size) > free and (words := damage(path)):
        raise InputError([Fault("FILE_DAMAGED", facts={"found": words})])


def _pages_of_zeros(path: Path, size: int) -> int:
    """How many pages hold nothing but zeros."""
    if path.stat().st_size < size:
        return 0
    words = np.memmap(path, dtype=np.uint64, mode="r", shape=(path.stat().st_size // size, size // 8))
    return sum(
        int((~words[start : start + _PAGES_AT_ONCE].any(axis=1)).sum())
        for start in range(0, len(words), _PAGES_AT_ONCE)
    )


def damage(path: Path) -> str:
    """What SQLite's quick check finds first in a file, "" where it finds it sound; reads only."""
    with _opened(path) as database:
        try:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:  # so damaged that it cannot be checked, or not in time
            return str(error)
    return "" if found == "ok" else str(found).replace("\n", " ")[:200]


def row_count(path: Path, layer: str) -> int | None:
    """How many rows the table of a layer has, whatever the file says of it; None where they cannot be counted."""
    quoted = layer.replace('"', '""')
    with _opened(path) as database:
        try:
            (found,) = database.execute(f'SELECT COUNT(*) FROM "{quoted}"').fetchone()  # noqa: S608 - a name, quoted
        except sqlite3.Error:
            return None
    return int(found)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write and that ends every question in time."""
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    until = time.monotonic() + CHECK_SECONDS
    database.set_progress_handler(lambda: time.monotonic() > until, 100_000)
    try:
        database.execute("PRAGMA trusted_schema = OFF")
        yield database
    finally:
        database.close()
