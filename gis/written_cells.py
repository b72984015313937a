"""Workbooks that Headwater writes: what a cell can hold, and that no text in it becomes a formula, a link or markup."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

AUTHOR = "Headwater"
MOST_CELL_ROWS, MOST_CELL_COLUMNS = 1_048_576, 16_384  # what a sheet can hold
MOST_TEXT = 32_767  # of a cell, in units of UTF-16
FIRST_DAY = date(1900, 3, 1)  # before it Excel counts a day that never was


def new_book(target: Any, *, created: datetime, **options: Any) -> Any:
    """A workbook in work in which text stays text; its bytes depend on what is written into it and on `created`."""
    import xlsxwriter

    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, {**as_text, **options})
    book.set_properties({"author": AUTHOR, "created": created, "comments": ""})
    return book


def write_text(sheet: Any, at: tuple[int, int], text: str, look: Any, other: Any, *, more: str = "") -> bool:
    """Writes a text as nothing but text; whether it had to be cut, which `more` then says at its end.

    `other` is any format of the book but `look`.
    """
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # half a pair of surrogates is no text in a file
    cut = not fits(text)
    if cut:
        text = within_units(text, MOST_TEXT - len(more)) + more
    if text.startswith("<r>") and text.endswith("</r>"):  # xlsxwriter would put it into the file as XML
        sheet.write_rich_string(*at, "<", other, text[1:], *([look] if look else []))
    else:
        sheet.write_string(*at, text, look)
    return cut


def fits(text: str) -> bool:
    """Whether a cell can hold all of a text."""
    return len(text) * 2 <= MOST_TEXT or len(text.encode("utf-16-le", "replace")) <= 2 * MOST_TEXT


def is_counted(day: date) -> bool:
    """Whether a day can be a number in a cell, the same in every program."""
    return FIRST_DAY <= day <= date(9999, 12, 31)


def within_units(text: str, units: int) -> str:
    """As much of `text` as fits into so many units of UTF-16, no character cut in half."""
    data = text.encode("utf-16-le")
    return text if len(data) <= 2 * units else data[: 2 * units].decode("utf-16-le", "ignore")
