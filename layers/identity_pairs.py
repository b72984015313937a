"""Pairs of a row of this run and a row known before that may be one thing: how far apart, how alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.exact import candidates
from gis.metres import ground_length
from layers.rule import ZONES
from layers.words import fold

# Two places of one site are at most so far apart in true metres, or as far as the worse of both is known to.
SAME_SITE_METRES = 100.0
SAME_PLACE_METRES = 0.1  # corrected by nothing but rounding
# Two outlines are one zone where their common part is at least such a share of the larger of both.
SAME_ZONE_SHARE = 0.8
SAME_OUTLINE_SHARE = 0.999  # drawn anew by nothing but rounding
# Where the common part is at least such a share of the smaller one, both may be parts of one zone.
PART_OF_ZONE_SHARE = 0.2

Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Pairs(NamedTuple):
    """Pairs of positions in this run and in what was known.

    `one`: the same kind and name, near enough to be part of one another. `sure`: near enough to be the same. `exact`:
    at the same place. `other_name`: as near, of the same kind, but called otherwise.
    """

    now: Rows
    was: Rows
    metres: Floats
    one: Flags
    sure: Flags
    exact: Flags
    other_name: Flags

    def only(self, keep: Flags) -> Pairs:
        """Those of the pairs."""
        return Pairs(
            self.now[keep],
            self.was[keep],
            self.metres[keep],
            self.one[keep],
            self.sure[keep],
            self.exact[keep],
            self.other_name[keep],
        )


def metres_between(now: pd.DataFrame, was: pd.DataFrame, i: Rows, j: Rows) -> Floats:
    """True metres between the middles of the pairs."""
    ends = np.stack([_places(now)[i], _places(was)[j]], axis=1)
    return ground_length(shapely.linestrings(ends)) if len(i) else np.zeros(0)


def elsewhere(layer: str, now: pd.DataFrame, was: pd.DataFrame, i: Rows, j: Rows) -> Flags:
    """Of which pairs the places cannot be one: beyond the limit, or zones that have nothing in common."""
    if layer == ZONES:
        return np.asarray(_shares(now, was, i, j)[1] <= 0, dtype=bool)
    return np.asarray(metres_between(now, was, i, j) > _limit(now, was, i, j), dtype=bool)


def displaced(layer: str, now: pd.DataFrame, was: pd.DataFrame, i: Rows, j: Rows) -> Flags:
    """Of which pairs the places are not the very same."""
    if layer == ZONES:
        return np.asarray(_shares(now, was, i, j)[0] < SAME_OUTLINE_SHARE, dtype=bool)
    return np.asarray(metres_between(now, was, i, j) > SAME_PLACE_METRES, dtype=bool)


def renamed(now: pd.DataFrame, was: pd.DataFrame, i: Rows, j: Rows) -> Flags:
    """Of which pairs both names are given and differ, however they are spelled."""
    names = now["name"].to_numpy(dtype=object)[i], was["name"].to_numpy(dtype=object)[j]
    other = np.asarray(names[0] != names[1], dtype=bool) & (names[0] != "") & (names[1] != "")
    at = np.flatnonzero(other)
    other[at] = [fold(names[0][row]) != fold(names[1][row]) for row in at]
    return np.asarray(other, dtype=bool)


def pairs_of(layer: str, now: pd.DataFrame, was: pd.DataFrame, i: Rows, j: Rows) -> Pairs:
    """The pairs near each other of the rows `i` of this run with any known one, and of any with the known rows `j`."""
    first = _near(layer, now, was, i, np.arange(len(was)))
    second = _near(layer, now, was, np.arange(len(now)), j)
    both = np.unique(np.concatenate([first, second]), axis=0)
    one, other = both[:, 0], both[:, 1]
    kinds = now["kind"].to_numpy(dtype=object)[one] == was["kind"].to_numpy(dtype=object)[other]
    one, other = one[kinds], other[kinds]
    named = _named_alike(layer, now, was, one, other)
    metres = metres_between(now, was, one, other)
    if layer == ZONES:
        of_larger, of_smaller = _shares(now, was, one, other)
        near, part, exact = (
            of_larger >= SAME_ZONE_SHARE,
            of_smaller >= PART_OF_ZONE_SHARE,
            of_larger >= SAME_OUTLINE_SHARE,
        )
    else:
        near = part = metres <= _limit(now, was, one, other)
        exact = metres <= SAME_PLACE_METRES
    unnamed = named | (now["name"].to_numpy(dtype=object)[one] == "")
    return Pairs(one, other, metres, named & part, named & near, named & exact, ~unnamed & near)


def _near(layer: str, now: pd.DataFrame, was: pd.DataFrame, i: Rows, j: Rows) -> Rows:
    """Pairs of these rows that may be near enough, as two columns."""
    if not len(i) or not len(j):
        return np.zeros((0, 2), dtype=np.intp)
    if layer == ZONES:
        reach = [np.zeros(len(rows)) for rows in (i, j)]
        shapes = [shapely.from_wkb(side["outline"].to_numpy(dtype=object)[rows]) for side, rows in ((now, i), (was, j))]
    else:
        reach = [
            np.fmax(side["accuracy_m"].to_numpy(dtype=np.float64)[rows], SAME_SITE_METRES / 2)
            for side, rows in ((now, i), (was, j))
        ]
        shapes = [shapely.points(_places(side)[rows]) for side, rows in ((now, i), (was, j))]
    one, other = candidates(shapes[0], reach[0], shapely.bounds(shapes[1]), reach[1])
    return np.column_stack([i[one], j[other]]).astype(np.intp)


def _named_alike(layer: str, now: pd.DataFrame, was: pd.DataFrame, i: Rows, j: Rows) -> Flags:
    """Of which pairs the names are the same; zones may also share the name of their source."""
    alike = np.zeros(len(i), dtype=bool)
    for column in ("name", "source_name") if layer == ZONES else ("name",):
        both = [
            np.array([fold(text) for text in side[column].to_numpy(dtype=object)[rows]], dtype=object)
            for side, rows in ((now, i), (was, j))
        ]
        alike |= np.asarray((both[0] == both[1]) & (both[0] != ""), dtype=bool)
    return alike


def _shares(now: pd.DataFrame, was: pd.DataFrame, i: Rows, j: Rows) -> tuple[Floats, Floats]:
    """The common part of each pair of zones as a share of the larger, and of the smaller one."""
    if not len(i):
        return np.zeros(0), np.zeros(0)
    shapes = [
        shapely.make_valid(shapely.from_wkb(side["outline"].to_numpy(dtype=object)[rows]))
        for side, rows in ((now, i), (was, j))
    ]
    common, areas = shapely.area(shapely.intersection(*shapes)), [shapely.area(shape) for shape in shapes]
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [np.nan_to_num(common / of(*areas)) for of in (np.maximum, np.minimum)]
    return shares[0], shares[1]


def _limit(now: pd.DataFrame, was: pd.DataFrame, i: Rows, j: Rows) -> Floats:
    """How far apart two places of one site may be, by the accuracies of both."""
    stated = np.fmax(now["accuracy_m"].to_numpy(dtype=np.float64)[i], was["accuracy_m"].to_numpy(dtype=np.float64)[j])
    return np.asarray(np.fmax(stated, SAME_SITE_METRES), dtype=np.float64)


def _places(rows: pd.DataFrame) -> Floats:
    return np.asarray(rows[["lon", "lat"]].to_numpy(dtype=np.float64))
