"""gis.overlap beside PostGIS: the common parts of 10,000 pairs, in the plane of degrees and on the ground.

PostGIS takes an edge on the ground as a geodesic, Headwater as straight in longitude and latitude. Between its ends an
edge of L metres leaves the geodesic by up to L * L * tan(latitude) / 8R, and about L * L * (its easting) * tan / 12R lies
between the two; round a ring most of that cancels. So PostGIS is given edges cut along their own straight way: at 3 m
what is left is some 1e-10 of a square kilometre, and a line of 100 m is longer than its geodesic by 1e-11.
"""

from __future__ import annotations

import os
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from gis import nearby, overlap, relate
from scripts.set_up import has_root_and_apt
from tests import postgis

PAIRS = 14_000  # half of them areas, half of them lines, each with one zone
METRE = 9e-6  # about one, in degrees

# A coordinate's last digit is 1.4e-14 degrees (1.6 nanometres): what two programs that cut the same outlines may
# differ by on every metre of outline, where the common part is a sliver.
LAST_DIGIT = 2.0**-46

# What an area of a thousand geodesics wanders by: PostGIS and GeographicLib's Python differ by half of it.
NOISE = 4e-4  # square metres


class Compared(NamedTuple):
    subjects: NDArray[np.object_]
    zones: NDArray[np.object_]
    degrees: NDArray[np.float64]  # by PostGIS: square degrees or degrees of each pair's common part
    metres: NDArray[np.float64]  # square metres or metres; NaN where they were not asked for


def star(random: np.random.Generator, at: NDArray, size: float) -> shapely.Polygon:
    """A ring of 5 to 9 corners, half as far from the middle as `size` or farther."""
    count = random.integers(5, 10)
    angles = 2 * np.pi * (np.arange(count) + random.uniform(0, 0.9, count)) / count
    radius = size * random.uniform(0.5, 1.0, len(angles))
    return shapely.Polygon(at + np.column_stack([radius * np.cos(angles), radius * np.sin(angles)]))


def drawn(random: np.random.Generator) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Zones (some with a hole, some in two parts) and subjects that lie across, in or beside them."""
    subjects, zones = [], []
    for place in range(PAIRS):
        at = np.array([random.uniform(75, 134), random.uniform(18, 54)])
        zone = star(random, at, 2000 * METRE)
        if place % 5 == 1:
            zone = shapely.difference(zone, star(random, at, 400 * METRE))
        if place % 5 == 2:
            zone = shapely.union_all([zone, star(random, at + np.array([6000 * METRE, 0]), 1500 * METRE)])
        away = at + random.normal(0, 900 * METRE, 2)
        if place % 2:
            subjects.append(star(random, away, random.uniform(500, 2000) * METRE))
        else:
            subjects.append(shapely.LineString(away + np.cumsum(random.normal(0, 900 * METRE, (5, 2)), axis=0)))
        zones.append(zone)
    first, second = (np.array(shapes, dtype=object) for shapes in (subjects, zones))
    valid = shapely.is_valid(first) & shapely.is_valid(second)
    assert valid.mean() > 0.97
    return first[valid], second[valid]


@pytest.fixture(scope="module")
def compared() -> Compared:
    found = postgis.programs()
    if found is None:
        if os.environ.get("CI") and has_root_and_apt():
            pytest.fail("there is no PostGIS; in CI, where it can be installed, that is a failure")
        pytest.skip("needs PostGIS (Debian: postgresql-15-postgis-3)")
    subjects, zones = drawn(np.random.default_rng(2007))
    lines = zip(range(len(subjects)), shapely.to_wkb(subjects, hex=True), shapely.to_wkb(zones, hex=True), strict=True)
    rows = "\n".join(f"{place},{subject},{zone}" for place, subject, zone in lines)
    with postgis.server(found) as server:
        server.sql("CREATE UNLOGGED TABLE pair (place int, subject geometry, zone geometry)")
        server.sql("COPY pair FROM STDIN WITH (FORMAT csv)", given=rows)
        answer = server.sql(  # areas of 3,000 only: a second for each 500,000 geodesics
            "SELECT ST_Area(c) + ST_Length(c), CASE WHEN ST_Dimension(c) = 1 THEN "
            "ST_Length(ST_SetSRID(ST_Segmentize(c, 0.001), 4326)::geography) "
            "WHEN place < 3000 THEN ST_Area(ST_SetSRID(ST_Segmentize(c, 0.00003), 4326)::geography) END "
            "FROM (SELECT place, ST_CollectionExtract(ST_Intersection(subject, zone), 1 + ST_Dimension(subject)) AS c "
            "FROM pair) p ORDER BY place"
        )
    table = np.array([[value or "nan" for value in line.split(",")] for line in answer], dtype=float)
    assert len(table) == len(subjects)
    return Compared(subjects, zones, table[:, 0], table[:, 1])


@pytest.mark.usefixtures("engine")
def test_areas_and_lengths_on_the_ground_are_those_of_postgis(compared: Compared) -> None:
    subjects = gpd.GeoDataFrame(geometry=compared.subjects, crs=4326)
    zones = gpd.GeoDataFrame(geometry=compared.zones, crs=4326)
    table = relate.inside(subjects, relate.targets(zones))
    table = table[table["subject"] == table["zone"]]
    found = np.zeros(len(subjects))
    found[table["subject"]] = np.where(table["overlap_m2"].isna(), table["overlap_m"], table["overlap_m2"])
    # what only touches, to a centimetre, is no pair: a strip or a piece of a line as narrow as that
    told = np.zeros(len(subjects), dtype=bool)
    told[table["subject"]] = True
    asked = np.isfinite(compared.metres)
    assert compared.metres[~told & asked].max() < 1.0
    areas = shapely.get_dimensions(compared.subjects) == 2
    assert (told & asked & areas).sum() > 1_200 and (told & asked & ~areas).sum() > 4_000
    assert np.median(found[told & areas]) > 5e5
    slack = np.where(areas, NOISE, 4.0 * LAST_DIGIT / METRE)
    assert (np.abs(found - compared.metres)[told & asked] <= (1e-9 * compared.metres + slack)[told & asked]).all()


@pytest.mark.usefixtures("engine")
def test_common_parts_in_degrees_are_those_of_postgis(compared: Compared) -> None:
    subjects = gpd.GeoDataFrame(geometry=compared.subjects, crs=4326)
    zones = gpd.GeoDataFrame(geometry=compared.zones, crs=4326)
    pairs = nearby.measure(subjects, nearby.targets(zones), metres=0.0)
    rows = np.flatnonzero(pairs.interior & (pairs.subject == pairs.zone))
    common = overlap.common_parts(pairs, rows)
    areas = shapely.get_dimensions(common) == 2
    found = np.zeros(len(subjects))
    found[pairs.subject[rows]] = np.where(areas, shapely.area(common), shapely.length(common))
    slack = (
        np.where(shapely.get_dimensions(compared.subjects) == 2, shapely.length(compared.subjects), 4.0) * LAST_DIGIT
    )
    assert (np.abs(found - compared.degrees) <= 1e-9 * compared.degrees + slack).all()
    assert (found > 0).sum() >= 10_000
