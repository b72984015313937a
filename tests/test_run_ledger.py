"""A run and its ledger (layers.run_told): read before judging, recorded as the outputs take their places, once, or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest

import scripts.run_with_ledger
from gis.archive import Archive
from gis.faults import InputError
from layers.ledger import Ledger
from layers.ledger_proof import check_whole
from layers.run_records import runs_of
from scripts.console import Console
from scripts.run_project import run_project
from scripts.set_arguments import Asked
from scripts.set_status import set_status
from tests.ledger_runs import events, hashes, quiet, ran, said
from tests.projects import rows_of, small_project


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was run once."""
    folder = small_project(tmp_path_factory.mktemp("first") / "p")
    ran(folder)
    return folder


@pytest.fixture
def folder(first: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(first, tmp_path / "p")
    return tmp_path / "p"


def findings(folder: Path) -> dict[str, dict[str, str]]:
    return {row["finding_id"]: row for row in rows_of(folder / "output" / "findings.csv")}


def site(folder: Path, site_id: str) -> dict[str, str]:
    (row,) = [row for row in rows_of(folder / "output" / "sites.csv") if row["site_id"] == site_id]
    return row


def test_a_run_is_recorded_with_what_it_read_and_wrote(folder: Path) -> None:
    stated, run = events(folder)
    assert stated.kind == "stated" and stated.status == "behind" and stated.said["run_id"] == run.said["run_id"]
    (record,) = runs_of([run])
    assert record.outputs == hashes(folder / "output") and record.ledger_events == 0
    assert set(record.appeared) == set(findings(folder)) and record.gone == ()
    paths = {one["path"]: one["sha256"] for one in record.inputs}
    assert set(paths) == {"headwater.toml", "data/zones.gpkg", "data/sources.csv", "data/sites.csv"}
    archive = Archive(folder)
    assert all(archive.get(sha256) == (folder / path).read_bytes() for path, sha256 in paths.items())
    for name in ("findings.csv", "sites.csv", "coverage.csv", "run.json", "findings.gpkg", "sections.csv"):
        assert archive.get(record.outputs[name]) == (folder / "output" / name).read_bytes()
    assert {row["change"] for row in findings(folder).values()} == {"new"} and site(folder, "R1")["change"] == "new"


def test_the_same_run_again_gives_the_same_bytes_and_is_not_recorded_again(folder: Path) -> None:
    before, known = hashes(folder / "output"), events(folder)
    assert ran(folder) == before and events(folder) == known
    assert ran(folder, output=folder / "elsewhere") == before and events(folder) == known


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "no space left on the device")


