"""How well places fit the things they belong to, as they stand and with the offset of a Chinese web map taken back."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.datum import OFFSETS
from gis.metres import radii

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

# Where GCJ-02 offsets anything: nothing beyond is ever suspected.
CHINA = (73.0, 17.5, 135.5, 54.0)
# Of large tables so many places are enough.
MOST_PLACES = 2000
# A place further away than this belongs to nothing it is compared with; the offsets are 300 to 1,200 m.
NEAR_METRES = 2500.0
# The fit must become so much better: the median distance at most this share of what it was, and so many metres less,
LEFT_SHARE, LEAST_DROP = 0.25, 50.0
# better in this share of the places,
BETTER_SHARE = 0.8
# and better than the same distance in any other direction by this share of the drop: places that lie beside a river by
# chance come nearer to it in several directions, places that are offset in one.
OTHER_SHARE = 0.25
_OTHER_WAYS = np.radians(np.arange(45, 360, 45))


class Target(Protocol):
    """What places are compared with."""

    def distances(self, x: Floats, y: Floats) -> Floats:
        """Metres from each place to what it belongs to, 0 within it."""
        ...


class Plane:
    """Metres east and north of the equator and the prime meridian, true to scale at one latitude."""

    def __init__(self, latitude: float) -> None:
        meridian, prime_vertical = (float(radius) for radius in radii(np.array(latitude)))
        self.scale = np.radians(1.0) * np.array([prime_vertical * np.cos(np.radians(latitude)), meridian])

    def metres(self, geometry: Objects) -> Objects:
        """`geometry` (lon, lat) in metres."""
        moved: Objects = shapely.transform(geometry, lambda places: places * self.scale)
        return moved

    def displacement(self, lon: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]:
        """By how many metres east and north places move when the offset of `datum` is taken back."""
        true_lon, true_lat = OFFSETS[datum](lon, lat)
        return (true_lon - lon) * self.scale[0], (true_lat - lat) * self.scale[1]


class Comparison(NamedTuple):
    """Places in degrees, what they are compared with in metres of `plane`, and how many are enough.

    `backwards`: it is not the places that may be offset but what they are compared with.
    """

    compared: str
    lon: Floats
    lat: Floats
    plane: Plane
    target: Target
    enough: int
    backwards: bool = False


class Fit(NamedTuple):
    """How a fit became better: compared with what, the median metres before and after, of how many places."""

    compared: str
    before: float
    after: float
    places: int


def in_china(geometry: Any) -> bool:
    """Whether all of a GeoSeries (lon, lat) lies in the box around China."""
    west, south, east, north = geometry.total_bounds
    return bool(west >= CHINA[0] and south >= CHINA[1] and east <= CHINA[2] and north <= CHINA[3])


def fit_of(comparison: Comparison, datum: str) -> Fit | None:
    """The fit with the offset of `datum` taken back, None unless it is clearly better than the fit as things stand.

    Clearly: `comparison.enough` places are near and not in place either way; of these the median distance falls to
    25 % and by 50 m, four fifths come nearer, and moved as far in any of seven other directions they fit much worse.
    """
    x, y, east, north = _moves(comparison, datum)
    before, after = comparison.target.distances(x, y), comparison.target.distances(x + east, y + north)
    telling = (np.minimum(before, after) <= NEAR_METRES) & (np.maximum(before, after) > 0)
    if telling.sum() < comparison.enough:
        return None
    fit = Fit(
        comparison.compared, float(np.median(before[telling])), float(np.median(after[telling])), int(telling.sum())
    )
    drop = fit.before - fit.after
    if fit.after > LEFT_SHARE * fit.before or drop < LEAST_DROP:
        return None
    if (after[telling] < before[telling]).mean() < BETTER_SHARE:
        return None
    for way in _OTHER_WAYS:
        turned = np.cos(way) * east - np.sin(way) * north, np.sin(way) * east + np.cos(way) * north
        elsewhere = comparison.target.distances(x + turned[0], y + turned[1])
        # Places within a polygon either way tell nothing; which these are is another matter for each direction.
        told = (np.minimum(elsewhere, after) <= NEAR_METRES) & (np.maximum(elsewhere, after) > 0)
        if not told.any() or np.median(elsewhere[told]) < np.median(after[told]) + OTHER_SHARE * drop:
            return None
    return fit


def share_against(comparison: Comparison, datum: str) -> float | None:
    """The distances as things stand as a share of those with the offset of `datum` taken back, where clearly less.

    None where the comparison does not speak for things as they stand.
    """
    x, y, east, north = _moves(comparison, datum)
    before, after = comparison.target.distances(x, y), comparison.target.distances(x + east, y + north)
    telling = (np.minimum(before, after) <= NEAR_METRES) & (np.maximum(before, after) > 0)
    if telling.sum() < comparison.enough:
        return None
    stands, moved = float(np.median(before[telling])), float(np.median(after[telling]))
    return stands / moved if stands <= LEFT_SHARE * moved and moved - stands >= LEAST_DROP else None


def _moves(comparison: Comparison, datum: str) -> tuple[Floats, Floats, Floats, Floats]:
    """The places in metres, and by how much they move against what they are compared with."""
    east, north = comparison.plane.displacement(comparison.lon, comparison.lat, datum)
    if comparison.backwards:
        east, north = -east, -north
    return comparison.lon * comparison.plane.scale[0], comparison.lat * comparison.plane.scale[1], east, north
