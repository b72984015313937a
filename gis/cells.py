"""Columns of a frame as text, all cells of a column at once: what a CSV, a GeoJSON and a GeoPackage hold.

Texts, truth values and numbers never become Python objects on the way; whatever else a column of objects
holds is rendered one by one, with the same result.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

ROWS_AT_ONCE = 50_000  # so that a million rows need no second copy of all their text
BYTES = pa.large_binary()
Frame = TypeVar("Frame", bound=pd.DataFrame)
_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
# Between these Arrow writes a number as Python's repr does, but for ".0" behind a whole one.
_SMALLEST, _LARGEST = 1e-4, 1e9


def _named(letter: str) -> str:
    return f"\\x{{{ord(letter):x}}}"


_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BLANKS = [letter for letter in map(chr, range(0x3001)) if letter.isspace()]
_MAY_BEGIN_A_FORMULA = np.isin(np.arange(256), [letter.encode()[0] for letter in (*_FORMULA, *_BLANKS)])
_BEGINS_LIKE_A_FORMULA = f"^[{''.join(map(_named, _BLANKS))}]*[{''.join(map(_named, _FORMULA))}]"
_TO_QUOTE = '[",\r\n]'
_TO_ESCAPE = '[\\x00-\\x1f"\\\\]'
_IS_ESCAPED = np.isin(np.arange(256), [*range(32), *b'"\\'])


def texts(values: pd.Series) -> Any:
    """The column as Arrow text with nulls, truth values as `true` and `false`; None where it holds anything else.

    Also None where a text is no Unicode (half of a surrogate pair).
    """
    found = _texts_or_truths(values)
    return None if found is None else found.cast(pa.large_string())


def in_arrow(frame: Frame) -> Frame:
    """The frame with its columns of text held by Arrow instead of as objects; what else they hold stays as it is.

    Whoever asks for their text several times, in another order or in blocks is answered without going through
    a million objects again.
    """
    held: dict[Any, pd.Series] = {}
    for name, values in frame.items():
        found = _texts_or_truths(values) if pd.api.types.is_object_dtype(values) else None
        if found is not None and pa.types.is_string(found.type):
            held[name] = pd.Series(_TEXT.__from_arrow__(found.cast(pa.large_string())), index=frame.index)
    in_columns: Frame = frame.assign(**held)
    return in_columns


def csv_rows(frame: pd.DataFrame) -> memoryview:
    """The rows as a CSV holds them, in UTF-8: commas, CRLF, quotes where they are needed.

    None and NaN are empty, numbers as short as they round-trip; text that a spreadsheet would run as a formula
    gets an apostrophe. Half of a surrogate pair is written as its three bytes.
    """
    cells = [_csv_column(frame.iloc[:, place]) for place in range(frame.shape[1])]
    if len(cells) == 1:  # a lone empty cell would be an empty line
        cells = [pc.if_else(pc.equal(pc.binary_length(cells[0]), 0), _scalar(b'""'), cells[0])]
    pieces = [piece for cell in cells for piece in (cell, b",")]
    return lines([*pieces[:-1], b"\r\n"], count=len(frame) if cells else 0)


def cell_texts(values: pd.Series, *, guarded: bool = False) -> Any:
    """The cells of a column as Arrow text, "" where there is nothing, written as in a CSV but for quotes.

    `guarded`: also with the apostrophe before what a spreadsheet would run as a formula.
    """
    cells, _ = _csv_cells(values, guarded=guarded)
    try:
        return cells.cast(pa.large_string())
    except pa.ArrowInvalid:  # half of a surrogate pair
        return pa.array([cell.decode("utf-8", "replace") for cell in cells.to_pylist()], pa.large_string())


def json_pieces(frame: pd.DataFrame) -> list[Any]:
    """The rows as JSON objects in UTF-8, as pieces that `lines` puts together.

    None and NaN are null. Of columns with the same name the last counts, in the place of the first. Raises
    ValueError for an infinite number and TypeError for what JSON has no word for.
    """
    places = {str(name): place for place, name in enumerate(frame.columns)}
    pieces: list[Any] = [b"{"]
    for name, place in places.items():
        comma = "," if len(pieces) > 1 else ""
        pieces += [f"{comma}{_json(name)}:".encode(), _json_column(frame.iloc[:, place])]
    return [*pieces, b"}"]


def lines(pieces: Sequence[Any], *, count: int) -> memoryview:
    """All rows of `pieces` in one buffer; a piece is a column of bytes or the same bytes in every row."""
    if not count:
        return memoryview(b"")
    whole = [_scalar(piece) if isinstance(piece, bytes) else piece for piece in pieces]
    return cell_bytes(pc.binary_join_element_wise(*whole, _scalar(b"")))


def encoded(values: Sequence[str]) -> Any:
    """Texts as a column of UTF-8, half of a surrogate pair as its three bytes."""
    return pa.array([value.encode("utf-8", "surrogatepass") for value in values], BYTES)


def number_texts(values: NDArray[np.float64], plain: Callable[[float], str], *, behind_whole: bytes = b"") -> Any:
    """Numbers as a column of bytes, NaN as null, whole ones without a point and with `behind_whole`.

    `plain` writes those that Arrow would not write as Python does: the very large, the very small and minus zero.
    """
    size = np.abs(values)
    known = ~np.isnan(values)
    tame = ((size >= _SMALLEST) & (size < _LARGEST)) | ((values == 0) & ~np.signbit(values))
    text = pa.array(values, mask=~known).cast(pa.large_string()).cast(BYTES)
    if behind_whole:
        suffix = pc.if_else(pa.array(tame & (values == np.rint(values))), _scalar(behind_whole), _scalar(b""))
        text = pc.binary_join_element_wise(text, suffix, _scalar(b""))
    others = np.flatnonzero(known & ~tame)
    if not len(others):
        return text
    return pc.replace_with_mask(text, pa.array(known & ~tame), encoded([plain(one) for one in values[others].tolist()]))


def cell_bytes(cells: Any) -> memoryview:
    """The bytes of all cells, one behind the other."""
    if not len(cells) or cells.buffers()[2] is None:
        return memoryview(b"")
    offsets = np.frombuffer(cells.buffers()[1], dtype=np.int64)
    start, end = int(offsets[cells.offset]), int(offsets[cells.offset + len(cells)])
    return memoryview(cells.buffers()[2]).cast("B")[start:end]


def csv_text(text: str) -> str:
    """`text`, behind an apostrophe if a spreadsheet would run it: if it begins like a formula, also behind blanks."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _texts_or_truths(values: pd.Series) -> Any:
    """The column as it is in Arrow, where each value is a text, or each is true or false; else None."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return None
    try:
        found = pa.array(values.array if values.dtype == "str" else values.to_numpy(dtype=object), from_pandas=True)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError):
        return None
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_boolean, pa.types.is_null)
    return found if any(is_kind(found.type) for is_kind in kinds) else None


def _csv_column(values: pd.Series) -> Any:
    cells, numbers = _csv_cells(values, guarded=True)
    return cells if numbers else _csv_quoted(cells)


def _csv_cells(values: pd.Series, *, guarded: bool) -> tuple[Any, bool]:
    """The cells as bytes without quotes, and whether they are numbers, which need none."""
    if pd.api.types.is_float_dtype(values):
        return pc.fill_null(number_texts(values.to_numpy(dtype=float, na_value=np.nan), _csv_number), b""), True
    if pd.api.types.is_integer_dtype(values) and not values.hasnans:
        return pa.array(values.to_numpy()).cast(pa.large_string()).cast(BYTES), True
    found = texts(values)
    if found is None:
        cells: NDArray[np.object_] = values.to_numpy(dtype=object, copy=True)
        cells[np.asarray(pd.isna(cells), dtype=bool)] = ""
        return encoded([_csv_value(value, guarded=guarded) for value in cells]), False
    found = pc.fill_null(found, "")
    return (_without_formulas(found) if guarded else found).cast(BYTES), False


def _without_formulas(cells: Any) -> Any:
    rows = _first_bytes(cells, _MAY_BEGIN_A_FORMULA)  # nearly none; only those are looked at
    if len(rows):
        asked = cells.take(pa.array(rows))
        rows = rows[pc.match_substring_regex(asked, _BEGINS_LIKE_A_FORMULA).to_numpy(zero_copy_only=False)]
    return _replaced(cells, rows, lambda text: f"'{text}") if len(rows) else cells


def _csv_value(value: object, *, guarded: bool) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float):
        return _csv_number(value)
    return csv_text(value) if guarded and isinstance(value, str) else str(value)


def _csv_number(value: float) -> str:
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(float(value))


def _csv_quoted(cells: Any) -> Any:
    content = cell_bytes(cells).tobytes()
    if not any(sign in content for sign in (b'"', b",", b"\r", b"\n")):
        return cells
    wanted = pc.match_substring_regex(cells, _TO_QUOTE)
    doubled = pc.replace_substring(cells, '"', '""') if b'"' in content else cells
    mark = pc.if_else(wanted, _scalar(b'"'), _scalar(b""))
    return pc.binary_join_element_wise(mark, doubled, mark, _scalar(b""))


def _json_column(values: pd.Series) -> Any:
    if values.dtype == np.float64:
        numbers = values.to_numpy()
        if np.isinf(numbers).any():
            raise ValueError(f"column {values.name}: JSON has no infinite numbers")
        return pc.fill_null(number_texts(numbers, repr, behind_whole=b".0"), b"null")
    if values.dtype == np.int64:
        return pa.array(values.to_numpy()).cast(pa.large_string()).cast(BYTES)
    found = _texts_or_truths(values)
    if found is None:
        return pa.array([_json(_json_value(value)).encode() for value in values.astype(object)], BYTES)
    cells = found.cast(pa.large_string()).cast(BYTES)
    if not pa.types.is_boolean(found.type):
        cells = _json_quoted(cells)
    return pc.fill_null(cells, b"null")


def _json_quoted(cells: Any) -> Any:
    if _IS_ESCAPED[np.frombuffer(cell_bytes(cells), dtype=np.uint8)].any():
        odd = pc.fill_null(pc.match_substring_regex(cells, _TO_ESCAPE), False)
        rows = np.flatnonzero(odd.to_numpy(zero_copy_only=False))
        cells = _replaced(cells, rows, lambda text: _json(text.decode())[1:-1].encode())
    mark = _scalar(b'"')
    return pc.binary_join_element_wise(mark, cells, mark, _scalar(b""))


def _json_value(value: object) -> object:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _first_bytes(cells: Any, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The rows, without nulls among them, whose first byte is `wanted`."""
    offsets = np.frombuffer(cells.buffers()[1], dtype=np.int64)[cells.offset : cells.offset + len(cells) + 1]
    rows = np.flatnonzero(np.diff(offsets))
    content = np.frombuffer(cells.buffers()[2], dtype=np.uint8) if len(rows) else np.zeros(0, dtype=np.uint8)
    found: NDArray[np.int64] = rows[wanted[content[offsets[rows]]]]
    return found


def _replaced(cells: Any, rows: NDArray[np.int64], by: Callable[[Any], Any]) -> Any:
    mask = np.zeros(len(cells), dtype=bool)
    mask[rows] = True
    others = pa.array([by(text) for text in cells.take(pa.array(rows)).to_pylist()], cells.type)
    return pc.replace_with_mask(cells, pa.array(mask), others)


def _scalar(content: bytes) -> Any:
    return pa.scalar(content, BYTES)
