"""How the sheets of `ledger.xlsx` look, on the screen and on paper: fonts, fills, borders, widths, pages."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

from layers.ledger_columns import LedgerColumn
from layers.ledger_sheets import Sheet

# The workbook's own font stays Calibri 11, so that a width of column is as many pixels on every machine.
_FONTS = {"zh": "宋体", "en": "Calibri"}
_SIZE = 10
_LINE_POINTS, _MOST_POINTS = 13.5, 409.0  # a row can be no higher
_BROKEN = 1.05  # lines end where words do
_MOST_LETTERS = 4000  # more are higher than any row
_LINE = {"border": 1, "border_color": "#A6A6A6"}
_EDITED_HEAD, _TOLD, _TOLD_HEAD = "#FFE699", "#F2F2F2", "#D9D9D9"
_FORMATS = {"date": "yyyy-mm-dd", "share": "0%", "place": "0.000000", "number": "0", "id": "@"}
_MIDDLE = ("date", "share", "number", "place", "word", "id")
_A3, _A4 = 8, 9
_WIDE = {_A3: 1134.0, _A4: 786.0}  # points that a landscape sheet has between its margins
_SMALLEST = 60  # per cent: what needs less on A4 is printed on A3
_PRINTED = ("problem", "progress", "closing")
_SAFELY = 1.33  # columns are wider where the font of the workbook is not there


class Looks:
    """The formats of one workbook, each made once."""

    def __init__(self, plain: dict[str, Any]) -> None:
        self.plain = plain
        self._book: Any = None
        self._made: dict[tuple[Any, ...], Any] = {}

    @classmethod
    def of_language(cls, language: str) -> Looks:
        """The looks of a workbook in this language."""
        return cls({"font_name": _FONTS[language], "font_size": _SIZE})

    def begin(self, book: Any) -> None:
        """Takes the workbook that the formats belong to."""
        self._book = book

    def _format(self, **look: Any) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**self.plain, "valign": "vcenter", **look})
        return self._made[key]

    @property
    def title(self) -> Any:
        """The first line of a sheet."""
        return self._format(bold=True, font_size=16)

    @property
    def said(self) -> Any:
        """The line below the title."""
        return self._format(font_color="#595959")

    @property
    def wrapped(self) -> Any:
        """A paragraph in a wide cell."""
        return self._format(text_wrap=True, valign="top")

    @property
    def number(self) -> Any:
        """A whole number in a table of counts."""
        return self._format(align="center", num_format="0", **_LINE)

    @property
    def share(self) -> Any:
        """A share in a table of counts."""
        return self._format(align="center", num_format="0.0%", **_LINE)

    @property
    def name(self) -> Any:
        """The name of a row in a table of counts."""
        return self._format(text_wrap=True, **_LINE)

    @property
    def caption(self) -> Any:
        """What stands above a table of counts."""
        return self._format(bold=True, font_size=12)

    def heading(self, *, editable: bool) -> Any:
        """The heading of a column."""
        fill = _EDITED_HEAD if editable else _TOLD_HEAD
        return self._format(bold=True, text_wrap=True, align="center", bg_color=fill, **_LINE)

    def cell(self, column: LedgerColumn, *, grey: bool) -> Any:
        """A cell of a column; those that are not to be edited, where others are, are grey."""
        shape = {"text_wrap": True, **({"align": "center"} if column.kind in _MIDDLE else {})}
        number = {"num_format": _FORMATS[column.kind]} if column.kind in _FORMATS else {}
        strong = {"bold": True, "font_color": "#9C0006"} if column.code == "days_overdue" else {}
        fill = {"bg_color": _TOLD} if grey else {}
        return self._format(**fill, **shape, **number, **strong, **_LINE)

    def height(self, values: Sequence[Any], columns: Sequence[LedgerColumn]) -> float:
        """The height in points that a row needs so that all lines of its texts show."""
        lines = 1
        for value, column in zip(values, columns, strict=True):
            if isinstance(value, str):
                lines = max(lines, sum(_lines(part, column.width - 1) for part in value.split("\n")))
        return min(lines * _LINE_POINTS + 5, _MOST_POINTS)


def print_on(page: Any, sheet: Sheet, *, rows: tuple[int, int], title: str, below: str) -> None:
    """Sets paper, scale, what is repeated on every page and the header of a sheet; `rows`: its heading and its last.

    A sheet of several blocks is printed beside each other, each block on pages of its own, after number, id and name.
    """
    blocks = [[at for at, one in enumerate(sheet.columns) if one.block == name] for name in _PRINTED]
    shown = [block for block in blocks if block]
    frozen = _points(sheet.columns[:3])
    widths = [_points([sheet.columns[at] for at in block]) for block in shown]
    widest = max(width + (frozen if place else 0) for place, width in enumerate(widths)) * _SAFELY
    paper = _A4 if widest * _SMALLEST / 100 <= _WIDE[_A4] else _A3
    page.set_landscape()
    page.set_paper(paper)
    page.set_margins(left=0.4, right=0.4, top=0.9, bottom=0.6)
    page.print_area(rows[0], 0, rows[1], shown[-1][-1])
    page.repeat_rows(rows[0])
    if len(shown) > 1:
        page.repeat_columns(0, 2)
        page.set_v_pagebreaks([block[0] for block in shown[1:]])
        page.set_print_scale(max(min(int(100 * _WIDE[paper] / widest), 100), 10))
    else:
        page.fit_to_pages(1, 0)
    page.set_header(f"&C&14 {_in_header(title)}&R&9 {_in_header(below)}", {"margin": 0.4})
    page.center_horizontally()


def _points(columns: Sequence[LedgerColumn]) -> float:
    """How wide columns are on paper at full size."""
    return float(sum(column.width * 7 + 5 for column in columns)) * 0.75


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column so wide; a Chinese letter is as wide as two digits."""
    units = sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text[:_MOST_LETTERS])
    return max(math.ceil(units * _BROKEN / width), 1)


def _in_header(text: str) -> str:
    """A text as the header of a page shows it, where `&` begins a command."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text[:80])
    return plain.replace("&", "&&")
