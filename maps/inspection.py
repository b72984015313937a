"""The inspection map: frames in, one HTML file out.

folium draws the frame only (`maps.assets`); all data goes in afterwards as inert packed islands
(`maps.payload`) and as escaped text for readers without scripts (`maps.overview`, `maps.plain`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gis.cells import in_arrow
from gis.kept import Kept, digest
from layers.map_questions import MapQuestions
from layers.photos import NO_PHOTOS, Photos
from layers.rule_book import ZONES
from layers.tally import SiteAnswers
from layers.told_history import ToldHistory
from maps.answers import answers_island, with_unknown_levels
from maps.asking import asking_island
from maps.assets import fill, frame, page_words
from maps.base import Ground, base_island, hosts_of
from maps.history import (
    STANDING_NUMBERS,
    changes_island,
    history_island,
    ledger_words,
    since_facts,
    told_decisions,
    with_standing,
)
from maps.overview import overview
from maps.payload import (
    PACKING,
    Island,
    add_shapes,
    grid,
    pack_frame,
    page_texts,
    ranks,
    script_island,
)  # fmt: skip
from maps.photos import photo_island
from maps.plain import legend, opening, other_subjects, table
from maps.series import Integers
from maps.style import CONTEXT_KINDS, FACETS, page_style, word_tables
from maps.surround import escape

SITE_NUMBERS = {"violations": 1, "checks": 1, "not_assessed": 1, **STANDING_NUMBERS}
FINDING_NUMBERS = {
    "distance_m": 100, "depth_m": 100, "margin_m": 100, "overlap_m": 100, "overlap_m2": 10, "overlap_share": 10_000,
}  # fmt: skip
# What a finding says beside its subject, which the page has from the site or section itself.
FINDING_COLUMNS = (
    "rule_id", "result", "severity", "effect", "zone_id", "zone_name", "zone_level", "relation", *FINDING_NUMBERS,
    "citation_zh", "citation_en", "text_zh", "text_en", "remedy_zh", "remedy_en", "first_seen", "change",
)  # fmt: skip
# What rule or zone decides, so that it is carried once for each of them.
DECIDED = {
    **dict.fromkeys(
        ("severity", "effect", "relation", "citation_zh", "citation_en", "remedy_zh", "remedy_en"), "rule_id"
    ),
    **dict.fromkeys(("zone_name", "zone_level"), "zone_id"),
}
NOT_REDUCED: Mapping[str, float] = MappingProxyType({})
RESULT_ORDER = ("violation", "check", "not_assessed", "clear")
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}


def inspection_map(**facts: Any) -> str:
    """The whole HTML text of the map page, of what `begun_map` says; the same arguments give the same text."""
    with ThreadPoolExecutor(max_workers=1) as threads:
        return begun_map(threads, **facts)()


def begun_map(
    threads: Executor,
    *,
    findings: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    sections: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    context: Mapping[str, gpd.GeoDataFrame],
    answers: SiteAnswers,
    run: Mapping[str, Any],
    language: str,
    districts_of: Integers | None = None,
    questions: MapQuestions | None = None,
    ground: Ground | None = None,
    kept: Kept | None = None,
    photos: Photos = NO_PHOTOS,
    photo_folder: str = "",
    reduced: Mapping[str, float] = NOT_REDUCED,
    history: ToldHistory | None = None,
) -> Callable[[], str]:
    """What gives the HTML text of the page once `threads` have packed its data, which they are set to.

    All frames are in EPSG:4326 (lon, lat) with the columns of docs/architecture.md; any may be empty, and
    any kind of `context` absent. `answers` are those of `sites` to all rules. `run` holds title, as_of, version,
    rule_books, levels, kinds, rules, notes, not_assessed, rejected and build_id; `language` (zh or en) is what the
    page opens in. `districts_of`: the row in the districts of `context` that each site lies in, -1 for none. A page
    without `questions` cannot be asked about places. `ground` is the base map, where the project asks for one. `photos`
    are those of the sites, `photo_folder` the way from the page to the originals, '' where there is none. `reduced`:
    layers of `context` -> by how many metres their outlines are simplified at most (`maps.budget`). `history` is what
    the ledger knows, where the project has one. What an earlier run has packed of the same content is taken from
    `kept`, with the same text.
    """
    kept = kept or Kept(None)
    sites = with_unknown_levels(in_arrow(sites).reset_index(drop=True), answers, run["rules"])
    sites, run = _with_history(sites, run, history)
    numbers, told = answers_island(sites, answers)
    subjects = _subjects(findings, sites, sections, zones)
    makers: dict[str, Callable[[], Island]] = {
        "run": lambda: _run_island(run, told, language, ledger_words(history)),
        "sites": lambda: _site_island(sites, numbers, districts_of),
        "findings": lambda: _finding_island(findings, subjects),
        "zones": lambda: _shape_island(zones, answers.others.get(ZONES)),
        "sections": lambda: _shape_island(sections, answers.others.get("river_sections")),
        **_context_makers(context, reduced),
    }
    if photos.mentions:
        makers["photos"] = partial(photo_island, photos, sites, photo_folder)
    makers |= _asked_for(questions, ground, zones, context) | _of_ledger(history, sites, findings, subjects)
    empty = threads.submit(frame, kept)
    islands = {name: threads.submit(_packed, name, make, kept) for name, make in makers.items()}
    frames = {"sites": sites, "zones": zones, "sections": sections, "context": context}
    slots = {
        **_heading(run, language),
        "overview": opening(sites, run=run, language=language) + overview(**frames, run=run, language=language),
        "legend": legend(**frames, run=run, language=language),
        "table": table(sites, findings, subjects, run=run, language=language, history=history)
        + other_subjects(findings, subjects >= len(sites), run=run, language=language),
    }
    packed, hosts = islands.values(), hosts_of(ground)
    return lambda: fill(empty.result(), {**slots, "islands": "".join(one.result() for one in packed)}, hosts)


def _context_makers(
    context: Mapping[str, gpd.GeoDataFrame], reduced: Mapping[str, float]
) -> dict[str, Callable[[], Island]]:
    """What packs each layer of the surroundings that is there."""
    return {
        kind: partial(_shape_island, context[kind], None, reduced.get(kind, 0.0))
        for kind in CONTEXT_KINDS
        if kind in context
    }


def _heading(run: Mapping[str, Any], language: str) -> dict[str, str]:
    """The page's language, title and date of inspection."""
    title = escape(str(run["title"]))
    as_of = escape(page_words()["as_of"][language].format(date=run["as_of"]))
    return {"lang": HTML_LANGUAGES[language], "title": title, "heading": title, "as_of": as_of}