def killed(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run_in_another_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """The signal that ends a run which is killed when it is to be recorded."""
    child = os.fork()
    if child:
        return os.WTERMSIG(os.waitpid(child, 0)[1])
    monkeypatch.setattr(Ledger, "append", killed)
    try:
        ran(folder)
    finally:
        os._exit(0)


@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
def test_what_a_person_says_counts_once_the_run_is_whole_and_recorded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full, then a process killed between the exchange and the record, then a run."""
    said(folder, "2017-11-20", status="completed")
    before, known = hashes(folder / "output"), events(folder)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append", no_space)
        with pytest.raises(OSError, match="no space"):
            ran(folder)
    assert hashes(folder / "output") == before and events(folder) == known
    assert run_in_another_process(folder, monkeypatch) == signal.SIGKILL
    left = hashes(folder / "output")
    assert left != before and events(folder) == known
    assert ran(folder) == left
    first, second = runs_of(events(folder))
    assert not list(folder.glob(".output*"))

    assert site(folder, "R1")["status"] == "completed" and site(folder, "R1")["overdue"] == "false"
    run = json.loads((folder / "output" / "run.json").read_text("utf-8"))
    assert run["ledger"]["events"] == 3 and run["before"]["run_id"] == first.run_id and run["run_id"] == second.run_id
    changes = rows_of(folder / "output" / "changes.csv")
    assert "status" in {row["change"] for row in changes if row["subject_id"] == "R1"}
    assert {row["change"] for row in changes} == {name for name, count in run["changes"].items() if count}
    known_rows = [row for row in findings(folder).values() if row["subject_layer"] == "pollution_sources"]
    assert {(row["change"], row["first_seen"]) for row in known_rows} == {("known", "2017-11-30")}
    sites = gpd.read_file(folder / "output" / "findings.gpkg", layer="sites").set_index("site_id")
    assert int(sites.loc["R1", "revision"]) == 2 and int(sites.loc["001", "revision"]) == 0
    assert "revision" not in site(folder, "R1")


def moved(folder: Path, row: int, text: str, to: str) -> None:
    lines = (folder / "data" / "sources.csv").read_text("utf-8-sig").splitlines()
    assert text in lines[row]
    lines[row] = lines[row].replace(text, to)
    (folder / "data" / "sources.csv").write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")


def test_what_was_solved_and_comes_back_is_a_relapse(folder: Path) -> None:
    """The outfall is moved out of the zones, which answers all rules about it, and back."""
    own = {one for one, row in findings(folder).items() if row["subject_id"] == "002"}
    place = (folder / "data" / "sources.csv").read_text("utf-8-sig").splitlines()[2].split(",")[3]
    moved(folder, 2, place, "105.0290000")
    ran(folder, "2017-12-01")
    assert own.isdisjoint(findings(folder)) and set(runs_of(events(folder))[-1].gone) == own
    assert {row["change"] for row in rows_of(folder / "output" / "changes.csv") if row["finding_id"] in own} == {
        "cleared"
    }
    moved(folder, 2, "105.0290000", place)
    ran(folder, "2017-12-02")
    back = findings(folder)
    assert {back[one]["change"] for one in own} == {"relapsed"}
    assert {back[one]["first_seen"] for one in own} == {"2017-11-30"}


def test_a_run_of_an_earlier_day_is_told_and_not_recorded(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = events(folder)
    console = Console(as_json=False, lang="en", quiet=False, debug=True)
    assert run_project(folder, console, as_of=date(2017, 11, 1)) == 0
    assert events(folder) == known and console.log["recorded"] == "no"
    assert "a run of a later day already" in capsys.readouterr().out


def test_an_input_that_is_changed_during_the_run_replaces_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hashes(folder / "output")
    moved(folder, 1, "青山村排口", "青山村排污口")
    inputs_of_run = scripts.run_with_ledger.inputs_of_run

    def then_changed(*args: object) -> object:
        found = inputs_of_run(*args)  # type: ignore[arg-type]
        moved(folder, 1, "青山村排污口", "青山村另一排口")
        return found

    monkeypatch.setattr(scripts.run_with_ledger, "inputs_of_run", then_changed)
    with pytest.raises(InputError) as raised:
        ran(folder)
    assert [fault.code for fault in raised.value.faults] == ["INPUT_CHANGED"]
    assert hashes(folder / "output") == before and len(runs_of(events(folder))) == 1


def test_without_the_archive_a_run_says_that_it_is_compared_with_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / "archive")
    console = Console(as_json=False, lang="en", quiet=False, debug=True)
    assert run_project(folder, console, as_of=date(2017, 12, 1)) == 0
    assert "what the run before left in archive/ cannot be used" in capsys.readouterr().err
    assert site(folder, "R1")["change"] == "" and rows_of(folder / "output" / "changes.csv") == []
    assert {row["change"] for row in findings(folder).values()} == {"known"}


def test_settings_say_whether_inputs_are_kept(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    text = (folder / "headwater.toml").read_text("utf-8")
    (folder / "headwater.toml").write_text(text + "\n[ledger]\narchive_inputs = false\n", encoding="utf-8")
    ran(folder)
    (record,) = runs_of(events(folder))
    archive = Archive(folder)
    assert not any(one["sha256"] in archive for one in record.inputs) and record.outputs["run.json"] in archive


def test_a_ledger_that_lost_its_end_is_not_gone_on_with(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    ran(folder)
    said(folder, "2017-11-20", status="completed")
    before, backup = ran(folder, "2017-12-01"), (folder / "ledger.sqlite").read_bytes()
    (folder / "ledger.sqlite").unlink()
    asked = Asked(by="王五", status="on_schedule")
    for goes_on in (lambda: ran(folder), lambda: set_status(folder, "R1", asked, quiet())):
        with pytest.raises(InputError) as refused:
            goes_on()
        assert [fault.code for fault in refused.value.faults] == ["LEDGER_CUT"]
    assert hashes(folder / "output") == before and not (folder / "ledger.sqlite").exists()
    said(folder, "2017-11-20", status="behind")  # another ledger, as long as the one that is lost
    said(folder, "2017-11-21", status="behind")
    said(folder, "2017-11-22", status="behind")
    with pytest.raises(InputError) as refused:
        ran(folder)
    assert [fault.code for fault in refused.value.faults] == ["LEDGER_REWRITTEN"]
    (folder / "ledger.sqlite").write_bytes(backup)
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as other, other:
        (made,) = other.execute("SELECT sql FROM sqlite_master WHERE name = 'events_stay'").fetchone()
        other.execute("DROP TRIGGER events_stay")
        other.execute("UPDATE events SET actor = '张三' WHERE kind = 'status'")
        other.execute(made)
    with pytest.raises(InputError) as refused:
        ran(folder)
    assert [fault.code for fault in refused.value.faults] == ["LEDGER_ROW_CHANGED"]
    check_whole(folder, most=1)  # of a large ledger only its heads are looked at: those are there
    assert hashes(folder / "output") == before
    (folder / "ledger.sqlite").write_bytes(backup)
    assert ran(folder, "2017-12-01") == before
