"""GeoJSON feature by feature: what GDAL would drop in silence or fail over becomes a fault of the one row.

GDAL skips what is no feature (so that every later row bears a wrong number), leaves out single parts of multipolygons
and members of collections that it cannot read, takes the last of two equal keys, and fails as a whole over one bad
number. So every feature is looked at here; GDAL's reading, which is faster, is used where both agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from gis.columns import objects, value_text
from gis.datum import crs_of
from gis.decoding import decode_text
from gis.faults import Fault, InputError
from gis.features import Features, layers_of, read_features
from gis.geojson_geometry import TYPES, geometry_of, positions
from gis.geojson_links import check_links
from gis.places import pairs

DOCUMENTS = frozenset({".geojson", ".json"})
SEQUENCES = frozenset({".geojsonl", ".geojsons"})
GEOJSON = DOCUMENTS | SEQUENCES
# Python's JSON reader counts the lines before each error; a file with more broken features is none to be salvaged.
MOST_BROKEN = 1000
_BLANK = re.compile(r"[\s,]*")
_FEATURE = re.compile(r'\{\s*"type"\s*:\s*"Feature"')
_ANY_FEATURE = re.compile(r'"type"\s*:\s*"Feature"')
_MEMBERS = frozenset({"type", "properties", "geometry", "id", "bbox"})
_DECODER = json.JSONDecoder()


class Feature(NamedTuple):
    """One feature as it stands in the file: its row, its JSON value, or why that is no feature."""

    number: int
    value: dict[str, Any]
    broken: str | None


class _Cut(ValueError):
    """The text ends before the document does."""


class _Document:
    """The features of a text, one after the other, and the members around them."""

    def __init__(self, text: str, *, lines: bool) -> None:
        self.text = text
        self.root: dict[str, Any] = {}
        self._lines = lines
        self._broken = 0
        self._end = len(text.rstrip())
        self._closed = text[self._end - 1 : self._end] == "}"

    def features(self) -> Iterator[Feature]:
        """Every feature; raises _Cut or ValueError where the document cannot be followed any further."""
        separate = "\x1e" if "\x1e" in self.text else "\n"
        if self._lines and self._begins_with_a_record(separate):
            yield from self._records(separate)
            return
        at, single = self._root()
        if single and self.text[at:].strip():  # one object a line, whatever the file is called
            yield from self._records(separate)
        elif single and self.root.get("type") == "FeatureCollection":
            if self.root.get("features") != []:
                raise ValueError("a FeatureCollection without a list of features")
        elif single:
            yield self._judged(1, self.root, 0, at)
        else:
            yield from self._array(at)

    def _begins_with_a_record(self, separate: str) -> bool:
        """Whether this is one object a line: a document, of one line or of many, may bear the suffix, too."""
        records = [record for record in self.text.split(separate, 5)[:5] if record.strip()]
        for record in records:
            try:
                value = json.loads(record)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                return value.get("type") != "FeatureCollection"
        return separate != "\n" or len(records) == 1

    def _records(self, separate: str) -> Iterator[Feature]:
        number = start = 0
        while start < len(self.text):
            end = self.text.find(separate, start)
            end = len(self.text) if end < 0 else end
            record = self.text[start:end].strip()
            if record:
                number += 1
                try:
                    value = json.loads(record)
                except (ValueError, RecursionError) as error:
                    if end >= self._end:
                        raise _Cut(str(error)) from None
                    yield Feature(number, {}, str(error))
                else:
                    yield self._judged(number, value, start, end)
            start = end + 1

    def _root(self) -> tuple[int, bool]:
        """Reads the members of the outermost object up to the array of features; whether there is none, and where
        that array, or the object, begins or ends.
        """
        text, at = self.text, _BLANK.match(self.text, 0).end()  # type: ignore[union-attr]
        if text[at : at + 1] != "{":
            raise ValueError(f"it begins with {text[at : at + 20]!r}, not with an object")
        at += 1
        while True:
            at = _BLANK.match(text, at).end()  # type: ignore[union-attr]
            if text[at : at + 1] == "}":
                return at + 1, True
            key, at = self._value(at)
            at = _BLANK.match(text, at).end()  # type: ignore[union-attr]
            if text[at : at + 1] != ":":
                raise self._error(at, "a colon is missing")
            at = _BLANK.match(text, at + 1).end()  # type: ignore[union-attr]
            if key == "features" and text[at : at + 1] == "[" and text[_BLANK.match(text, at + 1).end()] != "]":  # type: ignore[union-attr]
                return at + 1, False
            self.root[key], at = self._value(at)

    def _array(self, at: int) -> Iterator[Feature]:
        text, number = self.text, 0
        while True:
            at = _BLANK.match(text, at).end()  # type: ignore[union-attr]
            if at >= self._end:
                raise _Cut("the array of features does not end")
            if text[at] == "]":
                break
            number += 1
            try:
                value, end = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError) as error:
                self._broken += 1
                following = self._resumed(at, error)
                yield Feature(number, {}, str(error))
                at = following
                continue
            yield self._judged(number, value, at, end, bare=False)
            at = end
        self._rest(at + 1)

    def _resumed(self, at: int, error: Exception) -> int:
        """Where the feature after the broken one at `at` begins, or the array ends."""
        if not self._closed or getattr(error, "pos", 0) >= self._end:
            raise _Cut(str(error))
        if self._broken > MOST_BROKEN:
            raise error
        following = _FEATURE.search(self.text, at + 1)
        end = following.start() if following is not None else self.text.rfind("]")
        if end <= at or len(_ANY_FEATURE.findall(self.text, at, end)) > 1:  # then nobody knows how many rows are lost
            raise error
        return end

    def _rest(self, at: int) -> None:
        """Reads the members behind the features: the CRS may stand there."""
        text = self.text
        while text[(at := _BLANK.match(text, at).end()) :][:1] not in ("}", ""):  # type: ignore[union-attr]
            key, at = self._value(at)
            if key == "features":
                raise ValueError("the collection has several lists of features")
            at = text.index(":", at) + 1
            self.root[key], at = self._value(_BLANK.match(text, at).end())  # type: ignore[union-attr]
        if at >= self._end:
            raise _Cut("the collection does not end")
        if "{" in text[at:]:  # two files put together, or the remains of an older one
            raise ValueError(f"behind the collection stands {text[at + 1 : at + 41].strip()!r}")

    def _value(self, at: int) -> tuple[Any, int]:
        try:
            return _DECODER.raw_decode(self.text, at)
        except (ValueError, RecursionError) as error:
            raise self._error(getattr(error, "pos", at), str(error)) from None

    def _error(self, at: int, words: str) -> ValueError:
        return _Cut(words) if at >= self._end or not self._closed else ValueError(words)

    def _judged(self, number: int, value: Any, start: int, end: int, *, bare: bool = True) -> Feature:
        broken = _why_no_feature(value, bare=bare)
        if broken is None and (twice := self._twice(value, start, end)):
            broken = f"the key {twice!r} stands there twice, with different values"
        return Feature(number, value if isinstance(value, dict) else {}, broken)

    def _twice(self, value: dict[str, Any], start: int, end: int) -> str | None:
        """A key that an object within the text holds twice with different values."""
        known = len(value) + sum(len(part) for part in value.values() if isinstance(part, dict))
        if self.text.count(":", start, end) <= known:  # nearly all have no colon but those behind their keys
            return None
        found: list[str] = []

        def members(told: list[tuple[str, Any]]) -> dict[str, Any]:
            made: dict[str, Any] = {}
            for key, one in told:
                if key in made and made[key] != one:
                    found.append(key)
                made[key] = one
            return made

        json.loads(self.text[start:end].strip(), object_pairs_hook=members)
        return found[0] if found else None


def _why_no_feature(value: Any, *, bare: bool) -> str | None:
    """What is wrong with a feature; None where it is one, or, where `bare`, a geometry by itself."""
    if not isinstance(value, dict):
        return f"expected a feature, found {json.dumps(value, ensure_ascii=False)[:40]}"
    kind = value.get("type")
    if bare and _is_geometry(value):
        return None
    if kind != "Feature":
        return f'its type is {json.dumps(kind, ensure_ascii=False)[:40]}, expected "Feature"'
    if not isinstance(value.get("properties", {}), dict | None):
        return f"its properties are no object but {json.dumps(value['properties'], ensure_ascii=False)[:40]}"
    return None


def _is_geometry(value: dict[str, Any]) -> bool:
    return value.get("type") in TYPES.values()


# --- Files -----------------------------------------------------------------------------------


def read_geojson(path: Path, table: str | None, encoding: str | None) -> Features:
    """All features of a file, each judged by itself: good ones as GDAL reads them, each bad one a fault.

    ROW_UNREADABLE: no feature, properties that are no object, a key twice with different values, broken JSON between
    sound features. GEOMETRY_UNREADABLE: coordinates that are no numbers or nested wrongly, rings that are not closed.
    Facts: `members`, those of features that stand beside `properties` and are not read.
    Raises InputError: FILE_TRUNCATED (how many could be read), FILE_UNREADABLE (with the words of the JSON reader),
    PATH_REFUSED, CRS_UNKNOWN, EMPTY_LAYER, TABLE_MISSING, ENCODING_….
    """
    text, used = decode_text(path.read_bytes(), encoding)
    if not text.strip("\ufeff\x1e \t\r\n"):
        raise InputError([Fault("EMPTY_LAYER")])
    check_links(path)
    if used == "utf-8":
        try:
            (layer,), _ = layers_of(path, None, placed=True)
            found = read_features(path, layer, encoding=None, salvage=False)
        except InputError:
            pass  # read feature by feature, below
        else:
            _check_table(table, layer)
            same, members = _agrees(text, path, found)
            if same:
                return found._replace(facts={**found.facts, **({"members": members} if members else {})})
    return _one_by_one(text, path, table, used)


def _check_table(table: str | None, layer: str) -> None:
    if table is not None and table != layer:
        raise InputError([Fault("TABLE_MISSING", value=table, facts={"expected": layer})])


def _agrees(text: str, path: Path, found: Features) -> tuple[bool, str]:
    """Whether GDAL's reading holds every feature with every part of it, and the members of features nobody reads.

    The number of places in each geometry tells: GDAL leaves out whole parts or all of it.
    Raises InputError: FILE_TRUNCATED, CRS_UNKNOWN.
    """
    document = _Document(text, lines=path.suffix.lower() in SEQUENCES)
    read: list[int] = []
    further: dict[str, None] = {}
    try:
        for feature in document.features():
            if feature.broken is not None:
                return False, ""
            plain = _is_geometry(feature.value)
            read.append(positions(feature.value if plain else feature.value.get("geometry")))
            if not plain and "properties" in feature.value and len(feature.value) > 3:
                further.update(dict.fromkeys(feature.value.keys() - _MEMBERS))
    except _Cut:
        raise _truncated(len(read)) from None
    except (ValueError, RecursionError):
        return False, ""
    if len(read) != len(found.numbers) + len(found.faults):
        return False, ""
    _crs(document.root)  # GDAL falls back on EPSG:4326 without a word
    told = np.array(read)[found.numbers - 1]
    same = (shapely.get_num_coordinates(found.geometry) == told).all() and not (np.array(read) < 0).any()
    return bool(same), ", ".join(sorted(further))


def _one_by_one(text: str, path: Path, table: str | None, encoding: str) -> Features:
    document = _Document(text, lines=path.suffix.lower() in SEQUENCES)
    features: list[Feature] = []
    try:
        features += document.features()
    except _Cut:
        raise _truncated(len(features)) from None
    except (ValueError, RecursionError) as error:
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": f"no GeoJSON: {error}"[:300]})]) from None
    kind = document.root.get("type", "FeatureCollection")
    single = kind == "Feature" or kind in TYPES.values()
    if kind != "FeatureCollection" and not single:
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": f"no GeoJSON: its type is {kind!r}"[:300]})])
    name = document.root.get("name")
    layer = name if isinstance(name, str) and name else path.stem
    _check_table(table, layer)
    if not features:
        raise InputError([Fault("EMPTY_LAYER")])
    if "type" not in document.root and all(feature.broken is not None for feature in features):
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": f"no GeoJSON: {features[0].broken}"[:300]})])
    return _features(features, document.root, layer, encoding)


def _truncated(read: int) -> InputError:
    return InputError([Fault("FILE_TRUNCATED", facts={"expected": f"> {read}", "found": str(read)})])


def _features(features: list[Feature], root: dict[str, Any], layer: str, encoding: str) -> Features:
    rows, geometry, numbers = [], [], []
    faults: list[Fault] = []
    places: dict[int, Any] = {}
    for number, value, broken in features:
        plain = _is_geometry(value)
        written = value if plain else value.get("geometry")
        try:
            if broken is not None:
                raise _NoFeatureError(broken)
            shape = geometry_of(written)
        except (ValueError, RecursionError, shapely.errors.GEOSException) as error:
            code = "ROW_UNREADABLE" if broken is not None else "GEOMETRY_UNREADABLE"
            faults.append(Fault(code, row=number, facts={"found": str(error)[:300]}))
            if points := list(pairs(written)):
                places[number] = shapely.MultiPoint(points)
            continue
        rows.append({} if plain else _attributes(value))
        geometry.append(shape)
        numbers.append(number)
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: objects([value_text(row.get(name)) for row in rows]) for name in names}
    facts = {"driver": "GeoJSON", "encoding": encoding, "salvaged": "feature by feature"}
    return Features(
        layer, columns, objects(geometry), np.array(numbers, dtype=np.int64), _crs(root), faults, facts, places
    )


class _NoFeatureError(ValueError):
    """What stands in the place of a feature is none."""


def _attributes(feature: dict[str, Any]) -> dict[str, Any]:
    """The properties of a feature; where it has none, the members beside its geometry, as old programs write them."""
    if "properties" not in feature:
        return {name: value for name, value in feature.items() if name not in _MEMBERS - {"id"}}
    own = feature["properties"] or {}
    # GDAL keeps a number as the feature's own and shows a text as a column: so is it here.
    return {"id": feature["id"], **own} if isinstance(feature.get("id"), str) else own


def _crs(root: dict[str, Any]) -> str:
    """What the file names as its CRS; without one the format says EPSG:4326.

    Raises InputError(CRS_UNKNOWN) for one that nobody knows: GDAL would take it for EPSG:4326.
    """
    member = root.get("crs")
    if not member:
        return "EPSG:4326"
    named = member.get("properties") if isinstance(member, dict) else None
    named = named if isinstance(named, dict) else {}
    code = named.get("code")
    name = named.get("name", f"EPSG:{code}" if isinstance(code, int | str) else None)
    if isinstance(name, str) and name.upper().endswith("CRS84"):
        return "EPSG:4326"
    if not isinstance(name, str) or crs_of(name) is None:
        raise InputError([Fault("CRS_UNKNOWN", value=json.dumps(member, ensure_ascii=False)[:200])])
    return name
