"""Where in the file ledger.sqlite the bytes of each event lie, read from its pages without SQLite."""

from __future__ import annotations

import random
import struct
import uuid
from collections.abc import Iterator
from typing import NamedTuple

from layers.events import Event, canonical


class RowBytes(NamedTuple):
    """The bytes of one event: its seq and the offsets in the file of its cell, header and content."""

    seq: int
    offsets: list[int]


def some_events(count: int, *, seed: int = 7) -> list[Event]:
    """Events of all shapes: short, long (past one page of the file), with and without status, of many kinds."""
    lot = random.Random(seed)
    kinds = ("visit", "status", "acceptance", "extension", "stated")
    found = []
    for number in range(count):
        note = "渣堆未清运 " * lot.choice((0, 1, 5, 20, 300 if number % 40 == 7 else 2))
        at = f"2017-{lot.randint(1, 12):02}-{lot.randint(1, 28):02}"
        found.append(
            Event(
                str(uuid.UUID(int=lot.getrandbits(128), version=4)),
                lot.choice(kinds),
                "remediation_sites",
                f"ZG-{lot.randint(1, 25):03}",
                lot.choice(("张三", "李四", "wang wu")),
                lot.choice((at, f"{at}T09:{lot.randint(0, 59):02}:07.{lot.randint(0, 999):03}+08:00")),
                canonical({"note": note, "number": number}),
                lot.choice((None, "behind", "completed", "closed")),
                lot.choice(("", "surveys/第一组.json")),
                lot.choice(("", f"{lot.getrandbits(256):064x}")),
            )
        )
    return found


def rows_of(content: bytes, root: int) -> Iterator[RowBytes]:
    """Every row of the table whose b-tree begins at page `root` (https://www.sqlite.org/fileformat2.html, 1.6)."""
    size = struct.unpack(">H", content[16:18])[0]
    start = (root - 1) * size
    head = start + (100 if root == 1 else 0)
    kind, cells = content[head], struct.unpack(">H", content[head + 3 : head + 5])[0]
    pointers = head + (12 if kind == 5 else 8)
    for number in range(cells):
        at = start + struct.unpack(">H", content[pointers + 2 * number : pointers + 2 * number + 2])[0]
        if kind == 5:
            yield from rows_of(content, struct.unpack(">I", content[at : at + 4])[0])
        else:
            yield _row(content, at, size)
    if kind == 5:
        yield from rows_of(content, struct.unpack(">I", content[head + 8 : head + 12])[0])


def _row(content: bytes, at: int, size: int) -> RowBytes:
    length, after = _varint(content, at)
    seq, after = _varint(content, after)
    here = length
    if length > size - 35:
        least = ((size - 12) * 32 // 255) - 23
        here = least + (length - least) % (size - 4)
        here = here if here <= size - 35 else least
    offsets = list(range(at, after + here))
    left, page = length - here, 0
    if left:
        offsets += range(after + here, after + here + 4)
        page = struct.unpack(">I", content[after + here : after + here + 4])[0]
    while left > 0:
        start = (page - 1) * size
        page, some = struct.unpack(">I", content[start : start + 4])[0], min(left, size - 4)
        offsets += range(start, start + 4 + some)
        left -= some
    return RowBytes(seq, offsets)


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for number in range(8):
        value = value << 7 | content[at + number] & 0x7F
        if content[at + number] < 0x80:
            return value, at + number + 1
    return value << 8 | content[at + 8], at + 9
