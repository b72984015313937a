"""Further columns of an agency's own: kept, and told apart from the columns that a run adds."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from layers.layer import Layer


def told_apart(frame: pd.DataFrame, layer: Layer, added: Collection[str]) -> pd.DataFrame:
    """The frame with each further column that is called like an added one renamed to `NAME_original`.

    A column is further where the layer does not define it. `added` are the names that the caller
    gives a meaning of its own (`result`, `layer`, `lon` ...).
    """
    ours = {column.name for column in layer.columns} | {"geometry", "source_file", "source_row", "located_to_metres"}
    taken = set(frame.columns) | set(added)
    renamed = {}
    for name in frame.columns:
        if name in added and name not in ours:
            other = f"{name}_original"
            while other in taken:
                other += "_"
            taken.add(other)
            renamed[name] = other
    return frame.rename(columns=renamed)
