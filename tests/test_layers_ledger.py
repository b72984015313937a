"""The ledger file: what goes in comes out, nothing goes twice, nothing is changed, no other file is touched."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from gis.faults import InputError
from gis.write import Locked
from layers.events import LARGEST, Event, canonical
from layers.files import file_of
from layers.ledger import Head, opened
from layers.ledger_chain import hash_of
from layers.ledger_proof import prove
from layers.ledger_schema import LEDGER_FILE
from scripts.console import Console
from scripts.run_project import run_project
from tests.ledger_bytes import some_events
from tests.projects import ROOT, small_project

EVENTS = some_events(12)


def stored(folder: Path, events: list[Event] = EVENTS) -> Path:
    """A project folder whose ledger has `events`."""
    with opened(folder, write=True) as ledger:
        ledger.append(events)
    return folder


def read(folder: Path) -> list[Event]:
    with opened(folder) as ledger:
        return list(ledger.events())


def bare(events: list[Event]) -> list[tuple[object, ...]]:
    """What was given of each event, without what the ledger added."""
    return [event[:10] for event in events]


def refused(folder: Path, *, write: bool) -> str:
    with pytest.raises(InputError) as error, opened(folder, write=write) as ledger:
        ledger.head()
    assert str(folder / LEDGER_FILE) in error.value.message("zh")
    return error.value.faults[0].code


# --- In and out ------------------------------------------------------------------------------


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    assert bare(read(stored(tmp_path))) == bare(EVENTS)
    with opened(tmp_path) as ledger:
        events = list(ledger.events())
        assert [event.seq for event in events] == list(range(1, 13))
        assert [event.stored_instant for event in events] == [event.instant for event in EVENTS]
        assert ledger.head() == Head(12, events[-1].hash)
        assert list(ledger.events(until=5)) == events[:5]
        site = (EVENTS[0].layer, EVENTS[0].site_id)
        assert list(ledger.events(site=site)) == [event for event in events if (event.layer, event.site_id) == site]


def test_no_file_reads_as_a_ledger_without_events_and_leaves_none(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        assert (ledger.head(), list(ledger.events()), ledger.revisions([("a", "b")])) == (
            Head(0, ""),
            [],
            {("a", "b"): 0},
        )
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_a_ledger_that_was_not_begun(tmp_path: Path) -> None:
    (tmp_path / LEDGER_FILE).touch()
    assert read(tmp_path) == []
    assert bare(read(stored(tmp_path))) == bare(EVENTS)


def test_runs_do_not_count_as_revisions(tmp_path: Path) -> None:
    run = EVENTS[0]._replace(uuid="a" * 8 + "-aaaa-4aaa-8aaa-" + "a" * 12, kind="run", status=None)
    stored(tmp_path, [*EVENTS, run])
    sites = {(event.layer, event.site_id) for event in EVENTS}
    with opened(tmp_path) as ledger:
        counted = ledger.revisions(sites)
    assert counted == {site: sum((event.layer, event.site_id) == site for event in EVENTS) for site in sites}


def test_a_reader_keeps_the_events_that_were_there(tmp_path: Path) -> None:
    stored(tmp_path, EVENTS[:5])
    with opened(tmp_path) as reader:
        before = reader.head()
        stored(tmp_path, EVENTS[5:])
        assert reader.head() == before and len(list(reader.events())) == 5 == len(list(reader.events(until=9)))
        assert sum(reader.revisions({(event.layer, event.site_id) for event in EVENTS}).values()) == 5
    assert len(read(tmp_path)) == 12


def test_what_is_acknowledged_is_on_the_disk(tmp_path: Path) -> None:
    """One file, its journal synced and removed, the folder synced: SQLite's EXTRA, and never WAL."""
    with opened(tmp_path, write=True) as ledger:
        ledger.append(EVENTS)
        settings = [ledger._connection.execute(f"PRAGMA {name}").fetchone() for name in ("synchronous", "journal_mode")]
        assert settings == [(3,), ("delete",)]
        assert [path.name for path in tmp_path.iterdir()] == [LEDGER_FILE]
        assert not ledger._connection.in_transaction


# --- Once, and all or none ---------------------------------------------------------------------


def test_the_same_again_is_known_wherever_it_comes_from(tmp_path: Path) -> None:
    stored(tmp_path)
    before = read(tmp_path)
    with opened(tmp_path, write=True) as ledger:
        said = ledger.append([event._replace(source_file="copy.json") for event in EVENTS])
    assert (said.taken, len(said.known), said.clashing) == ((), 12, ())
    assert read(tmp_path) == before


