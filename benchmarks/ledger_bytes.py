"""Single bytes of a ledger that are changed, one at a time: in its table by SQL, and in its file."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from layers.ledger_schema import COLUMNS, LEDGER_FILE
from tests.ledger_bytes import rows_of

_ALL = (*COLUMNS, "hash")


class Change(NamedTuple):
    """The event of which a byte was changed, and which: a column, or an offset in the file; from what, to what."""

    seq: int
    where: str
    before: int
    after: int


def changed_in_table(folder: Path, lot: random.Random, count: int) -> Iterator[Change]:
    """`count` times a ledger with one byte of one value changed by SQL, its guards gone for that time.

    A byte of an integer is one of its digits, and one of a real number one of its eight bytes.
    """
    path = folder / LEDGER_FILE
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.text_factory = bytes
        guards = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        (events,) = connection.execute("SELECT count(*) FROM events").fetchone()
        for _ in range(count):
            seq = lot.randint(1, events)
            row = connection.execute(f"SELECT {', '.join(_ALL)} FROM events WHERE rowid = ?", (seq,)).fetchone()
            column = lot.choice([name for name, value in zip(_ALL, row, strict=True) if value != b""])
            value = row[_ALL.index(column)]
            changed, before, after = _one_byte(value, lot)
            _put(connection, guards, seq, column, changed)
            yield Change(seq, column, before, after)
            _put(connection, guards, seq, column, value)


def _one_byte(value: object, lot: random.Random) -> tuple[object, int, int]:
    content = bytearray(value if isinstance(value, bytes) else str(value).encode())
    at = lot.randrange(len(content))
    before = content[at]
    if isinstance(value, int | float):
        digits = [digit for digit in b"0123456789" if digit != before] if chr(before).isdigit() else [ord("1")]
        content[at] = lot.choice(digits)
        return type(value)(content.decode()), before, content[at]
    content[at] ^= lot.randint(1, 255)
    return bytes(content), before, content[at]


def _put(
    connection: sqlite3.Connection, guards: list[tuple[bytes, bytes]], seq: int, column: str, value: object
) -> None:
    connection.execute("BEGIN")
    for name, _ in guards:
        connection.execute(f"DROP TRIGGER {name.decode()}")
    # A text goes in by its bytes, whether they are UTF-8 or not.
    is_text = isinstance(value, bytes) and column not in ("previous", "hash")
    connection.execute(
        f"UPDATE events SET {column} = {'CAST (? AS TEXT)' if is_text else '?'} WHERE rowid = ?", (value, seq)
    )
    for _, sql in guards:
        connection.execute(sql.decode())
    connection.execute("COMMIT")


def changed_in_file(folder: Path, lot: random.Random, count: int) -> Iterator[Change]:
    """`count` times a ledger with one byte changed in the file, in the cell, header or content of an event."""
    path = folder / LEDGER_FILE
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'events'").fetchone()
    content = path.read_bytes()
    rows = list(rows_of(content, root))
    for _ in range(count):
        row = lot.choice(rows)
        at = lot.choice(row.offsets)
        changed = bytearray(content)
        changed[at] ^= lot.randint(1, 255)
        path.write_bytes(changed)
        yield Change(row.seq, str(at), content[at], changed[at])
    path.write_bytes(content)
