"""The example's three surveys, replayed by `headwater demo`: a site from found to closed to relapsed, with its proofs."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from typer.main import get_command

from gis.archive import Archive
from layers.events import Event
from layers.ledger import opened
from layers.ledger_proof import prove
from layers.ledger_state import State, derive
from layers.project import read_project
from scripts.console import DONE, Console
from scripts.headwater import app
from scripts.make_demo import make_demo
from scripts.replay_surveys import Refused, Survey, replay, surveys_of
from scripts.run_project import run_project
from scripts.show_changes import show_changes
from tests.projects import rows_of

SURVEYS = ("2017-03", "2017-08", "2017-11")
SITE = ("remediation_sites", "Z-03")
STORY = [
    ("visit", "市环境保护局巡查员甲", "2017-03-22T10:15:00+08:00", "not_started"),
    ("stated", "table", "2017-03-31T00:00:00+08:00", "not_started"),
    ("status", "钟山区环境保护局", "2017-04-18", "on_schedule"),
    ("status", "街道办事处主任", "2017-08-04", "completed"),
    ("visit", "市环境保护局巡查员甲", "2017-08-09T09:30:00+08:00", "completed"),
    ("acceptance", "验收组组长", "2017-08-14", "accepted"),
    ("sign_off", "六盘水市环境保护局分管副局长", "2017-08-28", "closed"),
    ("stated", "table", "2017-08-31T00:00:00+08:00", "closed"),
    ("visit", "市环境保护局巡查员甲", "2017-11-21T10:20:00+08:00", "reopened"),
    ("stated", "table", "2017-11-30T00:00:00+08:00", "reopened"),
]
# Their bytes hold the head of the ledger, which has the clock of its recording in it.
OF_ONE_LEDGER = {"run.json", "inspection.html", "ledger.xlsx"}
EXPORT = "Headwater export"  # the sheet of the workbook that has it


def quiet() -> Console:
    return Console(as_json=False, lang="zh", quiet=True, debug=False)


def output_of(demo: Path, survey: str) -> Path:
    return demo / "output" if survey == SURVEYS[-1] else demo / "surveys" / survey / "output"


def events_of(project: Path) -> list[Event]:
    with opened(project) as ledger:
        return list(ledger.events())


@pytest.fixture(scope="module")
def events(demo: Path) -> list[Event]:
    return events_of(demo)


@pytest.fixture(scope="module")
def state(demo: Path, events: list[Event]) -> State:
    project = read_project(demo, today=date(2017, 11, 30))
    return derive(events, as_of=project.as_of, settings=project.ledger)


def test_a_site_goes_from_found_to_closed_to_relapsed(demo: Path, events: list[Event]) -> None:
    own = sorted((one for one in events if (one.layer, one.site_id) == SITE), key=lambda one: one.instant)
    assert [(one.kind, one.actor, one.at, one.status) for one in own] == STORY
    statuses = []
    for survey in SURVEYS:
        (row,) = [row for row in rows_of(output_of(demo, survey) / "sites.csv") if row["site_id"] == "Z-03"]
        statuses.append((row["status"], row["overdue"]))
    assert statuses == [("not_started", "false"), ("closed", "false"), ("reopened", "true")]


def test_two_recorded_runs_compared_say_what_the_later_one_said_itself(demo: Path, tmp_path: Path) -> None:
    rows = tmp_path / "changes.csv"
    assert show_changes(demo, ["last-1", "last"], quiet(), output=rows) == DONE
    assert rows.read_bytes() == (demo / "output" / "changes.csv").read_bytes()
    assert {"LEDGER", "ATTRIBUTE"} <= {row["cause"] for row in rows_of(rows)}


def test_each_step_has_its_proof_in_the_archive(demo: Path, events: list[Event]) -> None:
    archive = Archive(demo)
    own = [one for one in events if (one.layer, one.site_id) == SITE]
    photos = [photo for one in own if one.kind == "visit" for photo in one.said["photos"]]
    assert [photo["name"] for photo in photos] == ["Z-03发现时.jpg", "Z-03拆除后.jpg", "Z-03回头看.jpg"]
    (accepted,) = [one.said for one in own if one.kind == "acceptance"]
    assert accepted["accepting_unit"] == "六盘水市环境保护局"
    filed = {name: [*accepted[name]] for name in ("before", "after")}
    for photo in [*photos, *filed["before"], *filed["after"]]:
        assert hashlib.sha256(archive.get(photo["sha256"])).hexdigest() == photo["sha256"]
    assert archive.get(filed["after"][0]["sha256"]) == (demo / "surveys" / "2017-08" / "Z-03整改后.jpg").read_bytes()
    (closed,) = [one.said for one in own if one.kind == "sign_off"]
    assert closed["notice"] == {"from": "2017-08-16", "to": "2017-08-22"}
    handed_in = sorted(demo.glob("surveys/*/*.json"))
    assert len(handed_in) == len(list((demo / "receipts").glob("*.json"))) == 5
    assert all(archive.get(hashlib.sha256(path.read_bytes()).hexdigest()) == path.read_bytes() for path in handed_in)


def test_its_findings_are_cleared_and_come_back(demo: Path) -> None:
    found = {}
    for survey in SURVEYS:
        rows = rows_of(output_of(demo, survey) / "findings.csv")
        found[survey] = {row["finding_id"]: row for row in rows if row["subject_id"] == "S-035"}
    first, closed, last = (found[survey] for survey in SURVEYS)
    back = [row for key, row in last.items() if key in first]
    assert len(back) == 4 and not set(first) & set(closed)
    assert {(row["change"], row["first_seen"]) for row in back} == {("relapsed", "2017-03-31")}
    cleared = rows_of(output_of(demo, "2017-08") / "changes.csv")
    assert {row["change"] for row in cleared if row["finding_id"] in first} == {"cleared"}
    told = rows_of(demo / "output" / "changes.csv")
    assert {row["change"] for row in told if row["finding_id"] in first} == {"relapsed"}
    assert ("Z-03", "relapsed") in {(row["subject_id"], row["change"]) for row in told}


def test_what_else_the_surveys_show(demo: Path, state: State) -> None:
    before, after = (output_of(demo, survey) / "changes.csv" for survey in SURVEYS[1:])
    changed = {(row["subject_id"], row["change"]) for path in (before, after) for row in rows_of(path)}
    assert {("S-037", "cleared"), ("S-036", "moved"), ("S-052", "new"), ("Z-02", "overdue")} <= changed
    renumbered = {row["id"]: row["identity"] for row in rows_of(demo / "output" / "matches.csv")}
    assert renumbered == {"S-049": "DW-07"}
    assert not {row["subject_id"] for row in rows_of(before)} & {"S-049", "DW-07"}  # its findings are known still
    decided = state.of("remediation_sites", "Z-13")
    assert (decided.status, decided.status_by, decided.conflicts) == ("behind", "市整改办公室主任", ())
    assert state.of("remediation_sites", "Z-06").deadline == "2018-06-30"
    (override,) = state.overrides.values()
    overridden = [row for row in rows_of(demo / "output" / "findings.csv") if row["finding_id"] == override.finding_id]
    assert (override.result, [(row["subject_id"], row["result"]) for row in overridden]) == (
        "clear", [("S-008", "check")],
    )  # fmt: skip


def sheets_of(folder: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(str(folder / "ledger.xlsx"))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_workbook_has_its_row(demo: Path) -> None:
    told = {}
    for survey in SURVEYS[1:]:
        rows = sheets_of(output_of(demo, survey))["问题清单"]
        (heading,) = [row for row in rows if "整改状态" in row]
        (own,) = [row for row in rows if "Z-03" in row]
        told[survey] = {name: str(cell) for name, cell in zip(heading, own, strict=True)}
    closed, last = told.values()
    assert [closed[name] for name in ("整改状态", "验收单位", "公示开始", "公示结束", "销号时间")] == [
        "已销号", "六盘水市环境保护局", "2017-08-16", "2017-08-22", "2017-08-28",
    ]  # fmt: skip
    assert [last[name] for name in ("整改状态", "状态自", "回头看结果", "变化")] == [
        "回头看发现反弹", "2017-11-21", "反弹", "反弹",
    ]  # fmt: skip


def test_the_ledger_is_whole_and_has_every_run(demo: Path, events: list[Event]) -> None:
    proof = prove(demo)
    assert proof.faults == () or list(proof.faults) == []
    assert [one.said["as_of"] for one in events if one.kind == "run"] == ["2017-03-31", "2017-08-31", "2017-11-30"]


def test_the_history_that_is_shown_is_what_the_command_tells(
    demo: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "headwater ledger history liupanshui Z-03 --lang en"
    shown = (root / "docs" / "example.md").read_text("utf-8").split(f"$ {command}\n")[1].split("```")[0]
    words = [*command.replace("liupanshui", str(demo)).split()[1:]]
    get_command(app).main(words, prog_name="headwater", standalone_mode=False)
    assert capsys.readouterr().out == shown


def facts_of(path: Path) -> dict[str, Any]:
    told = json.loads(path.read_text("utf-8"))
    return {
        name: value for name, value in told.items() if name not in ("ledger", "run_id", "before", "build_id", "map")
    }


def test_replayed_again_it_is_the_same_and_so_is_the_next_run(demo: Path, tmp_path: Path) -> None:
    again = tmp_path / "elsewhere"
    again.mkdir()
    (again / ".headwater-demo-unfinished").touch()  # as a demo leaves it that was killed
    (again / "ledger.sqlite").write_bytes(b"half of one")
    assert make_demo(again, quiet()) == DONE
    assert not (again / ".headwater-demo-unfinished").exists()
    first, second = ({path.name: path.read_bytes() for path in (one / "output").iterdir()} for one in (demo, again))
    assert sorted(first) == sorted(second)
    assert [name for name in first if name not in OF_ONE_LEDGER and first[name] != second[name]] == []
    one, other = (sheets_of(folder / "output") for folder in (demo, again))
    assert {**one, EXPORT: []} == {**other, EXPORT: []} and one[EXPORT] != other[EXPORT]
    assert facts_of(demo / "output" / "run.json") == facts_of(again / "output" / "run.json")
    told = len(events_of(again))
    assert run_project(again, quiet()) == DONE
    assert {path.name: path.read_bytes() for path in (again / "output").iterdir()} == second
    assert len(events_of(again)) == told


def test_a_demo_keeps_the_tables_of_today(demo: Path, root: Path) -> None:
    data = root / "examples" / "liupanshui" / "data"
    assert all((demo / "data" / path.name).read_bytes() == path.read_bytes() for path in data.iterdir())


def test_commands_are_read_as_a_person_would_give_them(tmp_path: Path) -> None:
    folder = tmp_path / "surveys" / "2017-03"
    folder.mkdir(parents=True)
    text = "# a remark\n\nheadwater ledger set . Z-1 \\\n    --note 'two words'  # why\nheadwater run .\n"
    (folder / "commands.txt").write_text(text, "utf-8")
    assert surveys_of(tmp_path) == [
        Survey(folder, (("ledger", "set", ".", "Z-1", "--note", "two words"), ("run", "."))),
    ]  # fmt: skip
    (folder / "commands.txt").write_text("rm -r data\n", "utf-8")
    with pytest.raises(ValueError, match="begins with headwater"):
        surveys_of(tmp_path)


def test_a_command_that_does_not_end_well_stops_the_replay(tmp_path: Path) -> None:
    folder = tmp_path / "surveys" / "2017-03"
    folder.mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (folder / "commands.txt").write_text("headwater run nowhere\nheadwater run .\n", "utf-8")
    with pytest.raises(Refused, match="headwater run nowhere") as refused:
        replay(tmp_path)
    assert refused.value.code == 2
