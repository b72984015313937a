"""Names of columns in the project file that can only be slips are told, not silently without effect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from layers.load import LAYERS
from layers.mapping import mapping_faults


@dataclass
class Said:
    """An entry of a project file."""

    path: str = "data/a.csv"
    located_to_metres: float | None = None
    map_scale: float | None = None
    make_id: str | None = None
    constants: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


@pytest.mark.parametrize("slip", ["operatin", "oprating", "operatign", "opperating", "Operating", "operation", "knid"])
def test_a_slip_is_told_with_the_names_there_are(slip: str) -> None:
    said = Said(columns={slip: "运行状态"}, constants={slip: "closed"}, values={slip: {"开": "operating"}})
    faults = mapping_faults(LAYERS["pollution_sources"], said)
    assert [(fault.code, fault.file, fault.column) for fault in faults] == [
        ("MAPPING_UNKNOWN", "data/a.csv", f"[layer.columns] {slip}"),
        ("MAPPING_UNKNOWN", "data/a.csv", f"[layer.constants] {slip}"),
        ("MAPPING_UNKNOWN", "data/a.csv", f"[layer.values.{slip}]"),
    ]
    assert "source_id, name, kind, operating" in faults[0].proposal("en")


def test_words_of_a_column_that_is_none_of_ours_would_do_nothing() -> None:
    said = Said(columns={"animals": "头数"}, values={"animals": {"多": "10"}})
    assert [fault.column for fault in mapping_faults(LAYERS["pollution_sources"], said)] == ["[layer.values.animals]"]


@pytest.mark.parametrize("own", ["animals", "batch", "completed_by", "accepted_by", "name_en", "养殖规模"])
def test_columns_of_the_users_own_pass(own: str) -> None:
    for kind in LAYERS:
        assert mapping_faults(LAYERS[kind], Said(columns={own: "x"}, constants={own: "y"})) == []


@pytest.mark.parametrize("kind", LAYERS)
def test_all_our_names_pass_in_every_kind(kind: str) -> None:
    ours = {column.name: "x" for column in LAYERS[kind].columns} | {"located_to_metres": "x", "map_scale": "x"}
    said = Said(columns=ours, constants=ours, values={name: {"a": "b"} for name in ours})
    assert mapping_faults(LAYERS[kind], said) == []
