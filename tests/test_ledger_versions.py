"""Ledgers of every version that was released, as they were made then: read, proven, continued, and brought forward."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gis.faults import InputError
from layers.events import Event
from layers.ledger import Head, opened
from layers.ledger_file import begin, commit, connected
from layers.ledger_proof import prove
from layers.ledger_schema import LEDGER_FILE, MIGRATIONS, VERSION, migrate, schema_expected, schema_of, version_of
from tests.ledger_bytes import some_events
from tests.projects import ROOT

# Version 1 as it was released. What stands here is never changed: it is what lies on people's disks.
VERSION_1 = """
PRAGMA application_id = 1213680708;
PRAGMA user_version = 1;
CREATE TABLE events (
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
) STRICT;
CREATE UNIQUE INDEX events_by_uuid ON events (uuid);
CREATE INDEX events_by_site ON events (layer, site_id);
CREATE TRIGGER events_continue BEFORE INSERT ON events BEGIN
  SELECT RAISE(ABORT, 'an event of this uuid is in the ledger; events are never replaced')
    WHERE EXISTS (SELECT 1 FROM events WHERE uuid = NEW.uuid);
  SELECT RAISE(ABORT, 'an event is only ever put after the last one')
    WHERE NEW.seq IS NOT coalesce((SELECT max(rowid) FROM events), 0) + 1;
  SELECT RAISE(ABORT, 'an event must carry the hash of the one before')
    WHERE NEW.previous IS NOT coalesce((SELECT hash FROM events ORDER BY rowid DESC LIMIT 1), zeroblob(32))
      OR length(NEW.hash) <> 32;
END;
CREATE TRIGGER events_in_place AFTER INSERT ON events WHEN NEW.rowid IS NOT NEW.seq BEGIN
  SELECT RAISE(ABORT, 'an event is only ever put after the last one');
END;
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN
  SELECT RAISE(ABORT, 'events are never changed');
END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN
  SELECT RAISE(ABORT, 'events are never deleted');
END;
INSERT INTO events (rowid, seq, uuid, kind, layer, site_id, actor, at, instant, status, body, source_file,
  source_sha256, recorded_at, previous, hash)
VALUES (1, 1, '6f1f6a3e-30d1-4b39-a1c7-0a6fd0b0a001', 'visit', 'remediation_sites', 'ZG-001', '张三',
  '2017-08-11T10:20:00+08:00', 1502418000.0, 'on_schedule', '{"note":"渣堆已清运一半"}', 'surveys/第一组.json',
  'abababababababababababababababababababababababababababababababab', '2017-08-12T01:00:00Z', zeroblob(32),
  x'b6e3a9fdccfcfd4f8c0560305a1dc312f64c2e318928f694aa9076c2a5f49321');
INSERT INTO events (rowid, seq, uuid, kind, layer, site_id, actor, at, instant, status, body, source_file,
  source_sha256, recorded_at, previous, hash)
VALUES (2, 2, '6f1f6a3e-30d1-4b39-a1c7-0a6fd0b0a002', 'extension', 'remediation_sites', 'ZG-001', '李四', '2017-08-31',
  1504195199.999999, '', '{"deadline":"2017-12-31","reason":"雨季"}', '', '', '2017-08-31T02:00:00Z',
  x'b6e3a9fdccfcfd4f8c0560305a1dc312f64c2e318928f694aa9076c2a5f49321',
  x'0575324e350b007ad24126675aa413c583f639b65fc864ab6b84ad2ccea84b83');
INSERT INTO events (rowid, seq, uuid, kind, layer, site_id, actor, at, instant, status, body, source_file,
  source_sha256, recorded_at, previous, hash)
VALUES (3, 3, '6f1f6a3e-30d1-4b39-a1c7-0a6fd0b0a003', 'run', '', '', 'headwater', '2017-11-30', 1512057599.999999, '',
  '{"ledger_events":2,"run_id":"r1"}', '', '', '2017-11-30T10:00:00Z',
  x'0575324e350b007ad24126675aa413c583f639b65fc864ab6b84ad2ccea84b83',
  x'4bc22a7b95b7a4c1736f88656fa8d2e7024501a8104e3ffa5d169746c191da56');
