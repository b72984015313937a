"""gis.geopackage: every layer with its columns, its geometry and its style, the same bytes every time."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

import gis.geopackage
from gis.geopackage import write_geopackage


def frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["a", "b"], "share": [0.5, np.nan], "late": [True, None], "fid": ["x", None]},
        geometry=[shapely.Point(105.123456789, 26.5), shapely.box(105, 26, 106, 27)],
        crs="EPSG:4326",
    )


def test_geopackage_has_layers_styles_and_the_same_bytes_twice(tmp_path: Path) -> None:
    layers = {"mixed": frame(), "points": frame().iloc[:1], "none": frame().iloc[:0]}
    for name in ("a.gpkg", "b.gpkg"):
        write_geopackage(layers, tmp_path / name, styles={"points": "<qgis/>"}, day="2017-11-30")
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    assert dict(pyogrio.list_layers(tmp_path / "a.gpkg")) == {
        "mixed": "Unknown", "points": "Point", "none": "Point", "layer_styles": None,
    }  # fmt: skip
    back = gpd.read_file(tmp_path / "a.gpkg", layer="mixed")
    assert back["id"].tolist() == ["a", "b"] and back["late"].tolist()[0] == "true" and back.crs.to_epsg() == 4326
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        assert database.execute("SELECT styleQML FROM layer_styles").fetchall() == [("<qgis/>",)]
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert {row[0] for row in database.execute("SELECT last_change FROM gpkg_contents")} == {
            "2017-11-30T00:00:00.000Z"
        }


def rows_of(path: Path, layer: str) -> list[Any]:
    with sqlite3.connect(path) as database:
        return database.execute(f'SELECT * FROM "{layer}" ORDER BY fid').fetchall()  # noqa: S608 - a name of ours


def test_rows_without_geometry_are_points_at_their_coordinates(tmp_path: Path) -> None:
    plain = pd.DataFrame({"id": ["a", "b", None], "lon": [105.5, -1.0, np.nan], "lat": [26.5, 0.0, np.nan]})
    points = gpd.GeoDataFrame(plain, geometry=gpd.points_from_xy(plain["lon"], plain["lat"]), crs="EPSG:4326")
    write_geopackage({"a": plain}, tmp_path / "plain.gpkg", styles={}, day="2017-11-30")
    write_geopackage({"a": points}, tmp_path / "points.gpkg", styles={}, day="2017-11-30")
    assert (tmp_path / "plain.gpkg").read_bytes() == (tmp_path / "points.gpkg").read_bytes()
    assert gpd.read_file(tmp_path / "plain.gpkg", layer="a").geometry[0] == shapely.Point(105.5, 26.5)


def test_columns_are_numbers_or_text_and_never_clash(tmp_path: Path) -> None:
    columns = {
        "fid": ["x", None], "FID": [1, 2], "geom": [1.5, np.nan], "geometry": ["g", "h"], "whole": pd.array([1, None], "Int64"),
        "mixed": pd.Series(["a", 1], dtype=object), "late": pd.Series([True, None], dtype=object), "sure": [True, False],
        "none": pd.Series([None, None], dtype=object),
    }  # fmt: skip
    layer = gpd.GeoDataFrame(
        pd.DataFrame(columns).assign(at=[shapely.Point(0, 0), None]), geometry="at", crs="EPSG:4326"
    )
    write_geopackage({"a": layer}, tmp_path / "a.gpkg", styles={}, day="2017-11-30")
    kinds = dict(
        zip(*(pyogrio.read_info(tmp_path / "a.gpkg", layer="a")[key] for key in ("fields", "dtypes")), strict=True)
    )
    assert kinds == {
        "fid_": "object", "FID__": "int64", "geom_": "float64", "geometry_": "object", "whole": "int64",
        "mixed": "object", "late": "object", "sure": "object", "none": "object",
    }  # fmt: skip
    first, second = rows_of(tmp_path / "a.gpkg", "a")
    assert first[2:] == ("x", 1, 1.5, "g", 1, "a", "true", "true", None)
    assert second[1:] == (None, None, 2, None, "h", None, "1", None, "false", None)


def test_rows_in_several_batches_are_all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = pd.DataFrame({"n": range(10), "lon": np.arange(10.0), "lat": 0.0})
    write_geopackage({"a": many}, tmp_path / "one.gpkg", styles={}, day="2017-11-30")
    monkeypatch.setattr(gis.geopackage, "ROWS_AT_ONCE", 3)
    write_geopackage({"a": many}, tmp_path / "more.gpkg", styles={}, day="2017-11-30")
    assert rows_of(tmp_path / "one.gpkg", "a") == rows_of(tmp_path / "more.gpkg", "a") != []


def test_a_layer_that_a_geopackage_cannot_hold_is_an_error_of_writing(tmp_path: Path) -> None:
    geometry = [shapely.Point(0, 0)]
    wide = gpd.GeoDataFrame({f"c{place}": [1] for place in range(2000)}, geometry=geometry, crs="EPSG:4326")
    with pytest.raises(OSError, match="holds 1990 columns"):
        write_geopackage({"wide": wide}, tmp_path / "a.gpkg", styles={}, day="2017-11-30")
    with pytest.raises(OSError, match=r"a\.gpkg"):
        write_geopackage({"a": frame()}, tmp_path / "no folder" / "a.gpkg", styles={}, day="2017-11-30")
