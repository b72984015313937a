"""`headwater survey merge`: the command, its exit codes and words, what stands on the disk after each step, two at once."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from gis.archive import Archive
from layers.ledger import opened
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import State, derive
from scripts import merge_surveys as command
from scripts.console import Console
from scripts.headwater import app
from scripts.run_project import run_project
from tests.field_work import camera_photo, photo, small_png, survey, visit
from tests.projects import small_project
from tests.test_gis_photo_facts import GPS, TAKEN, shot

HERE = {"lon": 105.00502, "lat": 26.60451, "accuracy_m": 5.0, "source": "own"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small_project(tmp_path / "project")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with one run."""
    folder = small_project(tmp_path_factory.mktemp("ran") / "project")
    assert run_project(folder, Console(as_json=False, lang=None, quiet=True, debug=True)) == 0
    return folder


def merged(*arguments: object, code: int = 0) -> str:
    """What the command prints, run in this process."""
    done = CliRunner().invoke(app, ["survey", "merge", *map(str, arguments)])
    assert done.exit_code == code, done.output
    assert "\x1b" not in done.output and "Traceback" not in done.output
    return done.output


def told(*arguments: object) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(merged(*arguments, "--json"))
    return content


def written(folder: Path, name: str, *records: dict[str, Any]) -> Path:
    (folder / name).write_text(survey(*records), encoding="utf-8")
    return folder / name


def here(number: int, **changes: Any) -> dict[str, Any]:
    return visit(number, "R1", position=HERE, visited_at="2017-11-20T09:30:00+08:00", **changes)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def state_of(folder: Path) -> State:
    with opened(folder) as ledger:
        return derive(ledger.events(), as_of=None, settings=LedgerSettings())


def test_files_are_merged_and_told(project: Path, tmp_path: Path) -> None:
    picture = shot(tmp_path / "p.jpg", gps=GPS, times=TAKEN).read_bytes()
    bare = camera_photo(tmp_path / "q.jpg", 8, 6).read_bytes()
    path = written(
        tmp_path,
        "王五.json",
        here(1, photos=[photo(picture, "a.jpg"), photo(bare, "b.jpg")]),
        visit(2, "\x1b[2Jgone", position=None),
    )
    dry = merged(project, path, "--dry-run", "--lang", "en")
    assert (
        "2 events would be taken" in dry
        and not (project / "ledger.sqlite").exists()
        and not (project / "archive").exists()
    )
    said = merged(project, path, "--lang", "en")
    assert (
        said.splitlines()[0] == "王五.json: taken 2" and "no such site in the data (renamed?); kept: ·[2Jgone" in said
    )
    assert (
        "a photo taken far from the site: R1 (17," in said
        and "a photo that does not say where it was taken: R1" in said
    )
    assert "2 events added to the ledger" in said
    content = told(project, path)
    (receipt,) = content["files"]
    assert [(name, json.loads((project / name).read_text(encoding="utf-8"))) for name in content["receipts"]] == [
        (content["receipts"][0], receipt)
    ]
    assert content["new_events"] == 0 and content["ledger"] == {"events": 2, "head": receipt["ledger"]["hash"]}
    first = receipt["records"][0]["photos"][0]
    assert first["taken_at"] == "2017-08-14T11:31:05+08:00" and first["hours_after_visit"] == pytest.approx(
        -2349.98, abs=0.01
    )
    archive = Archive(project)
    assert archive.get(receipt["file"]["sha256"]) == path.read_bytes() and archive.get(first["sha256"]) == picture
    copy = tmp_path / "copy.json"
    copy.write_bytes(path.read_bytes())
    again = merged(project, path, copy, "--lang", "zh")
    assert "王五.json：已在台账 2" in again and f"{copy}：内容相同" in again


def test_with_one_fault_nothing_is_written(project: Path, tmp_path: Path) -> None:
    good, bad = (
        written(tmp_path, "good.json", here(1)),
        written(tmp_path, "bad.json", here(2, note=5), here(3) | {"site_id": ""}),
    )
    before = files_in(project)
    said = merged(project, good, bad, "--lang", "en", code=3)
    assert (
        "bad.json" in said
        and "SURVEY_FIELD note" in said
        and "SURVEY_FIELD site_id" in said
        and "good.json" not in said
    )
    assert files_in(project) == before
    faults = json.loads(merged(project, good, bad, tmp_path / "none.json", "--json", code=3))["error"]["faults"]
    assert [(one["code"], one["row"], one["column"]) for one in faults] == [
        ("SURVEY_FIELD", 1, "note"),
        ("SURVEY_FIELD", 2, "site_id"),
        ("FILE_MISSING", None, ""),
    ]
    merged(project, code=2)
    merged(project, good, "--mapping", tmp_path / "none.toml", code=2)
    merged(tmp_path / "nowhere", good, code=2)
    merged(project, good, "--on", "yesterday", code=2)
    assert files_in(project) == before


@pytest.mark.parametrize("fails", ["archived", "opened_ledger", "_photo_facts", "write_receipt"])
def test_what_was_cut_off_is_completed_by_merging_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    path = written(tmp_path, "a.json", here(1, photos=[photo(small_png(1))]))
    whole = small_project(tmp_path / "whole")
    merged(whole, path)
    with monkeypatch.context() as patch:

        def killed(*_: object, write: bool = True, **__: object) -> Any:
            if fails == "opened_ledger" and not write:
                return opened(project)
            raise OSError(28, "No space left on device")

        patch.setattr(
            command, fails, killed if fails != "opened_ledger" else lambda folder, write=False: killed(write=write)
        )
        merged(project, path, code=3)
    # Old or new: the event is there with all its bytes in the archive, or it is not there.
    with opened(project) as ledger:
        there = ledger.head().events
    assert there == (1 if fails in ("_photo_facts", "write_receipt") else 0)
    if there:
        assert photo(small_png(1))["sha256"] in Archive(project)
    merged(project, path)
    kept = [name for name in files_in(project) if name.startswith(("archive", "receipts"))]
    assert kept == [name for name in files_in(whole) if name.startswith(("archive", "receipts"))] and len(kept) == 3
    assert state_of(project).sites == state_of(whole).sites


