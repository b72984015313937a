"""The user's own table with its bad cells coloured, each with a comment that says why and what to do, as .xlsx."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from gis.bad_cells import HEADING_WITHIN, bad_cells, columns_of
from gis.faults import Fault, shown
from gis.grids import Grid
from gis.own_sheets import READ_ME
from gis.written_cells import (
    AUTHOR,
    MOST_CELL_COLUMNS,
    MOST_CELL_ROWS,
    MOST_TEXT,
    fits,
    is_counted,
    new_book,
    within_units,
    write_text,
)

# A workbook of ours that nobody has saved since bears this date; nothing else could: it is before the first Excel.
CREATED = datetime(1980, 1, 1)  # noqa: DTZ001 - a workbook knows no time zones
MOST_ROWS = 100_000  # of a larger table only the heading and the bad rows are shown
MOST_COMMENTS = 10_000  # of a sheet; with more, spreadsheet programs stop answering
_WIDEST, _NARROWEST, _SAMPLE = 40.0, 8.0, 200
_EXAMPLES = 5
_LONGEST_COMMENT = 8000
_BAD = {"bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1, "border_color": "#9C0006"}
_FORMATS = {"datetime": "yyyy-mm-dd hh:mm:ss", "date": "yyyy-mm-dd", "time": "hh:mm:ss", "duration": "[h]:mm:ss"}
_WORDS = {
    "zh": {
        "title": "Headwater 检查：这个表中被拒绝的行",
        "how": "红色单元格有错误，批注写明原因和做法；红色的行首单元格表示整行有错误。"
        "改正后另存，替换项目 data 文件夹中的原文件（原文件不是 .xlsx 时，把 headwater.toml 中的 path 改为这个文件）。"
        "本说明页不会被当作数据读取。",
        "heading": ("工作表", "代码", "列", "行数", "位置", "原因", "怎么办"),
        "row": "原行号",
        "large": "工作表 {sheet} 有 {rows} 行，这里只列出表头和有错误的行；第一列是原文件中的行号。请在原文件中改正。",
        "cut": "工作表 {sheet} 单元格 {cell} 的文字有 {count} 个字，超过 Excel 的上限，这里只显示开头；全文见原文件。",
        "narrow": "工作表 {sheet} 有 {count} 列，超过 Excel 的上限，这里只有前 {shown} 列；其余见原文件。",
        "comments": "工作表 {sheet} 的批注太多，只有前 {shown} 个单元格有批注；其余只着色，原因见 rejects.csv。",
        "more": "…（共 {count} 字，全文见原文件）",
        "column": "列",
        "todo": "怎么办：",
    },
    "en": {
        "title": "Headwater: the rejected rows of this table",
        "how": "Red cells are wrong; the comment says why and what to do. A red first cell means the whole row. Correct them, save, and replace the file in the project's data folder (where that was no .xlsx, name this one as its path in headwater.toml). This sheet is not read as data.",  # noqa: E501
        "heading": ("sheet", "code", "column", "rows", "where", "reason", "what to do"),
        "row": "row number",
        "large": "Sheet {sheet} has {rows} rows; only the heading and the bad rows are here, the first column tells their row in the file itself. Correct them there.",  # noqa: E501
        "cut": "Sheet {sheet}, cell {cell}: {count} characters are more than Excel holds; only the beginning is shown, see the file itself.",  # noqa: E501
        "narrow": "Sheet {sheet} has {count} columns, more than Excel holds; only the first {shown} are here, see the file itself.",  # noqa: E501
        "comments": "Sheet {sheet} has too many comments; only the first {shown} bad cells have one, the others are coloured: see rejects.csv.",  # noqa: E501
        "more": "… ({count} characters in all, see the file itself)",
        "column": "column",
        "todo": "What to do: ",
    },
}  # fmt: skip


def write_marked(sheets: Sequence[Grid], faults: Mapping[str, Sequence[Fault]], path: Path, language: str) -> list[str]:
    """Writes all `sheets` with the cells of `faults` (by sheet) coloured and commented; what could not be shown whole.

    Numbers stay numbers, dates dates; no text becomes a formula or a link. The same input gives the same bytes. In
    front stands a sheet with the counts, which `gis.read` does not read (gis.own_sheets).
    """
    book = new_book(path, created=CREATED, constant_memory=True)
    read_me = book.add_worksheet(READ_ME[language])
    names, told = {READ_ME[language].lower()}, list[str]()
    places: dict[tuple[str, int, int], str] = {}
    for grid in sheets:
        own = list(faults.get(grid.name, ()))
        marks = bad_cells(grid, own)
        for name, rows in _pages(grid, marks, names):
            page = _Page(book, book.add_worksheet(name), name, language, numbered=len(grid.rows) > MOST_ROWS)
            page.write(grid, rows, marks)
            told += page.told
            places |= page.places
    _write_read_me(book, read_me, sheets, faults, places, told, language)
    book.close()
    return told


# --- Sheets ------------------------------------------------------------------------------------


def _pages(grid: Grid, marks: Mapping[tuple[int, int], Any], names: set[str]) -> Iterator[tuple[str, Sequence[int]]]:
    """The sheets to write of a grid, each with the rows (from 0) that it shows."""
    rows: Sequence[int] = range(len(grid.rows))
    if len(rows) > MOST_ROWS:
        bad = sorted({row for row, _ in marks})
        top = [at for at in range(min(HEADING_WITHIN, bad[0] if bad else 1)) if at not in bad]
        rows = [*(top if bad and bad[0] <= HEADING_WITHIN else top[:1]), *bad]
    for start in range(0, max(len(rows), 1), MOST_CELL_ROWS):
        yield _sheet_name(grid.name or "data", names), rows[start : start + MOST_CELL_ROWS]


def _sheet_name(wanted: str, names: set[str]) -> str:
    """`wanted` as Excel takes it: at most 31 characters, none that it refuses, and only once; entered in `names`."""
    plain = "".join("_" if letter in "[]:*?/\\" or not letter.isprintable() else letter for letter in wanted)
    plain = plain.strip("'") or "_"
    for number in range(1, len(names) + 2):
        ending = "" if number == 1 else f" ({number})"
        name = within_units(plain, 31 - len(ending)) + ending
        if name.lower() not in names and name.lower() != "history":
            break
    names.add(name.lower())
    return name


class _Page:
    """One sheet in work: `told` is what it could not show whole, `places` where each bad cell of the grid stands."""

    def __init__(self, book: Any, sheet: Any, name: str, language: str, *, numbered: bool) -> None:
        self._book, self._sheet, self._name = book, sheet, name
        self._words, self._language, self._shift = _WORDS[language], language, int(numbered)
        self._made: dict[tuple[str, bool], Any] = {}
        self._comments = 0
        self.told: list[str] = []
        self.places: dict[tuple[str, int, int], str] = {}

    def write(self, grid: Grid, rows: Sequence[int], marks: Mapping[tuple[int, int], list[Fault]]) -> None:
        columns = max((len(grid.rows[at]) for at in rows), default=0)
        shown_columns = min(columns, MOST_CELL_COLUMNS - self._shift)
        if columns > shown_columns:
            self.told.append(self._say("narrow", count=columns, shown=shown_columns))
        if self._shift:
            self.told.append(self._say("large", rows=len(grid.rows)))
        for column, width in _widths(grid, rows, shown_columns).items():
            self._sheet.set_column(column + self._shift, column + self._shift, width)
        bad: dict[int, dict[int, list[Fault]]] = {}
        for (row, column), found in marks.items():  # a cell that is not shown is told at the first of its row
            bad.setdefault(row, {}).setdefault(column if column < shown_columns else 0, []).extend(found)
        for at, row in enumerate(rows):
            self._row(at, row, grid, bad.get(row, {}), shown_columns)
        if self._comments > MOST_COMMENTS:
            self.told.append(self._say("comments", shown=MOST_COMMENTS))
        last = _address(MOST_CELL_ROWS - 1, MOST_CELL_COLUMNS - 1)
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:{last}"})

    def _row(self, at: int, row: int, grid: Grid, bad: Mapping[int, list[Fault]], columns: int) -> None:
        """Writes one row of the grid as row `at` of the sheet, and its comments: xlsxwriter takes these only now."""
        if self._shift:
            self._sheet.write_number(at, 0, row + 1)
        cells = grid.rows[row]
        for column, value in enumerate(cells[:columns]):
            self._cell(at, column, value, bad=column in bad)
        for column, found in bad.items():
            if column >= len(cells):
                self._cell(at, column, None, bad=True)
            self._comment((grid.name, row, column), at, found)

    def _say(self, word: str, **facts: object) -> str:
        return str(self._words[word]).format(sheet=self._name, **facts)

    def _format(self, kind: str, *, bad: bool) -> Any:
        if not kind and not bad:
            return None
        if (kind, bad) not in self._made:
            look = {**({"num_format": _FORMATS[kind]} if kind else {}), **(_BAD if bad else {})}
            self._made[kind, bad] = self._book.add_format(look)
        return self._made[kind, bad]

    def _cell(self, row: int, column: int, value: object, *, bad: bool) -> None:
        at = (row, column + self._shift)
        kind, written = _typed(value)
        if kind == "text":
            self._text(at, str(written), bad=bad)
        elif kind == "blank":
            if bad:
                self._sheet.write_blank(*at, None, self._format("", bad=True))
        elif kind == "boolean":
            self._sheet.write_boolean(*at, written, self._format("", bad=bad))
        elif kind == "number":
            self._sheet.write_number(*at, written, self._format("", bad=bad))
        else:
            self._sheet.write_datetime(*at, written, self._format(kind, bad=bad))

    def _text(self, at: tuple[int, int], text: str, *, bad: bool) -> None:
        look, other = self._format("", bad=bad or not fits(text)), self._format("date", bad=False)
        if write_text(self._sheet, at, text, look, other, more=self._say("more", count=len(text))):
            self.told.append(self._say("cut", cell=_address(*at), count=len(text)))

    def _comment(self, place: tuple[str, int, int], at: int, found: Sequence[Fault]) -> None:
        column = place[2] + self._shift
        self.places[place] = f"{self._name}!{_address(at, column)}"
        self._comments += 1
        if self._comments > MOST_COMMENTS:
            return
        text = "\n\n".join(self._told_of(fault) for fault in found)[:_LONGEST_COMMENT]
        lines = sum(1 + len(line) // 24 for line in text.split("\n"))
        size = {"width": 340, "height": min(40 + 18 * lines, 600)}
        self._sheet.write_comment(at, column, text, {"author": AUTHOR, **size})

    def _told_of(self, fault: Fault) -> str:
        column = f" · {self._words['column']} {shown(fault.column)}" if fault.column else ""
        reason, proposal = (_clean(text(self._language)) for text in (fault.reason, fault.proposal))
        return f"{fault.code}{column}\n{reason}\n{self._words['todo']}{proposal}"


def _typed(value: object) -> tuple[str, Any]:
    """What kind of cell a value becomes, and the value that is written."""
    if value is None or value == "":
        return "blank", None
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int | float):
        return ("number", value) if math.isfinite(value) else ("text", str(value))
    if isinstance(value, datetime):
        return (
            ("datetime" if value.time() != time() else "date", value)
            if is_counted(value.date())
            else ("text", str(value))
        )
    if isinstance(value, date):
        return ("date", value) if is_counted(value) else ("text", value.isoformat())
    if isinstance(value, time):
        return "time", value
    if isinstance(value, timedelta):
        return ("duration", value) if value >= timedelta() else ("text", str(value))
    return _as_written(str(value))


def _as_written(text: str) -> tuple[str, Any]:
    """A text of a CSV: a number where a spreadsheet would show the number exactly as it is written, else text."""
    if len(text) <= 15 and text[0] in "-0123456789":
        try:
            number = float(text)
        except ValueError:
            return "text", text
        whole = number.is_integer()
        if abs(number) >= 1e-4 and math.isfinite(number) and (str(int(number)) if whole else repr(number)) == text:
            return "number", number
    return ("number", 0.0) if text == "0" else ("text", text)


def _widths(grid: Grid, rows: Sequence[int], columns: int) -> dict[int, float]:
    """Widths in characters: as the file states them, else as wide as the first cells need."""
    widths = {}
    for column in range(columns):
        if column in grid.widths:
            widths[column] = min(grid.widths[column], 255.0)
            continue
        cells = (grid.rows[at][column] for at in rows[:_SAMPLE] if column < len(grid.rows[at]))
        needed = max((_shown_width(str(cell)) for cell in cells if cell is not None), default=0)
        widths[column] = min(max(needed + 2.0, _NARROWEST), _WIDEST)
    return widths


def _shown_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text[:60])


def _address(row: int, column: int) -> str:
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _clean(text: str) -> str:
    return "".join(letter if letter.isprintable() else "·" for letter in text)


# --- The sheet in front ------------------------------------------------------------------------


def _write_read_me(
    book: Any,
    sheet: Any,
    sheets: Sequence[Grid],
    faults: Mapping[str, Sequence[Fault]],
    places: Mapping[tuple[str, int, int], str],
    told: Sequence[str],
    language: str,
) -> None:
    words: Mapping[str, Any] = _WORDS[language]
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    for column, width in enumerate((16, 26, 20, 8, 26, 60, 60)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, words["title"], bold)
    lines = [words["how"], *told]
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, _clean(line))
    row = len(lines) + 2
    for column, text in enumerate(words["heading"]):
        sheet.write_string(row, column, text, bold)
    for grid in sheets:
        for found in _groups(faults.get(grid.name, ())):
            row += 1
            _write_group(sheet, row, grid, found, places, language, wrap)


def _groups(faults: Sequence[Fault]) -> list[list[Fault]]:
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        for one in (fault, *fault.others):
            groups.setdefault((one.code, one.column), []).append(one)
    return sorted(groups.values(), key=lambda found: -len(found))


def _write_group(
    sheet: Any,
    row: int,
    grid: Grid,
    found: Sequence[Fault],
    places: Mapping[tuple[str, int, int], str],
    language: str,
    wrap: Any,
) -> None:
    first = found[0]
    column = columns_of(grid, found).get(first.column, [0])[0]
    rows = [int(fault.row or 1) - 1 for fault in found[:_EXAMPLES]]
    where = [places.get((grid.name, row, column)) or places.get((grid.name, row, 0), "") for row in rows]
    shown_at = ", ".join(place for place in where if place) + (" …" if len(found) > _EXAMPLES else "")
    sheet.write_string(row, 0, _clean(grid.name), wrap)
    sheet.write_string(row, 1, first.code, wrap)
    sheet.write_string(row, 2, within_units(_clean(first.column), 255), wrap)
    sheet.write_number(row, 3, len(found), wrap)
    for column, text in ((4, shown_at), (5, first.reason(language)), (6, first.proposal(language))):
        sheet.write_string(row, column, within_units(_clean(text), MOST_TEXT), wrap)
