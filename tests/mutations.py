"""Small good files of every format, and what a bad disk, a bad line or a bad program makes of their bytes."""

from __future__ import annotations

import io
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.corpus.plans import SUFFIX, good_plan, write_plan
from tests.corpus.rows import Maker

FORMS = ("shp", "shpzip", "gpkg", "geojson", "geojsonl", "fgb", "kml", "kmz", "gdb", "parquet", "csv", "tsv", "xlsx", "ods", "xls")  # fmt: skip
_PACKED = frozenset({".zip", ".kmz", ".xlsx", ".ods"})
_NUMBERS = (0, 1, -1, 127, 255, 32767, 65535, 2**31 - 1, -(2**31), 10**9)


def write_seed(folder: Path, form: str, rows: int = 12) -> Path:
    """A good file of `form`."""
    folder.mkdir(parents=True)
    kind = "protection_zones" if form not in ("csv", "tsv", "xlsx", "ods", "xls") else "pollution_sources"
    return folder / write_plan(folder, good_plan(Maker(Random(1)), kind, form, rows))


def mutated(seed: Path, folder: Path, random: Random) -> Path:
    """A copy of `seed` in `folder` of which one file was changed in one to three places."""
    shutil.copytree(seed.parent, folder)
    copy = folder / seed.name
    parts = sorted(part for part in folder.rglob("*") if part.is_file())
    part = random.choice(parts)
    data = part.read_bytes()
    if part.suffix in _PACKED and random.random() < 0.6:
        part.write_bytes(_repacked(data, random))
    else:
        part.write_bytes(changed(data, random))
    return copy


def changed(data: bytes, random: Random) -> bytes:
    for _ in range(random.randint(1, 3)):
        if not data:
            return data
        data = random.choice(_CHANGES)(bytearray(data), random)
    return bytes(data)


def _repacked(data: bytes, random: Random) -> bytes:
    """The archive with one member changed, and packed anew so that its checksum fits."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        names = archive.namelist()
        victim = random.choice(names)
        for name in names:
            content = archive.read(name)
            parts.writestr(name, changed(content, random) if name == victim else content)
    return made.getvalue()


def _flip(data: bytearray, random: Random) -> bytearray:
    for _ in range(random.randint(1, 8)):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return data


def _overwrite(data: bytearray, random: Random) -> bytearray:
    at, length = random.randrange(len(data)), random.choice((1, 2, 4, 8, 64))
    filling = random.choice((bytes(length), b"\xff" * length, random.randbytes(length)))
    data[at : at + length] = filling[: len(data) - at]
    return data


def _number(data: bytearray, random: Random) -> bytearray:
    if len(data) >= 4:
        value = random.choice(_NUMBERS) & 0xFFFFFFFF
        struct.pack_into(random.choice(("<I", ">I")), data, random.randrange(len(data) - 3), value)
    return data


def _cut_end(data: bytearray, random: Random) -> bytearray:
    return data[: random.randrange(len(data))]


def _cut_within(data: bytearray, random: Random) -> bytearray:
    at = random.randrange(len(data))
    del data[at : at + random.randint(1, 40)]
    return data


def _repeat(data: bytearray, random: Random) -> bytearray:
    at = random.randrange(len(data))
    piece = data[at : at + random.randint(1, 200)]
    data[at:at] = piece * random.randint(1, 3)
    return data


def _exchange(data: bytearray, random: Random) -> bytearray:
    length = random.randint(1, 32)
    one, other = random.randrange(len(data)), random.randrange(len(data))
    first, second = data[one : one + length], data[other : other + length]
    if len(first) == len(second) == length and abs(one - other) >= length:
        data[one : one + length], data[other : other + length] = second, first
    return data


def _in_text(data: bytearray, random: Random) -> bytearray:
    """A mark of the text formats taken away or put in."""
    mark = random.choice(
        (b'"', b"{", b"}", b"[", b"]", b"<", b">", b",", b"\n", b"\0", b"null", b"NaN", b"1e999", b"\xff\xfe", b"</")
    )
    at = data.find(mark, random.randrange(len(data)))
    if at >= 0 and random.random() < 0.5:
        del data[at : at + len(mark)]
    else:
        at = random.randrange(len(data))
        data[at:at] = mark
    return data


_CHANGES: tuple[Callable[[bytearray, Random], bytearray], ...] = (
    _flip, _overwrite, _number, _number, _cut_end, _cut_within, _repeat, _exchange, _in_text,
)  # fmt: skip

__all__ = ["FORMS", "SUFFIX", "changed", "mutated", "write_seed"]
