"""The sites that a project's data have, by layer and id, with their places: whom a survey can be about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from gis.outlines import outlines
from gis.shortest import to_outlines
from layers.surroundings import SUBJECT_ID, SUBJECT_LAYERS

Site = tuple[str, str]  # layer, id


class Position(NamedTuple):
    """A place in WGS 84 with the metres by which it may be wrong; None: nothing is stated."""

    lon: float
    lat: float
    accuracy_m: float | None = None


class KnownSites:
    """The sites of frames of `layers.load`, by layer."""

    def __init__(self, frames: Mapping[str, gpd.GeoDataFrame]) -> None:
        self._frames = {layer: frames[layer] for layer in SUBJECT_LAYERS if layer in frames}
        self._rows = {
            layer: {str(one): at for at, one in enumerate(frame[SUBJECT_ID[layer]])}
            for layer, frame in self._frames.items()
        }

    def __contains__(self, site: object) -> bool:
        return isinstance(site, tuple) and site[1] in self._rows.get(site[0], {})

    def layers_of(self, site_id: str) -> list[str]:
        """The layers that have a site of this id."""
        return [layer for layer, rows in self._rows.items() if site_id in rows]

    def cell(self, site: Site, column: str) -> Any:
        """What the office's data say of a site in one column; None where they say nothing, or have no such site."""
        at = self._rows.get(site[0], {}).get(site[1])
        frame = self._frames.get(site[0])
        if at is None or frame is None or column not in frame:
            return None
        value = frame[column].iloc[at]
        return None if value is None or value != value else value

    def ids(self, layer: str) -> Sequence[str]:
        """The ids of a layer's sites, in the order of the data."""
        return list(self._rows.get(layer, {}))

    def place(self, site: Site) -> Position | None:
        """A place on the site, with the accuracy that is stated of it; None where it has none."""
        geometry = self.cell(site, "geometry")
        if geometry is None or geometry.is_empty:
            return None
        point = geometry.representative_point()
        return Position(point.x, point.y, self.cell(site, "located_to_metres"))

    def metres_from(self, sites: Sequence[Site], places: Sequence[Position]) -> list[float]:
        """Ground metres from each place to its site's outline, 0 within it; NaN where the site has no place."""
        found = np.full(len(sites), np.nan)
        shapes = np.array([self.cell(site, "geometry") for site in sites], dtype=object)
        there = np.flatnonzero([one is not None and not one.is_empty for one in shapes])
        if len(there):
            x = np.array([places[int(at)].lon for at in there], dtype=np.float64)
            y = np.array([places[int(at)].lat for at in there], dtype=np.float64)
            own = shapes[there]
            metres = to_outlines(x, y, outlines(own), np.arange(len(there)), np.full(len(there), np.inf))
            found[there] = np.where(shapely.covers(own, shapely.points(x, y)), 0.0, metres)
        return [float(one) for one in found]
