"""Texts that differ in little but their numbers, as ids and sentences of findings do: patterns, and what fills them.

In a pattern ONE stands for a number, PADDED and a letter for one with leading zeros (`B` for two digits, `C` for
three …), and OTHER for what another column says in the same row.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gis.cells import cell_bytes
from maps.series import Integers

Texts = Any  # a column of text in Arrow (large_string), without nulls

ONE, OTHER, PADDED = "\x01", "\x02", "\x03"
MOST_SLOTS = 4
MOST_DIGITS = 9  # so that every number fits into 31 bits
FEW_ROWS = 64
ROWS_OF_A_PATTERN = 20  # at least, on the average


class Numbered(NamedTuple):
    """A column taken apart: its patterns, dictionary-encoded, and the numbers of each slot, 0 where a row has none."""

    patterns: Any
    numbers: list[Integers]


def numbered(texts: Texts, others: Texts | None = None) -> Numbered | None:
    """The column taken apart, `others` being what rows may repeat; None where that would not make it smaller."""
    data = np.frombuffer(cell_bytes(texts), dtype=np.uint8)
    if len(texts) < FEW_ROWS or bool(((data > 0) & (data <= ord(PADDED))).any()):
        return None
    ends = np.cumsum(pc.binary_length(texts).to_numpy().astype(np.int64))
    runs = _runs(data, ends)
    slots = int(runs.rank.max(initial=-1)) + 1
    if slots > MOST_SLOTS:
        return None
    patterns = _patterns(data, ends, runs).dictionary_encode()
    if others is not None:
        patterns = _without(patterns, others.dictionary_encode())
    if len(patterns.dictionary) * ROWS_OF_A_PATTERN > len(texts):
        return None
    numbers = [np.zeros(len(texts), dtype=np.int64) for _ in range(slots)]
    for slot, column in enumerate(numbers):
        here = runs.rank == slot
        column[runs.row[here]] = runs.value[here]
    return Numbered(patterns, numbers)


class _Runs(NamedTuple):
    """The numbers in the bytes of a column: where they stand, in which row, as which of its numbers, their values."""

    start: Integers
    length: Integers
    row: Integers
    rank: Integers
    value: Integers
    padded: NDArray[np.bool_]


def _runs(data: NDArray[np.uint8], ends: Integers) -> _Runs:
    digit = (data >= ord("0")) & (data <= ord("9"))
    row_start = np.zeros(len(data) + 1, dtype=bool)
    row_start[ends] = True
    after = np.append(digit[1:], [False]) & ~row_start[1:]
    before = np.insert(digit[:-1], 0, [False])[: len(digit)] & ~row_start[:-1]
    start = np.flatnonzero(digit & ~before)
    length = np.flatnonzero(digit & ~after) + 1 - start
    short = length <= MOST_DIGITS
    start, length = start[short], length[short]
    row = np.searchsorted(ends, start, side="right")
    rank = np.arange(len(start)) - np.searchsorted(row, row)
    value = np.zeros(len(start), dtype=np.int64)
    for step in range(MOST_DIGITS):
        here = length > step
        value[here] = value[here] * 10 + data[start[here] + step] - ord("0")
    return _Runs(start, length, row, rank, value, (data[start] == ord("0")) & (length > 1))


def _patterns(data: NDArray[np.uint8], ends: Integers, runs: _Runs) -> Texts:
    """The texts with a mark in the place of each number."""
    marked = data.copy()
    marked[runs.start] = np.where(runs.padded, ord(PADDED), ord(ONE))
    marked[runs.start[runs.padded] + 1] = ord("@") + runs.length[runs.padded]
    left_out = np.zeros(len(data) + 1, dtype=np.int64)
    np.add.at(left_out, runs.start + 1 + runs.padded, 1)
    np.add.at(left_out, runs.start + runs.length, -1)
    kept = np.cumsum(left_out[:-1]) == 0
    offsets = np.concatenate([[0], np.concatenate([[0], np.cumsum(kept)])[ends]]).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(marked[kept].tobytes())]
    return pa.Array.from_buffers(pa.large_string(), len(ends), buffers)


def _without(patterns: Any, others: Any) -> Any:
    """The patterns with a mark in the place of what the other column says, where that is no number itself."""
    many = len(others.dictionary)
    pairs = patterns.indices.to_numpy().astype(np.int64) * many + others.indices.to_numpy()
    distinct, of_row = np.unique(pairs, return_inverse=True)
    words, names = patterns.dictionary.to_pylist(), others.dictionary.to_pylist()
    told = []
    for pair in distinct.tolist():
        pattern, name = words[pair // many], names[pair % many]
        plain = len(name) > 1 and not any(letter.isdigit() for letter in name)
        told.append(pattern.replace(name, OTHER) if plain else pattern)
    encoded = pa.array(told, pa.large_string()).dictionary_encode()
    codes = encoded.indices.to_numpy()[of_row]
    return pa.DictionaryArray.from_arrays(pa.array(codes), encoded.dictionary)
