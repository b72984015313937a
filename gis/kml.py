"""KML and KMZ -> one table of all placemarks, whatever folder they stand in, with everything that is said of each.

GDAL makes a layer of every folder, so that a phone's file of forty villages is forty tables; its KML driver drops
ExtendedData, and both of its drivers pass over a place that is no number. Therefore KML is read here.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import numpy as np

from gis.archives import Entry, check_archive, member_stream
from gis.columns import Objects, objects
from gis.decoding import decode_text
from gis.faults import Fault, InputError
from gis.features import Features
from gis.kml_geometry import local, shape_of

KML = frozenset({".kml", ".kmz"})
# What is drawn or fetched, and no place of the agency's own.
_NOT_FOLLOWED = frozenset({"NetworkLink", "GroundOverlay", "ScreenOverlay", "PhotoOverlay", "Tour"})
# What of a placemark is plain text about it; all else there is style, view or geometry.
_TEXTS = frozenset({"name", "description", "address", "phoneNumber", "Snippet", "snippet"})
_OWN = ("name", "description", "folder")
_BETWEEN_FOLDERS = " / "
_CHUNK = 1 << 20
# Folders in folders, and geometry in geometry, are some ten deep at most.
_DEEPEST = 250
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
# An ampersand that begins nothing XML knows, outside of CDATA: A & B, &nbsp;.
_STRAY = re.compile(r"(<!\[CDATA\[.*?\]\]>)|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)", re.DOTALL)
_END = re.compile(r"</(?:\w+:)?kml\s*>")
# How expat calls the end of a file that is no end of the document.
_CUT = frozenset(
    {
        expat.errors.codes[message]
        for message in (
            expat.errors.XML_ERROR_NO_ELEMENTS,
            expat.errors.XML_ERROR_UNCLOSED_TOKEN,
            expat.errors.XML_ERROR_PARTIAL_CHAR,
            expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        )
    }
)
_REPAIRABLE = frozenset(
    {
        expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN],
        expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY],
    }
)


class _Placemark(NamedTuple):
    """One placemark: its element, and the folders around it, whose names may only follow."""

    element: Element
    folders: tuple[Element, ...]

    def folder(self) -> str:
        return _BETWEEN_FOLDERS.join(name for folder in self.folders if (name := (folder.text or "").strip()))


def documents_of(path: Path) -> list[str]:
    """The names of the KML documents in a KMZ file where there are several; [""] for a file that is one table.

    Raises InputError as `gis.archives.check_archive` does, and ARCHIVE_EMPTY.
    """
    if path.suffix.lower() != ".kmz":
        return [""]
    found = _documents(path)
    return [entry.name for entry in found] if len(found) > 1 else [""]


def read_kml(path: Path, document: str, folder: str | None, encoding: str | None) -> Features:
    """All placemarks in the order of the document: `name`, `description`, `folder` (nested ones joined by " / "), each
    where any placemark has one, then what else is said of them, ExtendedData included; in EPSG:4326.

    With `folder`, only those in that folder (its name or its path) and the folders in it; the numbers stay those of the
    whole document. Coordinates that cannot be read are GEOMETRY_UNREADABLE, a placemark without any has geometry None.
    Facts: `links`, what points elsewhere (NetworkLink, GroundOverlay …) and was not followed.

    Raises InputError: FILE_TRUNCATED (how many could be read), FILE_UNREADABLE (with line and column; also for every
    document type declaration: entities can be bombs), EMPTY_LAYER, TABLE_MISSING, ENCODING_….
    """
    data = _data(path, document)
    stated = found[1].decode() if (found := _DECLARED.match(data)) is not None else "utf-8"
    text, used = decode_text(data, encoding, stated)
    reader = _parsed(text)
    marks = [(number, mark) for number, mark in enumerate(reader.placemarks, start=1)]
    if folder is not None:
        marks = [(number, mark) for number, mark in marks if _lies_in(mark.folder(), folder)]
        if not marks:
            there = ", ".join(dict.fromkeys(mark.folder() or "-" for mark in reader.placemarks))
            raise InputError([Fault("TABLE_MISSING", value=folder, facts={"expected": there})])
    links = ", ".join(f"{tag} × {count}" for tag, count in reader.links.items())
    if not marks:
        told = [Fault("LINKS_NOT_FOLLOWED", facts={"found": links})] if links else []
        raise InputError([Fault("EMPTY_LAYER"), *told])
    facts = {"driver": "KML", "encoding": used, **({"links": links} if links else {})}
    return _features(folder or document, marks, facts)


def _lies_in(path: str, folder: str) -> bool:
    parts = path.split(_BETWEEN_FOLDERS)
    return folder in parts or path == folder or path.startswith(folder + _BETWEEN_FOLDERS)


def _features(name: str, marks: list[tuple[int, _Placemark]], facts: dict[str, str]) -> Features:
    rows, geometry, numbers = [], [], []
    faults: list[Fault] = []
    places: dict[int, Any] = {}
    for number, mark in marks:
        shape = shape_of(mark.element)
        if shape.broken is not None:
            faults.append(Fault("GEOMETRY_UNREADABLE", row=number, facts={"found": shape.broken}))
            if shape.place is not None:
                places[number] = shape.place
            continue
        rows.append({**_said_of(mark.element), "folder": mark.folder() or None})
        geometry.append(shape.geometry)
        numbers.append(number)
    columns = _columns(rows)
    return Features(
        name, columns, objects(geometry), np.array(numbers, dtype=np.int64), "EPSG:4326", faults, facts, places
    )


def _columns(rows: list[dict[str, str | None]]) -> dict[str, Objects]:
    """The columns of all rows, our own first where any row says something there. A field of ExtendedData that bears the
    name of one of them is that one where nothing contradicts it, else a column beside it.
    """
    said = dict.fromkeys(name for row in rows for name, value in row.items() if value is not None or name not in _OWN)
    others = [name for name in said if name not in _OWN]
    names = [name for name in _OWN if name in said]
    names += sorted(others, key=lambda name: name.endswith(_FURTHER))
    made: dict[str, Objects] = {}
    for name in names:
        values = [row.get(name) for row in rows]
        plain = name.removesuffix(_FURTHER)
        if plain != name and plain in names:
            same = [made[plain][at] in (None, value) or value is None for at, value in enumerate(values)]
            if all(same):
                made[plain] = objects([value or made[plain][at] for at, value in enumerate(values)])
                continue
        made[name if plain in names else plain] = objects(values)
    return made


_FURTHER = " (ExtendedData)"


def _said_of(placemark: Element) -> dict[str, str | None]:
    """What a placemark says of itself, as text; None where empty."""
    said: dict[str, str | None] = {}
    if identity := placemark.get("id"):
        said["kml_id"] = identity
    for child in placemark:
        tag = local(child.tag)
        if tag in _TEXTS:
            said[tag] = "".join(child.itertext()).strip() or None
        elif tag in ("TimeStamp", "TimeSpan"):
            for moment in child:
                text = (moment.text or "").strip()
                said[{"when": "timestamp"}.get(local(moment.tag), local(moment.tag))] = text or None
        elif tag == "ExtendedData":
            for name, value in _fields(child):
                said[name + _FURTHER] = value
    moments = [found.text for found in placemark.iter() if local(found.tag) == "when" and found.text]
    if moments and "timestamp" not in said:  # of a track: when it began and ended
        said["begin"], said["end"] = moments[0].strip(), moments[-1].strip()
    return said


def _fields(extended: Element) -> list[tuple[str, str | None]]:
    fields: list[tuple[str, str | None]] = []
    for child in extended:
        tag = local(child.tag)
        if tag == "Data":
            value = next((part.text for part in child if local(part.tag) == "value"), None)
            fields.append((child.get("name") or "Data", value or None))
        elif tag == "SchemaData":
            fields += [
                (part.get("name") or "SimpleData", part.text or None)
                for part in child
                if local(part.tag) == "SimpleData"
            ]
        elif len(child) == 0:  # fields in a namespace of the agency's own
            fields.append((tag, (child.text or "").strip() or None))
    return fields


# --- The document ----------------------------------------------------------------------------


def _documents(path: Path) -> list[Entry]:
    entries = check_archive(path)
    found = [entry for entry in entries if entry.suffix == ".kml"]
    if not found:
        names = ", ".join(entry.name for entry in entries[:20])
        raise InputError([Fault("ARCHIVE_EMPTY", facts={"found": names or "-"})])
    return found


def _data(path: Path, document: str) -> bytes:
    if path.suffix.lower() != ".kmz":
        return path.read_bytes()
    found = _documents(path)
    entry = next((one for one in found if one.name == document), found[0])
    with member_stream(path, entry) as stream:
        return stream.read()


def _parsed(text: str) -> _Reader:
    """The reader after the whole document; where stray ampersands stop it, it reads again with these escaped."""
    reader = _Reader()
    try:
        _feed(reader, text)
    except expat.ExpatError as error:
        # Regular expressions would go through the rest of the text again for every section that does not end.
        balanced = text.count("<![CDATA[") <= text.count("]]>")
        if (
            error.code in _REPAIRABLE
            and balanced
            and (mended := _STRAY.sub(lambda found: found[1] or "&amp;", text)) != text
        ):
            reader = _Reader()
            try:
                _feed(reader, mended)
            except expat.ExpatError as second:
                raise _refusal(second, reader) from None
            return reader
        raise _refusal(error, reader) from None
    return reader


def _feed(reader: _Reader, text: str) -> None:
    # Behind the document there may be the remains of an older, longer file; placemarks there would be an error.
    end = _END.search(text, text.rfind("Placemark") + 1)
    text = text[: end.end()] if end is not None else text
    for start in range(0, max(len(text), 1), _CHUNK):
        reader.parser.Parse(text[start : start + _CHUNK], start + _CHUNK >= len(text))


def _refusal(error: expat.ExpatError, reader: _Reader) -> InputError:
    read = str(len(reader.placemarks))
    if error.code in _CUT and reader.begun:
        return InputError([Fault("FILE_TRUNCATED", facts={"expected": f"> {read}", "found": read})])
    where = f"line {error.lineno}, column {error.offset + 1}"
    words = f"{where}: {expat.errors.messages[error.code]}; {read} placemarks before"
    return InputError([Fault("FILE_UNREADABLE", facts={"found": words})])


class _Reader:
    """Gathers the placemarks of a document while expat goes through it; what stands elsewhere is not kept."""

    def __init__(self) -> None:
        self.placemarks: list[_Placemark] = []
        self.links: Counter[str] = Counter()
        self.begun = False
        self._path: list[str] = []
        self._folders: list[Element] = []
        self._name: list[str] | None = None
        self._builder: TreeBuilder | None = None
        self._depth = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise InputError([Fault("FILE_UNREADABLE", facts={"found": "<!DOCTYPE …> is not accepted in KML"})])

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if not self.begun and name != "kml" and name not in ("Document", "Folder", "Placemark"):
            raise InputError([Fault("FILE_UNREADABLE", facts={"found": f"<{tag[:40]}> is no KML"})])
        self.begun = True
        if len(self._path) + self._depth > _DEEPEST:
            raise InputError([Fault("FILE_UNREADABLE", facts={"found": f"elements more than {_DEEPEST} deep"})])
        if self._builder is not None:
            self._depth += 1
            self._builder.start(tag, attributes)
        elif name == "Placemark":
            self._builder, self._depth = TreeBuilder(), 1
            self._builder.start(tag, attributes)
        else:
            if name in _NOT_FOLLOWED:
                self.links[name] += 1
            if name == "Folder" or (name == "Document" and "Document" in self._path):
                self._folders.append(Element("folder"))
            elif name == "name" and self._path[-1:] in (["Folder"], ["Document"]):
                self._name = []
            self._path.append(name)

    def _end(self, tag: str) -> None:
        if self._builder is not None:
            self._builder.end(tag)
            self._depth -= 1
            if self._depth == 0:
                self.placemarks.append(_Placemark(self._builder.close(), tuple(self._folders)))
                self._builder = None
            return
        name = self._path.pop()
        if name == "name" and self._name is not None:
            if self._folders and (self._path[-1] == "Folder" or self._path.count("Document") > 1):
                self._folders[-1].text = "".join(self._name)
            self._name = None
        elif name == "Folder" or (name == "Document" and "Document" in self._path):
            self._folders.pop()

    def _characters(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)
        elif self._name is not None:
            self._name.append(text)
