"""gis.relate: drawings in metres with answers worked out by hand, and properties that must not change."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import relate
from tests.shapes import frame, laid_down, square

# Every test here is run with each engine.
pytestmark = pytest.mark.usefixtures("engine")

# A zone of 1 km, and around it a ring of 500 m with its inner edge 100 m away:
#   +-----------------+
#   | +-------------+ |
#   | |   +-----+   | |
#   | |   |  0  |   | |  1
#   | |   +-----+   | |
#   | +-------------+ |
#   +-----------------+
ZONE = square(0, 0, 1000)
RING = "POLYGON ((-600 -600, 1600 -600, 1600 1600, -600 1600, -600 -600), (-100 -100, -100 1100, 1100 1100, 1100 -100, -100 -100))"


def related(
    relation: str, subject: str, *zones: str, accuracy: float = np.nan, metres: float = 0.0
) -> dict[int, dict[str, float]]:
    """The pairs of one drawn subject by zone."""
    subjects = frame(subject, located_to_metres=[accuracy])
    table = relate.RELATIONS[relation](subjects, relate.targets(frame(*(zones or (ZONE,)))), metres=metres)
    assert list(table.columns) == list(relate.PAIR_COLUMNS)
    return {int(row["zone"]): row for row in table.to_dict("records")}


def test_a_point_inside_tells_its_depth() -> None:
    pair = related("inside", "POINT (300 500)")[0]
    assert pair["holds"] and pair["certain"]
    assert pair["distance_m"] == 0
    assert pair["depth_m"] == pytest.approx(300, rel=1e-4)
    assert pair["margin_m"] == pair["depth_m"]
    assert np.isnan(pair["overlap_share"])


def test_a_point_in_a_hole_is_outside() -> None:
    assert set(related("inside", "POINT (500 500)", ZONE, RING)) == {0}


@pytest.mark.parametrize("place", ["0 0", "1000 500", "1000 1000", "250 1000", "1000.004 500", "999.996 500"])
def test_a_point_on_the_edge_is_not_certain(place: str) -> None:
    pair = related("inside", f"POINT ({place})")[0]
    assert pair["holds"] and not pair["certain"]


def test_a_point_on_a_slanting_edge_is_not_certain() -> None:
    triangle = shapely.Polygon([(105.0, 26.6), (105.013, 26.607), (105.002, 26.611)])
    on_edge = shapely.Point(105.0 + 0.013 / 3, 26.6 + 0.007 / 3)
    zones = gpd.GeoDataFrame(geometry=[triangle], crs=4326)
    table = relate.inside(gpd.GeoDataFrame(geometry=[on_edge], crs=4326), relate.targets(zones))
    assert table[["holds", "certain"]].values.tolist() == [[True, False]]


def test_accuracy_makes_a_near_miss_a_doubt() -> None:
    assert related("inside", "POINT (1020 500)") == {}
    assert related("inside", "POINT (1020 500)", accuracy=15) == {}
    pair = related("inside", "POINT (1020 500)", accuracy=30)[0]
    assert not pair["holds"] and not pair["certain"]
    assert pair["distance_m"] == pytest.approx(20, rel=1e-4)
    assert not related("inside", "POINT (980 500)", accuracy=30)[0]["certain"]
    assert related("inside", "POINT (960 500)", accuracy=30)[0]["certain"]


def test_the_zone_has_an_accuracy_too() -> None:
    zones = relate.targets(frame(ZONE, located_to_metres=[50.0]))
    table = relate.inside(frame("POINT (1040 500)", located_to_metres=[np.nan]), zones)
    assert table[["holds", "certain", "doubt_m"]].values.tolist() == [[False, False, 50.0]]


@pytest.mark.parametrize(
    ("subject", "square_metres", "share", "margin"),
    [
        (square(100, 100, 100), 10_000, 1.0, 200),  # whole: its far corner is 200 m deep
        (square(990, 0, 100), 1_000, 0.1, 10),  # a strip of 10 m
        (square(-500, -500, 2000), 1_000_000, 0.25, 1000),  # holds the whole zone, whose middle is 1 km inside it
        (square(999.5, 999.5, 100), 0.25, 0.25 / 10_000, 0.5),  # half a metre of a corner
    ],
)
def test_an_area_overlaps(subject: str, square_metres: float, share: float, margin: float) -> None:
    pair = related("inside", subject)[0]
    assert pair["holds"] and pair["certain"]
    assert pair["overlap_m2"] == pytest.approx(square_metres, rel=2e-4)
    assert pair["overlap_share"] == pytest.approx(share, rel=2e-4)
    assert pair["margin_m"] == pytest.approx(margin, rel=0.01)


@pytest.mark.parametrize(
    "subject",
    [
        square(1000, 0, 100),  # shares an edge
        square(1000, 1000, 50),  # shares a corner
        square(1000, 200, 7.3),  # shares part of an edge
        square(999.995, 0, 100),  # half a centimetre: the edge as another file has it
        "LINESTRING (1000 0, 1000 1000)",  # runs along the edge
        "LINESTRING (1100 500, 1000 500)",  # ends at the edge
        "MULTIPOLYGON (((1000 0, 1100 0, 1100 100, 1000 0)), ((2000 0, 2100 0, 2100 100, 2000 0)))",
    ],
)
def test_touching_is_not_inside(subject: str) -> None:
    assert related("inside", subject) == {}
    assert related("crosses", subject) == {}


@pytest.mark.parametrize("subject", [square(999.995, 0, 100), "LINESTRING (999.995 100, 1100 500)"])
def test_what_only_touches_is_near(subject: str) -> None:
    """Neither in the zone nor away from it: a rule about a strip around the zone must not lose it."""
    pair = related("within", subject, metres=300)[0]
    assert pair["holds"] and pair["certain"] and pair["distance_m"] == 0
    assert related("within", square(900, 0, 200), metres=300) == {}


def test_a_line_runs_within() -> None:
    pair = related("inside", "LINESTRING (-500 500, 500 500)")[0]
    assert pair["overlap_m"] == pytest.approx(500, rel=1e-4)
    assert pair["overlap_share"] == pytest.approx(0.5, rel=1e-4)
    assert related("crosses", "LINESTRING (-500 500, 1500 500)")[0]["holds"]


def test_a_line_across_a_strip_may_move_half_the_strip() -> None:
    strip = "POLYGON ((0 0, 40 0, 40 1000, 0 1000, 0 0))"
    pair = related("crosses", "LINESTRING (-500 500, 500 500)", strip)[0]
    assert pair["margin_m"] == pytest.approx(20, rel=0.01)
    assert not related("crosses", "LINESTRING (-500 500, 500 500)", strip, accuracy=25)[0]["certain"]


def test_a_line_through_two_corners_far_apart_is_inside() -> None:
    #  \__/        \__/   the line cuts 4 m off each corner: neither piece is long beside the way between them
    both = "MULTIPOLYGON (((0 0, 100 0, 50 100, 0 0)), ((900 0, 1000 0, 950 100, 900 0)))"
    for subject in ("LINESTRING (-10 96, 1100 96)", "POLYGON ((-10 96, 1100 96, 1100 120, -10 120, -10 96))"):
        pair = related("inside", subject, both)[0]
        assert pair["holds"] and pair["margin_m"] > 0.5
        assert related("crosses", subject, both)[0]["holds"]
    assert related("inside", "LINESTRING (-10 96, 1100 96)", both)[0]["overlap_m"] == pytest.approx(8, rel=1e-4)


def test_a_point_cannot_cross() -> None:
    pair = related("crosses", "POINT (500 500)")[0]
    assert not pair["holds"] and not pair["certain"]
    assert related("crosses", "POINT (1500 500)") == {}


@pytest.mark.parametrize(
    ("place", "holds", "margin"),
    [(1100, True, 100), (1250, True, 50), (1300, True, 0), (1301, None, 0), (500, None, 0)],
)
def test_within_is_outside_and_near(place: float, holds: bool | None, margin: float) -> None:
    pairs = related("within", f"POINT ({place} 500)", metres=300)
    if holds is None:
        assert pairs == {}
        return
    assert pairs[0]["holds"] and pairs[0]["certain"]
    assert pairs[0]["distance_m"] == pytest.approx(place - 1000, rel=1e-4)
    assert pairs[0]["margin_m"] == pytest.approx(margin, abs=0.02)


def test_several_points_are_where_their_deepest_is() -> None:
    #   |  3    1 |  2        one far inside, one 5 m inside, one outside
    pair = related("inside", "MULTIPOINT ((995 500), (1200 500), (700 500))")[0]
    assert pair["holds"] and pair["certain"] and np.isnan(pair["overlap_m"])
    assert pair["depth_m"] == pair["margin_m"] == pytest.approx(300, rel=1e-4)
    on_edge = related("inside", "MULTIPOINT ((1000 500), (1200 500))")[0]
    assert on_edge["holds"] and not on_edge["certain"]
    assert related("inside", "MULTIPOINT ((1100 500), (1200 500))") == {}
    assert not related("crosses", "MULTIPOINT ((700 500), (1200 500))")[0]["holds"]
    assert related("within", "MULTIPOINT ((1100 500), (1200 500))", metres=300)[0]["distance_m"] == pytest.approx(
        100, rel=1e-4
    )
    assert related("within", "MULTIPOINT ((700 500), (1200 500))", metres=300) == {}


def test_within_is_in_doubt_near_both_of_its_limits() -> None:
    for place in (1290, 1310, 1005, 995):
        assert not related("within", f"POINT ({place} 500)", accuracy=12, metres=300)[0]["certain"]
    assert related("within", "POINT (1150 500)", accuracy=12, metres=300)[0]["certain"]


def test_within_takes_areas_and_lines() -> None:
    for subject in (square(1200, 0, 100), "LINESTRING (1200 0, 1300 900)"):
        assert related("within", subject, metres=300)[0]["distance_m"] == pytest.approx(200, rel=1e-4)
    assert related("within", square(900, 0, 200), metres=300) == {}


@pytest.mark.parametrize(
    "subject",
    ["POINT (0 1000)", "LINESTRING (-100 1000, 100 1000)", "LINESTRING (0 900, 0 1100)", square(-50, 900, 100)],
)
@pytest.mark.parametrize("target", ["LINESTRING (0 0, 0 2000)", "POINT (0 1000)"])
def test_a_line_and_a_point_have_no_inside(subject: str, target: str) -> None:
    # a works that a river runs through is near the river, and so is an outfall right at an intake
    pair = related("within", subject, target, metres=50)[0]
    assert pair["holds"] and pair["certain"]
    assert (pair["distance_m"], pair["margin_m"]) == (0, pytest.approx(50, rel=1e-4))
    doubtful = related("within", subject, target, metres=50, accuracy=60)[0]
    assert doubtful["holds"] and not doubtful["certain"]


def test_overlapping_zones_never_cover_more_than_all() -> None:
    zones = relate.targets(frame(ZONE, square(-50, -50, 1100), square(500, 0, 1000)))
    share = relate.covered_share(
        frame(square(0, 0, 1000), square(1400, 0, 200), "POINT (5 5)", "LINESTRING (1400 0, 1600 0)"), zones
    )
    assert share == pytest.approx([1, 0.5, 1, 0.5], rel=1e-3)
    assert (share <= 1).all()


def test_a_point_within_a_centimetre_of_the_edge_is_covered_as_one_on_it() -> None:
    zones = relate.targets(frame(ZONE))
    places = frame("POINT (1000 500)", "POINT (1000.005 500)", "POINT (1000.02 500)")
    assert relate.covered_share(places, zones).tolist() == [1, 1, 0]
    assert relate.inside(places, zones)["subject"].tolist() == [0, 1]


def test_nothing_relates_to_nothing() -> None:
    none = gpd.GeoDataFrame({"located_to_metres": []}, geometry=[], crs=4326)
    for subjects, zones in ((none, frame(ZONE)), (frame("POINT (0 0)"), none), (none, none)):
        for relation in relate.RELATIONS.values():
            assert len(relation(subjects, relate.targets(zones), metres=100)) == 0


def test_a_frame_in_other_coordinates_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a frame in EPSG:4326"):
        relate.targets(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=3857))


@pytest.mark.parametrize("lat", [18.0, 26.6, 40.0, 54.0])
@pytest.mark.parametrize("far", [300.0, 1000.0, 3000.0, 5000.0])
@pytest.mark.parametrize("kind", ["point", "line", "area"])
def test_distances_are_true_metres(lat: float, far: float, kind: str) -> None:
    """A subject `far` from a zone's corner, eastward, against GeographicLib."""
    end = Geodesic.WGS84.Direct(lat, 105.0, 63.0, far)
    lon, north = end["lon2"], end["lat2"]
    place = {
        "point": shapely.Point(lon, north),
        "line": shapely.LineString([(lon, north), (lon + 0.1, north + 0.1)]),
        "area": shapely.Polygon([(lon, north), (lon + 0.02, north), (lon + 0.02, north + 0.02)]),
    }[kind]
    zone = gpd.GeoDataFrame(geometry=[shapely.box(104.9, lat - 0.1, 105.0, lat)], crs=4326)
    table = relate.within(gpd.GeoDataFrame(geometry=[place], crs=4326), relate.targets(zone), metres=far + 100)
    assert table["distance_m"].tolist() == [pytest.approx(far, rel=1e-5)]


