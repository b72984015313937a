"""The page's size: the example's, the same bytes for the same data, and what a budget takes away and what never."""

from __future__ import annotations

import base64
import json
import re
import shutil
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.photo_shrinking import SmallPhoto
from layers.photos import NO_PHOTOS, Mention, Photos
from layers.project import ProjectError, read_project
from maps.budget import LEFT_OUT, METRES, PHOTO_SIDE, REDUCTIONS, Fitted, fitted, further_columns, simplified
from maps.inspection import inspection_map
from maps.payload import pack_frame
from maps.photos import photo_island
from tests.map_frames import large, small
from tests.projects import headwater
from tests.test_maps_payload import unpack

EXAMPLE_BYTES = 600_000
CODES = [
    "MAP_PHOTOS_SMALLER",
    "MAP_PHOTOS_LEFT_OUT",
    "MAP_OUTLINES_SIMPLIFIED",
    "MAP_OUTLINES_SIMPLIFIED",
    "MAP_COLUMNS_LEFT_OUT",
]


def test_the_example_is_a_small_page(demo: Path) -> None:
    assert (demo / "output" / "inspection.html").stat().st_size <= EXAMPLE_BYTES


def test_the_same_data_give_the_same_bytes() -> None:
    assert inspection_map(**large(900, 30, 40)) == inspection_map(**large(900, 30, 40))


def wavy(vertices: int, seed: int) -> shapely.LineString:
    chance = np.random.default_rng(seed)
    steps = np.linspace(0, 0.5, vertices)
    return shapely.LineString(
        np.column_stack([104.6 + steps, 26.5 + 0.02 * np.sin(steps * 30) + chance.normal(0, 3e-5, vertices)])
    )


def heavy() -> dict[str, Any]:
    """Frames with something of everything that a budget can take."""
    facts = small()
    rivers = gpd.GeoDataFrame({"river_id": ["R1"], "name": ["水城河"]}, geometry=[wavy(6_000, 1)], crs="EPSG:4326")
    noise = np.random.default_rng(5)
    pictures = [(f"a{at}.jpg", SmallPhoto(noise.bytes(12_000), 320, 240)) for at in range(3)]
    site = facts["sites"].iloc[0]
    mentions = [Mention(site["layer"], site["site_id"], "", f"a{at}.jpg", at, "") for at in range(3)]
    mentions.append(Mention(site["layer"], site["site_id"], "", "gone.jpg", -1, "PHOTO_MISSING"))
    facts["sites"] = facts["sites"].assign(说明=[noise.bytes(300).hex() for _ in range(len(facts["sites"]))])
    return facts | {"context": {**facts["context"], "rivers": rivers}, "photos": Photos(pictures, mentions, {}, [], [])}


