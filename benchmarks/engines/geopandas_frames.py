"""geopandas: sjoin and overlay, distances in Web Mercator with the scale at the subject."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engines import MERCATOR, REACH

Counts = dict[str, float]


def points(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    import geopandas
    import numpy as np
    import pandas as pd

    def work() -> Counts:
        sites, outlines = (geopandas.read_parquet(path, columns=["geometry"]) for path in (subjects, zones))
        inside = geopandas.sjoin(sites, outlines, predicate="intersects")["index_right"]
        scale = np.cos(np.radians(sites.geometry.y.to_numpy()))
        flat, plane = sites.to_crs(MERCATOR), outlines.to_crs(MERCATOR)
        near = geopandas.sjoin(flat, plane, predicate="dwithin", distance=REACH / scale)["index_right"]
        rows = near.index.to_numpy()
        shapes = plane.geometry.to_numpy()[near.to_numpy()]
        metres = geopandas.GeoSeries(flat.geometry.to_numpy()[rows]).distance(geopandas.GeoSeries(shapes))
        table = pd.DataFrame({"point": rows, "zone": near.to_numpy(), "metres": metres.to_numpy() * scale[rows]})
        table["inside"] = table["metres"] == 0
        table.to_parquet(out)
        return {"inside": len(inside), "near": len(table) - len(inside)}

    return work


def areas(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _shapes(subjects, zones, out, measure="area", power=2)


def lines(subjects: Path, zones: Path, out: Path) -> Callable[[], Counts]:
    return _shapes(subjects, zones, out, measure="length", power=1)


def _shapes(subjects: Path, zones: Path, out: Path, *, measure: str, power: int) -> Callable[[], Counts]:
    import geopandas
    import numpy as np
    import pandas as pd

    def work() -> Counts:
        frame, outlines = (geopandas.read_parquet(path, columns=["geometry"]) for path in (subjects, zones))
        scale = np.cos(np.radians(frame.geometry.bounds[["miny", "maxy"]].mean(axis=1).to_numpy()))
        flat, plane = frame.to_crs(MERCATOR), outlines.to_crs(MERCATOR)
        flat["subject"], plane["zone"] = np.arange(len(flat)), np.arange(len(plane))
        parts = geopandas.overlay(flat, plane, how="intersection", keep_geom_type=True, make_valid=False)
        rows = parts["subject"].to_numpy()
        parts["overlap"] = getattr(parts.geometry, measure).to_numpy() * scale[rows] ** power
        parts["share"] = parts["overlap"].to_numpy() / (getattr(flat.geometry, measure).to_numpy() * scale**power)[rows]
        near = geopandas.sjoin(flat, plane[["geometry"]], predicate="dwithin", distance=REACH / scale)
        rows, places = near["subject"].to_numpy(), near["index_right"].to_numpy()
        first = geopandas.GeoSeries(flat.geometry.to_numpy()[rows])
        metres = first.distance(geopandas.GeoSeries(plane.geometry.to_numpy()[places])).to_numpy() * scale[rows]
        apart = metres > 0
        table = pd.DataFrame({"subject": rows[apart], "zone": places[apart], "metres": metres[apart]})
        pd.concat([parts.drop(columns="geometry"), table]).to_parquet(out)
        measures = {"overlap": float(parts["overlap"].sum()), "share": float(parts["share"].sum())}
        return {"inside": len(parts), "near": len(table), **measures}

    return work
