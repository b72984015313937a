"""layers.names_on_ledger, layers.map_ids: a list numbered anew, and everything that people hand in before and after."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from layers.survey_merge import AS_GIVEN
from scripts.headwater import app
from tests.field_work import survey, visit
from tests.ledger_events import LAYER
from tests.ledger_runs import events, ran
from tests.projects import rows_of, small_project

HEADING = "编号,名称,污染源编号,责任单位,整改状态,整改时限,经度,纬度\n"
OUTFALL = "{},青山村排口整改,001,水务局,未达到序时进度,2017-10-31,105.005,26.604\n"
HEAP = "{},白水村渣堆清运,,水务局,未启动,2017-12-31,105.015,26.604\n"
FARM = "{},红岩村养殖场关停,,水务局,未启动,2018-01-31,105.012,26.604\n"


def command(*arguments: object) -> str:
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


def listed(folder: Path, *rows: str) -> None:
    """The list of problems, numbered from 1."""
    text = HEADING + "".join(row.format(number) for number, row in enumerate(rows, start=1))
    (folder / "data" / "sites.csv").write_text(text, encoding="utf-8")


def status_typed(workbook: Path, cell: str, status: str, target: Path) -> None:
    """A copy of the workbook, in which somebody typed a status into a cell of 问题清单."""
    with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                typed = rf'<c r="{cell}"\1 t="inlineStr"><is><t>{status}</t></is></c>'
                text, count = re.subn(rf'<c r="{cell}"( s="\d+")?[^>]*>.*?</c>', typed, data.decode())
                assert count == 1
                data = text.encode()
            copy.writestr(name, data)


def on_ledger(folder: Path, *kinds: str) -> list[tuple[str, str, str | None]]:
    return [(one.kind, one.site_id, one.status) for one in events(folder) if one.kind in kinds]


def shown(folder: Path, *options: object) -> dict[str, Any]:
    told = json.loads(command("ledger", "show", folder, "--json", *options))["sites"]
    return {one["site_id"]: (one["identity"], one["status"], one["deadline"]) for one in told}


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The list of March has two problems, that of April a third one at its head: both have another number."""
    folder = small_project(tmp_path / "p")
    listed(folder, OUTFALL, HEAP)
    ran(folder, "2017-03-31")
    (folder / "output" / "ledger.xlsx").rename(tmp_path / "march.xlsx")
    listed(folder, FARM, OUTFALL, HEAP)
    return folder


def test_every_word_goes_to_the_site_that_was_meant(office: Path, tmp_path: Path) -> None:
    march = json.loads((office / "output" / "run.json").read_text("utf-8"))["build_id"]
    by = ("--by", "李四", "--layer", LAYER)
    # By the number in the workbook of March, by that which the list has now, by that of a map of March.
    status_typed(tmp_path / "march.xlsx", "Q5", "未达到序时进度", tmp_path / "edited.xlsx")
    command("survey", "merge", office, tmp_path / "edited.xlsx", "--by", "王五", "--on", "2017-04-05")
    command("ledger", "set", office, "2", "--status", "completed", "--on", "2017-04-10", *by)
    seen = {"status": "on_schedule", "result": None, "checklist": []}
    record = visit(1, "2", layer=LAYER, build_id=march, observed=seen, visited_at="2017-04-12T09:00:00+08:00")
    (tmp_path / "visits.json").write_text(survey(record), encoding="utf-8")
    command("survey", "merge", office, tmp_path / "visits.json")
    said = [("status", "2", "behind"), ("status", "1", "completed"), ("visit", "2", "on_schedule")]
    assert on_ledger(office, "status", "visit") == said
    assert AS_GIVEN not in events(office)[-1].said  # the map called it as the ledger does

    ran(office, "2017-04-30")
    own = {row["site_id"]: row for row in rows_of(office / "output" / "sites.csv") if row["layer"] == LAYER}
    assert {one: row["status"] for one, row in own.items()} == {
        "1": "not_started",
        "2": "completed",
        "3": "on_schedule",
    }
    (finding,) = (
        row["finding_id"]
        for row in rows_of(office / "output" / "findings.csv")
        if (row["subject_id"], row["rule_id"]) == ("2", "CN-REM-02")
    )
    word = ("--override", finding, "--result", "clear", "--reason", "已拆除", "--on", "2017-04-30")
    command("ledger", "set", office, "2", *word, *by)
    command("ledger", "set", office, "1", "--status", "behind", "--on", "2017-05-10", *by)
    assert on_ledger(office, "override", "status")[-2:] == [("override", "1", None), ("status", "1~2", "behind")]
    assert shown(office, "--as-of", "2017-05-31") == {
        "1": ("1~2", "behind", "2018-01-31"),
        "2": ("1", "completed", "2017-10-31"),
        "3": ("2", "on_schedule", "2017-12-31"),
    }


def test_the_ledger_is_told_by_the_numbers_of_the_list(office: Path) -> None:
    """The number 1 is another problem's now: what was said of the outfall is not told of it."""
    ran(office, "2017-04-30")
    assert set(shown(office, "1")) == {"1"} and shown(office, "1")["1"][0] == "1~2"
    history = command("ledger", "history", office, "2", "--lang", "en")
    assert "2 (1 on the ledger)" in history and "2017-10-31" in history and "2018-01-31" not in history
    listed(office, FARM, HEAP)
    ran(office, "2017-05-31")
    assert {one: told[0] for one, told in shown(office).items()} == {"1": "1~2", "2": "2", "1~": "1"}


def test_a_persons_wrong_word_and_its_correction(office: Path) -> None:
    """Two rows of one run are said to be one, then not to be: nothing is lost, nothing solved, nothing relapsed."""
    listed(office, OUTFALL)  # 2 is put out
    command("ledger", "set", office, "1", "--layer", LAYER, "--same-as", "2", "--by", "李四", "--on", "2017-04-10")
    ran(office, "2017-04-30")
    own = {row["id"]: row["identity"] for row in rows_of(office / "output" / "matches.csv")}
    assert own == {"1": "2"} and shown(office)["1"][:2] == ("2", "behind")
    command("ledger", "set", office, "1", "--layer", LAYER, "--not-same-as", "2", "--by", "李四", "--on", "2017-05-10")
    ran(office, "2017-05-31")
    found = [row for row in rows_of(office / "output" / "findings.csv") if row["subject_id"] == "1"]
    assert {(row["change"], row["first_seen"]) for row in found} == {("known", "2017-03-31")} and len(found) > 1
    assert shown(office)["1"] == ("1", "behind", "2017-10-31") and shown(office)["2"][:2] == ("2", "behind")
