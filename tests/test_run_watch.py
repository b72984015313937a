"""`headwater run --watch`: complete files are merged once each, and everything is regenerated once for them."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from gis.faults import Fault, InputError
from gis.write import Locked
from scripts.console import Console, WrongUse
from scripts.run_command import run_command
from scripts.watch_surveys import Watch, check_incoming, watch
from tests.ledger_runs import events, quiet
from tests.projects import rows_of, small_project

TABLE = "编号,整改状态,完成日期,填报人\nR1,已完成整改,2017-11-20,王五\n"


class Office:
    """Stands in for merging and running: what was merged, and how often everything was regenerated."""

    def __init__(self, folder: Path) -> None:
        self.project, self.incoming = folder / "p", folder / "in"
        self.incoming.mkdir()
        self.merged: list[str] = []
        self.runs = 0
        self.codes: list[int] = []

    def merge(self, path: Path, _: Console) -> int:
        text = path.read_text("utf-8")
        if "locked" in text and "locked" not in self.merged:
            self.merged.append("locked")
            raise Locked("ledger.sqlite")
        if "bad" in text:
            raise InputError([Fault("FILE_TRUNCATED", file=path.name, facts={"expected": "2", "found": "1"})])
        self.merged.append(path.name)
        return 0

    def run(self) -> int:
        self.runs += 1
        return self.codes.pop(0) if self.codes else 0

    def watch(self) -> Watch:
        return Watch(self.project, self.incoming, self.merge, self.run, quiet())


def test_complete_files_are_merged_once_and_everything_is_regenerated_once(tmp_path: Path) -> None:
    office = Office(tmp_path)
    watched = office.watch()
    for name in ("a.csv", "b.csv", ".c.csv", "~$d.xlsx", "e.csv.part", "f.csv.crdownload"):
        (office.incoming / name).write_text(name, encoding="utf-8")
    assert watched.look() == 0  # each must look the same twice
    (office.incoming / "b.csv").write_text("still growing", encoding="utf-8")
    assert watched.look() == 1 and office.merged == ["a.csv"] and office.runs == 1
    assert watched.look() == 1 and office.merged == ["a.csv", "b.csv"] and office.runs == 2
    (office.incoming / "again.csv").write_text("a.csv", encoding="utf-8")
    assert watched.look() == watched.look() == 0 and office.runs == 2
    restarted = office.watch()
    assert restarted.look() == restarted.look() == 0 and office.merged == ["a.csv", "b.csv"]
    assert len(list(office.incoming.iterdir())) == 7


def test_a_bad_file_stays_is_told_once_and_keeps_no_other_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office(tmp_path)
    watched = office.watch()
    (office.incoming / "a.csv").write_text("bad", encoding="utf-8")
    (office.incoming / "b.csv").write_text("good", encoding="utf-8")
    for _ in range(4):
        watched.look()
    assert office.merged == ["b.csv"] and office.runs == 1
    assert capsys.readouterr().err.count("stays where it is") == 1
    assert (office.incoming / "a.csv").read_text("utf-8") == "bad"
    (office.incoming / "a.csv").write_text("put right", encoding="utf-8")
    assert watched.look() + watched.look() == 1 and office.merged == ["b.csv", "a.csv"]


def test_while_others_hold_the_ledger_or_the_project_it_is_tried_again(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.codes = [75]
    watched = office.watch()
    (office.incoming / "a.csv").write_text("locked", encoding="utf-8")
    assert [watched.look() for _ in range(4)] == [0, 0, 1, 0]
    assert office.merged == ["locked", "a.csv"] and office.runs == 2


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_brings_its_work_to_an_end(tmp_path: Path, number: signal.Signals) -> None:
    office = Office(tmp_path)
    watched = office.watch()
    (office.incoming / "a.csv").write_text("good", encoding="utf-8")
    merge = office.merge

    def asked_meanwhile(path: Path, console: Console) -> int:
        os.kill(os.getpid(), number)
        return merge(path, console)

    watched._merge = asked_meanwhile
    handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    assert watch(watched, office.incoming, quiet(), interval=0.01) == 0
    assert office.merged == ["a.csv"] and office.runs == 1
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == handlers


def test_a_folder_that_runs_write_into_is_not_watched(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    for wrong in (tmp_path / "absent", tmp_path / "output"):
        with pytest.raises(WrongUse):
            check_incoming(wrong, tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")
def test_a_table_that_arrives_is_in_the_next_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, incoming = small_project(tmp_path / "p"), tmp_path / "in"
    incoming.mkdir()
    text = (folder / "headwater.toml").read_text("utf-8")
    (folder / "headwater.toml").write_text(text.replace("as_of = 2017-11-30\n", ""), encoding="utf-8")  # today
    (incoming / "2017-11.csv").write_text(TABLE, encoding="utf-8")
    look = Watch.look

    def then_ends(self: Watch) -> int:
        taken = look(self)
        if taken:
            os.kill(os.getpid(), signal.SIGTERM)
        return taken

    monkeypatch.setattr(Watch, "look", then_ends)
    monkeypatch.setitem(watch.__kwdefaults__ or {}, "interval", 0.01)
    options: dict[str, Any] = {}
    assert run_command(folder, quiet(), options, incoming=incoming) == 0
    assert [event.kind for event in events(folder) if event.kind != "run"][:1] == ["stated"]
    assert len((folder / "runs.log").read_text("utf-8").splitlines()) == 2
    (row,) = [row for row in rows_of(folder / "output" / "sites.csv") if row["site_id"] == "R1"]
    assert row["status"] == "completed"
