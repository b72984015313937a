"""The first rows of a table -> where its heading stands, what its columns are called, which rows are none of its data.

Agencies put a title, the reporting unit and a date above the heading, a second row of names or a row of units below
it, and a sum and remarks under the last row. What stands where is told from the rows alone: how many cells are
filled, whether they differ, whether they are numbers, and how wide the rows below are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from gis.faults import Fault, InputError
from gis.units import is_unit

# The heading stands in one of so many rows.
LAST_ROW = 20
# So many rows, the heading's own candidates included, say how wide a table is.
SAMPLE = 60
# Of the cells that the rows below have filled, a heading has this share.
_FILLED_SHARE = 0.6
# With this share of its cells numbers with decimals, long numbers or dates, a row is data.
_DATA_SHARE = 1 / 3
_MOST_LEVELS = 3
# So many different names without a blank between them, below nothing but titles, are a heading however few cells the
# rows below have filled: in a ledger most columns are filled in later.
_MANY_NAMES = 8
# Sums and remarks stand among so many last rows.
TAIL = 20

# A sum stands there as a number, also with its unit; "/" and the like say that there is none.
_WORDS = re.compile(r"[^\W\d_]{2}")
_NUMBER = re.compile(r"[+-]?\d+[.,]\d+|[+-]?\d{5,}", re.ASCII)
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{4}年\d{1,2}月.*", re.ASCII)
# Degrees with minutes, in signs or words: 104°48′18.0″, 东经104度48分.
_ANGLE = re.compile(r"\D{0,4}\d{1,3}\s*[°º度]\s*\d{1,2}.*", re.ASCII | re.DOTALL)
_STATEMENT = re.compile(r"[^:]{1,12}:\s*\S.*", re.DOTALL)
_UNIT_WORDS = frozenset({"", "-", "--", "—", "/", "单位", "unit", "units"})
_SUMS = frozenset({"合计", "总计", "共计", "小计", "累计", "总数", "total", "sum", "grandtotal", "subtotal"})
_REMARK = re.compile(
    r"(注|备注|附注|说明|填表说明|填表人|填报人|制表|制表人|审核人?|复核人?|负责人|单位负责人|联系人|联系电话|填表日期|"
    r"填报日期|填报时间|日期|数据来源|资料来源|来源|盖章|单位盖章|notes?|remarks?|sources?|prepared by|checked by)\s*"
    r"(\(.{1,12}\))?\s*(\d{0,2}\s*[:.、]|\d{1,2}\s).*",
    re.IGNORECASE | re.DOTALL,
)

Row = Sequence[str | None]


class Heading(NamedTuple):
    """Where a heading stands: its rows and the first of data (both counted from 0), its names, the rows above it."""

    first: int
    data: int
    names: list[str]
    above: list[str]

    @property
    def is_plain(self) -> bool:
        """Whether it is one row with nothing but blank rows above it."""
        return not self.above and self.data == self.first + 1


def heading_of(rows: Sequence[Row]) -> Heading:
    """The heading of a table, of which `rows` are at least the first filled ones; it stands in row 1 to 20.

    A first row that could be a heading is one, after whatever number of blank rows. Else it is the first row below
    with as many cells as the rows under it. Names in two or three rows are joined, `坐标 经度`; a row of units goes
    into the names, `溶解氧(mg/L)`.

    Raises InputError(HEADING_MISSING) where no row can be a heading, EMPTY_LAYER where all are blank.
    """
    start = next((at for at, row in enumerate(rows) if any(cell and cell.strip() for cell in row)), None)
    if start is None:
        raise InputError([Fault("EMPTY_LAYER")])
    sample = [[(cell or "").strip() for cell in row] for row in rows[start : start + SAMPLE]]
    found = _found(sample, max(LAST_ROW - start, 1))
    if found is not None:
        return found._replace(first=found.first + start, data=found.data + start)
    first = " | ".join(cell for cell in sample[0] if cell)[:200]
    raise InputError([Fault("HEADING_MISSING", row=start + 1, value=first)])


def _found(sample: list[list[str]], last: int) -> Heading | None:
    """The heading among the first `last` rows of `sample`, of which the first is not blank."""
    filled = [at for at, row in enumerate(sample) if any(row)]
    for place, at in enumerate(filled):
        if at >= last:
            break
        names, following = _levels(sample, at)
        below = [_count(sample[other]) for other in filled[place + 1 :] if other >= following]
        if place == 0 and _is_data(sample):
            continue
        titles = place > 0 and all(_count(sample[other]) == 1 for other in filled[:place])
        if _can_be_heading(sample[at], names, below, first=place == 0, titles=titles):
            return _with_units(sample, at, following, names)
    if _is_data(sample) or (_count(sample[0]) == 1 and len(filled) > 1):
        return None
    return _with_units(sample, 0, 1, _cut(sample[0]))  # narrower than the rows below, and none of these is a heading


def _is_data(sample: list[list[str]]) -> bool:
    """Whether the first row is one of data, as the row below it."""
    below = next((row for row in sample[1:] if any(row)), None)
    return _share_of_data(sample[0], below) >= _DATA_SHARE


def _can_be_heading(row: list[str], names: list[str], below: list[int], *, first: bool, titles: bool) -> bool:
    """Whether a row that gives these names heads rows with so many filled cells.

    A first row, which none stands above, is judged with more patience: nothing but what stands in it says that it is no
    heading. So is one of many names below nothing but `titles`, rows of one cell.
    """
    if not first and (_share_of_data(row) >= _DATA_SHARE or any(_is_number(cell) for cell in row)):
        return False
    width = len({name for name in names if name})
    first = first or (titles and width == len(names) >= _MANY_NAMES)
    if not below:
        return first
    widest = max(below)
    statements = sum(_STATEMENT.fullmatch(unicodedata.normalize("NFKC", cell)) is not None for cell in row if cell)
    if statements >= _count(row) / 2 and (not first or widest > width):
        return False
    typical = sorted(below)[round(0.75 * (len(below) - 1))]
    # Of merged cells only the first is filled: the widest row says what the heading is for.
    return width >= _FILLED_SHARE * typical and (first or widest >= _FILLED_SHARE * width)


def _is_number(cell: str) -> bool:
    """Whether a cell holds a plain number that is no year."""
    plain = unicodedata.normalize("NFKC", cell)
    return plain.isdecimal() and not (len(plain) == 4 and plain[:2] in ("19", "20"))


def _count(row: list[str]) -> int:
    return sum(bool(cell) for cell in row)


def _share_of_data(row: list[str], below: list[str] | None = None) -> float:
    """The share of the filled cells that a heading would not have: numbers (but for years …), angles and dates.

    Of a first row only those count that stand over cells of their kind: a table may have a column for every month.
    """
    kinds = [_kind(cell) for cell in row if cell]
    alike = [kind for kind in kinds if kind]
    if below is not None:
        pairs = zip(row, [*below, *[""] * len(row)], strict=False)
        alike = [kind for cell, under in pairs if (kind := _kind(cell)) and (not under or _kind(under) == kind)]
    return len(alike) / len(kinds) if kinds else 0.0


def _kind(cell: str) -> str:
    plain = unicodedata.normalize("NFKC", cell)
    if _DATE.fullmatch(plain):
        return "date"
    return "number" if _NUMBER.fullmatch(plain) or _ANGLE.fullmatch(plain) else ""


def _cut(row: list[str]) -> list[str]:
    """A row without the empty cells at its end."""
    width = max((at for at, cell in enumerate(row, start=1) if cell), default=0)
    return row[:width]


def _levels(sample: list[list[str]], at: int) -> tuple[list[str], int]:
    """The names that the heading beginning in row `at` gives, and the first row below it.

    A name followed by blanks is the name of a group, where other columns have a name of their own; the row below may
    name the columns of every group, and nothing else. When no blank is left the heading is complete; one that does
    not get so far is its first row alone.
    """
    names = _cut(sample[at])
    if not any(name and (place + 1 < len(names) and names[place + 1]) for place, name in enumerate(names)):
        return names, at + 1  # all of it would be groups, as in a title over a table
    for following in range(at + 1, min(at + _MOST_LEVELS, len(sample))):
        finer = _refined(names, _cut(sample[following]))
        if finer is None:
            break
        names = finer
        if all(names):
            return names, following + 1
    return _cut(sample[at]), at + 1


def _refined(names: list[str], below: list[str]) -> list[str] | None:
    """The names with those of the row below joined to their group; None where that row is no row of such names."""
    width = max(len(names), len(below))
    padded, inner = [[*row, *[""] * (width - len(row))] for row in (names, below)]
    starts = [place for place in range(width) if padded[place] or place == 0]
    finer = list(padded)
    named = 0
    for start, end in zip(starts, [*starts[1:], width], strict=True):
        if end - start == 1:
            if inner[start] and padded[start]:
                return None
            continue
        if not inner[start]:
            return None
        finer[start:end] = [f"{padded[start]} {cell}".strip() if cell else "" for cell in inner[start:end]]
        named += sum(bool(cell) for cell in inner[start:end])
    return finer if named > 1 and _share_of_data(below) < _DATA_SHARE else None


def _with_units(sample: list[list[str]], at: int, following: int, names: list[str]) -> Heading:
    """The heading, a row of units below it taken into its names."""
    above = [" | ".join(cell for cell in row if cell)[:200] for row in sample[:at] if any(row)]
    units = sample[following] if following < len(sample) else []
    if len(names) > 1 and any(len(cell) > 1 and is_unit(cell) for cell in units) and all(map(_is_unit_cell, units)):
        units = [*units, *[""] * (len(names) - len(units))]
        names = [f"{name}({unit})" if is_unit(unit) else name for name, unit in zip(names, units, strict=False)]
        following += 1
    return Heading(at, following, names, above)


def _is_unit_cell(cell: str) -> bool:
    return is_unit(cell) or cell.lower() in _UNIT_WORDS


def names_of_groups(names: Sequence[str]) -> dict[str, str]:
    """The last part of a name below the name of a group, 坐标 经度, -> the name; where no other column has that part.

    Only after a group whose name is not English: in `Site Name` the blank is part of the name.
    """
    parts = [name.rpartition(" ") for name in names]
    last = ["" if group.isascii() else part for group, _, part in parts]
    return {part: name for part, name in zip(last, names, strict=True) if part and (*last, *names).count(part) == 1}


# --- Below the table -------------------------------------------------------------------------


def below_table(rows: Sequence[Row]) -> dict[int, str]:
    """The rows after the data that are none: position among `rows`, the last rows of a table, -> what stands in them.

    A sum (合计, total …) or remarks (注：…), with nothing but such rows and blank ones below. A row that has words in
    other cells, or all of its cells filled, is one of a place that is called so: TOTAL has filling stations.
    """
    found: dict[int, str] = {}
    for at in range(len(rows) - 1, max(len(rows) - TAIL, 0) - 1, -1):
        cells = [cell.strip() for cell in rows[at] if cell and cell.strip()]
        if not cells:
            continue
        first = unicodedata.normalize("NFKC", cells[0])
        is_sum = "".join(first.split()).rstrip(":").lower() in _SUMS and not _is_place(cells[1:], len(rows[at]))
        is_remark = _REMARK.fullmatch(first) is not None and (len(cells) == 1 or len(cells) <= len(rows[at]) / 2)
        if not (is_sum or is_remark):
            break
        found[at] = " | ".join(cells)[:200]
    return dict(sorted(found.items()))


def _is_place(others: list[str], width: int) -> bool:
    """Whether what stands beside the word for a sum cannot be sums: words, or something in every column of several."""
    plain = [unicodedata.normalize("NFKC", cell) for cell in others]
    return (width > 2 and len(others) == width - 1) or any(_WORDS.match(cell) for cell in plain)
