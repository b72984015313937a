"""Any byte of any event that is changed is found, and the event named; a cut-off end is found where its head is known."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ledger_bytes import changed_in_file, changed_in_table
from gis.faults import InputError
from layers.events import canonical, made_uuid
from layers.ledger import opened
from layers.ledger_chain import StoredText, column_changed, hash_of
from layers.ledger_proof import Known, Proof, heads_known, prove
from layers.ledger_schema import COLUMNS, LEDGER_FILE, NO_HASH
from tests.ledger_bytes import some_events

EVENTS = some_events(60)
ALL_ROWS = f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY rowid"  # noqa: S608 - our own names
ONE_ROW = ALL_ROWS.replace("ORDER BY", "WHERE")
INSERTED = f"INSERT INTO events (rowid, {', '.join((*COLUMNS, 'hash'))}) VALUES ({', '.join('?' * 16)})"  # noqa: S608
SOME = 250  # of 10,000 that benchmarks/ledger.py tries


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    with opened(folder, write=True) as ledger:
        ledger.append(EVENTS)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of the ledger for one test."""
    shutil.copy(whole / LEDGER_FILE, tmp_path)
    return tmp_path


def by_another_hand(folder: Path, *statements: str) -> None:
    """Changes the table as one who knows SQLite does: the guards are as they were afterwards."""
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection, connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in guards:
            connection.execute(sql)


def told(proof: Proof) -> list[tuple[str, int | None, str]]:
    return [(fault.code, fault.row, fault.column) for fault in proof.faults]


# --- The hash ----------------------------------------------------------------------------------


def test_no_two_rows_share_their_bytes() -> None:
    rows: list[list[object]] = [["ab", "c"], ["a", "bc"], ["abc", ""], ["", "abc"], [b"ab", "c"], ["ab", b"c"], [1, 2], [12, ""],
                                [1.0, 2], [1, 2.0], [None, None], ["", None], ["1", "2"], [b"", b""]]  # fmt: skip
    assert len({hash_of(row) for row in rows}) == len(rows)
    assert hash_of(["水"]) == hash_of([StoredText("水".encode())]) != hash_of(["水".encode()])


def test_every_column_is_in_the_hash(whole: Path) -> None:
    with closing(sqlite3.connect(whole / LEDGER_FILE)) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info (events)")]
    assert names == [*COLUMNS, "hash"]


# --- Single bytes --------------------------------------------------------------------------------


def test_a_whole_ledger_has_no_fault(whole: Path) -> None:
    proof = prove(whole)
    assert (proof.events, proof.faults) == (60, ())
    with opened(whole) as ledger:
        assert proof.head == ledger.head().hash


def test_any_byte_changed_in_the_table_is_found_and_named(folder: Path) -> None:
    for change in changed_in_table(folder, random.Random(3), SOME):
        proof = prove(folder, explain=0)
        assert change.seq in {fault.row for fault in proof.faults}, change


def test_any_byte_changed_in_the_file_is_found_and_named(folder: Path) -> None:
    for change in changed_in_file(folder, random.Random(4), SOME):
        proof = prove(folder, explain=0)
        assert change.seq in {fault.row for fault in proof.faults}, change


@pytest.mark.parametrize("column", [*COLUMNS, "hash"])
def test_the_column_is_named(folder: Path, column: str) -> None:
    full = [one.actor == "wang wu" and all((one.status, one.source_file, one.source_sha256)) for one in EVENTS]
    row = full.index(True) + 1
    other = {"seq": "seq + 100", "instant": "instant + 1", "previous": "randomblob(32)", "hash": "randomblob(32)"}
    value = other.get(column, f"'x' || substr({column}, 2)")
    by_another_hand(folder, f"UPDATE events SET {column} = {value} WHERE rowid = {row}")  # noqa: S608
    found = [one for one in told(prove(folder)) if one[0] == "LEDGER_ROW_CHANGED"]
    assert found == [("LEDGER_ROW_CHANGED", row, column)]


