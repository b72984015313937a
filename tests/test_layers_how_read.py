"""How a table was read becomes notes in both languages, with every slot of their texts filled."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pytest

from gis.faults import LANGUAGES, codes
from gis.read import Table
from layers.how_read import notes_of_facts

FACTS: dict[str, dict[str, Any]] = {
    "HEADING_FOUND": {"heading_row": 3, "heading_rows": 2, "skipped_above": "整改清单"},
    "ROWS_BELOW": {"rows_below": 2, "skipped_below": "合计 | 3; 注：无"},
    "ROWS_HIDDEN": {"hidden": "行 / rows 6"},
    "CELLS_MERGED": {"cells_merged": 3, "merged": "责任单位 × 3"},
    "CRS_ASSUMED": {"crs_assumed": "EPSG:4326"},
    "HEIGHTS_DROPPED": {"heights": 2},
    "GEOMETRIES_SKIPPED": {"geometries_skipped": "centre"},
    "EDGES_STRAIGHT": {"edges": "spherical"},
    "TABLE_SKIPPED": {"skipped": "styles"},
    "ENCODING_FOUND": {"encoding": "gb18030", "encoding_sample": "化工厂"},
}


def table(facts: dict[str, Any], **columns: list[str | None]) -> Table:
    frame = gpd.GeoDataFrame(columns, geometry=[None] * len(next(iter(columns.values()), [])), crs="EPSG:4326")
    return Table(frame, [], "", {"driver": "csv", **facts}, {})


@pytest.mark.parametrize(("code", "facts"), FACTS.items())
def test_every_fact_is_told_once_with_its_words(code: str, facts: dict[str, Any]) -> None:
    (note,) = notes_of_facts(table(facts), None)
    assert note["code"] == code
    for language in LANGUAGES:
        text = codes()[code]["reason"][language].format_map(note)
        assert all(str(value) in text for name, value in facts.items() if not name.startswith("heading_"))


def test_rows_of_a_heading_in_two_rows() -> None:
    (note,) = notes_of_facts(table(FACTS["HEADING_FOUND"]), None)
    assert (note["rows"], note["found"]) == ("3-4", "整改清单")


def test_nothing_is_told_of_a_plain_table() -> None:
    assert notes_of_facts(table({"encoding": "utf-8", "encoding_sample": "化工厂"}), None) == []


def test_a_declared_encoding_is_not_told() -> None:
    assert notes_of_facts(table({"encoding": "gb18030"}), "gb18030") == []


def test_a_layer_without_a_sample_of_its_text_shows_one() -> None:
    (note,) = notes_of_facts(table({"encoding": "gb18030"}, a=["1", None], b=["plant", "化工厂"]), None)
    assert note["sample"] == "化工厂"
