"""What the page answers about places from, as `headwater check-site` does, packed: rules, extents, and finer outlines.

The page draws outlines on a grid of 0.15 m. For answers each vertex has here what the grid leaves off: of the vertex in
whole units of 1/scale degrees the remainder by `modulus`, of which only one lies in its cell. Where coordinates are
short decimals they come out as they are in the data, else to 0.1 mm. A page of more than FINE_VERTICES has none of
this: there every outline counts as less certain by the grid's error, so that what it could change is to be checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gis.metres import degrees_for
from layers.map_questions import MapQuestions
from layers.rule_book import ZONES
from maps.payload import GRID_BITS, MAX_LATITUDE, Island, shapes_of

# So many vertices of zones, waters, intakes and districts are told finer than the grid (3 bytes each, at most).
FINE_VERTICES = 60_000
_CELL = 360.0 / 2**GRID_BITS
_DECIMALS = (5, 6, 7)
_FINEST = 10**9
# Layers by their names among the page's islands.
ISLAND_OF = {ZONES: "zones"}

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]


def asking_island(questions: MapQuestions, zones: gpd.GeoDataFrame, context: Mapping[str, gpd.GeoDataFrame]) -> Island:
    """The island of what a page with these layers is asked by."""
    island = Island(1)
    layers = {ZONES: zones, **context}
    wanted = [of for of in layers if of in questions.facts["layers"] or of == "districts"]
    shapes = {of: layers[of].geometry.to_numpy() for of in wanted}
    fine = sum(int(shapely.get_num_coordinates(one).sum()) for one in shapes.values()) <= FINE_VERTICES
    vertices = {of: shapes_of(one).coordinates for of, one in shapes.items() if fine or of == "districts"}
    island.facts = {
        **questions.facts,
        "islands": {of: ISLAND_OF.get(of, of) for of in wanted},
        "fine": {of: _add_fine(island, f"fine.{of}", one) for of, one in vertices.items() if fine and _on_map(one)},
        "grid_m": _grid_error(shapes.values()),
        "refused": questions.refused["of"].tolist(),
        "refused_places": _lines(questions.refused.geometry.to_numpy()),
        "areas": _add_extents(island, questions.extents, vertices.get("districts", np.zeros((0, 2)))),
    }
    return island


def _on_map(vertices: Floats) -> bool:
    """Whether all vertices lie where the grid has rows."""
    return bool((np.abs(vertices[:, 1]) < MAX_LATITUDE).all())


def _grid_error(shapes: Iterable[Objects]) -> float:
    """How many metres a vertex may lie beside its place in the grid: half the diagonal of a cell at the widest."""
    bounds = np.array([shapely.total_bounds(one) for one in shapes if len(one)])
    around_equator = not len(bounds) or bool((bounds[:, 1].min() < 0) & (bounds[:, 3].max() > 0))
    nearest = 0.0 if around_equator else float(np.nanmin(np.abs(bounds[:, [1, 3]])))
    lon, _ = degrees_for(np.array([1.0]), np.array([max(nearest - 0.2, 0.0)]))
    return round(float(_CELL / lon[0] / math.sqrt(2)) * 1.05 + 0.001, 4)


def _add_fine(island: Island, name: str, vertices: Floats) -> dict[str, int]:
    """Appends the remainders of the vertices; scale and modulus to read them by."""
    scale = next((10**places for places in _DECIMALS if _exact(vertices, 10**places)), _FINEST)
    modulus = int(_CELL * scale) + 4
    rest = np.mod(np.rint(vertices * scale).astype(np.int64), modulus)
    island.add_series(f"{name}.x", rest[:, 0], (0,))
    island.add_series(f"{name}.y", rest[:, 1], (0,))
    return {"scale": scale, "modulus": modulus}


def _exact(vertices: Floats, scale: int) -> bool:
    return bool((np.rint(vertices * scale) / scale == vertices).all())


def _add_extents(island: Island, extents: Mapping[str, shapely.Geometry | None], districts: Floats) -> dict[str, Any]:
    """Of each layer the number of its extent; extents as rings of vertices, most of them those of districts."""
    known = {place: at for at, place in enumerate(map(tuple, districts.tolist()))}
    kept: list[bytes] = []
    of: dict[str, int] = {}
    sizes: list[list[int]] = []
    further: list[list[float]] = []
    places: list[int] = []
    for layer, area in extents.items():
        if area is None:
            continue
        key = shapely.to_wkb(area)
        if key not in kept:
            kept.append(key)
            rings = shapely.get_rings(shapely.get_parts(area))
            sizes.append(shapely.get_num_coordinates(rings).tolist())
            for place in map(tuple, shapely.get_coordinates(rings).tolist()):
                if place not in known:
                    known[place] = len(districts) + len(further)
                    further.append(list(place))
                places.append(known[place])
        of[layer] = kept.index(key)
    island.add_series("extents", np.array(places, dtype=np.int64), (2,))
    return {"of": of, "sizes": sizes, "further": further}


def _lines(geometry: Sequence[Any]) -> list[dict[str, Any]]:
    """Few geometries as plain data: dimension and lines of each."""
    return [
        {
            "dim": int(shapely.get_dimensions(one)),
            "lines": [np.asarray(line.coords)[:, :2].tolist() for line in _parts(one)],
        }
        for one in geometry
    ]


def _parts(geometry: Any) -> list[Any]:
    parts = shapely.get_parts(geometry)
    if shapely.get_dimensions(geometry) == 2:
        return list(shapely.get_rings(parts))
    return list(parts)
