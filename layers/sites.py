"""Sites: one row per pollution source and remediation site, with result, status, overdue and counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers import pollution_sources, remediation_sites
from layers.columns import frame_of, objects
from layers.findings import places
from layers.further import told_apart
from layers.rules import Answers
from layers.surroundings import SUBJECT_ID, kinds_of
from layers.words import FINISHED_STATUSES

# docs/outputs.md.
SITE_COLUMNS = (
    "layer",
    "site_id",
    "name",
    "kind",
    "result",
    "severity",
    "status",
    "overdue",
    "deadline",
    "strictest_level",
    "violations",
    "checks",
    "not_assessed",
    "not_assessed_why",
    "responsible_unit",
    "lon",
    "lat",
    "change",
)

# The class of a site (`layers.tally.ClassAnswers`), where verdicts have it.
CLASS = "answer_class"

_LAYER = {"pollution_sources": pollution_sources.LAYER, "remediation_sites": remediation_sites.LAYER}

# What a source takes from the remediation site about it.
_TOLD = ("status", "deadline", "responsible_unit")

# Of several remediation sites on one source, the one that most wants acting on speaks for it.
_MOST_URGENT = ("reopened", "behind", "not_started", "cannot_fix", "on_schedule", "completed", "accepted", "closed")


class Ties(NamedTuple):
    """What sites know from sites of the other layer.

    `speaking`: by `source_id` the status, deadline and responsible unit of the remediation site that speaks for it.
    `kinds`: by `site_id` the kind of a pollution source.
    """

    speaking: pd.DataFrame
    kinds: pd.Series


def ties_of(ledger: gpd.GeoDataFrame | None, sources: gpd.GeoDataFrame | None) -> Ties:
    """What remediation sites, as read, say of sources, and sources of remediation sites."""
    speaking = pd.DataFrame({name: pd.Series(dtype=object) for name in _TOLD})
    if ledger is not None:
        speaking = _speaking(ledger.rename(columns={SUBJECT_ID["remediation_sites"]: "site_id"}))
    kinds = pd.Series(dtype=object)
    if sources is not None:
        kinds = pd.Series(kinds_of(sources), index=sources[SUBJECT_ID["pollution_sources"]])
    return Ties(speaking, kinds)


def sites_frame(
    frames: Mapping[str, gpd.GeoDataFrame], answers: Answers, *, as_of: date, ties: Ties | None = None
) -> gpd.GeoDataFrame:
    """One row per site: SITE_COLUMNS, `source_id`, `geometry`, `share_in_zones` and every further column.

    A site's result is the worst of its rules' results, where not assessed is worse than clear; its
    severity that of its worst findings with this result. `share_in_zones` is the share of its area or
    length that lies in any zone, overlapping zones counted once. A pollution source has the status,
    deadline and unit of the remediation site about it; one without has no status. `overdue` is
    None where no deadline or no status is known. Sorted by layer and id. `ties` is needed where `frames` are but a
    part of all sites.
    """
    parts = [_layer_sites(layer, frames[layer], verdicts) for layer, verdicts in answers.verdicts.items()]
    if not parts:
        return gpd.GeoDataFrame({name: [] for name in (*SITE_COLUMNS, "source_id")}, geometry=[], crs="EPSG:4326")
    sites = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    sites = _with_status(sites, ties or ties_of(frames.get("remediation_sites"), frames.get("pollution_sources")))
    sites["overdue"] = _overdue(sites, as_of.isoformat())
    first = [*SITE_COLUMNS, "source_id", "geometry"]
    rest = sorted(name for name in sites.columns if name not in first)
    order = _order(sites)
    columns = {name: _column(sites[name])[order] for name in [*first, *rest]}
    return gpd.GeoDataFrame(frame_of(columns), geometry="geometry", crs="EPSG:4326")


def _order(sites: pd.DataFrame) -> NDArray[np.intp] | slice:
    """By layer and id; most files are sorted already."""
    if sites["layer"].nunique() < 2 and pd.Index(sites["site_id"]).is_monotonic_increasing:
        return slice(None)
    return np.asarray(sites.sort_values(["layer", "site_id"], kind="stable").index)


def _column(values: pd.Series) -> NDArray[Any]:
    """Numbers and geometries as they are, all else as objects, where None stands for nothing."""
    if pd.api.types.is_numeric_dtype(values) or values.name == "geometry":
        return np.asarray(values.to_numpy())
    cells = values.to_numpy(dtype=object)
    missing = pd.isna(cells)
    if missing.any():
        cells = cells.copy()
        cells[missing] = None
    return np.asarray(cells, dtype=object)


def _layer_sites(layer: str, frame: gpd.GeoDataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """The sites of one layer with everything the rules said of them."""
    added = {*SITE_COLUMNS, "source_id", CLASS} - {"kind"}  # a remediation site may state its own kind
    sites = told_apart(pd.DataFrame(frame), _LAYER[layer], added).rename(columns={SUBJECT_ID[layer]: "site_id"})
    lon, lat = places(frame.geometry.to_numpy())
    nothing = objects([None]).repeat(len(sites))
    lacking = {name: nothing for name in ("source_id", "kind") if name not in sites}
    told = {name: verdicts[name].to_numpy() for name in verdicts.columns}
    own = {str(name): sites[name].to_numpy() for name in sites.columns}
    named = objects([layer]).repeat(len(sites))
    return frame_of({**own, **lacking, "layer": named, **told, "lon": lon, "lat": lat, "change": nothing})


def _speaking(ledger: pd.DataFrame) -> pd.DataFrame:
    """Of the remediation sites on one source the one that speaks for it, by `source_id`."""
    ledger = ledger[ledger["source_id"].notna()]
    rank = {status: place for place, status in enumerate(_MOST_URGENT)}
    ranked = ledger.assign(_rank=ledger["status"].map(rank)).sort_values(
        ["_rank", "deadline", "site_id"], kind="stable"
    )
    return pd.DataFrame(ranked.drop_duplicates("source_id").set_index("source_id")[list(_TOLD)])


def _with_status(sites: pd.DataFrame, ties: Ties) -> pd.DataFrame:
    """Sources take status, deadline and (where they name none) unit from the remediation site about them."""
    for name in _TOLD:
        values = sites[name].to_numpy(dtype=object) if name in sites else objects([None]).repeat(len(sites))
        sites[name] = pd.Series(values, index=sites.index, dtype=object)
    sources = sites["layer"] == "pollution_sources"
    if len(ties.speaking):
        for name in ("status", "deadline"):
            sites.loc[sources, name] = sites.loc[sources, "site_id"].map(ties.speaking[name]).astype(object)
        unit = sites.loc[sources, "site_id"].map(ties.speaking["responsible_unit"]).astype(object)
        sites.loc[sources, "responsible_unit"] = sites.loc[sources, "responsible_unit"].where(
            sites.loc[sources, "responsible_unit"].notna(), unit
        )
    about = ~sources & sites["kind"].isna() & sites["source_id"].notna()
    if about.any():
        sites.loc[about, "kind"] = sites.loc[about, "source_id"].map(ties.kinds).astype(object)
    return sites


def _overdue(sites: pd.DataFrame, as_of: str) -> pd.Series:
    """True where the deadline has passed and the work is not finished; None where that is not known."""
    known = sites["deadline"].notna() & sites["status"].notna()
    late = np.full(len(sites), None, dtype=object)
    asked = np.flatnonzero(known.to_numpy())
    deadline, status = (sites[name].to_numpy(dtype=object)[asked] for name in ("deadline", "status"))
    finished = pd.Series(status, dtype=object).isin(FINISHED_STATUSES).to_numpy()
    late[asked] = [bool(day < as_of and not done) for day, done in zip(deadline, finished, strict=True)]
    return pd.Series(late, index=sites.index, dtype=object)
