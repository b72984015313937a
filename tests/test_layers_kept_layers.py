"""layers.kept_layers, layers.programs, layers.files: a layer read before is the layer as it would be read."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.faults import InputError
from gis.kept import Kept
from layers import load as loading
from layers.files import file_of, sha256_of
from layers.kept_layers import packed, unpacked
from layers.load import Inputs, load
from layers.programs import programs
from layers.project import read_project
from layers.rule_book import rule_set
from tests.projects import SOURCES, ZONES, small_project, small_zones
from tests.shapes import frame, square


def inputs(folder: Path, kept: Kept | None) -> Inputs:
    project = read_project(folder, today=date(2017, 11, 30))
    rules = rule_set(project.jurisdictions, folder=folder)
    return load(project, kinds=rules.kinds, levels=rules.levels, kept=kept)


def assert_same(found: Inputs, expected: Inputs) -> None:
    assert list(found.frames) == list(expected.frames)
    for kind, layer in expected.frames.items():
        pd.testing.assert_frame_equal(pd.DataFrame(found.frames[kind]), pd.DataFrame(layer))
        assert found.frames[kind].crs == layer.crs
    assert [fault.__dict__ for fault in found.faults] == [fault.__dict__ for fault in expected.faults]
    assert (found.inputs, found.notes) == (expected.inputs, expected.notes)
    assert found.refused_without_place == expected.refused_without_place
    assert found.refused.keys() == expected.refused.keys()


@pytest.fixture
def read_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were really read."""
    names: list[str] = []

    def counting(path: Path, **settings: Any) -> Any:
        names.append(path.name)
        return read(path, **settings)

    read = loading.read
    monkeypatch.setattr(loading, "read", counting)
    return names


def test_zones_are_read_once_for_each_content(tmp_path: Path, read_files: list[str]) -> None:
    folder, kept = small_project(tmp_path / "p", layers=ZONES + SOURCES), Kept(tmp_path / "kept")
    anew = inputs(folder, None)
    for names in (["zones.gpkg", "sources.csv"], ["sources.csv"], ["sources.csv"]):
        read_files.clear()
        assert_same(inputs(folder, kept), anew)
        assert read_files == names
    small_zones(说明=["a", None], 失效日期=[None, "2016-12-31"]).to_file(folder / "data" / "zones.gpkg", layer="zones")
    read_files.clear()
    assert_same(inputs(folder, kept), inputs(folder, None))
    assert read_files.count("zones.gpkg") == 2
    settings = (folder / "headwater.toml").read_text("utf-8")
    more = settings.replace('path = "data/zones.gpkg"\n', 'path = "data/zones.gpkg"\nlocated_to_metres = 7\n')
    (folder / "headwater.toml").write_text(more, encoding="utf-8")
    assert inputs(folder, kept).frames["protection_zones"]["located_to_metres"].tolist() == [7.0, 7.0]


def test_a_file_with_faults_is_read_every_time(tmp_path: Path, read_files: list[str]) -> None:
    folder, kept = small_project(tmp_path / "p", layers=ZONES + SOURCES), Kept(tmp_path / "kept")
    small_zones(级别=["一级", "nonsense"]).to_file(folder / "data" / "zones.gpkg", layer="zones")
    for _ in range(2):
        read_files.clear()
        found = inputs(folder, kept)
        assert read_files == ["zones.gpkg", "sources.csv"]
        assert [fault.code for fault in found.faults] == ["VALUE_UNKNOWN"] and len(
            found.refused["protection_zones"]
        ) == 1


def test_a_zone_of_one_file_refused_for_the_id_of_another_keeps_its_place(tmp_path: Path) -> None:
    layers = ZONES + ZONES.replace("zones.gpkg", "more.gpkg") + SOURCES
    folder, kept = small_project(tmp_path / "p", layers=layers), Kept(tmp_path / "kept")
    more = frame(
        square(4000, 0, 100), square(5000, 0, 100), 编号=["Z1", "Z3"], 名称=["甲", "乙"], 级别=["一级", "一级"]
    )
    more.to_file(folder / "data" / "more.gpkg")
    anew = inputs(folder, None)
    for _ in range(2):
        found = inputs(folder, kept)
        assert_same(found, anew)
        refused, expected = (one.refused["protection_zones"].geometry[0] for one in (found, anew))
        assert refused.equals(expected)


def test_every_type_comes_back_as_it_was() -> None:
    layer = gpd.GeoDataFrame(
        {
            "text": pd.Series(["甲", None, "甲", "\ud7ff"], dtype=object),
            "truth": pd.Series([True, None, False, None], dtype=object),
            "nothing": pd.Series([None] * 4, dtype=object),
            "metres": [1.5, np.nan, -0.0, 1e300],
            "row": np.arange(4),
        },
        geometry=[
            shapely.Point(1, 2),
            shapely.box(0, 0, 1, 1),
            shapely.from_wkt("LINESTRING (0 0, 1 1)"),
            shapely.box(0, 0, 2, 2),
        ],
        crs="EPSG:4326",
    )
    content = packed(layer, {"label": "x", "notes": [{"row": None}]})
    assert content is not None
    back, told = unpacked(memoryview(b"".join(content)))
    pd.testing.assert_frame_equal(pd.DataFrame(back), pd.DataFrame(layer))
    assert back.crs == layer.crs and told == {"label": "x", "notes": [{"row": None}]}
    assert back["text"].iloc[0] is back["text"].iloc[2]  # one object for one text
    assert packed(layer.assign(mixed=pd.Series([1, "a", None, True], dtype=object)), {}) is None


def test_the_digest_of_the_programs_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(programs()) == 64 and programs() == programs()
    first = programs()
    programs.cache_clear()
    monkeypatch.setattr("layers.programs.version", lambda name: f"{name} of tomorrow")
    assert programs() != first
    programs.cache_clear()


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    file = file_of(folder, "data/sources.csv")
    assert sha256_of(file) == hashlib.sha256(file.read_bytes()).hexdigest()
    for path in ("https://example.org/zones.gpkg", "/vsicurl/http://example.org/z.gpkg"):
        with pytest.raises(InputError, match="PATH_REFUSED"):
            file_of(folder, path)


def test_what_an_open_geopackage_was_told_last_is_read(tmp_path: Path) -> None:
    """QGIS keeps a GeoPackage open in WAL mode: its edits stand in a file beside it."""
    folder, kept = small_project(tmp_path / "p", layers=ZONES + SOURCES), Kept(tmp_path / "kept")
    before = inputs(folder, kept)
    with closing(sqlite3.connect(folder / "data" / "zones.gpkg")) as editor:
        editor.execute("PRAGMA journal_mode = WAL")
        editor.execute("DROP TRIGGER IF EXISTS rtree_zones_geom_update6")
        for (trigger,) in editor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            editor.execute(f'DROP TRIGGER "{trigger}"')  # they call functions that only GDAL has
        editor.execute("UPDATE zones SET 级别 = '二级' WHERE 编号 = 'Z1'")
        editor.commit()
        after = inputs(folder, kept)
    assert before.frames["protection_zones"]["level"].tolist() == ["1", "2"]
    assert after.frames["protection_zones"]["level"].tolist() == ["2", "2"]
    assert after.inputs[0]["sha256"] != before.inputs[0]["sha256"]
