"""What a layer is, and how a table of text becomes one: our columns, our words, typed values, or a fault per row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Literal, NamedTuple, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.dates import PLAIN, Calendar
from gis.faults import Fault, InputError
from gis.headings import names_of_groups
from gis.tables import LONGEST_LABEL
from gis.units import without_tags
from gis.values import map_scale, number
from layers.accuracy import located
from layers.meanings import FRAME_COLUMNS, Judged, add_faults, error_cells, is_rounded, judged_day, serial_notes
from layers.photo_names import are_photos
from layers.units import UNITS, factor_of
from layers.words import BOOLEANS, Word, code_of

Words = Mapping[str, Word]
Objects = NDArray[np.object_]
Holds = Literal["id", "text", "word", "kind", "level", "number", "scale", "date", "boolean", "photos"]


class Column(NamedTuple):
    """One canonical column: its name, what it holds, whether it is needed, its words, other headings it is known by.

    `kind` and `level` take their words from the rule books in force, `word` from `words`. `photos` are names of files:
    known by another heading only where the cells name pictures (整改前 may as well hold a sentence).
    """

    name: str
    holds: Holds = "text"
    needed: bool = False
    words: Words | None = None
    also: tuple[str, ...] = ()


class Layer(NamedTuple):
    """One kind of data: its id column, the geometry kinds it takes (none: a table) and its columns."""

    kind: str
    id_column: str
    geometry: frozenset[str]
    columns: tuple[Column, ...]
    # Several rows may share an id where the id names a place and a row is a visit to it.
    unique_ids: bool = True
    # Columns that a frame has only where the data say something there.
    occasional: tuple[Column, ...] = ()


class Entry(Protocol):
    """What the project file says about one `[[layer]]`, as far as its rows are concerned."""

    @property
    def path(self) -> str: ...
    @property
    def located_to_metres(self) -> float | None: ...
    @property
    def map_scale(self) -> float | None: ...
    @property
    def make_id(self) -> str | None: ...
    @property
    def constants(self) -> Mapping[str, Any]: ...
    @property
    def columns(self) -> Mapping[str, str]: ...
    @property
    def values(self) -> Mapping[str, Mapping[str, str]]: ...


# Every layer may say how accurate its positions are, per row; else the entry says it for the whole file.
LOCATED = Column(
    "located_to_metres", "number", also=("定位精度", "位置精度", "精度", "定位误差", "accuracy", "accuracy_m")
)
# Or the scale of the map that a place was drawn from (layers.accuracy).
MAP_SCALE = Column(
    "map_scale",
    "scale",
    also=("比例尺", "地图比例尺", "成图比例尺", "制图比例尺", "比例尺分母", "成图比例尺分母", "scale_denominator"),
)
ANY_GEOMETRY = frozenset({"point", "line", "polygon"})
_OTHERS = "*"
_NUMBERS = ("number", "scale")
_TEXTS = ("text", "photos")


Judge = Callable[[str | None], Judged]


def conform(
    frame: gpd.GeoDataFrame,
    layer: Layer,
    *,
    entry: Entry,
    kinds: Words,
    levels: Words,
    id_stem: str | None = None,
    calendar: Calendar = PLAIN,
) -> tuple[gpd.GeoDataFrame, list[Fault], list[dict[str, Any]]]:
    """The rows of a table in the columns and words of `layer`, one fault per row that cannot be, and notes.

    `frame` has text columns, `source_row` and geometry. Columns are found by the entry's mapping, by our own
    names, then by known Chinese and English headings; unknown ones are kept as text, renamed `NAME_original` where they
    would hide one of ours. Texts, words and dates that are empty are None, numbers NaN. A row with several faults
    is one fault that names the others. `make_id` = row gives `id_stem`-ROW (left out: the file's stem).

    Numbers whose heading states another unit are converted (note UNIT_CONVERTED); dates that are a spreadsheet's
    count of days are told (note DATE_SERIAL).

    Raises InputError(COLUMN_MISSING), all of them at once, where a mapped or needed column is absent, and
    InputError(UNIT_UNKNOWN) for units that are not known.
    """
    own, occasional = ({one.name for one in columns} for columns in (layer.columns, layer.occasional))
    columns = (*layer.columns, *(one for one in (LOCATED, MAP_SCALE) if one.name not in own), *layer.occasional)
    texts = texts_of_columns(frame, layer, columns, entry, id_stem or PurePosixPath(entry.path).stem)
    spellings = entry.values  # noqa: PD011 - theirs = ours, no frame
    factors = _factors(texts)
    made: dict[str, pd.Series[Any]] = {}
    faults = error_cells(frame)
    serials: list[dict[str, Any]] = []
    for column in columns:
        heading, values = texts[column.name]
        at_distinct, distinct = pd.factorize(values)
        judge = _judge(column, spellings.get(column.name, {}), kinds, levels, calendar)
        meanings, refused = _meanings(column, distinct.tolist(), judge, mapped=column.name in spellings)
        at_distinct = at_distinct % len(meanings)  # nothing is -1: the last
        made[column.name] = pd.Series(meanings[at_distinct], dtype=meanings.dtype)
        if factors.get(column.name, 1.0) != 1.0:
            made[column.name] *= factors[column.name]
        if column.holds == "date":
            serials += serial_notes(column.name, heading, distinct, at_distinct, calendar)
        if refused:
            bad = np.flatnonzero(np.isin(at_distinct, list(refused)))
            judged = {int(at): refused[int(at_distinct[at])] for at in bad}
            add_faults(faults, judged, values, heading, frame["source_row"].to_numpy())
    made[LOCATED.name], derived = located(made[LOCATED.name], made[MAP_SCALE.name], frame, entry)
    if MAP_SCALE.name not in own and made[MAP_SCALE.name].isna().all():
        del made[MAP_SCALE.name]  # no column of theirs
    made = {name: cells for name, cells in made.items() if name not in occasional or not cells.isna().all()}
    known = pd.DataFrame({**made, **further_columns(frame, texts, set(made), entry)}, index=frame.index)
    known["source_row"] = frame["source_row"]
    whole = gpd.GeoDataFrame(known, geometry=frame.geometry, crs=frame.crs)
    if faults:
        kept = np.ones(len(frame), dtype=bool)
        kept[list(faults)] = False
        whole = whole[kept].reset_index(drop=True)
    notes = [*derived, *_column_notes(texts, factors, entry), *serials]
    return whole, [faults[at] for at in sorted(faults)], notes


def _column_notes(
    texts: Mapping[str, tuple[str, Objects]], factors: Mapping[str, float], entry: Entry
) -> list[dict[str, Any]]:
    """Under which headings our columns were found, and which units were converted."""
    found = [
        {"code": "COLUMN_FOUND", "row": None, "column": ours, "heading": heading}
        for ours, (heading, _) in texts.items()
        if heading and heading not in (ours, entry.columns.get(ours))
    ]
    return found + [
        {"code": "UNIT_CONVERTED", "row": None, "column": ours, "heading": texts[ours][0], "factor": f"{factor:g}"}
        for ours, factor in factors.items()
        if factor != 1.0
    ]


# --- Columns ---------------------------------------------------------------------------------


def texts_of_columns(
    frame: gpd.GeoDataFrame, layer: Layer, columns: tuple[Column, ...], entry: Entry, stem: str
) -> dict[str, tuple[str, Objects]]:
    """Our column -> the heading it came from ('' where there is none) and its texts.

    Raises InputError(COLUMN_MISSING) for every mapped or needed column that is absent.
    """
    theirs = [str(name) for name in frame.columns if name not in FRAME_COLUMNS]
    headings = headings_of(theirs, columns, entry, layer.id_column)
    found: dict[str, tuple[str, Objects]] = {}
    absent = [ours for ours, heading in entry.columns.items() if heading not in theirs]
    for column in columns:
        made_from = _texts_of(column, frame, headings, layer, entry, stem)
        if made_from is not None:
            found[column.name] = made_from
        elif column.needed and column.name not in absent:
            absent.append(column.name)
    if absent:
        also = {column.name: " / ".join(column.also[:3]) for column in columns}
        facts = {"found": ", ".join(theirs)}
        raise InputError(
            Fault("COLUMN_MISSING", column=ours, value=entry.columns.get(ours) or also.get(ours, ""), facts=facts)
            for ours in absent
        )
    return found


def _texts_of(
    column: Column, frame: gpd.GeoDataFrame, headings: Mapping[str, str], layer: Layer, entry: Entry, stem: str
) -> tuple[str, Objects] | None:
    """The heading and texts of one column; None where it is needed and nothing gives it."""
    if column.name in headings:
        heading = headings[column.name]
        texts = frame[heading].to_numpy(dtype=object)
        guessed = column.name not in entry.columns and key_of_heading(heading) != key_of_heading(column.name)
        if column.holds == "photos" and guessed and not are_photos(texts):
            return "", np.full(len(frame), None, dtype=object)
        if column.name == layer.id_column and not column.needed:
            texts = _ids_filled(texts, frame["source_row"].to_numpy(), stem)
        return heading, texts
    if column.name in entry.constants:
        return "", np.full(len(frame), constant_text(entry.constants[column.name]), dtype=object)
    if column.name == layer.id_column:
        if entry.make_id == "row" or (entry.make_id is None and not column.needed):
            return "", np.array([f"{stem}-{row}" for row in frame["source_row"]], dtype=object)
        if entry.make_id == "name" and "name" in headings:
            return headings["name"], frame[headings["name"]].to_numpy(dtype=object)
    return None if column.needed else ("", np.full(len(frame), None, dtype=object))


def _ids_filled(texts: Objects, rows: Objects, stem: str) -> Objects:
    """The ids that a row may lack, STEM-ROW where it does: rows without an id are not one row told twice."""
    empty = np.array([not (text and text.strip()) for text in texts], dtype=bool)
    return np.where(empty, np.array([f"{stem}-{row}" for row in rows], dtype=object), texts) if empty.any() else texts


def _factors(texts: Mapping[str, tuple[str, Objects]]) -> dict[str, float]:
    """Our number column -> the factor from the unit of its heading to ours."""
    found = {ours: factor_of(texts[ours][0], ours) for ours in UNITS if ours in texts}
    unknown = [fault for fault in found.values() if isinstance(fault, Fault)]
    if unknown:
        raise InputError(unknown)
    return {ours: factor for ours, factor in found.items() if not isinstance(factor, Fault)}


def headings_of(theirs: list[str], columns: tuple[Column, ...], entry: Entry, id_column: str) -> dict[str, str]:
    """Our column -> their heading: as mapped, else our own name, else a heading the column is known by.

    A heading is used once, except where the mapping says otherwise; a constant or `make_id` in the project file
    stands above a heading that is only guessed. A mapped heading that is absent is left out here.
    """
    mapped = {ours: heading for ours, heading in entry.columns.items() if heading in theirs}
    found = dict(mapped)
    unmapped = [heading for heading in theirs if heading not in mapped.values()]
    free = {key_of_heading(part): heading for part, heading in names_of_groups(unmapped).items()}
    free |= {key_of_heading(heading): heading for heading in reversed(unmapped)}
    for column in columns:
        if column.name not in entry.columns and key_of_heading(column.name) in free:
            found[column.name] = _taken(free, key_of_heading(column.name))
    for column in columns:
        stated = column.name in entry.constants or (column.name == id_column and entry.make_id is not None)
        if column.name in found or column.name in entry.columns or stated:
            continue
        known = next((key_of_heading(name) for name in column.also if key_of_heading(name) in free), None)
        if known is not None:
            found[column.name] = _taken(free, known)
    return found


def _taken(free: dict[str, str], key: str) -> str:
    """The heading under `key`, taken from the free ones under all its keys."""
    heading = free[key]
    for other in [one for one, name in free.items() if name == heading]:
        del free[other]
    return heading


def key_of_heading(heading: str) -> str:
    """A heading without case, width, blanks, underscores, tags of HTML and what stands in brackets."""
    folded = unicodedata.normalize("NFKC", without_tags(heading)).lower()
    plain = re.sub(r"\(.*?\)|\[.*?\]", "", folded)
    return re.sub(r"[\s_\-*:]", "", plain) or folded


def further_columns(
    frame: gpd.GeoDataFrame, texts: Mapping[str, tuple[str, Objects]], ours: set[str], entry: Entry
) -> dict[str, Any]:
    """The columns that are none of ours, under names that hide none of ours, and the project file's own constants.

    `texts` are our columns with the headings they came from, `ours` the names that must not be hidden.
    """
    used = {heading for heading, _ in texts.values()}
    renamed = {heading: name for name, heading in entry.columns.items() if name not in ours}
    further: dict[str, Any] = {}
    for name in frame.columns:
        if (name in used and name not in renamed) or name in FRAME_COLUMNS:
            continue
        free = renamed.get(str(name), str(name))
        while free in ours or free in further:
            free += "_original"
        further[free] = frame[name]
    for name, value in entry.constants.items():
        if name not in ours and name not in further:
            further[name] = pd.Series(constant_text(value), index=frame.index, dtype=object)
    return further


def constant_text(value: Any) -> str:
    """A constant of the project file as the text a cell would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


# --- Values ----------------------------------------------------------------------------------


def _meanings(
    column: Column, distinct: list[str], judge: Judge, *, mapped: bool
) -> tuple[NDArray[Any], dict[int, Judged]]:
    """What each text of `distinct` means, and last what nothing at all means; by position those that are faults.

    Of ids, names and texts nearly all are taken as they are, and there may be millions: only the odd ones are judged.
    """
    meanings = np.empty(len(distinct) + 1, dtype="float64" if column.holds in _NUMBERS else object)
    unsure: Iterable[int] = range(len(meanings))
    if column.holds in ("id", *_TEXTS) and not mapped:
        plain = [text.strip() for text in distinct]
        meanings[:-1] = plain if _is_label(column) else distinct
        unsure = [*_odd(plain), len(distinct)]
    refused: dict[int, Judged] = {}
    for at in unsure:
        one = judge(distinct[at] if at < len(distinct) else None)
        meanings[at] = one.value
        if one.code is not None:
            refused[at] = one
    return meanings, refused


def _odd(plain: list[str]) -> list[int]:
    """Where a text is empty, too long, or may be a number that was rounded."""
    whole = "\n".join(plain)  # one search for all: in nearly every file there is none
    short = len(whole) <= LONGEST_LABEL or max(map(len, plain)) <= LONGEST_LABEL
    if all(plain) and short and "+" not in whole and ".0" not in whole:
        return []
    return [
        at
        for at, text in enumerate(plain)
        if not text or "+" in text or text.endswith(".0") or len(text) > LONGEST_LABEL
    ]


def _judge(column: Column, spellings: Mapping[str, str], kinds: Words, levels: Words, calendar: Calendar) -> Judge:
    """What a text of `column` means: mapped first (`*` is every other value), then read as what the column holds."""
    words = {"kind": kinds, "level": levels, "boolean": BOOLEANS}.get(column.holds, column.words)
    plain_mapping = {theirs.strip(): ours for theirs, ours in spellings.items()}
    nothing = np.nan if column.holds in _NUMBERS else None
    as_written = column.holds in _TEXTS and column.name != "name" and not column.needed and not plain_mapping

    def judge(text: str | None) -> Judged:
        plain = (text or "").strip()
        if as_written:
            return Judged(text if plain else None)
        if plain:
            plain = plain_mapping.get(plain, plain_mapping.get(_OTHERS, plain)).strip()
        if not plain:
            return Judged(nothing, "VALUE_MISSING") if column.needed else Judged(nothing)
        return _reading(column, text or "", plain, words, calendar)

    return judge


def _reading(column: Column, text: str, plain: str, words: Words | None, calendar: Calendar) -> Judged:
    if words is not None:
        code = code_of(plain, words)
        if code is None:
            return Judged(None, "VALUE_UNKNOWN", {"expected": _allowed(words), "ours": column.name})
        return Judged(code == "true" if column.holds == "boolean" else code)
    if column.holds == "number":
        value = number(plain)
        return Judged(np.nan, "BAD_NUMBER") if value is None or value < 0 else Judged(value)
    if column.holds == "scale":
        scale = map_scale(plain)
        return Judged(np.nan, "BAD_SCALE") if scale is None else Judged(scale)
    if column.holds == "date":
        return judged_day(plain, calendar)
    if len(plain) > LONGEST_LABEL and (column.holds == "id" or column.needed or column.name == "name"):
        return Judged(None, "CELL_TOO_LONG", {"found": str(len(plain)), "expected": str(LONGEST_LABEL)})
    if column.holds == "id" and is_rounded(plain):
        return Judged(None, "NUMBER_TOO_LONG")
    return Judged(plain if _is_label(column) or plain != text.strip() else text)


def _is_label(column: Column) -> bool:
    return column.holds == "id" or column.name == "name"


def _allowed(words: Words) -> str:
    return ", ".join(f"{code} ({word.zh} / {word.en})" for code, word in words.items())