@pytest.mark.parametrize(
    ("statement", "column"),
    [
        (
            "UPDATE events SET body = body || body WHERE rowid = 8",
            "",
        ),  # more than one byte: which column, nobody can tell
        ("UPDATE events SET seq = 7, rowid = 100 WHERE rowid = 60", ""),
    ],
)
def test_what_cannot_be_told_is_not_guessed(folder: Path, statement: str, column: str) -> None:
    by_another_hand(folder, statement)
    assert {one[2] for one in told(prove(folder)) if one[0] == "LEDGER_ROW_CHANGED"} == {column}


def test_a_type_alone_is_a_change() -> None:
    values: list[object] = [StoredText(b"a")] * len(COLUMNS)
    for at, column in enumerate(COLUMNS):
        stored = hash_of([*values[:at], b"a", *values[at + 1 :]])
        assert column_changed(values, stored, seq=1, previous=NO_HASH) == column


def test_no_byte_of_the_file_brings_the_proof_down(folder: Path) -> None:
    """Headers, indexes, free space: what is no event may be found or not, but is never more than a fault."""
    path, lot = folder / LEDGER_FILE, random.Random(5)
    content, refused = path.read_bytes(), set[str]()
    for _ in range(SOME // 2):
        changed = bytearray(content)
        changed[lot.choice((lot.randrange(120), lot.randrange(4096), lot.randrange(len(content))))] ^= lot.randint(
            1, 255
        )
        path.write_bytes(changed)
        try:
            faults = prove(folder, explain=0).faults
        except InputError as error:
            faults = error.faults
            refused.update(fault.code for fault in faults)
        assert all(fault.line(language) for fault in faults for language in ("zh", "en"))
    assert refused <= {"LEDGER_FOREIGN", "LEDGER_NEWER"}


# --- Rows ----------------------------------------------------------------------------------------


def rehashed(folder: Path, first: int, change: dict[str, object]) -> None:
    """Changes event `first` and computes the whole chain anew from there, as somebody does who knows how."""
    rows, previous = [], None
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection:
        for row in connection.execute(ALL_ROWS):
            values = dict(zip(COLUMNS, row, strict=True))
            if values["seq"] == first:
                values |= change
            if values["seq"] > first:
                values["previous"] = previous
            previous = hash_of([*values.values()])
            rows.append((values, previous))
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection, connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM events")
        for values, own in rows:
            connection.execute(INSERTED, (values["seq"], *values.values(), own))
        for _, sql in guards:
            connection.execute(sql)


def test_an_event_taken_out_of_the_middle_is_missed(folder: Path) -> None:
    by_another_hand(folder, "DELETE FROM events WHERE rowid BETWEEN 20 AND 22")
    assert told(prove(folder)) == [("LEDGER_ROW_MISSING", 20, ""), ("LEDGER_CHAIN_BROKEN", 23, "")]


def test_two_events_exchanged_are_found(folder: Path) -> None:
    by_another_hand(
        folder, "UPDATE events SET rowid = 1000 WHERE rowid = 5", "UPDATE events SET rowid = 5 WHERE rowid = 6",
        "UPDATE events SET rowid = 6 WHERE rowid = 1000",
    )  # fmt: skip
    assert {5, 6} <= {fault.row for fault in prove(folder).faults}


def test_an_event_changed_together_with_its_hash_breaks_the_chain(folder: Path) -> None:
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection:
        row = list(connection.execute(f"{ONE_ROW} = 9").fetchone())
    row[COLUMNS.index("actor")] = "nobody"
    by_another_hand(folder, f"UPDATE events SET actor = 'nobody', hash = x'{hash_of(row).hex()}' WHERE rowid = 9")  # noqa: S608
    assert told(prove(folder)) == [("LEDGER_CHAIN_BROKEN", 10, "")]


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "forgotten"), ("status", "fine"), ("instant", 0.0), ("at", "soon"), ("body", "{"), ("body", "[]")],
)
def test_what_no_headwater_would_store_is_found_in_a_whole_chain(folder: Path, column: str, value: object) -> None:
    rehashed(folder, 30, {column: value})
    assert told(prove(folder)) == [("LEDGER_ROW_CHANGED", 30, column)]


