"""Where rows lie that could not be taken: coordinates out of broken WKB and GeoJSON, exchanged axes, hulls."""

from __future__ import annotations

import struct

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from gis.places import WIDENED_DEGREES, area_of, in_wkb, whereabouts

CORNERS = [(104.0, 26.0), (105.0, 26.0), (105.0, 27.0)]
LON_LAT = CRS.from_epsg(4326)


def open_ring(mark: str, code: int, *, srid: bool, width: int) -> bytes:
    """A polygon of one unclosed ring in WKB; heights and measures are 7."""
    head = struct.pack(f"{mark}BI", mark == "<", code) + (struct.pack(f"{mark}I", 4326) if srid else b"")
    ring = b"".join(struct.pack(f"{mark}{width}d", *corner, *[7.0] * (width - 2)) for corner in CORNERS)
    return head + struct.pack(f"{mark}2I", 1, 3) + ring


@pytest.mark.parametrize("mark", ["<", ">"])
@pytest.mark.parametrize(
    ("code", "srid", "width"),
    [
        (3, False, 2),
        (1003, False, 3),
        (2003, False, 3),
        (3003, False, 4),
        (0x80000003, False, 3),
        (0xA0000003, True, 3),
        (0xC0000003, False, 4),
    ],
)
def test_broken_wkb_of_every_make_gives_its_coordinates(mark: str, code: int, srid: bool, width: int) -> None:
    data = open_ring(mark, code, srid=srid, width=width)
    assert shapely.from_wkb(data, on_invalid="ignore") is None
    assert shapely.get_coordinates(in_wkb(data)).tolist() == [list(corner) for corner in CORNERS]


def test_several_parts_give_the_coordinates_of_all() -> None:
    part = open_ring("<", 3, srid=False, width=2)
    whole = struct.pack("<BII", 1, 6, 2) + part + part
    assert len(in_wkb(whole).geoms) == 6


@given(st.binary(max_size=60))
def test_noise_is_no_place_and_no_crash(noise: bytes) -> None:
    found = in_wkb(noise)
    assert found is None or shapely.get_type_id(found) == 4


@pytest.mark.parametrize(
    "geometry", [shapely.Point(1, 2), shapely.LineString([(0, 0), (3, 4)]), shapely.box(0, 0, 1, 1).boundary]
)
def test_what_has_no_area_gets_one_that_holds_it(geometry: shapely.Geometry) -> None:
    area = area_of(geometry)
    assert area.geom_type == "Polygon"
    assert area.covers(geometry)


def test_nothing_has_no_area() -> None:
    assert area_of(None) is None
    assert area_of(shapely.Polygon()) is None
    assert area_of(shapely.Point(float("nan"), 1)) is None


def test_exchanged_axes_are_put_right_and_impossible_places_left_out() -> None:
    right, exchanged, impossible = shapely.Point(104, 26), shapely.Point(26, 104), shapely.Point(500, 500)
    found = whereabouts({1: right, 2: exchanged, 3: impossible}, LON_LAT, None)
    assert {row: shapely.get_coordinates(place).tolist() for row, place in found.items()} == {
        1: [[104.0, 26.0]],
        2: [[104.0, 26.0]],
    }


def test_one_impossible_corner_widens_the_rest_by_their_own_size() -> None:
    (place,) = whereabouts({1: shapely.LineString([(104, 26), (104, 27), (104, 270)])}, LON_LAT, None).values()
    assert place.bounds == pytest.approx(
        (103 - WIDENED_DEGREES, 25 - WIDENED_DEGREES, 105 + WIDENED_DEGREES, 28 + WIDENED_DEGREES)
    )
