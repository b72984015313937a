"""Shapes to ask about, in places that are hard to answer for, and what the engine answers about them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.kept import Kept
from layers.assess import Assessment, assess
from layers.footprints import Said, drawn
from layers.load import Inputs
from layers.map_questions import MapQuestions
from layers.planning import Answered, answered
from layers.project import LayerEntry, Project
from layers.project_surroundings import surroundings_of
from layers.rule_book import RuleSet
from layers.rules import judge
from layers.site_answers import sites_told, told
from layers.surroundings import SUBJECT_LAYERS
from layers.variants import answers_by_value, flagged_by_place
from maps.inspection import inspection_map
from scripts.write_outputs import map_facts
from tests.drawn_projects import DAY, PONDS, POOL, ZONES, layer, rule_book
from tests.shapes import frame, square

REACH = 5000.0
TRIED = 40  # questions of which also what values of missing attributes would give is compared
METRE = 9e-6  # degrees of latitude, nearly
# Steps from an outline in metres; from none at all to far enough that a rule's own reach decides.
STEPS = (0.0, 0.004, 0.011, 0.05, 0.3, 1.0, 5.0, 30.0, 400.0)


class Asked(NamedTuple):
    """A question as the page is asked it: WKT, kind, accuracy and attributes."""

    wkt: str
    kind: str
    located_to_metres: float | None
    attributes: dict[str, Any]

    @property
    def question(self) -> dict[str, Any]:
        return {**self._asdict(), "reach_m": REACH}


class Places:
    """Draws shapes in, on, near and far from the outlines of some layers; the same seed draws the same."""

    def __init__(self, outlines: Sequence[shapely.Geometry], seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.outlines = [one for one in outlines if one is not None and not one.is_empty]
        west, south, east, north = shapely.total_bounds(np.array(self.outlines, dtype=object))
        self.box = (west - 0.02, south - 0.02, east + 0.02, north + 0.02)

    def place(self) -> tuple[float, float]:
        """Anywhere, a vertex, a place on an edge, one beside it, or one inside."""
        chosen, case = self.outlines[self.random.integers(len(self.outlines))], self.random.integers(6)
        if case == 0:
            return self.random.uniform(self.box[0], self.box[2]), self.random.uniform(self.box[1], self.box[3])
        if case == 1 and shapely.get_dimensions(chosen) == 2:
            inner = chosen.representative_point()
            return inner.x, inner.y
        line = self._line(chosen)
        at = self.random.integers(max(len(line) - 1, 1))
        (x1, y1), (x2, y2) = line[at], line[min(at + 1, len(line) - 1)]
        if case == 2:
            return float(x1), float(y1)
        share, step = self.random.choice([0.5, self.random.uniform()]), self.random.choice(STEPS) * METRE
        length = np.hypot(x2 - x1, y2 - y1) or 1.0
        side = self.random.choice([-1.0, 1.0]) * step / length
        return x1 + share * (x2 - x1) - side * (y2 - y1), y1 + share * (y2 - y1) + side * (x2 - x1)

    def _line(self, chosen: shapely.Geometry) -> np.ndarray[Any, Any]:
        parts = shapely.get_parts(chosen)
        part = parts[self.random.integers(len(parts))]
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        return shapely.get_coordinates(rings[self.random.integers(len(rings))])

    def shape(self) -> shapely.Geometry:
        """A point, several points, a line, an area, one with a hole, or a piece along an outline."""
        case = self.random.integers(9)
        if case < 3:
            return shapely.Point(self.place())
        if case == 3:
            return shapely.MultiPoint([self.place() for _ in range(3)])
        if case in (4, 5):
            x, y = self.place()
            more = [(x + dx, y + dy) for dx, dy in self.random.normal(0, self.random.choice([20, 500]) * METRE, (2, 2))]
            return shapely.LineString([(x, y), *more, *([self.place()] if case == 5 else [])])
        x, y = self.place()
        size = self.random.choice([3.0, 60.0, 900.0, 9000.0]) * METRE
        if case == 6:
            return shapely.box(x, y, x + size, y + size)
        if case == 7:
            return shapely.box(x - size, y - size, x + size, y + size).difference(
                shapely.box(x - size / 3, y - size / 3, x + size / 3, y + size / 3)
            )
        return self._along(size)

    def _along(self, size: float) -> shapely.Geometry:
        """An area that shares some edges with an outline."""
        line = self._line(self.outlines[self.random.integers(len(self.outlines))])
        start = self.random.integers(max(len(line) - 3, 1))
        shared = line[start : start + 3]
        x, y = shared.mean(axis=0)
        angle = self.random.uniform(0, 2 * np.pi)
        ring = [*shared.tolist(), [x + size * np.cos(angle), y + size * np.sin(angle)]]
        area = shapely.Polygon(ring) if len(ring) > 2 else shapely.Point(x, y).buffer(size)
        return area if area.is_valid and area.area > 0 else shapely.Point(shared[0])

    def asked(self, count: int, kinds: Sequence[str], attributes: Sequence[dict[str, Any]]) -> list[Asked]:
        """So many questions."""
        return [
            Asked(
                shapely.to_wkt(self.shape(), rounding_precision=-1),
                str(self.random.choice(list(kinds))),
                self.random.choice([None, None, 0.2, 5.0, 60.0]),
                attributes[self.random.integers(len(attributes))],
            )
            for _ in range(count)
        ]


def footprints(asked: Sequence[Asked], rules: RuleSet) -> gpd.GeoDataFrame:
    """The questions as rows of pollution sources, through the door that check-site uses."""
    frames = []
    for number, one in enumerate(asked):
        attributes = {name: str(value).lower() for name, value in one.attributes.items()}
        said = Said(kind=one.kind, attributes=attributes, located_to_metres=one.located_to_metres)
        frames.append(drawn(one.wkt, said, rules).frame.assign(source_id=str(number)))
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs="EPSG:4326")


def expected(asked: Sequence[Asked], project: Project, rules: RuleSet, inputs: Inputs) -> list[dict[str, Any]]:
    """What check-site tells of each."""
    frame, kept = footprints(asked, rules), Kept(None)

    def ask(rows: gpd.GeoDataFrame) -> Answered:
        return answered(rows, project, rules, inputs, kept)

    now = ask(frame)
    every = told(
        frame,
        now,
        reach=REACH,
        by_place=flagged_by_place(frame, now, ask),
        with_values=answers_by_value(frame.iloc[:TRIED], now._replace(answer=now.answer[:TRIED]), ask),
    )
    return sites_told(every, project.language)


def assessed(project: Project, rules: RuleSet, inputs: Inputs) -> Assessment:
    """What a run makes of inputs that were read."""
    around = surroundings_of(project, rules, inputs, Kept(None))
    judged = {layer: judge(inputs.frames[layer], layer, around) for layer in SUBJECT_LAYERS if layer in inputs.frames}
    return assess(project, inputs, around, judged, version="0")


def questions_of(project: Project, rules: RuleSet, inputs: Inputs) -> tuple[MapQuestions, gpd.GeoDataFrame]:
    """What the map is asked by, and its zones."""
    result = assessed(project, rules, inputs)
    return result.questions, result.zones


def page_of(project: Project, rules: RuleSet, inputs: Inputs) -> str:
    """The inspection map of a project whose inputs were read."""
    result = assessed(project, rules, inputs)
    return inspection_map(
        findings=result.findings,
        sites=result.sites,
        sections=result.sections,
        zones=result.zones,
        context=result.context,
        answers=result.answers,
        questions=result.questions,
        run=map_facts(rules, result),
        language=project.language,
    )


def small_drawn() -> tuple[Project, RuleSet, Inputs]:
    """A project drawn in metres, with all that rules may ask: levels, media, minima, a pond, refused rows, doubtful outlines.

    Its zones overlap, touch, have holes and several parts; there are no districts, so that the hull is where they are complete.
    """
    rows = [
        {"zone_id": "A", "level": "1", "medium": "surface", "aquifer": None, "located_to_metres": np.nan,
         "geometry": shapely.from_wkt("POLYGON ((0 0, 900 0, 900 900, 0 900, 0 0), (300 300, 600 300, 600 600, 300 600, 300 300))")},
        {"zone_id": "B", "level": "2", "medium": None, "aquifer": "unconfined", "located_to_metres": 7.0,
         "geometry": shapely.from_wkt("MULTIPOLYGON (((900 0, 2000 0, 2000 400, 900 400, 900 0)), ((-800 -800, -500 -800, -650 -500, -800 -800)))")},
        {"zone_id": "C", "level": "2", "medium": "groundwater", "aquifer": "confined", "located_to_metres": 63.0,
         "geometry": shapely.from_wkt("POLYGON ((500 500, 1500 500, 1000 1500, 500 500))")},
        {"zone_id": "D", "level": "quasi", "medium": "surface", "aquifer": None, "located_to_metres": np.nan,
         "geometry": shapely.from_wkt("POLYGON ((-3000 -3000, 4000 -3000, 4000 4000, -3000 4000, -3000 -3000))")},
    ]  # fmt: skip
    zones = layer(
        [{**row, "name": f"zone {row['zone_id']}", "valid_from": None, "valid_to": None} for row in rows], "zones"
    )
    zones = zones.assign(source_name=None, document=None)
    pond = {
        "water_body_id": "W1",
        "name": "",
        "located_to_metres": 7.0,
        "geometry": shapely.box(1800, 1800, 2100, 1900),
    }
    words = {"LEVEL-1": ("outfall", "livestock_farm"), "CONDITIONAL": ("livestock_farm",), "SURFACE": ("outfall",),
             "CROSSES": ("road", "livestock_farm"), "FARTHER": ("outfall", "road"), "UNLESS": ("outfall", "road"),
             "NEW": ("road", "livestock_farm"), "UNAPPROVED": ("outfall",), "NEAR-POND": ("road",)}  # fmt: skip
    pool = [one.model_copy(update={"kinds": words.get(one.id)}) for one in POOL]
    refused = {ZONES: frame(square(2500, 2500, 300))}
    inputs = Inputs({ZONES: zones, PONDS: layer([pond], "ponds")}, refused, {}, [], [], [])
    entry = LayerEntry(kind=ZONES, path="zones.gpkg")
    project = Project(
        title="drawn", language="en", as_of=DAY, folder=Path(), layer=(entry,), zones_complete_within_metres=300
    )
    return project, rule_book(pool), inputs
