"""Synthetic shapes of a country's size: nested zones of rivers, reservoirs and wells, and parcels of land.

Each shape is drawn in metres around an origin of its own, given the detail of a shore by a smooth
warp (which keeps outlines simple and nested) and carried to degrees with the radii of the ellipsoid
at its origin. Everything is drawn from the generator that is passed in.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

CRS = "EPSG:4490"
SEMI_MAJOR_AXIS, E2 = 6378137.0, 0.006694380022900787  # CGCS2000
LEVELS = ("1", "2", "quasi")
MEDIA = {"river": 0.55, "reservoir": 0.30, "well": 0.15}  # kind of water source -> share of all
CORNERS = 640  # of an ordinary outline; wells have round ones
STEP = 50.0  # metres between the places of a centreline
BELOW = 600.0  # metres of it that lie below the intake


def zones(random: np.random.Generator, origins: np.ndarray) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Two or three nested zones around every origin, and the centrelines of the rivers among them."""
    count = len(origins)
    rivers, reservoirs = int(count * MEDIA["river"]), int(count * MEDIA["reservoir"])
    kinds = np.repeat(list(MEDIA), (rivers, reservoirs, count - rivers - reservoirs))
    banks, lines = _river_zones(random, rivers)
    shores, circles = _reservoir_zones(random, reservoirs), _well_zones(random, count - rivers - reservoirs)
    phase = random.uniform(0, 2 * np.pi, (count, 2))
    outer = np.sort(random.choice(count, count // 2, replace=False))  # only some sources have a quasi zone
    frames = []
    for place, level in enumerate(LEVELS):
        rows = outer if level == "quasi" else np.arange(count)
        shapes = np.concatenate([banks[place], shores[place], circles[place]])[rows]
        corners = np.where(
            kinds[rows] == "well", 72, random.lognormal(np.log(CORNERS), 0.45, len(rows)).clip(120, 1950)
        )
        detailed = shapely.segmentize(shapely.simplify(shapes, 0.5), shapely.length(shapes) / (corners * 0.8))
        outlines = _valid(to_degrees(detailed, origins[rows], phase[rows]))
        medium = np.where(kinds[rows] == "well", "groundwater", "surface")
        columns = {"source": rows, "level": level, "medium": medium}
        frames.append(gpd.GeoDataFrame(columns, geometry=outlines, crs=CRS))
    found = pd.concat(frames, ignore_index=True).sort_values(["source", "level"], kind="stable", ignore_index=True)
    found.insert(0, "zone_id", [f"Z{row:06d}" for row in range(len(found))])
    found.insert(1, "name", [f"水源地{source:05d}" for source in found["source"]])
    river_ids = [f"R{row:05d}" for row in range(rivers)]
    geometry = to_degrees(lines, origins[:rivers], phase[:rivers])
    return found.drop(columns="source"), gpd.GeoDataFrame({"river_id": river_ids}, geometry=geometry, crs=CRS)


def parcels(random: np.random.Generator, origins: np.ndarray) -> gpd.GeoDataFrame:
    """A small polygon of 5 to 30 corners around every origin, 40 to 600 metres across."""
    corners = random.integers(5, 31, len(origins))
    radius = random.lognormal(np.log(110), 0.7, len(origins)).clip(20, 300)
    shapes = np.empty(len(origins), dtype=object)
    for count in np.unique(corners):
        rows = np.flatnonzero(corners == count)
        angle = (np.arange(count) + random.uniform(0, 0.8, (len(rows), count))) * 2 * np.pi / count
        far = radius[rows, None] * random.uniform(0.6, 1.0, (len(rows), count))
        shapes[rows] = shapely.polygons(np.stack([far * np.cos(angle), far * np.sin(angle)], axis=-1))
    return gpd.GeoDataFrame(
        {"pid": np.arange(len(origins), dtype=np.int32)}, geometry=to_degrees(shapes, origins), crs=CRS
    )


def degrees_per_metre(latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Degrees of longitude and of latitude in a metre."""
    w2 = 1 - E2 * np.sin(np.radians(latitude)) ** 2
    prime_vertical = SEMI_MAJOR_AXIS / np.sqrt(w2)
    meridian = prime_vertical * (1 - E2) / w2
    return np.degrees(1 / (prime_vertical * np.cos(np.radians(latitude)))), np.degrees(1 / meridian)


def to_degrees(shapes: np.ndarray, origins: np.ndarray, phase: np.ndarray | None = None) -> np.ndarray:
    """Shapes in metres around their origins as longitudes and latitudes, warped where phases are given."""
    places, owner = shapely.get_coordinates(shapes, return_index=True)
    if phase is not None:
        places = _warped(places, phase[owner])
    degrees = np.column_stack(degrees_per_metre(origins[:, 1]))
    return shapely.set_coordinates(shapes.copy(), np.round(origins[owner] + places * degrees[owner], 8))


def _warped(places: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Places moved by four waves, each on what the last one left: a shear each, so nothing folds over."""
    x, y = places.T.copy()
    for length in (900.0, 330.0, 120.0, 45.0):
        x += 0.022 * length * np.sin(2 * np.pi * y / length + phase[:, 0])
        y += 0.022 * length * np.sin(2 * np.pi * x / length + phase[:, 1])
    return np.column_stack([x, y])


def _river_zones(random: np.random.Generator, count: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Strips along a meandering river, longer and wider from level to level, and its centreline."""
    steps = int(21_000 / STEP)
    along = np.arange(steps) * STEP
    bends, start = random.uniform(900, 5000, (count, 1)), random.uniform(0, 2 * np.pi, (count, 1))
    swing = random.uniform(0.2, 0.95, (count, 1)) * np.sin(2 * np.pi * along / bends + start)
    heading = random.uniform(0, 2 * np.pi, (count, 1)) + swing + random.normal(0, 0.035, (count, steps)).cumsum(axis=1)
    line = np.stack([np.cos(heading), np.sin(heading)], axis=-1).cumsum(axis=1) * STEP
    intake = int(BELOW / STEP)
    line -= line[:, intake : intake + 1]
    half = random.uniform(20, 200, count)
    bank = [np.full(count, 50.0), random.uniform(250, 1000, count), random.uniform(1100, 2600, count)]
    above = [np.full(count, 1000.0), random.uniform(2000, 3500, count), random.uniform(6000, 20_000, count)]
    strips = []
    for below, up, wide in zip((100, 300, 550), above, bank, strict=True):
        reach = intake + (up / STEP).astype(int)
        parts = [line[row, intake - below // int(STEP) : reach[row]] for row in range(count)]
        strips.append(
            shapely.buffer(np.array([shapely.linestrings(part) for part in parts]), half + wide, quad_segs=12)
        )
    return strips, shapely.linestrings(line)


def _reservoir_zones(random: np.random.Generator, count: int) -> list[np.ndarray]:
    """Bands around a lobed shore."""
    angle = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    lobes = sum(
        random.normal(0, 0.45 / order**1.1, (count, 1))
        * np.cos(order * angle + random.uniform(0, 2 * np.pi, (count, 1)))
        for order in range(2, 13)
    )
    radius = np.exp(np.clip(lobes, -1.2, 1.2)) * random.lognormal(np.log(600), 0.7, (count, 1)).clip(150, 5000)
    water = shapely.polygons(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1))
    return [shapely.buffer(water, random.uniform(*band, count)) for band in ((60, 200), (500, 2000), (2200, 5000))]


def _well_zones(random: np.random.Generator, count: int) -> list[np.ndarray]:
    """Circles around a well."""
    wells = shapely.points(np.zeros((count, 2)))
    bands = ((30, 100), (300, 1000), (1200, 3000))
    return [shapely.buffer(wells, random.uniform(*band, count), quad_segs=16) for band in bands]


def _valid(outlines: np.ndarray) -> np.ndarray:
    """The outlines, the few that cross themselves mended: their largest part."""
    for row in np.flatnonzero(~shapely.is_valid(outlines)):
        parts = shapely.get_parts(shapely.make_valid(outlines[row]))
        areas = np.where(shapely.get_type_id(parts) == 3, shapely.area(parts), 0.0)
        outlines[row] = parts[np.argmax(areas)]
    return outlines
