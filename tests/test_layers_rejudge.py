"""layers.rejudge, layers.kept_answers: what was judged before is used again, and nobody can tell from the answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.kept import Kept
from layers import rejudge as again
from layers import rules as judging
from layers.kept_answers import Record, Seen, packed, unpacked
from layers.rule_book import RuleSet, rule_set
from layers.rules import Judged, judge
from layers.surroundings import Surroundings
from tests.shapes import frame, sources, square, zones

DAY = date(2017, 11, 30)
SOURCES = "pollution_sources"
KINDS = ("outfall", "cropland", "landfill", "catering", "graveyard")


@pytest.fixture(scope="module")
def cn() -> RuleSet:
    return rule_set(["cn", "cn-qixingguan"], folder=Path())


def county(random: np.random.Generator, *, sites: int = 120) -> dict[str, gpd.GeoDataFrame]:
    """Sources of all shapes among nested zones, ponds and two districts."""
    wkts = []
    for x, y in random.uniform(-1000, 10_000, (sites, 2)).round(1):
        wkts.append([f"POINT ({x} {y})", square(x, y, 150), f"LINESTRING ({x} {y}, {x + 400} {y + 90})"][len(wkts) % 3])
    places = sources(
        *wkts,
        kind="",
        located_to_metres=random.choice([np.nan, 5.0, 80.0], sites),
        discharges=random.choice(np.array([True, False, None], dtype=object), sites),
    )
    places["kind"] = random.choice(KINDS, sites)
    places["operating"] = random.choice(np.array(["operating", "closed", None], dtype=object), sites)
    squares = [square(x, y, size) for x in (0, 4000, 8000) for y in (0, 4000) for size in (1500, 2600)]
    return {
        "protection_zones": zones(*squares, levels=("1", "2") * 6),
        "water_bodies": frame(
            square(200, 200, 300), square(4100, 4100, 300), water_body_id=["W1", "W2"], name=["a", "b"]
        ),
        "districts": frame(
            square(-3500, -3500, 9000), square(5500, -3500, 9000), district_id=["A", "B"], name=["A", "B"]
        ),
        SOURCES: places,
    }


def move(frames: dict[str, Any], random: np.random.Generator) -> None:
    sites = frames[SOURCES].copy()
    for row in random.integers(0, len(sites), 4):
        sites.loc[row, "geometry"] = shapely.transform(
            sites.geometry.iloc[row], lambda xy: xy + random.normal(0, 0.01, 2)
        )
    frames[SOURCES] = sites


def rewrite(frames: dict[str, Any], random: np.random.Generator) -> None:
    sites = frames[SOURCES].copy()
    for row in random.integers(0, len(sites), 5):
        sites.loc[row, "kind"] = random.choice(KINDS)
        sites.loc[row, "operating"] = random.choice(["operating", "closed"])
    frames[SOURCES] = sites


def strike_out(frames: dict[str, Any], random: np.random.Generator) -> None:
    frames[SOURCES] = (
        frames[SOURCES].drop(index=random.choice(len(frames[SOURCES]), 3, replace=False)).reset_index(drop=True)
    )


def put_first(frames: dict[str, Any], random: np.random.Generator) -> None:
    new = (
        frames[SOURCES]
        .iloc[random.integers(0, len(frames[SOURCES]), 2)]
        .assign(source_id=[f"N{random.integers(1e9)}" for _ in range(2)])
    )
    frames[SOURCES] = gpd.GeoDataFrame(pd.concat([new, frames[SOURCES]], ignore_index=True), crs=4326)


def shuffle(frames: dict[str, Any], random: np.random.Generator) -> None:
    for layer in (SOURCES, "protection_zones", "water_bodies"):
        frames[layer] = frames[layer].iloc[random.permutation(len(frames[layer]))].reset_index(drop=True)


def redraw_a_zone(frames: dict[str, Any], random: np.random.Generator) -> None:
    areas = frames["protection_zones"].copy()
    row = int(random.integers(0, len(areas)))
    areas.loc[row, "geometry"] = shapely.transform(areas.geometry.iloc[row], lambda xy: xy + random.normal(0, 0.004, 2))
    frames["protection_zones"] = areas


def rename_a_zone(frames: dict[str, Any], random: np.random.Generator) -> None:
    areas = frames["protection_zones"].copy()
    row = int(random.integers(0, len(areas)))
    areas.loc[row, ["name", "level"]] = [f"renamed {random.integers(99)}", random.choice(["1", "2", "quasi"])]
    frames["protection_zones"] = areas


def strike_out_a_zone(frames: dict[str, Any], random: np.random.Generator) -> None:
    areas = frames["protection_zones"]
    if len(areas) > 2:
        frames["protection_zones"] = areas.drop(index=int(random.integers(0, len(areas)))).reset_index(drop=True)


def strike_out_the_ponds(frames: dict[str, Any], random: np.random.Generator) -> None:
    frames.pop("water_bodies", None)
    frames.setdefault("water_bodies", frame(square(*random.uniform(0, 5000, 2), 500), water_body_id=["W9"], name=["c"]))


def refuse_a_zone(frames: dict[str, Any], random: np.random.Generator) -> None:
    x, y = random.uniform(-2000, 9000, 2)
    frames["refused"] = {"protection_zones": frame(square(x, y, 1200), located_to_metres=[np.nan])}


def lose_the_districts(frames: dict[str, Any], random: np.random.Generator) -> None:
    frames.pop("districts", None)


def state_the_districts(frames: dict[str, Any], random: np.random.Generator) -> None:
    frames["complete_in"] = [(), ("B",), "all"][int(random.integers(0, 3))]


def let_a_layer_grow_old(frames: dict[str, Any], random: np.random.Generator) -> None:
    kind = str(random.choice(["protection_zones", "water_bodies", SOURCES]))
    frames["data_until"] = {kind: date(int(random.integers(2016, 2019)), 1, 1)}


EDITS = (
    state_the_districts, let_a_layer_grow_old,
    move, rewrite, strike_out, put_first, shuffle, redraw_a_zone, rename_a_zone, strike_out_a_zone,
    strike_out_the_ponds, refuse_a_zone, lose_the_districts,
)  # fmt: skip


def around(frames: dict[str, Any], rules: RuleSet, kept: Kept | None = None) -> Surroundings:
    layers = {name: layer for name, layer in frames.items() if isinstance(layer, gpd.GeoDataFrame)}
    said = {name: frames[name] for name in ("refused", "complete_in", "data_until") if name in frames}
    return Surroundings(layers, rules, as_of=DAY, kept=kept, **said)


def run(frames: dict[str, Any], rules: RuleSet, kept: Kept) -> Judged:
    surroundings = around(frames, rules, kept)
    compared = again.compare(frames[SOURCES], SOURCES, surroundings, kept)
    judged = again.rejudge(frames[SOURCES], SOURCES, surroundings, compared)
    again.keep(judged, SOURCES, surroundings, compared, kept)
    return judged


def assert_same(found: Judged, expected: Judged) -> None:
    pd.testing.assert_frame_equal(found.flagged, expected.flagged)
    np.testing.assert_array_equal(found.blind, expected.blind)
    np.testing.assert_array_equal(found.level, expected.level)
    np.testing.assert_array_equal(found.share.round(9), expected.share.round(9))


@pytest.mark.parametrize("seed", range(6))
def test_after_any_edits_the_answers_are_those_of_judging_anew(cn: RuleSet, tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    frames, kept = county(random), Kept(tmp_path)
    flagged = 0
    for edit in [
        shuffle,
        *random.permutation(np.array(EDITS, dtype=object)),
        *random.choice(np.array(EDITS, dtype=object), 4),
    ]:
        edit(frames, random)
        found = run(frames, cn, kept)
        assert_same(found, judge(frames[SOURCES], SOURCES, around(frames, cn)))
        flagged += len(found.flagged)
    assert flagged > 100


@pytest.fixture
def judged_rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many rows were judged, call by call."""
    calls: list[int] = []

    def counting(sites: gpd.GeoDataFrame, *others: Any) -> Judged:
        calls.append(len(sites))
        return judge(sites, *others)

    for module in (again, judging):
        monkeypatch.setattr(module, "judge", counting)
    return calls


