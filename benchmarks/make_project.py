"""A project of any size from one seed: nested zones of 500 vertices and sources in clusters around them.

    python benchmarks/make_project.py FOLDER [--sites 100000] [--zones 2000] [--seed 2007]

Level-2 zones surround level-1 zones; one site in five lies near a zone, the others anywhere in the
hull. The same call writes the same features.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

VERTICES = 500
KINDS = ("outfall", "industry", "livestock_farm", "catering", "cropland", "building", "landfill", "petrol_station")


def make_project(folder: Path, *, sites: int, zones: int, seed: int) -> None:
    """Writes headwater.toml, data/zones.gpkg and data/sources.csv."""
    random = np.random.default_rng(seed)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    centres = np.column_stack([random.uniform(103.5, 107.5, zones // 2), random.uniform(25.0, 28.5, zones // 2)])
    sizes = random.uniform(0.003, 0.012, zones // 2)
    outlines = [_outline(random, centre, size) for centre, size in zip(centres, sizes, strict=True)]
    outer = [
        shapely.affinity.scale(outline, 2.2, 2.2, origin=tuple(centre))
        for outline, centre in zip(outlines, centres, strict=True)
    ]
    frame = gpd.GeoDataFrame(
        {
            "zone_id": [f"Z{place}-{level}" for level in (1, 2) for place in range(zones // 2)],
            "name": [f"水源地{place}{'一二'[level - 1]}级区" for level in (1, 2) for place in range(zones // 2)],
            "level": [str(level) for level in (1, 2) for _ in range(zones // 2)],
            "medium": "surface",
        },
        geometry=outlines + outer,
        crs="EPSG:4326",
    )
    frame.to_file(folder / "data" / "zones.gpkg", layer="zones")
    _sources(random, centres, sites).to_csv(folder / "data" / "sources.csv", index=False, encoding="utf-8")
    (folder / "headwater.toml").write_text(
        'title = "benchmark"\nlanguage = "zh"\njurisdictions = ["cn"]\nas_of = 2026-11-22\n'
        '[[layer]]\nkind = "protection_zones"\npath = "data/zones.gpkg"\n'
        '[[layer]]\nkind = "pollution_sources"\npath = "data/sources.csv"\nlocated_to_metres = 10\n',
        encoding="utf-8",
    )


def _outline(random: np.random.Generator, centre: np.ndarray, size: float) -> shapely.Polygon:
    """A wavy ring, star-shaped around its centre, so always valid."""
    angle = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    wave = sum(random.normal(0, 0.25 / order) * np.sin(order * angle + random.uniform(0, 6.3)) for order in range(1, 9))
    radius = size * np.exp(wave)
    return shapely.Polygon(np.column_stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)]))


def _sources(random: np.random.Generator, centres: np.ndarray, count: int) -> pd.DataFrame:
    near = random.random(count) < 0.2
    lon, lat = random.uniform(103.5, 107.5, count), random.uniform(25.0, 28.5, count)
    around = centres[random.integers(0, len(centres), count)] + random.normal(0, 0.015, (count, 2))
    lon, lat = np.where(near, around[:, 0], lon), np.where(near, around[:, 1], lat)
    return pd.DataFrame(
        {
            "编号": [f"S{place:07d}" for place in range(count)],
            "名称": [f"污染源{place}" for place in range(count)],
            "类型": random.choice(KINDS, count),
            "经度": lon.round(6),
            "纬度": lat.round(6),
            "运行状态": random.choice(["运行", "关闭", ""], count, p=[0.8, 0.15, 0.05]),
            "是否排污": random.choice(["是", "否", ""], count, p=[0.5, 0.3, 0.2]),
            "责任单位": [f"第{place % 40}乡镇政府" for place in range(count)],
        }
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sites", type=int, default=100_000)
    parser.add_argument("--zones", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=2007)
    given = parser.parse_args()
    make_project(given.folder, sites=given.sites, zones=given.zones, seed=given.seed)
