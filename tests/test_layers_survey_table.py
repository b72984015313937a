"""layers.survey_table, layers.survey_edits: the office's ledger edited by hand, cell by cell against what was exported and what counts now."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import geopandas as gpd
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from shapely.geometry import Point

from gis.archive import Archive
from gis.faults import InputError
from gis.own_sheets import BASELINE, EXPORT
from layers.events import Event, canonical, made_uuid
from layers.known_sites import KnownSites
from layers.ledger import opened
from layers.ledger_columns import BASELINE_COLUMNS, COLUMNS, EXPORT_FORMAT
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import SiteState, derive
from layers.survey_batch import Batch, Setting, prepared, receipts_of
from layers.survey_edits import sites_of
from layers.survey_files import all_incoming, incoming
from layers.survey_table import EditedTable, edited_table
from tests.field_work import survey, visit

LAYER = "remediation_sites"
Row = Mapping[str, Any]
FRAMES = {
    LAYER: gpd.GeoDataFrame(
        {
            "site_id": ["001", "002", "003"], "name": ["a", "b", "c"], "status": ["behind", "on_schedule", "not_started"],
            "deadline": ["2017-10-31"] * 3, "responsible_unit": ["水城区水务局"] * 3, "source_id": [None] * 3,
            "problem": [None] * 3, "goal": [None] * 3, "source_file": ["data/sites.csv"] * 3,
        },
        geometry=[Point(104.8, 26.5)] * 3, crs="EPSG:4326",
    )
}  # fmt: skip


def setting(folder: Path, **changes: Any) -> Setting:
    day = date(2017, 11, 30)
    return Setting(
        Archive(folder), FRAMES, folder / "output", KnownSites(FRAMES), LedgerSettings(), day, day, "李四"
    )._replace(**changes)


def heading(code: str, language: str = "zh") -> str:
    return COLUMNS[code].heading.text(language) if code in COLUMNS else code


def table(folder: Path, *rows: Row, name: str = "own.csv", language: str = "zh") -> Path:
    """A table of the office's own."""
    codes = list(dict.fromkeys(code for row in rows for code in row))
    with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([heading(code, language) for code in codes])
        writer.writerows([row.get(code, "") for code in codes] for row in rows)
    return folder / name


EXPORTED: Row = {"layer": LAYER, "revision": 1, "status": "未达到序时进度"}


