"""The records of a Shapefile, looked at without GDAL: an absent index, rows marked as deleted, shapes that GDAL makes
nothing without a word.
"""

from __future__ import annotations

import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.faults import Fault, InputError
from gis.shapefiles import part_of, parts_of

_HEADER = 100
_FILE_CODE = 9994
_NULL_SHAPE = 0
# Types of shapes whose number of parts or places stands 36 bytes behind the type, after the bounding box.
_WITH_COUNT = frozenset({3, 5, 8, 13, 15, 18, 23, 25, 28, 31})
_DELETED = ord("*")


class Rows(NamedTuple):
    """How many rows the .dbf has, and which of them, counted from 0, are marked as deleted."""

    total: int
    deleted: NDArray[np.int64]


def rows_of(path: Path) -> Rows:
    """The rows of the Shapefile's .dbf, which `gis.shapefiles.check_parts` has found whole.

    Asterisks in a field of numbers are no text: GDAL writes them for an empty cell, others for a number too long for
    its field, and nothing tells the two apart. Both are read as empty.
    """
    dbf = part_of(path, ".dbf")
    if dbf is None:
        raise ValueError(f"{path.name} has no .dbf")
    data = dbf.read_bytes()
    announced, start, width = struct.unpack_from("<IHH", data, 4)
    total = min(announced, (len(data) - start) // width)
    marks = np.frombuffer(data, dtype=np.uint8, offset=start, count=total * width)[::width]
    return Rows(total, np.flatnonzero(marks == _DELETED))


def unreadable_shapes(path: Path, numbers: NDArray[np.int64]) -> dict[int, str]:
    """Row number -> why its shape cannot be read, of the rows `numbers` (without geometry) that have one."""
    data = path.read_bytes()
    index = part_of(path, ".shx")
    places = _index(data) if index is None else _from_index(index.read_bytes())
    found: dict[int, str] = {}
    announced = struct.unpack_from("<i", data, 32)[0]
    for number in numbers.tolist():
        at = int(places[number - 1][0])
        if at + 12 > len(data):
            found[number] = "the record lies behind the end of the file"
            continue
        kind = struct.unpack_from("<i", data, at + 8)[0]
        empty = kind in _WITH_COUNT and at + 48 <= len(data) and not struct.unpack_from("<i", data, at + 44)[0]
        if kind != _NULL_SHAPE and not empty:
            found[number] = f"shape of type {kind} in a file of type {announced}, or damaged"
    return found


@contextmanager
def indexed(path: Path) -> Iterator[tuple[Path, bool]]:
    """A Shapefile with an index, and whether that had to be made: then beside it in a private folder that is deleted
    afterwards, since nothing is ever written into the user's.

    Raises InputError: FILE_UNREADABLE (no Shapefile), FILE_TRUNCATED where the records end before the .dbf does.
    """
    if part_of(path, ".shx") is not None:
        yield path, False
        return
    data = path.read_bytes()
    places = _index(data)
    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        for part in parts_of(path):
            _put(part.resolve(), Path(folder) / f"{path.stem}{part.suffix.lower()}")
        records = b"".join(struct.pack(">ii", start // 2, length // 2) for start, length in places)
        head = bytearray(data[:_HEADER])
        struct.pack_into(">i", head, 24, (_HEADER + len(records)) // 2)
        (Path(folder) / f"{path.stem}.shx").write_bytes(bytes(head) + records)
        yield Path(folder) / f"{path.stem}.shp", True


def record_count(path: Path) -> int:
    """How many whole records stand one behind the other in a .shp file; raises InputError(FILE_UNREADABLE)."""
    return len(_index(path.read_bytes()))


def _put(part: Path, target: Path) -> None:
    try:
        target.symlink_to(part)
    except OSError:  # Windows lets only some users make links
        shutil.copyfile(part, target)


def _index(data: bytes) -> list[tuple[int, int]]:
    """Where each record of a .shp file begins and how many bytes its content has, going from one to the next."""
    if len(data) < _HEADER or struct.unpack_from(">i", data, 0)[0] != _FILE_CODE:
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": "no Shapefile: its file code is not 9994"})])
    places, at = [], _HEADER
    while at + 12 <= len(data):
        length = struct.unpack_from(">i", data, at + 4)[0] * 2
        if length < 4 or at + 8 + length > len(data):
            break
        places.append((at, length))
        at += 8 + length
    return places


def _from_index(data: bytes) -> list[tuple[int, int]]:
    pairs = np.frombuffer(data, dtype=">i4", offset=_HEADER, count=(len(data) - _HEADER) // 8 * 2)
    return [(start * 2, length * 2) for start, length in pairs.reshape(-1, 2).tolist()]
