"""What recorded runs found -> since when each finding is known, and whether it comes back after it was gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from layers.columns import objects


class Seen(NamedTuple):
    """What recorded runs say of one finding.

    `first_seen`: the day of inspection of the first run that had it. `open`: nothing tells that it is solved: the last
    recorded run had it, or could not answer any more. `cleared`: how many times it was gone, `cleared_on`: the day
    of inspection of the run that last found it gone, '' where none did.
    """

    first_seen: str
    open: bool
    cleared: int = 0
    cleared_on: str = ""


# By finding_id.
History = Mapping[str, Seen]


def history_of(runs: Iterable[Mapping[str, Any]]) -> dict[str, Seen]:
    """The history of every finding, from the bodies of recorded runs in the order in which they were recorded.

    Reads `as_of`, `appeared` and `gone`. A run may say under `unanswered` what is not found any more because there is
    no answer any more: that is not solved, and no relapse when it comes back.
    """
    history: dict[str, Seen] = {}
    for run in runs:
        day = str(run["as_of"])
        for finding in run.get("appeared", ()):
            seen = history.get(finding)
            history[finding] = Seen(day, open=True) if seen is None else seen._replace(open=True)
        for finding in run.get("gone", ()):
            seen = history.get(finding, Seen(day, open=True))
            history[finding] = seen._replace(open=False, cleared=seen.cleared + 1, cleared_on=day)
    return history


def with_history(findings: gpd.GeoDataFrame, history: History, as_of: str) -> gpd.GeoDataFrame:
    """The findings with `first_seen` and `change`: `new`, `known`, or `relapsed` where it was gone and is back."""
    seen = [history.get(one) for one in findings["finding_id"]]
    columns = {
        "first_seen": objects(as_of if one is None else one.first_seen for one in seen),
        "change": objects("new" if one is None else "known" if one.open else "relapsed" for one in seen),
    }
    return findings.assign(
        **{name: pd.Series(told, index=findings.index, dtype=object) for name, told in columns.items()}
    )
