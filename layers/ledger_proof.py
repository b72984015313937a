"""The ledger of a project -> whether it is what was written: every row that is not, and what was cut off its end."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gis.faults import Fault, InputError
from layers.events import KINDS, instant
from layers.ledger import opened
from layers.ledger_chain import StoredText, Values, column_changed, hash_of
from layers.ledger_file import UNREADABLE, connected, errors_told, is_damage, is_there, ledger_path
from layers.ledger_schema import COLUMNS, LEDGER_FILE, NO_HASH, schema_expected, schema_of, version_of
from layers.words import STATUSES

_MOST_MESSAGES = 100
_ROWS = f"SELECT rowid, {', '.join(COLUMNS)}, hash FROM events WHERE rowid > ? ORDER BY rowid"  # noqa: S608 - our own names
_UUID = COLUMNS.index("uuid")
MOST_PROVEN = 100_000  # events, in some three seconds


class Known(NamedTuple):
    """A head that was written down outside of the ledger: in which file, after how many events, which hash."""

    file: str
    events: int
    hash: str


class Proof(NamedTuple):
    """What the ledger holds (`events`, `head`: "" where empty), the `known` heads it was held to, and what is wrong.

    A fault's `row` is the seq of an event, None where the whole file is meant; its facts have the `uuid`.
    """

    events: int
    head: str
    known: tuple[Known, ...]
    faults: tuple[Fault, ...]


def prove(folder: Path, *, known: Iterable[Known] = (), explain: int = 20, wait: float = 30.0) -> Proof:
    """Whether every event of the ledger in `folder` is as it was stored, and none is missing.

    Its end is held to every head that was written down elsewhere: `known`, those that runs and receipts in the folder
    name, and those in its own events of runs. The changed column is looked for in so many rows as `explain` says: it
    takes long. Raises InputError where the file is no ledger at all, Locked and OSError as `layers.ledger.opened` does.
    """
    heads = [*known, *heads_known(folder)]
    path = ledger_path(folder)
    if not is_there(path):
        return Proof(0, "", tuple(heads), tuple(_cut(head, 0) for head in heads if head.events))
    with errors_told(path):
        try:
            connection = connected(path, write=False, wait=wait)
        except UNREADABLE as error:
            if is_damage(error):
                return Proof(0, "", tuple(heads), (_damaged(error),))
            raise
        try:
            return _proof(connection, heads, _Walk(explain))
        finally:
            connection.close()


def _proof(connection: sqlite3.Connection, heads: list[Known], walk: _Walk) -> Proof:
    faults: list[Fault] = []
    try:
        version = version_of(connection, LEDGER_FILE)
        faults += _guards(connection, version)
        if version:
            faults += walk.faults(connection)
        faults += _pages(connection)
        heads = [*heads, *walk.heads]
        if walk.ended:
            faults += [fault for head in heads if (fault := _held_to(connection, head, walk.events)) is not None]
    except UNREADABLE as error:
        if not is_damage(error):
            raise
        faults.append(_damaged(error))
    return Proof(walk.events, walk.last.hex() if walk.events else "", tuple(heads), tuple(faults))


def check_whole(folder: Path, *, most: int = MOST_PROVEN) -> None:
    """Raises InputError with every fault that `prove` finds: what a changed ledger says is not to be drawn on a map.

    A ledger of more than `most` events would take longer to prove than the run takes: of it only the heads are checked.
    """
    with opened(folder) as ledger:
        large = ledger.head().events > most
    if large:
        check_heads(folder)
        return
    proof = prove(folder, explain=1)
    if proof.faults:
        raise InputError(proof.faults)


def heads_known(folder: Path) -> list[Known]:
    """The heads that files of the project name: `output/run.json` and `receipts/*.json`."""
    found = []
    for path in [folder / "output" / "run.json", *sorted((folder / "receipts").glob("*.json"))]:
        try:
            content = json.loads(path.read_bytes())
            said = content["ledger"]
            head = str(said["head"] if "head" in said else said["hash"])
            found.append(Known(path.relative_to(folder).as_posix(), int(said["events"]), head))
        except (OSError, ValueError, KeyError, TypeError):  # no such file, or it names none
            continue
    return found


def check_heads(folder: Path) -> None:
    """Raises InputError where the ledger in `folder` ends before a head that files of the project name, or has another.

    Whoever goes on without what was lost would write over the last traces of it: `output/run.json` first of all.
    """
    heads = heads_known(folder)  # before the ledger, which others append to meanwhile
    faults = []
    with opened(folder) as ledger:
        events = ledger.head().events
        for head in heads:
            if head.events > events:
                faults.append(_cut(head, events))
            elif head.events > 0 and ledger.head(until=head.events).hash != head.hash:
                uuid = next(one.uuid for one in ledger.events(until=head.events) if one.seq == head.events)
                faults.append(_rewritten(head, uuid))
    if faults:
        raise InputError(faults)


class _Walk:
    """The way through all rows, from the first to the last."""

    def __init__(self, explain: int) -> None:
        self.events, self.last, self.heads = 0, NO_HASH, list[Known]()
        self.ended = False  # whether every row could be read
        self._explain = explain
        self._suspect: tuple[int, Values, bytes, bytes] | None = None  # a row whose hash is not that of its columns

    def faults(self, connection: sqlite3.Connection) -> list[Fault]:
        """What is wrong with rows, in their order; past a row that cannot be read it goes on where that is possible."""
        connection.text_factory = StoredText
        # A cell with a wrong length would else make all rows of its page unreadable, and none of them be named.
        connection.execute("PRAGMA cell_size_check = OFF")
        found: list[Fault] = []
        self.ended = True
        try:
            for _ in range(_MOST_MESSAGES):
                try:
                    for rowid, *values, stored in connection.execute(_ROWS, (self.events,)):
                        found += self._row(rowid, values, stored)
                    break
                except UNREADABLE as error:
                    if not is_damage(error):
                        raise
                    found += [*self._settled(None), self._unreadable(error)]
            found += self._settled(None)
        finally:
            connection.text_factory = str
            connection.execute("PRAGMA cell_size_check = ON")
        return found

    def _unreadable(self, error: Exception) -> Fault:
        self.events += 1
        self.ended, self.last = False, b""
        facts = {"seq": str(self.events), "uuid": "", "found": str(error)}
        return Fault("LEDGER_ROW_UNREADABLE", file=LEDGER_FILE, row=self.events, facts=facts)

    def _row(self, rowid: int, values: Values, stored: object) -> Iterator[Fault]:
        yield from self._settled(values[-1])
        own = stored if type(stored) is bytes else b""
        as_stored = hash_of(values) == own
        seq, uuid = int(str(values[0])) if as_stored else rowid, _shown(values[_UUID])
        if seq > self.events + 1:
            facts = {"from": str(self.events + 1), "to": str(seq - 1), "uuid": ""}
            yield Fault("LEDGER_ROW_MISSING", file=LEDGER_FILE, row=self.events + 1, facts=facts)
        self.events = seq
        if not as_stored:
            self._suspect = seq, values, own, self.last
        elif self.last and values[-1] != self.last:
            yield Fault("LEDGER_CHAIN_BROKEN", file=LEDGER_FILE, row=seq, facts={"uuid": uuid, "seq": str(seq)})
        elif wrong := _wrong(rowid, values):
            yield _changed(seq, uuid, wrong)
        else:
            self._note_run(seq, values)
        self.last = own  # b"" where nothing can be held to it

    def _settled(self, continued: object) -> Iterator[Fault]:
        """The row before, where its hash is not that of its columns: the next one says which of both was changed."""
        if self._suspect is None:
            return
        (seq, values, stored, previous), self._suspect = self._suspect, None
        column = ""
        if continued == hash_of(values):
            column = "hash"
        elif self._explain > 0:
            self._explain -= 1
            column = column_changed(values, stored, seq=seq, previous=previous)
        yield _changed(seq, _shown(values[_UUID]), column)

    def _note_run(self, seq: int, values: Values) -> None:
        if values[COLUMNS.index("kind")] != b"run":
            return
        said = json.loads(_shown(values[COLUMNS.index("body")]))
        if isinstance(said.get("ledger_events"), int) and isinstance(said.get("ledger_hash"), str):
            self.heads.append(Known(f"{LEDGER_FILE} #{seq}", said["ledger_events"], said["ledger_hash"]))


def _wrong(rowid: int, values: Values) -> str:
    """The column of a row with the right hash that no Headwater would have stored so; "" where all are good."""
    named: dict[str, Any] = {}
    for name, value in zip(COLUMNS, values, strict=True):
        try:
            named[name] = value.decode() if isinstance(value, StoredText) else value
        except UnicodeDecodeError:
            return name
    for column, holds in _RULES.items():
        try:
            if not holds(named):
                return column
        except (ValueError, TypeError):
            return column
    return "" if named["seq"] == rowid else "rowid"


_RULES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "kind": lambda row: row["kind"] in KINDS,
    "status": lambda row: row["status"] in ("", *STATUSES),
    "body": lambda row: isinstance(json.loads(row["body"]), dict),
    "at": lambda row: instant(row["at"]) is not None,
    "instant": lambda row: row["instant"] == instant(row["at"]),
}


def _guards(connection: sqlite3.Connection, version: int) -> list[Fault]:
    """Every table, index and trigger that is not as the ledger was made with, and those that are too many."""
    there, expected = schema_of(connection), schema_expected(version)
    names = [name for name in sorted({*there, *expected}) if there.get(name) != expected.get(name)]
    return [Fault("LEDGER_GUARDS", file=LEDGER_FILE, value=name) for name in names]


def _pages(connection: sqlite3.Connection) -> list[Fault]:
    """What SQLite itself finds wrong with the file."""
    rows = connection.execute(f"PRAGMA integrity_check({_MOST_MESSAGES})").fetchall()
    return [
        Fault("LEDGER_DAMAGED", file=LEDGER_FILE, facts={"found": " ".join(str(message).split())})
        for (message,) in rows
        if message != "ok"
    ]


def _held_to(connection: sqlite3.Connection, head: Known, events: int) -> Fault | None:
    """What is wrong with the ledger if `head` is right."""
    if head.events > events:
        return _cut(head, events)
    row = connection.execute("SELECT hash, uuid FROM events WHERE rowid = ?", (head.events,)).fetchone()
    if head.events < 1 or row is None or row[0] == _bytes_of(head.hash):
        return None
    return _rewritten(head, str(row[1]))


def _rewritten(head: Known, uuid: str) -> Fault:
    facts = {"known": head.file, "uuid": uuid, "seq": str(head.events)}
    return Fault("LEDGER_REWRITTEN", file=LEDGER_FILE, row=head.events, column="hash", facts=facts)


def _bytes_of(hexadecimal: str) -> bytes:
    try:
        return bytes.fromhex(hexadecimal)
    except ValueError:
        return b""


def _cut(head: Known, events: int) -> Fault:
    facts = {"known": head.file, "expected": str(head.events), "found": str(events), "uuid": ""}
    return Fault("LEDGER_CUT", file=LEDGER_FILE, row=events + 1, facts=facts)


def _changed(seq: int, uuid: str, column: str) -> Fault:
    return Fault("LEDGER_ROW_CHANGED", file=LEDGER_FILE, row=seq, column=column, facts={"uuid": uuid, "seq": str(seq)})


def _damaged(error: Exception) -> Fault:
    return Fault("LEDGER_DAMAGED", file=LEDGER_FILE, facts={"found": str(error)})


def _shown(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