def test_two_merges_at_once_take_turns(project: Path, tmp_path: Path) -> None:
    paths = [
        written(
            tmp_path,
            f"{number}.json",
            *(here(10 * number + one, inspector="甲") for one in range(5)),
            here(999, inspector="甲"),
        )
        for number in range(3)
    ]

    def one(path: Path) -> int:
        return command.merge_surveys(project, [path], Console(as_json=False, lang="en", quiet=True, debug=True))

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(one, paths)) == [0] * 3
    with opened(project) as ledger:
        uuids = [event.uuid for event in ledger.events()]
    assert len(uuids) == len(set(uuids)) == 16
    assert len(list((project / "receipts").iterdir())) == 3


def test_inspectors_in_conflict_are_told_with_the_command_that_decides(project: Path, tmp_path: Path) -> None:
    said = merged(
        project,
        written(tmp_path, "a.json", here(1, inspector="甲")),
        written(tmp_path, "b.json", here(2, inspector="乙")),
        "--lang",
        "en",
    )
    assert (
        f"headwater ledger set {project} R1 --resolve {here(1)['uuid']} --resolve {here(2)['uuid']} --keep UUID --by WHO"
        in said
    )
    assert state_of(project).of("remediation_sites", "R1").status is None


def test_forms_and_their_photos_are_merged(project: Path, tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.png").write_bytes(small_png(4))
    header = "KEY,SubmissionDate,编号,end,inspector,status,photo,location-Latitude,location-Longitude\n"
    row = "uuid:0b0e5f5c-7f3a-4f7e-9d53-6a1f5f0f2c11,,R1,2017-08-14T11:31:05+08:00,王五,达到序时进度,a.png,26.60451,105.00502\n"
    (tmp_path / "forms.csv").write_text(header + row, encoding="utf-8")
    for mapping in ([], ["--mapping", "odk"]):
        (receipt,) = told(project, tmp_path / "forms.csv", *mapping)["files"]
        assert receipt["file"]["kind"] == "forms" and receipt["counts"] == {"taken": 1}
        assert receipt["records"][0]["metres_to_site"] < 5 and receipt["records"][0]["layer"] == "remediation_sites"
    assert Archive(project).get(photo(small_png(4))["sha256"]) == small_png(4)
    assert state_of(project).of("remediation_sites", "R1").last_visit == "2017-08-14T11:31:05+08:00"


# --- The workbook of a run --------------------------------------------------------------------------


def saved_anew(source: Path, target: Path, edits: dict[str, Any]) -> Path:
    """The workbook as a spreadsheet saves it after its first problem was edited (heading -> value)."""
    book = CalamineWorkbook.from_path(str(source))
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False}) as copy:
        day = copy.add_format({"num_format": "yyyy-mm-dd"})
        for name in book.sheet_names:
            sheet = copy.add_worksheet(name)
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            heading = next((at for at, row in enumerate(rows) if "编号" in row), 0)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    title = rows[heading][column]
                    value = edits.get(str(title), cell) if name == "问题清单" and at == heading + 1 else cell
                    if isinstance(value, date):
                        sheet.write_datetime(at, column, value, day)  # type: ignore[arg-type]
                    elif value != "":
                        sheet.write(at, column, value)
    return target


def test_a_workbook_of_a_run_is_edited_and_merged_back(ran: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ran, project)
    exported = project / "output" / "ledger.xlsx"
    unedited = told(project, exported)
    assert unedited["new_events"] == 0 and unedited["files"][0]["records"] == []
    assert told(project, saved_anew(exported, tmp_path / "same.xlsx", {}))["new_events"] == 0
    edits = {
        "整改状态": "已完成整改",
        "完成时间": date(2017, 11, 28),
        "进展情况": "已拆除",
        "延期至": date(2017, 12, 31),
        "延期理由": "汛期",
    }
    edited = saved_anew(exported, tmp_path / "edited.xlsx", edits)
    bad = saved_anew(exported, tmp_path / "bad.xlsx", {"整改状态": "已销号"})
    assert merged(project, bad, "--by", "赵六", code=3).count("TABLE_STEP") == 1
    assert "TABLE_WHO 填报人" in merged(project, edited, "--lang", "zh", code=3)
    content = told(project, edited, "--by", "李四", "--on", "2017-11-29")
    assert [(one["column"], one["became"]) for one in content["files"][0]["records"]] == [
        ("extended_to", "taken"), ("extension_reason", "taken"), ("status", "taken"), ("progress_note", "taken"), ("completed_on", "taken"),
    ]  # fmt: skip
    site = state_of(project).of("remediation_sites", "R1")
    assert (site.status, site.status_by, site.completed_on, site.deadline) == (
        "completed",
        "李四",
        "2017-11-28",
        "2017-12-31",
    )
    assert told(project, edited, "--by", "李四")["new_events"] == 0
    late = saved_anew(exported, tmp_path / "late.xlsx", {"整改状态": "达到序时进度"})
    said = merged(project, late, "--by", "赵六", "--lang", "en")
    assert "status: changed since, left out (exported behind, in the table on_schedule, ledger completed)" in said
    assert "changed since the export: R1" in said and "0 events added" in said
