"""The office's table and the ledger: what counts of a site is put into its row, and what the table says is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.dates import PLAIN
from layers.columns import objects
from layers.events import Event, canonical, made_uuid
from layers.ledger_state import State
from layers.meanings import judged_day
from layers.site_state import NOTHING, SiteState

LEDGER = "remediation_sites"
# What of the row counts as the ledger knows it.
EFFECTIVE = ("status", "deadline", "completed_on", "accepted_on", "closed_on")
# What the table says that is recorded when it changes.
STATED = (*EFFECTIVE, "planned_share", "progress_share", "started_on", "photos_before", "photos_after")
_SHARES = ("planned_share", "progress_share")
TABLE = "table"  # the actor of what the office's table says


def with_ledger(frames: Mapping[str, gpd.GeoDataFrame], state: State) -> dict[str, gpd.GeoDataFrame]:
    """The frames, where the remediation sites that the ledger knows have its status, its deadline and its days."""
    changed = dict(frames)
    ledger = frames.get(LEDGER)
    if ledger is None or not state.sites:
        return changed
    of_row = [state.sites.get((LEDGER, one)) for one in ledger["site_id"]]
    known = np.array([one is not None and one.status is not None for one in of_row], dtype=bool)
    if not known.any():
        return changed
    effective = ledger.copy(deep=False)
    for name in EFFECTIVE:
        own = ledger[name].to_numpy(dtype=object).copy() if name in ledger else objects([None]).repeat(len(ledger))
        own[known] = objects(getattr(one, name) for one in of_row if one is not None and one.status is not None)
        effective[name] = pd.Series(own, index=ledger.index, dtype=object)
    changed[LEDGER] = effective
    return changed


def stated_events(
    frames: Mapping[str, gpd.GeoDataFrame],
    state: State,
    *,
    as_of: date,
    run_id: str,
    hashes: Mapping[str, str] | None = None,
) -> Iterator[Event]:
    """The events of sites of which the table, as it was read, says something else than when it last said something.

    `frames` as they were read, before `with_ledger`; `state` of the whole ledger on that day. The table speaks at the
    beginning of the day, so that visits and decisions of the same day come after it. `hashes`: SHA-256 by file.
    """
    ledger = frames.get(LEDGER)
    if ledger is None or not len(ledger):
        return
    at = f"{as_of.isoformat()}T00:00:00+08:00"
    names = [name for name in STATED if name in ledger]
    columns = [_cells(ledger, name) for name in names]
    sources = ledger["source_file"] if "source_file" in ledger else [""] * len(ledger)
    for site, source, *row in zip(ledger["site_id"], sources, *columns, strict=True):
        said = {name: one for name, one in zip(names, row, strict=True) if one is not None}
        was = state.sites.get((LEDGER, site), NOTHING)
        if said != last_said(was):
            file = str(source or "")
            body = canonical({**said, "run_id": run_id})
            sha256 = (hashes or {}).get(file, "")
            uuid = made_uuid("stated", site, at, body, file, sha256, was.stated_uuid)
            yield Event(uuid, "stated", LEDGER, site, TABLE, at, body, said.get("status"), file, sha256)


def last_said(state: SiteState) -> dict[str, Any]:
    """What the office's table last said of a site, by column."""
    return {name: one for name, one in state.stated.items() if name != "run_id"}


def _cells(ledger: gpd.GeoDataFrame, name: str) -> list[Any]:
    """The values of a column, None where there is none."""
    cells = [None if one is None or one != one or one == "" else one for one in ledger[name].tolist()]
    if name == "started_on":
        return [None if one is None else judged_day(one, PLAIN).value for one in cells]
    return shares(cells) if name in _SHARES else cells


def shares(cells: list[Any]) -> list[float | None]:
    """What shares of the work the texts of a column mean, 0 to 1; None where that cannot be told.

    `60%` is 0.6. Numbers without a sign are per cent where any of the column is above 1.

    >>> shares(["60%", "0.4", None, "done"]), shares(["60", "100", "1"])
    ([0.6, 0.4, None, None], [0.6, 1.0, 0.01])
    """
    numbers = [_number(one) for one in cells]
    divisor = 100 if any(number is not None and not sign and number > 1 for number, sign in numbers) else 1
    found = [None if number is None else round(number / (100 if sign else divisor), 6) for number, sign in numbers]
    return [one if one is None or 0 <= one <= 1 else None for one in found]


def _number(cell: Any) -> tuple[float | None, bool]:
    """The number of a cell and whether it is followed by a per cent sign."""
    text = str(cell or "").strip().replace("％", "%").replace(" ", "")
    sign = text.endswith("%")
    try:
        number = float(text.rstrip("%"))
    except ValueError:
        return None, sign
    return (number, sign) if np.isfinite(number) else (None, sign)
