"""layers.columns: frames with the types that were given."""

from __future__ import annotations

import numpy as np

from layers.columns import frame_of, objects


def test_nothing_becomes_another_type() -> None:
    columns = {"a": objects(["x", None, "y"]), "b": np.array([1, 2, 3], np.int8), "c": objects([(1, 2), [3], None])}
    frame = frame_of(columns)
    assert frame.dtypes.astype(str).tolist() == ["object", "int8", "object"]
    assert frame["a"].tolist() == ["x", None, "y"]
    assert frame["c"].tolist() == [(1, 2), [3], None]
    assert len(frame_of({"a": objects([])})) == 0
