"""A project whose sources are a GeoParquet set with everything in it that parts could get wrong."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from tests.projects import HEADER, small_zones
from tests.shapes import frame, laid_down, square

LAYERS = (
    '[[layer]]\nkind = "pollution_sources"\npath = "data/first.csv"\nlocated_to_metres = 20\n'
    '[[layer]]\nkind = "protection_zones"\npath = "data/zones.gpkg"\n'
    '[[layer]]\nkind = "pollution_sources"\npath = "data/sources"\n'
    '[[layer]]\nkind = "remediation_sites"\npath = "data/ledger.parquet"\n'
    '[[layer]]\nkind = "pollution_sources"\npath = "data/last.csv"\n'
)
KINDS = ("outfall", "cropland", "landfill", "road", "industry")


def set_project(folder: Path, *, layers: str = LAYERS, seed: int = 1) -> Path:
    """Sources of all shapes in five parts, one empty and one with an unknown kind only, between two tables.

    Ids repeat inside a part, across parts and across tables; a zone is refused; ledger rows are about sources of
    other parts, of a table, and of none.
    """
    data = folder / "data"
    (data / "sources").mkdir(parents=True)
    bow_tie = "POLYGON ((4000 0, 5000 1000, 5000 0, 4000 1000, 4000 0))"
    zones = pd.concat([small_zones(), frame(bow_tie, 编号=["Z3"], 名称=["坏区"], 级别=["一级"])], ignore_index=True)
    zones.to_file(data / "zones.gpkg", layer="zones")
    whole = _sources(np.random.default_rng(seed))
    cuts = [0, 40, 80, 80, 110, len(whole)]
    for part, (start, end) in enumerate(pairwise(cuts)):
        whole.iloc[start:end].to_parquet(data / "sources" / f"part.{part}.parquet")
    _table(data / "first.csv", ["S3", "T1", "T1", "T2"])  # S3 is in the set as well
    _table(data / "last.csv", ["S90", "T3", "T2", "T4"])
    about = ["S5", "S100", "T4", "nobody", None, "S5"]
    ledger = frame(*(f"POINT ({500 * at} 700)" for at in range(6)))
    ledger["site_id"] = [f"R{at}" for at in range(6)]
    ledger["name"], ledger["source_id"] = "整改", about
    ledger["status"] = ["behind", "closed", "not_started", "accepted", "behind", "reopened"]
    ledger["deadline"] = ["2017-10-31", None, "2017-12-31", "2017-01-01", "2017-10-31", "2017-11-30"]
    ledger["responsible_unit"] = "水务局"
    ledger.to_parquet(data / "ledger.parquet")
    (folder / "headwater.toml").write_text(HEADER.format(language="zh") + layers, encoding="utf-8")
    return folder


def _sources(random: np.random.Generator) -> gpd.GeoDataFrame:
    shapes = [_shape(random, at) for at in range(150)]
    ids = [f"S{at}" for at in range(150)]
    ids[45], ids[90], ids[91], ids[120], ids[121] = "S3", "S44", "S90", "S120", "S120"
    shapes[121] = shapes[120]
    kinds = random.choice(KINDS, 150).tolist()
    kinds[7] = "no such kind"
    kinds[80:110] = ["what is this"] * 30  # nothing of this part is accepted
    kinds[90] = kinds[91] = "outfall"  # but these
    located = [None if at % 3 else 15.0 for at in range(150)]
    located[130] = 400.0
    unit = [None if at % 2 else "甲" for at in range(150)]
    columns = {"source_id": ids, "name": [f"源{at}" for at in range(150)], "kind": kinds, "备注": unit}
    columns |= {"located_to_metres": located, "operating": ["运行", None, "关闭"] * 50}
    made = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")
    made.loc[20, "geometry"] = None
    return made


def _shape(random: np.random.Generator, at: int) -> shapely.Geometry:
    x, y = random.uniform(-600, 1700, 2).round(1) if at % 2 else random.uniform(-3000, 6000, 2).round(1)
    if at % 5 == 0:
        return laid_down(square(x, y, 300))
    if at % 7 == 0:
        return laid_down(f"LINESTRING ({x} {y}, {x + 900} {y + 200})")
    return laid_down(f"POINT ({x} {y})")


def _table(path: Path, ids: list[str]) -> None:
    places = [laid_down(f"POINT ({700 * at} 400)") for at in range(len(ids))]
    columns = {
        "source_id": ids,
        "name": "表中",
        "kind": "outfall",
        "经度": [p.x for p in places],
        "纬度": [p.y for p in places],
    }
    pd.DataFrame(columns).to_csv(path, index=False)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