"""
RELEASED = {1: VERSION_1}  # a version that is released gets its own line, beside those before it
HEAD_OF_ALL = Head(3, "4bc22a7b95b7a4c1736f88656fa8d2e7024501a8104e3ffa5d169746c191da56")
FIRST = Event(
    "6f1f6a3e-30d1-4b39-a1c7-0a6fd0b0a001", "visit", "remediation_sites", "ZG-001", "张三", "2017-08-11T10:20:00+08:00",
    '{"note":"渣堆已清运一半"}', "on_schedule", "surveys/第一组.json", "ab" * 32, 1, "2017-08-12T01:00:00Z",
    "b6e3a9fdccfcfd4f8c0560305a1dc312f64c2e318928f694aa9076c2a5f49321", 1502418000.0,
)  # fmt: skip

# How a version would follow that adds what a query asks for, and cuts the table anew so that every page is written.
STEP = (
    "CREATE INDEX events_by_instant ON events (instant)",
    "CREATE TABLE wide (a TEXT NOT NULL) STRICT",
    "INSERT INTO wide SELECT hex(zeroblob(4000)) FROM events, events AS others",
)


def made(folder: Path, version: int) -> Path:
    """A ledger as a Headwater of that time made it."""
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection, connection:
        connection.executescript(RELEASED[version])
    return folder / LEDGER_FILE


def test_every_released_version_is_held() -> None:
    assert sorted(RELEASED) == list(range(1, VERSION + 1)) and len(MIGRATIONS) == VERSION


@pytest.mark.parametrize("version", RELEASED)
def test_a_version_is_still_made_as_it_was_released(tmp_path: Path, version: int) -> None:
    with closing(sqlite3.connect(made(tmp_path, version))) as connection:
        assert schema_of(connection) == schema_expected(version)


@pytest.mark.parametrize("version", RELEASED)
def test_a_ledger_of_every_version_is_read_as_it_is(tmp_path: Path, version: int) -> None:
    before = made(tmp_path, version).read_bytes()
    with opened(tmp_path) as ledger:
        assert next(ledger.events()) == FIRST
        assert ledger.head() == HEAD_OF_ALL
        assert ledger.revisions([("remediation_sites", "ZG-001")]) == {("remediation_sites", "ZG-001"): 2}
    proof = prove(tmp_path)
    assert (proof.events, proof.head, proof.faults) == (*HEAD_OF_ALL, ())
    assert (tmp_path / LEDGER_FILE).read_bytes() == before


@pytest.mark.parametrize("version", RELEASED)
def test_a_ledger_of_every_version_is_continued(tmp_path: Path, version: int) -> None:
    path = made(tmp_path, version)
    with opened(tmp_path, write=True) as ledger:
        ledger.append(some_events(5))
    with closing(sqlite3.connect(path)) as connection:
        assert version_of(connection, "ledger") == VERSION
    with opened(tmp_path) as ledger:
        assert (next(ledger.events()), ledger.head().events) == (FIRST, 8)
    assert prove(tmp_path).faults == ()


@pytest.mark.parametrize("write", [False, True])
def test_a_newer_ledger_is_refused_and_not_touched(tmp_path: Path, write: bool) -> None:
    path = made(tmp_path, VERSION)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(InputError) as error, opened(tmp_path, write=write) as ledger:
        ledger.head()
    (fault,) = error.value.faults
    assert (fault.code, fault.facts) == ("LEDGER_NEWER", {"found": str(VERSION + 1), "expected": str(VERSION)})
    assert path.read_bytes() == before


MIGRATED = f"""
import os, signal, sys
from pathlib import Path
from layers.ledger_file import begin, connected
from layers.ledger_schema import MIGRATIONS, migrate
path = Path(sys.argv[1])
connection = connected(path, write=True, wait=1)
connection.execute("PRAGMA cache_size = 1")  # so that pages are written before the end
begin(connection, path, 1)
migrate(connection, "ledger", migrations=(*MIGRATIONS, {STEP!r}[: int(sys.argv[2])]))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("steps", range(len(STEP) + 1))
def test_a_migration_that_is_killed_leaves_the_old_version(tmp_path: Path, steps: int) -> None:
    path = made(tmp_path, VERSION)
    before = path.read_bytes()
    run = subprocess.run([sys.executable, "-c", MIGRATED, str(path), str(steps)], cwd=ROOT, check=False)
    assert run.returncode == -signal.SIGKILL
    assert (path.read_bytes() != before) == (steps > 0)  # else nothing was tried
    with opened(tmp_path) as ledger:
        assert ledger.head() == HEAD_OF_ALL
    assert path.read_bytes() == before
    with opened(tmp_path, write=True) as ledger:
        ledger.append(some_events(5))
    assert [file.name for file in tmp_path.iterdir()] == [LEDGER_FILE]
    assert prove(tmp_path).faults == ()


def test_a_migration_that_fails_leaves_the_old_version(tmp_path: Path) -> None:
    path = made(tmp_path, VERSION)
    before = path.read_bytes()
    with closing(connected(path, write=True, wait=1)) as connection:
        begin(connection, path, 1)
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            migrate(connection, "ledger", migrations=(*MIGRATIONS, (*STEP, "DROP TABLE absent")))
    assert path.read_bytes() == before


def test_a_migration_ends_in_the_new_version_with_all_events(tmp_path: Path) -> None:
    path = made(tmp_path, VERSION)
    with closing(connected(path, write=True, wait=1)) as connection:
        begin(connection, path, 1)
        migrate(connection, "ledger", migrations=(*MIGRATIONS, STEP))
        commit(connection, path, 1)
    with closing(sqlite3.connect(path)) as connection:
        assert version_of(connection, "ledger", newest=VERSION + 1) == VERSION + 1
        assert connection.execute("SELECT count(*), hex(max(hash)) FROM events").fetchone()[0] == 3
        assert "index events_by_instant" in schema_of(connection)
        with pytest.raises(InputError, match="LEDGER_NEWER"):
            version_of(connection, "ledger")
