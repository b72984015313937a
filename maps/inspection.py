"""The inspection map: frames in, one HTML file out.

folium draws the frame only (`maps.assets`); all data goes in afterwards as inert packed islands
(`maps.payload`) and as escaped text for readers without scripts (`maps.overview`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from maps.assets import fill, page_words
from maps.overview import escape, legend, overview, table
from maps.payload import (
    SORT_FROM,
    Integers,
    Island,
    add_shapes,
    grid,
    neighbours_first,
    pack_frame,
    script_island,
)  # fmt: skip
from maps.style import CONTEXT_KINDS, FACETS, page_style, word_tables

SITE_NUMBERS = {"violations": 1, "checks": 1, "not_assessed": 1}
FINDING_NUMBERS = {
    "distance_m": 100, "depth_m": 100, "margin_m": 100, "overlap_m": 100, "overlap_m2": 10, "overlap_share": 10_000,
}  # fmt: skip
# What a finding says beside its subject, which the page has from the site or section itself.
FINDING_COLUMNS = (
    "rule_id", "result", "severity", "effect", "zone_id", "zone_name", "zone_level", "relation", *FINDING_NUMBERS,
    "citation_zh", "citation_en", "text_zh", "text_en", "remedy_zh", "remedy_en", "first_seen", "change",
)  # fmt: skip
RESULT_ORDER = ("violation", "check", "not_assessed", "clear")
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}


def inspection_map(
    *,
    findings: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    sections: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    context: Mapping[str, gpd.GeoDataFrame],
    run: Mapping[str, Any],
    language: str,
) -> str:
    """The whole HTML text of the map page.

    All frames are in EPSG:4326 (lon, lat) with the columns of docs/architecture.md; any may be empty, and
    any kind of `context` absent. `run` holds title, as_of, version, rule_books, levels, kinds, rules, notes,
    rejected and build_id; `language` (zh or en) is what the page opens in. The same arguments give the same text.
    """
    sites = sites.iloc[_site_order(sites)].reset_index(drop=True)
    subjects = _subjects(findings, sites, sections)
    islands = {
        "run": _run_island(run, language),
        "sites": _site_island(sites),
        "findings": _finding_island(findings, subjects),
        "zones": _shape_island(zones),
        "sections": _shape_island(sections),
        **{kind: _shape_island(context[kind]) for kind in CONTEXT_KINDS if kind in context},
    }
    frames = {"sites": sites, "zones": zones, "sections": sections, "context": context}
    return fill(
        {
            "lang": HTML_LANGUAGES[language],
            "title": escape(str(run["title"])),
            "heading": escape(str(run["title"])),
            "as_of": escape(page_words()["as_of"][language].format(date=run["as_of"])),
            "overview": overview(**frames, run=run, language=language),
            "legend": legend(sites, language=language),
            "table": table(sites, findings, subjects, run=run, language=language),
            "islands": "".join(script_island(name, island.packed()) for name, island in islands.items()),
        }
    )


def _site_order(sites: gpd.GeoDataFrame) -> Integers:
    if len(sites) < SORT_FROM:
        return np.arange(len(sites))
    return neighbours_first(*grid(*_positions(sites)))


def _positions(sites: gpd.GeoDataFrame) -> tuple[Any, Any]:
    """Longitudes and latitudes; 0 where a site has none, the column `placed` tells them apart."""
    lon, lat = (np.nan_to_num(sites[name].to_numpy(dtype=np.float64, na_value=np.nan)) for name in ("lon", "lat"))
    return lon, lat


def _site_island(sites: gpd.GeoDataFrame) -> Island:
    island = pack_frame(sites.drop(columns=["lon", "lat"]), numbers=SITE_NUMBERS, coded=FACETS)
    x, y = grid(*_positions(sites))
    island.add_deltas("x", x)
    island.add_deltas("y", y)
    island.add_counts("placed", (sites["lon"].notna() & sites["lat"].notna()).to_numpy().astype(np.int64))
    # A point is told by its position already; only lines and areas carry an outline.
    outlines = np.where(sites.geometry.geom_type == "Point", None, sites.geometry.to_numpy())
    add_shapes(island, outlines)
    return island


def _shape_island(frame: gpd.GeoDataFrame) -> Island:
    island = pack_frame(frame, coded=("level", "class"))
    add_shapes(island, frame.geometry.to_numpy())
    return island


def _subjects(findings: pd.DataFrame, sites: gpd.GeoDataFrame, sections: gpd.GeoDataFrame) -> Integers:
    """The row of each finding's subject: sites are numbered first, then sections, then one number for neither."""
    places = pd.MultiIndex.from_arrays([sites["layer"].astype(str), sites["site_id"].astype(str)])
    asked = pd.MultiIndex.from_arrays([findings["subject_layer"].astype(str), findings["subject_id"].astype(str)])
    rows = _first_of_each(places).get_indexer_for(asked) if len(sites) and len(findings) else _nowhere(findings)
    if len(sections) and len(findings):
        named = pd.Index(sections["section_id"].astype(str))
        in_section = _first_of_each(named).get_indexer_for(findings["subject_id"].astype(str))
        is_section = (findings["subject_layer"] == "river_sections").to_numpy() & (in_section >= 0)
        rows = np.where(is_section, in_section + len(sites), rows)
    return np.where(rows < 0, len(sites) + len(sections), rows).astype(np.int64)


def _first_of_each(names: Any) -> Any:
    """Ids are unique within a layer by contract; should one come twice, its first row answers."""
    if names.is_unique:
        return names
    raise ValueError(f"ids of sites and sections must be unique within their layer: {names[names.duplicated()][:5]}")


def _nowhere(findings: pd.DataFrame) -> Integers:
    return np.full(len(findings), -1, dtype=np.int64)


def _finding_island(findings: pd.DataFrame, subjects: Integers) -> Island:
    rank = findings["result"].map({code: place for place, code in enumerate(RESULT_ORDER)}).fillna(len(RESULT_ORDER))
    order = np.lexsort((rank.to_numpy(dtype=np.float64), subjects))
    told = findings.iloc[order].reset_index(drop=True)[list(FINDING_COLUMNS)]
    island = pack_frame(told, numbers=FINDING_NUMBERS, coded=("result", "severity", "rule_id"))
    island.add_deltas("subject", subjects[order])
    return island


def _run_island(run: Mapping[str, Any], language: str) -> Island:
    island = Island(0)
    island.facts = {
        "run": dict(run),
        "language": language,
        "style": page_style(),
        "words": word_tables(run),
        "sentences": page_words(),
    }
    return island