def workbook(
    folder: Path, edited: Sequence[Row], exported: Sequence[Row] | None = None, name: str = "ledger.xlsx"
) -> Path:
    """A workbook of ours after somebody edited it: 问题清单 as it is now, and hidden what it was."""
    baseline = [EXPORTED | {"site_id": row["site_id"]} for row in edited] if exported is None else exported
    with xlsxwriter.Workbook(folder / name, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("问题清单")
        sheet.write(0, 0, "测试项目 问题清单")
        codes = [
            "site_id",
            "layer",
            "revision",
            *dict.fromkeys(code for row in edited for code in row if code not in ("site_id", "layer", "revision")),
        ]
        sheet.write_row(2, 0, [heading(code) for code in codes])
        for at, row in enumerate(edited, start=3):
            for column, code in enumerate(codes):
                value = row.get(code, EXPORTED.get(code) if code in ("layer", "revision") else None)
                if isinstance(value, date):
                    sheet.write_datetime(at, column, value, day)  # type: ignore[arg-type]
                elif value is not None:
                    sheet.write(at, column, value)
        book.add_worksheet("逾期").write_row(0, 0, ["编号", "整改状态"])
        told = book.add_worksheet(EXPORT)
        told.write_column(0, 0, ["key", "format"])
        told.write_column(0, 1, ["value", EXPORT_FORMAT])
        was = book.add_worksheet(BASELINE)
        was.write_row(0, 0, BASELINE_COLUMNS)
        for at, row in enumerate(baseline, start=1):
            was.write_row(at, 0, [row.get(code, "") for code in BASELINE_COLUMNS])
        told.hide()
        was.hide()
    return folder / name


def as_ods(path: Path) -> Path:
    """The same workbook as a program saves it as OpenDocument: every sheet, the hidden ones too."""
    namespaces = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in namespaces)
    book = CalamineWorkbook.from_path(str(path))
    sheets = []
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        cells = ("".join(map(_ods_cell, row)) for row in rows)
        lines = "".join(f"<table:table-row>{one}</table:table-row>" for one in cells)
        sheets.append(f'<table:table table:name="{name}">{lines}</table:table>')
    with zipfile.ZipFile(path.with_suffix(".ods"), "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        body = f"<office:body><office:spreadsheet>{''.join(sheets)}</office:spreadsheet></office:body>"
        parts.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
        parts.writestr("META-INF/manifest.xml", "<manifest/>")
    return path.with_suffix(".ods")


def _ods_cell(cell: object) -> str:
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()[:10]}"/>'
    if isinstance(cell, float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p></table:table-cell>'


def stated(folder: Path, **sites: str) -> None:
    """What a first run records: the status of each site (`s001`), due on 2017-10-31."""
    events = []
    for name, status in sites.items():
        body = canonical({"status": status, "deadline": "2017-10-31", "run_id": ""})
        events.append(
            Event(made_uuid(name), "stated", LAYER, name[1:], "table", "2017-03-31T00:00:00+08:00", body, status)
        )
    with opened(folder, write=True) as ledger:
        ledger.append(events)


def merge(folder: Path, *paths: Path, **changes: Any) -> tuple[Batch, list[dict[str, Any]]]:
    files = all_incoming(list(paths))
    with opened(folder, write=True) as ledger:
        batch = prepared(files, ledger, setting(folder, **changes))
        batch = batch.stored(ledger.append(batch.new).taken)
    return batch, receipts_of(files, batch, setting(folder, **changes), {})


def became(receipt: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    return [(one["row"], one["column"], one["became"]) for one in receipt["records"]]


def state(folder: Path, site_id: str = "001") -> SiteState:
    with opened(folder) as ledger:
        return derive(ledger.events(), as_of=None, settings=LedgerSettings()).of(LAYER, site_id)


def refused(folder: Path, *paths: Path, **changes: Any) -> list[tuple[str, int | None, str]]:
    with pytest.raises(InputError) as error:
        merge(folder, *paths, **changes)
    for fault in error.value.faults:
        assert fault.line("zh") and fault.line("en") and "{" not in fault.line("en")
    return [(fault.code, fault.row, fault.column) for fault in error.value.faults]


# --- What becomes of an edited cell -----------------------------------------------------------------


def test_edited_cells_become_events_once(tmp_path: Path) -> None:
    stated(tmp_path, s001="behind", s002="behind", s003="behind")
    edited = workbook(
        tmp_path,
        [
            {"site_id": "001", "status": "已完成整改", "completed_on": date(2017, 11, 20), "progress_note": "=1+1 已拆除", "evidence": "批复1；照片3", "reported_by": "王五", "reported_on": date(2017, 11, 21)},
            {"site_id": "002", "status": "未达到序时进度", "progress": 0.6, "extended_to": date(2017, 12, 31), "extension_reason": "汛期"},
            {"site_id": "003", "status": "未达到序时进度"},
        ],
    )  # fmt: skip
    batch, (receipt,) = merge(tmp_path, edited)
    assert became(receipt) == [
        (4, "status", "taken"), (4, "progress_note", "taken"), (4, "completed_on", "taken"), (4, "evidence", "taken"),
        (5, "extended_to", "taken"), (5, "extension_reason", "taken"), (5, "progress", "taken"),
    ]  # fmt: skip
    first, second = state(tmp_path), state(tmp_path, "002")
    assert (first.status, first.completed_on, first.status_by) == ("completed", "2017-11-20", "王五")
    assert first.evidence["evidence"] == ["批复1", "照片3"]
    assert (second.deadline, second.extensions[0].reason, second.progress) == ("2017-12-31", "汛期", 0.6)
    assert [event.actor for event in batch.new] == ["王五", "李四", "李四"]
    assert batch.new[0].at == "2017-11-21" and batch.new[0].said["note"] == "=1+1 已拆除"
    assert {event.source_file for event in batch.new} == {"ledger.xlsx"}
    again, (told,) = merge(tmp_path, edited, on=date(2017, 12, 5))
    assert again.new == () and {one[2] for one in became(told)} == {"known"}


def test_a_step_taken_since_is_no_conflict_with_the_file_that_took_it(tmp_path: Path) -> None:
    stated(tmp_path, s001="behind")
    edited = workbook(tmp_path, [{"site_id": "001", "status": "已完成整改", "progress_note": "完工"}])
    merge(tmp_path, edited)
    with opened(tmp_path, write=True) as ledger:
        ledger.append(
            [
                Event(
                    made_uuid("x"),
                    "status",
                    LAYER,
                    "001",
                    "赵六",
                    "2017-12-01",
                    canonical({"reason": "还没完"}),
                    "behind",
                )
            ]
        )
    again, (told,) = merge(tmp_path, edited, on=date(2017, 12, 5))
    assert again.new == () and {one[2] for one in became(told)} == {"known"}
    assert state(tmp_path).status == "behind"


def test_a_cell_edited_where_the_ledger_has_changed_since_is_left_out_and_told(tmp_path: Path) -> None:
    stated(tmp_path, s001="behind", s002="behind")
    seen = tmp_path / "seen.json"
    seen.write_text(
        survey(
            visit(
                1,
                "001",
                visited_at="2017-11-25T09:00:00+08:00",
                observed={"status": "on_schedule", "result": None, "checklist": []},
            )
        ),
        encoding="utf-8",
    )
    edited = workbook(tmp_path, [
        {"site_id": "001", "status": "已完成整改", "extended_to": date(2017, 12, 31), "extension_reason": "汛期"},
        {"site_id": "002", "status": "已完成整改"},
    ])  # fmt: skip
    _, receipts = merge(tmp_path, seen, edited)
    assert became(receipts[1]) == [
        (4, "extended_to", "taken"),
        (4, "extension_reason", "taken"),
        (4, "status", "conflict"),
        (5, "status", "taken"),
    ]
    (conflict,) = [one for one in receipts[1]["records"] if one["became"] == "conflict"]
    assert (conflict["before"], conflict["value"], conflict["now"]) == ("behind", "completed", "on_schedule")
    assert receipts[1]["stale_rows"] == [{"row": 4, "site_id": "001", "revision": 1}]
    assert state(tmp_path).status == "on_schedule" and state(tmp_path).deadline == "2017-12-31"


def test_emptied_cells_and_deleted_rows_say_nothing_and_are_told(tmp_path: Path) -> None:
    stated(tmp_path, s001="behind", s002="behind")
    exported = [EXPORTED | {"site_id": one, "progress_note": "旧"} for one in ("001", "002")]
    _, (receipt,) = merge(
        tmp_path, workbook(tmp_path, [{"site_id": "001", "status": "", "progress_note": "旧"}], exported)
    )
    assert became(receipt) == [(4, "status", "cleared")] and receipt["deleted_rows"] == [
        {"layer": LAYER, "site_id": "002"}
    ]
    assert state(tmp_path).status == "behind" and receipt["ledger"]["events"] == 0


def test_sorted_rows_extra_columns_and_english_headings_do_no_harm(tmp_path: Path) -> None:
    stated(tmp_path, s001="behind", s002="behind")
    rows = [{"备注栏": "x", "site_id": "002", "status": "completed"}, {"site_id": "001", "status": "behind"}]
    path = table(tmp_path, *rows, language="en")
    _, (receipt,) = merge(tmp_path, path)
    assert became(receipt) == [(2, "status", "taken")]


# --- A table of the office's own ---------------------------------------------------------------------


def test_a_table_of_their_own_is_held_against_what_it_last_said(tmp_path: Path) -> None:
    # Before any run: what the project's data say is what the table has said.
    _, (first,) = merge(
        tmp_path, table(tmp_path, {"编号": "001", "整改状态": "未达到序时进度", "整改时限": "2017年10月31日"})
    )
    assert first["records"] == []
    _, (second,) = merge(
        tmp_path,
        table(
            tmp_path,
            {
                "编号": "001",
                "整改状态": "达到序时进度",
                "整改时限": "2017-12-31",
                "延期理由": "汛期",
                "进展情况": "一半",
            },
        ),
    )
    assert became(second) == [
        (2, "extended_to", "taken"),
        (2, "extension_reason", "taken"),
        (2, "status", "taken"),
        (2, "progress_note", "taken"),
    ]
    merged = state(tmp_path)
    assert (merged.status, merged.deadline) == ("on_schedule", "2017-12-31")
    _, (third,) = merge(
        tmp_path,
        table(
            tmp_path,
            {
                "编号": "001",
                "整改状态": "达到序时进度",
                "整改时限": "2017-12-31",
                "延期理由": "汛期",
                "进展情况": "一半",
            },
            name="again.csv",
        ),
        on=date(2017, 12, 9),
    )
    assert {one[2] for one in became(third)} <= {"known"}


def test_what_the_table_said_before_does_not_undo_a_visit(tmp_path: Path) -> None:
    stated(tmp_path, s001="behind")
    seen = tmp_path / "seen.json"
    seen.write_text(
        survey(visit(1, "001", observed={"status": "completed", "result": "clear", "checklist": []})), encoding="utf-8"
    )
    merge(tmp_path, seen)
    _, (receipt,) = merge(tmp_path, table(tmp_path, {"编号": "001", "整改状态": "未达到序时进度"}))
    assert receipt["records"] == [] and state(tmp_path).status == "completed"
    _, (other,) = merge(tmp_path, table(tmp_path, {"编号": "001", "整改状态": "达到序时进度"}))
    assert became(other) == [(2, "status", "conflict")] and state(tmp_path).status == "completed"


# --- What is refused -----------------------------------------------------------------------------------


STEPS: list[tuple[Row, str, str]] = [
    ({"status": "已验收"}, "status", "lead"),
    ({"extended_to": date(2017, 12, 31)}, "extended_to", "needs a reason"),
    ({"extended_to": date(2017, 10, 1), "extension_reason": "x"}, "extended_to", "later than the deadline"),
    ({"status": "无法整改"}, "status", "needs a reason"),
    ({"look_back_result": "反弹"}, "look_back_result", "not closed"),
    ({"status": "已完成整改", "completed_on": date(2017, 10, 20), "progress_note": "x"}, "", ""),
]


@pytest.mark.parametrize(("edit", "column", "why"), STEPS)
def test_edits_follow_the_steps_that_hold_for_everyone(tmp_path: Path, edit: Row, column: str, why: str) -> None:
    stated(tmp_path, s001="behind", s002="behind")
    path = workbook(
        tmp_path,
        [{"site_id": "002", "status": "已完成整改"}, {"site_id": "001", "status": "未达到序时进度"} | dict(edit)],
    )
    if not column:
        assert len(merge(tmp_path, path)[0].new) == 2
        return
    with pytest.raises(InputError, match=why) as error:
        merge(tmp_path, path)
    assert [(fault.code, fault.row, fault.column) for fault in error.value.faults] == [("TABLE_STEP", 5, column)]
    with opened(tmp_path) as ledger:
        assert ledger.head().events == 2  # nor the good row


def test_acceptance_and_sign_off_need_their_evidence(tmp_path: Path) -> None:
    stated(tmp_path, s001="completed")
    exported = [EXPORTED | {"site_id": "001", "status": "已完成整改"}]
    done = {"status": "已验收", "accepted_on": date(2017, 11, 20), "accepted_by": "水城区水务局"}
    with pytest.raises(InputError) as error:
        merge(tmp_path, workbook(tmp_path, [{"site_id": "001"} | done], exported))
    told = error.value.faults[0].reason("zh")
    assert "照片" in told and "水城区水务局 就是责任单位" in told
    proof = canonical(
        {"before": [{"name": "b.jpg", "sha256": "0" * 64}], "after": [{"name": "a.jpg", "sha256": "1" * 64}]}
    )
    with opened(tmp_path, write=True) as ledger:
        ledger.append([Event(made_uuid("p"), "status", LAYER, "001", "赵六", "2017-10-30", proof)])
    whole = {
        "accepted_by": "市生态环境局",
        "status": "已销号",
        "notice_from": date(2017, 11, 21),
        "notice_to": date(2017, 11, 27),
        "closed_on": date(2017, 11, 28),
        "accepted_on": date(2017, 11, 20),
    }
    batch, (receipt,) = merge(tmp_path, workbook(tmp_path, [{"site_id": "001"} | whole], exported))
    assert [(event.kind, event.status) for event in batch.new] == [("acceptance", "accepted"), ("sign_off", "closed")]
    assert (
        state(tmp_path).status,
        state(tmp_path).accepted_on,
        state(tmp_path).closed_on,
        state(tmp_path).missing,
    ) == ("closed", "2017-11-20", "2017-11-28", ())
    assert {one[2] for one in became(receipt)} == {"taken"}


def test_all_that_is_wrong_with_a_table_is_told(tmp_path: Path) -> None:
    stated(tmp_path, s001="behind")
    path = table(
        tmp_path, {"site_id": "001", "status": "差不多了", "completed_on": "2017-13-01", "progress": "大半"},
        {"site_id": "", "status": "已完成整改", "completed_on": "", "progress": ""}, {"site_id": "001", "status": "未启动"},
    )  # fmt: skip
    assert sorted(refused(tmp_path, path)) == [
        ("SURVEY_FIELD", 2, "完成时间"), ("SURVEY_FIELD", 2, "整改状态"), ("SURVEY_FIELD", 2, "进度"), ("SURVEY_FIELD", 3, "编号"), ("TABLE_TWICE", 4, "site_id"),
    ]  # fmt: skip
    assert refused(tmp_path, table(tmp_path, {"site_id": "\x1b[2J9", "status": "未启动"})) == [
        ("TABLE_SITE", 2, "site_id")
    ]
    assert refused(tmp_path, table(tmp_path, {"site_id": "001", "status": "已完成整改"}), by="") == [
        ("TABLE_WHO", 2, "reported_by")
    ]
    assert refused(tmp_path, table(tmp_path, {"甲": "001", "乙": "已完成整改"})) == [("TABLE_NO_IDS", None, "")]


def test_a_workbook_saved_as_opendocument_is_still_ours(tmp_path: Path) -> None:
    stated(tmp_path, s001="behind", s002="on_schedule")
    edited = {"site_id": "001", "status": "已完成整改", "completed_on": date(2017, 11, 20)}
    rows = [edited, {"site_id": "002", "status": "达到序时进度"}]
    exported = [EXPORTED | {"site_id": "001"}, EXPORTED | {"site_id": "002", "status": "达到序时进度"}]
    _, (receipt,) = merge(tmp_path, as_ods(workbook(tmp_path, rows, exported)))
    assert {one["site_id"] for one in receipt["records"]} == {"001"}
    assert (state(tmp_path).status, state(tmp_path).completed_on) == ("completed", "2017-11-20")
    assert state(tmp_path, "002").status == "on_schedule"


def test_a_workbook_is_ours_only_with_its_hidden_sheets(tmp_path: Path) -> None:
    ours = incoming(workbook(tmp_path, [{"site_id": "001", "status": "未启动"}])).table
    assert ours is not None and ours.exported is not None and ours.columns == ("status",)
    assert sites_of([ours]) == {(LAYER, "001")}
    with xlsxwriter.Workbook(tmp_path / "plain.xlsx") as book:
        book.add_worksheet("台账").write_row(0, 0, ["编号", "状态"])
        book.worksheets()[0].write_row(1, 0, ["001", "已完成"])
    plain = incoming(tmp_path / "plain.xlsx").table
    assert isinstance(plain, EditedTable) and plain.exported is None
    assert plain.rows[0].said == {"status": "completed"} and plain.rows[0].site == (LAYER, "001")
    with pytest.raises(InputError, match="TABLE_NO_IDS"):
        edited_table(tmp_path / "x.csv", [], name="x.csv", digest="")
