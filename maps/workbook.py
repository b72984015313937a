"""`ledger.xlsx`: the sheets that an office files, edits and sends back; it lays out rows and knows no rule.

Every text is written as text, no sheet or name is called after data, and nothing but the rows decides the bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from gis.own_sheets import BASELINE, EXPORT, READ_ME
from gis.written_cells import is_counted, new_book, write_text
from layers.ledger_columns import BASELINE_COLUMNS, COLUMNS, LedgerColumn
from layers.ledger_sheets import Sheet
from layers.ledger_statistics import Tally
from layers.words import Word
from maps.workbook_charts import write_statistics
from maps.workbook_looks import Looks, print_on

HEADING = 2  # the row of the headings, counted from 0: above it the title and what is to be known
_FROZEN = 3  # columns that stay: number, id, name
_LINE_OF_TEXT = LedgerColumn("text", Word("", ""), "long", 100)

_WORDS: Mapping[str, Word] = {
    "rows": Word("共 {rows} 条", "{rows} rows"),
    "left_out": Word("另有 {count} 行没有列出，见 {file}", "{count} more are not listed, see {file}"),
    "edit": Word(
        "黄色表头的列可以填写，交回后合并到台账；灰色的列由程序生成，改了不起作用",
        "columns with a yellow heading can be edited and are merged into the ledger; grey ones are made by the program",
    ),
    "day": Word("检查日期 {day}", "inspected on {day}"),
    "more": Word("…（共 {count} 字，全文见 findings.gpkg）", "… ({count} characters, in full in findings.gpkg)"),
    "wrong": Word("不在列表中", "not in the list"),
    "wrong_day": Word("应为日期，如 2017-11-30", "Expected a day, such as 2017-11-30"),
    "wrong_share": Word("应为 0% 到 100%", "Expected 0 % to 100 %"),
    "read_me": Word("填写说明", "How to use this workbook"),
    "cut": Word(
        "工作表“{sheet}”有 {count} 个单元格的文字超过 Excel 的上限，只显示开头，全文见 findings.gpkg。",
        "Sheet “{sheet}”: {count} cells hold more text than Excel can; only the beginning is shown, all is in "
        "findings.gpkg.",
    ),
    "page": Word("&C第 &P 页，共 &N 页", "&Cpage &P of &N"),
    "column": Word("可填写的列", "Columns that can be edited"),
    "choose": Word("可选：{words}", "one of: {words}"),
}


# What stands on the sheet that says how the workbook is used, before the assumptions of the run.
_HOW: Sequence[Word] = (
    Word(
        "只在“问题清单”中黄色表头的列填写。可以排序、筛选、增加列；不要删列、改表头，不要改编号、图层、修订号。",
        "Edit only the columns of “Problems” that have a yellow heading. Rows may be sorted and filtered and columns "
        "added; keep all columns and headings, and do not change site ID, layer and revision.",
    ),
    Word(
        "改了的行，请填写“填报人”和“填报日期”。没有改动的格子不会进入台账；清空的格子不会删除台账中的内容。",
        "In rows that you edited, fill in “Reported by” and “Reported on”. Cells that were not edited do not go into "
        "the ledger; a cell that was emptied deletes nothing there.",
    ),
    Word(
        "交回后由管理台账的人合并：headwater survey merge 项目文件夹 ledger.xlsx。台账只增不改，原有记录都会保留。",
        "Send it back; whoever keeps the ledger merges it: headwater survey merge PROJECT ledger.xlsx. The ledger only "
        "grows, nothing on record is lost.",
    ),
    Word(
        "名称、存在问题、责任单位、整改时限等灰色的列来自原始数据表，要改请改原始数据表。本次结论由程序按法规计算，人工判定另列一栏。",
        "Grey columns such as name, problem, unit and deadline come from the office's own table: change them there. "
        "Results are computed by the rules; what a person decided stands beside them.",
    ),
    Word(
        "“未评估”不等于没有问题：缺少数据，无法作出结论。法律依据前写有“待核查”的，表示现有数据不能确定是否违规。",
        "“Not assessed” does not mean clear: data are missing. A legal basis marked “to check” means that the data "
        "cannot decide whether it is violated.",
    ),
    Word(
        "工作簿另有两张隐藏的工作表，记录这是哪一次导出、导出时各格的内容，请不要删除。",
        "Two hidden sheets say which export this is and what its cells held; please keep them.",
    ),
)


class Filing(NamedTuple):
    """What stands on the workbook as a whole: the project's title, the day of inspection, the language.

    `export`: which export it is (`layers.ledger_columns.EXPORT_KEYS`). `notes`: what has to be known before a result is
    relied on.
    """

    title: str
    as_of: date
    language: str
    export: Mapping[str, str]
    notes: Sequence[str]


def ledger_workbook(sheets: Sequence[Sheet], tallies: Sequence[Tally], filing: Filing, path: Path) -> dict[str, int]:
    """Writes the workbook; by name of a sheet how many cells hold more text than a cell can, and were cut."""
    memory = io.BytesIO()
    created = datetime.combine(filing.as_of, time())
    looks = Looks.of_language(filing.language)
    book = new_book(memory, created=created, in_memory=True)
    looks.begin(book)
    cut = {sheet.name.text(filing.language): _Page(book, looks, filing).write(sheet) for sheet in sheets}
    texts = {"title": filing.title, "day": _say("day", filing), "footer": _say("page", filing)}
    write_statistics(book, looks, tallies, texts, filing.language)
    _write_read_me(book, looks, sheets, filing, {name: count for name, count in cut.items() if count})
    _write_hidden(book, looks, sheets, filing)
    book.close()
    path.write_bytes(memory.getbuffer())
    return {name: count for name, count in cut.items() if count}


def _say(word: str, filing: Filing, **facts: object) -> str:
    return _WORDS[word].text(filing.language).format(day=filing.as_of.isoformat(), **facts)


class _Page:
    """One sheet in work."""

    def __init__(self, book: Any, looks: Looks, filing: Filing) -> None:
        self._book, self._looks, self._filing = book, looks, filing
        self._sheet: Any = None

    def write(self, sheet: Sheet) -> int:
        """Writes title, headings and rows, and how they are printed; how many cells were cut."""
        filing, language = self._filing, self._filing.language
        name = sheet.name.text(language)
        page = self._sheet = self._book.add_worksheet(name)
        page.set_row(0, 26)
        write_text(page, (0, 0), f"{filing.title}　{name}", self._looks.title, self._looks.said)
        write_text(page, (1, 0), self._above(sheet), self._looks.said, self._looks.title)
        page.set_row(HEADING, self._looks.height([one.heading.text(language) for one in sheet.columns], sheet.columns))
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width)
            editable = sheet.edited and column.editable
            look = self._looks.heading(editable=editable)
            write_text(page, (HEADING, place), column.heading.text(language), look, self._looks.said)
        cut = self._rows(sheet)
        last = max(HEADING + len(sheet.rows), HEADING + 1)
        page.freeze_panes(HEADING + 1, min(_FROZEN, len(sheet.columns)))
        page.autofilter(HEADING, 0, last, len(sheet.columns) - 1)
        page.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
        if sheet.edited and sheet.rows:
            for place, column in enumerate(sheet.columns):
                self._validate(column, place, last)
        print_on(page, sheet, rows=(HEADING, last), title=f"{filing.title}　{name}", below=self._above(sheet, ""))
        page.set_footer(_say("page", filing), {"margin": 0.3})
        return cut

    def _above(self, sheet: Sheet, edit: str = "edit") -> str:
        """The line below the title, and on paper beside it."""
        told = [_say("day", self._filing)]
        if not sheet.rows:
            return "　".join([*told, sheet.empty.text(self._filing.language)])
        told.append(_say("rows", self._filing, rows=len(sheet.rows)))
        if sheet.left_out:
            told.append(_say("left_out", self._filing, count=sheet.left_out, file=sheet.in_file))
        if sheet.edited and edit:
            told.append(_say(edit, self._filing))
        return "　".join(told)

    def _rows(self, sheet: Sheet) -> int:
        cut = 0
        looks = [self._looks.cell(column, grey=sheet.edited and not column.editable) for column in sheet.columns]
        for at, row in enumerate(sheet.rows, start=HEADING + 1):
            values = [row.get(column.code) for column in sheet.columns]
            self._sheet.set_row(at, self._looks.height(values, sheet.columns))
            for place, (column, value) in enumerate(zip(sheet.columns, values, strict=True)):
                cut += write_cell(self._sheet, (at, place), column, value, looks[place], self._looks, self._filing)
        return cut

    def _validate(self, column: LedgerColumn, place: int, last: int) -> None:
        """Lists to choose from, limits and hints of a column that may be edited."""
        if not column.editable or column.hint is None:
            return
        language, first = self._filing.language, HEADING + 1
        rule: dict[str, Any] = {"validate": "any"}
        if column.words:
            rule = {"validate": "list", "source": [word.text(language) for word in column.words.values()]}
            rule["error_message"] = _say("wrong", self._filing)
        elif column.kind == "date":
            rule = {"validate": "date", "criteria": "between", "error_message": _say("wrong_day", self._filing)}
            rule |= {"minimum": date(1949, 10, 1), "maximum": date(2199, 12, 31)}
        elif column.kind == "share":
            rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}
            rule["error_message"] = _say("wrong_share", self._filing)
        hint = {"input_title": column.heading.text(language), "input_message": column.hint.text(language)}
        self._sheet.data_validation(first, place, last, place, {**rule, **hint, "ignore_blank": True})


def write_cell(
    sheet: Any, at: tuple[int, int], column: LedgerColumn, value: Any, look: Any, looks: Looks, filing: Filing
) -> bool:
    """Writes a value as what its column holds; whether its text had to be cut."""
    if value is None:
        sheet.write_blank(*at, None, look)
        return False
    if column.words and value in column.words:
        value = column.words[value].text(filing.language)
    elif column.kind == "date" and (day := _day(value)):
        sheet.write_datetime(*at, day, look)
        return False
    elif column.kind in ("number", "place", "share") and isinstance(value, int | float):
        sheet.write_number(*at, value, look)
        return False
    text = str(value)
    return write_text(sheet, at, text, look, looks.title, more=_say("more", filing, count=len(text)))


def _day(value: Any) -> date | None:
    """The day that a text names, as far as a cell can hold it as a day."""
    try:
        day = date.fromisoformat(str(value)) if len(str(value)) == len("2017-11-30") else None
    except ValueError:
        return None
    return day if day and is_counted(day) else None


def _write_read_me(book: Any, looks: Looks, sheets: Sequence[Sheet], filing: Filing, cut: Mapping[str, int]) -> None:
    """The sheet that says how the workbook is used; it is no data when the workbook comes back."""
    page = book.add_worksheet(READ_ME[filing.language])
    page.set_column(0, 0, 18)
    page.set_column(1, 1, _LINE_OF_TEXT.width)
    write_text(page, (0, 0), _say("read_me", filing), looks.title, looks.said)
    row = 2
    how = [line.text(filing.language) for line in _HOW]
    for line in [*how, *filing.notes, *(_say("cut", filing, sheet=name, count=count) for name, count in cut.items())]:
        page.write_number(row, 0, row - 1, looks.number)
        page.set_row(row, looks.height([line], [_LINE_OF_TEXT]))
        write_text(page, (row, 1), line, looks.wrapped, looks.title)
        row += 1
    edited = [column for sheet in sheets if sheet.edited for column in sheet.columns if column.editable]
    if edited:
        write_text(page, (row + 1, 0), _say("column", filing), looks.title, looks.said)
    for at, column in enumerate(edited, start=row + 2):
        told = [column.hint.text(filing.language)] if column.hint else []
        if column.words:
            words = [word.text(filing.language) for word in column.words.values()]
            told = [_say("choose", filing, words=" / ".join(words))]
        write_text(page, (at, 0), column.heading.text(filing.language), looks.heading(editable=True), looks.said)
        write_text(page, (at, 1), "；".join(told), looks.wrapped, looks.title)
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _write_hidden(book: Any, looks: Looks, sheets: Sequence[Sheet], filing: Filing) -> None:
    """The sheets that say which export this is, and what stood in the cells: they come back with the workbook."""
    page = book.add_worksheet(EXPORT)
    for at, (key, value) in enumerate([("key", "value"), *filing.export.items()]):
        write_text(page, (at, 0), key, None, looks.title)
        write_text(page, (at, 1), value, None, looks.title)
    page.very_hidden()
    page = book.add_worksheet(BASELINE)
    columns = [COLUMNS[code] for code in BASELINE_COLUMNS]
    for place, code in enumerate(BASELINE_COLUMNS):
        page.write_string(0, place, code)
    kept = [looks.cell(column, grey=False) for column in columns]
    rows = [row for sheet in sheets if sheet.edited for row in sheet.rows]
    for at, row in enumerate(rows, start=1):
        for place, column in enumerate(columns):
            if row.get(column.code) is not None:
                write_cell(page, (at, place), column, row[column.code], kept[place], looks, filing)
    page.very_hidden()
