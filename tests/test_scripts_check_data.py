"""`headwater check-data` on a project: every fault of every file is told, in both languages, also at exit 3.

Also layers.judged and layers.how_read, which it stands on.
"""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from gis.faults import Fault
from layers.judged import judged_inputs
from layers.project import read_project
from layers.rejects import REJECT_COLUMNS
from layers.words import KINDS, LEVELS
from scripts.data_report import Input, report_lines, worst_first
from scripts.display import cut, filled, painted, shown_width, table, wrapped
from tests.projects import SITES, SOURCES, ZONES, headwater, rows_of, small_project

BROKEN = (
    '[[layer]]\nkind = "rivers"\npath = "data/river.shp"\n'
    '[[layer]]\nkind = "districts"\npath = "data/nowhere.gpkg"\n'
    '[[layer]]\nkind = "intakes"\npath = "data/intakes.csv"\n'
)
NAME = "一个名字特别特别长的远处排口，用来看清报告在窄屏上如何换行"


def bad_project(folder: Path, *, language: str = "zh") -> Path:
    """Five usable rows among eight, a Shapefile without its parts, a file that is not there, a table without a place."""
    small_project(folder, language=language, layers=ZONES + SOURCES + SITES + BROKEN)
    sources = folder / "data" / "sources.csv"
    text = sources.read_text(encoding="utf-8-sig").replace("排污口", "小船", 2)
    text += f"005,{NAME},无人机,104.5,26.6,运行,水务局\n006,x,排污口,,26.6,运行,水务局\n"
    sources.write_text(text, encoding="utf-8")
    (folder / "data" / "river.shp").write_bytes(b"\0" * 200)
    (folder / "data" / "intakes.csv").write_text("编号,名称,经度,纬度\n1,甲,,\n2,乙,0,0\n", encoding="utf-8")
    return folder


def test_everything_is_told_also_where_files_cannot_be_used(tmp_path: Path) -> None:
    folder = bad_project(tmp_path / "p")
    done = headwater("check-data", folder)
    assert done.returncode == 3 and done.stderr == ""
    for told in (
        "PART_MISSING",
        "FILE_MISSING",
        "NO_ROW_ACCEPTED",
        "VALUE_UNKNOWN",
        "ENCODING_FOUND",
        "青山村排口整改",
    ):
        assert told in done.stdout
    assert "读取 6 = 接受 2 + 拒绝 4" in done.stdout
    assert "3 个文件可用，3 个不可用；拒绝 6 行" in done.stdout
    assert [path.name for path in (folder / "output").iterdir() if path.suffix] == ["rejects.csv"]
    rejects = rows_of(folder / "output" / "rejects.csv")
    assert tuple(rejects[0]) == REJECT_COLUMNS
    whole = [(row["file"], row["code"]) for row in rejects if not row["row"]]
    assert whole == [
        ("data/river.shp", "PART_MISSING"),
        ("data/nowhere.gpkg", "FILE_MISSING"),
        ("data/intakes.csv", "NO_ROW_ACCEPTED"),
    ]
    assert len(rejects) == 3 + 6
    assert all(row["reason"] and row["proposal"] for row in rejects)


def test_run_still_writes_nothing_where_a_file_cannot_be_used(tmp_path: Path) -> None:
    folder = bad_project(tmp_path / "p")
    done = headwater("run", folder)
    assert done.returncode == 3 and "FILE_MISSING" in done.stderr
    assert not (folder / "output").exists()


def test_json_at_exit_3_holds_the_faults_and_all_the_rest(tmp_path: Path) -> None:
    folder = bad_project(tmp_path / "p")
    done = headwater("check-data", folder, "--json", "--lang", "en")
    told = json.loads(done.stdout)
    assert done.returncode == 3
    assert [fault["code"] for fault in told["error"]["faults"]] == ["PART_MISSING", "FILE_MISSING", "NO_ROW_ACCEPTED"]
    counted = [one for one in told["inputs"] if one["read"] is not None]
    assert [one["state"] for one in told["inputs"] if one not in counted] == ["unusable"] * 2
    assert {one["path"]: one["state"] for one in counted} == {
        "data/zones.gpkg": "usable",
        "data/sources.csv": "faults",
        "data/sites.csv": "usable",
        "data/intakes.csv": "unusable",
    }
    assert {one["path"]: one["rejected"] for one in counted} == {
        "data/zones.gpkg": 0,
        "data/sources.csv": 4,
        "data/sites.csv": 0,
        "data/intakes.csv": 2,
    }
    assert all(one["read"] == one["accepted"] + one["rejected"] for one in counted)
    assert told["rejected"] == len(told["rejects"]) == 6
    assert {note["sample"] for note in told["notes"] if note["code"] == "ENCODING_FOUND"} == {"青山村排口整改"}


