"""What happens to every kind of geometry at the door."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import from_wkt

from gis.read import read
from gis.repair import enclosed_square_metres, is_sound, repair

POLYGON = frozenset({"polygon"})
ANY = frozenset({"point", "line", "polygon"})


def frame(*geometries: object) -> gpd.GeoDataFrame:
    made = np.empty(len(geometries), dtype=object)
    made[:] = geometries
    return gpd.GeoDataFrame({"source_row": range(1, len(made) + 1)}, geometry=gpd.GeoSeries(made, crs="EPSG:4326"))


# A lollipop: the outline runs out to (2, 1) and back on itself.      +--+
#                                                                     |  |--
#                                                                     +--+
SPIKE = from_wkt("POLYGON ((0 0, 1 0, 1 1, 2 1, 1 1, 0 1, 0 0))")
BOW_TIE = from_wkt("POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))")
HOLE_OUTSIDE = from_wkt("POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0), (5 5, 6 5, 6 6, 5 6, 5 5))")
# One ring that touches itself in (1, 0), as three real wellhead protection areas do.
TOUCHING = from_wkt("POLYGON ((0 0, 1 0, 2 -1, 2 1, 1 0, 1 2, 0 2, 0 0))")
FLAT = from_wkt("POLYGON ((0 0, 1 1, 0 0, 0 0))")

CASES = [
    (shapely.Point(1, 2), ANY, "kept"),
    (shapely.MultiPoint([(1, 2), (3, 4)]), ANY, "kept"),
    (shapely.LineString([(0, 0), (1, 1)]), ANY, "kept"),
    (shapely.box(0, 0, 1, 1), POLYGON, "kept"),
    (shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]), POLYGON, "kept"),
    (from_wkt("POLYGON Z ((0 0 9, 1 0 9, 1 1 9, 0 0 9))"), POLYGON, "kept"),
    (None, ANY, "GEOMETRY_EMPTY"),
    (from_wkt("POINT EMPTY"), ANY, "GEOMETRY_EMPTY"),
    (from_wkt("POLYGON EMPTY"), POLYGON, "GEOMETRY_EMPTY"),
    (shapely.Point(float("nan"), 1), ANY, "GEOMETRY_EMPTY"),
    (shapely.LineString([(0, 0), (np.inf, 1)]), ANY, "GEOMETRY_EMPTY"),
    (shapely.Point(1, 2), POLYGON, "GEOMETRY_KIND"),
    (shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.Point(5, 5)]), ANY, "GEOMETRY_KIND"),
    (shapely.LineString([(0, 0), (0, 0)]), ANY, "GEOMETRY_UNREADABLE"),
    (SPIKE, POLYGON, "GEOMETRY_REPAIRED"),
    (TOUCHING, POLYGON, "GEOMETRY_REPAIRED"),
    (BOW_TIE, POLYGON, "GEOMETRY_NOT_REPAIRABLE"),
    (HOLE_OUTSIDE, POLYGON, "GEOMETRY_NOT_REPAIRABLE"),
    (FLAT, POLYGON, "GEOMETRY_NOT_REPAIRABLE"),
    (from_wkt("POLYGON ((179 0, -179 0, -179 1, 179 1, 179 0))"), POLYGON, "GEOMETRY_ANTIMERIDIAN"),
    (from_wkt("LINESTRING (179 0, -179.5 1)"), ANY, "GEOMETRY_ANTIMERIDIAN"),
    (from_wkt("MULTILINESTRING ((0 0, 1 1), (179 0, -179.5 1))"), ANY, "GEOMETRY_ANTIMERIDIAN"),
    (from_wkt("MULTIPOLYGON (((179 0, 180 0, 180 1, 179 0)), ((-180 0, -179 0, -180 1, -180 0)))"), POLYGON, "kept"),
    (from_wkt("LINESTRING (-170 0, 0 1, 170 0)"), ANY, "kept"),
    (shapely.MultiPoint([(-179, 2), (179, 4)]), ANY, "kept"),
    (shapely.box(-180, -60, 180, 60), POLYGON, "kept"),
]


@pytest.mark.parametrize(("geometry", "kinds", "outcome"), CASES)
def test_every_kind_of_geometry(geometry: shapely.Geometry | None, kinds: frozenset[str], outcome: str) -> None:
    kept, faults, notes = repair(frame(geometry), kinds=kinds)
    if outcome in {"kept", "GEOMETRY_REPAIRED"}:
        assert faults == []
        assert len(kept) == 1
        assert kept.geometry.is_valid.all()
        assert not kept.geometry.has_z.any()
        assert ("GEOMETRY_REPAIRED" in [note["code"] for note in notes]) == (outcome == "GEOMETRY_REPAIRED")
    else:
        assert [(fault.code, fault.row) for fault in faults] == [(outcome, 1)]
        assert kept.empty
    assert kept.crs == "EPSG:4326"


def test_rows_keep_their_numbers_and_nothing_is_lost_or_changed() -> None:
    given = frame(*[geometry for geometry, _, _ in CASES])
    before = given.to_wkt()
    kept, faults, _ = repair(given, kinds=POLYGON)
    assert sorted([*kept["source_row"], *(fault.row for fault in faults)]) == list(range(1, len(CASES) + 1))
    assert list(kept.index) == list(range(len(kept)))
    assert given.to_wkt().equals(before)


def test_a_repair_tells_the_area_before_and_after() -> None:
    _, _, notes = repair(frame(TOUCHING), kinds=POLYGON)
    assert notes[0]["row"] == 1
    # 1 x 2 degrees and a triangle of one square degree near the equator: a degree is 110.6 km by 111.3 km
    assert float(notes[0]["before"]) == pytest.approx(3 * 110_574 * 111_320, rel=0.01)
    assert notes[0]["after"] == notes[0]["before"]


def test_holes_count_against_the_shell_whatever_their_direction() -> None:
    shell, hole = shapely.box(0, 0, 2, 2), shapely.box(0.5, 0.5, 1.5, 1.5)
    with_hole = shapely.Polygon(shell.exterior, [hole.exterior])
    turned = shapely.Polygon(shell.exterior, [hole.exterior.reverse()])
    assert enclosed_square_metres(with_hole) == pytest.approx(enclosed_square_metres(turned))
    assert enclosed_square_metres(with_hole) == pytest.approx(
        enclosed_square_metres(shell) - enclosed_square_metres(hole)
    )


def test_a_table_without_geometry_passes() -> None:
    kept, faults, notes = repair(frame(None, None), kinds=frozenset())
    assert (len(kept), faults, notes) == (2, [], [])


def test_three_invalid_real_zones_are_mended(shared) -> None:  # type: ignore[no-untyped-def]
    path = shared / "data/A_region_michigan_south/protection_zones.gpkg"
    (table,) = read(path, name=path.name)
    kept, faults, notes = repair(table.frame, kinds=POLYGON)
    assert (len(kept), faults) == (1945, [])
    assert [note["row"] for note in notes if note["code"] == "GEOMETRY_REPAIRED"] == [58, 124, 137]


def test_a_multipoint_of_one_member_is_a_point_and_one_of_several_is_not() -> None:
    one, two = shapely.MultiPoint([(104, 26)]), shapely.MultiPoint([(104, 26), (105, 27)])
    given = gpd.GeoDataFrame({"source_row": [1, 2, 3]}, geometry=[one, two, None], crs="EPSG:4326")
    frame, faults, _ = repair(given, kinds=frozenset({"point"}))
    assert frame.geometry.tolist() == [shapely.Point(104, 26), two]
    assert [(fault.row, fault.code) for fault in faults] == [(3, "GEOMETRY_EMPTY")]
    assert given.geometry[0] == one


def test_outlines_that_would_take_too_long_to_mend_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    scribble = shapely.Polygon(random.random((3000, 2)))
    _, faults, _ = repair(frame(scribble, BOW_TIE), kinds=POLYGON)
    assert [(fault.code, fault.row) for fault in faults] == [("GEOMETRY_NOT_REPAIRABLE", row) for row in (1, 2)]
    assert "crossings" in faults[0].facts["found"]
    assert "crossings" not in faults[1].facts["found"]
    assert faults[0].line("zh")

    turn = np.linspace(0, 2 * np.pi, 50_000, endpoint=False)
    corners = np.column_stack([np.cos(turn), np.sin(turn)])
    corners[[10, 11]] = corners[[11, 10]]
    kept, _, notes = repair(frame(shapely.Polygon(corners)), kinds=POLYGON)
    assert len(kept) == 1
    assert [note["code"] for note in notes] == ["GEOMETRY_REPAIRED"]
    monkeypatch.setattr("gis.repair.MOST_CORNERS", 40_000)
    _, faults, _ = repair(frame(shapely.Polygon(corners)), kinds=POLYGON)
    assert "corners" in faults[0].facts["found"]


def wound(corners: int, *, tangled: bool) -> shapely.Polygon:
    """A star of so many corners, or the same ones in no order."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = np.where(np.arange(corners) % 2, 1.0, 0.9)
    places = np.stack([104 + radius * np.cos(angle), 26 + radius * np.sin(angle)], axis=1)
    return shapely.Polygon(np.random.default_rng(4).permutation(places) if tangled else places)


def test_a_tangle_of_very_many_corners_is_refused_before_anybody_looks_for_its_crossings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """GEOS takes minutes to find that a tangle of a million corners is none; a comb of as many teeth is looked through."""
    looked_at: set[int] = set()
    plain = shapely.is_valid

    def is_valid(geometry: object) -> object:
        looked_at.update(np.atleast_1d(shapely.get_num_coordinates(geometry)).tolist())
        return plain(geometry)

    monkeypatch.setattr("gis.repair.shapely.is_valid", is_valid)
    coast, tangle = wound(60_000, tangled=False), wound(80_000, tangled=True)
    kept, faults, _ = repair(frame(coast, tangle, coast), kinds=POLYGON)
    assert kept["source_row"].tolist() == [1, 3]
    assert [(fault.code, fault.row) for fault in faults] == [("GEOMETRY_NOT_REPAIRABLE", 2)]
    assert faults[0].facts["found"].startswith("one edge crosses")
    assert (is_sound(coast), is_sound(tangle), is_sound(BOW_TIE)) == (True, False, False)
    assert looked_at == {5, 60_001}
    assert is_sound(shapely.LineString(shapely.get_coordinates(tangle)))
