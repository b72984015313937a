"""`headwater verify`: recorded runs come out again from the archive, byte by byte, and what does not is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from gis.archive import Archive
from layers.events import Event, canonical, new_uuid
from layers.ledger import opened
from layers.run_records import runs_of
from scripts.console import Console, WrongUse
from scripts.verify_project import verify_project
from tests.ledger_runs import PROBLEM, events, ran, said
from tests.projects import small_project


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two recorded runs, whose files have changed since."""
    folder = small_project(tmp_path_factory.mktemp("verify") / "p")
    ran(folder)
    said(folder, "2017-11-20", status="completed")
    ran(folder, "2017-12-01")
    said(folder, "2017-12-02", status="accepted", kind="acceptance")
    (folder / "data" / "sources.csv").write_text("changed since", encoding="utf-8")
    return folder


def verified(folder: Path, capsys: pytest.CaptureFixture[str], **asked: Any) -> tuple[int, dict[str, Any]]:
    code = verify_project(folder, Console(as_json=True, lang="en", quiet=False, debug=True), **asked)
    return code, json.loads(capsys.readouterr().out)


def test_every_recorded_run_comes_out_again_whatever_was_changed_since(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = verified(folder, capsys, every=True)
    assert code == 0 and told["ok"] and told["chain"]["ok"] and told["output"]["ok"]
    assert [(run["as_of"], run["proven"]) for run in told["runs"]] == [("2017-11-30", True), ("2017-12-01", True)]


def test_what_cannot_be_proven_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(folder, tmp_path / "p")
    first, _ = runs_of(events(folder))
    (sha256,) = [one["sha256"] for one in first.inputs if one["path"] == "data/sources.csv"]
    kept = Archive(tmp_path / "p").folder / sha256[:2] / sha256
    kept.chmod(0o644)
    kept.write_bytes(kept.read_bytes().replace(b"001", b"101", 1))
    (tmp_path / "p" / "output" / "sites.csv").write_text("by hand", encoding="utf-8")
    code, told = verified(tmp_path / "p", capsys, run_id=first.run_id)
    assert code == 1 and not told["ok"] and told["chain"]["ok"]
    assert told["runs"][0]["lacking"] == [{"path": "data/sources.csv", "why": "DAMAGED"}]
    assert told["output"]["differs"] == ["sites.csv"]
    kept.unlink()
    assert verified(tmp_path / "p", capsys, run_id=first.run_id)[1]["runs"][0]["lacking"][0]["why"] == "NOT_KEPT"
    console = Console(as_json=False, lang="en", quiet=True, debug=True)
    assert verify_project(tmp_path / "p", console, run_id=first.run_id) == 1
    errors = capsys.readouterr().err
    assert "cannot be proven, lacking the input data/sources.csv (it was not kept in the archive)" in errors
    assert "sites.csv" in errors


def test_another_program_is_told_as_such(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("scripts.verify_project", "scripts.run_with_ledger"):
        monkeypatch.setattr(f"{module}.headwater_version", lambda: "9.9")
    code, told = verified(folder, capsys)
    (run,) = told["runs"]
    assert code == 1 and not run["proven"] and run["other"] == ["version"] and "run.json" in run["differs"]
    assert told["output"]["ok"]


def test_a_run_that_was_never_recorded_is_wrong_use(folder: Path, tmp_path: Path) -> None:
    console = Console(as_json=False, lang="en", quiet=True, debug=True)
    with pytest.raises(WrongUse, match="no such run: R-000000000000"):
        verify_project(folder, console, run_id="R-000000000000")
    with pytest.raises(WrongUse, match="no run"):
        verify_project(small_project(tmp_path / "p"), console)


def test_whatever_an_event_names_is_looked_for_in_the_archive(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """layers.archive_proof: also what no run reads, such as a photo or the survey itself."""
    copy = tmp_path / "p"
    shutil.copytree(folder, copy)
    archive = Archive(copy)
    photo, survey = archive.put(b"photo"), archive.put(b"survey")
    seen = {"photos": [{"name": "a.jpg", "sha256": photo}]}
    visit = Event(new_uuid(), "visit", *PROBLEM, "王五", "2017-12-03", canonical(seen), source_sha256=survey)
    with opened(copy, write=True) as ledger:
        ledger.append([visit])
    assert verified(copy, capsys)[1]["archive"] == {"ok": True, "faults": []}
    for lost in (photo, survey):
        (archive.folder / lost[:2] / lost).write_bytes(b"other")
        code, told = verified(copy, capsys)
        assert code == 1 and not told["ok"] and told["chain"]["ok"]
        assert ("ARCHIVE_DAMAGED", f"archive/{lost[:2]}/{lost}") in faults(told)
        (archive.folder / lost[:2] / lost).unlink()
        assert ("ARCHIVE_LACKS", f"archive/{lost[:2]}/{lost}") in faults(verified(copy, capsys)[1])


def faults(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["code"], one["file"]) for one in told["archive"]["faults"]]
