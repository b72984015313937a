"""How ledger.sqlite is made inside: its table, the guards of its table, and the way from every version to the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gis.faults import Fault, InputError

LEDGER_FILE = "ledger.sqlite"
APPLICATION_ID = 0x48574C44  # "HWLD"
NO_HASH = bytes(32)  # what the first event continues

# The columns of an event in the order in which its hash is made of them; `hash` itself comes after them.
COLUMNS = (
    "seq", "uuid", "kind", "layer", "site_id", "actor", "at", "instant", "status", "body", "source_file",
    "source_sha256", "recorded_at", "previous",
)  # fmt: skip

# Every value is stored and none is NULL, `seq` is no alias of the rowid, and there is no status but "": SQLite
# reads several bytes of a record's header as NULL, and none at all for an alias, so a change there would go unseen.
# A rowid is the seq, always (events_in_place).
_VERSION_1 = (
    """CREATE TABLE events (
  seq INT NOT NULL,
  uuid TEXT NOT NULL,
  kind TEXT NOT NULL,
  layer TEXT NOT NULL,
  site_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  at TEXT NOT NULL,
  instant REAL NOT NULL,
  status TEXT NOT NULL,
  body TEXT NOT NULL,
  source_file TEXT NOT NULL,
  source_sha256 TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT""",
    "CREATE UNIQUE INDEX events_by_uuid ON events (uuid)",
    "CREATE INDEX events_by_site ON events (layer, site_id)",
    # REPLACE deletes without firing the trigger of DELETE, so what it would replace is looked for before.
    """CREATE TRIGGER events_continue BEFORE INSERT ON events BEGIN
  SELECT RAISE(ABORT, 'an event of this uuid is in the ledger; events are never replaced')
    WHERE EXISTS (SELECT 1 FROM events WHERE uuid = NEW.uuid);
  SELECT RAISE(ABORT, 'an event is only ever put after the last one')
    WHERE NEW.seq IS NOT coalesce((SELECT max(rowid) FROM events), 0) + 1;
  SELECT RAISE(ABORT, 'an event must carry the hash of the one before')
    WHERE NEW.previous IS NOT coalesce((SELECT hash FROM events ORDER BY rowid DESC LIMIT 1), zeroblob(32))
      OR length(NEW.hash) <> 32;
END""",
    """CREATE TRIGGER events_in_place AFTER INSERT ON events WHEN NEW.rowid IS NOT NEW.seq BEGIN
  SELECT RAISE(ABORT, 'an event is only ever put after the last one');
END""",
    """CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN
  SELECT RAISE(ABORT, 'events are never changed');
END""",
    """CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN
  SELECT RAISE(ABORT, 'events are never deleted');
END""",
)

# MIGRATIONS[n] makes version n + 1 of version n; version 0 is an empty file. A version that was released never changes.
Migrations = Sequence[Sequence[str]]
MIGRATIONS: Migrations = (_VERSION_1,)
VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection, name: str, *, newest: int = VERSION) -> int:
    """The version of the ledger in `connection`, 0 where nothing is in the file; it changes nothing.

    Raises InputError where the file is not a ledger (LEDGER_FOREIGN) or was made by a newer Headwater (LEDGER_NEWER).
    """
    with _at_one_moment(connection):  # another process may just be making it
        (objects,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    if not (application or version or objects):
        return 0
    if application != APPLICATION_ID or version < 1:
        found = f"application_id {application:#x}"
        raise InputError([Fault("LEDGER_FOREIGN", file=name, facts={"found": found})])
    if version > newest:
        facts = {"found": str(version), "expected": str(newest)}
        raise InputError([Fault("LEDGER_NEWER", file=name, facts=facts)])
    return int(version)


@contextmanager
def _at_one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read in the block is from one state of the file."""
    own = not connection.in_transaction
    if own:
        connection.execute("BEGIN")
    try:
        yield
    finally:
        if own:
            connection.execute("ROLLBACK")


def migrate(connection: sqlite3.Connection, name: str, *, migrations: Migrations = MIGRATIONS) -> None:
    """Brings the ledger to the newest version, inside the transaction that the caller has begun and will end."""
    version = version_of(connection, name, newest=len(migrations))
    if version == len(migrations):
        return
    for statements in migrations[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(migrations)}")


def schema_of(connection: sqlite3.Connection) -> dict[str, str]:
    """By name every table, index and trigger of the file, as it was written."""
    rows = connection.execute("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
    return dict(rows.fetchall())


def schema_expected(version: int) -> dict[str, str]:
    """By name every table, index and trigger that a ledger of `version` has."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection, LEDGER_FILE, migrations=MIGRATIONS[:version])
        return schema_of(connection)
    finally:
        connection.close()
