"""Tiles of a base map: those of a PMTiles archive (version 3) or of a folder z/x/y that lie on an extent.

Foreign files: to be called in the reading process only (`gis.read.read_tiles`).
"""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.datum import gcj02_from_wgs84
from gis.faults import Fault, InputError

PMTILES = ".pmtiles"
KINDS = {1: "vector", 2: "raster", 3: "raster", 4: "raster"}
PICTURES = (".png", ".jpg", ".jpeg", ".webp")
VECTORS = (".pbf", ".mvt")
# The first bytes of what may stand in a page: PNG, JPEG, WebP (in RIFF); a vector tile has none, gzip has its own.
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
_GZIP = b"\x1f\x8b"
_HEADER = 127
_LONGEST_DIRECTORY = 8_000_000
_LONGEST_TILE = 4_000_000
_DEEPEST = 4
_MOST_TILES = 60_000
FINEST = 20
# The coarsest level shows the whole extent on so many tiles at most.
FEW = 4

Bounds = tuple[float, float, float, float]


class Tile(NamedTuple):
    """One tile: its level, column and row, and its bytes as they stand in the set."""

    z: int
    x: int
    y: int
    data: bytes


class Tiles(NamedTuple):
    """Tiles of one kind (`raster`, `vector`), whom they are owed to, and the finest level that was left out."""

    kind: str
    credit: str
    tiles: list[Tile]
    left_out: int | None


class _Source(NamedTuple):
    kind: str
    credit: str
    levels: range
    get: Callable[[int, int, int], bytes | None]


def tiles_within(path: Path, bounds: Bounds, datum: str, budget: int) -> Tiles:
    """The tiles of whole levels on `bounds` (WGS 84), from coarse to fine, as long as all take at most `budget` bytes.

    The set itself is in `datum` (wgs84 or gcj02). Raises InputError for what is no set of tiles, and where there
    is no tile on `bounds`.
    """
    with path.open("rb") if path.is_file() else io.BytesIO() as file:
        source = _archive(file) if path.is_file() else _folder(path)
        found: list[Tile] = []
        used, left_out = 0, None
        for z in _levels(source.levels, bounds):
            level = []
            for x, y in _places(z, bounds, datum):
                data = source.get(z, x, y)
                if data is None:
                    continue
                used += len(data)
                level.append(Tile(z, x, y, _checked(data, source.kind)))
                if used > budget or len(found) + len(level) > _MOST_TILES:
                    break
            if used > budget or len(found) + len(level) > _MOST_TILES:
                left_out = z
                break
            found += level
    if not found:
        told = "no tile on the project's ground" if left_out is None else "its coarsest level is larger than the budget"
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": told})])
    return Tiles(source.kind, source.credit, found, left_out)


def _levels(levels: range, bounds: Bounds) -> Iterator[int]:
    """From the finest level that shows the extent on a few tiles; every finer one there is."""
    start = levels.start
    for z in levels:
        if len(list(zip(range(FEW + 1), _places(z, bounds, "wgs84"), strict=False))) <= FEW:
            start = z
    yield from range(start, min(levels.stop, FINEST + 1))