def _asked_for(
    questions: MapQuestions | None,
    ground: Ground | None,
    zones: gpd.GeoDataFrame,
    context: Mapping[str, gpd.GeoDataFrame],
) -> dict[str, Callable[[], Island]]:
    """The islands that a page has only where the project gives cause for them."""
    makers: dict[str, Callable[[], Island]] = {}
    if questions is not None:
        makers["asking"] = partial(asking_island, questions, zones, context)
    if ground is not None:
        makers["base"] = partial(base_island, ground)
    return makers


def _with_history(
    sites: gpd.GeoDataFrame, run: Mapping[str, Any], history: ToldHistory | None
) -> tuple[gpd.GeoDataFrame, Mapping[str, Any]]:
    """Sites and facts of the run with what the ledger says of them."""
    if history is None:
        return sites, run
    return with_standing(sites, history), {**run, "since": since_facts(history.since)} if history.since else run


def _of_ledger(
    history: ToldHistory | None, sites: gpd.GeoDataFrame, findings: pd.DataFrame, subjects: Integers
) -> dict[str, Callable[[], Island]]:
    """The islands of a project that has a ledger."""
    makers: dict[str, Callable[[], Island]] = {}
    if history is None:
        return makers
    decisions = told_decisions(history, page_texts(findings["finding_id"].iloc[_order(findings, subjects)]).to_pylist())
    if len(history.events) or decisions:
        makers["history"] = partial(history_island, history, sites, decisions)
    if history.since is not None and len(history.since.moved) + len(history.since.gone):
        makers["changes"] = partial(changes_island, history.since, sites)
    return makers


def _packed(name: str, make: Callable[[], Island], kept: Kept) -> str:
    """The island as it stands in the page; an empty one costs less to pack than to keep."""
    island = make()
    if not island.rows:
        return script_island(name, island.packed())
    key = digest(*island.raw(), PACKING)
    packed = kept.get(f"island-{name}", key)
    if packed is None:
        packed = memoryview(island.packed())
        kept.put(f"island-{name}", key, packed)
    return script_island(name, packed)


