"""What a planner draws or hands in -> rows of pollution sources, judged by the same door as a project's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis import datum as datums
from gis.faults import Fault, InputError
from gis.placing import place
from gis.points import Stated, points
from gis.read import Table, read
from gis.reading_limits import BY_SIZE, Limits
from layers import pollution_sources
from layers.files import sha256_of
from layers.layer import LOCATED, Column, Layer, conform, key_of_heading
from layers.load import judged, without_accepted, without_duplicates
from layers.loaded import Loaded
from layers.offsets import with_suspicions
from layers.project import LayerEntry
from layers.rule_book import Rule, RuleSet
from layers.words import code_of

SOURCES = pollution_sources.LAYER.kind
_ID, _NAME, _KIND = "source_id", "name", "kind"
# Of a proposed footprint nobody has given an id or a name yet: rows without get FILE-ROW, and a name from their id.
_OPTIONAL = (_ID, _NAME)
# The file that a footprint from the command line is told to come from.
DRAWN = "--"
_POINT, _WKT, _AXES = "--point", "--wkt", ("lon", "lat")
_LON_LAT = "LON,LAT: 104.8306,26.5944; 104°49′50″,26°35′40″"
_DRAWINGS = "WKT: POINT (104.8306 26.5944), LINESTRING (…), POLYGON ((…)), MULTI…"


def _column(column: Column) -> Column:
    return column._replace(needed=False) if column.name in _OPTIONAL else column


FOOTPRINTS = Layer(SOURCES, _ID, pollution_sources.LAYER.geometry, tuple(map(_column, pollution_sources.LAYER.columns)))


class FootprintError(InputError):
    """What was asked about footprints cannot be answered as it was asked: a wrong word, place or drawing."""


class Said(NamedTuple):
    """What the planner says of all footprints, and how a file of them is to be read.

    `kind` and `attributes` stand for every row, whatever a file says; left out, they are its columns. `crs` is
    EPSG:4326 (lon, lat) where nothing is said. `columns`: ours = theirs.
    """

    kind: str | None = None
    attributes: Mapping[str, str] = {}
    located_to_metres: float | None = None
    crs: str | None = None
    datum: str | None = None
    table: str | None = None
    encoding: str | None = None
    x: str | None = None
    y: str | None = None
    columns: Mapping[str, str] = {}


class Footprints(NamedTuple):
    """Footprints as rows of pollution sources, the rows that were rejected, notes, and one record per table.

    `assumed_planned`: nothing was said of `operating`, so that it was taken as planned.
    """

    frame: gpd.GeoDataFrame
    rejects: Sequence[Fault]
    notes: Sequence[Mapping[str, object]]
    inputs: Sequence[Mapping[str, object]]
    assumed_planned: bool


def checked(said: Said, rules: RuleSet) -> Said:
    """`said` with its kind as a code.

    Raises FootprintError for a kind or an attribute that nobody knows, telling those that are known.
    """
    faults: list[Fault] = []
    code = None
    if said.kind is not None:
        code = code_of(said.kind, rules.kinds)
        if code is None:
            known = ", ".join(f"{key} ({word.zh} / {word.en})" for key, word in rules.kinds.items())
            faults.append(_wrong("--kind", said.kind, known))
    known_attributes = attributes_known(rules)
    faults += [
        _wrong("--set", name, ", ".join(known_attributes)) for name in said.attributes if name not in known_attributes
    ]
    faults = faults or _unreadable(said._replace(kind="other", columns={}), rules)
    if faults:
        raise FootprintError(faults)
    return said._replace(kind=code)


def _unreadable(said: Said, rules: RuleSet) -> list[Fault]:
    """The attributes whose values are none of the words that they take, found out on a row that is nowhere."""
    row = gpd.GeoDataFrame({_NAME: ["-"], "source_row": [1]}, geometry=[shapely.Point(0, 0)], crs="EPSG:4326")
    _, faults, _ = conform(row, FOOTPRINTS, entry=_entry(DRAWN, said), kinds=rules.kinds, levels=rules.levels)
    each = [one for fault in faults for one in (fault, *fault.others)]
    names = [name for name in said.attributes if any(name == fault.facts.get("ours") for fault in each)]
    unknown = [_wrong(f"--set {name}", said.attributes[name], _expected(name, each)) for name in names]
    return unknown or [fault.at(row=None, column="--set") for fault in faults]


def _expected(name: str, faults: Sequence[Fault]) -> str:
    return next(fault.facts.get("expected", "") for fault in faults if fault.facts.get("ours") == name)


def _wrong(option: str, value: str, known: str) -> Fault:
    return Fault("OPTION_WRONG", column=option, value=value, facts={"expected": known})


def attributes_known(rules: RuleSet) -> list[str]:
    """The attributes of a footprint that may be stated: our columns, and what else the rules ask of a source."""
    ours = [one.name for one in FOOTPRINTS.columns if one.name not in (*_OPTIONAL, _KIND, LOCATED.name)]
    asked = [name for rule in rules.rules.values() if rule.subject == SOURCES for name in attributes_of(rule)]
    return list(dict.fromkeys([*ours, *asked]))


def attributes_of(rule: Rule) -> list[str]:
    """The attributes of a site that the rule asks for."""
    built = ["built_on"] if rule.built_from is not None else []
    return list(dict.fromkeys([*rule.where, *built, *rule.unless]))


def at_point(text: str, said: Said, rules: RuleSet) -> Footprints:
    """One footprint from LON,LAT (x,y of the CRS said), spelled as a cell of a table may spell them.

    Few digits say how accurate the place is, as they do in a table. Raises FootprintError as `drawn`.
    """
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    if len(parts) != len(_AXES):
        raise FootprintError([_wrong(_POINT, text, _LON_LAT)])
    columns = {axis: np.array([part], dtype=object) for axis, part in zip(_AXES, parts, strict=True)}
    try:
        placed = points(columns, np.array([1]), Stated(said.crs or "EPSG:4326", said.datum, None, *_AXES))
    except InputError as error:
        raise FootprintError([fault.at(column="--crs") for fault in error.faults]) from None
    if placed.faults:
        raise FootprintError([fault.at(column=_POINT, row=None) for fault in placed.faults])
    return _one(placed.geometry, placed.columns, said, rules, option=_POINT)


def drawn(wkt: str, said: Said, rules: RuleSet) -> Footprints:
    """One footprint from WKT (or EWKT) in the CRS said.

    Raises FootprintError for a text that is no geometry, an unknown CRS, and a place outside the CRS's area, swapped
    longitude and latitude among them: told, never exchanged.
    """
    srid, _, text = wkt.strip().rpartition(";")
    declared = said.crs or (f"EPSG:{srid.partition('=')[2]}" if srid.upper().startswith("SRID=") else "EPSG:4326")
    try:
        geometry = np.array([shapely.from_wkt(text)], dtype=object)
    except shapely.errors.GEOSException as error:
        raise FootprintError([_wrong(_WKT, str(error), _DRAWINGS)]) from None
    crs = datums.judge(None, declared, tuple(shapely.total_bounds(geometry)))
    if isinstance(crs, Fault):
        raise FootprintError([crs.at(column="--crs")])
    try:
        placed, outside = place(geometry, np.array([1]), crs, said.datum)
    except InputError as error:
        raise FootprintError([fault.at(column=_WKT) for fault in error.faults]) from None
    if outside:
        raise FootprintError([fault.at(column=_WKT, row=None) for fault in outside.values()])
    return _one(placed, {}, said, rules, option=_WKT)


def _one(
    placed: NDArray[np.object_], columns: Mapping[str, NDArray[np.object_]], said: Said, rules: RuleSet, *, option: str
) -> Footprints:
    names = {_ID: ["1"], _NAME: [None], "source_row": [1]}
    known = pd.DataFrame(names).astype({_NAME: object}).assign(**columns)
    frame = gpd.GeoDataFrame(known, geometry=placed, crs="EPSG:4326")
    facts = {"placed": True, "driver": "drawn", "rows_read": 1}
    loaded = _as_rows(Table(frame, [], "", facts, {}), _entry(DRAWN, said), rules, label=option, sha256="")
    if loaded.faults:
        raise FootprintError([fault.at(file="", row=None) for fault in loaded.faults])
    return _footprints([loaded])


def from_file(
    path: Path, said: Said, rules: RuleSet, *, beside: Sequence[Loaded] = (), limits: Limits = BY_SIZE
) -> Footprints:
    """The footprints of a file, read as a project's own; rows that cannot be taken are rejects.

    `beside`: the project's tables, which tell whether the file may be offset as web maps are. Raises InputError
    where the file cannot be used, FootprintError where neither it nor `said` names the kind.
    """
    name = path.as_posix()
    entry = _entry(name, said)
    tables = read(
        path, name=name, table=said.table, crs=said.crs, datum=said.datum, encoding=said.encoding, x=said.x, y=said.y,
        limits=limits,
    )  # fmt: skip
    digest = sha256_of(path)
    loaded: list[Loaded] = []
    faults: list[Fault] = []
    for table in tables:
        label = f"footprints / {table.table}" if len(tables) > 1 else "footprints"
        try:
            one = _as_rows(table, entry, rules, label=label, sha256=digest, several=len(tables) > 1)
        except InputError as error:
            faults += [fault.at(file=name, layer=label) for fault in error.faults]
            continue
        loaded.append(one._replace(may_be_offset=said.datum is None))
    if any(fault.code == "COLUMN_MISSING" and fault.column == _KIND for fault in faults):
        raise FootprintError([_wrong("--kind", "", ", ".join(rules.kinds)).at(file=name)])
    own = without_duplicates(with_suspicions([*beside, *loaded])[len(beside) :])
    faults += without_accepted(own)
    if faults:
        raise InputError([*faults, *(fault for table in own for fault in table.faults)])
    return _footprints(own)


def _entry(path: str, said: Said) -> LayerEntry:
    kind = {} if said.kind is None else {_KIND: said.kind}
    return LayerEntry(
        kind=SOURCES,  # type: ignore[arg-type]
        path=path,
        table=said.table,
        crs=said.crs,
        encoding=said.encoding,
        x=said.x,
        y=said.y,
        located_to_metres=said.located_to_metres,
        constants={**kind, **said.attributes},
        columns=dict(said.columns),
    )


def _as_rows(
    table: Table, entry: LayerEntry, rules: RuleSet, *, label: str, sha256: str, several: bool = False
) -> Loaded:
    stated = {key_of_heading(name) for name in entry.constants}
    hidden = [name for name in table.frame.columns if key_of_heading(str(name)) in stated]
    table = table._replace(frame=table.frame.drop(columns=hidden))
    stem = Path(entry.path).stem
    return judged(
        table, FOOTPRINTS, entry, kinds=rules.kinds, levels=rules.levels,
        stem=f"{stem}-{table.table}" if several else stem, label=label, sha256=sha256,
    )  # fmt: skip


def _footprints(tables: Sequence[Loaded]) -> Footprints:
    frame = tables[0].frame if len(tables) == 1 else pd.concat([one.frame for one in tables], ignore_index=True)
    frame = gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")
    frame[_NAME] = frame[_NAME].where(frame[_NAME].notna(), frame[_ID]).astype(object)
    assumed = bool(frame["operating"].isna().all())
    if assumed:
        frame["operating"] = pd.Series("planned", index=frame.index, dtype=object)
    return Footprints(
        frame,
        [fault for one in tables for fault in one.faults],
        [note for one in tables for note in one.notes],
        [one.record for one in tables],
        assumed,
    )
