"""Pages whose every text is one of some words: the same page of hostile words and of harmless ones must be alike.

What a layer has comes from its own table of columns, so that a new column joins by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.photo_shrinking import SmallPhoto
from layers.layer import Column
from layers.load import LAYERS
from layers.photos import MOMENTS, NO_PHOTOS, Mention, Photos
from layers.sections import SECTION_COLUMNS
from layers.sites import SITE_COLUMNS
from layers.tally import ClassAnswers, SiteAnswers
from maps.inspection import FINDING_COLUMNS, FINDING_NUMBERS
from maps.style import CONTEXT_KINDS
from tests.field_work import small_png
from tests.map_frames import RESULTS, STATUSES, run_facts

PICTURE = small_png(120)
SITE_LAYERS = ("pollution_sources", "remediation_sites")
# The engine's own words; whatever a column holds beside these is text that somebody else wrote.
CODED = {
    "result": RESULTS, "severity": ("critical", "major", "info"), "status": STATUSES, "change": ("new", "known"), "overdue": ("true", "false"),
    "effect": ("prohibited",), "relation": ("inside",), "class": ("II", "IV"), "target_class": ("III",), "attained": ("true", "false"),
    "not_assessed_why": ("NO_RULE",), "first_seen": ("2017-06-30",), "deadline": ("2017-10-31",), "sampled_on": ("2017-10-12",),
    "violations": (1,), "checks": (0,), "not_assessed": (0,), "samples": (4,),
}  # fmt: skip
# So that a program can open these by their ids, too, where a site has the same text for its own.
SUFFIXES = {"river_sections": "断面", "protection_zones": "分区"}
# Lists of files, which are taken apart before the page is told of them (`photos_of`).
LISTS = {*MOMENTS}


def harmless(count: int) -> list[str]:
    """So many words of which none is part of another and none means anything."""
    return [f"甲{place:03d}乙" for place in range(count)]


def facts_of(words: Sequence[str], title: str) -> dict[str, Any]:
    """The arguments of `inspection_map` for a site, section, zone and context row of each word, each with findings."""
    spots = [(104.5 + 0.03 * (place % 8), 26.3 + 0.03 * (place // 8)) for place in range(len(words))]
    sites = _sites(words, spots)
    zones = _layer("protection_zones", words, [shapely.box(x - 0.01, y - 0.01, x + 0.01, y + 0.01) for x, y in spots])
    sections = _layer("river_sections", words, [shapely.Point(x + 0.014, y) for x, y in spots], SECTION_COLUMNS)
    context = {kind: _context(kind, words, spots) for kind in CONTEXT_KINDS}
    rules = {
        word: {
            "title": both(word), "note": both(word), "penalty": both(word), "evidence": [both(word), both(word)],
            "in_force": True, "about_zones": True, "reviewed": place % 2 == 0,
        }
        for place, word in enumerate(words)
    }  # fmt: skip
    run = run_facts(
        title=title, version=title, build_id=title, rules=rules, rejected=3,
        rule_books=[{"jurisdiction": word, "edition": f"{place:03d} {word}", "title": both(word)} for place, word in enumerate(words)],
        levels=[{"code": word, **both(word)} for word in words], kinds={word: both(word) for word in words[::2]},  # the others are codes that no book knows
        notes=[{"code": word, **both(word)} for word in words], not_assessed={"NO_RULE": 2},
    )  # fmt: skip
    clear = ClassAnswers(list(words), np.zeros(0, dtype=np.int64), np.zeros((1, len(words)), dtype=np.int64))
    return {
        "sites": sites, "zones": zones, "sections": sections, "context": context, "run": run, "language": "zh",
        "photos": _photos(words), "photo_folder": "photos/", "findings": _findings(words, sites), "answers": SiteAnswers(np.zeros(len(words), dtype=np.int64), dict.fromkeys(SITE_LAYERS, clear), {}),
    }  # fmt: skip


def _photos(words: Sequence[str]) -> Photos:
    """A photo of every site whose name in the folder is its word, and one that was refused."""
    pictures = [(word, SmallPhoto(PICTURE, 1, 1)) for word in words]
    mentions = []
    for place, word in enumerate(words):
        mentions.append(Mention(SITE_LAYERS[place % 2], word, ("before", "after", "")[place % 3], word, place, ""))
        mentions.append(Mention(SITE_LAYERS[place % 2], word, "", word, -1, "PHOTO_REFUSED"))
    return NO_PHOTOS._replace(pictures=pictures, mentions=mentions)


def both(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


def _value(column: Column, word: str, place: int) -> Any:
    if column.name in CODED:
        return CODED[column.name][place % len(CODED[column.name])]
    told = {"date": "2017-06-30", "boolean": "true", "number": 12.5, "scale": 10_000}
    if column.holds == "word":
        return next(iter(column.words or {}), word)
    return told.get(column.holds, word)


def _row(kind: str, word: str, place: int, more: Sequence[str]) -> dict[str, Any]:
    """Every column of the layer, those that the engine adds, and where the row was read."""
    row = {column.name: _value(column, word, place) for column in LAYERS[kind].columns if column.name not in LISTS}
    added = {name: CODED[name][place % len(CODED[name])] if name in CODED else word for name in more if name not in row}
    row[LAYERS[kind].id_column] = word + SUFFIXES.get(kind, "")
    return {**row, **added, "source_file": word, "source_row": place + 2}


def _layer(kind: str, words: Sequence[str], shapes: Sequence[Any], more: Sequence[str] = ()) -> gpd.GeoDataFrame:
    rows = [_row(kind, word, place, more) for place, word in enumerate(words)]
    return gpd.GeoDataFrame(rows, geometry=list(shapes), crs="EPSG:4326")


def _context(kind: str, words: Sequence[str], spots: Sequence[tuple[float, float]]) -> gpd.GeoDataFrame:
    geometry = LAYERS[kind].geometry
    shapes = [shapely.Point(x - 0.012, y) for x, y in spots]
    if "polygon" in geometry:
        shapes = [shape.buffer(0.002, 4) for shape in shapes]
    elif "line" in geometry:
        shapes = [shapely.LineString([(x - 0.013, y - 0.01), (x - 0.013, y + 0.01)]) for x, y in spots]
    return _layer(kind, words, shapes)


def _sites(words: Sequence[str], spots: Sequence[tuple[float, float]]) -> gpd.GeoDataFrame:
    """Sources and remediation sites in turn, each of these about the source before; every word also a column of its own."""
    rows = []
    for place, word in enumerate(words):
        kind = SITE_LAYERS[place % 2]
        row = _row(kind, word, place, SITE_COLUMNS)
        about = words[place - 1] if place % 2 else None
        rows.append(
            row | {"layer": kind, "site_id": word, "source_id": about, "lon": spots[place][0], "lat": spots[place][1]}
        )
    sites = gpd.GeoDataFrame(rows, geometry=[shapely.Point(spot) for spot in spots], crs="EPSG:4326")
    unknown = sites["result"] != "not_assessed"
    sites.loc[unknown, "not_assessed_why"] = None
    own = pd.DataFrame({word: word for word in words if word not in sites.columns}, index=sites.index)
    return gpd.GeoDataFrame(pd.concat([sites, own], axis=1), crs="EPSG:4326")


def _findings(words: Sequence[str], sites: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = []
    for place, word in enumerate(words):
        for layer in (sites["layer"][place], "river_sections", "protection_zones"):
            told = {name: CODED[name][0] if name in CODED else word for name in FINDING_COLUMNS} | {
                "zone_id": word + SUFFIXES["protection_zones"]
            }
            result = sites["result"][place] if layer in SITE_LAYERS else "check"
            if result in ("violation", "check"):
                measures = dict.fromkeys(FINDING_NUMBERS, 12.5)
                rows.append(
                    {
                        **told,
                        **measures,
                        "result": result,
                        "subject_layer": layer,
                        "subject_id": word + SUFFIXES.get(layer, ""),
                        "subject_name": word,
                    }
                )
    return pd.DataFrame(rows)
