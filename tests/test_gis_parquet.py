"""GeoParquet and plain Parquet, single files and sets: same rows, numbers that run on, nothing left out in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.faults import InputError
from gis.geoarrow import ENCODINGS, build
from gis.parquet import files_of, is_set, parts, read_parquet
from gis.read import Table, read, read_rows

PLACES = [(104.83, 26.59), (104.9, 26.6), (105.0, 26.7)]


def sites(*ids: str, **columns: Any) -> gpd.GeoDataFrame:
    places = gpd.points_from_xy(*zip(*(PLACES[at % 3] for at in range(len(ids))), strict=True)) if ids else []
    return gpd.GeoDataFrame({"id": list(ids), **columns}, geometry=places, crs="EPSG:4326")


def one(path: Path, **said: Any) -> Table:
    (table,) = read(path, name=path.name, **said)
    for fault in table.faults:
        assert all(fault.line(language) for language in ("zh", "en"))
    assert table.facts["rows_read"] == len(table.frame) + len(table.faults)
    return table


def refusal(path: Path, **said: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read(path, name=path.name, **said)
    assert all(caught.value.message(language) for language in ("zh", "en"))
    return [(fault.code, fault.value or fault.facts.get("found", "")) for fault in caught.value.faults]


def differences(path: Path) -> list[str]:
    """In which way each part that differs does so."""
    with pytest.raises(InputError) as caught:
        read(path, name=path.name)
    return [fault.facts["difference_en"] for fault in caught.value.faults]


def with_geo(path: Path, **changes: Any) -> None:
    """Writes a file again with other statements about its geometry; None takes one away, "null" makes it null."""
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    primary = geo["columns"][geo["primary_column"]]
    for name, value in changes.items():
        primary.pop(name, None)
        if value is not None:
            primary[name] = None if value == "null" else value
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(geo).encode()}), path)


# --- One file ---------------------------------------------------------------------------------


SHAPES = {
    "point": ["POINT (104 26)", None, "POINT (105 27)"],
    "linestring": ["LINESTRING (104 26, 105 27)", "LINESTRING (104 26, 104 27, 105 27)", None],
    "multipoint": ["MULTIPOINT ((104 26), (105 27))", None, "MULTIPOINT ((104 26))"],
    "polygon": [None, "POLYGON ((104 26, 105 26, 105 27, 104 26), (104.5 26.2, 104.6 26.2, 104.6 26.3, 104.5 26.2))"],
    "multilinestring": ["MULTILINESTRING ((104 26, 105 27), (104 27, 105 26))", None],
    "multipolygon": ["MULTIPOLYGON (((104 26, 105 26, 105 27, 104 26)), ((106 26, 107 26, 107 27, 106 26)))", None],
}


def test_every_encoding_is_tried() -> None:
    assert {"wkb", *SHAPES} == set(ENCODINGS)


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
@pytest.mark.parametrize("kind", SHAPES)
def test_geometry_in_both_encodings(tmp_path: Path, kind: str, encoding: str) -> None:
    path = tmp_path / "t.parquet"
    shapes = [None if text is None else shapely.from_wkt(text) for text in SHAPES[kind]]
    frame = gpd.GeoDataFrame({"id": range(len(shapes))}, geometry=shapes, crs="EPSG:4490")
    frame.to_parquet(path, geometry_encoding=encoding, row_group_size=2)
    table = one(path)
    assert table.frame.geometry.isna().tolist() == [shape is None for shape in shapes]
    assert shapely.equals_exact(table.frame.geometry, shapes).tolist() == [shape is not None for shape in shapes]
    assert table.facts["crs"] == "EPSG:4490"
    assert table.frame["id"].tolist() == [str(at) for at in range(len(shapes))]


@pytest.mark.parametrize("encoding", ["wkb", "POINT", "Point"])
def test_encodings_in_capitals_and_small_letters(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.parquet"
    sites("a", "b").to_parquet(path, geometry_encoding="WKB" if encoding == "wkb" else "geoarrow")
    with_geo(path, encoding=encoding)
    assert [(place.x, place.y) for place in one(path).frame.geometry] == PLACES[:2]


def test_heights_are_dropped_and_counted(tmp_path: Path) -> None:
    for at, encoding in enumerate(("WKB", "geoarrow")):
        path = tmp_path / f"{at}.parquet"
        frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Point(104, 26, 900)], crs="EPSG:4326")
        frame.to_parquet(path, geometry_encoding=encoding)
        assert (one(path).facts["heights"], one(path).frame.geometry[0].wkt) == (1, "POINT (104 26)")


def test_a_projected_crs_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    sites("a", "b", "c").to_crs("EPSG:4544").to_parquet(path)
    found = one(path).frame.geometry
    assert [(place.x, place.y) for place in found] == [pytest.approx(place, abs=1e-9) for place in PLACES]


def test_what_the_file_says_of_its_crs(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    sites("a").to_parquet(path)
    with_geo(path, crs=None)
    assert one(path).facts["crs"] == "OGC:CRS84"
    assert refusal(path, crs="EPSG:4544")[0][0] == "CRS_CONTRADICTION"
    with_geo(path, crs="null")
    assert refusal(path) == [("CRS_MISSING", "")]
    assert one(path, crs="EPSG:4490").facts["crs"] == "EPSG:4490"
    with_geo(path, crs={"type": "nonsense"})
    assert refusal(path)[0][0] == "CRS_UNKNOWN"


def test_other_geometry_and_round_edges_are_told(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    frame = sites("a").assign(entrance=gpd.GeoSeries([shapely.Point(1, 2)], crs="EPSG:4326"))
    frame.to_parquet(path)
    with_geo(path, edges="spherical")
    table = one(path)
    assert table.facts["geometries_skipped"] == "entrance"
    assert table.facts["edges"] == "spherical"
    assert list(table.frame.columns) == ["id", "source_row", "geometry"]


def test_row_numbers_of_pandas_are_no_data_but_a_named_index_is(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    sites("a", "b", "c").iloc[[2, 0]].to_parquet(path)
    assert list(one(path).frame.columns) == ["id", "source_row", "geometry"]
    sites("a", "b").set_index("id").to_parquet(path)
    assert one(path).frame["id"].tolist() == ["a", "b"]
    sites("a", "b").set_index("id").rename_axis(None).to_parquet(path)
    assert one(path).frame["__index_level_0__"].tolist() == ["a", "b"]


def test_one_broken_geometry_does_not_cost_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    sites("a", "b", "c").to_parquet(path)
    table = pq.read_table(path)
    open_ring = shapely.to_wkb(shapely.box(104, 26, 105, 27))[:-16] + np.array([104.5, 26.5]).tobytes()
    wkb = [table["geometry"][0].as_py(), open_ring, None]
    pq.write_table(table.set_column(1, "geometry", pa.array(wkb)).replace_schema_metadata(table.schema.metadata), path)
    found = one(path)
    assert [(fault.code, fault.row) for fault in found.faults] == [("GEOMETRY_UNREADABLE", 2)]
    assert found.frame["id"].tolist() == ["a", "c"]
    assert found.frame["source_row"].tolist() == [1, 3]
    assert shapely.box(104, 26, 105, 27).covers(found.places[2])


def test_one_open_ring_among_lists_of_coordinates() -> None:
    rings = [[[(0, 0), (1, 0), (1, 1), (0, 0)]], [[(0, 0), (5, 0), (5, 5)]], None, [[(2, 2), (3, 2), (3, 3), (2, 2)]]]
    listed = [
        None if shape is None else [[{"x": float(x), "y": float(y)} for x, y in ring] for ring in shape]
        for shape in rings
    ]
    column = pa.chunked_array([pa.array(listed)[:1], pa.array(listed)[1:]])
    built = build(column, "polygon")
    assert list(built.broken) == [1]
    assert built.places[1].bounds == (0, 0, 5, 5)
    assert [None if shape is None else shape.area for shape in built.geometry] == [0.5, None, None, 0.5]


def test_columns_that_are_not_what_the_metadata_say(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    for said in (
        *({"encoding": one} for one in ("polygon", "point", "nonsense", 7)),
        {"covering": {"bbox": {"xmin": []}}},
    ):
        sites("a").to_parquet(path)
        with_geo(path, **said)
        assert refusal(path)[0][0] == "FILE_UNREADABLE"
    sites("a").to_parquet(path)
    with_geo(path, covering={"bbox": {"xmin": ["id"]}})
    assert one(path).frame["id"].tolist() == ["a"]
    nested = b'{"columns":' + b"[" * 100_000
    pq.write_table(pq.read_table(path).replace_schema_metadata({b"geo": nested}), path)
    assert refusal(path)[0][0] == "FILE_UNREADABLE"


def test_a_table_without_geometry_has_coordinate_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"id": [7, 8, 9], "lon": [104.5, None, 104.7], "lat": ["26", "26", "26°"]}).to_parquet(path)
    table = one(path)
    assert table.facts["crs_assumed"] == "EPSG:4326"
    assert table.frame["id"].tolist() == ["7", "9"]
    assert [(fault.code, fault.row) for fault in table.faults] == [("COORDINATE_MISSING", 2)]
    (rows,) = read_rows(path, name="t.parquet")
    assert rows.frame[["id", "lon"]].to_numpy().tolist() == [["7", "104.5"], ["8", None], ["9", "104.7"]]


def test_repeated_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    assert refusal(path) == [("COLUMN_DUPLICATE", "a")]


def test_repeated_texts_are_kept_once(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    sites(*map(str, range(3000)), unit=["水务局", "", None] * 1000).to_parquet(path)
    frame = one(path).frame
    assert frame["unit"].tolist() == ["水务局", None, None] * 1000
    assert len({id(text) for text in frame["unit"]}) == 2


# --- Damaged and hostile files ----------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1PAR1", b"id,lon,lat\n", b"PAR1" + b"\xff" * 64 + b"PAR1"])
def test_what_is_no_parquet(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    assert refusal(path)[0][0] == "FILE_UNREADABLE"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_is_told_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("damaged") / "t.parquet"
    sites("a", "b", "c", name=["x", "y", None]).to_parquet(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 5))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        tables = read(path, name="t.parquet")
    except InputError:
        return
    assert [table.facts["rows_read"] == len(table.frame) + len(table.faults) for table in tables] == [True]


def test_a_footer_that_announces_more_than_a_file_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": pa.nulls(20_000_000, pa.int8())}), path)
    assert path.stat().st_size < 100_000
    assert refusal(path)[0][0] == "FILE_UNREADABLE"
    pq.write_table(pa.table({"a": ["x" * 70_000_000]}), path, compression="zstd", use_dictionary=False)
    assert refusal(path)[0][0] == "FILE_UNREADABLE"


# --- Sets -------------------------------------------------------------------------------------


def a_set(folder: Path, *frames: gpd.GeoDataFrame) -> Path:
    folder.mkdir()
    for at, frame in enumerate(frames):
        frame.to_parquet(folder / f"part.{at}.parquet")
    return folder


def test_a_set_is_its_parts_one_below_the_other(tmp_path: Path) -> None:
    frames = [sites(*(f"{at}-{row}" for row in range(2))) for at in range(11)]
    folder = a_set(tmp_path / "sources.parquet", *frames)
    (folder / "_metadata").write_bytes(b"?")
    (folder / ".part.0.parquet.crc").write_bytes(b"?")
    table = one(folder)
    assert table.frame["id"].tolist() == [f"{at}-{row}" for at in range(11) for row in range(2)]
    assert table.frame["source_row"].tolist() == list(range(1, 23))
    assert [(part.path.name, part.rows, part.first_row) for part in parts(folder)] == [
        (f"part.{at}.parquet", 2, 2 * at + 1) for at in range(11)
    ]
    for at in range(11):
        alone = one(folder, part=at).frame
        whole = table.frame.iloc[2 * at : 2 * at + 2].reset_index(drop=True)
        assert alone.drop(columns="geometry").equals(whole.drop(columns="geometry"))
        assert alone.geometry.geom_equals_exact(whole.geometry, 0).all()


def test_any_folder_of_parquet_files_is_a_set_and_no_other(tmp_path: Path) -> None:
    assert is_set(a_set(tmp_path / "sources", sites("a")))
    (tmp_path / "other").mkdir()
    assert not is_set(tmp_path / "other")
    assert refusal(tmp_path / "other")[0][0] == "FOLDER_WITHOUT_PARQUET"
    (tmp_path / "empty.parquet").mkdir()
    assert refusal(tmp_path / "empty.parquet") == [("EMPTY_LAYER", "")]
    (tmp_path / "t.csv").write_text("id\n1\n")
    with pytest.raises(ValueError, match="only Parquet sets have parts"):
        read(tmp_path / "t.csv", name="t.csv", part=0)


def test_bounds_of_parts(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    sites("a", "b", "c").to_parquet(path, write_covering_bbox=True, row_group_size=2)
    stated = (104.83, 26.59, 105.0, 26.7)
    assert parts(path)[0].bounds == stated
    assert list(one(path).frame.columns) == ["id", "source_row", "geometry"]
    with_geo(path, bbox=None)
    assert parts(path)[0].bounds is None
    with_geo(path, bbox=[1, 2, 0, 3, 4, 9])
    assert parts(path)[0].bounds == (1, 2, 3, 4)


def test_faults_name_the_row_in_the_whole_set(tmp_path: Path) -> None:
    far = sites("c", "d")
    far.geometry = [shapely.Point(26, 104), shapely.Point(104, 26)]
    folder = a_set(tmp_path / "s.parquet", sites("a", "b"), far)
    whole, last = one(folder), one(folder, part=1)
    assert [(fault.code, fault.row) for fault in whole.faults] == [("COORDINATE_SWAPPED", 3)]
    assert whole.faults == last.faults
    assert list(whole.places) == list(last.places) == [3]


def test_an_empty_part_is_no_fault_but_an_empty_set_is(tmp_path: Path) -> None:
    folder = a_set(tmp_path / "s.parquet", sites("a"), sites().astype({"id": object}), sites("b"))
    assert one(folder).frame["source_row"].tolist() == [1, 2]
    assert len(one(folder, part=1).frame) == 0
    assert list(one(folder, part=1).frame.columns) == list(one(folder).frame.columns)
    assert refusal(a_set(tmp_path / "e.parquet", sites(), sites())) == [("EMPTY_LAYER", "")]


def test_a_part_that_differs_is_named(tmp_path: Path) -> None:
    folder = a_set(tmp_path / "c.parquet", sites("a"), sites("b", more=["x"]), sites("c").rename(columns={"id": "no"}))
    assert refusal(folder) == [("PART_DIFFERS", "part.1.parquet"), ("PART_DIFFERS", "part.2.parquet")]
    moved = a_set(tmp_path / "m.parquet", sites("a"), sites("b").to_crs("EPSG:4544"))
    assert refusal(moved) == [("PART_DIFFERS", "part.1.parquet")]
    assert refusal(moved, part=0) == [("PART_DIFFERS", "part.1.parquet")]
    no_crs = a_set(tmp_path / "n.parquet", sites("a"), sites("b"))
    with_geo(no_crs / "part.1.parquet", crs="null")
    round_edges = a_set(tmp_path / "r.parquet", sites("a"), sites("b"))
    with_geo(round_edges / "part.1.parquet", edges="spherical")
    assert refusal(round_edges) == [("PART_DIFFERS", "part.1.parquet")]
    assert differences(folder) == ["has also more", "lacks id; has also no"]
    assert differences(moved) == ["CRS: expected EPSG:4326, found EPSG:4544"]
    assert differences(no_crs) == ["CRS: expected EPSG:4326, found none stated"]
    assert differences(round_edges) == ["edges: expected planar, found spherical"]


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    folder = a_set(tmp_path / "s.parquet", sites("a"), sites("b"))
    (folder / "part.1.parquet").write_bytes(b"PAR1")
    ((code, words),) = refusal(folder)
    assert code == "FILE_UNREADABLE"
    assert words.startswith("part.1.parquet: ")
    assert str(tmp_path) not in words


def test_what_does_not_belong_into_a_set(tmp_path: Path) -> None:
    folder = a_set(tmp_path / "s.parquet", sites("a"))
    (folder / "more.csv").write_text("id\n1\n")
    assert refusal(folder) == [("SET_MIXED", "more.csv")]
    (folder / "more.csv").unlink()
    (folder / "year=2017").mkdir()
    assert refusal(folder) == [("SET_MIXED", "year=2017")]
    (folder / "year=2017").rmdir()
    sites("secret").to_parquet(tmp_path / "secret.parquet")
    (folder / "part.1.parquet").symlink_to(tmp_path / "secret.parquet")
    assert refusal(folder) == [("SET_MIXED", "part.1.parquet")]


def test_a_set_without_geometry_is_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "t.parquet"
    folder.mkdir()
    for at in (2, 10):
        pd.DataFrame({"id": [at], "lon": [104.0], "lat": [26.0]}).to_parquet(folder / f"t{at}.parquet")
    assert [file.name for file in files_of(folder)] == ["t2.parquet", "t10.parquet"]
    assert read_parquet(folder).columns["id"].tolist() == ["2", "10"]
    assert one(folder).frame["source_row"].tolist() == [1, 2]
