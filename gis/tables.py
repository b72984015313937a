"""CSV and TSV files -> text cells, stripped of nothing; the encoding by strict trying."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from gis.columns import texts
from gis.faults import Fault, InputError
from gis.headings import LAST_ROW, SAMPLE, TAIL, below_table, heading_of
from gis.plain_csv import plain_columns
from gis.sheets import Sheet, sheet_of
from gis.workbooks import WORKBOOKS, read_workbook

__all__ = [
    "CHINESE_SHARE", "DELIMITED", "LONGEST_LABEL", "WORKBOOKS", "Sheet", "chinese_share", "encoding_of",
    "encoding_sample", "read_delimited", "read_workbook",
]  # fmt: skip
DELIMITED = frozenset({".csv", ".tsv"})
# Bytes that "decode" as GB18030 are only believed where the result is everyday Chinese (GB 2312) in this share.
CHINESE_SHARE = 0.8
_TRIED = ("utf-8", "gb18030")
_END = "\x1eEND"
# As much as a cell of Excel holds: a longer id or name comes from a quotation mark out of place.
LONGEST_LABEL = 32_767
# Of a longer cell nobody knows where it ends.
_LONGEST_CELL = 1 << 24
# The heading is looked for in so many characters first.
_HEADING = 1 << 16
_DELIMITERS = (",", ";", "\t")
_NOT_ASCII = re.compile(r"[A-Za-z]*[^\x00-\x7f]")  # with the letters before it: a word is read as a whole
_SAMPLE_LENGTH = 40


def encoding_of(data: bytes, declared: str | None = None) -> str:
    """The encoding in which `data` decodes strictly: the declared one, UTF-8, UTF-16 with BOM, GB18030.

    Raises InputError(ENCODING_WRONG) where the declared one does not fit, ENCODING_UNKNOWN where none does,
    FILE_TRUNCATED where one does but for a last character that was cut.
    """
    if declared is not None:
        try:
            data.decode(declared)
        except (UnicodeDecodeError, LookupError) as error:
            raise InputError([Fault("ENCODING_WRONG", value=declared, facts={"found": str(error)[:200]})]) from None
        return "utf-8-sig" if codecs.lookup(declared).name == "utf-8" else declared
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(data) % 2 == 0:
        return "utf-16"
    for name in _TRIED:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8":
            return "utf-8-sig"
        if chinese_share(text) >= CHINESE_SHARE:
            return name
    if _is_cut(data):
        lines = data.count(b"\n")
        raise InputError([Fault("FILE_TRUNCATED", facts={"expected": f"> {lines}", "found": str(lines)})])
    raise InputError([Fault("ENCODING_UNKNOWN", facts={"expected": ", ".join(_TRIED)})])


def _is_cut(data: bytes) -> bool:
    """Whether only the last character of a text lacks some of its bytes."""
    for name in _TRIED:
        try:
            text = codecs.getincrementaldecoder(name)("strict").decode(data, final=False)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or chinese_share(text) >= CHINESE_SHARE:
            return True
    return False


def chinese_share(text: str) -> float:
    """The share of the non-ASCII characters of `text` that everyday Chinese (GB 2312) has; 0 where there is none."""
    counts = Counter(character for character in text if ord(character) > 127)
    total = sum(counts.values())
    known = sum(count for character, count in counts.items() if _in_gb2312(character))
    return known / total if total else 0.0


def encoding_sample(text: str) -> str:
    r"""A piece of `text` that shows whether its encoding is the right one: the first words that are not ASCII.

    Names of places say more than a heading, so the first line is looked at last.

    >>> encoding_sample("1,化工厂,26.5"), encoding_sample("编号,名称\n1,化工厂"), encoding_sample("3 Düren")
    ('化工厂', '化工厂', 'Düren')
    """
    found = None
    if not text.isascii():
        found = _NOT_ASCII.search(text, text.find("\n") + 1) or _NOT_ASCII.search(text)
    piece = text.lstrip() if found is None else text[found.start() : found.start() + _SAMPLE_LENGTH]
    return re.split(r"[\r\n]" if found is None else r"[,;\t\r\n\"]", piece[:_SAMPLE_LENGTH], maxsplit=1)[0]


def _in_gb2312(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def read_delimited(path: Path, encoding: str | None) -> list[Sheet]:
    """The one sheet of a CSV or TSV file; quoted line breaks belong to their cell, so a record is a row.

    Raises InputError for an encoding that cannot be told and for a quotation mark that is never closed.
    """
    data = path.read_bytes()
    if not data.strip():
        raise InputError([Fault("EMPTY_LAYER")])
    name = encoding_of(data, encoding)
    text = data.decode(name)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    facts = {
        "encoding": "utf-8" if name == "utf-8-sig" else name,
        "encoding_sample": encoding_sample(text),
        "driver": "csv",
    }
    columns = plain_columns(text.rstrip("\r\n"), delimiter)
    sheet = None if columns is None else _plain_sheet(columns, facts)
    return [sheet or sheet_of("", _records(text, delimiter), facts, ragged=True)]


def _records(text: str, delimiter: str) -> list[list[str]]:
    """The rows of a CSV text as the csv module reads them."""
    csv.field_size_limit(_LONGEST_CELL)
    # An open quotation mark swallows the rest of the file, this last line included: so it is found.
    lines = io.StringIO(text.rstrip("\r\n") + f"\n{_END}\n", newline="")
    records: list[list[str]] = []
    try:
        records.extend(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        if "field limit" in str(error):
            sizes = {"found": f"> {_LONGEST_CELL}", "expected": str(LONGEST_LABEL), "also": ""}
            raise InputError([Fault("CELL_TOO_LONG", row=len(records) + 1, facts=sizes)]) from None
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": str(error)})]) from None
    if records[-1] != [_END]:
        raise InputError([Fault("QUOTE_OPEN", row=len(records), value=(records[-1] or [""])[-1][:80])])
    if '"' in text:
        _check_quotes(text, delimiter, records)
    return records[:-1]


def _check_quotes(text: str, delimiter: str, records: list[list[str]]) -> None:
    """Nothing, or InputError(QUOTE_OPEN) where a mark that was closed rows later made one row of several.

    Two stray marks, each at the beginning of a cell, are a pair to the csv module: what lies between is one cell. What
    stands behind the second tells, as the cell should have ended there.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for at, record in enumerate(records):
        begun = reader.line_num
        try:
            next(reader)
        except StopIteration:
            return
        except csv.Error:
            swallowed = [cell for cell in record if len(cell.splitlines()) > 1]
            if reader.line_num > begun + 1 and swallowed:
                raise InputError([Fault("QUOTE_OPEN", row=at + 1, value=swallowed[0][:80])]) from None