def test_twice_in_one_batch_is_taken_once(tmp_path: Path) -> None:
    with opened(tmp_path, write=True) as ledger:
        said = ledger.append([EVENTS[0], EVENTS[1], EVENTS[0]])
    assert [event.seq for event in said.taken] == [1, 2] and bare(list(said.known)) == bare(EVENTS[:1])
    assert list(said.taken) == read(tmp_path)


@pytest.mark.parametrize("stored_first", [True, False])
def test_another_content_under_a_known_uuid_takes_nothing(tmp_path: Path, stored_first: bool) -> None:
    other = EVENTS[3]._replace(body=canonical({"note": "changed"}))
    batch = [*EVENTS[4:], other] if stored_first else [*EVENTS[3:], other]
    stored(tmp_path, EVENTS[:4] if stored_first else EVENTS[:3])
    before = read(tmp_path)
    with opened(tmp_path, write=True) as ledger:
        assert [event.uuid for event in ledger.compared(batch).clashing] == [other.uuid]
        with pytest.raises(InputError) as error:
            ledger.append(batch)
    assert [(fault.code, fault.value) for fault in error.value.faults] == [("LEDGER_CLASH", other.uuid)]
    assert read(tmp_path) == before


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"at": "soon"}, "EVENT_WRONG"), ({"body": canonical({"note": "x" * LARGEST})}, "EVENT_TOO_LARGE")],
)
def test_one_event_that_cannot_be_stored_takes_nothing(tmp_path: Path, wrong: dict[str, str], code: str) -> None:
    with opened(tmp_path, write=True) as ledger:
        with pytest.raises(InputError) as error:
            ledger.append([*EVENTS, EVENTS[0]._replace(**wrong)])  # type: ignore[arg-type]
        assert ledger.head() == Head(0, "")
    assert [fault.code for fault in error.value.faults] == [code]
    assert read(tmp_path) == []


def test_what_fails_in_the_middle_leaves_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(tmp_path, EVENTS[:2])
    with opened(tmp_path, write=True) as ledger:
        with monkeypatch.context() as patched:
            patched.setattr("layers.ledger.hash_of", iter_of_hashes(3))
            with pytest.raises(OSError, match="no more"):
                ledger.append(EVENTS[2:])
        assert ledger.head().events == 2
        ledger.append(EVENTS[2:4])
    assert bare(read(tmp_path)) == bare(EVENTS[:4])
    assert prove(tmp_path).faults == ()


def iter_of_hashes(count: int) -> object:
    left = iter(range(count))

    def some(values: object) -> bytes:
        if next(left, None) is None:
            raise OSError("no more")
        return hash_of(values)  # type: ignore[arg-type]

    return some


def test_a_ledger_that_is_read_takes_nothing(tmp_path: Path) -> None:
    stored(tmp_path)
    with opened(tmp_path) as ledger:
        with pytest.raises(ValueError, match="reading"):
            ledger.append(EVENTS)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            ledger._connection.execute("DELETE FROM events")


# --- Guards --------------------------------------------------------------------------------------

AGAIN = "kind, layer, site_id, actor, at, instant, status, body, source_file, source_sha256, recorded_at"
# {into}: the columns that an INSERT fills; {from_last}: the rest of the last event.
FORBIDDEN = [
    "UPDATE events SET actor = 'nobody'",
    "UPDATE events SET seq = seq + 100",
    "DELETE FROM events",
    "DELETE FROM events WHERE rowid = 12",
    "INSERT OR REPLACE INTO events SELECT * FROM events WHERE rowid = 3",
    "REPLACE INTO events (rowid, {into}) SELECT 3, 13, 'new', hash, hash, {from_last}",
    "REPLACE INTO events ({into}) SELECT 13, uuid, hash, hash, {from_last}",
    "INSERT INTO events (rowid, {into}) SELECT 99, 99, 'new', hash, hash, {from_last}",
    "INSERT INTO events (rowid, {into}) SELECT 14, 13, 'new', hash, hash, {from_last}",
    "INSERT INTO events ({into}) SELECT 13, 'new', previous, hash, {from_last}",
    "INSERT INTO events ({into}) SELECT 13, 'new', hash, x'00', {from_last}",
    "INSERT INTO events SELECT * FROM events WHERE rowid = 3 ON CONFLICT (uuid) DO UPDATE SET actor = 'nobody'",
    "INSERT OR IGNORE INTO events ({into}) SELECT 1, 'new', hash, hash, {from_last}",
]
ALLOWED = "INSERT INTO events (rowid, {into}) SELECT 13, 13, 'new', hash, hash, {from_last}"


