"""The three commands that faults are put into, each with a small project in which it has something to do."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
from PIL import Image
from shapely import affinity
from shapely.geometry import box

Do = Callable[[Sequence[str]], None]
PLACE = (104.8, 26.5)
SETTINGS = """title = "故障试验"
jurisdictions = ["cn"]
as_of = 2017-11-30
zones_complete_within_metres = 5000
[[layer]]
kind = "protection_zones"
path = "data/zones.gpkg"
[[layer]]
kind = "pollution_sources"
path = "data/sources.csv"
[[layer]]
kind = "remediation_sites"
path = "data/sites.csv"
"""


class Command(NamedTuple):
    """`prepare` makes a project out of one that has a history; `arguments` are those of the command, in that project.

    `again`: whether the same command is to be given once more after a fault; a status that was set is not set twice.
    """

    name: str
    prepare: Callable[[Path, Do], None]
    arguments: Callable[[Path], Sequence[str]]
    again: bool = True


def make_project(folder: Path, do: Do) -> None:
    """A project of two zones, three sources and two problems, with a visit, a status and a run in its ledger."""
    data = folder / "data"
    data.mkdir(parents=True)
    (folder / "headwater.toml").write_text(SETTINGS, encoding="utf-8")
    inner = box(PLACE[0] - 0.005, PLACE[1] - 0.005, PLACE[0] + 0.005, PLACE[1] + 0.005)
    zones = [inner, affinity.scale(inner, 2, 2)]
    facts = {"编号": ["Z1", "Z2"], "名称": ["一级区", "二级区"], "级别": ["一级", "二级"]}
    gpd.GeoDataFrame(facts, geometry=zones, crs="EPSG:4326").to_file(data / "zones.gpkg", layer="zones")
    _sources(folder, 0.0)
    _write(data / "sites.csv", ["编号", "名称", "污染源编号", "责任单位", "整改状态", "整改时限", "经度", "纬度"], [
        ["R1", "排口整改", "S1", "水务局", "达到序时进度", "2017-10-31", *PLACE],
        ["R2", "养殖场整改", "S2", "农业局", "未启动", "2018-03-31", PLACE[0] + 0.002, PLACE[1]],
    ])  # fmt: skip
    before = _survey(folder / "first.json", [("R2", "2017-11-02T09:00:00+08:00", "on_schedule", 1)])
    do(["survey", "merge", str(folder), str(before)])
    do(["ledger", "set", str(folder), "R2", "--status", "behind", "--by", "办公室", "--on", "2017-11-10"])
    do(["run", str(folder)])


def _sources(folder: Path, moved: float) -> None:
    rows = [
        ["S1", "排口", "排污口", "运行", "水务局", PLACE[0] + moved, PLACE[1]],
        ["S2", "养殖场", "畜禽养殖场", "运行", "农业局", PLACE[0] + 0.002, PLACE[1]],
        ["S3", "外围排口", "排污口", "运行", "水务局", PLACE[0] + 0.012, PLACE[1]],
    ]
    _write(folder / "data" / "sources.csv", ["编号", "名称", "类型", "运行状态", "责任单位", "经度", "纬度"], rows)


def _write(path: Path, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([headings, *rows])


def _survey(path: Path, visits: Sequence[tuple[str, str, str, int]]) -> Path:
    """A survey file: of each visit site, time, status and a number, that of its uuid and the shade of its photo."""
    records = []
    for site, at, status, number in visits:
        data = io.BytesIO()
        Image.new("RGB", (32, 24), (number, 90, 120)).save(data, "JPEG")
        picture = data.getvalue()
        photo = {
            "name": f"{site}.jpg",
            "sha256": hashlib.sha256(picture).hexdigest(),
            "data": base64.b64encode(picture).decode(),
        }
        records.append({
            "uuid": f"00000000-0000-4000-8000-{number:012d}", "layer": "remediation_sites", "site_id": site,
            "base_revision": 0, "build_id": "", "visited_at": at, "inspector": "巡查员甲",
            "observed": {"status": status, "result": "violation", "checklist": []},
            "note": "", "position": None, "photos": [photo],
        })  # fmt: skip
    file = {"format": "headwater-survey", "version": 1, "build_id": "0" * 16, "records": records}
    path.write_text(json.dumps(file, ensure_ascii=False), encoding="utf-8")
    return path


def _changed(folder: Path, do: Do) -> None:
    """Data that were changed, and a visit that no run knows of."""
    _sources(folder, 0.03)
    do(
        [
            "survey",
            "merge",
            str(folder),
            str(_survey(folder / "second.json", [("R1", "2017-11-20T09:00:00+08:00", "behind", 2)])),
        ]
    )


def _handed_in(folder: Path, _: Do) -> None:
    visits = [("R1", "2017-11-21T09:00:00+08:00", "behind", 3), ("R2", "2017-11-22T09:00:00+08:00", "on_schedule", 4)]
    _survey(folder / "third.json", visits)


def _nothing(_: Path, __: Do) -> None:
    """What the history left is enough."""


COMMANDS = (
    Command("run", _changed, lambda folder: ["run", str(folder), "--quiet"]),
    Command(
        "survey merge", _handed_in, lambda folder: ["survey", "merge", str(folder), str(folder / "third.json"), "-q"]
    ),
    Command(
        "ledger set",
        _nothing,
        lambda folder: [
            "ledger",
            "set",
            str(folder),
            "R1",
            "--status",
            "behind",
            "--by",
            "办公室",
            "--on",
            "2017-11-25",
            "-q",
        ],
        again=False,
    ),
)
