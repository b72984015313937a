"""Pairs of subjects and zones that stand in a relation, with their measures in ground metres.

A relation gives the pairs in which it holds and those in which it cannot be decided, because the
positions may be wrong by more than the pair's margin. What is near what, and how far, comes from
`gis.nearby`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.metres import Floats, ground_area, ground_length
from gis.nearby import EDGE_METRES, Measured, Targets, geometries, measure, targets
from gis.overlap import Overlap, overlap

__all__ = [
    "PAIR_COLUMNS",
    "RELATIONS",
    "Targets",
    "covered_share",
    "covered_share_of",
    "crosses",
    "inside",
    "targets",
    "within",
]

PAIR_COLUMNS = (
    "subject",  # position of the row in the subjects
    "zone",  # position of the row in the zones
    "holds",  # whether the relation holds for the positions as given
    "certain",  # whether it would still be so, were the positions wrong by `doubt_m`
    "distance_m",  # shortest distance, 0 where they meet
    "depth_m",  # distance of an inside subject from the zone's boundary; NaN for one outside
    "overlap_m2",  # area inside, for areas; else NaN
    "overlap_m",  # length inside, for lines; else NaN
    "overlap_share",  # share of the subject's area or length inside; else NaN
    "margin_m",  # how far the positions may be wrong before the answer changes
    "doubt_m",  # how far they may be wrong: accuracy of the subject plus that of the zone
)


def inside(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float = 0.0) -> pd.DataFrame:
    """Pairs in which a point lies in a zone, an area overlaps it, or a line runs within it.

    Gives `PAIR_COLUMNS`, sorted by subject and zone. Areas and lines need common interior: one that
    only touches is not inside. A point on the boundary is a pair that holds and is not certain.
    """
    del metres  # the same signature for every relation
    return inside_of(measure(subjects, zones, metres=0.0))


def crosses(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float = 0.0) -> pd.DataFrame:
    """Pairs in which a line has length, or an area has a part, in the interior of a zone.

    As `inside`; but a point cannot cross anything: one that lies in the zone, or may lie in it,
    is a pair that does not hold and is not certain.
    """
    return crosses_of(inside(subjects, zones, metres=metres), subjects)


def within(subjects: gpd.GeoDataFrame, zones: Targets, *, metres: float) -> pd.DataFrame:
    """Pairs in which a subject is not inside a zone and at most `metres` away from it.

    Gives `PAIR_COLUMNS`. Exactly `metres` away still counts. The margin is the way to the nearer
    of the two changes: out of reach, or into the zone. Lines and points have no inside: what a river
    runs through is 0 m away from it, not inside.
    """
    return within_of(measure(subjects, zones, metres=metres), metres=metres)


RELATIONS: Mapping[str, Callable[..., pd.DataFrame]] = {"inside": inside, "crosses": crosses, "within": within}


def inside_of(pairs: Measured) -> pd.DataFrame:
    """As `inside`, from pairs measured before."""
    holds = pairs.interior | (pairs.is_point & _meets(pairs))
    margin = np.where(holds, pairs.depth, pairs.distance)
    extended = holds & ~pairs.is_point
    common = overlap(pairs, extended)
    margin[extended] = common.margin[extended]
    holds &= pairs.is_point | (margin > EDGE_METRES)
    margin = np.where(extended & ~holds, 0.0, margin)
    return _table(pairs, holds, margin, common, edge=pairs.is_point)


def crosses_of(pairs: pd.DataFrame, subjects: gpd.GeoDataFrame) -> pd.DataFrame:
    """As `crosses`, from the pairs that `inside` gave for the subjects."""
    points = shapely.get_dimensions(geometries(subjects))[pairs["subject"].to_numpy()] == 0
    return pairs.assign(holds=pairs["holds"] & ~points, certain=pairs["certain"] & ~points)


def within_of(pairs: Measured, *, metres: float) -> pd.DataFrame:
    """As `within`, from pairs measured before, to `metres` or farther."""
    distance = pairs.distance
    area = shapely.get_dimensions(pairs.zones.geometry)[pairs.zone] == 2
    inside = _inside(pairs, area)
    holds = ~inside & (distance <= metres + EDGE_METRES)
    left = np.maximum(metres - distance, 0.0)
    margin = np.where(holds, np.where(area, np.minimum(left, distance), left), distance - metres)
    margin = np.where(inside, np.nan_to_num(pairs.depth), margin)
    none = overlap(pairs, np.zeros(len(holds), bool))
    return _table(pairs, holds, margin, none, edge=pairs.is_point & area & (distance <= EDGE_METRES))


def _inside(pairs: Measured, area: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is in a zone that is an area; what is in it by no more than `EDGE_METRES` touches it, and is near it."""
    inside = pairs.interior & area
    extended = inside & ~pairs.is_point
    if extended.any():
        inside &= ~extended | ~(overlap(pairs, extended).margin <= EDGE_METRES)
    return inside


