"""Sites of two runs -> what changed of the sites themselves: listed or not, place, status, deadline, contradiction."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.metres import ground_length
from layers.change_causes import Flags, SiteSides, last_cause
from layers.columns import objects
from layers.past_runs import PastRun
from layers.words import FINISHED_STATUSES

SOURCES, PROBLEMS = "pollution_sources", "remediation_sites"
# A site lies elsewhere where its place differs by more than this in true metres, and by more than its stated accuracy.
MOVED_METRES = 10.0


def site_rows(before: PastRun, after: PastRun, sides: SiteSides) -> pd.DataFrame:
    """Rows about sites: layer, id and name of the subject, `change`, `cause`, `was`, `now`, `since` and places.

    Statuses and deadlines are those of remediation sites: a source only shows those of the problem about it.
    """
    both = sides.both
    was, now = sides.before.loc[both], sides.after.loc[both]
    last = last_cause(before, after)
    by_ledger, rewritten = (np.asarray(both.isin(one)) for one in (sides.by_ledger, sides.rewritten))
    of_data = np.where(by_ledger, "LEDGER", np.where(rewritten, "ATTRIBUTE", last))
    problem = np.asarray(both.get_level_values(0).to_numpy(dtype=object) == PROBLEMS, dtype=bool)
    status = [_texts(side, "status") for side in (was, now)]
    stepped = problem & (status[0] != status[1])
    again = stepped & (status[1] == "reopened")
    late, since = _late(was, now, problem)
    stood, stands = (_contradicts(side, frame) for side, frame in ((was, sides.before), (now, sides.after)))
    told = (stands & ~stood) | _said_otherwise(was, now)
    unfinished = ~np.isin(status[0].astype(str), sorted(FINISHED_STATUSES))
    only_time = unfinished & (_texts(was, "deadline") == _texts(now, "deadline")) & (before.as_of != after.as_of)
    parts = [
        _unlisted(after, sides),
        _listed(after, sides),
        _rows("moved", moved(was, now, sides), both, was, now, "POSITION"),
        _rows("relapsed", again, both, was, now, of_data, was_now=status),
        _rows("status", stepped & ~again, both, was, now, of_data, was_now=status),
        _rows("overdue", late, both, was, now, np.where(only_time, "DATE", of_data), since=since),
        _rows("contradiction", told & problem, both, was, now, of_data, was_now=status),
    ]
    return pd.concat(parts, ignore_index=True)


def moved(was: pd.DataFrame, now: pd.DataFrame, sides: SiteSides) -> Flags:
    """Which of the sites lie elsewhere by more than MOVED_METRES and more than either side's accuracy."""
    found = np.asarray(sides.both.isin(sides.moved), dtype=bool)
    at = np.flatnonzero(found)
    if len(at):
        ends = np.stack([_places(side.iloc[at]) for side in (was, now)], axis=1)
        known = ~np.isnan(ends).any(axis=(1, 2))
        metres = np.zeros(len(at))
        metres[known] = ground_length(shapely.linestrings(ends[known]))
        doubt = np.fmax.reduce([_numbers(side.iloc[at], "located_to_metres") for side in (was, now)])
        found[at] = metres > np.fmax(doubt, MOVED_METRES)
    return np.asarray(found, dtype=bool)


def _rows(
    change: str,
    which: Flags,
    keys: pd.MultiIndex,
    was: pd.DataFrame,
    now: pd.DataFrame,
    cause: Any,
    *,
    was_now: list[NDArray[np.object_]] | None = None,
    since: NDArray[np.object_] | None = None,
) -> pd.DataFrame:
    """The rows of one kind of change of sites that both runs have."""
    at = np.flatnonzero(which)
    here, there = now.iloc[at], was.iloc[at]
    blank = objects([""]).repeat(len(at))
    places, earlier = _places(here), _places(there)
    return pd.DataFrame(
        {
            "subject_layer": keys.get_level_values(0).to_numpy(dtype=object)[at],
            "subject_id": _texts(here, "_id") if "_id" in here else keys.get_level_values(1).to_numpy(dtype=object)[at],
            "subject_name": _texts(here, "name"),
            "change": objects([change]).repeat(len(at)),
            "cause": np.broadcast_to(np.asarray(cause, dtype=object), which.shape)[at],
            "was": was_now[0][at] if was_now else blank,
            "now": was_now[1][at] if was_now else blank,
            "since": since[at] if since is not None else blank,
            "lon": places[:, 0],
            "lat": places[:, 1],
            "lon_before": earlier[:, 0],
            "lat_before": earlier[:, 1],
        }
    )


