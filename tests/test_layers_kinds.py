"""The layers as tables: their canonical columns are those of the contract, and no heading means two columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers import context, pollution_sources, protection_zones, remediation_sites, river_sections
from layers.layer import Layer
from layers.project import LayerEntry, settings_known
from layers.words import AQUIFERS, BOOLEANS, CLASSES, KINDS, MEDIA, OPERATING, STATUSES, WATER_TYPES, fold

# docs/project-file.md, * for needed; and the geometry.
CONTRACT: list[tuple[Layer, set[str], str]] = [
    (
        protection_zones.LAYER,
        {"polygon"},
        "zone_id* name* level* source_name medium document valid_from valid_to declared_area_m2 located_to_metres",
    ),
    (
        river_sections.LAYER,
        {"point", "line"},
        "section_id* name* river water_type target_class measured_class sampled_on",
    ),
    (
        pollution_sources.LAYER,
        {"point", "line", "polygon"},
        (
            "source_id* name* kind* operating discharges related_to_supply approved built_on medium responsible_unit "
            "located_to_metres"
        ),
    ),
    (
        remediation_sites.LAYER,
        {"point", "line", "polygon"},
        (
            "site_id* name* problem source_id responsible_unit responsible_person supervising_leader goal measures deadline "
            "status* completed_on accepted_on closed_on evidence photos"
        ),
    ),
    (context.RIVERS, {"line"}, "river_id name flows_into"),
    (context.WATER_BODIES, {"polygon"}, "water_body_id name"),
    (context.INTAKES, {"point"}, "intake_id name kind"),
    (context.DISTRICTS, {"polygon"}, "district_id name"),
]


@pytest.mark.parametrize(("layer", "geometry", "words"), CONTRACT, ids=lambda one: getattr(one, "kind", ""))
def test_the_columns_are_those_of_the_contract(layer: Layer, geometry: set[str], words: str) -> None:
    columns = {column.name: column for column in layer.columns}
    for word in words.split():
        assert word.rstrip("*") in columns
        if word.endswith("*"):
            assert columns[word.rstrip("*")].needed or word.rstrip("*") == layer.id_column
    assert set(layer.geometry) == geometry


def test_the_documents_name_every_column_heading_and_word(root: Path) -> None:
    text = (root / "docs" / "project-file.md").read_text(encoding="utf-8")
    for layer, _, _ in CONTRACT:
        assert f"### {layer.kind} (" in text
        for column in (*layer.columns, *layer.occasional):
            assert f"| `{column.name}`{'*' if column.needed else ''} | {' · '.join(column.also)} |" in text
    for words in (KINDS, STATUSES, OPERATING, MEDIA, AQUIFERS, WATER_TYPES, CLASSES, BOOLEANS):
        for code, word in words.items():
            assert f"| `{code}` | {word.zh} · {word.en} | {' · '.join(word.also)} |" in text
    for setting in [*settings_known(), *LayerEntry.model_fields]:
        assert f"`{setting}`" in text or f"[layer.{setting}" in text or setting == "layer"


@pytest.mark.parametrize("layer", [layer for layer, _, _ in CONTRACT], ids=lambda one: one.kind)
def test_no_heading_is_known_as_two_columns(layer: Layer) -> None:
    # a table of zones that has only the source in its rows names the zones by it
    either = {"水源地", "水源地名称"} if layer is protection_zones.LAYER else set()
    known: dict[str, str] = {}
    for column in (*layer.columns, *layer.occasional):
        for heading in (column.name, *column.also):
            assert heading in either or known.setdefault(fold(heading), column.name) == column.name, heading