def _delimiter(text: str) -> str:
    """The delimiter that the first line with anything in it has most of; where it is a title without any, most lines
    below it.
    """
    lines = [line for line in text[:_HEADING].splitlines()[:-1] if line.strip(" ,;\t")]
    if not lines:  # no whole line with anything in it among so many characters
        lines = [next((line for line in text.splitlines() if line.strip(" ,;\t")), "")]
    delimiter = max(_DELIMITERS, key=lines[0].count)
    if delimiter not in lines[0]:
        below = lines[1 : LAST_ROW + 1]
        delimiter = max(_DELIMITERS, key=lambda one: sum(one in line for line in below))
        if sum(delimiter in line for line in below) <= len(below) / 2:
            return _DELIMITERS[0]
    return delimiter


def _plain_sheet(cells: Sequence[pa.ChunkedArray], facts: dict[str, Any]) -> Sheet | None:
    """The sheet of columns whose first cell is the heading; None where its first row is no plain heading of them all,
    or rows below the table are no data.
    """
    top = list(zip(*(column.slice(0, SAMPLE).to_pylist() for column in cells), strict=True))
    heading = heading_of(top)
    if heading.first or not heading.is_plain or len(heading.names) < len(cells):
        return None
    columns = [texts(column.slice(1)) for column in cells]
    blank = np.arange(len(columns[0]))
    for column in columns:  # nearly always there is none left after the first
        blank = blank[[not (cell and cell.strip()) for cell in column[blank].tolist()]]
    kept = np.ones(len(columns[0]), dtype=bool)
    kept[blank] = False
    if len(blank):
        columns = [column[kept] for column in columns]
    if below_table(list(zip(*(column[-TAIL:].tolist() for column in columns), strict=True))):
        return None
    return Sheet("", heading.names, columns, np.flatnonzero(kept) + 2, [], facts)