def _unlisted(after: PastRun, sides: SiteSides) -> pd.DataFrame:
    """Sites that the later run does not have: nothing tells that they are solved."""
    keys = sides.before.index.difference(sides.after.index)
    was = sides.before.loc[keys]
    asked = np.array([key in after.asked for key in keys], dtype=bool)
    every, status = np.ones(len(keys), dtype=bool), _texts(was, "status")
    cause = np.where(asked, "IDENTITY", "SITE_GONE")
    rows = _rows("gone", every, keys, was, was, cause, was_now=[status, objects([""]).repeat(len(keys))])
    return rows.assign(lon=np.nan, lat=np.nan)


def _listed(after: PastRun, sides: SiteSides) -> pd.DataFrame:
    """Sites that the earlier run does not have."""
    keys = sides.after.index.difference(sides.before.index)
    now = sides.after.loc[keys]
    asked = np.array([key in after.asked for key in keys], dtype=bool)
    cause = np.where(asked, "IDENTITY", "SITE_NEW")
    words = [objects([""]).repeat(len(keys)), _texts(now, "status")]
    rows = _rows("new", np.ones(len(keys), dtype=bool), keys, now, now, cause, was_now=words)
    return rows.assign(lon_before=np.nan, lat_before=np.nan)


def _late(was: pd.DataFrame, now: pd.DataFrame, problem: Flags) -> tuple[Flags, NDArray[np.object_]]:
    """Which problems are overdue now and were not, and the first day on which each is."""
    late = problem & (_texts(now, "overdue") == "true") & (_texts(was, "overdue") != "true")
    since = objects([""]).repeat(len(now))
    deadlines = _texts(now, "deadline")
    for at in np.flatnonzero(late):
        since[at] = (date.fromisoformat(deadlines[at]) + timedelta(days=1)).isoformat()
    return late, since


def _contradicts(side: pd.DataFrame, every: pd.DataFrame) -> Flags:
    """Which problems are finished by their status while they, or the source that they are about, are in violation."""
    finished = np.isin(_texts(side, "status").astype(str), sorted(FINISHED_STATUSES))
    own = _texts(side, "result") == "violation"
    sources = _texts(side, "source_id")
    bad = _texts(every, "result") == "violation"
    layer, ids = (every.index.get_level_values(level).to_numpy(dtype=object) for level in (0, 1))
    named = _texts(every, "_id") if "_id" in every else ids
    violating = set(named[bad & (layer == SOURCES)].tolist())
    of_source = np.array([one in violating for one in sources], dtype=bool)
    return np.asarray(finished & (own | of_source), dtype=bool)


def _said_otherwise(was: pd.DataFrame, now: pd.DataFrame) -> Flags:
    """Where the ledger tells of contradictions (codes of `layers.workflow`) that it did not tell of before."""
    if "contradiction" not in was or "contradiction" not in now:
        return np.zeros(len(now), dtype=bool)
    sides = zip(_texts(was, "contradiction"), _texts(now, "contradiction"), strict=True)
    return np.array([bool({*new.split(";")} - {*old.split(";"), ""}) for old, new in sides], dtype=bool)


def _texts(rows: pd.DataFrame, name: str) -> NDArray[np.object_]:
    return rows[name].to_numpy(dtype=object) if name in rows else objects([""]).repeat(len(rows))


def _numbers(rows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in rows:
        return np.full(len(rows), np.nan)
    return np.asarray(pd.to_numeric(rows[name].astype(object), errors="coerce"), dtype=np.float64)


def _places(rows: pd.DataFrame) -> NDArray[np.float64]:
    return np.column_stack([_numbers(rows, "lon"), _numbers(rows, "lat")])
