"""When samples were taken: from one column, or from a year, a month, a day and a time in several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.dates import BAD, FIRST_YEAR, LAST_YEAR, PLAIN, Calendar, Day, read_day, time_of_day
from gis.measures import NOT_MEASURED, measure
from gis.values import narrow
from layers.meanings import Judged

Objects = NDArray[np.object_]
PARTS = ("sampled_on", "year", "month", "day", "time")
_MONTH_DAY = re.compile(r"(\d{1,2})[-月](\d{1,2})日?(\D.*)?", re.ASCII)
_MISSING = Day(None, "VALUE_MISSING")


class Days(NamedTuple):
    """Per row the day in ISO 8601 (year and month where no more is known) and the time HH:MM, None where unknown.

    `judged`: position -> what is wrong with a row's day. `serials`, `months`: rows by day number, without a day.
    """

    iso: Objects
    time: Objects
    judged: dict[int, Judged]
    serials: list[int]
    months: list[int]


def days_of(texts: Mapping[str, Objects], calendar: Calendar = PLAIN) -> Days:
    """The day of every row from the columns PARTS that there are, each an array of texts.

    `sampled_on` may lack the year (`04-01 12:00`, month first) where `year` has it, alone or as the first part of a
    date near by; without it, year and month, and the day where there is one, say when.
    """
    rows = len(next(iter(texts.values())))
    columns = [texts[part].tolist() if part in texts else [None] * rows for part in PARTS]
    known: dict[tuple[str | None, ...], Day] = {}
    days = [
        known.get(row) or known.setdefault(row, day_of(*row, calendar=calendar)) for row in zip(*columns, strict=True)
    ]
    return Days(
        iso=_objects([day.iso for day in days]),
        time=_objects([day.time or None for day in days]),
        judged={at: _judged(day) for at, day in enumerate(days) if day.code},
        serials=[at for at, day in enumerate(days) if day.serial],
        months=[at for at, day in enumerate(days) if day.iso is not None and len(day.iso) == 7],
    )


def day_of(
    sampled_on: str | None,
    year: str | None,
    month: str | None,
    dom: str | None,
    time: str | None,
    *,
    calendar: Calendar = PLAIN,
) -> Day:
    """The day and time that these cells of one row say; a fault where they do not, or contradict each other.

    A mark such as `--` is as good as nothing.

    >>> day_of("12-31 20:00", "2021-01-01", None, None, None)[:1]
    ('2020-12-31',)
    """
    found = _day([narrow(text or "") for text in (sampled_on, year, month, dom)], calendar)
    written = narrow(time or "")
    if found.code or not written or measure(written).qualifier == NOT_MEASURED:
        return found
    clock = time_of_day(written)
    if clock is None:
        inner = _MONTH_DAY.fullmatch(written)
        whole = read_day(written, calendar)
        if inner is not None and found.iso is not None:
            whole = _near(int(inner[1]), int(inner[2]), inner[3] or "", found.iso[:10])
        if whole.iso != found.iso:
            return BAD
        clock = whole.time
    return found._replace(time=clock)


def _day(cells: list[str], calendar: Calendar) -> Day:
    sampled_on, year, month, dom = ("" if measure(cell).qualifier == NOT_MEASURED else cell for cell in cells)
    without_year = _MONTH_DAY.fullmatch(sampled_on)
    if without_year is not None and year:
        return _near(int(without_year[1]), int(without_year[2]), without_year[3] or "", year)
    if sampled_on:
        return read_day(sampled_on, calendar)
    if not year or not month:
        return _MISSING
    year, month, dom = year.removesuffix("年"), month.removesuffix("月"), dom.removesuffix("日")
    if dom:
        return read_day(f"{year}-{month}-{dom}")
    if not (year.isdecimal() and month.isdecimal() and FIRST_YEAR <= int(year) <= LAST_YEAR and 1 <= int(month) <= 12):
        return BAD
    return Day(f"{int(year)}-{int(month):02d}")


def _near(month: int, dom: int, rest: str, year: str) -> Day:
    """The day of a month and day in `year`; where that is a whole date, in the year that brings it nearest to it."""
    clock = time_of_day(rest)
    whole = read_day(year)
    plain = year.removesuffix("年")
    if whole.iso is None or whole.serial:
        found = read_day(f"{plain}-{month}-{dom}") if len(plain) == 4 else BAD
    else:
        near = date.fromisoformat(whole.iso)
        years = (near.year - 1, near.year, near.year + 1)
        days = [day.iso for one in years if (day := read_day(f"{one}-{month}-{dom}")).iso is not None]
        found = Day(min(days, key=lambda iso: abs(date.fromisoformat(iso) - near))) if days else BAD
    return BAD if clock is None or found.code else found._replace(time=clock)


def _judged(day: Day) -> Judged:
    return Judged(None, day.code, {"readings": " / ".join(day.readings)} if day.readings else {})


def _objects(values: list[Any]) -> Objects:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made
