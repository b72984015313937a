"""Which district each site lies in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from layers.of_districts import district_rows

WEST, EAST, ACROSS = shapely.box(104, 26, 105, 27), shapely.box(105, 26, 106, 27), shapely.box(104.5, 26.4, 105.5, 26.6)


def sites(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    lon, lat = np.array(places).T
    return gpd.GeoDataFrame({"lon": lon, "lat": lat}, geometry=shapely.points(lon, lat), crs="EPSG:4326")


def districts(**outlines: shapely.Geometry) -> gpd.GeoDataFrame:
    frame = {"district_id": list(outlines), "name": list(outlines)}
    return gpd.GeoDataFrame(frame, geometry=list(outlines.values()), crs="EPSG:4326")


def test_inside_outside_and_without_a_place() -> None:
    told = district_rows(sites((104.5, 26.1), (105.5, 26.9), (107, 26.5), (np.nan, np.nan)), districts(a=WEST, b=EAST))
    assert told is not None and told.tolist() == [0, 1, -1, -1]


def test_on_a_boundary_and_where_districts_overlap_the_first_by_id_counts() -> None:
    places = sites((105, 26.2), (104.6, 26.5), (105.2, 26.5), (104, 26))
    for frame, expected in (
        (districts(a=WEST, b=EAST), [0, 0, 1, 0]),
        (districts(b=WEST, a=EAST), [1, 0, 1, 0]),
        (districts(b=WEST, c=EAST, a=ACROSS), [0, 2, 2, 0]),
        (districts(b=WEST, a=EAST, c=ACROSS), [1, 0, 1, 0]),
    ):
        told = district_rows(places, frame)
        assert told is not None and told.tolist() == expected


def test_holes_and_missing_ids_are_no_trouble() -> None:
    frame = districts(b=WEST - shapely.box(104.4, 26.4, 104.6, 26.6), a=shapely.box(104.45, 26.45, 104.55, 26.55))
    frame.loc[1, "district_id"] = None
    told = district_rows(sites((104.5, 26.5), (104.42, 26.5), (104.1, 26.1)), frame)
    assert told is not None and told.tolist() == [1, -1, 0]


def test_without_districts_or_sites_there_is_nothing_to_tell() -> None:
    assert district_rows(sites((104, 26)), None) is None
    assert district_rows(sites((104, 26)), districts()) is None
    told = district_rows(sites((104, 26)).iloc[:0], districts(a=WEST))
    assert told is not None and told.tolist() == []


def test_the_same_as_asking_every_district_for_every_site() -> None:
    chance = np.random.default_rng(4)
    places = sites(*zip(chance.uniform(103, 107, 400).round(2), chance.uniform(25, 28, 400).round(2), strict=True))
    frame = districts(
        **{
            f"d{at:02d}": shapely.box(x, y, x + 0.7, y + 0.5)
            for at, (x, y) in enumerate(
                zip(chance.uniform(103, 106, 30).round(1), chance.uniform(25, 27, 30).round(1), strict=True)
            )
        }
    ).sample(frac=1, random_state=1, ignore_index=True)
    told = district_rows(places, frame)
    assert told is not None
    for row, point in enumerate(places.geometry):
        holding = [at for at, outline in enumerate(frame.geometry) if outline.intersects(point)]
        expected = min(holding, key=lambda at: str(frame["district_id"].iloc[at])) if holding else -1
        assert told[row] == expected
