"""The layer of samples: a table with a column per indicator, or with a row per value -> one row for every value.

A value keeps what the laboratory wrote: whether it lies below or above a limit, the limit, and its text. Units are
converted by the table of `gis.units`; a unit that nobody states is the standard's, and told.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.dates import PLAIN, Calendar
from gis.faults import Fault, InputError
from gis.units import stated_unit, unit_of, without_unit
from layers.indicators import IN_BRACKETS, INDICATORS, Indicator
from layers.layer import Column, Entry, Layer, further_columns, headings_of, key_of_heading, texts_of_columns
from layers.meanings import FRAME_COLUMNS, Judged, add_faults, error_cells, is_rounded
from layers.river_sections import SAMPLED_ON
from layers.sample_days import PARTS, Days, days_of
from layers.sample_values import Values, unit_of_heading, values_of

Objects = NDArray[np.object_]
Texts = Mapping[str, tuple[str, Objects]]

_BASE = (
    Column("section_id", "id", needed=True, also=(
        "断面编号", "断面编码", "断面代码", "站点编号", "编号", "断面名称", "断面", "监测断面", "站点名称", "站点",
        "station_id", "station", "section", "site_code",
    )),
    Column("sampled_on", "date", needed=True, also=SAMPLED_ON),
    Column("year", also=("年份", "采样年份", "监测年份")),
    Column("month", also=("月份", "采样月份", "监测月份")),
    Column("day", also=("采样日", "监测日")),
    Column("time", also=("采样时刻", "监测时刻", "time_of_day")),
    Column("indicator", also=("指标", "监测项目", "项目", "监测指标", "parameter", "analyte")),
    Column("value", also=("监测值", "浓度", "数值", "结果", "检测值", "result", "concentration")),
    Column("unit", also=("单位", "计量单位", "units")),
)  # fmt: skip
LAYER = Layer(
    kind="samples",
    id_column="section_id",
    geometry=frozenset(),
    columns=(
        *_BASE,
        *(Column(code, also=(one.zh, one.en, *one.also)) for code, one in INDICATORS.items()),
    ),
    unique_ids=False,
)
# What every value is known by and consists of; then the file's further columns, `source_row` and no geometry.
COLUMNS = ("section_id", "sampled_on", "time", "indicator", "value", "qualifier", "limit", "unit", "raw")
# In a column of units they say that there is none.
_NO_UNIT = frozenset({"-", "--", "—", "/", "无", "none"})
_FLAGS = ("flag", "flags", "qualifier", "qual", "remark", "标记", "标识")
_SHOWN = 8


class Samples(NamedTuple):
    """One row per value of the accepted rows, a fault per rejected row, notes, and how many rows were accepted.

    `frame`: COLUMNS, further columns as text, `source_row`, geometry (None). `sampled_on` is a day in ISO 8601, or year
    and month where no day is known. `value` and `limit` are in `unit`, NaN where there is none; `qualifier` is '' for a
    measured value, `<`, `≤`, `L`, `ND`, `>`, `≥`, or `not_measured`; `raw` is the cell's text.
    """

    frame: gpd.GeoDataFrame
    faults: list[Fault]
    notes: list[dict[str, Any]]
    accepted: int


class _Part(NamedTuple):
    """Values of one indicator: its code, the heading and texts they come from, at which rows, and what they mean."""

    code: str
    heading: str
    texts: Objects
    rows: NDArray[np.int64]
    found: Values


def conform_samples(frame: gpd.GeoDataFrame, *, entry: Entry, id_stem: str, calendar: Calendar = PLAIN) -> Samples:
    """The values of a table of samples, one row each; of the rows of the table each is accepted or rejected whole.

    `frame` has text columns and `source_row`. Raises InputError: COLUMN_MISSING, UNIT_UNKNOWN (of a heading).
    """
    texts = _texts(frame, entry, id_stem)
    rows = frame["source_row"].to_numpy()
    faults = error_cells(frame)
    ids = texts["section_id"]
    add_faults(faults, _judged_ids(ids[1]), ids[1], ids[0], rows)
    days = days_of({part: texts[part][1] for part in PARTS if part in texts}, calendar)
    dated = texts["sampled_on"] if texts["sampled_on"][0] or "year" not in texts else texts["year"]
    add_faults(faults, days.judged, dated[1], dated[0] or "sampled_on", rows)
    parts, used = _parts(texts)
    for part in parts:
        _add_value_faults(faults, part, texts, rows)
    repeated = {} if entry.make_id == "row" else _repeated(frame, faults)
    faults |= {
        at: Fault("SAMPLE_REPEATED", row=int(rows[at]), facts={"first": str(first)}) for at, first in repeated.items()
    }
    kept = np.ones(len(frame), dtype=bool)
    kept[list(faults)] = False
    further = further_columns(frame, used, {*COLUMNS, "year", "month", "day"}, entry)
    made = _long(kept, ids[1], days, parts, further, rows)
    notes = [*_column_notes(used, entry), *_day_notes(days, dated, kept), *_value_notes(parts, further)]
    notes += _differing(kept, ids[1], days, texts, rows)
    return Samples(made, [faults[at] for at in sorted(faults)], notes, int(kept.sum()))


def _judged_ids(ids: Objects) -> dict[int, Judged]:
    """Position -> what is wrong with an id: there is none, or it was rounded."""
    plain = {at: (text or "").strip() for at, text in enumerate(ids)}
    judged = {at: Judged(None, "VALUE_MISSING") for at, text in plain.items() if not text}
    return judged | {at: Judged(None, "NUMBER_TOO_LONG") for at, text in plain.items() if is_rounded(text)}


def _add_value_faults(faults: dict[int, Fault], part: _Part, texts: Texts, rows: NDArray[np.int64]) -> None:
    """Adds what is wrong with the values of a part; an unknown unit at the cell in which it stands."""
    judged = {int(part.rows[at]): one for at, one in part.found.judged.items()}
    heading, units = texts.get("unit", ("", None))
    of_unit = {
        at: one
        for at, one in judged.items()
        if units is not None and one.code == "UNIT_UNKNOWN" and one.facts.get("unit") == (units[at] or "").strip()
    }
    if units is not None:
        add_faults(faults, of_unit, units, heading, rows)
    add_faults(faults, {at: one for at, one in judged.items() if at not in of_unit}, part.texts, part.heading, rows)


# --- Columns ---------------------------------------------------------------------------------


class _Mapped(NamedTuple):
    """An entry of the project file with further columns mapped."""

    path: str
    located_to_metres: float | None
    map_scale: float | None
    make_id: str | None
    constants: Mapping[str, Any]
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]


def _texts(frame: gpd.GeoDataFrame, entry: Entry, stem: str) -> dict[str, tuple[str, Objects]]:
    """Our columns that the table, or a constant, has: heading and texts."""
    theirs = [str(name) for name in frame.columns if name not in FRAME_COLUMNS]
    told_by_brackets = {
        code: heading
        for code, spellings in IN_BRACKETS.items()
        for heading in theirs
        if code not in entry.columns and unicodedata.normalize("NFKC", without_unit(heading)).lower() in spellings
    }
    mapped = _Mapped(
        entry.path, entry.located_to_metres, entry.map_scale, entry.make_id, entry.constants,
        {**told_by_brackets, **entry.columns}, entry.values,
    )  # fmt: skip
    there = {*headings_of(theirs, LAYER.columns, mapped, "section_id"), *entry.constants, *mapped.columns}
    in_parts = {"year", "month"} <= there
    columns = tuple(
        column._replace(needed=False) if column.name == "sampled_on" and in_parts else column
        for column in LAYER.columns
        if column.needed or column.name in there
    )
    return texts_of_columns(frame, LAYER, columns, mapped, stem)


def _parts(texts: Texts) -> tuple[list[_Part], Texts]:
    """The columns of values, and which of our columns were used for that or for the rest.

    With a column of indicators and one of values every row is one value; else every indicator has its column.
    """
    if "indicator" in texts and "value" in texts:
        used = {name: found for name, found in texts.items() if name not in INDICATORS}
        return list(_rowwise(texts)), used
    used = {name: found for name, found in texts.items() if name not in ("indicator", "value")}
    units = texts["unit"][1] if "unit" in texts else None
    parts, unknown = [], []
    for code in (name for name in used if name in INDICATORS):
        heading, cells = used[code]
        stated = unit_of_heading(heading, INDICATORS[code])
        if isinstance(stated, Fault):
            unknown.append(stated)
        else:
            found = values_of(cells, stated, INDICATORS[code], units)
            parts.append(_Part(code, heading or code, cells, np.arange(len(cells)), found))
    if unknown:
        raise InputError(unknown)
    return parts, used


_CODES = {
    key_of_heading(name): code for code, one in INDICATORS.items() for name in (code, one.zh, one.en, *one.also)
} | {spelling: code for code, spellings in IN_BRACKETS.items() for spelling in spellings}


def code_of_indicator(text: str) -> str:
    """The code of the indicator that a cell names, or its text where it is not known."""
    plain = unicodedata.normalize("NFKC", without_unit(text)).lower()
    return _CODES.get(plain) or _CODES.get(key_of_heading(without_unit(text))) or text.strip()


def _rowwise(texts: Texts) -> Iterator[_Part]:
    """The values of a table with a row per value: a part for each indicator and unit that stands in it."""
    heading, cells = texts["value"]
    names = texts["indicator"][1]
    units = texts["unit"][1] if "unit" in texts else np.full(len(cells), None, dtype=object)
    pairs = np.full(len(cells), None, dtype=object)
    for at, (name, unit) in enumerate(zip(names, units, strict=True)):
        pairs[at] = ((name or "").strip(), "" if (unit or "").strip() in _NO_UNIT else (unit or "").strip())
    at_distinct, distinct = pd.factorize(pairs)
    for place, (name, unit) in enumerate(distinct):
        rows = np.flatnonzero(at_distinct == place)
        code = code_of_indicator(name)
        stated = unit or stated_unit(name) or ""
        indicator = INDICATORS.get(code, Indicator(name, name, unit=""))
        found = values_of(cells[rows], stated, indicator)
        if not name:  # a value of nobody knows what
            nameless = {int(at): Judged(None, "VALUE_MISSING") for at in np.flatnonzero(found.filled)}
            found = found._replace(judged=nameless)
        yield _Part(code, heading, cells, rows, found)


# --- One row per value -----------------------------------------------------------------------


def _long(
    kept: NDArray[np.bool_], ids: Objects, days: Days, parts: list[_Part], further: Mapping[str, Any], rows: Any
) -> gpd.GeoDataFrame:
    """The values of the rows that are kept, in the order of the rows and, within a row, of its columns."""
    chosen = [np.flatnonzero(part.found.filled & kept[part.rows]) for part in parts]
    at = np.concatenate(
        [np.zeros(0, dtype=np.int64), *(part.rows[one] for part, one in zip(parts, chosen, strict=True))]
    )
    order = np.argsort(at, kind="stable")

    def joined(columns: list[NDArray[Any]], kind: str) -> pd.Series[Any]:
        return pd.Series(np.concatenate([np.zeros(0, dtype=kind), *columns])[order], dtype=kind)

    both = list(zip(parts, chosen, strict=True))
    plain = np.array([text.strip() if text else None for text in ids], dtype=object)
    made: dict[str, Any] = {
        "section_id": pd.Series(plain[at][order], dtype=object),
        "sampled_on": pd.Series(days.iso[at][order], dtype=object),
        "time": pd.Series(days.time[at][order], dtype=object),
        "indicator": joined([np.full(len(one), part.code, dtype=object) for part, one in both], "object"),
        "value": joined([part.found.value[one] for part, one in both], "float64"),
        "qualifier": joined([part.found.qualifier[one] for part, one in both], "object"),
        "limit": joined([part.found.limit[one] for part, one in both], "float64"),
        "unit": joined([np.full(len(one), part.found.unit, dtype=object) for part, one in both], "object"),
        "raw": joined([part.texts[part.rows[one]] for part, one in both], "object"),
    }
    for name, column in further.items():
        made[name] = pd.Series(column.to_numpy(dtype=object)[at][order], dtype=object)
    made["source_row"] = pd.Series(rows[at][order], dtype="int64")
    nowhere = np.full(len(at), None, dtype=object)
    return gpd.GeoDataFrame(pd.DataFrame(made), geometry=gpd.GeoSeries(nowhere, crs="EPSG:4326"))


def _repeated(frame: gpd.GeoDataFrame, faults: Mapping[int, Fault]) -> dict[int, int]:
    """Position -> the number of the first row that is the same in every cell; rows with a fault are none of them."""
    names = [name for name in frame.columns if name not in FRAME_COLUMNS]
    good = frame.drop(index=frame.index[list(faults)])
    again = good[good.duplicated(names)]
    if again.empty:
        return {}
    first: dict[tuple[Any, ...], int] = {}
    for cells, row in zip(good[names].itertuples(index=False, name=None), good["source_row"], strict=True):
        first.setdefault(cells, int(row))
    places = {int(row): at for at, row in enumerate(frame["source_row"])}
    found = zip(again[names].itertuples(index=False, name=None), again["source_row"], strict=True)
    return {places[int(row)]: first[cells] for cells, row in found}


# --- Notes -----------------------------------------------------------------------------------


def _column_notes(used: Texts, entry: Entry) -> Iterator[dict[str, Any]]:
    """Under which headings our columns were found, and the units that were converted."""
    for ours, (heading, _) in used.items():
        if heading and heading not in (ours, entry.columns.get(ours)):
            yield {"code": "COLUMN_FOUND", "row": None, "column": ours, "heading": heading}
    for ours, (heading, _) in used.items():
        unit = unit_of(stated_unit(heading) or "") if ours in INDICATORS else None
        if unit is not None and unit.factor != 1:
            yield {
                "code": "UNIT_CONVERTED",
                "row": None,
                "column": ours,
                "heading": heading,
                "factor": f"{unit.factor:g}",
            }
    for text in pd.unique(used["unit"][1]) if "unit" in used else ():
        unit = unit_of(text or "")
        if unit is not None and unit.factor != 1:
            heading = f"{used['unit'][0]} = {text}"
            yield {
                "code": "UNIT_CONVERTED",
                "row": None,
                "column": "value",
                "heading": heading,
                "factor": f"{unit.factor:g}",
            }


def _day_notes(days: Days, dated: tuple[str, Objects], kept: NDArray[np.bool_]) -> Iterator[dict[str, Any]]:
    for code, found in (("DATE_SERIAL", days.serials), ("DATE_MONTH", days.months)):
        rows = [at for at in found if kept[at]]
        if rows:
            shown = f"{dated[1][rows[0]]} = {days.iso[rows[0]]}"
            yield {"code": code, "row": None, "column": dated[0], "rows": str(len(rows)), "found": shown}


def _value_notes(parts: list[_Part], further: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What was not measured, which units were assumed, indicators that are not known, columns that look like flags."""
    marks: Counter[str] = Counter()
    cells: Counter[str] = Counter()
    for part in parts:
        marks += part.found.marks
        cells[part.code] += part.found.marks.total()
    if marks:
        words = {"marks": _listed(marks), "found": _listed(+cells), "cells": str(marks.total())}
        yield {"code": "VALUE_NOT_MEASURED", "row": None, **words}
    if assumed := {part.code: part.found.unit for part in parts if part.found.assumed and part.code in INDICATORS}:
        yield {
            "code": "UNIT_ASSUMED",
            "row": None,
            "found": ", ".join(f"{code} {unit}" for code, unit in assumed.items()),
        }
    if unknown := dict.fromkeys(part.code for part in parts if part.code and part.code not in INDICATORS):
        yield {"code": "INDICATOR_UNKNOWN", "row": None, "found": ", ".join(unknown)}
    headings = {part.heading for part in parts}
    flags = [name for name in further if any(name == f"{one}{word}" for one in headings for word in _flags(name, one))]
    if flags:
        more = f" … ({len(flags)})" if len(flags) > _SHOWN else ""
        yield {"code": "FLAGS_KEPT", "row": None, "found": ", ".join(flags[:_SHOWN]) + more}


def _flags(name: str, heading: str) -> tuple[str, ...]:
    """What follows `heading` in a further column's name, where that is a word for a flag."""
    rest = name.removeprefix(heading)
    return (rest,) if rest != name and rest.lower().strip(" _-") in _FLAGS else ()


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{word} × {count}" for word, count in counts.most_common())


def _differing(
    kept: NDArray[np.bool_], ids: Objects, days: Days, texts: Texts, rows: NDArray[Any]
) -> Iterator[dict[str, Any]]:
    """A note where accepted rows have the section, time and, in a row per value, the indicator of an earlier one."""
    key = pd.DataFrame({"id": ids, "iso": days.iso, "time": days.time})
    if "indicator" in texts and "value" in texts:
        key["indicator"] = texts["indicator"][1]
    again = key[kept].duplicated().to_numpy()
    if again.any():
        found = rows[kept][again]
        shown = ", ".join(str(row) for row in found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
        yield {"code": "SAMPLES_DIFFER", "row": None, "rows": str(len(found)), "found": shown}
