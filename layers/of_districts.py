"""Which district each site lies in: told on the map, decides nothing."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

NO_DISTRICT = -1


def district_rows(sites: gpd.GeoDataFrame, districts: gpd.GeoDataFrame | None) -> NDArray[np.int64] | None:
    """The row of `districts` that each site's place (`lon`, `lat`) lies in, -1 where in none; None without districts.

    On a boundary, or where districts overlap, it is the first of them by id.
    """
    if districts is None or not len(districts):
        return None
    of_site = np.full(len(sites), NO_DISTRICT, dtype=np.int64)
    lon, lat = (sites[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("lon", "lat"))
    placed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    outlines = np.asarray(districts.geometry.to_numpy(), dtype=object)
    # A tree of the points: so each outline, which has the many vertices, is prepared once and asked for all of them.
    outline, point = shapely.STRtree(shapely.points(lon[placed], lat[placed])).query(outlines, predicate="intersects")
    first = np.argsort(np.argsort(districts["district_id"].fillna("").astype(str).to_numpy(), kind="stable"))
    last_wins = np.argsort(-first[outline], kind="stable")
    of_site[placed[point[last_wins]]] = outline[last_wins]
    return of_site
