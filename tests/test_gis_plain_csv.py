"""Two ways through a CSV: where the quick one is taken at all, it gives what the csv module gives, cell by cell."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gis import tables
from gis.faults import InputError
from gis.plain_csv import plain_columns
from gis.tables import read_delimited

CELLS = st.text(alphabet='a1"é水, ;\t\r\n\0\x0b\x1c\u2028\ufeff\xa0', max_size=5)


def by_csv_module(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def by_column(text: str, delimiter: str) -> list[list[str]] | None:
    columns = plain_columns(text, delimiter)
    return None if columns is None else [list(row) for row in zip(*(one.to_pylist() for one in columns), strict=True)]


@given(st.lists(CELLS, min_size=1, max_size=12).map("".join), st.sampled_from(",;\t"))
@example('a,"b', ",")
@example('"a""b",c\r\n"",d', ",")
@example('a,"b"c\n1,2', ",")
@example('"a,"b",c"\n1,2', ",")
@example('"a"",b"\n1', ",")
@example("a\rb", ",")
@example('""\n""', ",")
@example("a\n\na", ",")
def test_what_is_taken_as_plain_has_one_reading(text: str, delimiter: str) -> None:
    quick = by_column(text, delimiter)
    assert quick is None or quick == by_csv_module(text, delimiter)


PLAIN = st.text(alphabet="a1é水 -.:\xa0\x1c'", max_size=4)
ROWS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(PLAIN, min_size=width, max_size=width), min_size=1, max_size=6)
)


@given(ROWS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]))
def test_well_formed_tables_take_the_quick_way(rows: list[list[str]], quoting: Any, line_end: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=quoting, lineterminator=line_end).writerows(rows)
    text = file.getvalue().rstrip("\r\n")
    quick = by_column(text, ",")
    if text and all(any(row) for row in rows):  # else there are blank lines
        assert quick == by_csv_module(text, ",") == rows


def sheet_of(path: Path) -> Any:
    try:
        (sheet,) = read_delimited(path, None)
    except InputError as error:
        return error.faults
    columns = [column.tolist() for column in sheet.columns]
    return sheet.heading, columns, sheet.numbers.tolist(), sheet.faults, sheet.facts


TEXTS = {
    "plain": "id,name\n1,甲\n2,\n",
    "windows": "id,name\r\n1,甲\r\n2,乙\r\n",
    "quoted": '"id","name"\n"1","a,""b"""\n"2",""\n',
    "line break in a cell": 'id,name\n1,"a\nb"\n2,c\n',
    "ragged": "id,name\n1\n2,b,c\n3,d,,\n",
    "blank lines": "\n ,\nid,name\n\n1,a\n,\n \n2,b\n\n\n",
    "blank rows": "id,name\n1,a\n, \n\u3000,\n2,b\n",
    "headings end in blanks": "id,name,, \n1,a,,\n2,b,,c\n",
    "headings lack one": "id,,name\n1,a,b\n",
    "headings in blanks": " id , name\n 1, a \n",
    "old Mac": "id,name\r1,a\r2,b",
    "open": 'id,name\n1,"a\n2,b\n',
    "quotation mark within": 'id,name\n1,5" pipe\n',
    "NUL": "id,name\n1,a\0b\n",
    "two marks of order": "\ufeff\ufeffid,name\n1,a\n",
    "heading only": "id,name\n",
    "one column": "id\n1\n2\n",
    "one column with gaps": 'id\n1\n""\n2\n',
    "line separators": "id,name\n1,a\u2028b\n2,c\x0bd\x1ce\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("name", TEXTS)
def test_both_ways_give_one_sheet(tmp_path: Path, name: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes((TEXTS[name] + "3,水\n").encode(encoding))
    with_the_quick = sheet_of(path)
    monkeypatch.setattr(tables, "plain_columns", lambda *_: None)
    assert with_the_quick == sheet_of(path)


@pytest.mark.parametrize("name", ["plain", "windows", "quoted", "blank rows", "headings in blanks", "one column"])
def test_the_quick_way_is_taken_where_it_can_be(name: str) -> None:
    assert plain_columns(TEXTS[name].rstrip("\r\n"), ",") is not None


def test_a_row_longer_than_a_block_is_left_to_the_csv_module() -> None:
    text = "a,b\n1," + "x" * (1 << 21)
    quick = by_column(text, ",")
    assert quick is None or quick == by_csv_module(text, ",")
