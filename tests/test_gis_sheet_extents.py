"""Workbooks whose one cell far away would fill the memory are refused before they are opened."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from gis.faults import InputError
from gis.read import read_rows
from gis.sheet_extents import check_workbook


def workbook(path: Path, cells: dict[tuple[int, int], str]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for (row, column), text in cells.items():
            sheet.write(row, column, text)
    return path


def changed(path: Path, member: str, pattern: bytes, by: bytes) -> Path:
    """The workbook with one member's text changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    before = members[member]
    members[member] = re.sub(pattern, by, before)
    assert members[member] != before
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def refusal(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_rows(path, name=path.name)
    assert caught.value.message("zh")
    return [fault.code for fault in caught.value.faults]


HEAD = {(0, 0): "id", (1, 0): "001"}


def test_a_far_cell_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "far.xlsx", {**HEAD, (1_048_575, 16_383): "x"})
    assert path.stat().st_size < 8192
    assert refusal(path) == ["ARCHIVE_TOO_LARGE"]


def test_a_far_cell_is_found_whatever_the_sheet_says_of_its_size(tmp_path: Path) -> None:
    path = workbook(tmp_path / "liar.xlsx", {**HEAD, (1_048_575, 700): "x"})
    changed(path, "xl/worksheets/sheet1.xml", rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:B2"/>')
    assert refusal(path) == ["ARCHIVE_TOO_LARGE"]


def test_a_size_stated_too_large_does_no_harm(tmp_path: Path) -> None:
    path = workbook(tmp_path / "wide.xlsx", HEAD)
    changed(path, "xl/worksheets/sheet1.xml", rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:XFD1048576"/>')
    assert [len(table.frame) for table in read_rows(path, name="wide.xlsx")] == [1]


def test_long_and_wide_tables_pass(tmp_path: Path) -> None:
    long = workbook(tmp_path / "long.xlsx", {(row, 0): str(row) for row in range(70_000)})
    wide = workbook(tmp_path / "wide.xlsx", {(row, column): "x" for row in range(3) for column in range(16_384)})
    sparse = workbook(tmp_path / "sparse.xlsx", {**HEAD, (9_999, 400): "x"})
    for path in (long, wide, sparse):
        check_workbook(path)


def test_cells_are_found_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gis.sheet_extents._BLOCK", 7)
    assert refusal(workbook(tmp_path / "far.xlsx", {**HEAD, (1_048_575, 16_383): "x"})) == ["ARCHIVE_TOO_LARGE"]


ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="a"><table:table-column table:number-columns-repeated="16384"/>{rows}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    "</manifest:manifest>"
)


def cell(text: str, repeated: int = 1) -> str:
    said = f'table:number-columns-repeated="{repeated}" office:value-type="string"'
    return f"<table:table-cell {said}><text:p>{text}</text:p></table:table-cell>"


def row(cells: str, repeated: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeated}">{cells}</table:table-row>'


EMPTY = '<table:table-cell table:number-columns-repeated="16384"/>'


def ods(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", ODS.format(rows=rows))
    return path


def test_empty_rows_at_the_end_of_an_ods_are_no_bomb(tmp_path: Path) -> None:
    path = ods(tmp_path / "calc.ods", row(cell("id")) + row(cell("001")) + row(EMPTY, 1_048_574))
    (table,) = read_rows(path, name="calc.ods")
    assert list(table.frame["id"]) == ["001"]


@pytest.mark.parametrize(
    "rows",
    [
        row(cell("x", 16_384), 1_048_576),
        row(cell("id")) + row(EMPTY, 1_048_574) + row(EMPTY.replace("16384", "16383") + cell("x")),
    ],
    ids=["repeated", "far"],
)
def test_repeated_cells_of_an_ods_count_as_often_as_they_are(tmp_path: Path, rows: str) -> None:
    assert refusal(ods(tmp_path / "bomb.ods", rows)) == ["ARCHIVE_TOO_LARGE"]


def record(kind: int, data: bytes) -> bytes:
    return bytes([kind, len(data)]) + data


def test_a_far_cell_of_a_binary_workbook_is_refused(tmp_path: Path) -> None:
    sheet = record(0, (1_048_575).to_bytes(4, "little") + bytes(13)) + record(
        1, (16_383).to_bytes(4, "little") + bytes(4)
    )
    with zipfile.ZipFile(tmp_path / "far.xlsb", "w") as archive:
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    assert refusal(tmp_path / "far.xlsb") == ["ARCHIVE_TOO_LARGE"]


def test_workbooks_that_are_no_archives_are_left_to_their_reader(tmp_path: Path) -> None:
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / "page.xlsx").write_bytes(b"<html>")
    check_workbook(tmp_path / "old.xls")
    assert refusal(tmp_path / "page.xlsx") == ["FILE_UNREADABLE"]


def test_a_workbook_with_a_password_is_told(tmp_path: Path) -> None:
    compound = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
    (tmp_path / "secret.xlsx").write_bytes(compound + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    assert refusal(tmp_path / "secret.xlsx") == ["ARCHIVE_ENCRYPTED"]
    (tmp_path / "old.xlsx").write_bytes(compound)
    assert refusal(tmp_path / "old.xlsx") == ["FILE_UNREADABLE"]
