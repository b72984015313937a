"""The page's metres and square metres are those of `gis.metres` and `gis.shortest`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import shapely

from gis.metres import ground_area, ground_length
from gis.outlines import outlines
from gis.shortest import to_outlines
from tests.node import need_node

MODULE = Path(__file__).resolve().parent.parent / "maps" / "page" / "ground.js"
PROGRAM = """
import { readFileSync } from 'node:fs';
import { groundArea, groundDistance, groundLength, toLines } from './ground.mjs';
const cases = JSON.parse(readFileSync(process.argv[2], 'utf8'));
console.log(JSON.stringify(cases.map(({ ring, place }) => {
  const far = toLines(...place, [Float64Array.from(ring.flat())]);
  return [far, groundArea([ring]), groundLength(ring), groundDistance(...ring[0], ...ring[1]), toLines(...place, [Float64Array.from(ring.flat())], far * 0.5)];
})));
"""


def test_lengths_areas_and_distances_are_those_of_the_engine(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    rings, places = [], []
    for size in 10.0 ** random.uniform(-5, 0.5, 300):  # from a metre to hundreds of kilometres
        lon, lat = random.uniform(73, 135), random.uniform(-50, 54)
        angle, radius = np.sort(random.uniform(0, 2 * np.pi, 12)), size * random.uniform(0.3, 1, 12)
        rings.append(np.column_stack([lon + radius * np.cos(angle), lat + radius * np.sin(angle)])[[*range(12), 0]])
        places.append((lon, lat) + 2 * size * random.normal(size=2))
    areas = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    x, y = np.array(places).T
    none = np.full(len(areas), np.inf)
    wanted = [
        to_outlines(x, y, outlines(areas), np.arange(len(areas)), none),
        ground_area(areas),
        ground_length(areas),
        ground_length(np.array([shapely.LineString(ring[:2]) for ring in rings], dtype=object)),
    ]
    (tmp_path / "ground.mjs").write_text(MODULE.read_text("utf-8"), encoding="utf-8")
    (tmp_path / "asked.mjs").write_text(PROGRAM, encoding="utf-8")
    cases = [{"ring": ring.tolist(), "place": list(place)} for ring, place in zip(rings, places, strict=True)]
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    command = [need_node(), str(tmp_path / "asked.mjs"), str(tmp_path / "cases.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [list(column) for column in zip(*json.loads(done.stdout), strict=True)]
    for ours, theirs in zip(found[:4], wanted, strict=True):
        np.testing.assert_allclose(np.array(ours, dtype=float), theirs, rtol=1e-9, atol=1e-6)
    assert set(found[4]) == {None}  # what lies beyond the limit is infinitely far, which JSON has no number for
