"""Layers that come from a web map are suspected where they fit the others better taken back; honest ones never are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.datum import bd09_from_wgs84, gcj02_from_wgs84
from layers import fit, fit_evidence
from layers.assess import assess
from layers.load import load, load_entry
from layers.loaded import Loaded
from layers.offsets import suspicions_of, with_suspicions
from layers.project import read_project
from layers.project_surroundings import surroundings_of
from layers.rejudge import compare, rejudge
from layers.rule_book import rule_set
from layers.surroundings import SUBJECT_LAYERS
from tests.projects import headwater, rows_of, small_project

ROOT = Path(__file__).resolve().parent.parent
SHIFTS = {"gcj02": gcj02_from_wgs84, "bd09": bd09_from_wgs84}


@cache
def example() -> tuple[Loaded, ...]:
    project = read_project(ROOT / "examples" / "liupanshui", today=date(2017, 11, 30))
    rules = rule_set(project.jurisdictions, folder=project.folder)
    read = [load_entry(project, at, kinds=rules.kinds, levels=rules.levels)[0] for at in range(len(project.layers))]
    return tuple(table for own in read for table in own)


def shifted(frame: gpd.GeoDataFrame, datum: str) -> gpd.GeoDataFrame:
    moved = shapely.transform(np.asarray(frame.geometry.array, dtype=object), SHIFTS[datum], interleaved=False)
    return frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, crs=frame.crs))


@cache
def along_water() -> tuple[Loaded, ...]:
    """The example without the zones of a spring, which follow no water: beside them that of the others is less clear."""
    return tuple(table for table in example() if table.record["path"] != "data/zones_later.gpkg")


def suspected(datum: str, *kinds: str, tables: tuple[Loaded, ...] | None = None) -> dict[str, str]:
    """Kind -> datum of what is suspected in the example when these kinds are offset."""
    given = [
        (
            table.layer.kind,
            shifted(table.frame, datum) if table.layer.kind in kinds else table.frame,
            table.may_be_offset,
        )
        for table in tables or along_water()
    ]
    return {given[at][0]: one.datum for at, one in suspicions_of(given).items()}


def test_the_honest_example_is_not_suspected() -> None:
    assert suspected("gcj02", tables=example()) == {}


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize(
    "kind", ["pollution_sources", "protection_zones", "remediation_sites", "river_sections", "water_bodies"]
)
def test_one_offset_layer_is_suspected_and_no_other(datum: str, kind: str) -> None:
    assert suspected(datum, kind) == {kind: datum}


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_all_water_from_a_web_map_is_suspected(datum: str) -> None:
    assert suspected(datum, "rivers", "water_bodies") == {"rivers": datum, "water_bodies": datum}


def test_where_all_layers_are_offset_alike_nothing_can_tell() -> None:
    assert suspected("gcj02", *{table.layer.kind for table in example()}, tables=example()) == {}


def test_what_is_stated_is_not_doubted() -> None:
    tables = [
        (table.layer.kind, shifted(table.frame, "gcj02") if table.layer.kind == "river_sections" else table.frame)
        for table in example()
    ]
    assert len(suspicions_of([(kind, frame, True) for kind, frame in tables])) == 1
    assert suspicions_of([(kind, frame, False) for kind, frame in tables]) == {}


def test_the_fault_asks_and_the_positions_widen() -> None:
    tables = [
        table._replace(frame=shifted(table.frame, "gcj02")) if table.layer.kind == "protection_zones" else table
        for table in example()
    ]
    zones = with_suspicions(tables)[0]
    (fault,) = zones.faults
    assert (fault.code, fault.row) == ("DATUM_SUSPECT", None)
    assert 'datum = "gcj02"' in fault.proposal("zh")
    assert 'datum = "wgs84"' in fault.proposal("en")
    assert "GCJ-02" in fault.reason("en")
    assert int(fault.facts["after"]) <= 0.25 * int(fault.facts["before"])
    assert (zones.frame["located_to_metres"] > 450).all()
    assert tables[0].frame["located_to_metres"].isna().all()  # what was read stays as it was
    assert zones.record == tables[0].record
    assert with_suspicions(list(example())) == list(example())


# --- No false alarm ---------------------------------------------------------------------------


def winding(random: np.random.Generator, west: float, south: float) -> shapely.LineString:
    steps = random.normal(0, 0.004, (200, 2)) + random.normal(0, 0.004, 2)
    return shapely.LineString(np.cumsum(steps, axis=0) + np.array([west, south]))


def honest(seed: int) -> Iterator[tuple[str, gpd.GeoDataFrame, bool]]:
    """Rivers, sources anywhere or around a river, along one bank, sections at rivers, zones along banks or anywhere."""
    random = np.random.default_rng(seed)
    west, south = random.uniform(80, 125), random.uniform(22, 45)
    rivers = [winding(random, west + east, south + north) for east, north in random.uniform(0, 0.5, (6, 2))]
    places = [shapely.line_interpolate_point(river, random.uniform(0, 1, 12), normalized=True) for river in rivers]
    at = np.concatenate(places)
    off = shapely.points(shapely.get_coordinates(at) + random.uniform(-0.006, 0.006, (len(at), 2)))
    banks = shapely.offset_curve(rivers, random.uniform(0.001, 0.006))
    one_bank = np.concatenate([shapely.points(shapely.get_coordinates(bank)[5::17]) for bank in banks])
    anywhere = shapely.points(random.uniform(0, 0.6, (40, 2)) + np.array([west, south]))
    sources = (off, one_bank[:30], anywhere, at)[seed % 4]
    boxes = np.concatenate([shapely.buffer(at[::6], random.uniform(0.001, 0.01)), shapely.buffer(anywhere[:6], 0.004)])
    level = ["1"] * len(boxes)
    count = len(sources)
    yield "rivers", frame_of(rivers, name=[f"R{place}" for place in range(6)]), True
    yield (
        "pollution_sources",
        frame_of(
            sources,
            kind=["outfall"] * count,
            name=[f"S{n}" for n in range(count)],
            source_id=[f"S{n}" for n in range(count)],
        ),
        True,
    )
    yield "river_sections", frame_of(at[::3], name=[f"D{n}" for n in range(len(at[::3]))]), True
    yield "protection_zones", frame_of(boxes, level=level, name=[f"Z{n}" for n in range(len(boxes))]), True
    yield "intakes", frame_of(shapely.centroid(boxes[:5]), name=[f"I{n}" for n in range(5)]), True
    sites = shapely.points(shapely.get_coordinates(sources[:9]) + random.normal(0, 0.003, (9, 2)))
    yield (
        "remediation_sites",
        frame_of(sites, source_id=[f"S{n}" for n in range(9)], name=[f"S{n}" for n in range(9)]),
        True,
    )


def frame_of(geometry: Any, **columns: list[str]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(geometry), crs="EPSG:4326")


def test_no_honest_layer_is_suspected() -> None:
    alarms = {seed: found for seed in range(80) if (found := suspicions_of(list(honest(seed))))}
    assert alarms == {}


@pytest.mark.parametrize("seed", range(3, 43, 4))
def test_outfalls_and_sections_of_a_web_map_are_found_anywhere_in_china(seed: int) -> None:
    tables = [
        (kind, shifted(frame, "gcj02") if kind == "pollution_sources" else frame, doubtful)
        for kind, frame, doubtful in honest(seed)
    ]
    assert {tables[at][0]: one.datum for at, one in suspicions_of(tables).items()} == {"pollution_sources": "gcj02"}


def test_outside_china_nothing_is_suspected(shared: Path) -> None:
    folder = shared / "data" / "A_region_rheinland_de" / "rheinland.gpkg"
    rivers = gpd.read_file(folder, layer=next(n for n in gpd.list_layers(folder)["name"] if "river" in n)).to_crs(4326)
    moved = rivers.set_geometry(rivers.geometry.translate(0.004, -0.003))
    at = shapely.centroid(np.asarray(rivers.geometry.array, dtype=object))
    assert not fit.in_china(rivers.geometry)
    assert (
        fit_evidence.comparisons_of(0, [("rivers", None), ("river_sections", frame_of(at, name=["a"] * len(at)))]) == []
    )
    assert suspicions_of([("rivers", moved, True), ("river_sections", frame_of(at, name=["a"] * len(at)), True)]) == {}


def test_real_districts_with_honest_places_in_them_are_not_suspected(shared: Path) -> None:
    districts = gpd.read_file(shared / "data" / "C_china_admin" / "districts.geojson")
    names = next(column for column in districts.columns if districts[column].astype(str).str.contains("水城").any())
    districts = districts.assign(name=districts[names].astype(object))
    random = np.random.default_rng(7)
    rows = random.integers(0, len(districts), 400)
    west, south, east, north = districts.total_bounds
    places = shapely.points(random.uniform((west, south), (east, north), (4000, 2)))
    owner = districts.sindex.query(places, predicate="within")
    points, named = places[owner[0]], districts["name"].to_numpy(dtype=object)[owner[1]]
    assert len(points) > len(rows)
    names_of = [f"S{at}" for at in range(len(points))]
    sources = frame_of(points, 区县=named.tolist(), name=names_of, source_id=names_of, kind=["mine"] * len(points))
    tables = [
        ("districts", districts, True),
        ("pollution_sources", sources.astype(object).set_geometry(sources.geometry), True),
    ]
    assert suspicions_of(tables) == {}
    offset = [tables[0], (tables[1][0], shifted(tables[1][1], "gcj02"), True)]
    assert [one.datum for one in suspicions_of(offset).values()] == ["gcj02"]


# --- What it does to answers ------------------------------------------------------------------


def project(folder: Path, *, offset: bool, said: str = "") -> Path:
    """Two zones, sections on a river, and 20 outfalls of the web map: one of them 300 m beside the outer zone."""
    small_project(folder)
    west, south = 105.0, 26.6
    river = shapely.LineString(
        [(west - 0.05, south + 0.02), (west, south + 0.03), (west + 0.03, south + 0.06), (west + 0.09, south)]
    )
    along = shapely.line_interpolate_point(river, np.linspace(0.02, 0.98, 19), normalized=True)
    zone = gpd.read_file(folder / "data" / "zones.gpkg").geometry[1]
    beside = shapely.Point(zone.bounds[2] + 300 / 99_500, zone.centroid.y)
    places = shapely.get_coordinates([*along, beside])
    if offset:
        places[:-1] = np.column_stack(gcj02_from_wgs84(*places[:-1].T))
    lines = [f"{at},名{at},排污口,运行,{x:.9f},{y:.9f}" for at, (x, y) in enumerate(places)]
    (folder / "data" / "sources.csv").write_text("编号,名称,类型,运行状态,经度,纬度\n" + "\n".join(lines), "utf-8")
    frame_of([river], 编号=["R"], 名称=["河"]).to_file(folder / "data" / "rivers.gpkg")
    file = folder / "headwater.toml"
    text = file.read_text("utf-8").replace('"data/sources.csv"\n', f'"data/sources.csv"\n{said}')
    layers = [part for part in text.split("[[layer]]") if "remediation" not in part]
    layers.append('\nkind = "rivers"\npath = "data/rivers.gpkg"\ndatum = "wgs84"\n')
    file.write_text("[[layer]]".join(layers), "utf-8")
    return folder


def results(folder: Path) -> tuple[list[str], str]:
    """The codes of the faults, and the answer about the site beside the zone."""
    opened = read_project(folder, today=date(2017, 11, 30))
    rules = rule_set(opened.jurisdictions, folder=opened.folder)
    inputs = load(opened, kinds=rules.kinds, levels=rules.levels)
    for record in inputs.inputs:
        assert record["read"] == record["accepted"] + record["rejected"]
    kept: Any = SimpleNamespace(get=lambda *_: None, put=lambda *_: None, names=lambda *_: [])
    around = surroundings_of(opened, rules, inputs, kept)
    judged = {
        layer: rejudge(inputs.frames[layer], layer, around, compare(inputs.frames[layer], layer, around, kept))
        for layer in SUBJECT_LAYERS
        if layer in inputs.frames
    }
    made = assess(opened, inputs, around, judged, version="0")
    sites = made.sites.set_index("site_id")
    assert ("DATUM_SUSPECT" in [one["code"] for one in made.run["assumptions"]]) == bool(inputs.faults)
    return [fault.code for fault in inputs.faults], str(sites.loc["19", "result"])


def test_a_site_300_m_beside_a_zone_is_to_be_checked_while_its_datum_is_doubted(tmp_path: Path) -> None:
    assert results(project(tmp_path / "honest", offset=False)) == ([], "clear")
    assert results(project(tmp_path / "offset", offset=True)) == (["DATUM_SUSPECT"], "check")
    assert results(project(tmp_path / "stated", offset=True, said='datum = "gcj02"\n'))[0] == []
    assert results(project(tmp_path / "confirmed", offset=True, said='datum = "wgs84"\n'))[0] == []


def test_the_report_of_rejects_asks_for_the_datum(tmp_path: Path) -> None:
    folder = project(tmp_path / "p", offset=True)
    assert headwater("check-data", folder).returncode == 0
    (row,) = rows_of(folder / "output" / "rejects.csv")
    assert (row["code"], row["row"]) == ("DATUM_SUSPECT", "")
    assert 'datum = "gcj02"' in row["proposal"]
    done = headwater("run", folder, "--lang", "en")
    assert done.returncode == 0
    assert "Probably offset as on a web map: data/sources.csv" in done.stdout
    assert "read 20 = accepted 20 + rejected 0" in done.stdout
