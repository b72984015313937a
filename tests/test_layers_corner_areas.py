"""Corner points in a project: zones with their accuracy, areas that contradict them, and what is counted and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gis.faults import Fault
from gis.metres import ground_area
from layers.corner_areas import area_faults
from layers.protection_zones import LAYER
from layers.refused import refused_rows
from tests.projects import headwater, rows_of
from tests.shapes import frame, laid_down, square
from tests.test_layers_load import Said, csv, loaded

SIZE = 1000.0


def corners(decimals: int = 6) -> list[tuple[str, str]]:
    places = shapely.get_coordinates(laid_down(square(0, 0, SIZE)))[:4]
    return [(f"{x:.{decimals}f}", f"{y:.{decimals}f}") for x, y in places]


def table(folder: Path, area: str, decimals: int = 6, heading: str = "批复面积（平方米）") -> Said:
    cell = ";".join(f"{x},{y}" for x, y in corners(decimals))
    csv(folder, "zones.csv", f'编号,名称,级别,拐点坐标,{heading}\nZ1,甲,一级,"{cell}",{area}\nZ2,乙,二级,"{cell}",\n')
    return Said("protection_zones", "zones.csv", corners="拐点坐标")


@pytest.mark.parametrize(
    ("area", "outcome"), [("1000000", ""), ("1009000", ""), ("1030000", "note"), ("1070000", "reject")]
)
def test_an_area_is_held_against_the_corners(tmp_path: Path, area: str, outcome: str) -> None:
    inputs = loaded(tmp_path, table(tmp_path, area))
    assert [fault.code for fault in inputs.faults] == (["CORNERS_AREA"] if outcome == "reject" else [])
    notes = [note for note in inputs.notes if note["code"] == "CORNERS_AREA"]
    assert [note["row"] for note in notes] == ([2] if outcome == "note" else [])
    assert inputs.inputs[0]["read"] == 2
    zones = inputs.frames["protection_zones"]
    assert zones["zone_id"].tolist() == (["Z2"] if outcome == "reject" else ["Z1", "Z2"])
    assert float(ground_area(np.asarray(zones.geometry.array, dtype=object))[0]) == pytest.approx(SIZE**2, rel=1e-3)
    assert (zones["located_to_metres"] == 0.111).all()
    if outcome == "reject":
        assert "999927" in inputs.faults[0].reason("zh") and "6.5%" in inputs.faults[0].reason("zh")
        assert shapely.area(inputs.refused["protection_zones"].geometry[0]) > 0


def test_rounded_corners_may_differ_by_what_their_digits_can_do(tmp_path: Path) -> None:
    inputs = loaded(tmp_path, table(tmp_path, "1070000", decimals=3))
    assert inputs.faults == []
    assert inputs.frames["protection_zones"]["located_to_metres"].tolist() == [111.0, 111.0]
    told = {note["code"]: note for note in inputs.notes}
    assert told["COORDINATE_COARSE"]["rows"] == "2"
    assert told["COORDINATE_COARSE"]["metres"] == "111"


def test_an_area_in_another_unit_is_converted_first(tmp_path: Path) -> None:
    assert loaded(tmp_path, table(tmp_path, "1.0", heading="批复面积（平方公里）")).faults == []
    (fault,) = loaded(tmp_path, table(tmp_path, "1.0", heading="批复面积（公顷）")).faults
    assert fault.facts["expected"] == "10000"


def test_rows_of_corners_are_counted_as_zones(tmp_path: Path) -> None:
    rows = "".join(f"Z1,甲,一级,{at},{x},{y}\n" for at, (x, y) in enumerate(corners(), start=1))
    rows += "".join(f"Z2,乙,二级,{at},{x},{y}\n" for at, (x, y) in enumerate(corners()[:2], start=1))
    csv(tmp_path, "zones.csv", f"编号,名称,级别,拐点序号,经度,纬度\n{rows}")
    inputs = loaded(tmp_path, Said("protection_zones", "zones.csv", corners="拐点序号"))
    assert {name: inputs.inputs[0][name] for name in ("read", "accepted", "rejected")} == {
        "read": 2, "accepted": 1, "rejected": 1,
    }  # fmt: skip
    (note,) = [note for note in inputs.notes if note["code"] == "CORNERS_READ"]
    assert (note["corners"], note["zones"]) == ("6", "1")
    assert [(fault.code, fault.row) for fault in inputs.faults] == [("CORNERS_TOO_FEW", 6)]
    assert inputs.refused["protection_zones"].geometry[0].area > 0  # nothing there is called clear


def test_what_is_stated_stands_above_the_digits(tmp_path: Path) -> None:
    csv(tmp_path, "a.csv", "编号,名称,类型,定位精度,经度,纬度\n1,甲,排污口,5,104.8,26.6\n2,乙,排污口,,104.8,26.6\n")
    by_row = loaded(tmp_path, Said("pollution_sources", "a.csv"))
    assert by_row.frames["pollution_sources"]["located_to_metres"].tolist() == [5.0, 11132.0]
    assert [note["rows"] for note in by_row.notes if note["code"] == "COORDINATE_COARSE"] == ["1"]
    by_entry = loaded(tmp_path, Said("pollution_sources", "a.csv", located_to_metres=20.0))
    assert by_entry.frames["pollution_sources"]["located_to_metres"].tolist() == [5.0, 20.0]
    assert [note for note in by_entry.notes if note["code"] == "COORDINATE_COARSE"] == []
    assert "located_to_metres_by_digits" not in by_row.frames["pollution_sources"]


def test_areas_without_a_declared_one_say_nothing() -> None:
    zones = frame(
        square(0, 0, 100), zone_id=["Z"], declared_area_m2=[np.nan], located_to_metres=[np.nan], source_row=[2]
    )
    assert area_faults(zones) == ({}, [])


def test_refused_rows_stand_where_they_lie() -> None:
    faults = [Fault("CORNERS_CROSS", "z.csv", row=3, facts={"zone": "", "found": ""}), Fault("EMPTY_LAYER", "z.csv"),
              Fault("GEOMETRY_EMPTY", "z.csv", row=4)]  # fmt: skip
    places: dict[int, Any] = {3: shapely.MultiPoint([(104, 26), (104.1, 26), (104.1, 26.1)])}
    rows, without = refused_rows([(LAYER, faults, places)])
    assert (rows["source_row"].tolist(), without) == ([3], 1)
    assert rows.geometry[0].geom_type == "Polygon"


PROJECT = """title = "t"
language = "zh"
jurisdictions = ["cn"]
as_of = 2017-11-30
[[layer]]
kind = "protection_zones"
path = "zones.csv"
corners = "拐点坐标"
crs = "EPSG:4214"
"""


def test_the_command_takes_corners_and_a_transformation_from_the_project_file(tmp_path: Path) -> None:
    table(tmp_path, "1000000")
    file = tmp_path / "headwater.toml"
    file.write_text(PROJECT, "utf-8")
    refused = headwater("check-data", tmp_path)
    assert refused.returncode == 3
    assert "DATUM_REFUSED" in refused.stderr + refused.stdout
    file.write_text(PROJECT + "transformation = [12.646, -155.176, -80.863]\n", "utf-8")
    done = headwater("check-data", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "DATUM_TRANSFORMED" in done.stdout
    assert rows_of(tmp_path / "output" / "rejects.csv") == []
    file.write_text(PROJECT + "transformation = [1, 2]\n", "utf-8")
    wrong = headwater("check-data", tmp_path)
    assert wrong.returncode == 2
    assert "3 or 7 numbers" in wrong.stderr + wrong.stdout
