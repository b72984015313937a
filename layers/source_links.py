"""Remediation sites name the source that they are about by its id -> the same source where its list was renumbered."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from layers.columns import objects
from layers.identities import SHIFTED, Identities

SOURCES, PROBLEMS = "pollution_sources", "remediation_sites"


def linked(frames: Mapping[str, gpd.GeoDataFrame], identities: Identities) -> dict[str, gpd.GeoDataFrame]:
    """The frames, where remediation sites that name a source by an id which it had before name it by its id now.

    An id that a source of this run bears is left as it is: nobody can tell whether the old or the new one is meant
    (`link_notes`).
    """
    changed = dict(frames)
    problems, sources = frames.get(PROBLEMS), frames.get(SOURCES)
    if not identities.renamed or problems is None or sources is None or "source_id" not in problems:
        return changed
    here = set(sources["source_id"])
    own = problems["source_id"].tolist()
    now = [None if pd.isna(one) or one in here else identities.run_id(SOURCES, str(one)) for one in own]
    if any(one in here for one in now):
        told = objects(new if new in here else old for old, new in zip(own, now, strict=True))
        changed[PROBLEMS] = problems.assign(source_id=pd.Series(told, index=problems.index, dtype=object))
    return changed


def link_notes(sites: pd.DataFrame, identities: Identities) -> list[dict[str, str]]:
    """A note where remediation sites name sources by ids that were dealt out anew: `code`, `zh`, `en`."""
    matches = identities.matches
    shifted = set(matches[(matches["layer"] == SOURCES) & matches["why"].isin(SHIFTED)]["id"])
    count = sum(one in shifted for one in sites["source_id"]) if shifted else 0
    if not count:
        return []
    return [
        {
            "code": "LINKS_DOUBTFUL",
            "zh": f"污染源编号被重新分配，有 {count} 个整改点位按编号对应污染源：请核对其污染源编号用的是新编号"
            "（见 matches.csv）。",
            "en": f"Ids of sources were dealt out anew, and {count} remediation sites name a source by such an id: "
            "check that they use the new ids (see matches.csv).",
        }
    ]
