"""scripts.output_folder: `run --output` takes nothing away that is read, kept, or the user's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from layers.project import read_project
from scripts.console import WrongUse
from scripts.output_folder import check_output
from scripts.run_project import run_project
from tests.ledger_runs import quiet
from tests.projects import small_project


def test_folders_of_the_project_are_refused(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    before = (folder / "data" / "sites.csv").read_bytes()
    with pytest.raises(WrongUse, match="reads or keeps"):
        run_project(folder, quiet(), output=folder / "data")
    assert (folder / "data" / "sites.csv").read_bytes() == before
    project = read_project(folder, today=date(2017, 11, 30))
    (tmp_path / "link").symlink_to(folder / "data", target_is_directory=True)
    for place in (folder, folder / "archive" / "ab", folder / "receipts", tmp_path / "link"):
        with pytest.raises(WrongUse, match="reads or keeps"):
            check_output(project, place)
    check_output(project, folder / "output")
    check_output(project, folder / "elsewhere")


@pytest.mark.parametrize("name", ["sites.csv", "run.json"])
def test_files_that_no_run_wrote_are_not_overwritten(tmp_path: Path, name: str) -> None:
    project = read_project(small_project(tmp_path / "p"), today=date(2017, 11, 30))
    place = tmp_path / "mine"
    place.mkdir()
    (place / "notes.txt").write_text("mine", encoding="utf-8")
    check_output(project, place)
    (place / name).write_text("{}", encoding="utf-8")
    with pytest.raises(WrongUse, match=name):
        check_output(project, place)
    (place / "run.json").write_text('{"as_of": "2017-11-30", "inputs": [], "rule_books": []}', encoding="utf-8")
    check_output(project, place)
