"""The base map of a project: which tiles of its set lie on the project's own ground, or which provider it asks for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np

from gis.faults import Fault
from gis.read import read_tiles
from gis.tiles import Bounds, Tiles
from layers.project import PROJECT_FILE, Project, ProjectError

# Around the project's ground, as a part of its width and height, and at least so many degrees.
MARGIN = 0.15
LEAST_MARGIN = 0.01
_KEY = re.compile(r"[0-9A-Za-z]{16,64}")


class BaseMap(NamedTuple):
    """What the page gets: tiles of the set called `name`, in `datum`; the provider with its key, if one is asked."""

    name: str = ""
    datum: str = "wgs84"
    tiles: Tiles | None = None
    provider: str = ""
    key: str = ""


def base_map(project: Project, frames: Iterable[gpd.GeoDataFrame]) -> BaseMap | None:
    """The base map that the project asks for, cut to the ground of `frames` (EPSG:4326); None where it asks for none.

    Raises InputError for a set that cannot be read, ProjectError where the key of a provider is not set.
    """
    settings = project.map
    tiles = None
    bounds = ground(frames)
    if settings.base is not None and bounds is not None:
        path = project.folder / settings.base
        budget = int(settings.base_budget_mb * 1e6)
        tiles = read_tiles(path, name=settings.base, bounds=bounds, datum=settings.base_datum, budget=budget)
    if tiles is None and settings.online is None:
        return None
    name = settings.base.replace("\\", "/").rstrip("/").split("/")[-1] if tiles and settings.base else ""
    key = _key(project) if settings.online == "tianditu" else ""
    return BaseMap(name, settings.base_datum, tiles, settings.online or "", key)


def ground(frames: Iterable[gpd.GeoDataFrame]) -> Bounds | None:
    """West, south, east, north of all frames and a margin; None where nothing lies anywhere."""
    boxes = [frame.total_bounds for frame in frames if len(frame)]
    known = np.array([box for box in boxes if np.isfinite(box).all()])
    if not len(known):
        return None
    west, south = known[:, :2].min(axis=0)
    east, north = known[:, 2:].max(axis=0)
    wide, high = (max(size * MARGIN, LEAST_MARGIN) for size in (east - west, north - south))
    return float(west - wide), float(south - high), float(east + wide), float(north + high)


def _key(project: Project) -> str:
    name = project.map.tianditu_key_env
    key = os.environ.get(name, "").strip()
    if _KEY.fullmatch(key):
        return key
    facts: dict[str, Any] = {
        "found_zh": f"环境变量 {name} 里没有天地图密钥（字母和数字）",
        "found_en": f"the environment variable {name} holds no key of Tianditu (letters and figures)",
        "allowed": "",
    }
    file = str(project.folder / PROJECT_FILE)
    raise ProjectError([Fault("SETTING_WRONG", file=file, column="map.tianditu_key_env", value=name, facts=facts)])
