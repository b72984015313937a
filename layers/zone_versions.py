"""Versions of zones: rows with one id whose days of validity (`valid_from`, `valid_to`, both inclusive) keep apart.

Days are ISO texts, None where a zone has no first or no last day. On a day at most one version is in force; on a day
between two versions the zone is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import pandas as pd

from gis.faults import Fault

VALID = ("valid_from", "valid_to")
# The first day on which any version of a zone was in force; None where a version has no first day.
FIRST_DAY = "first_valid_from"
Days = tuple[str | None, str | None]  # from and to, both inclusive

_NAMED = 10  # zones that a warning names; of the others it tells how many they are


def valid_days(frame: pd.DataFrame) -> list[Days]:
    """The first and the last day of each row."""
    columns = [[None if pd.isna(day) else str(day) for day in frame[name]] for name in VALID]
    return list(zip(*columns, strict=True))


def both_valid(one: Days, other: Days) -> Days | None:
    """The first and the last day on which both are valid; None where there is no such day.

    >>> both_valid(("2010-01-01", "2015-12-31"), ("2015-12-31", None))
    ('2015-12-31', '2015-12-31')
    >>> both_valid(("2010-01-01", "2015-12-31"), ("2016-01-01", None)) is None
    True
    """
    first = max(filter(None, (one[0], other[0])), default=None)
    last = min(filter(None, (one[1], other[1])), default=None)
    return None if first and last and first > last else (first, last)


def days_told(days: Days) -> str:
    """The days as a reject tells them, '' where there is neither a first nor a last one."""
    return f"{days[0] or '…'} – {days[1] or '…'}" if any(days) else ""


def without_reversed(frame: gpd.GeoDataFrame, faults: Sequence[Fault]) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """The rows whose last day is not before their first, and the faults with a VALIDITY_REVERSED for each other row."""
    rows = frame["source_row"].to_numpy()
    found = {
        at: Fault("VALIDITY_REVERSED", row=int(rows[at]), column=VALID[1], value=last, facts={"expected": first})
        for at, (first, last) in enumerate(valid_days(frame))
        if first and last and first > last
    }
    kept = frame if not found else frame.drop(index=frame.index[list(found)]).reset_index(drop=True)
    return kept, [*faults, *found.values()]


def with_first_days(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The zones with FIRST_DAY, which is that of all versions of a zone."""
    starts = zones[VALID[0]].fillna("")
    if zones["zone_id"].duplicated().any():
        starts = starts.groupby(zones["zone_id"]).transform("min")  # "", no first day, comes before every day
    return zones.assign(**{FIRST_DAY: starts.astype(object).where(starts != "", None)})


def not_in_force(zones: gpd.GeoDataFrame, in_force: gpd.GeoDataFrame, as_of: date) -> list[dict[str, str]]:
    """A ZONES_NOT_IN_FORCE in Chinese and English where zones have no version in force on the day: how many, and which.

    `zones` are all versions, `in_force` those of that day.
    """
    left = zones[~zones["zone_id"].isin(in_force["zone_id"])]
    if not len(left):
        return []
    ids = list(dict.fromkeys(left["zone_id"]))
    told = {language: [_left_out(one, left, as_of, language) for one in ids[:_NAMED]] for language in ("zh", "en")}
    more = len(ids) - _NAMED
    return [
        {
            "code": "ZONES_NOT_IN_FORCE",
            "zh": f"有 {len(ids)} 个保护区在 {as_of} 没有有效的版本，未参与评估：{'、'.join(told['zh'])}"
            + (f"，另有 {more} 个。" if more > 0 else "。"),
            "en": f"Protection zones with no version in force on {as_of}, which were left out: {len(ids)}: "
            + ", ".join(told["en"])
            + (f" and {more} more." if more > 0 else "."),
        }
    ]


def _left_out(zone_id: str, left: gpd.GeoDataFrame, as_of: date, language: str) -> str:
    """A zone with the days of its versions nearest to `as_of`: the last one before it and the first one after."""
    days = valid_days(left[left["zone_id"] == zone_id])
    ended = max((last for _, last in days if last and last < as_of.isoformat()), default="")
    begins = min((first for first, _ in days if first and first > as_of.isoformat()), default="")
    zh = language == "zh"
    parts = [f"{'至' if zh else 'until '}{' ' if zh else ''}{ended}"] if ended else []
    parts += [f"{'自' if zh else 'from '}{' ' if zh else ''}{begins}"] if begins else []
    return f"{zone_id}（{'，'.join(parts)}）" if zh else f"{zone_id} ({', '.join(parts)})"
