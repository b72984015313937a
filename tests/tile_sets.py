"""Little base maps for tests: PNG tiles of one colour with a marked pixel, vector tiles, folders and PMTiles archives."""

from __future__ import annotations

import gzip
import json
import math
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gis.tiles import tile_number

SIDE = 256
TYPES = {"mvt": 1, "png": 2, "jpg": 3, "webp": 4}

Places = Mapping[tuple[int, int, int], bytes]


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG picture of rows of RGB."""
    height, width, _ = pixels.shape
    raw = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def plain_tile(colour: tuple[int, int, int], mark: tuple[int, int] | None = None, side: int = SIDE) -> bytes:
    """A tile of one colour, with a red pixel at (column, row)."""
    pixels = np.full((side, side, 3), colour, dtype=np.uint8)
    if mark is not None:
        pixels[mark[1], mark[0]] = (255, 0, 0)
    return png(pixels)


def place_of(lon: float, lat: float, z: int) -> tuple[float, float]:
    """Where a place lies among the tiles of a level: whole part the tile, the rest the part of its side."""
    x = (lon / 360 + 0.5) * 2**z
    sine = math.sin(math.radians(lat))
    return x, (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * 2**z


def tiles_around(lon: float, lat: float, levels: Iterable[int], data: bytes, reach: int = 1) -> dict[tuple[int, int, int], bytes]:  # fmt: skip
    """The tile of each level that holds a place and those about it, all alike."""
    found = {}
    for z in levels:
        x, y = (int(one) for one in place_of(lon, lat, z))
        for dx in range(-reach, reach + 1):
            for dy in range(-reach, reach + 1):
                if 0 <= x + dx < 2**z and 0 <= y + dy < 2**z:
                    found[z, x + dx, y + dy] = data
    return found


def write_folder(folder: Path, tiles: Places, ending: str = "png") -> Path:
    """A folder z/x/y.png of the tiles."""
    for (z, x, y), data in tiles.items():
        file = folder / str(z) / str(x) / f"{y}.{ending}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def pmtiles(tiles: Places, *, kind: str = "png", zipped: bool = True, leaves: int = 0, credit: str = "") -> bytes:
    """A PMTiles archive, version 3; with `leaves` its directory is cut into so many."""
    numbered = sorted((tile_number(*place), data) for place, data in tiles.items())
    body, entries, at = b"", [], {}
    for number, data in numbered:
        if data not in at:
            at[data] = len(body)
            body += data
        entries.append((number, 1, len(data), at[data]))
    pack = gzip.compress if zipped else bytes
    leaf_bytes, roots = b"", []
    if leaves:
        for part in np.array_split(np.arange(len(entries)), leaves):
            piece = pack(_directory([entries[row] for row in part]))
            roots.append((entries[part[0]][0], 0, len(piece), len(leaf_bytes)))
            leaf_bytes += piece
    root = pack(_directory(roots or entries))
    facts = pack(json.dumps({"attribution": credit}).encode())
    levels = [place[0] for place in tiles]
    places = np.cumsum([127, len(root), len(facts), len(leaf_bytes)])
    longs = (places[0], len(root), places[1], len(facts), places[2], len(leaf_bytes), places[3], len(body), len(tiles), len(entries), len(at))  # fmt: skip
    head = b"PMTiles\3" + struct.pack("<11Q", *map(int, longs))
    head += bytes([1, 2 if zipped else 1, 1, TYPES[kind], min(levels), max(levels)]) + struct.pack("<4iB2i", *[0] * 7)
    return head + root + facts + leaf_bytes + body


def _directory(entries: list[tuple[int, int, int, int]]) -> bytes:
    numbers = [entry[0] for entry in entries]
    steps = [numbers[0], *np.diff(numbers).tolist()] if numbers else []
    columns = [steps, *([entry[place] for entry in entries] for place in (1, 2)), [entry[3] + 1 for entry in entries]]
    return _varint(len(entries)) + b"".join(_varint(int(one)) for column in columns for one in column)


def _varint(value: int) -> bytes:
    told = b""
    while value > 127:
        told += bytes([value & 127 | 128])
        value >>= 7
    return told + bytes([value])


def vector_tile(layers: Mapping[str, list[tuple[int, list[tuple[int, int]], str]]]) -> bytes:
    """A vector tile: layer -> features as (1 point, 2 line, 3 area; corners of 4096; name)."""

    def field(number: int, data: bytes | int) -> bytes:
        if isinstance(data, int):
            return _varint(number * 8) + _varint(data)
        return _varint(number * 8 + 2) + _varint(len(data)) + data

    told = b""
    for name, features in layers.items():
        body, values = field(15, 2) + field(1, name.encode()), []
        for kind, corners, label in features:
            steps = np.diff(np.array([(0, 0), *corners]), axis=0).tolist()
            folded = [[one << 1 ^ one >> 31 for one in step] for step in steps]
            commands = [1 << 3 | 1, *folded[0]]
            if len(corners) > 1:
                commands += [len(corners) - 1 << 3 | 2, *(one for step in folded[1:] for one in step)]
            commands += [1 << 3 | 7] if kind == 3 else []
            tags = b""
            if label:
                tags = field(2, _varint(0) + _varint(len(values)))
                values.append(label)
            body += field(2, tags + field(3, kind) + field(4, b"".join(map(_varint, commands))))
        body += field(3, b"name") + b"".join(field(4, field(1, one.encode())) for one in values) + field(5, 4096)
        told += field(3, body)
    return told
