"""What the ledger brings to the page: columns of sites, the island of events, and how this run differs from another.

A page of a project without a ledger has none of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa

from layers.told_history import EVENT_COLUMNS, LATER, STANDING_COLUMNS, SinceRun, ToldHistory
from layers.words import EVENT_KINDS, STATUSES, Word
from maps.assets import page_words
from maps.payload import Island, grid, page_texts
from maps.series import Integers

STANDING_NUMBERS = {"revision": 1, "relapses": 1, "older": 1}
COUNTS = ("evidence", "photos", "conflict")
_TEXTS = tuple(name for name in EVENT_COLUMNS[2:] if name not in {*COUNTS, "uuid"})
_FURTHER = re.compile(r"[（：]| \(|: ")
_SLOT = re.compile(r"\{\w+\}")
CODE_LISTS = ("contradictions", "missing")
LAST_EVENTS = 3  # of a site, where no script runs
_AT = EVENT_COLUMNS.index("at")
_UUID_BYTES = 16
_LATER = Word("晚于本图的检查日期", "later than the date of this map")


def with_standing(sites: gpd.GeoDataFrame, history: ToldHistory) -> gpd.GeoDataFrame:
    """The sites with what the ledger says of where they stand; columns that say nothing of any site are left out.

    A column of the data that is called like one of these is told as `NAME (data)`.
    """
    if not len(history.standing):
        return sites
    told_already = {"revision"} & set(sites.columns)  # the run has put it there for every output
    columns = [
        one for one in STANDING_COLUMNS[2:] if one not in told_already and _says_something(history.standing[one])
    ]
    ours = sites.rename(columns={name: f"{name} (data)" for name in columns if name in sites.columns})
    keys = pd.MultiIndex.from_arrays([page_texts(sites[name]).to_pylist() for name in ("layer", "site_id")])
    standing = history.standing.set_index(["layer", "site_id"])[columns]
    told = standing.reindex(keys).reset_index(drop=True)
    for name in columns:
        values = told[name].to_numpy(dtype=object)
        ours[name] = np.where(pd.isna(values), None, values)
    return ours


def ledger_words(history: ToldHistory | None) -> dict[str, dict[str, dict[str, str]]]:
    """The words of the codes that occur: why events have no effect, what contradicts, what evidence is lacking."""
    if history is None:
        return {}
    columns = {"whys": history.events["without"], **{name: history.standing[name] for name in CODE_LISTS}}
    found = {}
    for table, column in columns.items():
        words = {LATER: _LATER, **history.words.get(table, {})}
        codes = {code for told in column.unique() for code in told.split(";")}
        found[table] = {
            code: {language: _named(words[code].text(language)) for language in ("zh", "en")}
            for code in sorted(codes & set(words))
        }
    return {table: words for table, words in found.items() if words}


def _named(text: str) -> str:
    """What a sentence names, without how it is given or what was found: that is told where it can be mended."""
    return _SLOT.sub("…", _FURTHER.split(text)[0])


def _says_something(column: pd.Series[Any]) -> bool:
    return bool((column.notna() & (column != "") & (column != 0)).any())


def told_decisions(history: ToldHistory, findings: Sequence[str]) -> list[dict[str, Any]]:
    """What persons decided of the findings with these ids, each with `finding`, its row among them."""
    rows = {finding: row for row, finding in enumerate(findings)}
    return [{"finding": rows[key], **one} for key, one in history.decisions.items() if key in rows]


def history_island(history: ToldHistory, sites: pd.DataFrame, decisions: Sequence[Mapping[str, Any]] = ()) -> Island:
    """A row for each event, by site and time; those of sites that are not among `sites` are left out.

    Facts: `decisions`, as `told_decisions` gives them.
    Places: `site` counts the rows of `sites`, then COUNTS; `uuids` is one file, 16 bytes of each visit in their order.
    """
    rows = _rows_of(history.events, sites)
    order = np.argsort(rows, kind="stable")
    order = order[rows[order] >= 0]
    events = history.events.iloc[order]
    island = Island(len(events))
    for name in _TEXTS:
        texts = page_texts(events[name])
        if name in ("at", "note"):
            island.add_words(name, texts)
        else:
            island.add_codes(name, texts)
    island.add_series("site", rows[order])
    for name in COUNTS:
        island.add_series(name, events[name].to_numpy(dtype=np.int64))
    visits = events.loc[events["kind"] == "visit", "uuid"]
    island.add_files("uuids", [b"".join(map(_uuid_bytes, visits))])
    island.facts = {"decisions": list(decisions)}
    return island


def _uuid_bytes(uuid: str) -> bytes:
    return bytes.fromhex(uuid.replace("-", "")).ljust(_UUID_BYTES, b"\0")[:_UUID_BYTES]


def last_events(history: ToldHistory, shown: pd.DataFrame, language: str) -> list[str]:
    """The newest events of each of the sites `shown`, in words; '' where there are none."""
    keys = list(zip(*(page_texts(shown[name]).to_pylist() for name in ("layer", "site_id")), strict=True))
    wanted = set(keys)
    words = page_words()
    told: dict[tuple[str, str], list[str]] = {}
    for one in history.events.itertuples(index=False):
        if (one.layer, one.site_id) in wanted:
            told.setdefault((one.layer, one.site_id), []).append(_event_line(one, words, language))
    title = words["history.last"][language] + words["colon"][language]
    lines = {key: "\n".join([title.strip(), *reversed(own[-LAST_EVENTS:])]) for key, own in told.items()}
    return [lines.get(key, "") for key in keys]


def _event_line(one: Any, words: Mapping[str, Mapping[str, str]], language: str) -> str:
    """One event as the page's own `eventWords` tells it, shorter."""
    kind = EVENT_KINDS[one.kind].text(language) if one.kind in EVENT_KINDS else one.kind
    seen = words.get(f"{'seen' if one.kind == 'visit' else 'look_back'}.{one.result}")
    status = STATUSES[one.status].text(language) if one.status in STATUSES and one.kind != "reinspection" else ""
    deadline = words["event.deadline"][language].format(day=one.deadline) if one.deadline else ""
    actor = "" if one.kind == "stated" else one.actor
    said = " · ".join(filter(None, (seen[language] if seen else "", status, deadline)))
    day = str(one[_AT])[:10]
    void = words["event.void"][language] if one.without else ""
    return " · ".join(filter(None, (f"{day} {kind}", said, actor, void)))


