"""The cells of a .dbf that GDAL reads as another value without a word: `12,5` as 12, `<0.02` and `abc` as 0."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gis.columns import Objects

_BLANK = r"[ \x00]*"
# What GDAL reads as it stands; asterisks are its own mark for an empty cell, and that of others for a number too long
# for its field, and nothing tells the two apart.
_PLAIN = {
    "whole": rf"^{_BLANK}([-+]?\d+(\.0*)?)?{_BLANK}$|^\*+$",
    # As floating-point numbers they would lose their last digits.
    "long": rf"^{_BLANK}([-+]?\d{{1,15}}(\.0*)?)?{_BLANK}$|^\*+$",
    "decimal": rf"^{_BLANK}([-+]?(\d+(?:\.\d*)?|\.\d+)([eE][-+]?\d+)?)?{_BLANK}$|^\*+$",
    "truth": r"^[TtFfYyNn?]$",  # of a blank GDAL makes false
    "day": rf"^{_BLANK}$|^0{{8}}$",
}
# GDAL keeps whole numbers of up to so many digits as integers.
_LONGEST_INTEGER = 18


class Field(NamedTuple):
    """A column of a .dbf: its name in ISO-8859-1, what its cells should be, and where they stand in a row."""

    name: str
    holds: str
    start: int
    width: int


def with_odd_cells(columns: dict[str, Objects], numbers: NDArray[np.int64], path: Path) -> dict[str, Objects]:
    """`columns` with the text itself in every cell whose text is not the number, day or truth value of its field.

    `numbers` are the rows of the .dbf, counted from 1; texts are one character a byte (ISO-8859-1).
    """
    data = path.read_bytes()
    announced, start, width = struct.unpack_from("<IHH", data, 4)
    total = min(announced, (len(data) - start) // width)
    cells = np.frombuffer(data, dtype=np.uint8, offset=start, count=total * width).reshape(total, width)
    for field in _fields(data[:start]):
        if field.name not in columns:
            continue
        texts = np.ascontiguousarray(cells[:, field.start : field.start + field.width])
        odd = _odd(texts, field)
        odd = odd[np.isin(odd, numbers - 1)]
        if len(odd):
            values = columns[field.name].copy()
            values[np.searchsorted(numbers, odd + 1)] = [
                texts[row].tobytes().replace(b"\0", b" ").strip().decode("latin-1") or None for row in odd
            ]
            columns = {**columns, field.name: values}
    return columns


def _fields(head: bytes) -> Iterator[Field]:
    at = 1
    for field in range(32, len(head) - 31, 32):
        if head[field] == 0x0D:
            return
        name = head[field : field + 11].split(b"\0")[0].decode("latin-1").rstrip()
        kind, width, decimals = chr(head[field + 11]), head[field + 16], head[field + 17]
        holds = {"L": "truth", "D": "day", "F": "decimal", "N": "decimal" if decimals else "whole"}.get(kind)
        if holds == "whole" and width > _LONGEST_INTEGER:
            holds = "long"
        if holds is not None and width:
            yield Field(name, holds, at, width)
        at += width


def _odd(texts: NDArray[np.uint8], field: Field) -> NDArray[np.int64]:
    """The rows, counted from 0, whose text is not what the field holds."""
    fixed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(field.width), len(texts), [None, pa.py_buffer(texts)])
    plain = pc.match_substring_regex(fixed.cast(pa.binary()), _PLAIN[field.holds])
    odd = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
    if field.holds != "day" or not len(odd):
        return odd
    days, which = np.unique(texts[odd].view(f"S{field.width}").ravel(), return_inverse=True)
    impossible = np.array([not _is_day(day) for day in days.tolist()])
    return np.asarray(odd[impossible[which]], dtype=np.int64)


def _is_day(text: bytes) -> bool:
    if len(text) != 8 or not text.isdigit():
        return False
    try:
        return bool(date(int(text[:4]), int(text[4:6]), int(text[6:])))
    except ValueError:
        return False
