"""Ground lengths and areas on the ellipsoid from longitudes and latitudes, for arrays of shapely geometries.

An edge is straight in longitude and latitude between its two vertices, as the files that carry it
say. Lengths and areas follow that edge on the WGS 84 ellipsoid (CGCS2000 differs by 0.1 mm) by
Gauss quadrature, so they hold for any size. Distances: `gis.shortest`.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SEMI_MAJOR_AXIS = 6378137.0  # metres, WGS 84
FLATTENING = 1 / 298.257223563  # WGS 84
E2 = FLATTENING * (2 - FLATTENING)

# Three-point Gauss-Legendre on [0, 1]: exact to a relative 1e-12 for edges below 50 km.
_GAUSS = ((0.5 - np.sqrt(0.15), 5 / 18), (0.5, 8 / 18), (0.5 + np.sqrt(0.15), 5 / 18))


def radii(latitude: Floats) -> tuple[Floats, Floats]:
    """The meridian and prime-vertical radii of curvature in metres at latitudes in degrees."""
    w2 = 1 - E2 * np.sin(np.radians(latitude)) ** 2
    prime_vertical = SEMI_MAJOR_AXIS / np.sqrt(w2)
    return prime_vertical * (1 - E2) / w2, prime_vertical


def degrees_for(metres: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Degrees of longitude and of latitude that `metres` span at `latitude`, never too few.

    Made for boxes that must not miss anything: a 0.1 per cent is added, and near the poles the
    longitude is all the way round.
    """
    meridian, prime_vertical = radii(latitude)
    across = prime_vertical * np.cos(np.radians(np.minimum(np.abs(latitude) + 0.2, 90.0)))
    with np.errstate(divide="ignore"):
        lon = np.degrees(np.divide(metres, across)) * 1.001
    return np.where(across > 1e3, np.minimum(lon, 360.0), 360.0), np.degrees(metres / meridian) * 1.001


def ground_length(geometries: NDArray[np.object_]) -> Floats:
    """The length in metres of each line, or of each polygon's outline; 0 for points and for None."""
    start, end, owner = _edges(geometries)
    step = end - start
    metres = np.zeros(len(start))
    for place, weight in _GAUSS:
        latitude = start[:, 1] + place * step[:, 1]
        meridian, prime_vertical = radii(latitude)
        east = np.radians(step[:, 0]) * prime_vertical * np.cos(np.radians(latitude))
        metres += weight * np.hypot(east, np.radians(step[:, 1]) * meridian)
    return np.bincount(owner, metres, len(geometries)).astype(np.float64)


def ground_area(geometries: NDArray[np.object_]) -> Floats:
    """The area in square metres of each polygon or multipolygon, holes taken out; 0 for all else.

    Green's theorem with the authalic function: the ellipsoid between the equator and a latitude,
    per radian of longitude, measured from the middle latitude so that nothing cancels.
    """
    geometries = np.asarray(geometries, dtype=object)
    polygons = geometries.copy()
    polygons[~np.isin(shapely.get_type_id(geometries), (3, 6))] = None
    rings, owner = shapely.get_rings(shapely.get_parts(polygons), return_index=True)
    part_owner = shapely.get_parts(polygons, return_index=True)[1]
    exterior = np.r_[True, owner[1:] != owner[:-1]] if len(rings) else np.zeros(0, bool)
    start, end, ring = _edges(rings)
    if not len(start):
        return np.zeros(len(geometries))
    middle = _middle_latitudes(rings)[ring]
    mean = np.zeros(len(start))
    for place, weight in _GAUSS:
        mean += weight * _authalic(start[:, 1] + place * (end[:, 1] - start[:, 1]), middle)
    turned = np.bincount(ring, np.radians(end[:, 0] - start[:, 0]) * mean, len(rings))
    signed = np.where(exterior, 1.0, -1.0) * np.abs(turned)
    return np.bincount(part_owner[owner], signed, len(geometries)).astype(np.float64)


def _edges(geometries: NDArray[np.object_]) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Starts, ends and owners of all edges of lines and rings."""
    geometries = np.asarray(geometries, dtype=object)
    parts, owner = shapely.get_parts(geometries, return_index=True)
    kinds = shapely.get_type_id(parts)
    rings, ring_owner = shapely.get_rings(parts, return_index=True)
    lines = np.r_[parts[(kinds == 1) | (kinds == 2)], rings]
    owners = np.r_[owner[(kinds == 1) | (kinds == 2)], owner[ring_owner]]
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(line[1:] == line[:-1])
    return coordinates[joined], coordinates[joined + 1], owners[line[joined]]


def _middle_latitudes(rings: NDArray[np.object_]) -> Floats:
    bounds = shapely.bounds(rings)
    return np.asarray((bounds[:, 1] + bounds[:, 3]) / 2, dtype=float)


def _authalic(latitude: Floats, middle: Floats) -> Floats:
    """Square metres per radian of longitude between `middle` and `latitude`.

    The integral of M * N * cos over the latitude by Gauss, which keeps full relative precision for
    small zones where the closed form would subtract two nearly equal numbers.
    """
    total = np.zeros(len(latitude))
    step = latitude - middle
    for place, weight in _GAUSS:
        at = middle + place * step
        meridian, prime_vertical = radii(at)
        total += weight * meridian * prime_vertical * np.cos(np.radians(at))
    return total * np.radians(step)
