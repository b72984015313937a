"""Shapefiles with parts absent, cut or at odds with each other: rows keep their numbers, or the file is refused."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from gis.faults import InputError
from gis.read import Table, read
from gis.shapefile_records import indexed, record_count, rows_of

PLACES = [(104, 26), (105, 27), (104.5, 26.5), (105.5, 27.5), (104.2, 26.2)]


def made(folder: Path, geometry: list[Any] | None = None) -> Path:
    """Five points with a text and a number, as the middle file of a set."""
    shapes = geometry or [shapely.Point(place) for place in PLACES]
    values = {"名称": [f"水源{at}" for at in range(len(shapes))], "n": list(range(len(shapes)))}
    gpd.GeoDataFrame(values, geometry=shapes, crs="EPSG:4326").to_file(folder / "s.shp", encoding="gb18030")
    return folder / "s.shp"


def one(path: Path) -> Table:
    (table,) = read(path, name=path.name)
    return table


def refusal(path: Path) -> list[tuple[str, dict[str, str]]]:
    with pytest.raises(InputError) as caught:
        read(path, name=path.name)
    assert caught.value.message("zh")
    return [(fault.code, dict(fault.facts)) for fault in caught.value.faults]


def changed(path: Path, at: int, data: bytes) -> None:
    whole = bytearray(path.read_bytes())
    whole[at : at + len(data)] = data
    path.write_bytes(whole)


def row_of_dbf(path: Path, row: int) -> int:
    """Where a row of the .dbf begins, counted from 0."""
    _, start, width = struct.unpack_from("<IHH", path.with_suffix(".dbf").read_bytes(), 4)
    return int(start + row * width)


def test_a_lacking_index_is_made_from_the_records_and_nothing_is_written_beside_the_file(tmp_path: Path) -> None:
    path = made(
        tmp_path, [*(shapely.Point(place).buffer(0.1) for place in PLACES[:3]), None, shapely.box(104, 26, 105, 27)]
    )
    whole = one(path)
    path.with_suffix(".shx").unlink()
    before = sorted(tmp_path.iterdir())
    table = one(path)
    assert table.frame.drop(columns="geometry").equals(whole.frame.drop(columns="geometry"))
    assert list(table.frame.geometry) == list(whole.frame.geometry)
    assert (table.facts["index"], table.table) == (".shx", "s")
    assert sorted(tmp_path.iterdir()) == before
    with indexed(path) as (elsewhere, was_made):
        assert was_made
        assert record_count(elsewhere) == 5
    assert not elsewhere.parent.exists()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("suffix", [".shp", ".dbf", ".shx", "no index"])
def test_a_part_cut_short_tells_how_many_of_how_many(tmp_path: Path, suffix: str, share: float) -> None:
    path = made(tmp_path)
    cut = path.with_suffix(suffix if suffix != "no index" else ".shp")
    if suffix == "no index":
        path.with_suffix(".shx").unlink()
    data = cut.read_bytes()
    cut.write_bytes(data[: int(len(data) * share)])
    ((code, facts),) = refusal(path)
    assert code == "FILE_TRUNCATED"
    assert facts["expected"] in ("5", "?")
    assert 0 <= int(facts["found"]) < 5


@pytest.mark.parametrize("suffix", [".shp", ".dbf", ".shx"])
@pytest.mark.parametrize("size", [0, 20])
def test_hardly_anything_of_a_part_is_a_cut_file(tmp_path: Path, suffix: str, size: int) -> None:
    path = made(tmp_path)
    part = path.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[:size])
    assert [code for code, _ in refusal(path)] == ["FILE_TRUNCATED"]


def test_without_attributes_the_file_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path)
    path.with_suffix(".dbf").unlink()
    assert refusal(path) == [("PART_MISSING", {"expected": ".dbf"})]
    path.with_suffix(".shx").unlink()
    assert refusal(path) == [("PART_MISSING", {"expected": ".shx, .dbf"})]


def test_what_is_no_shapefile_or_no_dbase_file_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path)
    path.with_suffix(".dbf").write_bytes(b"<html>" * 99)
    assert [code for code, _ in refusal(path)] == ["FILE_UNREADABLE"]
    path = made(tmp_path)
    path.with_suffix(".shx").unlink()
    path.write_bytes(b"<html>" * 99)
    assert [code for code, _ in refusal(path)] == ["FILE_UNREADABLE"]


def test_deleted_rows_are_told_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    path = made(tmp_path)
    changed(path.with_suffix(".dbf"), row_of_dbf(path, 1), b"*")
    table = one(path)
    assert table.frame["source_row"].tolist() == [1, 3, 4, 5]
    assert table.frame["名称"].tolist() == ["水源0", "水源2", "水源3", "水源4"]
    assert (table.facts["deleted"], table.facts["rows_read"]) == ("2", 4)
    assert rows_of(path).deleted.tolist() == [1]


@pytest.mark.parametrize("kind", [5, 77])
def test_a_shape_of_another_type_is_a_fault_and_no_empty_place(tmp_path: Path, kind: int) -> None:
    path = made(tmp_path)
    changed(path, 100 + 28 + 8, struct.pack("<i", kind))
    table = one(path)
    assert [(fault.code, fault.row) for fault in table.faults] == [("GEOMETRY_UNREADABLE", 2)]
    assert table.frame["source_row"].tolist() == [1, 3, 4, 5]


def test_an_index_that_points_elsewhere_is_a_fault_of_its_row(tmp_path: Path) -> None:
    path = made(tmp_path)
    changed(path.with_suffix(".shx"), 100 + 8, struct.pack(">i", 60))
    assert [(fault.code, fault.row) for fault in one(path).faults] == [("GEOMETRY_UNREADABLE", 2)]


def test_null_shapes_and_shapes_without_places_stay_empty(tmp_path: Path) -> None:
    path = made(tmp_path, [shapely.box(104, 26, 105, 27), None, shapely.Polygon()])
    table = one(path)
    assert table.faults == []
    assert table.frame.geometry.isna().tolist() == [False, True, True]
