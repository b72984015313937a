"""Whole projects written into a folder, for tests that run commands."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd

from tests.shapes import frame, square

ROOT = Path(__file__).resolve().parent.parent

HEADER = (
    'title = "测试项目"\nlanguage = "{language}"\njurisdictions = ["cn"]\nas_of = 2017-11-30\n'
    "zones_complete_within_metres = 5000\n"
)
ZONES = '[[layer]]\nkind = "protection_zones"\npath = "data/zones.gpkg"\n'
SOURCES = '[[layer]]\nkind = "pollution_sources"\npath = "data/sources.csv"\n'
SITES = '[[layer]]\nkind = "remediation_sites"\npath = "data/sites.csv"\n'


def small_project(folder: Path, *, language: str = "zh", layers: str = ZONES + SOURCES + SITES) -> Path:
    """Two nested zones, four outfalls (violation, check, clear, not assessed) and one remediation site."""
    data = folder / "data"
    data.mkdir(parents=True)
    small_zones().to_file(data / "zones.gpkg", layer="zones")
    places = frame("POINT (500 500)", "POINT (1000 500)", "POINT (2500 500)", "POINT (90000 500)").geometry
    names = ["青山村排口", "{{7*7}} ${1+1} <b>x</b> ` C:\\2019", "外围排口", "远处排口"]
    with (data / "sources.csv").open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["编号", "名称", "类型", "经度", "纬度", "运行状态", "责任单位"])
        for number, (place, name) in enumerate(zip(places, names, strict=True), start=1):
            rows.writerow([f"00{number}", name, "排污口", f"{place.x:.9f}", f"{place.y:.9f}", "运行", "水务局"])
    with (data / "sites.csv").open("w", encoding="gb18030", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["编号", "名称", "污染源编号", "整改状态", "整改时限", "经度", "纬度"])
        rows.writerow(
            [
                "R1",
                "青山村排口整改",
                "001",
                "未达到序时进度",
                "2017年10月31日",
                f"{places[0].x:.9f}",
                f"{places[0].y:.9f}",
            ]
        )
    (folder / "headwater.toml").write_text(HEADER.format(language=language) + layers, encoding="utf-8")
    return folder


def small_zones(**columns: object) -> gpd.GeoDataFrame:
    """A level-1 zone of 1 km in a level-2 zone of 2 km, with Chinese headings."""
    given = {"编号": ["Z1", "Z2"], "名称": ["一级区", "二级区"], "级别": ["一级", "二级"]}
    return frame(square(0, 0, 1000), square(-500, -500, 2000), **{**given, **columns})


def headwater(*arguments: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, run as a user runs it: another process, its output as text."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.headwater", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV that Headwater wrote."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
