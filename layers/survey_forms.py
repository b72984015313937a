"""A form tool's export (ODK, KoboToolbox: a CSV and a folder of photos) -> visits, or every fault of it.

Each row is a visit; columns that the mapping does not name stay in the archived file.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gis.faults import Fault, InputError
from gis.photos import LARGEST_FILE as LARGEST_PHOTO
from gis.read import Table
from gis.values import coordinate, number
from layers.columns import cells
from layers.events import Event, canonical
from layers.field_faults import found_text
from layers.survey_file import MOST_PHOTOS, is_time, kept_out, picture_kind
from layers.survey_mapping import KNOWN_OFFSETS, Columns, SurveyMapping, heading_of
from layers.words import BOOLEANS, LAYER_KINDS, RESULTS, STATUSES, Word, code_of

_UUID = re.compile(r"(?:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII)
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", re.ASCII | re.IGNORECASE)
_MOST_FILES = 500_000
_LONGEST = {"site_id": 1000, "inspector": 200, "note": 20_000}
_NEEDED = ("uuid", "site_id", "visited_at", "inspector")
_OBSERVED = {"status": STATUSES, "result": RESULTS}
_TIME_EXPECTED = (
    "日期和时间，带时区偏移（或在映射文件中写 offset）", "a date and time with its offset, or `offset` in the mapping"
)  # fmt: skip
_PICTURE_EXPECTED = ("不超过 100 MB 的 JPEG、PNG 或 WebP 图片", "a JPEG, PNG or WebP picture of at most 100 MB")


def forms_of(
    tables: Sequence[Table], mapping: SurveyMapping, *, name: str, digest: str, media: Path
) -> tuple[tuple[Event, ...], dict[str, Path]]:
    """The visits of an export in its order, and by SHA-256 where in the folder `media` their pictures lie.

    `tables`: what `gis.read.read_rows` gives of the file, which the user calls `name`. Raises InputError with every
    fault.
    """
    faults = [fault for table in tables for fault in table.faults]
    visits: list[Event] = []
    pictures: dict[str, Path] = {}
    for table in tables:
        rows = _Rows(table.frame, mapping, name, _Media(media))
        made = [] if rows.faults else [rows.visit(at, digest) for at in range(len(table.frame))]
        visits += [visit for visit in made if visit is not None]
        faults += rows.faults
        pictures |= rows.pictures
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row or 0))
    return tuple(visits), pictures


class _Media:
    """The files of a folder by their bare names; nothing is opened, and no name or link leads out of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._paths: dict[str, list[Path]] = defaultdict(list)
        count = 0
        for inner, _, files in os.walk(folder) if folder.is_dir() else ():
            for name in files:
                path = Path(inner, name)
                if not path.is_symlink() and path.is_file():
                    self._paths[name].append(path)
            count += len(files)
            if count > _MOST_FILES:
                break

    def find(self, name: str, uuid: str) -> Path | None:
        """The file of that name; of several the one in the folder of the visit. None where that is not certain."""
        found = self._paths.get(name, [])
        own = [path for path in found if uuid in path.parts]
        return next(iter(own if len(own) == 1 else found if len(found) == 1 else []), None)


