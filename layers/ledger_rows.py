"""A run's frames, and what the ledger says -> the rows of 问题清单, one for each remediation site."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.changes import CHANGES
from layers.coverage import REASONS
from layers.ledger_columns import COLUMNS, LEDGER_COLUMNS, code_of_heading
from layers.sites import SITE_COLUMNS
from layers.surroundings import SUBJECT_LAYERS
from layers.words import FINISHED_STATUSES, KINDS, LEVELS, RESULTS, Word, code_of

LEDGER, SOURCES = "remediation_sites", "pollution_sources"
Row = Mapping[str, Any]
# By layer and id of a site, what the ledger says of it, by code of the columns.
Told = Mapping[tuple[str, str], Row]

OUTSIDE = Word("不在保护区内", "outside the zones")
NOT_KNOWN = Word("不明", "not known")
# Reasons for no answer that do not keep the zones of a place from being known, where there are zones at all.
_NOT_ABOUT_ZONES = frozenset({"", "ATTRIBUTE_ABSENT", "NO_RULE", "LAYER_ABSENT"})
_TO_CHECK = Word("待核查：", "to check: ")
_OF_SOURCE = Word("污染源：", "source: ")
_APART = Word("；", "; ")
LISTED = Word("、", ", ")
# Further columns of the office's own table that a run adds nothing to.
_WORKED_OUT = frozenset({*SITE_COLUMNS, "geometry", "share_in_zones", "source_file", "source_row", "located_to_metres"})


class Problems(NamedTuple):
    """`rows`: one per remediation site, in the order of its id, by code of LEDGER_COLUMNS; words as codes where the
    column has `words`, days as ISO text, nothing as None. `further`: headings of the office's own columns, whose cells
    stand in the rows, too. `facts`: of each row `status` and `level` (codes), `district`, `overdue` (whether), `unit`.
    """

    rows: Sequence[Row]
    further: Sequence[str]
    facts: pd.DataFrame


class Frames(NamedTuple):
    """What of a run the rows are made of.

    `findings` in one language; `statutory`: ids of rules that are law, so that their articles are a legal basis;
    `district`: of each site the name of its district, None where there is none.
    """

    sites: gpd.GeoDataFrame
    findings: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    statutory: Collection[str]
    district: Sequence[str | None]
    levels: Mapping[str, Word] = LEVELS
    kinds: Mapping[str, Word] = KINDS


def problems(frames: Frames, told: Told, *, as_of: date, language: str) -> Problems:
    """The rows of 问题清单, with what the ledger says before what the office's table says."""
    is_ledger = (frames.sites["layer"] == LEDGER).to_numpy(dtype=bool)
    own = frames.sites[is_ledger]
    places = np.flatnonzero(is_ledger).tolist()
    records = records_of(own)
    further = _further(own)
    basis = _Basis(frames, records, language)
    sources = _sources(frames.sites, {record["source_id"] for record in records} - {None})
    waters = _water_sources(own, frames.zones, LISTED.text(language))
    rows, facts = [], []
    for number, (record, place, water) in enumerate(zip(records, places, waters, strict=True), start=1):
        said = told.get((LEDGER, record["site_id"]), {})
        level = level_of(record, zones_known=bool(len(frames.zones)))
        source = sources.get(record["source_id"])
        row = {
            **{column.code: _given(record, column.code) for column in LEDGER_COLUMNS},
            "number": number,
            "category": _word(frames.kinds, record["kind"], language) or _given(record, "category"),
            "district": frames.district[place],
            "water_source": water,
            "zone_level": level_word(level, frames.levels, language),
            "basis": _given(record, "basis") or basis.of(record["site_id"], record["source_id"]),
            "source": source["name"] if source else None,
            "result": _result(record, source, language),
            "change": _word(CHANGES, record["change"], language),
            "days_overdue": _days_overdue(record, as_of),
            "revision": 0,
            **{heading: record[heading] for heading in further},
            **{code: value for code, value in said.items() if value is not None and code in COLUMNS},
        }
        rows.append({code: _cell(code, value) for code, value in row.items()})
        facts.append((row["status"], level, row["district"], record["overdue"] is True, row["responsible_unit"]))
    return Problems(rows, further, pd.DataFrame(facts, columns=["status", "level", "district", "overdue", "unit"]))