def test_a_usable_project_exits_0_and_tells_its_rejects(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p", layers=ZONES + SOURCES)
    clean = headwater("check-data", folder)
    assert clean.returncode == 0 and "2 个文件全部可用，没有被拒绝的行" in clean.stdout
    text = (folder / "data" / "sources.csv").read_text(encoding="utf-8-sig").replace("排污口", "小船", 2)
    (folder / "data" / "sources.csv").write_text(text, encoding="utf-8")
    done = headwater("check-data", folder)
    assert done.returncode == 0
    assert "小船" in done.stdout and "VALUE_UNKNOWN" in done.stdout and "读取 4 = 接受 2 + 拒绝 2" in done.stdout
    told = json.loads(headwater("check-data", folder, "--json", "--lang", "en").stdout)
    assert "error" not in told
    assert [Path(one["marked"]).name for one in told["marked"]] == ["sources.xlsx"]
    assert "sources.xlsx" in done.stdout and sorted(path.name for path in (folder / "output").iterdir()) == [
        "marked",
        "rejects.csv",
    ]
    assert [one["rejected"] for one in told["inputs"]] == [0, 2]
    assert {reject["code"] for reject in told["rejects"]} == {"VALUE_UNKNOWN"}
    assert told["rejects"][0]["row"] == "2"


def test_quiet_tells_errors_only_and_on_stderr(tmp_path: Path) -> None:
    done = headwater("check-data", bad_project(tmp_path / "p"), "--quiet")
    assert done.returncode == 3 and done.stdout == ""
    assert done.stderr.count("\n") == 3 and "PART_MISSING" in done.stderr


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [80, 120])
def test_the_report_fits_the_screen_and_is_plain_text_when_piped(tmp_path: Path, language: str, width: int) -> None:
    folder = bad_project(tmp_path / "p", language=language)
    done = headwater("check-data", folder, COLUMNS=str(width))
    lines = done.stdout.splitlines()
    assert "\033" not in done.stdout
    long = [line for line in lines if shown_width(line) > width and str(tmp_path) not in line]
    assert long == []
    rows = lines[2 : lines.index("")]
    assert len(rows) == 6
    states = [row.split()[-1] for row in rows]
    assert states == (
        ["不可用"] * 3 + ["有错误"] + ["可用"] * 2
        if language == "zh"
        else ["unusable"] * 3 + ["faults"] + ["usable"] * 2
    )
    assert (
        len({shown_width(row) - shown_width(row.split()[-1]) for row in rows}) == 1
    )  # the last column begins in one place


def test_judged_inputs_count_every_row_and_raise_nothing(tmp_path: Path) -> None:
    from datetime import date

    project = read_project(bad_project(tmp_path / "p"), today=date(2026, 1, 1))
    found = judged_inputs(project, kinds=KINDS, levels=LEVELS)
    assert [fault.code for fault in found.unusable] == ["PART_MISSING", "FILE_MISSING", "NO_ROW_ACCEPTED"]
    assert sum(one["read"] for one in found.inputs) == 2 + 6 + 1 + 2
    assert len(found.rejects) == sum(one["rejected"] for one in found.inputs) == 6
    assert {note["code"] for note in found.notes} >= {"ENCODING_FOUND", "CRS_ASSUMED", "COLUMN_FOUND"}


def test_groups_stand_worst_first_with_their_first_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    faults = [Fault("BAD_DATE", "a.csv", row=9, column="日期", value="明天", facts={"also": ""})]
    faults += [
        Fault("BAD_NUMBER", "a.csv", row=row, column="面积", value="大", facts={"also": ""}) for row in range(2, 8)
    ]
    inputs = [
        Input("b.csv", "", 4, 4, []),
        Input("a.csv", "", 10, 3, faults),
        Input("c.csv", "", None, 0, [], [Fault("FILE_MISSING", "c.csv")]),
    ]
    assert [one.file for one in worst_first(inputs)] == ["c.csv", "a.csv", "b.csv"]
    text = "\n".join(report_lines(inputs, "zh"))
    assert text.index("BAD_NUMBER · 列 面积 · 6 行") < text.index("BAD_DATE · 列 日期 · 1 行")
    assert "第 2、3、4 行 “大”，另有 3 行" in text
    assert "b.csv：" not in text  # nothing to say about it but its line in the table


