"""The island that the map is asked by (maps.asking), of what layers.map_questions tells it of a project's surroundings."""

from __future__ import annotations

import json
import zlib
from typing import Any

import numpy as np
import pytest

from layers.footprints import SOURCES
from maps import asking
from maps.asking import asking_island
from maps.payload import grid, shapes_of
from tests.asked_places import questions_of, small_drawn
from tests.drawn_projects import ZONES


def unpacked(data: bytes) -> tuple[dict[str, Any], bytes]:
    raw = zlib.decompress(data, -zlib.MAX_WBITS)
    size = int.from_bytes(raw[:4], "little")
    return json.loads(raw[4 : 4 + size]), raw[4 + size :]


def numbers(head: dict[str, Any], body: bytes, name: str) -> np.ndarray[Any, Any]:
    """A series of whole numbers that are differences of nothing (maps.series)."""
    told = next(one for one in head["places"] if one["name"] == name)
    assert told["order"] == 0
    start, size = told["block"]
    planes = np.frombuffer(body[start : start + size], np.uint8).reshape(told["planes"], -1).astype(np.int64)
    return np.asarray(sum(plane << (8 * at) for at, plane in enumerate(planes)) + told["first"])


def test_vertices_are_told_to_a_tenth_of_a_millimetre() -> None:
    questions, zones = questions_of(*small_drawn())
    head, body = unpacked(asking_island(questions, zones, {}).packed())
    fine = head["fine"][ZONES]
    vertices = shapes_of(zones.geometry.to_numpy()).coordinates
    x, _ = grid(vertices[:, 0], vertices[:, 1])
    rest = numbers(head, body, f"fine.{ZONES}.x")
    guess = np.rint((x / 2**28 - 0.5) * 360 * fine["scale"]).astype(np.int64)
    step = np.mod(rest - guess, fine["modulus"])
    step = np.where(step > fine["modulus"] / 2, step - fine["modulus"], step)
    np.testing.assert_allclose((guess + step) / fine["scale"], vertices[:, 0], atol=0.51 / fine["scale"], rtol=0)


def test_short_decimals_are_told_as_they_are() -> None:
    vertices = np.round(np.random.default_rng(3).uniform([104, 26], [105, 27], (500, 2)), 6)
    island = asking.Island(1)
    assert asking._add_fine(island, "fine.a", vertices) == {"scale": 10**6, "modulus": 5}
    assert asking._add_fine(island, "fine.b", vertices + 1e-9)["scale"] == 10**9


def test_rules_extents_and_refused_places_are_told() -> None:
    questions, zones = questions_of(*small_drawn())
    head, _ = unpacked(asking_island(questions, zones, {}).packed())
    rules = {rule["id"]: rule for rule in head["rules"]}
    assert rules["WITHIN"]["within_m"] == 100.0
    assert rules["SURFACE"]["where"] == {"discharges": [True]}
    assert rules["LARGE"]["minimum"] == {"area_m2": 3000.0, "length_m": 120.0}
    assert "第" in rules["INSIDE"]["citation"]["zh"] or "《" in rules["INSIDE"]["citation"]["zh"]
    assert head["areas"]["of"].keys() == {ZONES, "water_bodies"}
    assert head["refused"] == [ZONES]
    assert "built_on" not in head["choices"]


def test_a_project_without_sources_can_be_asked_about_them() -> None:
    project, rules, inputs = small_drawn()
    assert SOURCES not in inputs.frames
    assert len(questions_of(project, rules, inputs)[0].facts["rules"]) > 10


def test_too_many_vertices_are_left_on_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "FINE_VERTICES", 5)
    questions, zones = questions_of(*small_drawn())
    head, _ = unpacked(asking_island(questions, zones, {}).packed())
    assert head["fine"] == {}
    assert 0.08 < head["grid_m"] < 0.12  # half the diagonal of a cell at 26 degrees north
