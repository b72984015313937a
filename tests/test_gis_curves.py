"""gis.curves: arcs become straight edges, row by row."""

from __future__ import annotations

import struct

import shapely

from gis.curves import is_curve


def test_only_what_shapely_does_not_know_is_a_curve() -> None:
    assert is_curve(struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 2, 0))
    assert not is_curve(shapely.to_wkb(shapely.box(0, 0, 1, 1)))
