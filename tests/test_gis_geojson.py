"""GeoJSON feature by feature: no feature and no part of one is lost in silence, good rows stay good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from gis.faults import InputError
from gis.geojson import read_geojson
from gis.geojson_geometry import geometry_of, positions
from gis.read import Table, read


def feature(coordinates: Any, kind: str = "Point", **properties: Any) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


FIRST, LAST = feature([104.1, 26.1], id="001", heads=1.5), feature([104.9, 26.9], id="003", heads=None)


def raw(tmp_path: Path, odd: str, name: str = "t.geojson") -> Path:
    """A file of three features, the second as written."""
    path = tmp_path / name
    path.write_text(
        f'{{"type":"FeatureCollection","features":[{json.dumps(FIRST)},{odd},{json.dumps(LAST)}]}}', "utf-8"
    )
    return path


def one(path: Path, **said: Any) -> Table:
    (table,) = read(path, name=path.name, **said)
    return table


def refusal(path: Path, **said: Any) -> list[tuple[str, dict[str, str]]]:
    with pytest.raises(InputError) as caught:
        read(path, name=path.name, **said)
    assert caught.value.message("zh")
    return [(fault.code, dict(fault.facts)) for fault in caught.value.faults]


RING = [[104, 26], [105, 26], [105, 27], [104, 26]]
PART = [[[104.5, 26.5], [104.6, "x"], [104.6, 26.6], [104.5, 26.5]]]


@pytest.mark.parametrize(
    ("odd", "code", "words"),
    [
        (feature(["104", "26"]), "GEOMETRY_UNREADABLE", "no number but '104'"),
        (feature([104]), "GEOMETRY_UNREADABLE", "2 or 3 numbers"),
        (feature([None, 26]), "GEOMETRY_UNREADABLE", "no number but 'None'"),
        (feature([True, 26]), "GEOMETRY_UNREADABLE", "no number but 'True'"),
        (feature([104, 26, "x"]), "GEOMETRY_UNREADABLE", "no number but 'x'"),
        (feature("104,26"), "GEOMETRY_UNREADABLE", "no list"),
        (feature(RING, "Polygon"), "GEOMETRY_UNREADABLE", "expected a place"),
        (feature([RING], "LineString"), "GEOMETRY_UNREADABLE", "no number but"),
        (feature([RING[:3]], "Polygon"), "GEOMETRY_UNREADABLE", "closed"),
        (feature([[104, 26]], "LineString"), "GEOMETRY_UNREADABLE", ""),
        (feature([[104, 26], [105, "x"], [106, 26]], "LineString"), "GEOMETRY_UNREADABLE", "no number but 'x'"),
        (feature([[104, 26], "x"], "MultiPoint"), "GEOMETRY_UNREADABLE", "expected a place"),
        (feature([[RING], PART], "MultiPolygon"), "GEOMETRY_UNREADABLE", "no number but 'x'"),
        (feature([], "Circle"), "GEOMETRY_UNREADABLE", "unknown type"),
        (
            {
                "type": "Feature",
                "properties": {},
                "geometry": {
                    "type": "GeometryCollection",
                    "geometries": [FIRST["geometry"], feature(["a", 2])["geometry"]],
                },
            },
            "GEOMETRY_UNREADABLE",
            "no number but 'a'",
        ),
        (
            {"type": "Feature", "properties": {}, "geometry": {"type": "Point"}},
            "GEOMETRY_UNREADABLE",
            "without coordinates",
        ),
        ({"type": "Feature", "properties": {}, "geometry": "POINT (1 2)"}, "GEOMETRY_UNREADABLE", "no object"),
        ({**FIRST, "properties": [1]}, "ROW_UNREADABLE", "no object but [1]"),
        ({**FIRST, "properties": "x"}, "ROW_UNREADABLE", 'no object but "x"'),
        ({**FIRST, "type": "feature"}, "ROW_UNREADABLE", 'expected "Feature"'),
        ({key: FIRST[key] for key in ("properties", "geometry")}, "ROW_UNREADABLE", "its type is null"),
        (FIRST["geometry"], "ROW_UNREADABLE", 'its type is "Point"'),
        (None, "ROW_UNREADABLE", "found null"),
        (5, "ROW_UNREADABLE", "found 5"),
        ({}, "ROW_UNREADABLE", "its type is null"),
    ],
)
def test_one_bad_feature_is_one_fault_with_its_own_row(tmp_path: Path, odd: Any, code: str, words: str) -> None:
    table = one(raw(tmp_path, json.dumps(odd)))
    assert [(fault.code, fault.row) for fault in table.faults] == [(code, 2)]
    assert words in table.faults[0].facts["found"]
    assert table.frame["source_row"].tolist() == [1, 3]
    assert table.frame["id"].tolist() == ["001", "003"]
    assert table.frame["heads"].tolist() == ["1.5", None]
    assert table.facts["rows_read"] == 3


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ('{"type":"Feature","properties":{"id":"1","id":"2"},"geometry":null}', "ROW_UNREADABLE"),
        (
            '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[104.5,26.,5]}}',
            "ROW_UNREADABLE",
        ),
        ('{"type":"Feature","properties":{"name":"a"b"},"geometry":null}', "ROW_UNREADABLE"),
    ],
)
def test_broken_json_between_sound_features_is_one_fault(tmp_path: Path, odd: str, code: str) -> None:
    table = one(raw(tmp_path, odd))
    assert [(fault.code, fault.row) for fault in table.faults] == [(code, 2)]
    assert table.frame["source_row"].tolist() == [1, 3]


def test_equal_keys_with_one_value_and_colons_in_texts_do_no_harm(tmp_path: Path) -> None:
    odd = '{"type":"Feature","properties":{"id":"a:b","id":"a:b"},"geometry":{"type":"Point","coordinates":[104,26]}}'
    table = one(raw(tmp_path, odd))
    assert table.faults == []
    assert table.frame["id"].tolist() == ["001", "a:b", "003"]


def test_rows_that_cannot_be_counted_make_the_file_unreadable(tmp_path: Path) -> None:
    two = f'{{"type":"Feature","properties":{{,}},"geometry":null}},{{"id":"7","type":"Feature"}},{json.dumps(FIRST)}'
    assert [code for code, _ in refusal(raw(tmp_path, two))] == ["FILE_UNREADABLE"]


def test_a_file_of_nothing_but_broken_features_is_given_up(tmp_path: Path) -> None:
    broken = ",".join(['{"type":"Feature","properties":{"a":},"geometry":null}'] * 1001)
    assert [code for code, _ in refusal(raw(tmp_path, broken))] == ["FILE_UNREADABLE"]


def test_seven_features_with_one_open_ring_keep_six(tmp_path: Path) -> None:
    features = [feature([RING if at != 4 else RING[:3]], "Polygon", id=at) for at in range(7)]
    path = tmp_path / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    table = one(path)
    assert table.frame["id"].tolist() == ["0", "1", "2", "3", "5", "6"]
    assert [(fault.code, fault.row) for fault in table.faults] == [("GEOMETRY_UNREADABLE", 5)]
    assert shapely.get_num_coordinates(table.places[5]) == 3


def test_null_and_empty_geometry_pass(tmp_path: Path) -> None:
    for odd in ({**FIRST, "geometry": None}, feature([]), feature([], "MultiPolygon")):
        table = one(raw(tmp_path, json.dumps(odd)))
        assert table.faults == []
        assert table.frame.geometry.isna().tolist() == [False, True, False] or table.frame.geometry.is_empty[1]


def test_members_beside_the_properties_are_told(tmp_path: Path) -> None:
    table = one(raw(tmp_path, json.dumps({**FIRST, "style": {}, "标注": 5})))
    assert table.facts["members"] == "style, 标注"
    assert "members" not in one(raw(tmp_path, json.dumps({**FIRST, "id": 7, "bbox": [1, 2, 3, 4]}))).facts


def test_what_is_read_one_by_one_is_what_gdal_reads(tmp_path: Path) -> None:
    places = [shapely.Point(104, 26), shapely.box(104, 26, 105, 27), shapely.LineString([(104, 26, 1), (105, 27, 2)])]
    values: dict[str, list[Any]] = {
        "id": ["001", "002", None],
        "count": [1, 2, 3],
        "share": [0.1, 1e-14, 12.0],
        "is": [True, False, True],
        "name": ["污染源", "", "a:b"],
    }
    path = tmp_path / "sites.geojson"
    gpd.GeoDataFrame(values, geometry=places, crs="EPSG:4490").to_file(path)
    whole = read_geojson(path, None, None)
    text = path.read_text("utf-8")
    path.write_text(text.replace("\n]", ',\n{"type":"Feature","properties":[],"geometry":null}\n]'), "utf-8")
    single = read_geojson(path, None, None)
    assert "salvaged" in single.facts and "salvaged" not in whole.facts
    assert [fault.row for fault in single.faults] == [4]
    assert {name: column.tolist() for name, column in single.columns.items()} == {
        name: column.tolist() for name, column in whole.columns.items()
    }
    assert list(single.geometry) == list(whole.geometry)
    assert (single.name, single.crs) == (whole.name, "urn:ogc:def:crs:EPSG::4490")
    assert one(path).facts["crs"] == "EPSG:4490"


def test_a_crs_behind_the_features_counts(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32648"}}
    features = [feature([500000, 2942000]), feature(["x", 1])]
    path = tmp_path / "utm.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, "crs": crs}), "utf-8")
    table = one(path)
    assert table.facts["crs"] == "EPSG:32648"
    assert [fault.row for fault in table.faults] == [2]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.997])
@pytest.mark.parametrize("suffix", [".geojson", ".geojsonl"])
def test_a_file_cut_short_tells_how_many_could_be_read(tmp_path: Path, suffix: str, share: float) -> None:
    features = [json.dumps(feature([104, 26 + at / 1000], name=f"水源{at}"), ensure_ascii=False) for at in range(200)]
    whole = (
        f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'
        if suffix == ".geojson"
        else "\n".join(features)
    )
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole.encode()[: int(len(whole.encode()) * share)])
    ((code, facts),) = refusal(path)
    assert code == "FILE_TRUNCATED"
    assert facts["expected"] == f"> {facts['found']}"
    assert abs(int(facts["found"]) - 200 * share) < 3


def test_a_sequence_keeps_its_good_lines(tmp_path: Path) -> None:
    lines = [json.dumps(FIRST), '{"type":"Feature",', "", json.dumps(LAST), json.dumps(FIRST["geometry"])]
    path = tmp_path / "s.geojsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    table = one(path)
    assert table.frame["source_row"].tolist() == [1, 3, 4]
    assert [(fault.code, fault.row) for fault in table.faults] == [("ROW_UNREADABLE", 2)]
    path.write_text("\x1e" + "\x1e".join(json.dumps(line, indent=1) for line in (FIRST, LAST)), "utf-8")
    assert len(one(path).frame) == 2


def test_a_document_may_bear_the_suffix_of_a_sequence_and_the_other_way_round(tmp_path: Path) -> None:
    for indent in (None, 1):
        path = tmp_path / "d.geojsonl"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [FIRST, LAST]}, indent=indent), "utf-8")
        assert len(one(path).frame) == 2
    path = tmp_path / "s.json"
    path.write_text(f"{json.dumps(FIRST)}\n{json.dumps({**LAST, 'properties': 5})}\n", "utf-8")
    assert [fault.row for fault in one(path).faults] == [2]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "EMPTY_LAYER"),
        ('{"type":"FeatureCollection","features":[]}', "EMPTY_LAYER"),
        ('{"type":"FeatureCollection"}', "FILE_UNREADABLE"),
        ('{"type":"FeatureCollection","features":{}}', "FILE_UNREADABLE"),
        ('{"type":"Topology","objects":{}}', "FILE_UNREADABLE"),
        (
            '{"geometryType":"esriGeometryPoint","features":[{"attributes":{},"geometry":{"x":1,"y":2}}]}',
            "FILE_UNREADABLE",
        ),
        ("[1,2]", "FILE_UNREADABLE"),
        ("null", "FILE_UNREADABLE"),
        ("[" * 100_000, "FILE_UNREADABLE"),
        ('{"features":' + "[" * 100_000 + "]" * 100_000 + "}", "FILE_UNREADABLE"),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "FILE_UNREADABLE"),
    ],
)
def test_what_is_no_geojson(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "odd.geojson"
    path.write_text(text, "utf-8")
    assert [code for code, _ in refusal(path)] == [code]


def test_gb18030_is_read_and_told(tmp_path: Path) -> None:
    path = raw(tmp_path, json.dumps(feature([104, 26], id="污水处理厂"), ensure_ascii=False))
    path.write_bytes(path.read_bytes().decode("utf-8").encode("gb18030"))
    table = one(path)
    assert table.frame["id"].tolist() == ["001", "污水处理厂", "003"]
    assert table.facts["encoding"] == "gb18030"
    assert [code for code, _ in refusal(path, encoding="utf-8")] == ["ENCODING_WRONG"]


def test_the_layer_may_be_named(tmp_path: Path) -> None:
    path = raw(tmp_path, "5", name="sites.geojson")
    assert len(one(path, table="sites").frame) == 2
    assert [code for code, _ in refusal(path, table="other")] == ["TABLE_MISSING"]
    sound = raw(tmp_path, json.dumps(FIRST), name="sites.geojson")
    assert [code for code, _ in refusal(sound, table="other")] == ["TABLE_MISSING"]


def test_places_are_counted_as_they_are_built() -> None:
    polygon = {"type": "MultiPolygon", "coordinates": [[RING, RING], [RING]]}
    for geometry in (
        polygon,
        FIRST["geometry"],
        {"type": "GeometryCollection", "geometries": [polygon, FIRST["geometry"]]},
    ):
        assert positions(geometry) == shapely.get_num_coordinates(geometry_of(geometry))
    assert [positions(None), positions([]), positions({"type": "Point"}), positions({"type": 5})] == [0, -1, -1, -1]


@pytest.mark.parametrize("between", ["", "\n", ";\n"])
def test_two_collections_in_one_file_are_no_success(tmp_path: Path, between: str) -> None:
    """`cat a.geojson b.geojson`: the second one would be gone without a word."""
    one = json.dumps({"type": "FeatureCollection", "features": [FIRST, LAST]})
    path = tmp_path / "a.geojson"
    path.write_text(one + between + one, encoding="utf-8")
    with pytest.raises(InputError, match=r"FILE_UNREADABLE.*behind the collection"):
        read(path, name="a.geojson")


def test_two_lists_of_features_are_no_success(tmp_path: Path) -> None:
    path, more = tmp_path / "a.geojson", json.dumps([LAST])
    path.write_text(f'{{"type": "FeatureCollection", "features": [{json.dumps(FIRST)}], "features": {more}}}')
    with pytest.raises(InputError, match=r"FILE_UNREADABLE.*several lists"):
        read(path, name="a.geojson")
