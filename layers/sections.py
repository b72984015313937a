"""River sections: the class a section has against the class it should have."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers import river_sections
from layers.further import told_apart
from layers.words import CLASSES

# docs/outputs.md.
SECTION_COLUMNS = (
    "section_id",
    "name",
    "river",
    "sampled_on",
    "class",
    "target_class",
    "attained",
    "deciding",
    "multiples",
    "undecided",
    "samples",
    "lon",
    "lat",
)


def sections_frame(frames: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """One row per section: SECTION_COLUMNS, `geometry` and the file's further columns, sorted by id.

    `class` is the class the agency measured; `attained` is None where the class or the target is
    not known. The columns that only samples can fill (`deciding`, `multiples`, `undecided`,
    `samples`) are None for a section whose class was given.
    """
    frame = frames.get("river_sections")
    if frame is None:
        return gpd.GeoDataFrame({name: [] for name in SECTION_COLUMNS}, geometry=[], crs="EPSG:4326")
    sections = told_apart(pd.DataFrame(frame), river_sections.LAYER, SECTION_COLUMNS)
    sections = sections.rename(columns={"measured_class": "class"})
    rank = {code: place for place, code in enumerate(CLASSES)}
    measured, target = sections["class"].map(rank), sections["target_class"].map(rank)
    known = measured.notna() & target.notna()
    sections["attained"] = pd.Series(np.where(known, measured <= target, None), index=sections.index, dtype=object)
    for name in ("deciding", "multiples", "undecided", "samples"):
        sections[name] = None
    places = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))
    sections["lon"], sections["lat"] = places[:, 0].round(7), places[:, 1].round(7)
    first = [*SECTION_COLUMNS, "geometry"]
    rest = sorted(name for name in sections.columns if name not in first)
    order = sections.sort_values("section_id", kind="stable").index
    return gpd.GeoDataFrame(sections.loc[order, [*first, *rest]], geometry="geometry", crs="EPSG:4326").reset_index(
        drop=True
    )
