"""A file that is to be merged -> what kind it is, what it brings, and its bytes for the archive."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from gis.archive import Archive
from gis.faults import Fault, InputError
from gis.grids import is_table
from layers.events import Event
from layers.survey_file import LARGEST_FILE, content_of, pictures_of, read_survey
from layers.survey_forms import forms_of
from layers.survey_mapping import SurveyMapping, mapping_for
from layers.survey_table import EditedTable, edited_table, rows_of

_SURVEYS = (".json", ".txt")  # older browsers share no JSON


class Incoming(NamedTuple):
    """One file, judged by itself. `kind`: survey, forms or table; `table`: the office's, with its edited cells.

    `name`: the file's own, without folders. `pictures`: by SHA-256 where the photos of forms lie. `copies`: more files
    of the same content, as the user named them.
    """

    name: str
    path: Path
    sha256: str
    kind: str
    visits: tuple[Event, ...] = ()
    table: EditedTable | None = None
    unknown_fields: tuple[str, ...] = ()
    pictures: Mapping[str, Path] = {}
    copies: tuple[str, ...] = ()


def incoming(path: Path, *, mapping: SurveyMapping | None = None) -> Incoming:
    """What a file brings; InputError with every fault of it, which name it as the user did."""
    try:
        return _judged(path, mapping)
    except InputError as error:
        raise InputError(fault.at(file=printable(path)) for fault in error.faults) from None


def printable(path: Path) -> str:
    """The path as the user wrote it; what no terminal should get, as dots."""
    return "".join(letter if letter.isprintable() else "·" for letter in path.as_posix())


def all_incoming(paths: list[Path], *, mapping: SurveyMapping | None = None) -> list[Incoming]:
    """What the files bring, each content once; InputError with the faults of all of them, where any has one."""
    found: dict[str, Incoming] = {}
    faults: list[Fault] = []
    for path in paths:
        try:
            one = incoming(path, mapping=mapping)
        except InputError as error:
            faults += error.faults
        else:
            first = found.setdefault(one.sha256, one)
            if first is not one:
                found[one.sha256] = first._replace(copies=(*first.copies, printable(path)))
    if faults:
        raise InputError(faults)
    return list(found.values())


def _judged(path: Path, mapping: SurveyMapping | None) -> Incoming:
    if path.suffix.lower() in _SURVEYS:
        survey = read_survey(path, name=path.name)
        return Incoming(path.name, path, survey.sha256, "survey", survey.visits, unknown_fields=survey.unknown_fields)
    if not is_table(path):
        facts = {"found": path.suffix or path.name}
        raise InputError([Fault("SURVEY_KIND" if path.exists() else "FILE_MISSING", facts=facts)])
    digest = hashlib.sha256(content_of(path, name=path.name)).hexdigest()
    tables = rows_of(path, name=path.name)
    known = mapping or mapping_for(str(heading) for table in tables[:1] for heading in table.frame.columns)
    if known is not None:
        visits, pictures = forms_of(tables, known, name=path.name, digest=digest, media=path.parent / known.media)
        return Incoming(path.name, path, digest, "forms", visits, pictures=pictures)
    return Incoming(path.name, path, digest, "table", table=edited_table(path, tables, name=path.name, digest=digest))


def archived(one: Incoming, archive: Archive) -> None:
    """Nothing; the original bytes and every photo are in the archive, each content once.

    Raises InputError (SURVEY_CHANGED) where the file is not any more what was judged.
    """
    data = content_of(one.path, name=one.name, largest=LARGEST_FILE)
    if hashlib.sha256(data).hexdigest() != one.sha256:
        raise InputError([Fault("SURVEY_CHANGED", file=printable(one.path))])
    for picture in _pictures(one, data):
        archive.put(picture)
    archive.put(data, packed=True)


def _pictures(one: Incoming, data: bytes) -> Iterator[bytes]:
    if one.kind == "survey":
        yield from pictures_of(data)
    for digest, path in one.pictures.items():
        picture = path.read_bytes()
        if hashlib.sha256(picture).hexdigest() != digest:
            raise InputError([Fault("SURVEY_CHANGED", file=printable(path))])
        yield picture
