"""The largest error of our metres against GeographicLib, between 18 and 54 degrees north.

    python benchmarks/check_metres.py [--cases 20000] [--seed 2007]

Each case is a zone (a box of random size whose corner is the nearest place) and a point at a known
geodesic distance from that corner.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gis  # noqa: F401 - closes GDAL's side doors before geopandas comes

import geopandas as gpd  # isort: skip
import numpy as np  # isort: skip
import shapely  # isort: skip
from geographiclib.geodesic import Geodesic  # isort: skip

from gis import relate  # isort: skip


def largest_errors(*, cases: int, seed: int) -> dict[float, float]:
    """Distance in metres -> the largest relative error found at that distance."""
    random = np.random.default_rng(seed)
    errors = {}
    for far in (300.0, 1000.0, 3000.0, 5000.0, 30_000.0):
        worst = 0.0
        count = cases // 5
        latitudes, bearings = random.uniform(18, 54, count), random.uniform(5, 85, count)
        sizes = random.uniform(0.001, 0.3, (count, 2))
        ends = [Geodesic.WGS84.Direct(lat, 105.0, way, far) for lat, way in zip(latitudes, bearings, strict=True)]
        zones = shapely.box(105.0 - sizes[:, 0], latitudes - sizes[:, 1], np.full(count, 105.0), latitudes)
        places = shapely.points([end["lon2"] for end in ends], [end["lat2"] for end in ends])
        for row in range(count):
            target = relate.targets(gpd.GeoDataFrame(geometry=[zones[row]], crs=4326))
            subject = gpd.GeoDataFrame(geometry=[places[row]], crs=4326)
            found = relate.within(subject, target, metres=far * 1.01)["distance_m"].iloc[0]
            worst = max(worst, abs(found / far - 1))
        errors[far] = worst
    return errors


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=2007)
    given = parser.parse_args()
    for far, error in largest_errors(cases=given.cases, seed=given.seed).items():
        print(f"{far:8.0f} m  largest relative error {error:.1e}")
