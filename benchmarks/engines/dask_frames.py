"""dask-geopandas on two worker processes: spatially shuffled points, its own sjoin over boxes as wide as the reach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engines import MERCATOR, REACH

Counts = dict[str, float]
WORKERS = 2
PARTITIONS = 8


def points(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    import dask_geopandas
    import geopandas
    import numpy as np
    import pandas as pd
    from distributed import Client, LocalCluster

    cluster = LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None)
    client = Client(cluster)

    def measured(pairs: geopandas.GeoDataFrame, plane: np.ndarray) -> pd.DataFrame:
        """Distances of candidates whose boxes meet a zone; those beyond the reach left out."""
        places = geopandas.GeoSeries.from_xy(pairs["x"].to_numpy(), pairs["y"].to_numpy())
        zone = pairs["zone"].to_numpy()
        metres = places.distance(geopandas.GeoSeries(plane[zone])).to_numpy() * pairs["scale"].to_numpy()
        table = pd.DataFrame({"point": pairs["pid"].to_numpy(), "zone": zone, "metres": metres})
        return table[metres <= REACH]

    def boxed(sites: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
        """Points in Mercator as boxes that reach as far as asked on the ground."""
        scale = np.cos(np.radians(sites.geometry.y.to_numpy()))
        flat = sites.geometry.to_crs(MERCATOR)
        boxes = flat.buffer(REACH / scale, cap_style="square")
        columns = {"pid": sites["pid"], "x": flat.x, "y": flat.y, "scale": scale}
        return geopandas.GeoDataFrame(columns, geometry=boxes, crs=MERCATOR)

    def work() -> Counts:
        try:
            plane = geopandas.read_parquet(zones, columns=["geometry"]).to_crs(MERCATOR)
            plane["zone"] = np.arange(len(plane))
            sites = geopandas.read_parquet(subjects, columns=["pid", "geometry"])
            spread = dask_geopandas.from_geopandas(sites, npartitions=PARTITIONS).spatial_shuffle()
            boxes = spread.map_partitions(boxed, meta=boxed(sites.iloc[:0]))
            around = dask_geopandas.from_geopandas(plane, npartitions=PARTITIONS).spatial_shuffle()
            candidates = dask_geopandas.sjoin(boxes, around, predicate="intersects")
            outlines = client.scatter(plane.geometry.to_numpy(), broadcast=True)
            empty = pd.DataFrame({"point": np.zeros(0, int), "zone": np.zeros(0, int), "metres": np.zeros(0)})
            table = candidates.map_partitions(measured, outlines, meta=empty).compute()
            table.to_parquet(out)
            inside = int((table["metres"] == 0).sum())
            return {"inside": inside, "near": len(table) - inside}
        finally:
            client.close()
            cluster.close()

    return work
