"""Cells of a .dbf keep their text where GDAL would make another number of it."""

from __future__ import annotations

import datetime as dt
import struct
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis.dbase import with_odd_cells
from gis.read import read


def written(path: Path, field: bytes, texts: list[str]) -> Path:
    """A Shapefile of as many points, the texts written over the cells of one of its fields."""
    count = len(texts)
    values = {
        "id": [f"{at:03d}" for at in range(count)],
        "n": range(count),
        "f": [at + 0.25 for at in range(count)],
        "is": [True] * count,
    }
    places = [shapely.Point(104, 26)] * count
    gpd.GeoDataFrame(values, geometry=places, crs="EPSG:4326").to_file(path)
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    _, start, width = struct.unpack_from("<IHH", data, 4)
    at = 1
    for entry in range(32, start - 1, 32):
        length = data[entry + 16]
        if data[entry : entry + 11].rstrip(b"\0") == field:
            if field == b"d":
                data[entry + 11] = ord("D")
            for row, text in enumerate(texts):
                data[start + row * width + at : start + row * width + at + length] = text.encode().rjust(length)[
                    :length
                ]
        at += length
    dbf.write_bytes(data)
    return path


def cells(path: Path, column: str) -> list[str | None]:
    (table,) = read(path, name=path.name)
    assert table.faults == []
    return table.frame[column].tolist()


ODD = ["12,5", "abc", "1.234.567", "12 m", "0x1F", "12-", "－3", "-", "--", "<0.02", "1 234", "ND", "12+5"]


@pytest.mark.parametrize("field", [b"n", b"f"])
def test_what_is_no_number_stays_as_written(tmp_path: Path, field: bytes) -> None:
    assert cells(written(tmp_path / "t.shp", field, ODD), field.decode()) == ODD


def test_numbers_are_read_as_ever(tmp_path: Path) -> None:
    texts = ["12", "-3", "+5", "007", "", "12.", "12.000", "*" * 18, "\0"]
    read_as = ["12", "-3", "5", "7", None, "12", "12", None, None]
    assert cells(written(tmp_path / "n.shp", b"n", texts), "n") == read_as
    texts = ["12.50", "-.5", "1e5", "1.5E-03", "", "*" * 24]
    assert cells(written(tmp_path / "f.shp", b"f", texts), "f") == ["12.5", "-0.5", "100000", "0.0015", None, None]


def test_whole_numbers_of_a_whole_field_only(tmp_path: Path) -> None:
    assert cells(written(tmp_path / "n.shp", b"n", ["1e5", "12.5"]), "n") == ["1e5", "12.5"]


def test_ids_in_long_fields_keep_their_digits(tmp_path: Path) -> None:
    path = written(tmp_path / "t.shp", b"f", ["12345678901234567890", "12"])
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    entry = data.find(b"f\0", 32)
    data[entry + 17] = 0
    path.with_suffix(".dbf").write_bytes(data)
    assert cells(path, "f") == ["12345678901234567890", "12"]


def test_truth_values_that_are_none_stay_as_written(tmp_path: Path) -> None:
    texts = ["T", "f", "Y", "n", "?", " ", "1", "X"]
    assert cells(written(tmp_path / "t.shp", b"is", texts), "is") == [
        "true", "false", "true", "false", None, None, "1", "X",
    ]  # fmt: skip


def test_days_that_are_none_stay_as_written(tmp_path: Path) -> None:
    texts = ["20171130", "20171345", "20170229", "00000000", "        ", "2017-1-1", "abcdefgh", "20160229"]
    path = tmp_path / "t.shp"
    values = {"d": [dt.date(2017, 11, 30)] * len(texts)}
    gpd.GeoDataFrame(values, geometry=[shapely.Point(104, 26)] * len(texts), crs="EPSG:4326").to_file(
        path, engine="fiona", schema={"geometry": "Point", "properties": {"d": "date"}}
    )
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    _, start, width = struct.unpack_from("<IHH", data, 4)
    for row, text in enumerate(texts):
        data[start + row * width + 1 : start + row * width + 9] = text.encode()
    dbf.write_bytes(data)
    assert cells(path, "d") == [
        "2017-11-30", "20171345", "20170229", None, None, "2017-1-1", "abcdefgh", "2016-02-29",
    ]  # fmt: skip


def test_rows_that_were_left_out_before_shift_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "t.shp", b"n", ["x", "1", "y"])
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    _, start, width = struct.unpack_from("<IHH", data, 4)
    data[start + width] = ord("*")
    path.with_suffix(".dbf").write_bytes(data)
    assert cells(path, "n") == ["x", "y"]
    (table,) = read(path, name="t")
    numbers = table.frame["source_row"].to_numpy()
    given = {"n": table.frame["n"].to_numpy(dtype=object)}
    assert with_odd_cells(given, numbers, path.with_suffix(".dbf"))["n"].tolist() == ["x", "y"]
