"""Columns of Arrow tables -> arrays of texts as they stand in cells, each distinct text made once; None where empty."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Objects = NDArray[np.object_]

# From here on a floating-point number stands for several integers: an id kept as one has lost its last digits.
EXACT_BELOW = 2.0**53
# Where more of a column's first rows than this differ, looking for repeated texts costs more than it saves.
_REPEATED_SHARE = 0.5
_SAMPLE = 10_000


def number_text(value: float) -> str:
    """The shortest text that reads back as `value`; integers without a decimal point, as long as each has its own.

    >>> number_text(12.0), number_text(0.1), number_text(-2.50)
    ('12', '0.1', '-2.5')
    """
    return str(int(value)) if value.is_integer() and abs(value) < EXACT_BELOW else repr(value)


def objects(values: Iterable[Any]) -> Objects:
    """`values` as an array of Python objects, whatever they are."""
    listed = values if isinstance(values, list) else list(values)
    made = np.empty(len(listed), dtype=object)
    made[:] = listed
    return made


def shared(cells: Iterable[str]) -> Objects:
    """`cells` with one object for all that are equal, None where empty."""
    listed = list(cells)
    try:
        return texts(pa.chunked_array([pa.array(listed, pa.large_string())]))
    except UnicodeEncodeError:  # half a pair of surrogates is no text for Arrow
        return objects([cell or None for cell in listed])


def texts(column: pa.ChunkedArray) -> Objects:
    """The values of an Arrow column as text, None where NULL, NaN or empty.

    Integers as they are, other numbers as `number_text`, booleans as true and false, dates and times in ISO 8601,
    bytes in hexadecimal, lists and records as JSON. What Python has no date or time for (years beyond 9999) is told as
    its type and number: text that is read as no date.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return texts(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type))
    if pa.types.is_dictionary(kind):
        words = kind.value_type
        if pa.types.is_string(words) or pa.types.is_large_string(words):
            return _distinct(column, lambda text: text or None)
        return texts(column.cast(words))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _strings(column)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return _strings(column.cast(pa.string()))
    if pa.types.is_floating(kind):
        return _distinct(column, lambda value: None if value != value else number_text(value))
    if pa.types.is_string_view(kind):
        return _strings(column.cast(pa.large_string()))
    try:
        values = column.to_pylist()
    except OverflowError:
        return objects([_cell(column.slice(at, 1)) for at in range(len(column))])
    return objects([None if value is None else _text(value) for value in values])


def _cell(one: pa.ChunkedArray) -> str | None:
    try:
        value = one[0].as_py()
    except OverflowError:
        if hasattr(one[0], "value"):
            return f"{one.type} {one[0].value}"
        return " ".join(one.chunk(0).to_string().split())  # dates in lists and records: as Arrow shows them
    return None if value is None else _text(value)


def _strings(column: pa.ChunkedArray) -> Objects:
    sample = column.slice(0, _SAMPLE)
    if pc.count_distinct(sample).as_py() <= _REPEATED_SHARE * len(sample):
        return _distinct(column, lambda text: text or None)
    empty = pc.equal(pc.binary_length(column), 0)
    nothing = pa.scalar(None, column.type)
    filled: Objects = pc.if_else(empty, nothing, column).to_numpy().astype(object, copy=False)
    return filled


def _distinct(column: pa.ChunkedArray, way: Callable[[Any], str | None]) -> Objects:
    """What `way` makes of the values, asked once for each; None stays None."""
    made = np.full(len(column), None, dtype=object)
    start = 0
    known: tuple[pa.Array, Objects] | None = None
    for chunk in column.dictionary_encode().unify_dictionaries().chunks:
        if known is None or not known[0].equals(chunk.dictionary):
            known = chunk.dictionary, objects([way(value) for value in chunk.dictionary.to_pylist()] + [None])
        places = chunk.indices.fill_null(len(known[1]) - 1).to_numpy()
        made[start : start + len(chunk)] = known[1][places]
        start += len(chunk)
    return made


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=_text)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)