# Properties: what must not change an answer.

coordinates = st.floats(-2500, 2500)
places = st.tuples(coordinates, coordinates)


def answers(subjects: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> list[tuple[int, int]]:
    table = relate.inside(subjects, relate.targets(zones))
    return [(int(pair.subject), int(pair.zone)) for pair in table.itertuples() if pair.certain]


@settings(max_examples=50, deadline=None)
@given(st.lists(places, min_size=1, max_size=20), st.integers(0, 3), st.booleans())
def test_ring_start_direction_and_row_order_change_nothing(
    points: list[tuple[float, float]], start: int, turned: bool
) -> None:
    subjects = frame(*(f"POINT ({x} {y})" for x, y in points))
    zone = laid_down(ZONE)
    corners = list(zone.exterior.coords)[:-1]
    corners = corners[start:] + corners[:start]
    other = shapely.Polygon(corners[::-1] if turned else corners)
    assert answers(subjects, frame(ZONE, RING)) == answers(
        subjects, gpd.GeoDataFrame(geometry=[other, laid_down(RING)], crs=4326)
    )
    backwards = answers(subjects.iloc[::-1].reset_index(drop=True), frame(ZONE, RING))
    assert sorted((len(points) - 1 - subject, zone) for subject, zone in backwards) == answers(
        subjects, frame(ZONE, RING)
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(places, min_size=1, max_size=20))
def test_a_far_zone_changes_nothing_and_a_longer_reach_loses_nothing(points: list[tuple[float, float]]) -> None:
    subjects = frame(*(f"POINT ({x} {y})" for x, y in points))
    assert answers(subjects, frame(ZONE)) == answers(subjects, frame(ZONE, square(90_000, 0, 10)))
    found: set[int] = set()
    for metres in (50, 300, 1000):
        near = relate.within(subjects, relate.targets(frame(ZONE)), metres=metres)
        now = set(near.loc[near["holds"], "subject"])
        assert found <= now
        found = now


@settings(max_examples=50, deadline=None)
@given(coordinates, coordinates, st.floats(10, 800))
def test_the_parts_of_a_split_zone_add_up(west: float, south: float, size: float) -> None:
    left, right = (
        "POLYGON ((0 0, 400 0, 400 1000, 0 1000, 0 0))",
        "POLYGON ((400 0, 1000 0, 1000 1000, 400 1000, 400 0))",
    )
    subject = frame(square(west, south, size))
    whole = relate.inside(subject, relate.targets(frame(ZONE)))["overlap_m2"].sum()
    parts = relate.inside(subject, relate.targets(frame(left, right)))["overlap_m2"].sum()
    # a sliver below a centimetre counts as touching, so up to 1 cm of an edge may differ
    assert parts == pytest.approx(whole, rel=1e-9, abs=0.02 * size)


@settings(max_examples=60, deadline=None)
@given(places, st.floats(0, 2 * np.pi), st.floats(0, 0.999))
def test_no_shift_below_the_margin_changes_the_answer(place: tuple[float, float], towards: float, part: float) -> None:
    for relation, metres in (("inside", 0.0), ("within", 300.0)):
        zone = relate.targets(frame(ZONE, located_to_metres=[5000.0]))  # every margin is told
        first = relate.RELATIONS[relation](frame(f"POINT ({place[0]} {place[1]})"), zone, metres=metres)
        if not len(first) or first["margin_m"].iloc[0] < 0.1:
            continue
        way = first["margin_m"].iloc[0] * part
        moved = (place[0] + way * np.cos(towards), place[1] + way * np.sin(towards))
        second = relate.RELATIONS[relation](frame(f"POINT ({moved[0]} {moved[1]})"), zone, metres=metres)
        assert second["holds"].tolist() == first["holds"].tolist()
