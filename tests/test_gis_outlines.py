"""gis.outlines, with gis.geoparquet, gis.exact, gis.grid and gis.cores: nothing is lost on the way into arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from gis import cores, exact, geoparquet, outlines

SHAPES = (
    "POINT (1 2)",
    "MULTIPOINT ((1 2), (3 4))",
    "LINESTRING (0 0, 1 1, 2 0)",
    "MULTILINESTRING ((0 0, 1 1), (5 5, 6 6, 7 5))",
    "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 2 1, 2 2, 1 1))",
    "MULTIPOLYGON (((0 0, 9 0, 9 9, 0 0)), ((20 0, 29 0, 29 9, 20 0), (26 2, 27 2, 27 3, 26 2)))",
)


def edges(lines: outlines.Outlines, shape: int) -> list[list[float]]:
    """Both ends of every edge of a shape."""
    blocks = range(lines.blocks[shape], lines.blocks[shape + 1])
    starts = [edge for block in blocks for edge in range(lines.first[block], lines.last[block])]
    return [[*lines.vertices[edge], *lines.vertices[edge + 1]] for edge in starts]


@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_every_edge_is_there_and_in_its_box(shape: int) -> None:
    geometry = shapely.from_wkt(np.array(SHAPES, dtype=object))
    geometry = np.r_[geometry, shapely.segmentize(geometry, 0.05)]  # many blocks
    lines = outlines.outlines(geometry)
    for place in (shape, shape + len(SHAPES)):
        parts = shapely.get_parts(geometry[place])
        rings = np.concatenate([shapely.get_rings(part) if part.geom_type == "Polygon" else [part] for part in parts])
        expected = []
        for ring in rings:
            ends = shapely.get_coordinates(ring)
            ends = np.repeat(ends, 2, axis=0) if len(ends) == 1 else ends  # a point is an edge from itself to itself
            expected += np.column_stack([ends[:-1], ends[1:]]).tolist()
        assert edges(lines, place) == expected
        assert lines.box[place].tolist() == list(geometry[place].bounds)
        for block in range(lines.blocks[place], lines.blocks[place + 1]):
            ends = lines.vertices[lines.first[block] : lines.last[block] + 1]
            assert lines.block_box[block].tolist() == [*ends.min(axis=0), *ends.max(axis=0)]
        assert lines.area[place] == ("POLYGON" in SHAPES[shape])


def test_a_collection_is_refused() -> None:
    with pytest.raises(ValueError, match="expected points, lines or areas, found a collection"):
        outlines.outlines(np.array([shapely.from_wkt("GEOMETRYCOLLECTION (POINT (1 2))")]))


def test_nothing_has_no_outlines() -> None:
    assert len(outlines.outlines(np.zeros(0, dtype=object)).box) == 0
    assert len(outlines.wkb_outlines([]).box) == 0


def test_a_file_with_a_missing_geometry_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"geometry": pa.array([shapely.Point(1, 2).wkb, None])}), tmp_path / "zones.parquet")
    with pytest.raises(ValueError, match=r"expected a geometry in every row of .*, found 1 without one"):
        list(geoparquet.wkb_chunks(tmp_path / "zones.parquet"))


def test_a_digest_is_that_of_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geoparquet, "_PIECE", 10)
    digests = []
    for number, content in enumerate((b"a" * 25, b"a" * 25, b"a" * 24 + b"b", b"b" + b"a" * 24, b"a" * 20, b"")):
        path = tmp_path / str(number)
        path.write_bytes(content)
        digests.append(geoparquet.digest_of(path))
    assert digests[0] == digests[1]
    assert len(set(digests)) == 5


@pytest.mark.parametrize("count", [1, 3])
def test_work_is_spread_in_its_order(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "cores", lambda: count)
    assert cores.spread(lambda number: number * number, range(50)) == [number * number for number in range(50)]


def test_no_zone_is_in_two_pieces() -> None:
    zone = np.repeat(np.arange(300), np.random.default_rng(4).integers(0, 900, 300))
    pieces = exact.in_pieces(zone, lambda rows: zone[rows])
    assert len(pieces) > 10
    assert np.array_equal(np.concatenate(pieces), zone)
    last, first = np.array([piece[-1] for piece in pieces[:-1]]), np.array([piece[0] for piece in pieces[1:]])
    assert (last < first).all()


def test_places_in_one_spot_are_a_grid_too() -> None:
    pytest.importorskip("numba", reason="needs numba for the fast engine")
    from gis import grid

    zones = outlines.outlines(np.array([shapely.box(0, 0, 1, 1)], dtype=object))
    nothing = np.zeros(3)
    found = grid.near(
        np.full(3, 0.5), np.full(3, 0.5), zones, reach=0.0, accuracy=nothing, zone_accuracy=np.zeros(1), edge=0.01
    )
    assert sorted(found.point.tolist()) == [0, 1, 2]
