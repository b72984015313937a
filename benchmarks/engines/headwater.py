"""Headwater itself: compiled where numba is, else shapely's calls; metres on the ellipsoid.

The one place to change when the engine's functions do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines import REACH

Counts = dict[str, float]
ROOT = Path(__file__).resolve().parent.parent.parent


def points(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return points_with(subjects, zones, out)


def points_with(subjects: Path, zones: Path, out: Path, keeper: Any = None) -> Callable[[], Counts]:
    """The job `points`, its zones taken from a keeper of prepared outlines where one is given."""
    _ready()
    import pyarrow as pa
    import pyarrow.parquet as pq

    from gis.cores import spread
    from gis.geoparquet import wkb_chunks
    from gis.nearby import file_targets, join_places
    from gis.points import wkb_places

    def read_places() -> Any:
        return wkb_places(pa.chunked_array(list(wkb_chunks(subjects, rows=1 << 16))))

    def work() -> Counts:
        places, ready = spread(lambda read: read(), [read_places, lambda: file_targets(zones, keeper=keeper)])
        pairs = join_places(*places, ready, metres=REACH)
        columns = {"point": pairs.place, "zone": pairs.zone, "inside": pairs.meets, "metres": pairs.metres}
        pq.write_table(pa.table(columns), out)
        return {"inside": int(pairs.meets.sum()), "near": int((~pairs.meets).sum())}

    return work


def areas(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _shapes(subjects, zones, out, measure="overlap_m2")


def lines(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _shapes(subjects, zones, out, measure="overlap_m")


def _shapes(subjects: Path, zones: Path, out: Path, *, measure: str) -> Callable[[], Counts]:
    """Areas or lines: what part of each lies in a zone, and what lies within reach of one."""
    _ready()
    import geopandas
    import pandas as pd

    from gis import nearby, relate

    def work() -> Counts:
        # CGCS2000 and WGS 84 agree to a tenth of a millimetre, so its degrees are taken as they are.
        frame = geopandas.read_parquet(subjects, columns=["geometry"]).set_crs(4326, allow_override=True)
        pairs = nearby.measure(frame, nearby.file_targets(zones), metres=REACH)
        inside, near = relate.inside_of(pairs), relate.within_of(pairs, metres=REACH)
        inside, near = inside[inside["holds"]], near[near["holds"]]
        pd.concat([inside, near]).to_parquet(out)
        measures = {"overlap": float(inside[measure].sum()), "share": float(inside["overlap_share"].sum())}
        return {"inside": len(inside), "near": len(near), **measures}

    return work


def _ready() -> None:
    sys.path.insert(0, str(ROOT))
    from gis.nearby import engine

    if engine() == "fast":
        from gis import kernel  # noqa: F401 - an import, as the others' own
