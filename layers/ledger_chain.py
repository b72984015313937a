"""Events of the ledger -> the hash that chains each to the one before."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

_LENGTH = struct.Struct(">Q")
_REAL = struct.Struct(">d")


def hash_of(values: Sequence[object]) -> bytes:
    """The SHA-256 of an event's columns (`ledger_schema.COLUMNS`, the hash of the event before among them).

    Each value goes in with its type and its length, so that no two rows share their bytes.
    """
    parts: list[bytes] = []
    for value in values:
        if isinstance(value, str):
            tag, content = b"t", value.encode()
        elif isinstance(value, int):
            tag, content = b"i", b"%d" % value
        elif isinstance(value, float):
            tag, content = b"r", _REAL.pack(value)
        elif isinstance(value, bytes):
            tag, content = b"b", value
        else:
            raise TypeError(f"no column of an event is a {type(value).__name__}")
        parts += (tag, _LENGTH.pack(len(content)), content)
    return hashlib.sha256(b"".join(parts)).digest()
