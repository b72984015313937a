"""Cells, headings and encodings of CSV files and workbooks, before anybody asks what they mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from gis.faults import InputError
from gis.sheets import Sheet
from gis.tables import chinese_share, encoding_of, read_delimited


def sheet(tmp_path: Path, text: str) -> Sheet:
    path = tmp_path / "t.csv"
    path.write_text(text, "utf-8", newline="")
    (read_sheet,) = read_delimited(path, None)
    return read_sheet


def rows(read_sheet: Sheet) -> list[list[str | None]]:
    return [list(cells) for cells in zip(*read_sheet.columns, strict=True)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_the_heading_has(tmp_path: Path, delimiter: str) -> None:
    read_sheet = sheet(tmp_path, f"a{delimiter}b\n1{delimiter} 2 \n")
    assert (read_sheet.heading, rows(read_sheet)) == (["a", "b"], [["1", " 2 "]])


def test_rows_bear_the_numbers_a_spreadsheet_shows(tmp_path: Path) -> None:
    read_sheet = sheet(tmp_path, '\n,\na,b\n"x\ny",1\n\n , \nz,2\n')
    assert read_sheet.heading == ["a", "b"]
    assert read_sheet.numbers.tolist() == [4, 7]


def test_a_quotation_mark_within_a_cell_is_text(tmp_path: Path) -> None:
    assert rows(sheet(tmp_path, 'a,b\n5" pipe,"say ""no"""\n')) == [['5" pipe', 'say "no"']]


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("纬度", "utf-8", "utf-8-sig"),
        ("纬度", "utf-8-sig", "utf-8-sig"),
        ("纬度", "gb18030", "gb18030"),
        ("a", "ascii", "utf-8-sig"),
    ],
)
def test_encodings_by_strict_trying(text: str, encoding: str, found: str) -> None:
    assert encoding_of(text.encode(encoding)) == found


def test_western_bytes_are_not_taken_for_chinese() -> None:
    with pytest.raises(InputError, match="ENCODING_UNKNOWN"):
        encoding_of("Sainte-Geneviève-des-Bois, Épinay, Orléans, Nîmes à côté".encode("latin-1"))


def test_chinese_share() -> None:
    assert (chinese_share("ab"), chinese_share("水a厂"), chinese_share("水é")) == (0.0, 1.0, pytest.approx(1.0))
    assert chinese_share("水𠀀") == 0.5


@pytest.mark.parametrize("blank", ["", "\n", " \n\n", ";;\n", "\r\n"])
def test_blank_lines_above_the_heading_do_not_hide_the_delimiter(tmp_path: Path, blank: str) -> None:
    (tmp_path / "a.csv").write_bytes(f"{blank}编号;名称;长,宽\n1;甲;2,5\n".encode())
    (sheet,) = read_delimited(tmp_path / "a.csv", None)
    assert sheet.heading == ["编号", "名称", "长,宽"]
    assert rows(sheet) == [["1", "甲", "2,5"]]
    assert sheet.numbers.tolist() == [blank.count("\n") + 2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_encoding_is_told_with_a_sample_of_its_text(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes("id,name\n1,化工厂一号\n".encode(encoding))
    (read_sheet,) = read_delimited(tmp_path / "a.csv", None)
    assert read_sheet.facts["encoding_sample"] == "化工厂一号"
    assert read_sheet.facts["encoding"] == ("utf-8" if encoding == "utf-8-sig" else encoding)


def test_a_long_text_is_never_cut(tmp_path: Path) -> None:
    text = "水" * 40_000
    for cell in (text, f'"{text}\n"'):
        (sheet,) = read_delimited(_written(tmp_path, f"a,b\n1,{cell}\n"), None)
        assert len(sheet.columns[1][0].rstrip("\n")) == 40_000


def test_a_cell_without_end_is_told_with_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gis.tables._LONGEST_CELL", 1000)
    with pytest.raises(InputError) as caught:
        read_delimited(_written(tmp_path, 'a,b\n"x\ny",2\n3,"' + "水\n" * 1000 + '"\n'), None)
    assert [(fault.code, fault.row) for fault in caught.value.faults] == [("CELL_TOO_LONG", 3)]


def _written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "a.csv").write_text(text, "utf-8", newline="")
    return tmp_path / "a.csv"


def test_two_stray_quotation_marks_do_not_make_one_row_of_three(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,name,kind\n1,"a,x\n2,b,x\n3,"c,x\n4,d,x\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"row 2 .*QUOTE_OPEN"):
        read_delimited(path, None)
    path.write_text('id,name,kind\n1,"a, b\nc",x\n2,"b"c,x\n3,5" pipe,x\n', encoding="utf-8")
    assert [*read_delimited(path, None)[0].columns[1]] == ["a, b\nc", "bc", '5" pipe']