def test_only_what_changed_is_judged_again(cn: RuleSet, tmp_path: Path, judged_rows: list[int]) -> None:
    frames, kept = county(np.random.default_rng(1)), Kept(tmp_path)

    def count() -> int:
        judged_rows.clear()
        run(frames, cn, kept)
        return sum(judged_rows)

    assert count() == 120
    assert count() == 0
    sites = frames[SOURCES] = frames[SOURCES].copy()
    sites["responsible_unit"], sites["source_row"] = "unit", sites["source_row"] + 7  # no rule asks for these
    assert count() == 0
    sites.loc[[3, 50], "kind"] = "graveyard"
    sites.loc[4, "located_to_metres"] = 33.0
    assert count() == 3
    frames["protection_zones"] = frames["protection_zones"].copy()
    frames["protection_zones"].loc[11, "name"] = "renamed"  # 2600 m at the north-eastern corner
    east, north = (frames[SOURCES].geometry.bounds[side] for side in ("maxx", "maxy"))
    zone = frames["protection_zones"].geometry.iloc[11].bounds
    could_see = ((east > zone[0] - 0.02) & (north > zone[1] - 0.02)).sum()
    assert 0 < count() <= could_see < 60


def test_another_rule_or_program_judges_everything_anew(
    cn: RuleSet, tmp_path: Path, judged_rows: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    frames, kept = county(np.random.default_rng(2)), Kept(tmp_path)
    run(frames, cn, kept)
    fewer = cn._replace(rules={key: rule for key, rule in cn.rules.items() if key != "CN-OUT-01"})
    run(frames, fewer, kept)
    assert judged_rows == [120, 120]
    monkeypatch.setattr(again, "programs", lambda: "a later version")
    run(frames, fewer, kept)
    assert judged_rows == [120, 120, 120]


def test_where_layers_are_complete_is_kept_for_these_programs_only(
    cn: RuleSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames, kept = county(np.random.default_rng(6)), Kept(tmp_path)
    first = around(frames, cn, kept).extents
    worked_out: list[str] = []
    monkeypatch.setattr(
        "layers.coverage.complete_extent", lambda *_, **__: worked_out.append("again") or first["protection_zones"]
    )
    assert around(frames, cn, kept).extents.keys() == first.keys() and not worked_out
    monkeypatch.setattr("layers.surroundings.programs", lambda: "a later version")
    assert around(frames, cn, kept).extents.keys() == first.keys() and worked_out


def test_damaged_answers_are_judged_anew(cn: RuleSet, tmp_path: Path, judged_rows: list[int]) -> None:
    frames, kept = county(np.random.default_rng(3)), Kept(tmp_path)
    run(frames, cn, kept)
    (file,) = tmp_path.glob("judged-*.kept")
    data = bytearray(file.read_bytes())
    data[-40] ^= 1
    file.write_bytes(data)
    run(frames, cn, kept)
    assert judged_rows == [120, 120]


def test_a_record_comes_back_as_it_was(cn: RuleSet) -> None:
    frames = county(np.random.default_rng(4))
    surroundings = around(frames, cn)
    judged = judge(frames[SOURCES], SOURCES, surroundings)
    looks = {"protection_zones": surroundings.look("protection_zones")}
    record = Record(judged, Seen(np.arange(120, dtype=np.uint64), looks, "x"))
    back = unpacked(memoryview(b"".join(packed(record))))
    assert_same(back.judged, judged)
    assert back.seen.same(record.seen)
    np.testing.assert_array_equal(back.seen.looks["protection_zones"].boxes, looks["protection_zones"].boxes)


def test_an_empty_layer_and_its_first_row(cn: RuleSet, tmp_path: Path) -> None:
    frames, kept = county(np.random.default_rng(5)), Kept(tmp_path)
    whole = frames[SOURCES]
    for count in (0, 1, 0, 120):
        frames[SOURCES] = whole.iloc[:count].reset_index(drop=True)
        found = run(frames, cn, kept)
        assert_same(found, judge(frames[SOURCES], SOURCES, around(frames, cn)))
