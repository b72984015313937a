"""Texts from data in `ledger.xlsx`: none is a formula, a link, markup, a name of a sheet or a command of a page's header."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from gis.read import read_rows
from gis.written_cells import MOST_TEXT, fits, within_units
from layers.changes import CHANGE_COLUMNS
from layers.ledger_columns import LEDGER_COLUMNS
from layers.ledger_rows import LEDGER
from maps.workbook import HEADING
from tests.hostile_texts import CODE, MARKUP
from tests.workbook_frames import all_of, cells_of, frames_of, remediation, sections_of, source, written, xml_of

FORMULAS = (
    "=1+1", "=cmd|'/c calc'!A0", '=HYPERLINK("http://example.invalid","x")', "=DDE(\"cmd\";\"/c calc\";\"x\")", "+1+1",
    "-1+1", "-2", "@SUM(1,1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u3000=1+1", "＝1+1", "＋1", "－1", "＠SUM(1)",
    "{=1+1}", '=IMPORTXML("http://example.invalid","//a")', "=WEBSERVICE(\"http://example.invalid\")", "=1+1\x00",
    "'=1+1", '"=1+1"', "=Σ", "＂=1", "=统计!A1", "#REF!", "#N/A", "=#REF!", "%0A=1", "|=1", "ATTACHMENT", "DDE", "MSEXCEL|x",
)  # fmt: skip
LINKS = (
    "http://example.invalid/x", "https://example.invalid", "mailto:a@example.invalid", "ftp://example.invalid",
    "internal:统计!A1", "external:c:\\x.xlsx", "file:///etc/passwd", "\\\\example.invalid\\x", "javascript:alert(1)",
)  # fmt: skip
LOOKS_LIKE = (
    "0017", "1e5", "1E400", "TRUE", "false", "是", "12345678901234567890", "3.10", "2017-11-30", "1/2", "1900-01-01", "NaN",
    "Infinity", "-0", "0x1F", "１２", "50%", "¥5", "1,000", "",
)  # fmt: skip
CONTROL = (
    "a\x00b", "a\x01b", "a\x0bb", "a\x1fb", "a\x7fb", "a\x85b", "a\rb", "a\r\nb", "a\nb", "a\tb", "\ufeffa", "a\u2028b", "a\u202eb",
    "_x0041_", "_x000D_", "a\ufffeb", "a\uffffb", "𠮷", "👨‍👩‍👧", "e\u0301", "\u200b", "  两端空白  ",
)  # fmt: skip
OTHERS = (
    "<r><t>x</t></r>",
    "<r>x</r>",
    "<si>",
    "]]>",
    "&amp;",
    "&L&D",
    "&[Path]",
    "&14",
    "$A$1",
    "[1]Sheet1!A1",
    "A1",
    "R1C1",
    "_xlnm.Print_Area",
)
TEXTS = tuple(text for text in (*FORMULAS, *LINKS, *LOOKS_LIKE, *CONTROL, *OTHERS, *MARKUP, *CODE) if text.strip())
_TEXT_COLUMNS = (
    "name", "problem", "responsible_unit", "responsible_person", "supervising_leader", "goal", "measures", "evidence", "photos",
)  # fmt: skip


def hostile(texts: tuple[str, ...]) -> list[dict[str, Any]]:
    """A remediation site for each text, which stands in all of its columns; and a source in violation."""
    rows = []
    for text in texts:
        cells = dict.fromkeys(_TEXT_COLUMNS, text)
        given = {"进展情况": text, "法律依据": text, "备注": text, "延期至": text, "deadline": "2017-10-31"}
        rows.append(remediation(f"{text}#{len(rows)}", **cells, **given, status="behind", overdue=True))
        rows.append(
            source(f"S{len(rows)}{text}", name=text, result="violation", severity="major", responsible_unit=text)
        )
    return rows


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "ledger.xlsx"
    rows = hostile(TEXTS)
    found = [
        {
            "finding_id": f"F{at}{text}",
            "subject_id": f"S{2 * at + 1}{text}",
            "citation": text,
            "text": text,
            "remedy": text,
        }
        for at, text in enumerate(TEXTS)
    ]
    sections = sections_of(*({"section_id": f"D{at}", "name": text, "river": text} for at, text in enumerate(TEXTS)))
    changes = pd.DataFrame([[text] * len(CHANGE_COLUMNS) for text in TEXTS], columns=list(CHANGE_COLUMNS))
    told = {(LEDGER, row["site_id"]): {"to_decide": row["name"], "lacking": row["name"]} for row in rows[::2]}
    frames = frames_of(rows, *found, district=[row["name"] for row in rows])
    assert written(path, frames, title="=1+1&D 测试", sections=sections, changes=changes, told=told) == {}
    return path


def test_nothing_is_a_formula_or_a_link_and_every_part_can_be_read(book: Path) -> None:
    parts = {**xml_of(book), **xml_of(book, ".rels")}
    for name, part in parts.items():
        formulas = [one.text for one in all_of(part, "f")]
        if name.startswith("xl/charts/"):
            pattern = re.compile(r"统计!\$[A-Z]\$\d+(:\$[A-Z]\$\d+)?")
            assert formulas and all(pattern.fullmatch(str(text)) for text in formulas), name
        else:
            assert formulas == [], name
        assert not all_of(part, "hyperlink") and not all_of(part, "hyperlinks"), name
        targets = {one.get("TargetMode") for one in all_of(part, "Relationship")}
        assert targets <= {None, "Internal"}, name
    with zipfile.ZipFile(book) as file:
        odd = [
            name
            for name in file.namelist()
            if re.search("external|comment|vba|macro|connection|query|dde", name.lower())
        ]
    assert odd == []


def test_no_name_of_a_sheet_or_a_range_comes_from_data(book: Path) -> None:
    whole = xml_of(book)["xl/workbook.xml"]
    assert [one.get("name") for one in all_of(whole, "sheet")][:3] == ["问题清单", "逾期", "回头看"]
    names = {one.get("name") for one in all_of(whole, "definedName")}
    assert names == {"_xlnm._FilterDatabase", "_xlnm.Print_Area", "_xlnm.Print_Titles"}
    assert all(
        re.fullmatch(r"[一-鿿]+![$A-Z0-9:]+(,[一-鿿]+![$0-9:]+)?", str(one.text))
        for one in all_of(whole, "definedName")
    )


def test_a_title_is_no_command_of_the_page_s_header(book: Path) -> None:
    for name, part in xml_of(book).items():
        for header in all_of(part, "oddHeader"):
            commands = re.findall(r"&(?!&)(\d+|.)", str(header.text).replace("&&", ""))
            assert commands == ["C", "14", "R", "9"], name
    assert cells_of(book, "问题清单")[0][0] == "=1+1&D 测试　问题清单"


def test_every_text_is_read_again_as_it_was(book: Path) -> None:
    (table,) = read_rows(book, name="ledger.xlsx", table="问题清单")
    named = {column.code: column.heading.zh for column in LEDGER_COLUMNS}
    shown = [named[code] for code in (*_TEXT_COLUMNS, "basis", "progress_note", "lacking", "to_decide", "district")]
    for heading in (*shown, "备注", "延期至"):
        read = [re.sub(r"_x(FFFE|FFFF)_", _letter, str(text)) for text in table.frame[heading]]
        assert read == list(TEXTS), heading
    ids = [str(text).rpartition("#")[0] for text in table.frame["编号"]]
    assert [re.sub(r"_x(FFFE|FFFF)_", _letter, text) for text in ids] == list(TEXTS)


def _letter(found: re.Match[str]) -> str:
    """A letter that XML has no way to write, in the spelling that stands for it."""
    return chr(int(found.group(1), 16))


@pytest.mark.parametrize(
    ("sheet", "column"), [("断面", 2), ("断面", 3), ("未入台账", 2), ("未入台账", 9), ("变化", 3), ("变化", 7)]
)
def test_other_sheets_hold_the_texts_too(sheet: str, column: int, book: Path) -> None:
    cells = [row[column] for row in cells_of(book, sheet)[HEADING + 1 :]]
    assert [re.sub(r"_x(FFFE|FFFF)_", _letter, str(cell)) for cell in cells] == list(TEXTS)


def test_names_of_units_and_districts_are_texts_of_the_statistics(book: Path) -> None:
    first = {str(row[0]) for row in cells_of(book, "统计")}
    assert {"=1+1", "@SUM(1,1)", "http://example.invalid/x", "0017", "<r><t>x</t></r>"} <= first


def test_numbers_stay_numbers_and_digits_of_an_id_stay_text(book: Path) -> None:
    rows = (
        CalamineWorkbook.from_path(str(book))
        .get_sheet_by_name("问题清单")
        .to_python(skip_empty_area=False)[HEADING + 1 :]
    )
    at = {column.code: place for place, column in enumerate(LEDGER_COLUMNS)}
    assert {type(row[at["number"]]) for row in rows} == {type(row[at["days_overdue"]]) for row in rows} == {float}
    assert {type(row[at["lon"]]) for row in rows} == {float}
    assert all(isinstance(row[at["name"]], str) and isinstance(row[at["site_id"]], str) for row in rows)


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\ud83d😀"])
def test_half_a_letter_does_not_break_the_file(text: str, tmp_path: Path) -> None:
    written(tmp_path / "l.xlsx", frames_of([remediation("Z-1", problem=text)]), title=text)
    cell = cells_of(tmp_path / "l.xlsx", "问题清单")[HEADING + 1][3]
    assert cell == text.encode("utf-8", "replace").decode()


def test_an_office_s_column_that_is_called_like_a_formula_is_a_heading(tmp_path: Path) -> None:
    names = ("=1+1", "http://example.invalid", "A1")
    written(tmp_path / "l.xlsx", frames_of([remediation("Z-1", **dict.fromkeys(names, "x"))]))
    assert tuple(cells_of(tmp_path / "l.xlsx", "问题清单")[HEADING][-3:]) == names


@pytest.mark.parametrize("letter", ["长", "𠮷", "a"])
def test_as_much_as_a_cell_holds_is_kept_and_no_letter_is_cut_in_half(letter: str) -> None:
    units = len(letter.encode("utf-16-le")) // 2
    whole = letter * (MOST_TEXT // units)
    assert fits(whole) and not fits(whole + letter * units)
    assert within_units(whole + letter, MOST_TEXT) == whole