def _positions(sites: gpd.GeoDataFrame) -> tuple[Any, Any]:
    """Longitudes and latitudes; 0 where a site has none, the column `placed` tells them apart."""
    lon, lat = (np.nan_to_num(sites[name].to_numpy(dtype=np.float64, na_value=np.nan)) for name in ("lon", "lat"))
    return lon, lat


def _site_island(sites: gpd.GeoDataFrame, answers: Integers, districts: Integers | None) -> Island:
    island = pack_frame(sites.drop(columns=["lon", "lat"]), numbers=SITE_NUMBERS, coded=FACETS)
    x, y = grid(*_positions(sites))
    island.add_series("x", x)
    island.add_series("y", y)
    island.add_series("placed", (sites["lon"].notna() & sites["lat"].notna()).to_numpy().astype(np.int64))
    island.add_series("answers", answers)
    if districts is not None:
        island.add_series("district", districts + 1)
    # A point is told by its position already; only lines and areas carry an outline.
    outlines = np.where(sites.geometry.geom_type == "Point", None, sites.geometry.to_numpy())
    add_shapes(island, outlines)
    return island


def _shape_island(frame: gpd.GeoDataFrame, answers: Integers | None = None, reduced: float = 0.0) -> Island:
    island = pack_frame(frame, coded=("level", "class"))
    if answers is not None:
        island.add_series("answers", answers)
    add_shapes(island, frame.geometry.to_numpy())
    if reduced:
        island.facts = {"reduced_to_metres": reduced}
    return island


def _subjects(
    findings: pd.DataFrame, sites: gpd.GeoDataFrame, sections: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> Integers:
    """The row of each finding's subject: sites are numbered first, then sections, zones, and one number for neither."""
    rows = _row_of(_names(findings, "subject_layer", "subject_id"), _names(sites, "layer", "site_id"))
    start = len(sites)
    for layer, subjects, name in (("river_sections", sections, "section_id"), (ZONES, zones, "zone_id")):
        own = np.flatnonzero((findings["subject_layer"] == layer).to_numpy(dtype=bool))
        asked = page_texts(findings["subject_id"].iloc[own])
        found = _row_of(asked, page_texts(subjects[name]), unique=layer != ZONES)
        rows[own] = np.where(found < 0, -1, found + start)
        start += len(subjects)
    return np.where(rows < 0, start, rows).astype(np.int64)


def _names(frame: pd.DataFrame, layer: str, name: str) -> Any:
    return pc.binary_join_element_wise(
        page_texts(frame[layer]), page_texts(frame[name]), pa.scalar("\0", pa.large_string())
    )


def _row_of(asked: Any, names: Any, *, unique: bool = True) -> Integers:
    """Where each name stands (first) in `names`, -1 where it does not; only zones may have several rows of an id."""
    if not len(asked):
        return np.zeros(0, dtype=np.int64)
    found = names.dictionary_encode()
    if unique and len(found.dictionary) < len(names):
        twice = pd.Series(names.to_pylist()).str.replace("\0", " ")
        raise ValueError(
            f"ids of sites and sections must be unique within their layer: {twice[twice.duplicated()][:5]}"
        )
    rows: Integers = pc.fill_null(pc.index_in(asked, value_set=names), -1).to_numpy().astype(np.int64)
    return rows


def _order(findings: pd.DataFrame, subjects: Integers) -> Integers:
    """By subject, worst first."""
    order: Integers = np.lexsort((ranks(findings["result"], RESULT_ORDER), subjects))
    return order


def _finding_island(findings: pd.DataFrame, subjects: Integers) -> Island:
    order = _order(findings, subjects)
    told = findings.iloc[order].reset_index(drop=True)[list(FINDING_COLUMNS)]
    island = pack_frame(
        told,
        numbers=FINDING_NUMBERS,
        coded=("result", "severity", "rule_id", "zone_id"),
        decided=DECIDED,
        repeated=dict.fromkeys(("text_zh", "text_en"), "zone_name"),
    )
    island.add_series("subject", subjects[order])
    return island


def _run_island(
    run: Mapping[str, Any], answers: Mapping[str, Any], language: str, words: Mapping[str, Mapping[str, Any]]
) -> Island:
    island = Island(0)
    island.facts = {
        "run": dict(run),
        "answers": answers,
        "language": language,
        "style": page_style(),
        "words": {**word_tables(run), **words},
        "sentences": page_words(),
    }
    return island
