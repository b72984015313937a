"""Columns -> frames without a change of type: pandas would make its own strings of objects, and NaN of None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def frame_of(columns: Mapping[str, NDArray[Any]]) -> pd.DataFrame:
    """The columns, equally long arrays, as a frame with the same names, order and types."""
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype, copy=False) for name, values in columns.items()})


def cells(frame: pd.DataFrame, name: str) -> NDArray[np.object_]:
    """The values of a column as objects; None in every row where there is no such column."""
    if name not in frame:
        return np.full(len(frame), None, dtype=object)
    return np.asarray(frame[name].to_numpy(dtype=object))


def objects(values: Iterable[object]) -> NDArray[np.object_]:
    """The values as a one-dimensional array of objects, whatever they are."""
    listed = list(values)
    made = np.empty(len(listed), dtype=object)
    made[:] = listed
    return made