def since_facts(since: SinceRun) -> dict[str, Any]:
    """What the header says of it."""
    return {"as_of": since.as_of, "counts": {name: int(count) for name, count in since.counts.items() if count}}


def changes_island(since: SinceRun, sites: pd.DataFrame) -> Island:
    """Where sites lay that have moved, then sites that are there no more: `site_id`, `name`, and places `x`, `y`.

    Place `site` counts the rows of `sites` from 1 on, 0 for those that are gone.
    """
    moved = since.moved.assign(site=_rows_of(since.moved, sites) + 1)
    moved = moved[moved["site"] > 0]
    gone = since.gone[since.gone["lon"].notna() & since.gone["lat"].notna()].assign(site=0)
    told = pd.concat([moved, gone], ignore_index=True) if len(gone) else moved.reset_index(drop=True)
    island = Island(len(told))
    for name in ("layer", "site_id", "name"):
        texts = page_texts(told[name]) if name in told else pa.array([""] * len(told), pa.large_string())
        island.add_words(name, texts)
    island.add_series("site", told["site"].to_numpy(dtype=np.int64))
    x, y = grid(*(told[name].to_numpy(dtype=np.float64) for name in ("lon", "lat")))
    island.add_series("x", x)
    island.add_series("y", y)
    return island


def _rows_of(asked: pd.DataFrame, sites: pd.DataFrame) -> Integers:
    """The row of `sites` that each row is about, -1 for none."""
    names = (page_texts(sites[name]).to_pylist() for name in ("layer", "site_id"))
    rows = {key: row for row, key in enumerate(zip(*names, strict=True))}
    wanted = zip(asked["layer"], asked["site_id"], strict=True)
    return np.array([rows.get(key, -1) for key in wanted], dtype=np.int64)
