"""Changes to a project of `make_project.py`, the same ones every time: sites that moved, zones redrawn."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely


def change_sites(folder: Path, count: int) -> None:
    """Moves `count` sites, spread over the whole file, by about 100 m, and turns round whether they discharge."""
    path = folder / "data" / "sources.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = np.unique(np.linspace(0, len(table) - 1, count).astype(int)) if count else np.zeros(0, dtype=int)
    assert len(rows) == count, f"{count} rows to change of {len(table)}"
    table.loc[rows, "经度"] = (table.loc[rows, "经度"].astype(float) + 0.001).round(6).astype(str)
    table.loc[rows, "是否排污"] = table.loc[rows, "是否排污"].map({"是": "否", "否": "是", "": "是"})
    table.to_csv(path, index=False, encoding="utf-8")


def change_zones(folder: Path, count: int) -> None:
    """Widens `count` zones, spread over the whole file, by two per cent."""
    path = folder / "data" / "zones.gpkg"
    zones = gpd.read_file(path)
    rows = np.unique(np.linspace(0, len(zones) - 1, count).astype(int))
    geometry = zones.geometry.to_numpy().copy()
    for row in rows:
        geometry[row] = shapely.affinity.scale(geometry[row], 1.02, 1.02, origin="center")
    path.unlink()
    zones.set_geometry(gpd.GeoSeries(geometry, crs=zones.crs)).to_file(path, layer="zones")