def covered_share(subjects: gpd.GeoDataFrame, zones: Targets) -> Floats:
    """The share of each subject that lies in any of the zones, overlapping zones counted once; 0 to 1.

    Of the area for areas, of the length for lines, 0 or 1 for points (a point on an edge counts).
    """
    return covered_share_of(measure(subjects, zones, metres=0.0))


def covered_share_of(pairs: Measured) -> Floats:
    """As `covered_share`, from pairs measured before, for every subject that was measured."""
    share = np.zeros(len(pairs.subjects))
    share[pairs.subject[pairs.whole | (_meets(pairs) & pairs.is_point)]] = 1.0
    rows = np.flatnonzero(pairs.meets & (share[pairs.subject] == 0))
    rows = rows[np.argsort(pairs.subject[rows], kind="stable")]
    subjects, starts = np.unique(pairs.subject[rows], return_index=True)

    def covered(place: int) -> float:
        stop = starts[place + 1] if place + 1 < len(starts) else len(rows)
        subject = pairs.subjects[subjects[place]]
        joined = shapely.union_all(pairs.zones.geometry[pairs.zone[rows[starts[place] : stop]]])
        parts = np.array([shapely.intersection(subject, joined), subject], dtype=object)
        measured = ground_area(parts) if ground_area(parts[1:])[0] else ground_length(parts)
        return min(float(measured[0] / measured[1]), 1.0)

    share[subjects] = [covered(place) for place in range(len(subjects))]
    return share


def _meets(pairs: Measured) -> NDArray[np.bool_]:
    """Whether the two share a place, also within `EDGE_METRES`."""
    return pairs.meets | (pairs.distance <= EDGE_METRES)


def _table(
    pairs: Measured, holds: NDArray[np.bool_], margin: Floats, common: Overlap, *, edge: NDArray[np.bool_]
) -> pd.DataFrame:
    """The pairs that hold or are in doubt, as `PAIR_COLUMNS`, sorted by subject and zone.

    `edge` marks the pairs that are in doubt within `EDGE_METRES` of the boundary even where no
    accuracy is stated: points.
    """
    certain = (margin > pairs.doubt) | ((pairs.doubt <= 0) & ~edge)
    certain &= ~(edge & (margin <= EDGE_METRES))
    keep = np.flatnonzero(holds | ~certain)
    keep = keep[np.argsort(pairs.subject[keep] * len(pairs.zones.doubt) + pairs.zone[keep], kind="stable")]
    meets = _meets(pairs)
    columns = {
        "subject": pairs.subject,
        "zone": pairs.zone,
        "holds": holds,
        "certain": certain,
        "distance_m": np.where(meets, 0.0, pairs.distance),
        "depth_m": np.where(meets & (holds | pairs.interior), pairs.depth, np.nan),
        "overlap_m2": common.square_metres,
        "overlap_m": common.metres,
        "overlap_share": common.share,
        "margin_m": margin,
        "doubt_m": pairs.doubt,
    }
    return pd.DataFrame({name: columns[name][keep] for name in PAIR_COLUMNS})
