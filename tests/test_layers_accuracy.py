"""layers.accuracy: how well places are known, as stated, or as digits, map scale and datum let it follow."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS

from gis import datum
from gis.points import DIGITS
from gis.values import map_scale
from layers.accuracy import located, with_datum
from layers.rule_book import rule_set
from layers.rules import check
from tests.projects import ZONES, headwater, rows_of, small_project, small_zones
from tests.shapes import sources, square, zones

NAN = float("nan")


def entry(metres: float | None = None, scale: float | None = None) -> Any:
    return SimpleNamespace(located_to_metres=metres, map_scale=scale)


def derived(stated: float, scale: float, digits: float, said: Any) -> tuple[float, list[str]]:
    """The accuracy of one row and the codes of the notes."""
    frame = gpd.GeoDataFrame({DIGITS: [None if np.isnan(digits) else f"{digits}"]}, geometry=[None])
    found, notes = located(pd.Series([stated]), pd.Series([scale]), frame, said)
    return float(found.iloc[0]), [note["code"] for note in notes]


@pytest.mark.parametrize(
    ("row", "said", "metres", "codes"),
    [
        ((3.0, 50000.0, 100.0), entry(10, 10000), 3.0, []),  # the row states it
        ((NAN, 50000.0, 100.0), entry(10, 10000), 10.0, []),  # the file states it
        ((NAN, 50000.0, NAN), entry(None, 10000), 25.0, ["MAP_SCALE_USED"]),  # the row's own map
        ((NAN, NAN, NAN), entry(None, 10000), 5.0, ["MAP_SCALE_USED"]),  # the file's map
        ((NAN, 50000.0, 111.0), entry(), 111.0, ["COORDINATE_COARSE"]),  # digits are coarser
        ((NAN, 250000.0, 111.0), entry(), 125.0, ["MAP_SCALE_USED"]),  # the map is coarser
        ((NAN, NAN, 111.0), entry(), 111.0, ["COORDINATE_COARSE"]),
        ((0.0, 10000.0, NAN), entry(), 0.0, []),  # stated as exact
    ],
)
def test_what_counts(row: tuple[float, float, float], said: Any, metres: float, codes: list[str]) -> None:
    assert derived(*row, said) == (metres, codes)


def test_nothing_is_made_up() -> None:
    found, codes = derived(NAN, NAN, NAN, entry())
    assert np.isnan(found) and codes == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10000", 10000.0), ("10000.0", 10000.0), ("1:10000", 10000.0), ("1：10000", 10000.0), ("1∶5万", 50000.0),
        ("1/50,000", 50000.0), ("1:25.000", 25000.0), ("1:2 000", 2000.0), ("1:1", 1.0), ("0.0001", None),
        ("1:", None), ("大比例尺", None), ("-10000", None), ("1:10000:2", None), ("2:10000", None),
    ],
)  # fmt: skip
def test_spellings_of_a_scale(text: str, value: float | None) -> None:
    assert map_scale(text) == value


def test_a_datum_adds_its_doubt_to_every_row() -> None:
    rows = gpd.GeoDataFrame({"located_to_metres": [5.0, NAN]}, geometry=[None, None])
    widened, (note,) = with_datum(rows, {"moved_accuracy": "10", "crs": "NAD27"})
    assert widened["located_to_metres"].tolist() == [15.0, 10.0]
    assert (note["code"], note["rows"], note["metres"]) == ("DATUM_ACCURACY", "2", "10")
    assert with_datum(rows, {"crs": "EPSG:4490"}) == (rows, [])


@pytest.mark.parametrize(
    ("crs", "place", "least"),
    [
        ("EPSG:4267", (-84.5, 43.0), 2.0),  # NAD27
        ("EPSG:4314", (9.0, 48.0), 2.0),  # DHDN
        ("EPSG:4326", (105.0, 26.6), None),
        ("EPSG:4490", (105.0, 26.6), None),
        ("EPSG:4523", (35_500_000.0, 2_950_000.0), None),  # CGCS2000 in metres
        ("EPSG:4269", (-84.5, 43.0), None),  # NAD83: good to 4 m, but nothing moves
        ("EPSG:26916", (600_000.0, 4_760_000.0), None),  # NAD83 in metres
        ("EPSG:3078", (500_000.0, 300_000.0), None),  # what Michigan uses
        ("EPSG:25832", (500_000.0, 5_300_000.0), None),  # ETRS89
    ],
)
def test_only_a_datum_that_moves_places_is_told(crs: str, place: tuple[float, float], least: float | None) -> None:
    x, y = place
    facts = datum.way_facts(CRS.from_user_input(crs), None, (x, y, x + 0.1, y + 0.1))
    assert ("moved_accuracy" in facts) == (least is not None)
    assert least is None or float(facts["moved_accuracy"]) >= least


def test_a_named_operation_tells_its_accuracy() -> None:
    beijing, bounds = CRS.from_epsg(4214), (110.0, 36.0, 110.1, 36.1)
    assert datum.way_facts(beijing, "EPSG:15919", bounds)["moved_accuracy"] == "15"
    assert "moved_accuracy" not in datum.way_facts(beijing, "towgs84=15.8,-154.4,-82.3", bounds)


def test_places_without_a_number_have_no_accuracy() -> None:
    assert datum.way_facts(CRS.from_epsg(4314), None, (NAN, NAN, NAN, NAN)) == {}


SOURCES = '[[layer]]\nkind = "pollution_sources"\npath = "data/sources.csv"\n'


def texts_of(folder: Path) -> dict[str, dict[str, str]]:
    return {row["subject_id"]: row for row in rows_of(folder / "output" / "findings.csv")}


def test_the_scale_of_the_map_makes_an_answer_doubtful(tmp_path: Path) -> None:
    """The zone's map is at 1:200000, which is 100 m; the sites' at 1:10000."""
    folder = small_project(tmp_path / "p", language="en", layers=ZONES + SOURCES + "map_scale = 10000\n")
    small_zones(比例尺=["1:200000", "1:20万"]).to_file(folder / "data" / "zones.gpkg", layer="zones")
    done = headwater("run", folder, "--json")
    run = json.loads(done.stdout)
    notes = {(note["code"], note["layer"]): note for note in run["notes"] if note["code"] == "MAP_SCALE_USED"}
    assert {key[1]: note["metres"] for key, note in notes.items()} == {
        "protection_zones": "100",
        "pollution_sources": "5",
    }
    assert "POSITIONS_TAKEN_AS_EXACT" not in {note["code"] for note in run["assumptions"]}
    found = texts_of(folder)
    assert (found["002"]["result"], "position and outline together known to 105 m" in found["002"]["text"]) == (
        "check",
        True,
    )
    assert found["001"]["result"] == "violation"  # 500 m inside


def test_a_scale_that_cannot_be_read_is_a_reject(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p", layers=ZONES + SOURCES)
    small_zones(比例尺=["1:10000", "见图"]).to_file(folder / "data" / "zones.gpkg", layer="zones")
    assert headwater("run", folder).returncode == 0
    assert [(row["code"], row["value"]) for row in rows_of(folder / "output" / "rejects.csv")] == [
        ("BAD_SCALE", "见图")
    ]
    (folder / "headwater.toml").write_text(
        (folder / "headwater.toml").read_text("utf-8") + "map_scale = 0\n", encoding="utf-8"
    )
    assert headwater("run", folder).returncode == 2


def test_zones_on_an_old_datum_are_known_less_well(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p", language="en", layers=ZONES + SOURCES)
    pulkovo = small_zones().set_crs("EPSG:4284", allow_override=True)
    pulkovo.to_file(folder / "data" / "zones.gpkg", layer="zones")
    run = json.loads(headwater("run", folder, "--json").stdout)
    moved = [note for note in run["notes"] if note["code"] == "DATUM_ACCURACY"]
    assert len(moved) == 1 and float(moved[0]["metres"]) > 1 and moved[0]["rows"] == "2"


# A zone of 1 km, and sites that lie 12 m on this or that side of its western edge, or reach as far into it.
DRAWN = {
    "point": ("POINT (12 500)", "距边界 12 米", "12 m from its edge"),
    "several points": ("MULTIPOINT ((12 500), (-300 500))", "距边界 12 米", "12 m from its edge"),
    "point outside": ("POINT (-12 500)", "之外 12 米", "12 m outside"),
    "line": ("LINESTRING (-400 500, 12 500)", "内长 12 米", "runs 12 m inside"),
    "line outside": ("LINESTRING (-400 500, -12 500)", "之外 12 米", "12 m outside"),
    "area": (square(-88, 400, 100), "重叠 1200 平方米", "by 1200 m²"),
    "area outside": (square(-112, 400, 100), "之外 12 米", "12 m outside"),
}
DOUBTS = {
    (30.0, NAN): (
        "位置精度 30 米，结论可能改变：需现场复测",
        "position known to 30 m, so the answer may change: measure again",
    ),
    (NAN, 30.0): (
        "边界精度 30 米，结论可能改变：需核定边界",
        "outline known to 30 m, so the answer may change: have the outline checked",
    ),
    (10.0, 20.0): (
        "位置与边界精度合计 30 米，结论可能改变：需现场复测",
        "position and outline together known to 30 m, so the answer may change: measure again",
    ),
}


@pytest.mark.parametrize("doubt", list(DOUBTS), ids=["site", "outline", "both"])
@pytest.mark.parametrize("drawn", list(DRAWN))
def test_a_doubtful_answer_says_by_how_much_and_what_to_do(drawn: str, doubt: tuple[float, float]) -> None:
    wkt, *places = DRAWN[drawn]
    frames = {
        "protection_zones": zones(square(0, 0, 1000), located_to_metres=[doubt[1]]),
        "pollution_sources": sources(wkt, located_to_metres=[doubt[0]]),
    }
    found = check(frames, rule_set(["cn"], folder=Path()), as_of=date(2026, 11, 25)).findings
    (row,) = found[found["rule_id"] == "CN-OUT-01"].to_dict("records")
    assert (row["result"], row["margin_m"]) == ("check", pytest.approx(12, rel=1e-3))
    for place, why, text in zip(places, DOUBTS[doubt], (row["text_zh"], row["text_en"]), strict=True):
        assert place in text and why in text


def test_beyond_its_doubt_an_answer_stands_and_tells_it() -> None:
    texts = []
    for site, zone in ((30.0, NAN), (NAN, 30.0), (10.0, 20.0), (NAN, NAN)):
        frames = {
            "protection_zones": zones(square(0, 0, 1000), located_to_metres=[zone]),
            "pollution_sources": sources("POINT (31 500)", located_to_metres=[site]),
        }
        found = check(frames, rule_set(["cn"], folder=Path()), as_of=date(2026, 11, 25)).findings
        (row,) = found[found["rule_id"] == "CN-OUT-01"].to_dict("records")
        assert row["result"] == "violation"
        texts.append(row["text_en"].split("; ", 1)[1])
    assert texts == [
        "position known to 30 m",
        "outline known to 30 m, position accuracy not stated",
        "position and outline together known to 30 m",
        "position accuracy not stated",
    ]
