"""Events of the ledger -> the hash that chains each to the one before; which column of a changed one it was."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress

from layers.events import instant
from layers.ledger_schema import COLUMNS

_LENGTH = struct.Struct(">Q")
_REAL = struct.Struct(">d")
_LONGEST_TRIED = 1024  # bytes of a value of which every single change is tried

Values = Sequence[object]


class StoredText(bytes):
    """A text as its bytes lie in the file, whether they spell anything or not; a BLOB is plain bytes."""


def hash_of(values: Values) -> bytes:
    """The SHA-256 of an event's columns (`ledger_schema.COLUMNS`, the hash of the event before among them).

    Each value goes in with its type and its length, so that no two rows share their bytes.
    """
    return hashlib.sha256(b"".join(map(_part, values))).digest()


def _part(value: object) -> bytes:
    if isinstance(value, str):
        tag, content = b"t", value.encode()
    elif isinstance(value, StoredText):
        tag, content = b"t", bytes(value)
    elif isinstance(value, int):
        tag, content = b"i", b"%d" % value
    elif isinstance(value, float):
        tag, content = b"r", _REAL.pack(value)
    elif isinstance(value, bytes):
        tag, content = b"b", value
    else:  # only a file that somebody changed holds a NULL
        tag, content = b"n", b""
    return tag + _LENGTH.pack(len(content)) + content


def column_changed(values: Values, stored: bytes, *, seq: int, previous: bytes) -> str:
    """The column that makes the row differ from its hash, where one alone does; else "".

    Tried is what the column must have been (`seq` and `previous` by the rows around it), and else every change of a
    single byte.
    """
    for at, instead in _certain(values, seq=seq, previous=previous):
        if hash_of([*values[:at], instead, *values[at + 1 :]]) == stored:
            return COLUMNS[at]
    for at, value in enumerate(values):
        if isinstance(value, bytes) and len(value) <= _LONGEST_TRIED:
            before, after = b"".join(map(_part, values[:at])), b"".join(map(_part, values[at + 1 :]))
            if _was_one_byte(value, before, after, stored):
                return COLUMNS[at]
    return ""


def _certain(values: Values, *, seq: int, previous: bytes) -> Iterator[tuple[int, object]]:
    """Columns of a row, by number, with the value that other columns and rows say they had."""
    yield COLUMNS.index("seq"), seq
    yield COLUMNS.index("previous"), previous
    at = values[COLUMNS.index("at")]
    if isinstance(at, bytes):
        with suppress(ValueError):  # then it is `at` that was changed
            yield COLUMNS.index("instant"), instant(at.decode())
    for number, value in enumerate(values):
        if isinstance(value, bytes):
            yield number, StoredText(value) if type(value) is bytes else bytes(value)  # the type alone was changed
        elif value is None:
            yield number, StoredText(b"")


def _was_one_byte(value: bytes, before: bytes, after: bytes, stored: bytes) -> bool:
    """Whether some change of one byte of `value`, between what comes before and after it, gives the hash `stored`."""
    start = hashlib.sha256(before + _part(value)[:9])
    tail = bytearray(value + after)
    for place in range(len(value)):
        was = tail[place]
        for letter in range(256):
            tail[place] = letter
            trial = start.copy()
            trial.update(tail)
            if letter != was and trial.digest() == stored:
                return True
        tail[place] = was
    return False
