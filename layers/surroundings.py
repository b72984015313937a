"""What the sites are judged against: the rules in force and the layers that they relate a site to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis import nearby
from gis.exact import candidates
from gis.kept import Kept, digest
from gis.nearby import Targets
from gis.outlines import Outlines, keep_outlines, kept_outlines, outlines
from layers import coverage
from layers.coverage import Codes, CompleteIn, Extent
from layers.nesting import bytes_of_nesting, nesting, nesting_of
from layers.programs import programs
from layers.row_hashes import Hashes, row_hashes
from layers.rule_book import ZONES, Rule, RuleSet
from layers.zone_versions import with_first_days

SUBJECT_ID = {
    "pollution_sources": "source_id",
    "remediation_sites": "site_id",
    "river_sections": "section_id",
    ZONES: "zone_id",
}
TARGET_ID = {
    ZONES: "zone_id",
    "water_bodies": "water_body_id",
    "rivers": "river_id",
    "intakes": "intake_id",
    "districts": "district_id",
}
# Sites, which have a row in sites.csv; and all layers that rules judge.
SUBJECT_LAYERS = ("pollution_sources", "remediation_sites")
RULED_LAYERS = tuple(SUBJECT_ID)
# What answers say of a zone or follow from, besides its id and its place.
_TOLD = ("name", "level", "medium", "located_to_metres")


Box = tuple[float, float, float, float]  # west, south, east, north in degrees


class Reach(NamedTuple):
    """How far around a site a rule looks, and in which layer."""

    of: str
    metres: float


class Look(NamedTuple):
    """What a layer looked like: the bits and box of each row, and how wrong its outline may be (metres)."""

    bits: Hashes
    boxes: NDArray[np.float64]
    doubt: NDArray[np.float64]


class Neighbours(NamedTuple):
    """What sites in a box may see: rows of each layer, which rows of the whole layer these are, and refused ones.

    `box` (west, south, east, north in degrees; None for nowhere) is where the sites may lie, `doubt` how many metres
    their places may be wrong at most.
    """

    frames: Mapping[str, gpd.GeoDataFrame]
    rows: Mapping[str, NDArray[np.intp]]
    refused: Mapping[str, gpd.GeoDataFrame]
    box: Box | None
    doubt: float

    def hold(self, sites: gpd.GeoDataFrame) -> bool:
        """Whether these are all that the sites can see."""
        found = box_of(sites)
        if found is None:
            return True
        doubt = float(nearby.accuracy_of(sites).max(initial=0.0))
        box = self.box
        return doubt <= self.doubt and box is not None and holds(box, found)


class Surroundings:
    """The rules in force on a day and the layers they relate to, made ready once and asked for any sites.

    `frames` are those of `layers.load` (EPSG:4326, canonical columns); protection zones not in force on the day are
    left out. `refused` holds, per kind, the places of rows that were not accepted. `complete_within_metres` and
    `complete_in` say where layers are complete (`layers.coverage.complete_extent`), `data_until` per kind the last day
    for which its data may be relied on. What is slow to work out is kept in `kept` for the next run. Rules that are
    `left_out` are not asked.
    """

    def __init__(
        self,
        frames: Mapping[str, gpd.GeoDataFrame],
        rules: RuleSet,
        *,
        as_of: date,
        refused: Mapping[str, gpd.GeoDataFrame] | None = None,
        complete_within_metres: float = 0.0,
        complete_in: CompleteIn = (),
        data_until: Mapping[str, date] | None = None,
        kept: Kept | None = None,
    ) -> None:
        subjects = [layer for layer in RULED_LAYERS if layer in frames]
        self.rules, self.as_of, self.refused = rules, as_of, refused or {}
        self.complete_within_metres, self.complete_in = complete_within_metres, complete_in
        self.out_of_date = {kind: day for kind, day in (data_until or {}).items() if day < as_of}
        without = {rule.id for rule in left_out(rules, frames, as_of)}
        in_force = [rule for rule in rules.in_force(as_of) if rule.id not in without]
        self._rules_of = {layer: [rule for rule in in_force if rule.subject == layer] for layer in subjects}
        related = {of for layer in subjects for of in self.related_to(layer)} | {ZONES}
        self.frames = {of: frames[of] for of in (*sorted(related), "districts") if of in frames}
        if ZONES in self.frames:
            self.frames[ZONES] = coverage.in_force(with_first_days(self.frames[ZONES]), as_of.isoformat())
        self._kept = kept or Kept(None)
        self._targets: dict[str, Targets] = {}
        self._looks: dict[str, Look] = {}

    @cached_property
    def extents(self) -> Mapping[str, Extent]:
        """Where each layer that a rule asks for is complete."""
        asked: list[str] = sorted({rule.of for own in self._rules_of.values() for rule in own if rule.relates})
        looks = [self.look(of) for of in (*asked, "districts")]
        stated = f"{asked} {self.complete_within_metres!r} {self.complete_in!r}"
        key = digest(programs(), stated, *(look.bits.tobytes() for look in looks))
        data = self._kept.get("extents", key)
        if data is not None:
            return coverage.extents_of(bytes(data))
        districts = self.frames.get("districts")
        extents = {
            of: coverage.complete_extent(
                self.frames.get(of),
                districts,
                metres=self.complete_within_metres,
                complete_in=self.complete_in if of == ZONES else (),
            )
            for of in asked
        }
        self._kept.put("extents", key, coverage.bytes_of(extents))
        return extents

    def rules_of(self, layer: str) -> Sequence[Rule]:
        """The rules in force that judge the sites of `layer`, in the order of the books."""
        return self._rules_of.get(layer, [])

    def reaches_of(self, layer: str) -> list[Reach]:
        """How far the rules of `layer` look, and where: each once, in the order of the rules."""
        return list(dict.fromkeys(reach_of(rule) for rule in self.rules_of(layer) if rule.relates))

    def related_to(self, layer: str) -> list[str]:
        """The layers that answers about `layer` follow from, besides the districts."""
        return sorted({ZONES} | {rule.of for rule in self.rules_of(layer) if rule.relates})

    def farthest(self, layer: str, of: str) -> float:
        """How far the farthest reaching rule between the two layers looks, in metres."""
        return max((reach.metres for reach in self.reaches_of(layer) if reach.of == of), default=0.0)

    @cached_property
    def nesting(self) -> pd.DataFrame:
        """How the zones in force lie to each other (`layers.nesting`): as levels where a book says that they nest."""
        zones, levels = self.frames.get(ZONES), self.rules.levels
        if zones is None:
            zones = gpd.GeoDataFrame({"zone_id": [], "name": [], "level": []}, geometry=[], crs="EPSG:4326")
        nested = any(book.nested for book in self.rules.books)
        told = json.dumps([nested, *([code, word.zh, word.en] for code, word in levels.items())])
        bits = row_hashes(zones, (TARGET_ID[ZONES], *_TOLD, "source_name"))
        key = digest(programs(), told, bits.tobytes())
        data = self._kept.get("nesting", key)
        if data is not None:
            return nesting_of(bytes(data))
        found = nesting(zones, list(levels), words=levels, nested=nested)
        self._kept.put("nesting", key, bytes_of_nesting(found))
        return found

    def look(self, of: str, *, refused: bool = False) -> Look:
        """How a layer, or the places of its refused rows, looks: nothing where it is absent."""
        name = f"{of}-refused" if refused else of
        if name not in self._looks:
            frame = self.refused.get(of) if refused else self.frames.get(of)
            self._looks[name] = _look(of, frame, self._asked_of(of))
        return self._looks[name]

    def _asked_of(self, of: str) -> list[str]:
        """The attributes of a layer that rules ask for."""
        rules = [rule for own in self._rules_of.values() for rule in own if rule.of == of]
        return sorted({name for rule in rules for name in rule.zone_where})

    def targets(self, of: str) -> Targets:
        """The rows of a layer made ready to be related to sites; none where the layer is absent."""
        if of not in self._targets:
            frame = self.frames[of] if of in self.frames else gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")
            self._targets[of] = Targets(
                lambda: nearby.geometries(frame), lambda: self._outlines(of, frame), nearby.accuracy_of(frame)
            )
        return self._targets[of]

    def _outlines(self, of: str, frame: gpd.GeoDataFrame) -> Outlines:
        """The outlines of a layer made ready for the compiled engine, once for each content of the layer."""
        name, key = f"outlines-{of.replace('_', '-')}", digest(programs(), self.look(of).bits.tobytes())
        lines = kept_outlines(self._kept, name, key)
        if lines is None:
            lines = outlines(nearby.geometries(frame))
            keep_outlines(self._kept, name, key, lines)
        return lines

    def blind_spots(self, sites: gpd.GeoDataFrame, layer: str) -> Codes:
        """Per site (row) and reach (column) why a rule of that reach is not assessed there, 0 where it is."""
        reaches = self.reaches_of(layer)
        codes = np.zeros((len(sites), len(reaches)), dtype=np.int8)
        for of in {reach.of for reach in reaches}:
            columns = [column for column, reach in enumerate(reaches) if reach.of == of]
            codes[:, columns] = coverage.blind_spots(
                sites,
                self.extents[of],
                self.frames.get("districts"),
                self.refused.get(of),
                reaches=[reaches[column].metres for column in columns],
                out_of_date=bool({of, layer} & self.out_of_date.keys()),
            )
        return codes

    def relied_on_until(self, rule: Rule) -> date | None:
        """The day until which the data of the rule may be relied on, where that is past; None where it is not."""
        needed = (rule.subject, rule.of) if rule.relates else (rule.subject,)
        return min((self.out_of_date[kind] for kind in needed if kind in self.out_of_date), default=None)

    def around(self, sites: gpd.GeoDataFrame, layer: str) -> tuple[Surroundings, Mapping[str, NDArray[np.intp]]]:
        """As much of these surroundings as the rules of `layer` can see from `sites`, and which rows those are.

        For few sites among many zones, where making all zones ready would cost more than the answers.
        """
        rows = {of: self._seen(of, sites, layer) for of in self.related_to(layer) if of in self.frames}
        seen = {of: self.frames[of].iloc[positions].reset_index(drop=True) for of, positions in rows.items()}
        return self._with(self.frames | seen, self.refused), rows

    def neighbours(self, layer: str, box: Box | None, doubt: float) -> Neighbours:
        """All that the rules of `layer` can see from sites in `box` whose places are at most `doubt` metres wrong."""
        wanted = [of for of in dict.fromkeys((*self.related_to(layer), "districts")) if of in self.frames]
        rows = {of: self._in_reach(self.frames[of], of, layer, box, doubt) for of in wanted}
        near = {of: self._in_reach(self.refused[of], of, layer, box, doubt) for of in wanted if of in self.refused}
        return Neighbours(
            {of: self.frames[of].iloc[seen].reset_index(drop=True) for of, seen in rows.items()},
            rows,
            {of: self.refused[of].iloc[seen].reset_index(drop=True) for of, seen in near.items()},
            box,
            doubt,
        )

    def _in_reach(
        self, frame: gpd.GeoDataFrame, of: str, layer: str, box: Box | None, doubt: float
    ) -> NDArray[np.intp]:
        if box is None:
            return np.zeros(0, dtype=np.intp)
        margin = np.array([self.farthest(layer, of) + doubt + 2 * nearby.EDGE_METRES])
        boxes = shapely.bounds(nearby.geometries(frame)).reshape(-1, 4)
        return candidates(np.array([shapely.box(*box)], dtype=object), margin, boxes, nearby.accuracy_of(frame))[1]

    def bare(self) -> Surroundings:
        """These without any row of a layer, to be sent to where sites are judged, and there given `among`."""
        return self._with({}, {})

    def among(self, near: Neighbours) -> Surroundings:
        """These with no other rows of layers than those."""
        return self._with(near.frames, near.refused)

    def _with(self, frames: Mapping[str, gpd.GeoDataFrame], refused: Mapping[str, gpd.GeoDataFrame]) -> Surroundings:
        part = object.__new__(Surroundings)
        part.__dict__.update(self.__dict__, extents=self.extents, _targets={}, _looks={}, _kept=Kept(None))
        part.frames, part.refused = dict(frames), refused
        return part

    def _seen(self, of: str, sites: gpd.GeoDataFrame, layer: str) -> NDArray[np.intp]:
        look, reach = self.look(of), self.farthest(layer, of) + 2 * nearby.EDGE_METRES
        margin = reach + nearby.accuracy_of(sites)
        return np.unique(candidates(nearby.geometries(sites), margin, look.boxes, look.doubt)[1])


def box_of(frame: gpd.GeoDataFrame) -> Box | None:
    """The box around all rows; None where there is no row."""
    if not len(frame):
        return None
    west, south, east, north = (float(side) for side in shapely.total_bounds(nearby.geometries(frame)))
    return west, south, east, north


def holds(box: Box, other: Box) -> bool:
    """Whether `other` lies in `box`."""
    return box[0] <= other[0] and box[1] <= other[1] and other[2] <= box[2] and other[3] <= box[3]


def kinds_of(sites: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """The kind of each site, "" where none is given (remediation sites need none)."""
    if "kind" not in sites:
        return np.full(len(sites), "", dtype=object)
    return np.asarray(sites["kind"].fillna("").to_numpy(), dtype=object)


def left_out(rules: RuleSet, frames: Mapping[str, gpd.GeoDataFrame], as_of: date) -> list[Rule]:
    """The rules in force that are not asked: prompts, in a book of law, about a layer that is not among `frames`.

    Where the law needs a layer, its absence leaves a site not assessed; a prompt of ours must not.
    """
    return [
        rule
        for rule in rules.in_force(as_of)
        if rule.statutory is False and rule.relates and rule.of != ZONES and rule.of not in frames
    ]


def reach_of(rule: Rule) -> Reach:
    """How far the rule looks; one that is not about a distance looks at the place itself."""
    return Reach(rule.of, rule.within_m or 0.0)


def _look(of: str, frame: gpd.GeoDataFrame | None, asked: Sequence[str]) -> Look:
    if frame is None:
        return Look(np.zeros(0, np.uint64), np.zeros((0, 4)), np.zeros(0))
    boxes = shapely.bounds(frame.geometry.to_numpy()).reshape(-1, 4)
    return Look(row_hashes(frame, (TARGET_ID[of], *_TOLD, *asked)), boxes, nearby.accuracy_of(frame))
