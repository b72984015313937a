"""layers.load, layers.loaded: a whole project through the door: frames, refused zones, counts that add up, all errors at once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gis.faults import InputError, codes
from gis.read import read
from gis.reading_limits import BY_SIZE, Limits
from layers.load import LAYERS, Inputs, load, load_part
from layers.words import KINDS, Word

LEVELS = {"1": Word("一级", "level 1"), "2": Word("二级", "level 2")}


@dataclass
class Said:
    """One `[[layer]]` of a project file."""

    kind: str
    path: str
    table: str | None = None
    crs: str | None = None
    datum: str | None = None
    encoding: str | None = None
    date_order: str | None = None
    located_to_metres: float | None = None
    map_scale: float | None = None
    x: str | None = None
    y: str | None = None
    transformation: str | None = None
    corners: str | None = None
    make_id: str | None = None
    constants: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Project:
    """A project folder and its entries."""

    folder: Path
    layers: list[Said]
    limits: Limits = BY_SIZE


def loaded(folder: Path, *entries: Said) -> Inputs:
    inputs = load(Project(folder, list(entries)), kinds=KINDS, levels=LEVELS)
    for record in inputs.inputs:
        assert record["read"] == record["accepted"] + record["rejected"]
    assert sum(record["rejected"] for record in inputs.inputs) == len(inputs.faults)
    assert sum(record["accepted"] for record in inputs.inputs) == sum(map(len, inputs.frames.values()))
    for note in inputs.notes:
        assert note["code"] in codes()
    for fault in inputs.faults:
        assert fault.line("zh")
        assert fault.line("en")
    return inputs


def csv(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, "utf-8")


def zones(folder: Path, *rows: tuple[str | None, str, shapely.Geometry | None]) -> Said:
    """Zones as GeoJSON: id, level, outline."""
    features = [
        {
            "type": "Feature",
            "properties": {"zone_id": zone, "name": f"Z {zone}", "level": level},
            "geometry": None if outline is None else shapely.geometry.mapping(outline),
        }
        for zone, level, outline in rows
    ]
    (folder / "zones.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return Said("protection_zones", "zones.geojson")


BOX = shapely.box(104, 26, 105, 27)
BOW_TIE = shapely.Polygon([(104, 26), (105, 27), (105, 26), (104, 27)])


def test_frames_as_the_rooms_above_expect_them(tmp_path: Path) -> None:
    csv(tmp_path, "a.csv", "编号,名称,类型,经度,纬度,人数\n001,甲,排污口,104.5,26.5,3\n")
    csv(tmp_path, "b.csv", "编号,名称,类型,经度,纬度,备注\n002,乙,加油站,104.6123,26.6123,好\n")
    inputs = loaded(
        tmp_path,
        Said("pollution_sources", "a.csv", located_to_metres=15.0),
        Said("pollution_sources", "b.csv"),
        zones(tmp_path, ("z1", "1", BOX)),
    )
    assert list(inputs.frames) == ["pollution_sources", "protection_zones"]
    sources = inputs.frames["pollution_sources"]
    assert sources.crs == "EPSG:4326"
    assert list(sources.index) == [0, 1]
    assert sources["source_id"].tolist() == ["001", "002"]
    assert sources["source_file"].tolist() == ["a.csv", "b.csv"]
    assert sources["source_row"].tolist() == [2, 2]
    assert sources["located_to_metres"].tolist()[0] == 15.0
    assert sources["located_to_metres"].isna().tolist() == [False, True]
    assert sources["人数"].tolist() == ["3", None]
    assert sources["备注"].tolist() == [None, "好"]
    assert sources.columns[-1] == "geometry"
    assert inputs.faults == []
    assert inputs.refused == {}
    assert inputs.refused_without_place == {}


def test_run_json_gets_hash_and_counts(tmp_path: Path) -> None:
    csv(tmp_path, "a.csv", "编号,名称,类型,经度,纬度\n1,甲,排污口,104.5,26.5\n2,乙,船,104.5,26.5\n3,丙,排污口,,26.5\n")
    inputs = loaded(tmp_path, Said("pollution_sources", "a.csv"))
    assert inputs.inputs == [
        {
            "path": "a.csv",
            "table": "",
            "kind": "pollution_sources",
            "sha256": hashlib.sha256((tmp_path / "a.csv").read_bytes()).hexdigest(),
            "read": 3,
            "accepted": 1,
            "rejected": 2,
        }
    ]
    assert [(fault.file, fault.row, fault.code) for fault in inputs.faults] == [
        ("a.csv", 3, "VALUE_UNKNOWN"),
        ("a.csv", 4, "COORDINATE_MISSING"),
    ]


def test_the_hash_of_a_shapefile_covers_its_parts(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"zone_id": ["1"], "name": ["a"], "level": ["1"]}, geometry=[BOX], crs="EPSG:4326")
    frame.to_file(tmp_path / "z.shp", encoding="utf-8")
    said = Said("protection_zones", "z.shp")
    before = loaded(tmp_path, said).inputs[0]["sha256"]
    dbf = tmp_path / "z.dbf"
    dbf.write_bytes(dbf.read_bytes().replace(b"a ", b"b ", 1))
    assert loaded(tmp_path, said).inputs[0]["sha256"] != before


def test_refused_zones_keep_their_place(tmp_path: Path) -> None:
    inputs = loaded(
        tmp_path,
        zones(
            tmp_path,
            ("z1", "1", BOX),
            ("z2", "九级", BOX),  # its outline is known
            ("z3", "1", BOW_TIE),  # it lies somewhere within its hull
            ("z4", "1", None),  # nowhere
            ("z1", "1", BOX),  # an exact copy of an accepted zone leaves nothing open
            ("z1", "2", BOX),  # one that differs does
        ),
    )
    assert [(fault.row, fault.code) for fault in inputs.faults] == [
        (2, "VALUE_UNKNOWN"),
        (3, "GEOMETRY_NOT_REPAIRABLE"),
        (4, "GEOMETRY_EMPTY"),
        (5, "DUPLICATE_ID"),
        (6, "DUPLICATE_ID"),
    ]
    assert list(inputs.refused) == ["protection_zones"]
    refused = inputs.refused["protection_zones"]
    assert list(refused.columns) == ["source_file", "source_row", "code", "geometry"]
    assert refused.drop(columns="geometry").to_numpy().tolist() == [
        ["zones.geojson", 2, "VALUE_UNKNOWN"],
        ["zones.geojson", 3, "GEOMETRY_NOT_REPAIRABLE"],
        ["zones.geojson", 6, "DUPLICATE_ID"],
    ]
    assert all(shapely.equals(place, BOX) for place in refused.geometry)
    assert inputs.refused_without_place == {"protection_zones": 1}
    reasons = [fault.reason("en") for fault in inputs.faults[3:]]
    assert "identical" in reasons[0]
    assert "≠ level" in reasons[1]


WRECKS = {
    "line": {"type": "LineString", "coordinates": [[104, 26], [105, 26], [105, 27], [104, 27]]},
    "open ring": {"type": "Polygon", "coordinates": [[[104, 26], [105, 26], [105, 27], [104, 27]]]},
    "multi open": {"type": "MultiPolygon", "coordinates": [[[[104, 26], [105, 26], [105, 27], [104, 27]]]]},
    "open with height": {"type": "Polygon", "coordinates": [[[104, 26, 9], [105, 26, 9], [105, 27, 9], [104, 27, 9]]]},
    "exchanged axes": {"type": "Polygon", "coordinates": [[[26, 104], [26, 105], [27, 105], [27, 104], [26, 104]]]},
    "exchanged and open": {"type": "Polygon", "coordinates": [[[26, 104], [26, 105], [27, 105], [27, 104]]]},
    "texts": {"type": "Polygon", "coordinates": [[["104", "26"], ["105", "26"], ["105", "27"], ["104", "27"]]]},
    "no type": {"coordinates": [[[104, 26], [105, 26], [105, 27], [104, 27], [104, 26]]]},
    "collection": {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "LineString", "coordinates": [[104, 26], [105, 26]]},
            {"type": "MultiPoint", "coordinates": [[105, 27], [104, 27]]},
        ],
    },
}
FLAT = {
    "point": {"type": "Point", "coordinates": [104.5, 26.5]},
    "two points": {"type": "Polygon", "coordinates": [[[104.5, 26.5], [104.5, 26.5]]]},
    "flat": {"type": "Polygon", "coordinates": [[[104, 26.5], [105, 26.5], [104.5, 26.5], [104, 26.5]]]},
}
GOOD = shapely.geometry.mapping(shapely.box(100, 25, 101, 26))


def collection(folder: Path, name: str, *geometries: object) -> Said:
    """Zones as GeoJSON, their outlines as given."""
    features = [
        {"type": "Feature", "properties": {"zone_id": f"z{at}", "name": "Z", "level": "1"}, "geometry": geometry}
        for at, geometry in enumerate(geometries)
    ]
    if name.endswith(".geojsonl"):
        text = "\n".join(json.dumps(feature) for feature in features)
    else:
        text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / name).write_text(text, "utf-8")
    return Said("protection_zones", name)


@pytest.mark.parametrize("name", ["zones.geojson", "zones.geojsonl"])
@pytest.mark.parametrize("wreck", WRECKS)
def test_no_zone_with_coordinates_is_refused_without_its_place(tmp_path: Path, name: str, wreck: str) -> None:
    inputs = loaded(tmp_path, collection(tmp_path, name, GOOD, WRECKS[wreck]))
    assert inputs.refused_without_place == {}
    refused = inputs.refused["protection_zones"]
    assert refused["source_row"].tolist() == [2]
    assert shapely.equals(refused.geometry[0], BOX)


@pytest.mark.parametrize("wreck", FLAT)
def test_a_refused_zone_without_area_is_widened(tmp_path: Path, wreck: str) -> None:
    inputs = loaded(tmp_path, collection(tmp_path, "zones.geojson", GOOD, FLAT[wreck]))
    assert inputs.refused_without_place == {}
    place = inputs.refused["protection_zones"].geometry[0]
    assert place.geom_type == "Polygon"
    assert place.contains(shapely.Point(104.5, 26.5).buffer(0.0004))
    assert place.bounds[3] - place.bounds[1] == pytest.approx(0.001)


def test_one_impossible_corner_leaves_the_neighbourhood_of_the_others(tmp_path: Path) -> None:
    wreck = {"type": "Polygon", "coordinates": [[[104, 26], [105, 26], [105, 127], [104, 27], [104, 26]]]}
    inputs = loaded(tmp_path, collection(tmp_path, "zones.geojson", GOOD, wreck))
    assert inputs.refused["protection_zones"].geometry[0].contains(BOX)


def test_a_projected_zone_that_cannot_be_built_is_placed_in_degrees(tmp_path: Path) -> None:
    ring = [(448000, 2940000), (449000, 2940000), (449000, 2941000), (448000, 2941000)]
    said = collection(
        tmp_path, "zones.geojson", shapely.geometry.mapping(shapely.box(440000, 2940000, 441000, 2941000))
    )
    features = json.loads((tmp_path / "zones.geojson").read_text("utf-8"))
    features["features"].append({**features["features"][0], "geometry": {"type": "Polygon", "coordinates": [ring]}})
    (tmp_path / "zones.geojson").write_text(json.dumps(features), "utf-8")
    inputs = loaded(tmp_path, Said(said.kind, said.path, crs="EPSG:4544"))
    expected = gpd.GeoSeries([shapely.Polygon(ring)], crs="EPSG:4544").to_crs("EPSG:4326")[0]
    assert inputs.refused["protection_zones"].geometry[0].symmetric_difference(expected).area < 1e-9


def test_a_table_with_exchanged_axes_keeps_its_places(tmp_path: Path) -> None:
    csv(tmp_path, "i.csv", "编号,名称,经度,纬度\n1,甲,104.5,26.5\n2,乙,26.6,104.6\n3,丙,200,200\n")
    inputs = loaded(tmp_path, Said("intakes", "i.csv"))
    assert inputs.refused["intakes"]["source_row"].tolist() == [3]
    assert inputs.refused["intakes"].geometry[0].contains(shapely.Point(104.6, 26.6))
    assert inputs.refused_without_place == {"intakes": 1}


def test_every_kind_a_rule_may_relate_to_keeps_the_places_it_refused(tmp_path: Path) -> None:
    table = "编号,名称,经度,纬度\n1,甲,104.5,26.5\n1,乙,104.6,26.6\n2,丙,,\n"
    csv(tmp_path, "i.csv", table)
    csv(tmp_path, "s.csv", "编号,名称,类型,经度,纬度\n1,甲,排污口,104.5,26.5\n1,乙,排污口,104.6,26.6\n")
    lines = gpd.GeoDataFrame(
        {"name": ["A", "B"], "river_id": ["1", "1"]},
        geometry=[shapely.LineString([(104, 26), (105, 27)]), shapely.LineString([(104, 27), (105, 26)])],
        crs="EPSG:4326",
    )
    lines.to_file(tmp_path / "r.gpkg")
    inputs = loaded(tmp_path, Said("intakes", "i.csv"), Said("rivers", "r.gpkg"), Said("pollution_sources", "s.csv"))
    assert list(inputs.refused) == ["rivers", "intakes"]
    assert inputs.refused["rivers"].geometry.tolist() == [lines.geometry[1]]
    assert inputs.refused["intakes"].geometry.tolist() == [shapely.Point(104.6, 26.6)]
    assert inputs.refused_without_place == {"intakes": 1}


def test_duplicates_are_found_over_all_files_of_a_kind(tmp_path: Path) -> None:
    csv(
        tmp_path,
        "a.csv",
        "编号,名称,类型,经度,纬度\n1,甲,排污口,104.5,26.5\n2,乙,排污口,104.5,26.5\n2,乙,排污口,104.5,26.5\n",
    )
    csv(tmp_path, "b.csv", "编号,名称,类型,经度,纬度\n1,甲,排污口,104.6,26.5\n3,丙,排污口,104.5,26.5\n")
    csv(tmp_path, "c.csv", "编号,名称,状态,经度,纬度\n1,甲,已销号,104.5,26.5\n")
    inputs = loaded(
        tmp_path,
        Said("pollution_sources", "a.csv"),
        Said("pollution_sources", "b.csv"),
        Said("remediation_sites", "c.csv"),
    )
    assert inputs.frames["pollution_sources"]["source_id"].tolist() == ["1", "2", "3"]
    assert [(fault.file, fault.row, fault.facts["first"], fault.facts["differing"]) for fault in inputs.faults] == [
        ("a.csv", 4, "a.csv · 3", ""),
        ("b.csv", 2, "a.csv · 2", "geometry"),
    ]


def test_samples_may_share_an_id_and_need_no_place(tmp_path: Path) -> None:
    csv(tmp_path, "s.csv", "断面编号,采样日期,总磷,lon,lat\nS1,2017-11-30,<0.02,,\nS1,2017-12-30,未检出,x,y\n")
    samples = loaded(tmp_path, Said("samples", "s.csv")).frames["samples"]
    assert samples["section_id"].tolist() == ["S1", "S1"]
    assert samples["indicator"].tolist() == ["tp", "tp"]
    assert samples["raw"].tolist() == ["<0.02", "未检出"]
    assert samples["qualifier"].tolist() == ["<", "ND"]
    assert samples["limit"].tolist()[0] == 0.02
    assert samples.geometry.isna().all()


def test_made_ids_of_two_sheets_do_not_collide(tmp_path: Path) -> None:
    rivers = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.LineString([(104, 26), (105, 26)])], crs="EPSG:4326")
    rivers.to_file(tmp_path / "r.gpkg", layer="big")
    rivers.to_file(tmp_path / "r.gpkg", layer="small")
    inputs = loaded(tmp_path, Said("rivers", "r.gpkg"))
    assert inputs.frames["rivers"]["river_id"].tolist() == ["r-big-1", "r-small-1"]


def test_the_errors_of_all_files_come_at_once(tmp_path: Path) -> None:
    csv(tmp_path, "no_id.csv", "名称,类型,经度,纬度\n甲,排污口,104.5,26.5\n")
    csv(tmp_path, "no_place.csv", "编号,名称,类型\n1,甲,排污口\n")
    csv(tmp_path, "all_bad.csv", "编号,名称,类型,经度,纬度\n1,甲,船,104.5,26.5\n2,甲,艇,104.5,26.5\n")
    csv(tmp_path, "good.csv", "编号,名称,类型,经度,纬度\n1,甲,排污口,104.5,26.5\n")
    names = ("missing.gpkg", "no_id.csv", "no_place.csv", "all_bad.csv", "good.csv")
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, *(Said("pollution_sources", name) for name in names))
    assert [(fault.file, fault.code) for fault in caught.value.faults] == [
        ("missing.gpkg", "FILE_MISSING"),
        ("no_id.csv", "COLUMN_MISSING"),
        ("no_place.csv", "COORDINATE_COLUMNS_MISSING"),
        ("all_bad.csv", "NO_ROW_ACCEPTED"),
        ("all_bad.csv", "VALUE_UNKNOWN"),
        ("all_bad.csv", "VALUE_UNKNOWN"),
    ]


def test_a_file_that_cannot_be_used_hides_no_reject_of_the_others(tmp_path: Path) -> None:
    rows = "".join(f"{at},甲,船,104.5,26.5\n" for at in range(7))
    csv(tmp_path, "a.csv", f"编号,名称,类型,经度,纬度\n{rows}8,甲,排污口,104.5,26.5\n")
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, Said("pollution_sources", "a.csv"), Said("rivers", "missing.gpkg"))
    assert [(fault.file, fault.code, fault.row) for fault in caught.value.faults] == [
        ("missing.gpkg", "FILE_MISSING", None),
        *(("a.csv", "VALUE_UNKNOWN", row) for row in range(2, 9)),
    ]


def test_ids_made_of_rows_tell_files_of_one_stem_apart(tmp_path: Path) -> None:
    text = "名称,类型,经度,纬度\n甲,排污口,104.5,26.5\n"
    names = ("2016/s.csv", "2017/s.csv", "2017/s.tsv", "t.csv")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        csv(tmp_path, name, text.replace(",", "\t") if name.endswith("tsv") else text)
    csv(tmp_path, "s.csv", "名称,经度,纬度\n甲,104.5,26.5\n")
    inputs = loaded(
        tmp_path,
        *(Said("pollution_sources", name, make_id="row") for name in names),
        Said("intakes", "s.csv"),  # of another kind: nothing to tell apart
    )
    assert inputs.faults == []
    assert inputs.frames["pollution_sources"]["source_id"].tolist() == [
        "2016/s-2",
        "2017/s.csv-2",
        "2017/s.tsv-2",
        "t-2",
    ]
    assert inputs.frames["intakes"]["intake_id"].tolist() == ["s-2"]


def test_long_number_ids_of_geojson_are_kept_whole_or_refused(tmp_path: Path) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"name": "Z", "level": "1", "zone_id": zone},
            "geometry": shapely.geometry.mapping(BOX),
        }
        for zone in (520200123456789, 520200001234567890.5)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (tmp_path / "z.geojson").write_text(text, "utf-8")
    inputs = loaded(tmp_path, Said("protection_zones", "z.geojson"))
    assert inputs.frames["protection_zones"]["zone_id"].tolist() == ["520200123456789"]
    assert [(fault.row, fault.code) for fault in inputs.faults] == [(2, "NUMBER_TOO_LONG")]
    assert shapely.equals(inputs.refused["protection_zones"].geometry[0], BOX)


@pytest.mark.parametrize("kind", ["pollution_sources", "samples"])
def test_a_title_above_the_headings_is_skipped_and_the_columns_are_named(tmp_path: Path, kind: str) -> None:
    csv(tmp_path, "a.csv", "七星关区污染源清单,,\n编号,名称,类型\n1,甲,排污口\n")
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, Said(kind, "a.csv"))
    (first, *_) = caught.value.faults
    for language, advice in (("zh", "请删去表头上方的行"), ("en", "delete the rows above")):
        assert "编号, 名称, 类型" in first.reason(language)
        assert advice in first.proposal(language)


def test_a_misspelt_column_of_the_project_file_stops_the_file(tmp_path: Path) -> None:
    csv(tmp_path, "a.csv", "编号,名称,类型,运行,经度,纬度\n1,甲,排污口,停,104.5,26.5\n")
    with pytest.raises(InputError, match="MAPPING_UNKNOWN") as caught:
        loaded(tmp_path, Said("pollution_sources", "a.csv", values={"oprating": {"停": "closed"}}))
    assert [(fault.file, fault.layer) for fault in caught.value.faults] == [("a.csv", "pollution_sources")]


def test_no_path_leads_out_of_the_project_by_a_link_or_url(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    csv(tmp_path, "secret.csv", "编号,名称,类型,经度,纬度\n1,甲,排污口,104.5,26.5\n")
    (folder / "data" / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "out").symlink_to(tmp_path)
    for path in ("data/link.csv", "out/secret.csv", "http://127.0.0.1/a.csv", "/vsicurl/http://127.0.0.1/a.gpkg"):
        with pytest.raises(InputError) as caught:
            loaded(folder, Said("pollution_sources", path))
        assert [fault.code for fault in caught.value.faults] == ["PATH_REFUSED"]
    # A path that the project's owner wrote out openly is an ordinary file.
    assert len(loaded(folder, Said("pollution_sources", "../secret.csv")).frames["pollution_sources"]) == 1


def test_every_code_says_something_in_both_languages() -> None:
    for texts in codes().values():
        for part in ("reason", "proposal", "explain"):
            assert set(texts[part]) == {"zh", "en"}
            assert all(texts[part].values())


def test_every_layer_of_the_contract_is_here() -> None:
    assert set(LAYERS) == {
        "protection_zones", "river_sections", "samples", "pollution_sources", "remediation_sites",
        "rivers", "water_bodies", "intakes", "districts",
    }  # fmt: skip


def test_real_michigan_is_loaded_whole(shared: Path) -> None:
    folder = shared / "data/A_region_michigan_south"
    inputs = loaded(
        folder,
        Said("protection_zones", "protection_zones.gpkg", values={"level": {"1-traditional": "1", "*": "2"}}),
        Said(
            "pollution_sources",
            "pfas_sites.csv",
            columns={"source_id": "OBJECTID", "name": "Facility", "kind": "Type"},
            values={"kind": {"Landfill": "landfill", "*": "industry"}},
        ),
        Said(
            "remediation_sites",
            "superfund_npl.csv",
            columns={"site_id": "EPA ID", "name": "Site Name"},
            constants={"status": "not_started"},
        ),
    )
    assert [(record["read"], record["accepted"]) for record in inputs.inputs] == [(1945, 1945), (224, 224), (54, 54)]
    assert [note["row"] for note in inputs.notes if note["code"] == "GEOMETRY_REPAIRED"] == [58, 124, 137]


def test_a_reject_says_which_kind_and_where_several_which_table(tmp_path: Path) -> None:
    zones(tmp_path, ("z1", "1", BOX), ("z2", "九级", BOX))
    two = gpd.read_file(tmp_path / "zones.geojson")
    two.to_file(tmp_path / "one.gpkg", layer="north")
    assert [fault.layer for fault in loaded(tmp_path, Said("protection_zones", "one.gpkg")).faults] == [
        "protection_zones"
    ]
    two.assign(zone_id=["z3", "z4"]).to_file(tmp_path / "one.gpkg", layer="south")
    assert [fault.layer for fault in loaded(tmp_path, Said("protection_zones", "one.gpkg")).faults] == [
        "protection_zones / north",
        "protection_zones / south",
    ]
    each = [Said("protection_zones", "one.gpkg", table=name) for name in ("north", "south")]
    assert [fault.layer for fault in loaded(tmp_path, *each).faults] == [
        "protection_zones / north",
        "protection_zones / south",
    ]
    assert [fault.layer for fault in loaded(tmp_path, each[0]).faults] == ["protection_zones"]


# --- Sets of Parquet files --------------------------------------------------------------------


def sources_set(folder: Path, *parts: list[tuple[str, str, float]]) -> Said:
    """Sources as a set: in each part rows of id, kind and longitude."""
    (folder / "sources.parquet").mkdir()
    for at, rows in enumerate(parts):
        columns = {
            "编号": [row[0] for row in rows],
            "名称": "x",
            "类型": [row[1] for row in rows],
            "更多": [None] * len(rows),
        }
        frame = gpd.GeoDataFrame(columns, geometry=[shapely.Point(row[2], 26, 9) for row in rows], crs="EPSG:4490")
        frame.to_parquet(folder / "sources.parquet" / f"part.{at}.parquet")
    return Said("pollution_sources", "sources.parquet", located_to_metres=10)


PARTS = [
    [("a", "outfall", 104.0), ("b", "nonsense", 104.1), ("a", "outfall", 104.0)],
    [("c", "mine", 254.0), ("d", "mine", 104.3)],
    [],
    [("e", "mine", 104.4)],
]


def test_parts_loaded_one_by_one_are_the_whole(tmp_path: Path) -> None:
    said = sources_set(tmp_path, *PARTS)
    whole = loaded(tmp_path, zones(tmp_path, ("z", "1", BOX)), said)
    project = Project(tmp_path, [zones(tmp_path, ("z", "1", BOX)), said])
    alone = [load_part(project, 1, at, kinds=KINDS, levels=LEVELS) for at in range(len(PARTS))]
    assert [(fault.row, fault.code) for fault in whole.faults] == [
        (2, "VALUE_UNKNOWN"), (3, "DUPLICATE_ID"), (4, "COORDINATE_OUT_OF_RANGE"),
    ]  # fmt: skip
    assert [fault for part in alone for fault in part.faults] == whole.faults
    assert [list(part.frames) for part in alone] == [["pollution_sources"]] * len(PARTS)
    joined = pd.concat([part.frames["pollution_sources"] for part in alone], ignore_index=True)
    expected = whole.frames["pollution_sources"]
    assert list(joined.columns) == list(expected.columns)
    assert joined.drop(columns="geometry").equals(expected.drop(columns="geometry"))
    assert shapely.equals_exact(joined.geometry, expected.geometry).all()
    assert [part.frames["pollution_sources"].dtypes.tolist() for part in alone] == [expected.dtypes.tolist()] * 4
    (record,) = (record for record in whole.inputs if record["kind"] == "pollution_sources")
    for count in ("read", "accepted", "rejected"):
        assert sum(part.inputs[0][count] for part in alone) == record[count]
    codes_told = [{note["code"] for note in part.notes} for part in alone]
    assert {note["code"] for note in whole.notes if note["layer"] == "pollution_sources"} == codes_told[0]


def test_the_hash_of_a_set_is_that_of_its_files_in_their_order(tmp_path: Path) -> None:
    said = sources_set(tmp_path, *([(f"s{at}", "mine", 104.0)] for at in range(11)))
    files = [tmp_path / "sources.parquet" / f"part.{at}.parquet" for at in range(11)]
    (record,) = loaded(tmp_path, said).inputs
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    assert record["sha256"] == hashlib.sha256("".join(f"{one}\n" for one in digests).encode()).hexdigest()
    part = load_part(Project(tmp_path, [said]), 0, 10, kinds=KINDS, levels=LEVELS)
    assert part.inputs[0]["sha256"] == hashlib.sha256(files[10].read_bytes()).hexdigest()


def test_made_ids_run_on_over_the_parts(tmp_path: Path) -> None:
    said = sources_set(tmp_path, [("a", "mine", 104.0)], [("a", "mine", 104.1)])
    said.make_id = "row"
    said.columns = {}
    last = load_part(Project(tmp_path, [said]), 0, 1, kinds=KINDS, levels=LEVELS)
    assert last.frames["pollution_sources"]["source_id"].tolist() == ["sources-2"]


def test_a_part_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    said = sources_set(tmp_path, [("a", "mine", 104.0)], [("b", "mine", 104.0)])
    project = Project(tmp_path, [said])
    said.columns = {"kind": "absent"}
    with pytest.raises(InputError, match="COLUMN_MISSING"):
        load_part(project, 0, 0, kinds=KINDS, levels=LEVELS)
    (tmp_path / "sources.parquet" / "part.1.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"pollution_sources: FILE_UNREADABLE.*part\.1"):
        load_part(project, 0, 0, kinds=KINDS, levels=LEVELS)


def test_further_geometry_and_round_edges_are_noted(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "s.parquet"
    frame = gpd.GeoDataFrame({"id": ["a"], "name": "x", "kind": "mine"}, geometry=[shapely.Point(104, 26)], crs=4326)
    frame.assign(entrance=gpd.GeoSeries([shapely.Point(1, 2)], crs=4326)).to_parquet(path)
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    geo["columns"]["geometry"]["edges"] = "spherical"
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(geo).encode()}), path)
    notes = loaded(tmp_path, Said("pollution_sources", "s.parquet")).notes
    told = [(note["code"], note["found"]) for note in notes if "found" in note]
    assert told == [("GEOMETRIES_SKIPPED", "entrance"), ("EDGES_STRAIGHT", "spherical")]


def test_a_file_that_is_changed_while_it_is_read_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the checksum on record would be that of rows that nobody read."""
    path = tmp_path / "sources.csv"
    path.write_text("source_id,name,kind,lon,lat\n1,A,outfall,104.5,26.5\n", encoding="utf-8")
    entry = Said("pollution_sources", "sources.csv")
    assert len(loaded(tmp_path, entry).frames["pollution_sources"]) == 1

    def read_and_changed(given: Path, **said: Any) -> list[Any]:
        found = read(given, **said)
        given.write_text(given.read_text("utf-8") + "2,B,outfall,104.6,26.5\n", encoding="utf-8")
        return found

    monkeypatch.setattr("layers.load.read", read_and_changed)
    with pytest.raises(InputError, match=r"sources\.csv.*FILE_CHANGED"):
        loaded(tmp_path, entry)


def test_paths_that_name_no_file_are_faults(tmp_path: Path) -> None:
    """The project's own folder, and a name that no system takes."""
    for path, code in ((".", "FOLDER_WITHOUT_PARQUET"), (f"{'a' * 300}.csv", "FILE_MISSING")):
        with pytest.raises(InputError, match=code):
            loaded(tmp_path, Said("pollution_sources", path))