def filled(statement: str) -> str:
    return statement.format(
        into=f"seq, uuid, previous, hash, {AGAIN}", from_last=f"{AGAIN} FROM events WHERE rowid = 12"
    )


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_events_are_neither_changed_nor_deleted_nor_replaced(tmp_path: Path, statement: str) -> None:
    stored(tmp_path)
    before = read(tmp_path)
    with closing(sqlite3.connect(tmp_path / LEDGER_FILE)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="event"):
            connection.execute(filled(statement))
        connection.commit()
    assert read(tmp_path) == before
    assert prove(tmp_path).faults == ()


def test_the_guards_let_the_next_event_in(tmp_path: Path) -> None:
    """The statements above fail for what they would do, not for how they are written."""
    stored(tmp_path)
    with closing(sqlite3.connect(tmp_path / LEDGER_FILE)) as connection, connection:
        connection.execute(filled(ALLOWED))
    assert len(read(tmp_path)) == 13


# --- Whose file it is ----------------------------------------------------------------------------


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    "what", ["text", "folder", "link", "broken link", "other database", "WAL", "geopackage", "pipe"]
)
def test_a_file_that_is_no_ledger_is_left_alone(tmp_path: Path, what: str, write: bool) -> None:
    path, other = tmp_path / LEDGER_FILE, tmp_path / "other.sqlite"
    if what == "text":
        path.write_bytes("整改台账\n".encode() * 500)
    elif what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif "link" in what:
        if what == "link":
            stored(tmp_path)
            path.rename(other)
        path.symlink_to(other)
    else:
        with closing(sqlite3.connect(path)) as connection, connection:
            if what == "WAL":
                connection.execute("PRAGMA journal_mode = WAL")
            if what == "geopackage":
                connection.execute(f"PRAGMA application_id = {0x47504B47}")
            connection.execute("CREATE TABLE mine (a)")
    file = other if what == "link" else path
    before = file.read_bytes() if file.is_file() else None
    assert refused(tmp_path, write=write) == "LEDGER_FOREIGN"
    assert before == (file.read_bytes() if file.is_file() else None)


def test_a_layer_of_the_project_is_never_its_ledger(tmp_path: Path) -> None:
    stored(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "zones.gpkg").symlink_to(tmp_path / LEDGER_FILE)
    os.link(tmp_path / LEDGER_FILE, tmp_path / "data" / "sites.gpkg")
    for written in (LEDGER_FILE, "data/../ledger.sqlite", "Ledger.sqlite", "ledger.sqlite-journal", "data/zones.gpkg",
                    "data/sites.gpkg"):  # fmt: skip
        with pytest.raises(InputError) as error:
            file_of(tmp_path, written)
        assert [fault.code for fault in error.value.faults] == ["PATH_REFUSED"]
    assert file_of(tmp_path, "data/own.gpkg") == tmp_path / "data" / "own.gpkg"


# --- Whose turn it is ----------------------------------------------------------------------------


def test_two_writers_take_turns_and_the_file_is_named(tmp_path: Path) -> None:
    stored(tmp_path, EVENTS[:3])
    with opened(tmp_path, write=True) as first:
        held = list(first.events())
        with pytest.raises(Locked, match=LEDGER_FILE), opened(tmp_path, write=True, wait=0.05) as second:
            second.append(EVENTS[3:4])
        with opened(tmp_path, wait=0.05) as reader:  # who reads waits for nobody
            assert list(reader.events()) == held
        first.append(EVENTS[4:5])
        with opened(tmp_path, write=True, wait=0.05) as third:  # what was appended ended the turn
            third.append(EVENTS[5:6])
    assert bare(read(tmp_path)) == bare([*EVENTS[:3], EVENTS[4], EVENTS[5]])


def test_a_writer_waits_for_those_who_read(tmp_path: Path) -> None:
    stored(tmp_path, EVENTS[:3])
    with opened(tmp_path) as reader:
        events = reader.events()
        next(events)
        with pytest.raises(Locked, match=LEDGER_FILE), opened(tmp_path, write=True, wait=0.05) as writer:
            writer.append(EVENTS[3:])
        assert len(list(events)) == 2
    assert len(read(tmp_path)) == 3
    assert len(read(stored(tmp_path))) == 12


TRY_TO_WRITE = """
import sys
from pathlib import Path
from gis.write import Locked
from layers.ledger import opened
try:
    with opened(Path(sys.argv[1]), write=True, wait=0.1) as ledger:
        ledger.head()
except Locked:
    sys.exit(75)
"""


def other_process(folder: Path, code: str = TRY_TO_WRITE) -> int:
    run = subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, timeout=60, check=False)
    return run.returncode