def _places(z: int, bounds: Bounds, datum: str) -> Iterator[tuple[int, int]]:
    """Columns and rows of the tiles of a level that touch the bounds."""
    lon, lat = np.array([bounds[0], bounds[2]]), np.array([bounds[3], bounds[1]])
    if datum == "gcj02":
        lon, lat = gcj02_from_wgs84(lon, lat)
    most = (1 << z) - 1
    x = np.clip(np.floor((lon / 360 + 0.5) * (1 << z)), 0, most).astype(int)
    sine = np.sin(np.radians(np.clip(lat, -85.05, 85.05)))
    y = np.clip(np.floor((0.5 - np.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * (1 << z)), 0, most).astype(int)
    return ((column, row) for column in range(x[0], x[1] + 1) for row in range(y[0], y[1] + 1))


def _checked(data: bytes, kind: str) -> bytes:
    """The tile, if it is what the set says; the page's reader then judges the rest."""
    if len(data) > _LONGEST_TILE or (kind == "raster" and not data.startswith(_MAGIC)):
        raise _unreadable("a tile is no PNG, JPEG or WebP picture")
    return data


# --- A folder z/x/y.png ---------------------------------------------------------------------


def _folder(path: Path) -> _Source:
    levels = sorted(int(one.name) for one in path.iterdir() if re.fullmatch(r"\d{1,2}", one.name) and _own(one))
    ending = _ending(path, levels)

    def get(z: int, x: int, y: int) -> bytes | None:
        file = path / str(z) / str(x) / f"{y}{ending}"
        if not _own(file) or not _own(file.parent) or not file.is_file():
            return None
        with file.open("rb") as opened:
            return opened.read(_LONGEST_TILE + 1)

    return _Source("vector" if ending in VECTORS else "raster", "", range(levels[0], levels[-1] + 1), get)


def _ending(path: Path, levels: list[int]) -> str:
    """The ending of the first tile there is."""
    for z in levels:
        for file in (path / str(z)).glob("*/*"):
            if file.suffix.lower() in (*PICTURES, *VECTORS) and file.stem.isdigit():
                return file.suffix
    raise InputError([Fault("FORMAT_UNKNOWN", facts={"found": path.name, "expected": "z/x/y.png .jpg .webp .pbf"})])


def _own(path: Path) -> bool:
    return not path.is_symlink()


# --- A PMTiles archive ----------------------------------------------------------------------


class _Directory(NamedTuple):
    ids: NDArray[np.int64]
    runs: NDArray[np.int64]
    lengths: NDArray[np.int64]
    offsets: NDArray[np.int64]


def _archive(file: IO[bytes]) -> _Source:
    head = file.read(_HEADER)
    if len(head) < _HEADER or head[:7] != b"PMTiles" or head[7] != 3:
        expected = ".pmtiles 3, z/x/y.png .jpg .webp .pbf"
        raise InputError([Fault("FORMAT_UNKNOWN", facts={"found": repr(head[:8])[2:-1], "expected": expected})])
    packed, kind = head[97], KINDS.get(head[99])
    if kind is None or packed not in (0, 1, 2) or head[98] not in (0, 1, 2):
        raise _unreadable(f"tiles of type {head[99]}, packed as {head[98]}")
    at = {name: int.from_bytes(head[8 * place : 8 * place + 8], "little") for place, name in _FIELDS.items()}

    def piece(offset: int, length: int, most: int) -> bytes:
        if length > most:
            raise _unreadable("it names a piece that is too large")
        file.seek(offset)
        data = file.read(length)
        if len(data) < length:
            raise _unreadable("it ends too early")
        return data

    def opened(offset: int, length: int) -> bytes:
        data = piece(offset, length, _LONGEST_DIRECTORY)
        return _unzipped(data) if packed == 2 else data

    root = _directory(opened(at["root"], at["root_length"]))
    leaves: dict[int, _Directory] = {}

    def get(z: int, x: int, y: int) -> bytes | None:
        number, directory = tile_number(z, x, y), root
        for _ in range(_DEEPEST):
            row = int(np.searchsorted(directory.ids, number, side="right")) - 1
            if row < 0:
                return None
            offset, length, run = (int(one[row]) for one in (directory.offsets, directory.lengths, directory.runs))
            if run:
                inside = number < int(directory.ids[row]) + run
                return piece(at["tiles"] + offset, length, _LONGEST_TILE) if inside else None
            if offset not in leaves:
                leaves[offset] = _directory(opened(at["leaves"] + offset, length))
            directory = leaves[offset]
        raise _unreadable("its directories do not end")

    credit = _credit(opened(at["facts"], at["facts_length"]) if at["facts_length"] else b"{}")
    return _Source(kind, credit, range(head[100], min(head[101], FINEST) + 1), get)


# Which of the header's long numbers stands where, counted in eights of bytes.
_FIELDS = {1: "root", 2: "root_length", 3: "facts", 4: "facts_length", 5: "leaves", 6: "leaves_length", 7: "tiles"}


def tile_number(z: int, x: int, y: int) -> int:
    """The number of a tile along the Hilbert curves of all levels, as the directories of an archive count."""
    number = ((1 << 2 * z) - 1) // 3
    side = 1 << z >> 1
    while side:
        right, below = int(x & side > 0), int(y & side > 0)
        number += side * side * ((3 * right) ^ below)
        if not below:
            if right:
                x, y = side - 1 - (x & (side - 1)), side - 1 - (y & (side - 1))
            x, y = y, x
        side >>= 1
    return number


def _directory(data: bytes) -> _Directory:
    values = _varints(data)
    count = int(values[0]) if len(values) else 0
    if len(values) < 1 + 4 * count:
        raise _unreadable("a directory ends too early")
    steps, runs, lengths, stored = values[1 : 1 + 4 * count].reshape(4, count)
    offsets = stored - 1
    for row in np.flatnonzero(stored == 0):
        if row:
            offsets[row] = offsets[row - 1] + lengths[row - 1]
    return _Directory(np.cumsum(steps), runs, lengths, offsets)


def _varints(data: bytes) -> NDArray[np.int64]:
    """Whole numbers from LEB128; of what is larger than 63 bits the rest is lost, and such a place is not found."""
    raw = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(raw < 128)
    if not len(ends):
        return np.zeros(0, dtype=np.int64)
    raw = raw[: ends[-1] + 1]
    starts = np.concatenate([[0], ends[:-1] + 1])
    place = np.arange(len(raw)) - np.repeat(starts, ends - starts + 1)
    parts = (raw & 127).astype(np.int64) << np.minimum(7 * place, 62)
    return np.add.reduceat(parts, starts)


def _unzipped(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            whole = packed.read(_LONGEST_DIRECTORY + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(str(error)) from None
    if len(whole) > _LONGEST_DIRECTORY:
        raise _unreadable("a directory is too large")
    return whole


def _credit(facts: bytes) -> str:
    """Whom the map is owed to, without the markup that archives write it with."""
    try:
        told = json.loads(facts).get("attribution", "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return re.sub(r"<[^>]*>", "", str(told)).replace("&copy;", "©").replace("&amp;", "&")[:200]


def _unreadable(found: str) -> InputError:
    return InputError([Fault("FILE_UNREADABLE", facts={"found": found})])
