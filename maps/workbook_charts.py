"""The sheet 统计 of `ledger.xlsx`: tables of counts, each with a chart that refers to its cells.

The numbers are values, no formulas. Series differ by pattern and by how dark they are, so that a print in grey shows
them, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gis.written_cells import write_text
from layers.ledger_columns import LedgerColumn
from layers.ledger_statistics import SHEET, Tally
from layers.words import Word
from maps.workbook_looks import Looks

MOST_DRAWN = 15  # groups of a chart
_MOST_MONTHS_DRAWN = 24
_CHART_COLUMN, _FEWEST_ROWS, _ROW_PIXELS = 10, 13, 20
_ROWS_OF_A_PAGE = 46
_NAMES = 30  # width of the first column
_NAME_COLUMN = LedgerColumn("name", Word("", ""), "text", _NAMES)
_INK = "#404040"
# From light to dark: finished, in work, overdue.
_WORK = (
    {"fill": {"color": "#BFDCEE"}},
    {"fill": {"color": "#4A97CC"}},
    {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#7A2E00", "bg_color": "#F6C7A8"}},
)
# Violation, to check, not assessed, clear.
_RESULTS = (
    {"fill": {"color": "#9E3A00"}},
    {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#B87900", "bg_color": "#FFE3A6"}},
    {"pattern": {"pattern": "percent_20", "fg_color": "#6E6E6E", "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#BFE5D9"}},
)
_MONTHS = ({"fill": {"color": "#4A97CC"}}, {"fill": {"color": "#BFDCEE"}})
_NUMBERS = {"value": True, "num_format": "0;;;", "font": {"size": 8}}


def write_statistics(
    book: Any, looks: Looks, tallies: Sequence[Tally], texts: Mapping[str, str], language: str
) -> None:
    """Writes the tables below each other, each with its chart beside it, a page break before one that would be cut.

    `texts`: the project's `title`, the `day` of inspection, the `footer` of a page.
    """
    name = SHEET.text(language)
    page = book.add_worksheet(name)
    page.set_column(0, 0, _NAMES)
    page.set_column(1, 8, 8)
    page.set_column(9, 9, 2)
    page.set_column(_CHART_COLUMN, _CHART_COLUMN, 70)
    page.set_row(0, 26)
    write_text(page, (0, 0), f"{texts['title']}　{name}", looks.title, looks.said)
    write_text(page, (1, 0), texts["day"], looks.said, looks.title)
    row, breaks, on_page = 3, [], 0
    for tally in tallies:
        height = max(len(tally.rows) + 2, _chart_rows(tally)) + 2
        if on_page and on_page + height > _ROWS_OF_A_PAGE:
            breaks.append(row)
            on_page = 0
        _table(page, looks, tally, row, language)
        if tally.rows:
            page.insert_chart(row, _CHART_COLUMN, _chart(book, name, tally, row, language), {"object_position": 1})
        row += height
        on_page += height
    page.set_h_pagebreaks(breaks)
    page.print_area(0, 0, max(row, 4), _CHART_COLUMN)
    page.set_landscape()
    page.set_paper(9)
    page.set_print_scale(64)
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    page.set_footer(texts["footer"], {"margin": 0.3})


def _table(page: Any, looks: Looks, tally: Tally, row: int, language: str) -> None:
    write_text(page, (row, 0), tally.title.text(language), looks.caption, looks.said)
    page.set_row(row + 1, 28)
    for column, word in enumerate(tally.headings):
        write_text(page, (row + 1, column), word.text(language), looks.heading(editable=False), looks.said)
    for at, cells in enumerate(tally.rows, start=row + 2):
        page.set_row(at, max(looks.height([cells[0]], [_NAME_COLUMN]), 15))
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                write_text(page, (at, column), cell, looks.name, looks.said)
            elif cell is not None:
                page.write_number(at, column, cell, looks.share if column == tally.share else looks.number)


def _chart(book: Any, sheet: str, tally: Tally, row: int, language: str) -> Any:
    """The chart of a table whose caption stands in `row`: of its first rows, of months the last ones."""
    kind = {"stacked": {"type": "bar", "subtype": "stacked"}, "bars": {"type": "bar"}, "months": {"type": "column"}}
    chart = book.add_chart(kind[tally.chart])
    first, last = row + 2, row + 1 + min(len(tally.rows), MOST_DRAWN)
    if tally.chart == "months":
        last = row + 1 + len(tally.rows)
        first = max(first, last - _MOST_MONTHS_DRAWN + 1)
    fills = {3: _WORK, 4: _RESULTS}.get(len(tally.series), _MONTHS)
    for place, column in enumerate(tally.series):
        chart.add_series(
            {
                "name": [sheet, row + 1, column],
                "categories": [sheet, first, 0, last, 0],
                "values": [sheet, first, column, last, column],
                "border": {"color": _INK, "width": 0.75},
                "data_labels": _NUMBERS,
                "gap": 60,
                **fills[place],
            }
        )
    chart.set_title({"name": tally.title.text(language), "name_font": {"size": 11}, "overlay": False})
    axis = {"num_font": {"size": 9}, "major_gridlines": {"visible": False}}
    number = {**axis, "num_format": "0", "min": 0, "visible": False}
    if tally.chart == "months":
        chart.set_x_axis({**axis, "text_axis": True})
        chart.set_y_axis(number)
    else:
        chart.set_y_axis({**axis, "reverse": True, "interval_unit": 1})
        chart.set_x_axis(number)
    chart.set_legend({"none": True} if len(tally.series) == 1 else {"position": "bottom", "font": {"size": 9}})
    chart.set_size({"width": 480, "height": _chart_rows(tally) * _ROW_PIXELS})
    return chart


def _chart_rows(tally: Tally) -> int:
    """How many rows of the sheet a chart is high."""
    bars = min(len(tally.rows), MOST_DRAWN) if tally.chart != "months" else 0
    return max(_FEWEST_ROWS, 5 + bars)
