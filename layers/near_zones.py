"""Footprints and what lies around them: the distance to every zone within a stated reach, the part inside, the margin.

Measured by the engine of the rules, so that a distance told here is the distance that an answer followed from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis import nearby, relate
from layers.footprints import SOURCES
from layers.rule_book import ZONES, Rule
from layers.surroundings import Surroundings

NEAR_COLUMNS = (
    "site",  # position of the footprint
    "target",  # position of the zone (or water body …) in its frame
    "inside",  # whether the footprint has a part in it; a point on the edge counts
    "distance_m",  # shortest distance on the ground, 0 where they meet
    "depth_m",  # of one that lies in it: how far a shift may go before nothing of it does; else NaN
    "overlap_m2",  # of areas: square metres inside; else NaN
    "overlap_m",  # of lines: metres inside; else NaN
    "overlap_share",  # of areas and lines: the share inside, 0 to 1; else NaN
)

Floats = NDArray[np.float64]


class Gap(NamedTuple):
    """Per footprint and rule how far the nearest target that the rule is about lies, and how far the rule's limit.

    `distance`: metres to that target, NaN where none is in reach. `margin`: metres to where the rule would begin to
    hold, NaN where none is in reach; 0 where the footprint touches. `target`: its position, or -1.
    """

    distance: Floats
    margin: Floats
    target: NDArray[np.intp]


def near(footprints: gpd.GeoDataFrame, around: Surroundings, of: str, *, metres: float) -> pd.DataFrame:
    """Every footprint and row of the layer `of` at most `metres` apart: NEAR_COLUMNS, the nearest first.

    None where the layer is absent. Lines and areas that only touch have no part inside.
    """
    measured = nearby.measure(footprints, around.targets(of), metres=metres)
    close = measured._replace(doubt=np.zeros(len(measured.doubt)))  # what holds for the positions as they are given
    inside = relate.inside_of(close)
    pairs = pd.DataFrame({"site": measured.subject, "target": measured.zone, "distance_m": measured.distance})
    pairs = pairs[pairs["distance_m"] <= metres + nearby.EDGE_METRES]
    held = inside[inside["holds"]].rename(columns={"subject": "site", "zone": "target", "margin_m": "within_m"})
    names = ["site", "target", "within_m", "overlap_m2", "overlap_m", "overlap_share"]
    found = pairs.merge(held[names], on=["site", "target"], how="left").rename(columns={"within_m": "depth_m"})
    found["inside"] = found["depth_m"].notna()
    dimension = shapely.get_dimensions(nearby.geometries(footprints))[found["site"].to_numpy(dtype=np.intp)]
    for name, of_dimension in (("overlap_m2", dimension == 2), ("overlap_m", dimension == 1)):
        found[name] = found[name].where(~(of_dimension & ~found["inside"]), 0.0)
    found["overlap_share"] = found["overlap_share"].where(~((dimension > 0) & ~found["inside"]), 0.0)
    found = found.sort_values(["site", "distance_m", "target"], kind="stable", ignore_index=True)
    return found[list(NEAR_COLUMNS)]


def reach_needed(around: Surroundings, of: str, metres: float) -> float:
    """How far to look so that both `metres` and every rule about that layer are covered."""
    return max(metres, around.farthest(SOURCES, of))


def gaps(
    footprints: gpd.GeoDataFrame,
    around: Surroundings,
    rules: Sequence[Sequence[Rule]],
    found: Mapping[str, pd.DataFrame],
) -> list[Gap]:
    """For every group of rules that answer as one, how far each footprint is from where one of them would hold.

    `found` holds what `near` gave for each layer. A margin only tells of the place: an attribute may decide otherwise.
    """
    return [_gap(len(footprints), around, group, found) for group in rules]


def _gap(count: int, around: Surroundings, group: Sequence[Rule], found: Mapping[str, pd.DataFrame]) -> Gap:
    distance, margin = np.full(count, np.inf), np.full(count, np.inf)
    target = np.full(count, -1, dtype=np.intp)
    for rule in group:
        pairs = found.get(rule.of)
        if not rule.placed or pairs is None or not len(pairs):
            continue
        pairs = pairs[fitting(rule, around)[pairs["target"].to_numpy(dtype=np.intp)]]
        site, metres = pairs["site"].to_numpy(dtype=np.intp), pairs["distance_m"].to_numpy()
        nearest = ~pairs["site"].duplicated().to_numpy()  # they are sorted by distance
        closer = nearest & (metres < distance[site])
        distance[site[closer]] = metres[closer]
        target[site[closer]] = pairs["target"].to_numpy(dtype=np.intp)[closer]
        np.minimum.at(margin, site, _to_limit(rule, pairs))
    distance[np.isinf(distance)], margin[np.isinf(margin)] = np.nan, np.nan
    return Gap(distance, margin, target)


def _to_limit(rule: Rule, pairs: pd.DataFrame) -> Floats:
    """Metres from each pair to where the rule would begin to hold."""
    distance = pairs["distance_m"].to_numpy(dtype=float)
    if rule.relation != "within":
        return np.asarray(distance)
    beyond = np.maximum(distance - (rule.within_m or 0.0), 0.0)
    return np.asarray(np.where(pairs["inside"], pairs["depth_m"], beyond), dtype=float)


def fitting(rule: Rule, around: Surroundings) -> NDArray[np.bool_]:
    """Which rows of the layer that the rule relates to it is about; one whose medium is not known may be."""
    frame = around.frames[rule.of]
    fits = np.ones(len(frame), dtype=bool)
    if rule.of != ZONES:
        return fits
    if rule.levels is not None:
        fits &= frame["level"].isin(rule.levels).to_numpy()
    if rule.medium is not None and "medium" in frame:
        fits &= (frame["medium"].isna() | (frame["medium"] == rule.medium)).to_numpy()
    return fits


def zones_told(pairs: pd.DataFrame, zones: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """The zone of each pair of `near`, as --json tells it: measures in ground metres, None for none."""
    names = ("zone_id", "name", "level", "source_name", "medium", "document", "valid_from")
    known = {name: zones[name].to_numpy(dtype=object) for name in names if name in zones}
    told = []
    for pair in pairs.itertuples(index=False):
        zone = {name: values[int(pair.target)] for name, values in known.items()}
        told.append(
            {
                **{name: None if value is None or value != value else value for name, value in zone.items()},
                "inside": bool(pair.inside),
                "distance_m": rounded(pair.distance_m, 3),
                "depth_m": rounded(pair.depth_m, 3),
                "overlap_m2": rounded(pair.overlap_m2, 2),
                "overlap_m": rounded(pair.overlap_m, 3),
                "overlap_share": rounded(pair.overlap_share, 6),
            }
        )
    return told


def rounded(value: Any, digits: int) -> float | None:
    """A measure for a file; None for NaN, and no -0.0."""
    return None if value is None or value != value else round(float(value), digits) + 0.0
