"""CSV texts that only one reading is possible of -> their columns, without an object for every row.

Everything else (ragged rows, blank lines, quotation marks within cells, line breaks within quotation marks …) is
left to the csv module, which reads whatever people write.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.csv

# A cell in quotation marks that stand where they must, without a line break in it; D is the delimiter.
_QUOTED = r'(?:(?<=[\nD])|\A)"(?:[^"\r\n]|"")*"(?=[\r\nD]|\Z)'


def plain_columns(text: str, delimiter: str) -> list[pa.ChunkedArray] | None:
    """The cells of every column of `text`, its first line included, as the csv module would read them; else None.

    None where the rows do not all have the same number of cells, or anything in the text could be read in two ways.
    Line n of the text is row n.
    """
    width = text.partition("\n")[0].count(delimiter) + 1
    quoted = '"' in text
    if not text or not _is_plain(text) or (quoted and not _well_quoted(text, delimiter)):
        return None
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return None
    names = [f"f{at}" for at in range(width)]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(column_names=names),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, quote_char='"' if quoted else False, ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), check_utf8=False, strings_can_be_null=False
            ),
        )
    except pa.ArrowException:
        return None
    return list(table.columns)


def _is_plain(text: str) -> bool:
    """Whether every line break is one in both readings, and none stands alone in a line."""
    breaks = "\n\n" not in text and "\n\r" not in text and not text.startswith(("\n", "\r"))
    whole_breaks = "\r" not in text or text.count("\r") == text.count("\r\n")
    return breaks and whole_breaks and "\0" not in text and text[0] != "\ufeff"


def _well_quoted(text: str, delimiter: str) -> bool:
    """Whether every quotation mark opens or closes a whole cell or is doubled within one."""
    return '"' not in re.sub(_QUOTED.replace("D", delimiter), "", text)
