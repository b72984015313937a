"""maps.workbook, maps.workbook_looks, maps.workbook_charts: `ledger.xlsx` as it is filed, edited and read again."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gis.own_sheets import BASELINE, EXPORT, READ_ME
from gis.read import read_rows
from layers.ledger_columns import BASELINE_COLUMNS, COLUMNS, EDITABLE, EXPORT_KEYS, LEDGER_COLUMNS, headings
from layers.ledger_rows import LEDGER
from layers.ledger_statistics import tallies
from layers.words import STATUSES
from maps.workbook import HEADING, ledger_workbook
from maps.workbook_charts import MOST_DRAWN
from maps.workbook_looks import Looks
from scripts.console import Console
from scripts.run_project import run_project
from tests.projects import small_project
from tests.workbook_frames import (
    all_of,
    cells_of,
    filing,
    frames_of,
    remediation,
    sections_of,
    sheets_of,
    source,
    written,
    xml_of,
)

ROWS = [
    remediation(
        "0017", name="排口整改", problem="一级区内\n有排口", deadline="2017-10-31", overdue=True, status="behind",
        responsible_unit="水务局", evidence="批复", source_id="S-1", closed_on="1899-12-31",
    ),
    remediation("Z-2", status="closed", completed_on="2017-06-01", responsible_unit="环保局"),
    source("S-1", result="violation", severity="critical"),
    source("S-2", result="violation", severity="major"),
]  # fmt: skip
TOLD = {(LEDGER, "0017"): {"progress": 0.35, "extended_to": "2017-12-31", "revision": 4, "look_back_result": "kept"}}
SHEETS = {
    "zh": ["问题清单", "逾期", "回头看", "未入台账", "断面", "变化", "统计", READ_ME["zh"], EXPORT, BASELINE],
    "en": ["Problems", "Overdue", "Look-back", "Not on the ledger", "Sections", "Changes", "Statistics", READ_ME["en"], EXPORT, BASELINE],
}  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "ledger.xlsx"
    assert written(path, frames_of(ROWS, district=["甲", "乙", "甲", "甲"]), told=TOLD, sections=sections_of({})) == {}
    return path


def sheet_xml(path: Path, name: str) -> Any:
    """The XML of the sheet of this name."""
    parts = xml_of(path)
    names = [one.get("name") for one in all_of(parts["xl/workbook.xml"], "sheet")]
    return parts[f"xl/worksheets/sheet{names.index(name) + 1}.xml"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sheets_and_headings_are_those_of_the_language(language: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.xlsx"
    written(path, frames_of(ROWS), language=language)
    sheets = all_of(xml_of(path)["xl/workbook.xml"], "sheet")
    assert [one.get("name") for one in sheets] == SHEETS[language]
    assert [one.get("name") for one in sheets if one.get("state") == "veryHidden"] == [EXPORT, BASELINE]
    assert cells_of(path, SHEETS[language][0])[HEADING] == list(headings(language).values())


def test_an_english_workbook_has_no_chinese_words_but_those_of_the_data(tmp_path: Path) -> None:
    plain = [remediation("Z-1", name="Weir", status="closed", responsible_unit="Water bureau", deadline="2017-10-31")]
    frames = frames_of([*plain, source("S-1", name="Mill", result="violation", severity="major")])
    frames.zones["source_name"] = "Yushe"
    path = tmp_path / "ledger.xlsx"
    written(path, frames, language="en", title="Test")
    with zipfile.ZipFile(path) as file:
        texts = file.read("xl/sharedStrings.xml").decode() + file.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r"[\u4e00-\u9fff]+", texts) == ["有", "行数据未被接受"]  # the note that the run gave


def test_what_is_read_again_is_what_was_written(book: Path) -> None:
    (table,) = read_rows(book, name="ledger.xlsx", table="问题清单")
    frame = table.frame
    assert list(frame.columns)[: len(LEDGER_COLUMNS)] == list(headings("zh").values())
    first, second = (dict(row) for _, row in frame.iterrows())
    assert (first["编号"], first["存在问题"], first["整改时限"]) == ("0017", "一级区内\n有排口", "2017-10-31")
    assert (first["进度"], first["延期至"], first["修订号"], first["逾期天数"]) == ("0.35", "2017-12-31", "4", "30")
    assert (first["整改状态"], first["回头看结果"], first["图层"]) == ("未达到序时进度", "未反弹", LEDGER)
    assert first["销号时间"] == "1899-12-31"  # no day that every program counts: text
    assert (second["编号"], second["完成时间"], second["延期理由"]) == ("Z-2", "2017-06-01", None)
    assert list(frame["source_row"]) == [HEADING + 2, HEADING + 3]


def test_one_row_is_read_again_too(tmp_path: Path) -> None:
    written(tmp_path / "l.xlsx", frames_of([remediation("Z-1", name="甲")]))
    (table,) = read_rows(tmp_path / "l.xlsx", name="l.xlsx", table="问题清单")
    assert list(table.frame["问题名称"]) == ["甲"]


def test_the_export_and_what_the_cells_held_come_back(book: Path) -> None:
    assert dict(cells_of(book, EXPORT)[1:]) == {key: f"value of {key}" for key in EXPORT_KEYS}
    (kept,) = read_rows(book, name="ledger.xlsx", table=BASELINE)
    (shown,) = read_rows(book, name="ledger.xlsx", table="问题清单")
    named = shown.frame.rename(columns={column.heading.zh: column.code for column in LEDGER_COLUMNS})
    for code in BASELINE_COLUMNS:
        if code in kept.frame:
            assert kept.frame[code].fillna("").tolist() == named[code].fillna("").tolist(), code
        else:
            assert named[code].isna().all(), code
    assert {"layer", "site_id", "revision", "status", "progress", "extended_to"} <= set(kept.frame.columns)


def test_only_what_can_be_edited_has_lists_and_hints(book: Path) -> None:
    rules = all_of(sheet_xml(book, "问题清单"), "dataValidation")
    places = {code: at for at, code in enumerate(COLUMNS)}
    letters = {re.match(r"[A-Z]+", str(rule.get("sqref"))).group() for rule in rules}  # type: ignore[union-attr]
    assert letters == {_letters(places[code]) for code in EDITABLE}
    assert {rule.get("sqref", "").split(":")[1].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for rule in rules} == {"5"}
    (status,) = [rule for rule in rules if rule.get("sqref", "").startswith(f"{_letters(places['status'])}4")]
    (choices,) = all_of(status, "formula1")
    assert choices.text == '"' + ",".join(word.zh for word in STATUSES.values()) + '"'
    assert status.get("promptTitle") == "整改状态" and status.get("type") == "list"
    for name in SHEETS["zh"][1:]:
        assert not all_of(sheet_xml(book, name), "dataValidation")


def _letters(place: int) -> str:
    return (chr(64 + place // 26) if place >= 26 else "") + chr(65 + place % 26)


def test_what_is_told_is_grey_and_what_is_edited_is_not(book: Path) -> None:
    sheet, styles = sheet_xml(book, "问题清单"), xml_of(book)["xl/styles.xml"]
    formats = list(all_of(styles, "cellXfs")[0])
    fills = [all_of(one, "fgColor") for one in all_of(all_of(styles, "fills")[0], "fill")]
    grey = {at for at, one in enumerate(fills) if one and one[0].get("rgb") == "FFF2F2F2"}
    row = next(one for one in all_of(sheet, "row") if one.get("r") == "4")
    told = {
        code
        for code, cell in zip(COLUMNS, row, strict=True)
        if int(formats[int(cell.get("s", 0))].get("fillId", 0)) in grey
    }
    assert told == set(COLUMNS) - set(EDITABLE)


def test_pages_are_set_up_for_paper(book: Path) -> None:
    parts = xml_of(book)
    names = {
        (one.get("name"), one.get("localSheetId")): one.text for one in all_of(parts["xl/workbook.xml"], "definedName")
    }
    last = [code for code, column in COLUMNS.items() if column.block == "closing"][-1]
    assert names["_xlnm.Print_Area", "0"] == f"问题清单!$A$3:${_letters(list(COLUMNS).index(last))}$5"
    assert names["_xlnm.Print_Titles", "0"] == "问题清单!$A:$C,问题清单!$3:$3"
    sheet = sheet_xml(book, "问题清单")
    (page,) = all_of(sheet, "pageSetup")
    assert (page.get("orientation"), page.get("paperSize")) == ("landscape", "8") and int(page.get("scale", 100)) >= 50
    blocks = [column.block for column in LEDGER_COLUMNS]
    breaks = [int(one.get("id", 0)) for one in all_of(all_of(sheet, "colBreaks")[0], "brk")]
    assert breaks == [blocks.index("progress"), blocks.index("closing")]
    assert all_of(sheet, "oddHeader")[0].text == "&C&14 测试项目 问题清单&R&9 检查日期 2017-11-30 共 2 条"
    assert all_of(sheet, "oddFooter")[0].text == "&C第 &P 页，共 &N 页"
    (pane,) = all_of(sheet, "pane")
    assert (pane.get("topLeftCell"), pane.get("state")) == ("D4", "frozen")
    assert all_of(sheet, "autoFilter")[0].get("ref", "").startswith("A3:")
    assert all_of(sheet_xml(book, "逾期"), "pageSetUpPr")[0].get("fitToPage") == "1"


def test_rows_are_as_high_as_their_longest_cell() -> None:
    looks, columns = Looks.of_language("zh"), [COLUMNS["problem"], COLUMNS["site_id"]]
    one = looks.height(["短", 5], columns)
    assert looks.height(["一\n二\n三", None], columns) > 2 * one
    assert looks.height(["水" * 100, None], columns) == looks.height(["wa" * 100, None], columns) > 5 * one
    assert looks.height(["水" * 30_000, None], columns) == 409  # no row can be higher


def test_blocks_of_columns_stand_together() -> None:
    blocks = [column.block for column in LEDGER_COLUMNS]
    assert blocks == sorted(blocks, key=["problem", "progress", "closing", "merging"].index)
    assert [column.code for column in LEDGER_COLUMNS[:3]] == ["number", "site_id", "name"]  # what stays when scrolling


def test_statistics_are_values_and_charts_refer_to_their_cells(book: Path) -> None:
    cells, frames = cells_of(book, "统计"), frames_of(ROWS, district=["甲", "乙", "甲", "甲"])
    _, found = sheets_of(frames, told=TOLD)
    tables = tallies(found, frames, language="zh")
    charts = [part for name, part in xml_of(book).items() if name.startswith("xl/charts/chart")]
    assert len(charts) == len(tables) == 7
    sums = sorted(_chart_values(part, cells) for part in charts)
    assert sums == sorted([[row[column] for row in table.rows] for column in table.series] for table in tables)
    assert [row[0] for row in cells if str(row[0]).startswith("按")] == [table.title.zh for table in tables[:5]]


def _chart_values(chart: Any, cells: list[list[Any]]) -> list[list[Any]]:
    """What stands in the cells that a chart refers to, a list for each series; they are the values it keeps."""
    found = []
    for values in all_of(chart, "val"):
        (reference,) = all_of(values, "f")
        column, first, last = re.fullmatch(r"统计!\$([A-Z])\$(\d+)(?::\$\1\$(\d+))?", str(reference.text)).groups()  # type: ignore[union-attr]
        held = [cells[row][ord(column) - 65] for row in range(int(first) - 1, int(last or first))]
        assert [float(str(one.text)) for one in all_of(values, "v")] == held
        found.append(held)
    return found


def test_a_chart_shows_the_largest_groups_only(tmp_path: Path) -> None:
    rows = [remediation(f"Z-{number}", responsible_unit=f"单位{number:02}") for number in range(30)]
    written(tmp_path / "l.xlsx", frames_of(rows))
    texts = [
        all_of(part, "f")[1].text
        for name, part in xml_of(tmp_path / "l.xlsx").items()
        if name.startswith("xl/charts/chart")
    ]
    spans = [re.fullmatch(r"统计!\$A\$(\d+):\$A\$(\d+)", str(text)) for text in texts]
    assert max(int(span.group(2)) - int(span.group(1)) + 1 for span in spans if span) == MOST_DRAWN


def test_without_remediation_sites_there_are_sections_and_violations(tmp_path: Path) -> None:
    path = tmp_path / "ledger.xlsx"
    written(path, frames_of([source("S-1", result="violation", severity="major")], {}), sections=sections_of({}))
    assert cells_of(path, "问题清单")[1][0] == "检查日期 2017-11-30　本项目没有整改台账数据（remediation_sites）。"
    assert len(cells_of(path, "问题清单")) == HEADING + 1
    assert cells_of(path, "未入台账")[HEADING + 1][1] == "S-1" and cells_of(path, "断面")[HEADING + 1][1] == "D-1"
    assert "本次检查结论" in [row[0] for row in cells_of(path, "统计")]


def test_nothing_at_all_is_a_workbook_too(tmp_path: Path) -> None:
    written(tmp_path / "ledger.xlsx", frames_of([]))
    assert [len(cells_of(tmp_path / "ledger.xlsx", name)) for name in SHEETS["zh"][:6]] == [HEADING + 1] * 6


def test_the_same_rows_give_the_same_bytes_and_tell_nothing_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, zone in (("a", "Asia/Shanghai"), ("b", "America/New_York")):
        monkeypatch.setenv("TZ", zone)
        (tmp_path / name).mkdir()
        written(tmp_path / name / "ledger.xlsx", frames_of(ROWS), told=TOLD)
    first, second = ((tmp_path / name / "ledger.xlsx").read_bytes() for name in ("a", "b"))
    assert first == second
    with zipfile.ZipFile(tmp_path / "a" / "ledger.xlsx") as file:
        assert {one.date_time for one in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = file.read("docProps/core.xml").decode()
    assert "<dc:creator>Headwater</dc:creator>" in core and core.count("2017-11-30T00:00:00Z") == 2


def test_what_could_not_be_told_whole_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ledger.xlsx"
    assert written(path, frames_of([remediation("Z-1", problem="长" * 40_000)])) == {"问题清单": 1}
    (cell,) = [row[3] for row in cells_of(path, "问题清单")[HEADING + 1 :]]
    assert len(cell) == 32_767 and cell.endswith("…（共 40000 字，全文见 findings.gpkg）")
    assert any("1 个单元格的文字超过" in str(row[1]) for row in cells_of(path, READ_ME["zh"]))
    sheets, _ = sheets_of(frames_of(ROWS))
    sheets[0] = sheets[0]._replace(left_out=5)
    ledger_workbook(sheets, [], filing(), path)
    assert "另有 5 行没有列出，见 sites.csv" in cells_of(path, "问题清单")[1][0]


def test_the_last_sheet_says_how_it_is_used_and_what_must_be_known(book: Path) -> None:
    told = ["".join(map(str, row)) for row in cells_of(book, READ_ME["zh"])]
    assert any("headwater survey merge" in line for line in told) and any(
        "有 1 行数据未被接受。" in line for line in told
    )
    assert [line for line in told if line.startswith("回头看结果")] == ["回头看结果可选：未反弹 / 反弹"]
    edited = [COLUMNS[code].heading.zh for code in EDITABLE]
    assert [row[0] for row in cells_of(book, READ_ME["zh"]) if row[0] in edited] == edited


def test_a_run_writes_it_and_writes_it_again_the_same(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "project")
    made = []
    for _ in range(2):
        assert run_project(folder, Console(as_json=False, lang=None, quiet=True, debug=True)) == 0
        made.append((folder / "output" / "ledger.xlsx").read_bytes())
    assert made[0] == made[1]
    row = dict(zip(COLUMNS, cells_of(folder / "output" / "ledger.xlsx", "问题清单")[HEADING + 1], strict=False))
    assert (row["site_id"], row["status"], row["source"], row["source_id"]) == (
        "R1",
        "未达到序时进度",
        "青山村排口",
        "001",
    )
    assert row["days_overdue"] == 30 and "《水污染防治法" in row["basis"] and row["result"] == "待核查；污染源：违规"
    export = dict(cells_of(folder / "output" / "ledger.xlsx", EXPORT)[1:])
    run = json.loads((folder / "output" / "run.json").read_text("utf-8"))
    assert (export["build_id"], export["run_id"]) == (run["build_id"], run["run_id"])
    assert export["ledger_events"] == str(run["ledger"]["events"]) and export["format"] == "headwater-ledger"