def test_a_chain_that_was_computed_anew_is_found_by_a_head_that_was_noted(folder: Path) -> None:
    with opened(folder) as ledger:
        noted = Known("notebook", *ledger.head())
    rehashed(folder, 30, {"actor": "nobody"})
    assert prove(folder).faults == ()  # the chain alone does not tell: docs/ledger.md says so
    assert told(prove(folder, known=[noted])) == [("LEDGER_REWRITTEN", 60, "hash")]


# --- The end ---------------------------------------------------------------------------------------


def noted(folder: Path, name: str, content: object) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("name", ["output/run.json", "receipts/第一组-0f0f.json"])
@pytest.mark.parametrize("key", ["head", "hash"])
def test_a_cut_off_end_is_found_where_its_head_is_known(folder: Path, name: str, key: str) -> None:
    head = prove(folder).head
    noted(folder, name, {"ledger": {"events": 60, key: head}})
    assert prove(folder).faults == ()
    assert [one.file for one in prove(folder).known] == [name]
    by_another_hand(folder, "DELETE FROM events WHERE rowid > 57")
    (fault,) = prove(folder).faults
    assert (fault.code, fault.row) == ("LEDGER_CUT", 58)
    assert name in fault.reason("en") and "60" in fault.reason("zh")


def test_a_ledger_that_is_gone_is_a_cut(tmp_path: Path) -> None:
    noted(tmp_path, "output/run.json", {"ledger": {"events": 3, "head": "ab" * 32}})
    assert told(prove(tmp_path)) == [("LEDGER_CUT", 1, "")]
    noted(tmp_path, "output/run.json", {"ledger": {"events": 0, "head": ""}})
    assert told(prove(tmp_path)) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"ledger": null}', '{"ledger": {"events": "x", "head": 1}}', "{}"])
def test_files_that_name_no_head_are_passed_over(folder: Path, content: str) -> None:
    (folder / "output").mkdir()
    (folder / "output" / "run.json").write_text(content, encoding="utf-8")
    assert heads_known(folder) == [] and prove(folder).faults == ()


@pytest.mark.parametrize(("events", "right"), [(60, True), (12, True), (60, False), (0, True)])
def test_the_ledger_is_held_to_what_its_runs_read(folder: Path, events: int, right: bool) -> None:
    with opened(folder) as ledger:
        heads = ["", *(event.hash for event in ledger.events())]
    body: dict[str, Any] = {"ledger_events": events, "ledger_hash": heads[events] if right else "0" * 64}
    run = EVENTS[0]._replace(uuid=made_uuid("run"), kind="run", layer="", site_id="", status=None, body=canonical(body))
    with opened(folder, write=True) as ledger:
        ledger.append([run])
    assert told(prove(folder)) == ([] if right else [("LEDGER_REWRITTEN", 60, "hash")])


# --- The guards --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("DROP TRIGGER events_stay", "trigger events_stay"),
        ("DROP INDEX events_by_site", "index events_by_site"),
        ("CREATE TRIGGER quiet AFTER INSERT ON events BEGIN SELECT 1; END", "trigger quiet"),
        ("CREATE VIEW v AS SELECT 1", "view v"),
        ("CREATE TABLE notes (a)", "table notes"),
    ],
)
def test_guards_that_are_gone_or_added_are_found(folder: Path, statement: str, name: str) -> None:
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection, connection:
        connection.execute(statement)
    assert [(fault.code, fault.value) for fault in prove(folder).faults] == [("LEDGER_GUARDS", name)]


def test_a_table_that_was_taken_away_is_found(folder: Path) -> None:
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection, connection:
        connection.execute("DROP TABLE events")
    assert "table events" in {fault.value for fault in prove(folder).faults}


def test_a_damaged_index_is_found(folder: Path) -> None:
    """The rows are whole; what finds them is not."""
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        sql = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'events_by_site'").fetchone()[0]
        connection.execute(
            "UPDATE sqlite_schema SET sql = 'CREATE INDEX events_by_site ON events (actor, at)' WHERE sql = ?", (sql,)
        )
    codes = {fault.code for fault in prove(folder).faults}
    assert {"LEDGER_GUARDS", "LEDGER_DAMAGED"} <= codes