def records_of(sites: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dicts, nothing as None."""
    frame = pd.DataFrame(sites.drop(columns="geometry"))
    columns = {str(name): frame[name].to_numpy(dtype=object, na_value=None).tolist() for name in frame.columns}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _cell(code: str, value: Any) -> Any:
    """A cell: empty text is nothing, a word of the office is its code."""
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return None
    words = COLUMNS[code].words if code in COLUMNS else None
    return (code_of(str(value), words) or value) if words else value


def _given(record: Row, code: str) -> Any:
    """What the office's own table says: in our column, or in one of its own that has this heading."""
    column = COLUMNS[code]
    return next((record[name] for name in (code, column.heading.zh, column.heading.en) if record.get(name)), None)


def _further(own: pd.DataFrame) -> list[str]:
    """Headings of the office's own columns that hold something and are none of ours."""
    known = {*_WORKED_OUT, *COLUMNS, "medium", "kind"}
    names = [str(name) for name in own.columns if name not in known and code_of_heading(str(name)) is None]
    return [name for name in names if own[name].notna().any()]


def _word(words: Mapping[str, Word], code: str | None, language: str) -> str | None:
    return words[code].text(language) if code is not None and code in words else code


def level_of(record: Row, *, zones_known: bool) -> str:
    """The strictest level of a site, `` outside all zones, `?` where its zones are not known."""
    if record["strictest_level"]:
        return str(record["strictest_level"])
    reasons = set((record["not_assessed_why"] or "").split(";")) & (set(REASONS) - _NOT_ABOUT_ZONES)
    return "?" if reasons or not zones_known else ""


def level_word(level: str, levels: Mapping[str, Word], language: str) -> str:
    """The word of a level, or that a place has none."""
    if level in ("", "?"):
        return (NOT_KNOWN if level else OUTSIDE).text(language)
    return str(_word(levels, level, language))


def _result(record: Row, source: Row | None, language: str) -> str:
    """The result of the site, and where its source has another one, that too."""
    own = RESULTS[record["result"]].text(language)
    if source is None or source["result"] == record["result"]:
        return own
    return f"{own}{_APART.text(language)}{_OF_SOURCE.text(language)}{RESULTS[source['result']].text(language)}"


def _days_overdue(record: Row, as_of: date) -> int | None:
    """Days since the deadline where it has passed and the work is not finished."""
    if record["overdue"] is not True or record["status"] in FINISHED_STATUSES:
        return None
    return (as_of - date.fromisoformat(record["deadline"])).days


def _sources(sites: pd.DataFrame, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Name and result of the pollution sources with these ids."""
    chosen = sites[(sites["layer"] == SOURCES) & sites["site_id"].isin(list(ids))]
    return {one["site_id"]: one for one in records_of(chosen[["site_id", "name", "result", "geometry"]])}


def _water_sources(own: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, comma: str) -> list[str | None]:
    """Of each site the water sources whose zones its place lies in, joined."""
    if not len(zones) or "source_name" not in zones:
        return [None] * len(own)
    points = shapely.points(own["lon"].to_numpy(dtype=float), own["lat"].to_numpy(dtype=float))
    point, zone = shapely.STRtree(zones.geometry.to_numpy()).query(points, predicate="intersects")
    names: list[dict[str, None]] = [{} for _ in range(len(own))]
    given = zones["source_name"].to_numpy(dtype=object, na_value=None)
    for at, one in sorted(zip(point.tolist(), zone.tolist(), strict=True)):
        if given[one]:
            names[at][str(given[one])] = None
    return [comma.join(found) or None for found in names]


class _Basis:
    """The articles that findings about a problem, or about its pollution source, cite."""

    def __init__(self, frames: Frames, records: Sequence[Row], language: str) -> None:
        wanted = {
            LEDGER: {record["site_id"] for record in records},
            SOURCES: {record["source_id"] for record in records} - {None},
        }
        self._cited: dict[tuple[str, str], dict[str, list[str]]] = {}
        self._prefix = _TO_CHECK.text(language)
        found = frames.findings[["subject_layer", "subject_id", "rule_id", "result", "citation"]]
        ours = pd.Series(False, index=found.index)
        for layer in SUBJECT_LAYERS:
            ours |= (found["subject_layer"] == layer) & found["subject_id"].isin(list(wanted[layer]))
        law = found[ours & found["rule_id"].isin(list(frames.statutory))]
        for layer, site, result, citation in zip(
            law["subject_layer"], law["subject_id"], law["result"], law["citation"], strict=True
        ):
            if citation:
                by_result = self._cited.setdefault((layer, site), {})
                by_result.setdefault(result, []).extend(citation.split("；" if language == "zh" else "; "))

    def of(self, site: str, source: str | None) -> str | None:
        """The articles of violations, a line each; of what is to be checked where there is no violation."""
        keys = [(SOURCES, source), (LEDGER, site)]
        for result in ("violation", "check"):
            cited = [one for key in keys for one in self._cited.get(key, {}).get(result, ())]  # type: ignore[arg-type]
            if cited:
                told = "\n".join(dict.fromkeys(cited))
                return told if result == "violation" else self._prefix + told
        return None
