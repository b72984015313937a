"""Columns of Arrow tables -> texts as they stand in cells, each distinct text made once; None where empty."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, cast

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


def value_text(value: Any) -> str | None:
    """The text of one value of JSON or of a feature, as a cell of a table would hold it; None where empty or NaN.

    >>> value_text(12.0), value_text(True), value_text(["a"]), value_text("")
    ('12', 'true', '["a"]', None)
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return None if value != value else number_text(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


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


class Texts:
    """A column of text that becomes an array of objects, None where empty, when somebody looks at one of them.

    It can stand wherever such an array is read: numpy and Arrow take it, and it can be indexed, filtered and counted.
    `cells`: the same as Arrow has it, text or a dictionary of texts, null where empty.
    """

    dtype = np.dtype(object)

    def __init__(self, cells: pa.ChunkedArray) -> None:
        self.cells = cells

    @cached_property
    def made(self) -> Objects:
        """The array of objects."""
        return objects_of(self.cells)

    @property
    def shape(self) -> tuple[int]:
        return (len(self.cells),)

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.made)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.made, dtype=dtype, copy=copy)

    def __arrow_array__(self, type: Any = None) -> pa.Array:  # noqa: A002 - Arrow's names
        kind = self.cells.type
        plain = self.cells.cast(kind.value_type) if pa.types.is_dictionary(kind) else self.cells
        return (plain if type is None else plain.cast(type)).combine_chunks()

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, np.ndarray) and key.dtype == bool:
            return self if key.all() else Texts(self.cells.filter(pa.array(key)))
        return self.made[key]

    def copy(self) -> Objects:
        """The array of objects, to be changed."""
        return self.made.copy()

    def tolist(self) -> list[Any]:
        """The texts, None where empty."""
        return list(self.made.tolist())


def objects_of(cells: pa.ChunkedArray) -> Objects:
    """The texts of `Texts.cells` as objects, each distinct one of a dictionary made once; None where null."""
    if not pa.types.is_dictionary(cells.type):
        return np.asarray(cells.to_numpy().astype(object, copy=False))
    made = np.full(len(cells), None, dtype=object)
    start = 0
    known: tuple[pa.Array, Objects] | None = None
    for chunk in cells.chunks:
        if known is None or not known[0].equals(chunk.dictionary):
            known = chunk.dictionary, objects([*chunk.dictionary.to_pylist(), None])
        places = chunk.indices.fill_null(len(known[1]) - 1).to_numpy()
        made[start : start + len(chunk)] = known[1][places]
        start += len(chunk)
    return made


def texts(column: pa.ChunkedArray) -> Objects:
    """The values of an Arrow column as text, None where NULL, NaN or empty; they are made objects when looked at.

    Integers as they are, other numbers as `number_text`, booleans as true and false, dates and times in ISO 8601,
    bytes in hexadecimal, lists and records as JSON. What Python has no date or time for (years beyond 9999) is told as
    its type and number: text that is read as no date. Raises ArrowInvalid for bytes that are no UTF-8.
    """
    cells = _cells(column)
    cells.validate(full=True)
    return cast("Objects", Texts(cells))


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _cells(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type))
    if pa.types.is_dictionary(kind):
        words = kind.value_type
        if pa.types.is_string(words) or pa.types.is_large_string(words):
            return _distinct(column, lambda text: text or None)
        return _cells(column.cast(words))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _strings(column)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return _strings(column.cast(pa.string()))
    if pa.types.is_floating(kind):
        return _distinct(column, lambda value: None if value != value else number_text(value))
    if pa.types.is_string_view(kind):
        return _strings(column.cast(pa.large_string()))
    try:
        values = [None if value is None else _text(value) for value in column.to_pylist()]
    except OverflowError:
        values = [_cell(column.slice(at, 1)) for at in range(len(column))]
    return pa.chunked_array([pa.array([value or None for value in values], pa.large_string())])


def _cell(one: pa.ChunkedArray) -> str | None:
    try:
        value = one[0].as_py()
    except OverflowError:
        if hasattr(one[0], "value"):
            return f"{one.type} {one[0].value}"
        return " ".join(one.chunk(0).to_string().split())  # dates in lists and records: as Arrow shows them
    return None if value is None else _text(value)


def _strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    sample = column.slice(0, _SAMPLE)
    if pc.count_distinct(sample).as_py() <= _REPEATED_SHARE * len(sample):
        return _distinct(column, lambda text: text or None)
    empty = pc.equal(pc.binary_length(column), 0)
    return pc.if_else(empty, pa.scalar(None, column.type), column)


def _distinct(column: pa.ChunkedArray, way: Callable[[Any], str | None]) -> pa.ChunkedArray:
    """A dictionary of what `way` makes of the values, asked once for each; null where it makes None of them."""
    chunks = []
    known: tuple[pa.Array, pa.Array, pa.Array] | None = None
    for chunk in column.dictionary_encode().unify_dictionaries().chunks:
        if known is None or not known[0].equals(chunk.dictionary):
            made = pa.array([way(value) for value in chunk.dictionary.to_pylist()], pa.large_string())
            places = pc.if_else(
                made.is_valid(), pa.array(np.arange(len(made)), pa.int32()), pa.scalar(None, pa.int32())
            )
            known = chunk.dictionary, made, places
        chunks.append(pa.DictionaryArray.from_arrays(known[2].take(chunk.indices), known[1].fill_null("")))
    return pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.large_string()))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=_text)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)