def test_the_lock_survives_a_run_in_the_same_process(tmp_path: Path) -> None:
    """GDAL reads and writes databases of its own meanwhile; a second SQLite must never touch ours."""
    project = small_project(tmp_path / "project")
    stored(project, EVENTS[:2])
    with opened(project, write=True) as ledger:
        ledger.head()
        assert other_process(project) == 75
        run_here(project, tmp_path / "elsewhere")  # a run into output/ would write to the ledger itself
        assert (tmp_path / "elsewhere" / "findings.gpkg").is_file()
        assert other_process(project) == 75
        ledger.append(EVENTS[2:])
    assert other_process(project) == 0
    assert bare(read(project)) == bare(EVENTS)


def run_here(project: Path, output: Path) -> None:
    """`headwater run` in this process."""
    console = Console(as_json=False, lang="en", quiet=True, debug=True)
    run_project(project, console, as_of=None, output=output, full=False, fail_on=None)


# --- Killed writers, media that cannot be written to ----------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from layers.ledger_file import begin, connected
from layers.ledger_schema import migrate
path = Path(sys.argv[1]) / "ledger.sqlite"
connection = connected(path, write=True, wait=1)
connection.execute("PRAGMA cache_size = 1")  # so that pages are written before the end
begin(connection, path, 1)
{work}
assert path.with_name("ledger.sqlite-journal").stat().st_size > 512
os.kill(os.getpid(), signal.SIGKILL)
"""
HALF_DONE = """
connection.execute("DROP TRIGGER events_stay")
connection.execute("UPDATE events SET actor = actor || hex(zeroblob(3000))")
"""


def killed_in(folder: Path, work: str) -> None:
    before = (folder / LEDGER_FILE).read_bytes()
    assert other_process(folder, KILLED.format(work=work)) == -signal.SIGKILL
    assert (folder / LEDGER_FILE).read_bytes() != before


@pytest.mark.parametrize("then", ["read", "prove", "write"])
def test_what_a_killed_writer_left_is_taken_back(tmp_path: Path, then: str) -> None:
    before = read(stored(tmp_path))
    killed_in(tmp_path, HALF_DONE)
    if then == "read":
        assert read(tmp_path) == before
    elif then == "prove":
        assert (prove(tmp_path).events, prove(tmp_path).faults) == (12, ())
    else:
        stored(tmp_path, some_events(15)[12:])
    assert [path.name for path in tmp_path.iterdir()] == [LEDGER_FILE]
    assert read(tmp_path)[:12] == before


READ_AS_NOBODY = """
import os, sys
from pathlib import Path
from gis.faults import InputError, codes
from layers.ledger import opened
from layers.ledger_proof import prove
codes()
if os.geteuid() == 0:  # for whom no folder is read-only
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
folder = Path(sys.argv[1])
assert not os.access(folder, os.W_OK)
try:
    with opened(folder) as ledger:
        assert len(list(ledger.events())) == ledger.head().events == 12
    assert not prove(folder).faults
except InputError as error:
    sys.exit(3 if error.faults[0].code == "LEDGER_UNFINISHED" else 4)
"""


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("half_done", [False, True])
def test_a_ledger_on_media_that_cannot_be_written_to_is_read(half_done: bool) -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = stored(Path(name))
        if half_done:
            killed_in(folder, HALF_DONE)
        for file in folder.iterdir():
            file.chmod(0o444)
        folder.chmod(0o555)
        try:
            assert other_process(folder, READ_AS_NOBODY) == (3 if half_done else 0)
        finally:
            folder.chmod(0o755)


def test_a_full_disk_is_an_error_of_the_disk(tmp_path: Path) -> None:
    stored(tmp_path, EVENTS[:2])
    with opened(tmp_path, write=True) as ledger:
        ledger.head()
        ledger._connection.execute("PRAGMA max_page_count = 7")  # as small as the file is
        with pytest.raises(OSError, match="full") as error:
            ledger.append(some_events(100, seed=8))
        assert error.value.errno == errno.ENOSPC
    assert bare(read(tmp_path)) == bare(EVENTS[:2])
    assert len(read(stored(tmp_path, EVENTS))) == 12


def test_a_page_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = stored(tmp_path, some_events(100)) / LEDGER_FILE
    content = bytearray(path.read_bytes())
    last = len(content) - 4096
    content[last : last + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        stored(tmp_path, [*read(tmp_path), *EVENTS])
    assert [fault.code for fault in error.value.faults] == ["LEDGER_DAMAGED"]
    assert "LEDGER_DAMAGED" in {fault.code for fault in prove(tmp_path).faults}