def halved(photos: Photos, side: int) -> Photos:
    assert side == PHOTO_SIDE
    return photos._replace(
        pictures=[(name, one._replace(data=one.data[: len(one.data) // 2])) for name, one in photos.pictures]
    )


def within(megabytes: float, facts: dict[str, Any] | None = None) -> tuple[Fitted, list[dict[str, Any]]]:
    """The page, and the facts of every drawing on the way."""
    drawn: list[dict[str, Any]] = []

    def draw(now: dict[str, Any]) -> str:
        drawn.append(now)
        return inspection_map(**now)

    return fitted(facts or heavy(), megabytes, draw, halved), drawn


@cache
def smallest() -> tuple[Fitted, list[dict[str, Any]]]:
    """The page with everything taken away that may be."""
    return within(0.000_1)


def test_enough_room_reduces_nothing() -> None:
    found, drawn = within(50)
    assert (found.notes, found.over, len(drawn)) == ([], 0, 1)
    assert found.text == inspection_map(**heavy())


def test_steps_are_taken_in_their_order_until_the_page_fits() -> None:
    _, drawn = smallest()
    sizes = [len(inspection_map(**now).encode()) for now in drawn]
    assert len(sizes) == len(CODES) + 1
    assert sizes == sorted(sizes, reverse=True)
    for steps, size in enumerate(sizes):
        found, _ = within((size + 0.5) / 1e6)
        assert [note["code"] for note in found.notes] == CODES[:steps]
        assert found.over == 0


def test_what_is_still_too_large_is_told_and_nothing_that_counts_is_lost() -> None:
    found, drawn = smallest()
    assert found.over == len(found.text.encode()) - 100
    assert [note["code"] for note in found.notes] == CODES
    first, last = drawn[0], drawn[-1]
    for same in ("findings", "zones", "sections", "answers"):
        assert last[same] is first[same]
    assert last["context"]["districts"] is first["context"]["districts"]
    told = [name for name in first["sites"].columns if name not in further_columns(first["sites"])]
    assert last["sites"][told].equals(first["sites"][told])
    worse = (first["sites"]["result"] != "clear").to_numpy()
    assert last["sites"]["说明"][worse].tolist() == first["sites"]["说明"][worse].tolist()
    assert last["sites"]["说明"][first["sites"]["result"] == "clear"].iloc[1:].isna().any()
    assert last["run"]["notes"][len(first["run"]["notes"]) :] == found.notes


def test_every_note_is_told_in_both_languages_in_the_page() -> None:
    found, _ = smallest()
    for note in found.notes:
        assert note["zh"] in found.text
    assert "MAP_OUTLINES_SIMPLIFIED" in {note["code"] for note in found.notes}
    assert all(re.search(r"[a-z]{4}", note["en"]) for note in found.notes)


def test_photos_left_out_stay_named() -> None:
    _, drawn = smallest()
    photos = drawn[-1]["photos"]
    assert photos.pictures == []
    assert [(one.name, one.code) for one in photos.mentions] == [
        *((f"a{at}.jpg", LEFT_OUT) for at in range(3)), ("gone.jpg", "PHOTO_MISSING")
    ]  # fmt: skip
    columns = unpack(photo_island(photos, drawn[-1]["sites"], "").packed())[1]
    assert columns["picture"] == [0, 0, 0, 0]


def test_a_simplified_layer_says_by_how_much() -> None:
    found, _ = smallest()
    assert '"reduced_to_metres": 50.0' in json.dumps(head_of(found.text, "rivers"))
    assert "reduced_to_metres" not in head_of(inspection_map(**heavy()), "rivers")
    assert "reduced_to_metres" not in head_of(found.text, "districts")


def head_of(page: str, name: str) -> dict[str, Any]:
    packed = re.search(rf'id="island-{name}">([^<]*)<', page)
    assert packed
    return unpack(base64.b64decode(packed[1]))[0]


@pytest.mark.parametrize("metres", METRES)
@pytest.mark.parametrize("latitude", [2.0, 26.5, 53.0])
def test_a_simplified_outline_keeps_within_its_metres(metres: float, latitude: float) -> None:
    """Measured on a sphere's scale at the place, in both directions."""
    line = shapely.transform(wavy(2_000, 3), lambda places: places + np.array([0, latitude - 26.5]))
    frame = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[line, line.buffer(0.001)], crs="EPSG:4326")
    less = simplified(frame, metres)
    assert (
        shapely.get_num_coordinates(less.geometry.to_numpy()).sum()
        < 0.5 * shapely.get_num_coordinates(frame.geometry.to_numpy()).sum()
    )
    scale = [111_320 * np.cos(np.radians(latitude)), 111_320]
    for before, after in zip(frame.geometry, less.geometry, strict=True):
        one, other = (
            shapely.transform(shapely.boundary(each) if each.area else each, lambda places: places * scale)
            for each in (before, after)
        )
        assert shapely.hausdorff_distance(one, other) <= metres * 1.01


def test_what_is_smaller_than_the_metres_is_not_lost() -> None:
    pond = shapely.Point(104.8, 26.5).buffer(1e-5)
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[pond], crs="EPSG:4326")
    assert simplified(frame, 50.0).geometry[0].area > 0


def test_a_budget_without_anything_to_reduce_draws_once() -> None:
    facts = small() | {"context": {}, "photos": NO_PHOTOS}
    facts["sites"] = facts["sites"].drop(columns=further_columns(facts["sites"]))
    found, drawn = within(0.0001, facts)
    assert (found.notes, len(drawn)) == ([], 1)
    assert found.over > 0


def test_steps_are_the_documented_ones() -> None:
    text = (Path(__file__).parent.parent / "docs" / "map.md").read_text("utf-8")
    places = [text.index(code) for code in dict.fromkeys(CODES)]
    assert places == sorted(places)
    assert len(REDUCTIONS) == len(places)


def test_the_budget_of_the_project_is_kept_told_and_in_run_json(demo: Path, tmp_path: Path) -> None:
    project = tmp_path / "it"
    shutil.copytree(demo, project, ignore=shutil.ignore_patterns("output", ".headwater"))
    file = project / "headwater.toml"
    file.write_text(file.read_text("utf-8") + "\n[map]\nbudget_mb = 0.2\n", "utf-8")
    done = headwater("run", str(project), "--lang", "en", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads((project / "output" / "run.json").read_text("utf-8"))["map"]
    size = (project / "output" / "inspection.html").stat().st_size
    assert told["budget_mb"] == 0.2
    assert told["bytes"] == size
    assert told["over_bytes"] == max(0, size - 200_000) > 0
    assert told["reduced"] and set(told["reduced"]) <= set(CODES)
    assert "above the 0.2 MB asked for" in done.stderr + done.stdout
    assert all(word in done.stderr + done.stdout for word in ("To keep the file small",))
    again = headwater("run", str(project), "--map-budget", "50", "--quiet", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    told = json.loads((project / "output" / "run.json").read_text("utf-8"))["map"]
    assert (told["budget_mb"], told["reduced"], told["over_bytes"]) == (50, [], 0)


@pytest.mark.parametrize("value", ["nan", "inf", "1e400", "-1", "0"])
def test_no_budget_that_is_none_is_taken_from_the_command(value: str, tmp_path: Path) -> None:
    done = headwater("run", str(tmp_path), "--map-budget", value, cwd=tmp_path)
    assert (done.returncode, "--map-budget" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("value", ["0", "-1", '"x"', "inf", "1e308", "true", '"5"'])
def test_a_budget_is_a_number_above_nothing(value: str, tmp_path: Path) -> None:
    (tmp_path / "headwater.toml").write_text(
        f'[map]\nbudget_mb = {value}\n[[layer]]\nkind = "rivers"\npath = "a.gpkg"\n', "utf-8"
    )
    with pytest.raises(ProjectError, match=r"map\.budget_mb"):
        read_project(tmp_path, today=date(2026, 1, 1))


def test_packing_is_small_for_what_repeats() -> None:
    """A tenth of the bytes of the same texts as they stand."""
    findings = large(3_000, 30, 10)["findings"]
    texts = findings[["rule_id", "text_zh", "text_en", "remedy_zh", "citation_en"]]
    packed = pack_frame(texts, coded=("rule_id",), decided={"remedy_zh": "rule_id", "citation_en": "rule_id"}).packed()
    assert len(packed) * 10 < sum(len(text.encode()) for column in texts for text in texts[column])
