"""The door: the same rows from every format, and a code with a row number for everything that is wrong."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xlsxwriter

import gis
from gis import features
from gis.faults import InputError
from gis.read import FORMATS, Table, read, read_rows

# Three sites as every format should give them; the id keeps its zeros, the empty cell is None.
IDS = ["001", "002", "010"]
NAMES = ["箐口排污口", "卡达凯斯, 湖", None]
HEADS = ["12", "0.5", None]
PLACES = [(104.83, 26.59), (104.9, 26.6), (105.0, 26.7)]


def sites() -> gpd.GeoDataFrame:
    columns = {"id": IDS, "name": NAMES, "heads": pd.Series([12.0, 0.5, None])}
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*zip(*PLACES, strict=True)), crs="EPSG:4326")


def table_rows() -> list[list[Any]]:
    rows: list[list[Any]] = [["id", "name", "heads", "经度", "纬度"]]
    for at, (x, y) in enumerate(PLACES):
        rows.append([IDS[at], NAMES[at], None if HEADS[at] is None else float(HEADS[at]), x, y])
    return rows


def write_csv(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> None:
    rows = table_rows()
    for row, heads in zip(rows[1:], HEADS, strict=True):
        row[2] = heads
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def write_xlsx(path: Path, sheets: dict[str, list[list[Any]]] | None = None) -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in (sheets or {"Sheet1": table_rows()}).items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)


WRITERS: dict[str, Callable[[Path], None]] = {
    ".gpkg": lambda path: sites().to_file(path),
    ".shp": lambda path: sites().to_file(path, encoding="utf-8"),
    ".geojson": lambda path: sites().to_file(path),
    ".json": lambda path: sites().to_file(path, driver="GeoJSON"),
    ".geojsonl": lambda path: sites().to_file(path, driver="GeoJSONSeq"),
    ".fgb": lambda path: sites().to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO"),
    ".parquet": lambda path: sites().to_parquet(path),
    ".csv": write_csv,
    ".tsv": lambda path: write_csv(path, delimiter="\t"),
    ".xlsx": write_xlsx,
}


def one(path: Path, **said: Any) -> Table:
    (table,) = read(path, name=path.name, **said)
    return table


def refusal(path: Path, **said: Any) -> list[tuple[str, int | None]]:
    with pytest.raises(InputError) as caught:
        read(path, name=path.name, **said)
    assert all(fault.file == path.name for fault in caught.value.faults)
    assert all(caught.value.message(language) for language in ("zh", "en"))
    return [(fault.code, fault.row) for fault in caught.value.faults]


def faults_of(table: Table) -> list[tuple[str, int | None, str]]:
    for fault in table.faults:
        assert all(fault.line(language) for language in ("zh", "en"))
    assert table.facts["rows_read"] == len(table.frame) + len(table.faults)
    return [(fault.code, fault.row, fault.column) for fault in table.faults]


def csv_of(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return path


def geojson(tmp_path: Path, *features: dict[str, Any], **members: Any) -> Path:
    path = tmp_path / "t.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": features}), "utf-8")
    return path


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def point(x: Any, y: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [x, y]}


# --- The same rows from every format ----------------------------------------------------------


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"sites{suffix}"
    WRITERS[suffix](path)
    table = one(path)
    frame = table.frame
    assert faults_of(table) == []
    assert frame["id"].tolist() == IDS
    assert frame["name"].tolist() == NAMES
    assert frame["heads"].tolist() == HEADS
    first = 2 if suffix in {".csv", ".tsv", ".xlsx"} else 1
    assert frame["source_row"].tolist() == [first, first + 1, first + 2]
    assert frame.crs == "EPSG:4326"
    assert [(place.x, place.y) for place in frame.geometry] == [pytest.approx(place, abs=1e-9) for place in PLACES]
    assert table.facts["crs"] in {"EPSG:4326", "OGC:CRS84"}


def test_every_format_has_a_fixture_or_needs_a_writer_we_lack() -> None:
    assert set(FORMATS) - set(WRITERS) == {
        ".geojsons",
        ".kml",
        ".kmz",
        ".gdb",
        ".xls",
        ".xlsb",
        ".xlsm",
        ".ods",
        ".zip",
    }


def test_all_layers_of_a_file_or_the_one_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    sites().to_file(path, layer="east")
    sites().iloc[:1].to_file(path, layer="west")
    assert [(table.table, len(table.frame)) for table in read(path, name="two.gpkg")] == [("east", 3), ("west", 1)]
    assert one(path, table="west").table == "west"
    with pytest.raises(InputError, match="there are: east, west"):
        read(path, name="two.gpkg", table="north")


def test_sheets_blank_ones_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_xlsx(path, {"甲": table_rows(), "Sheet2": [], "乙": table_rows()[:2]})
    assert [(table.table, len(table.frame)) for table in read(path, name="book.xlsx")] == [("甲", 3), ("乙", 1)]
    with pytest.raises(InputError, match="there are: 甲, Sheet2, 乙"):
        read(path, name="book.xlsx", table="丙")


def test_layers_without_geometry_are_not_read_as_places(tmp_path: Path) -> None:
    import pyogrio

    path = tmp_path / "styled.gpkg"
    sites().to_file(path, layer="sites")
    pyogrio.write_dataframe(pd.DataFrame({"a": ["x"]}), path, layer="notes")
    table = one(path)
    assert (table.table, table.facts["skipped"]) == ("sites", "notes")
    assert [table.table for table in read_rows(path, name="styled.gpkg")] == ["sites", "notes"]


# --- Text first -------------------------------------------------------------------------------


def test_typed_fields_become_exact_text(tmp_path: Path) -> None:
    path = tmp_path / "typed.gpkg"
    frame = sites().iloc[:2][["geometry"]].assign(
        whole=[7, -3], big=[2**53 + 1, 0], real=[0.1, 1e20], yes=[True, False],
        day=pd.to_datetime(["2017-11-30", "2016-02-29"]).date, at=pd.to_datetime(["2017-11-30T08:05:00", None]),
    )  # fmt: skip
    frame.to_file(path)
    read_back = one(path).frame
    assert read_back["whole"].tolist() == ["7", "-3"]
    assert read_back["big"].tolist() == ["9007199254740993", "0"]
    assert read_back["real"].tolist() == ["0.1", "1e+20"]
    assert read_back["yes"].tolist() == ["true", "false"]
    assert [text[:10] for text in read_back["day"]] == ["2017-11-30", "2016-02-29"]
    assert read_back["at"].tolist()[0].startswith("2017-11-30T08:05:00")
    assert read_back["at"].tolist()[1] is None


def test_geojson_text_that_looks_like_a_date_stays_as_written(tmp_path: Path) -> None:
    path = geojson(
        tmp_path, feature(point(104, 26), d="2017/11/30", n=[1, 2]), feature(point(104, 27), d="2017/11/31", n=[])
    )
    frame = one(path).frame
    assert frame["d"].tolist() == ["2017/11/30", "2017/11/31"]


def test_workbook_numbers_and_dates_become_text(tmp_path: Path) -> None:
    path = tmp_path / "typed.xlsx"
    at = dt.datetime(2017, 11, 30, 8, 5)
    row = [12.0, 0.5, dt.date(2017, 11, 30), at, True, "00７"]
    write_xlsx(path, {"a": [["i", "r", "d", "t", "b", "s", "lon", "lat"], [*row, 104.8123, 26.5912]]})
    assert one(path).frame.iloc[0].drop(["geometry", "source_row"]).tolist() == [
        "12", "0.5", "2017-11-30", "2017-11-30 08:05:00", "true", "00７",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16")]
)
def test_csv_encodings_are_found(tmp_path: Path, encoding: str, told: str) -> None:
    path = tmp_path / "sites.csv"
    write_csv(path, encoding)
    table = one(path)
    assert table.frame["name"].tolist() == NAMES
    assert table.frame.columns[0] == "id"
    assert table.facts["encoding"] == told


def test_an_encoding_that_gives_no_sense_is_refused(tmp_path: Path) -> None:
    path = csv_of(tmp_path, "name,lon,lat\nUsine de Gruyères-près-forêt,6,46\n", "latin-1")
    assert refusal(path) == [("ENCODING_UNKNOWN", None)]
    assert one(path, encoding="latin-1").frame["name"].tolist() == ["Usine de Gruyères-près-forêt"]
    assert refusal(path, encoding="utf-8") == [("ENCODING_WRONG", None)]
    assert refusal(path, encoding="klingon") == [("ENCODING_WRONG", None)]


def test_a_shapefile_in_gb18030_without_cpg(tmp_path: Path) -> None:
    path = tmp_path / "厂.shp"
    sites().rename(columns={"name": "名称"}).to_file(path, encoding="gb18030")
    path.with_suffix(".cpg").unlink()
    table = one(path)
    assert table.frame["名称"].tolist() == NAMES
    assert table.facts["encoding"] == "gb18030"


@pytest.mark.parametrize(
    ("encoding", "cpg", "text"),
    [
        ("big5", "Big-5", "北區"),
        ("cp1250", "ANSI 1250", "Hněvošický háj"),
        ("gb18030", "936", "厂㐀"),
        ("utf-8", "", "厂é"),
    ],
)
def test_a_shapefile_with_odd_spellings_of_its_code_page(tmp_path: Path, encoding: str, cpg: str, text: str) -> None:
    path = tmp_path / "s.shp"
    sites().assign(name=text).to_file(path, encoding="utf-8")
    dbf = path.with_suffix(".dbf")
    wide, narrow = text.encode("utf-8"), text.encode(encoding)
    dbf.write_bytes(dbf.read_bytes().replace(wide, narrow.ljust(len(wide))))
    path.with_suffix(".cpg").write_text(cpg)
    assert one(path).frame["name"].tolist() == [text] * 3


def test_quoted_line_breaks_and_blank_lines_keep_row_numbers(tmp_path: Path) -> None:
    path = csv_of(tmp_path, 'id,note,lon,lat\r\n1,"two\r\nlines",104,26\r\n\r\n2,x,104,26\r\n')
    frame = one(path).frame
    assert frame["note"].tolist() == ["two\r\nlines", "x"]
    assert frame["source_row"].tolist() == [2, 4]


def test_ragged_rows_are_told(tmp_path: Path) -> None:
    path = csv_of(tmp_path, "id,lon,lat\n1,104,26\n2,104\n3,104,26,9\n4,104,26,,\n")
    table = one(path)
    assert faults_of(table) == [("ROW_RAGGED", 3, ""), ("ROW_RAGGED", 4, "")]
    assert table.frame["id"].tolist() == ["1", "4"]


def test_an_open_quotation_mark_is_told_not_swallowed(tmp_path: Path) -> None:
    path = csv_of(tmp_path, 'id,note,lon,lat\n1,"open,104,26\n2,x,104,26\n')
    assert refusal(path) == [("QUOTE_OPEN", 2)]


def test_repeated_headings_are_refused(tmp_path: Path) -> None:
    assert refusal(csv_of(tmp_path, "id,a,a,lon,lat\n1,2,3,104,26\n")) == [("COLUMN_DUPLICATE", 1)]


# --- Coordinates ------------------------------------------------------------------------------


def test_each_bad_coordinate_has_its_code_and_row(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path,
        "id,经度,纬度\n1,104.83,26.59\n2,26.59,104.83\n3,,26.59\n4,26°75′,104\n5,0,0\n6,361234.5,2945678\n"
        '7,1e400,26\n8,"104,83",26\n9,１０４．８３°, 26. 59 \n10,-84.5, \n11,42.7,-84.5\n',
    )
    table = one(path)
    assert faults_of(table) == [
        ("COORDINATE_SWAPPED", 3, "经度, 纬度"),
        ("COORDINATE_MISSING", 4, "经度"),
        ("COORDINATE_UNREADABLE", 5, "经度"),
        ("COORDINATE_ZERO", 6, "经度, 纬度"),
        ("COORDINATE_PROJECTED", 7, "经度, 纬度"),
        ("COORDINATE_UNREADABLE", 8, "经度"),
        ("COORDINATE_UNREADABLE", 9, "经度"),
        ("COORDINATE_MISSING", 11, "纬度"),
        ("COORDINATE_SWAPPED", 12, "经度, 纬度"),
    ]
    assert table.frame["id"].tolist() == ["1", "9"]
    proposals = {fault.row: fault.proposal("en") for fault in table.faults}
    assert "x (longitude, east) = 104.83, y (latitude, north) = 26.59" in proposals[3]
    assert "x (longitude, east) = -84.5, y (latitude, north) = 42.7" in proposals[12]
    assert "EPSG:4544 / EPSG:4507" in proposals[7]


def test_columns_the_project_names_need_a_crs_unless_known(tmp_path: Path) -> None:
    path = csv_of(tmp_path, "id,E,N,lon,lat\n1,500000,2942000,104.9,26.6\n")
    assert refusal(path, x="E", y="N") == [("CRS_MISSING", None)]
    assert refusal(path, x="E", y="nix") == [("COORDINATE_COLUMNS_MISSING", None)]
    named = one(path, x="lon", y="lat")
    assert named.facts["crs_assumed"] == "EPSG:4326"
    projected = one(path, x="E", y="N", crs="EPSG:4544")
    assert (projected.frame.geometry.x[0], projected.frame.geometry.y[0]) == pytest.approx((105.0, 26.588), abs=1e-2)
    assert projected.frame["lon"].tolist() == ["104.9"]


def test_coordinates_in_another_zone_are_out_of_range(tmp_path: Path) -> None:
    path = csv_of(tmp_path, "id,E,N\n1,500000,2942000\n2,5000000,2942000\n")
    table = one(path, x="E", y="N", crs="EPSG:4544")
    assert faults_of(table) == [("COORDINATE_OUT_OF_RANGE", 3, "E, N")]


def test_a_table_without_coordinates_says_so(tmp_path: Path) -> None:
    table = one(csv_of(tmp_path, "id,name\n1,a\n"))
    assert table.facts["placed"] is False
    assert table.frame.geometry.tolist() == [None]


def test_rows_without_places_ask_nothing_about_coordinates(tmp_path: Path) -> None:
    (table,) = read_rows(csv_of(tmp_path, "id,lon,lat\n1,x,\n"), name="t.csv")
    assert table.frame[["id", "lon", "lat"]].to_numpy().tolist() == [["1", "x", None]]
    assert table.faults == []


def test_gcj02_is_converted_where_declared(tmp_path: Path) -> None:
    table = one(csv_of(tmp_path, "id,lon,lat\n1,116.41024449916938,39.91640428150164\n"), datum="gcj02")
    assert (table.frame.geometry.x[0], table.frame.geometry.y[0]) == pytest.approx((116.404, 39.915), abs=1e-7)


# --- CRS --------------------------------------------------------------------------------------


def test_a_shapefile_without_prj_needs_a_crs(tmp_path: Path) -> None:
    path = tmp_path / "s.shp"
    sites().to_crs("EPSG:4544").to_file(path)
    path.with_suffix(".prj").unlink()
    assert refusal(path) == [("CRS_MISSING", None)]
    places = one(path, crs="EPSG:4544").frame.geometry
    assert (places.x[0], places.y[0]) == pytest.approx(PLACES[0], abs=1e-9)


def test_a_declared_crs_must_not_contradict_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s.gpkg"
    sites().to_file(path)
    assert refusal(path, crs="EPSG:4544") == [("CRS_CONTRADICTION", None)]
    assert len(one(path, crs="EPSG:4490").frame) == 3


def test_a_geopackage_that_calls_its_crs_undefined_does_not_say(tmp_path: Path) -> None:
    path = tmp_path / "s.gpkg"
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        sites().set_crs(None, allow_override=True).to_file(path)
    assert refusal(path) == [("CRS_MISSING", None)]
    assert len(one(path, crs="EPSG:4490").frame) == 3


def test_refused_datums(tmp_path: Path) -> None:
    path = tmp_path / "s.gpkg"
    sites().set_crs("EPSG:4610", allow_override=True).to_file(path)
    assert refusal(path) == [("DATUM_REFUSED", None)]


def test_geojson_without_crs_member_does_not_say(tmp_path: Path) -> None:
    projected = geojson(tmp_path, feature(point(500000, 2942000), crs="a property"))
    assert faults_of(one(projected)) == [("COORDINATE_PROJECTED", 1, "")]
    assert one(projected, crs="EPSG:4544").frame.geometry.x[0] == pytest.approx(105.0)
    said = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4544"}}
    stated = geojson(tmp_path, feature(point(500000, 2942000)), crs=said)
    assert one(stated).frame.geometry.x[0] == pytest.approx(105.0)
    assert refusal(stated, crs="EPSG:4326") == [("CRS_CONTRADICTION", None)]


# --- Damaged and hostile files ----------------------------------------------------------------


def test_one_unclosed_ring_does_not_cost_the_file(tmp_path: Path) -> None:
    ring = [[104, 26], [105, 26], [105, 27], [104, 26]]
    polygons = [{"type": "Polygon", "coordinates": [ring if at != 3 else ring[:-1]]} for at in range(7)]
    table = one(geojson(tmp_path, *(feature(polygon, id=str(at)) for at, polygon in enumerate(polygons))))
    assert faults_of(table) == [("GEOMETRY_UNREADABLE", 4, "")]
    assert table.frame["id"].tolist() == ["0", "1", "2", "4", "5", "6"]


def test_null_geometry_passes_for_repair_to_judge(tmp_path: Path) -> None:
    table = one(geojson(tmp_path, feature(None, id="0"), feature(point(104, 26), id="1")))
    assert table.frame.geometry.is_valid.tolist() == [False, True]
    assert faults_of(table) == []


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson"])
def test_where_the_bulk_read_fails_records_are_read_one_by_one(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"sites{suffix}"
    WRITERS[suffix](path)
    in_bulk = one(path).frame

    def failing(*given: object) -> None:
        raise RuntimeError("damaged")

    monkeypatch.setattr(features, "_bulk", failing)
    table = one(path)
    assert table.facts["salvaged"] == ("feature by feature" if suffix == ".geojson" else "damaged")
    assert table.frame.drop(columns="geometry").equals(in_bulk.drop(columns="geometry"))
    assert table.frame.geometry.geom_equals_exact(in_bulk.geometry, 0).all()


@pytest.mark.usefixtures("read_here")
def test_salvage_names_each_bad_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = [[104, 26], [105, 26], [105, 27], [104, 26]]
    bad, good = ({"type": "Polygon", "coordinates": [corners]} for corners in (ring[:2], ring))
    path = geojson(tmp_path, feature(good, id="0"), feature(bad, id="1"), feature(good, id="2"))

    def failing(*given: object) -> None:
        raise RuntimeError("damaged")

    monkeypatch.setattr(features, "_bulk", failing)
    table = one(path)
    assert faults_of(table) == [("GEOMETRY_UNREADABLE", 2, "")]
    assert table.frame["id"].tolist() == ["0", "2"]


def test_a_shapefile_cut_in_half_is_no_success(tmp_path: Path) -> None:
    path = tmp_path / "s.shp"
    sites().to_file(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 40])
    with pytest.raises(InputError, match="3 rows announced, 1 could be read"):
        read(path, name="s.shp")


def test_a_shapefile_needs_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "s.shp"
    sites().to_file(path)
    path.with_suffix(".dbf").unlink()
    with pytest.raises(InputError, match=r"lacks \.dbf"):
        read(path, name="s.shp")


@pytest.mark.parametrize("share", [0.3, 0.55, 0.99])
@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb", ".geojsonl", ".kml", ".xlsx", ".parquet"])
def test_part_of_a_file_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / f"s{suffix}"
    if suffix == ".xlsx":
        write_xlsx(path, {"a": [["id", "lon", "lat"], *[[at, 104.5, 26 + at / 1000] for at in range(500)]]})
    else:
        drivers = {".geojsonl": "GeoJSONSeq", ".kml": "LIBKML"}
        many = gpd.GeoDataFrame(
            {"id": [str(at) for at in range(500)]}, geometry=[shapely.Point(104, 26)] * 500, crs=4326
        )
        if suffix == ".parquet":
            many.to_parquet(path)
        else:
            many.to_file(path, driver=drivers.get(suffix))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert refusal(path)[0][0] == ("FILE_DAMAGED" if suffix == ".gpkg" else "FILE_TRUNCATED")


@pytest.mark.parametrize(
    ("suffix", "content"),
    [(".csv", ""), (".csv", "id,lon,lat\n"), (".geojson", '{"type":"FeatureCollection","features":[]}')],
)
def test_empty_layers_are_refused(tmp_path: Path, suffix: str, content: str) -> None:
    path = tmp_path / f"t{suffix}"
    path.write_text(content, "utf-8")
    assert [code for code, _ in refusal(path)] == ["EMPTY_LAYER"]


def test_paths_that_are_no_ordinary_file(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere" / "secret.csv"
    secret.parent.mkdir()
    secret.write_text("id,lon,lat\n1,104,26\n")
    (tmp_path / "link.csv").symlink_to(secret)
    (tmp_path / "folder.csv").mkdir()
    assert refusal(tmp_path / "none.csv") == [("FILE_MISSING", None)]
    assert refusal(tmp_path / "link.csv") == [("PATH_REFUSED", None)]
    assert refusal(tmp_path / "folder.csv") == [("FOLDER_WITHOUT_PARQUET", None)]
    assert refusal(tmp_path / "*.csv") == [("PATH_PATTERN", None)]
    assert refusal(Path("/vsicurl/x.gpkg")) == [("PATH_REFUSED", None)]
    assert refusal(Path("http://example.org/x.gpkg")) == [("PATH_REFUSED", None)]


def test_unknown_formats_are_refused_with_the_list(tmp_path: Path) -> None:
    path = tmp_path / "zones.dxf"
    path.write_text("0\nEOF\n")
    with pytest.raises(InputError, match=r"readable formats: \.csv .*\.xlsx"):
        read(path, name="zones.dxf")


def test_only_the_allowed_drivers_are_there() -> None:
    import fiona
    import pyogrio

    assert set(pyogrio.list_drivers()) <= gis.DRIVERS
    assert {"GPKG", "ESRI Shapefile", "GeoJSON", "GeoJSONSeq", "FlatGeobuf", "LIBKML", "OpenFileGDB"} <= set(
        pyogrio.list_drivers()
    )
    with fiona.Env():
        from fiona.env import local

        assert set(local._env.drivers()) <= gis.DRIVERS


VRT = """<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>
<SrcLayer>secret</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"""
GDALG = '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {secret} ! write --of stream"}}'


@pytest.mark.parametrize(
    ("name", "content"),
    [("innocent.geojson", VRT), ("innocent.kml", VRT), ("innocent.gpkg", VRT), ("innocent.geojson", GDALG)],
)
def test_a_disguised_document_opens_nothing_else(tmp_path: Path, content: str, name: str) -> None:
    secret = tmp_path / "secret.geojson"
    sites().to_file(secret)
    path = tmp_path / name
    path.write_text(content.format(secret=secret), "utf-8")
    program = (
        "import sys, pathlib\nfrom gis.faults import InputError\nfrom gis.read import read\n"
        "try:\n    print('READ', read(pathlib.Path(sys.argv[1]), name='innocent'))\n"
        "except InputError as error:\n    print('REFUSED', error.faults[0].code)\n"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, cwd=root, check=True,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.stdout.split() == ["REFUSED", "FILE_UNREADABLE"]
    assert done.stderr == ""


def test_importing_gis_loads_no_library() -> None:
    program = (
        "import sys, gis; print([name for name in ('geopandas', 'pyogrio', 'fiona', 'numpy') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


# --- Real files -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "rows", "encoding"),
    [
        ("A_region_michigan_south/protection_zones.gpkg", 1945, None),
        ("A_region_michigan_south/zones_shp_epsg3078/whpa_south.shp", 1945, "utf-8"),
        ("A_region_michigan_south/pfas_sites.csv", 224, "utf-8"),
        ("D_nasty/real_world/guizhou_gbk_dbf/guizhou_districts_gbk.shp", 12, "gb18030"),
        ("D_nasty/real_world/cnemc_guizhou_hunan_0402_gb18030.csv", 708, "gb18030"),
    ],
)
def test_real_files_are_read_whole(shared: Path, path: str, rows: int, encoding: str | None) -> None:
    table = one(shared / "data" / path)
    assert faults_of(table) == []
    assert len(table.frame) == rows
    assert table.facts.get("encoding") == encoding


def test_the_same_zones_from_two_files_lie_on_one_place(shared: Path) -> None:
    folder = shared / "data/A_region_michigan_south"
    degrees, metres = (
        one(folder / "protection_zones.gpkg").frame,
        one(folder / "zones_shp_epsg3078/whpa_south.shp").frame,
    )
    # The second file was made by moving corners only: its long edges are straight in EPSG:3078, up to 0.6 m aside.
    assert shapely.hausdorff_distance(degrees.geometry, metres.geometry).max() < 1e-5
    assert shapely.hausdorff_distance(degrees.geometry, metres.geometry).median() < 1e-6


def test_real_files_that_must_not_be_read(shared: Path) -> None:
    folder = shared / "data/D_nasty/real_world"
    assert refusal(folder / "zones_no_prj_epsg3078/whpa_south.shp") == [("CRS_MISSING", None)]
    assert refusal(folder / "whpa_south_shp_only_no_shx_dbf_prj.shp") == [("PART_MISSING", None)]


def test_real_swapped_axes_are_proposed_not_applied(shared: Path) -> None:
    path = shared / "data/D_nasty/real_world/npl_latlon_swapped.csv"
    table = one(path, x="x", y="y", crs="EPSG:4326")
    assert table.frame.empty
    assert {fault.code for fault in table.faults} == {"COORDINATE_SWAPPED"}
    assert "x（经度、东）= -84.587781，y（纬度、北）= 42.739439" in table.faults[0].proposal("zh")


def test_arcs_become_short_straight_edges_and_are_told(tmp_path: Path) -> None:
    path = tmp_path / "arcs.gpkg"
    mixed = [shapely.Point(104, 26), shapely.box(104, 26, 105, 27)]
    gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=mixed, crs="EPSG:4326").to_file(
        path, SPATIAL_INDEX="NO", geometry_type="Unknown"
    )
    circle = struct.pack("<BIIBII6d", 1, 10, 1, 1, 8, 3, 104, 26, 105, 26, 104, 26)
    with closing(sqlite3.connect(path)) as database:
        (blob,) = database.execute("SELECT geom FROM arcs WHERE fid = 2").fetchone()
        database.execute("UPDATE arcs SET geom = ? WHERE fid = 2", (blob[:40] + circle,))
        database.commit()
    table = one(path)
    assert table.facts["curved"] == "1"
    assert table.frame["id"].tolist() == ["a", "b"]
    area = table.frame.geometry[1].area
    assert area == pytest.approx(np.pi / 4, rel=1e-5)
    assert area < np.pi / 4
