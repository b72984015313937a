"""The ledger of a project -> its events, in order; events are only ever added, all of a batch or none."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from gis.faults import Fault, InputError
from layers.events import Event, faults_of
from layers.ledger_chain import hash_of
from layers.ledger_file import begin, commit, connected, errors_told, is_there, ledger_path
from layers.ledger_schema import LEDGER_FILE, NO_HASH, migrate, version_of

# The columns in the order of the fields of Event.
_SELECT = """SELECT uuid, kind, layer, site_id, actor, at, body, nullif(status, ''), source_file, source_sha256, seq,
  recorded_at, lower(hex(hash)), instant FROM events"""
_OF_UUIDS = "WHERE uuid IN (SELECT value FROM json_each(?))"
_HEAD = "SELECT seq, lower(hex(hash)) FROM events WHERE rowid <= ? ORDER BY rowid DESC LIMIT 1"
_REVISION = "SELECT count(*) FROM events WHERE layer = ? AND site_id = ? AND kind <> 'run' AND rowid <= ?"
_INSERT = """INSERT INTO events (rowid, seq, uuid, kind, layer, site_id, actor, at, instant, status, body, source_file,
  source_sha256, recorded_at, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_ALL = (1 << 63) - 1


# As Event._make, without a call of Python for each of millions of events.
_made = partial(tuple.__new__, Event)


class Head(NamedTuple):
    """How many events a ledger has, and the hash of the last one: "" where there is none."""

    events: int
    hash: str


class Appended(NamedTuple):
    """What became of a batch: `taken` as they are stored now, `known` and `clashing` as they were given."""

    taken: tuple[Event, ...]
    known: tuple[Event, ...]
    clashing: tuple[Event, ...]


class Ledger:
    """The ledger of one project, as `opened` gives it.

    One that is read stands still: it has the events that were there when it was opened, whatever others append.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, *, write: bool, wait: float) -> None:
        self._connection, self._path, self._write, self._wait = connection, path, write, wait
        self._seen = _ALL
        if not write:
            self._seen = self.head().events

    def head(self, *, until: int | None = None) -> Head:
        """How many events there are, and the hash of the last one; only of the first `until`."""
        last = self._seen if until is None else min(until, self._seen)
        with errors_told(self._path):
            self._in_turn()
            return Head(*(self._connection.execute(_HEAD, (last,)).fetchone() or (0, "")))

    def events(self, *, until: int | None = None, site: tuple[str, str] | None = None) -> Iterator[Event]:
        """Every event, in the order of its appending; only the first `until`; only of one (layer, site_id)."""
        last = self._seen if until is None else min(until, self._seen)
        with errors_told(self._path):
            self._in_turn()
            if site is None:
                cursor = self._connection.execute(f"{_SELECT} WHERE rowid <= ? ORDER BY rowid", (last,))
            else:
                of_site = f"{_SELECT} WHERE layer = ? AND site_id = ? AND rowid <= ? ORDER BY rowid"
                cursor = self._connection.execute(of_site, (*site, last))
            try:
                yield from map(_made, cursor)
            finally:
                cursor.close()

    def of_kind(self, kind: str) -> Iterator[Event]:
        """The events of one kind, in the order of their appending."""
        with errors_told(self._path):
            self._in_turn()
            cursor = self._connection.execute(
                f"{_SELECT} WHERE kind = ? AND rowid <= ? ORDER BY rowid", (kind, self._seen)
            )
            try:
                yield from map(_made, cursor)
            finally:
                cursor.close()

    def revisions(self, sites: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """By site (layer, site_id) how many events it has, runs not counted; 0 where it has none."""
        asked = dict.fromkeys(sites, 0)
        with errors_told(self._path):
            self._in_turn()
            for site in asked:
                (asked[site],) = self._connection.execute(_REVISION, (*site, self._seen)).fetchone()
        return asked

    def stored(self, uuids: Iterable[str]) -> dict[str, Event]:
        """By uuid the events that are there already."""
        with errors_told(self._path):
            self._in_turn()
            return self._stored(list(uuids))

    def compared(self, events: Iterable[Event]) -> Appended:
        """What `append` would do with `events`; nothing is stored. Raises InputError where one cannot be stored."""
        given = list(events)
        if wrong := [fault for event in given for fault in faults_of(event)]:
            raise InputError(wrong)
        with errors_told(self._path):
            self._in_turn()
            stored = self._stored([event.uuid for event in given])
        taken: list[Event] = []
        known: list[Event] = []
        clashing: list[Event] = []
        for event in given:
            first = stored.get(event.uuid)
            if first is None:
                stored[event.uuid] = event
                taken.append(event)
            else:
                (known if first.content == event.content else clashing).append(event)
        return Appended(tuple(taken), tuple(known), tuple(clashing))

    def append(self, events: Iterable[Event]) -> Appended:
        """Stores `events` in one transaction; when it returns, the disk has them. Those whose uuid is stored are known.

        Raises InputError, and nothing of the batch is taken, where one cannot be stored or has the uuid of another
        event; Locked where others hold the ledger for too long.
        """
        if not self._write:
            raise ValueError("a ledger opened for reading takes no event")
        found = self.compared(events)
        if found.clashing:
            raise InputError(
                Fault("LEDGER_CLASH", file=event.source_file, value=event.uuid, facts={"site": event.site_id})
                for event in found.clashing
            )
        with errors_told(self._path):
            try:
                taken = self._chained(found.taken)
                if taken:
                    commit(self._connection, self._path, self._wait)
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.rollback()
                raise
        return found._replace(taken=tuple(taken))

    def _in_turn(self) -> None:
        """Holds the turn to write from the first look on, so that what was read still holds when it is appended to."""
        if self._write and not self._connection.in_transaction:
            begin(self._connection, self._path, self._wait)
            migrate(self._connection, str(self._path))

    def _stored(self, uuids: list[str]) -> dict[str, Event]:
        rows = self._connection.execute(f"{_SELECT} {_OF_UUIDS}", (json.dumps(uuids),))
        return {row[0]: Event._make(row) for row in rows}

    def _chained(self, events: Iterable[Event]) -> list[Event]:
        """Puts `events` after the last one, uncommitted, and gives them as they are stored."""
        seq, last = self.head()
        previous = bytes.fromhex(last) if last else NO_HASH
        recorded_at = _now()
        taken = []
        for event in events:
            seq += 1
            values = (
                seq, event.uuid, event.kind, event.layer, event.site_id, event.actor, event.at, event.instant,
                event.status or "", event.body, event.source_file, event.source_sha256, recorded_at, previous,
            )  # fmt: skip
            own = hash_of(values)
            self._connection.execute(_INSERT, (seq, *values, own))
            previous = own
            taken.append(event._replace(seq=seq, recorded_at=recorded_at, hash=own.hex(), stored_instant=event.instant))
        return taken


def _now() -> str:
    """The clock, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def opened(folder: Path, *, write: bool = False, wait: float = 30.0) -> Iterator[Ledger]:
    """The ledger of the project in `folder`; where there is no file yet, one without events.

    With `write` the block has the turn to write from its first look at the ledger to its `append`: keep it short, as
    others wait `wait` seconds for it. Raises Locked, naming the file, after so long; InputError where the file is no
    ledger of ours or a newer Headwater made it; OSError where the disk fails.
    """
    path = ledger_path(folder)
    with errors_told(path):
        connection = _connection(path, write=write, wait=wait)
    try:
        yield Ledger(connection, path, write=write, wait=wait)
    finally:
        connection.close()  # what was not committed is gone


def _connection(path: Path, *, write: bool, wait: float) -> sqlite3.Connection:
    """A connection to the file, or for a reader where there is no event yet, to nothing that looks the same."""
    if is_there(path) or write:
        connection = connected(path, write=write, wait=wait)
        try:
            if write or version_of(connection, str(path)) > 0:
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, LEDGER_FILE)
    return connection