def test_faults_of_one_code_are_told_together_and_rejects_are_no_formulas(tmp_path: Path) -> None:
    folder = small_project(
        tmp_path / "p", layers=ZONES + SOURCES + '[[layer]]\nkind = "intakes"\npath = "data/i.csv"\n'
    )
    (folder / "data" / "i.csv").write_text("经度,纬度\n=1+1,26\n@x,26\n105,26.6\n", "utf-8")
    (folder / "data" / "sources.csv").write_text("a,经度,纬度\nx,105,26.6\n", encoding="utf-8")
    done = headwater("check-data", folder)
    assert done.returncode == 3
    assert done.stdout.count("COLUMN_MISSING") == 1 and "列 source_id；列 name；列 kind" in done.stdout
    raw = (folder / "output" / "rejects.csv").read_bytes().decode("utf-8-sig")
    assert raw.count("COLUMN_MISSING") == 3
    assert ",'=1+1," in raw and ",'@x," in raw and ",=" not in raw


# --- Text on a terminal ------------------------------------------------------------------------


def test_wide_characters_count_two_and_combining_ones_none() -> None:
    assert shown_width("表a") == 3 and shown_width("é") == 1 and shown_width("e\u0301") == 1
    assert filled("表", 4) == "表  " and filled("7", 3, right=True) == "  7"
    assert shown_width(filled("一二三四五六七", 9)) == 9
    assert cut("data/township/zones.gpkg", 16) == "data...ones.gpkg"
    lines = table([("表格", "1"), ("table", "22")], (6, 3), right=frozenset({1}))
    assert [shown_width(line) for line in lines] == [11, 11]


def test_lines_break_between_words_and_chinese_characters_but_not_before_a_comma() -> None:
    lines = list(wrapped("文件不存在，检查 headwater.toml 中的 path", 14, rest="  "))
    assert all(shown_width(line) <= 18 for line in lines)
    assert not any(line.strip().startswith("，") for line in lines)
    assert "".join(line.strip() for line in lines).replace(" ", "") == "文件不存在，检查headwater.toml中的path"
    assert list(wrapped("a " + "x" * 30, 10)) == ["a", "x" * 30]
    assert list(wrapped("", 10, first="> ")) == []


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert painted("x", "red") == "x"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert painted("x", "red") == "\033[31mx\033[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert painted("x", "red") == "x"


def test_the_marked_table_has_the_bad_cells_of_all_reasons(tmp_path: Path) -> None:
    folder = bad_project(tmp_path / "p")
    assert headwater("check-data", folder).returncode == 3
    marked = folder / "output" / "marked"
    assert sorted(path.name for path in marked.iterdir()) == ["intakes.xlsx", "sources.xlsx"]
    with zipfile.ZipFile(marked / "sources.xlsx") as parts:
        text = parts.read("xl/comments1.xml").decode()
    assert sorted(re.findall(r'ref="(\w+)"', text)) == ["C2", "C3", "C6", "D7"]
    rows = ["名称,编号,类型,经度,纬度", ",1,小船,105,26.6", "甲,2,排污口,105,26.6", "乙,2,排污口,105,26.6"]
    (folder / "data" / "sources.csv").write_text("\n".join(rows), "utf-8")
    headwater("check-data", folder)
    with zipfile.ZipFile(marked / "sources.xlsx") as parts:
        text = parts.read("xl/comments1.xml").decode()
    # Two faults of one row; and a repeated id, which we call source_id and the file 编号.
    assert sorted(re.findall(r'ref="(\w+)"', text)) == ["A2", "B4", "C2"]
    (folder / "data" / "sources.csv").write_text("\n".join(rows).replace("编号", "我的号"), "utf-8")
    settings = (folder / "headwater.toml").read_text("utf-8")
    columns = f'{SOURCES}[layer.columns]\nsource_id = "我的号"\n'
    (folder / "headwater.toml").write_text(settings.replace(SOURCES, columns), "utf-8")
    headwater("check-data", folder)
    with zipfile.ZipFile(marked / "sources.xlsx") as parts:
        assert 'ref="B4"' in parts.read("xl/comments1.xml").decode()