class _Rows:
    """The rows of one table, read by a mapping; `faults` and `pictures` grow with them."""

    def __init__(self, frame: Any, mapping: SurveyMapping, name: str, media: _Media) -> None:
        self.faults: list[Fault] = []
        self.pictures: dict[str, Path] = {}
        self._mapping, self._name, self._media = mapping, name, media
        self._numbers = frame["source_row"].to_numpy()
        self._headings = [str(one) for one in frame.columns if one not in ("source_row", "geometry")]
        self._cells = {heading: cells(frame, heading) for heading in self._headings}
        self._found = {
            ours: self._one(ours, names) for ours, names in mapping.columns if ours not in ("photos", "note")
        }
        self._notes, self._photos = (self._all(ours, getattr(mapping.columns, ours)) for ours in ("note", "photos"))
        self._places = self._place_columns(mapping.columns)
        self._evidence = [self._one(f"checklist.{one.item}", (one.column,)) for one in mapping.checklist]
        self._needed()

    def visit(self, at: int, digest: str) -> Event | None:
        """The visit of a row, None where it has faults, which are told then."""
        before = len(self.faults)
        row = int(self._numbers[at])
        uuid, site, when = self._uuid(at, row), self._text("site_id", at, row), self._when(at, row)
        inspector, layer = self._text("inspector", at, row), self._layer(at, row)
        observed = {name: self._word(name, words, at, row) for name, words in _OBSERVED.items()}
        body = {
            "base_revision": None,  # a form does not know what the ledger held
            "build_id": "",
            "note": self._note(at, row),
            "observed": {**observed, "checklist": self._checklist(at, row)},
            "photos": self._pictures(at, row, uuid),
            "position": self._position(at, row),
        }
        if len(self.faults) > before or not uuid:
            return None
        visit = Event(
            uuid=uuid, kind="visit", layer=layer, site_id=site, actor=inspector, at=when, body=canonical(body),
            status=observed["status"], source_file=self._name, source_sha256=digest,
        )  # fmt: skip
        self.faults += [fault.at(row=row) for fault in kept_out(visit)]
        return visit

    # --- Columns ---------------------------------------------------------------------------------

    def _one(self, ours: str, names: Sequence[str]) -> str | None:
        try:
            return heading_of(names, self._headings)
        except KeyError as error:
            facts = {"expected_zh": "一列", "expected_en": "one column", "found": str(error.args[0])}
            self.faults.append(Fault("FORM_COLUMN", file=self._name, column=ours, facts=facts))
            return None

    def _all(self, ours: str, names: Sequence[str]) -> list[str]:
        found = [heading for name in names if (heading := self._one(ours, (name,))) is not None]
        return list(dict.fromkeys(found))

    def _needed(self) -> None:
        """Tells which columns are absent that no visit can do without."""
        uncertain = {fault.column for fault in self.faults}
        for ours in _NEEDED:
            if self._found[ours] is None and ours not in uncertain and not self._mapping.constant(ours):
                names = " / ".join(getattr(self._mapping.columns, ours)) or "–"
                facts = {"expected_zh": names, "expected_en": names, "found": ", ".join(self._headings)[:400]}
                self.faults.append(Fault("FORM_COLUMN", file=self._name, column=ours, facts=facts))

    def _place_columns(self, columns: Columns) -> tuple[str | None, str | None, str | None, str | None]:
        """The columns of longitude, latitude, accuracy, and of all of them in one cell; as many as there are."""
        if self._found["lon"] and self._found["lat"]:
            return self._found["lon"], self._found["lat"], self._found["accuracy_m"], None
        for name in columns.position:
            for lon, lat, accuracy in (
                (f"{name}-Longitude", f"{name}-Latitude", f"{name}-Accuracy"),
                (f"_{name}_longitude", f"_{name}_latitude", f"_{name}_precision"),
            ):
                there = self._one("position", (lon,)), self._one("position", (lat,))
                if all(there):
                    return there[0], there[1], self._one("position", (accuracy,)), None
        return None, None, None, self._found["position"]

    # --- Cells -----------------------------------------------------------------------------------

    def _cell(self, heading: str | None, at: int) -> str:
        text = self._cells[heading][at] if heading is not None else None
        return text.strip() if isinstance(text, str) else ""

    def _wrong(self, row: int, heading: str, expected: tuple[str, str], found: object) -> None:
        facts = {"expected_zh": expected[0], "expected_en": expected[1], "found": found_text(found)}
        self.faults.append(Fault("SURVEY_FIELD", file=self._name, row=row, column=heading, facts=facts))

    def _text(self, ours: str, at: int, row: int) -> str:
        heading = self._found[ours]
        text = self._cell(heading, at) or self._mapping.constant(ours)
        if not text and heading is not None:
            self._wrong(row, heading, ("必填", "a text"), "")
        self._not_longer(ours, text, row, heading or ours)
        return text

    def _not_longer(self, ours: str, text: str, row: int, heading: str) -> None:
        most = _LONGEST[ours]
        if len(text) > most:
            self._wrong(row, heading, (f"至多 {most} 个字", f"at most {most} letters"), text)

    def _layer(self, at: int, row: int) -> str:
        """The layer that the row or the mapping states; '' where neither does."""
        heading = self._found["layer"]
        text = self._cell(heading, at) or self._mapping.constant("layer")
        code = code_of(self._mapping.spelt("layer", text), LAYER_KINDS) if text else ""
        if code is None:
            self._wrong(row, heading or "layer", (", ".join(LAYER_KINDS), ", ".join(LAYER_KINDS)), text)
        return code or ""

    def _uuid(self, at: int, row: int) -> str:
        heading = self._found["uuid"]
        found = _UUID.fullmatch(self._cell(heading, at))
        if found is None and heading is not None:
            self._wrong(row, heading, ("记录的 UUID", "the UUID of the record"), self._cell(heading, at))
        return found[1].lower() if found else ""

    def _when(self, at: int, row: int) -> str:
        """Date and time with the offset, or the day alone, as the form has it."""
        heading = self._found["visited_at"]
        text = self._cell(heading, at)
        found = _TIME.fullmatch(text)
        if heading is None:
            return ""
        if found is not None and found[2] is None:
            made, known = f"{found[1]}T00:00:00Z", found[1]
        elif found is not None:
            offset = found[3] or self._mapping.offset or KNOWN_OFFSETS.get(heading, "")
            offset = offset if offset in ("", "Z") or ":" in offset else f"{offset[:3]}:{offset[3:] or '00'}"
            time = found[2] if found[2].count(":") == 2 else f"{found[2]}:00"
            made = known = f"{found[1]}T{time}{offset}"
        else:
            made = known = ""
        if not is_time(made):
            self._wrong(row, heading, _TIME_EXPECTED, text)
        return known

    def _word(self, ours: str, words: Mapping[str, Word], at: int, row: int) -> str | None:
        heading = self._found[ours]
        text = self._cell(heading, at)
        plain = self._mapping.spelt(ours, text)
        if not plain or heading is None:
            return None
        code = code_of(plain, words)
        if code is None:
            known, lines = ", ".join(words), f"[values.{ours}]"
            self._wrong(row, heading, (f"{known}，或在 {lines} 中写明", f"{known}, or a line in {lines}"), text)
        return code

    def _note(self, at: int, row: int) -> str:
        note = "\n".join(text for heading in self._notes if (text := self._cell(heading, at)))
        self._not_longer("note", note, row, "note")
        return note

    def _checklist(self, at: int, row: int) -> list[dict[str, Any]]:
        told = []
        for one, heading in zip(self._mapping.checklist, self._evidence, strict=True):
            text = self._cell(heading, at)
            if one.choice:
                done: bool | None = one.choice in text.split()
            else:
                done = {"true": True, "false": False}.get(code_of(text, BOOLEANS) or "") if text else False
            if done is None:
                self._wrong(row, str(heading), ("是或否", "yes or no"), text)
            told.append({"rule_id": one.rule_id, "item": one.item, "done": bool(done), "remark": ""})
        return told

    def _position(self, at: int, row: int) -> dict[str, Any] | None:
        lon_column, lat_column, accuracy_column, whole = self._places
        if whole is not None:
            found = _NUMBERS.findall(self._cell(whole, at))
            lat, lon, _, accuracy = [*found, "", "", "", ""][:4]
        else:
            lon, lat, accuracy = (self._cell(one, at) for one in (lon_column, lat_column, accuracy_column))
        if not (lon or lat):
            return None
        x, y = coordinate(lon), coordinate(lat)
        if x is None or y is None or abs(x) > 180 or abs(y) > 90:
            expected = ("经纬度（WGS 84）", "longitude and latitude in WGS 84")
            self._wrong(row, str(whole or lon_column), expected, f"{lon} {lat}")
            return None
        metres = number(accuracy) if accuracy else None
        known = metres if metres is not None and metres >= 0 else None
        return {"lon": x, "lat": y, "accuracy_m": known, "source": "own"}

    # --- Photos ----------------------------------------------------------------------------------

    def _pictures(self, at: int, row: int, uuid: str) -> list[dict[str, str]]:
        named = [(heading, name) for heading in self._photos for name in _names(self._cell(heading, at))]
        if len(named) > MOST_PHOTOS:
            self._wrong(row, named[0][0], (f"至多 {MOST_PHOTOS} 张", f"at most {MOST_PHOTOS}"), len(named))
            return []
        taken = [(name, self._picture(heading, name, row, uuid)) for heading, name in named]
        return [{"name": name, "sha256": digest} for name, digest in taken if digest]

    def _picture(self, heading: str, name: str, row: int, uuid: str) -> str:
        """The SHA-256 of a photo in the folder; '' where it cannot be taken, which is told."""
        path = self._media.find(name, uuid)
        if path is None:
            facts = {"expected": self._media.folder.as_posix()}
            self.faults.append(Fault("FORM_PHOTO", file=self._name, row=row, column=heading, value=name, facts=facts))
            return ""
        data = path.read_bytes() if path.stat().st_size <= LARGEST_PHOTO else b""
        if picture_kind(data) is None:
            self._wrong(row, heading, _PICTURE_EXPECTED, name)
            return ""
        digest = hashlib.sha256(data).hexdigest()
        self.pictures[digest] = path
        return digest


def _names(cell: str) -> Iterator[str]:
    """The bare names of the files that a cell names; of an address its last part."""
    for part in re.split(r"[;\n]|,\s", cell):
        name = part.strip().replace("\\", "/").rsplit("/", 1)[-1].split("?")[0]
        if name:
            yield name[:255]
