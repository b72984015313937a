"""The survey file that the map writes (docs/survey-file.md) -> visits, or every fault of it.

All of a file is judged before anything is taken from it. What it does not say is not made up, and fields that are not
known stay in its original bytes, which the archive keeps.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gis.faults import Fault, InputError
from gis.strict_json import NotJson, oddities, parsed
from layers.events import Event, canonical, faults_of
from layers.field_faults import expected_of, field_name, found_text
from layers.words import LAYER_KINDS, RESULTS, STATUSES

FORMAT, VERSION = "headwater-survey", 1
LARGEST_FILE = 192 << 20
LARGEST_PHOTO = 12 << 20
MOST_RECORDS = 5000
MOST_PHOTOS = 60
_LARGEST_WHOLE = 2**53 - 1  # beyond, a browser does not know one number from the next
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)", re.ASCII
)
_PICTURES = ((0, b"\xff\xd8\xff", "jpg"), (0, b"\x89PNG\r\n\x1a\n", "png"), (8, b"WEBP", "webp"))


class Survey(NamedTuple):
    """What one file brings: its name, the SHA-256 of its bytes, its visits as events, fields that are not known."""

    name: str
    sha256: str
    visits: tuple[Event, ...]
    unknown_fields: tuple[str, ...] = ()


def is_time(text: str) -> bool:
    """Whether a text is a date and time that exists, with its offset.

    >>> is_time("2017-11-20T09:30:00+08:00"), is_time("2017-11-31T09:30:00Z"), is_time("2017-11-20T09:30:00")
    (True, False, False)
    """
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def picture_kind(data: bytes) -> str | None:
    """`jpg`, `png` or `webp`, by the first bytes, whatever a name says; None for anything else."""
    return next((kind for start, sign, kind in _PICTURES if data[start : start + len(sign)] == sign), None)


def _existing(text: str) -> str:
    if not is_time(text):
        raise ValueError("time")
    return text


def _whole(value: object) -> object:
    """3.0 is the whole number 3 to a browser."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_WHOLE else value


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, allow_inf_nan=False)


class _Item(_Part):
    rule_id: str = Field(default="", max_length=200)
    item: str = Field(min_length=1, max_length=4000)
    done: bool
    remark: str = Field(default="", max_length=4000)


class _Observed(_Part):
    status: Literal[tuple(STATUSES)] | None  # type: ignore[valid-type]
    result: Literal[tuple(RESULTS)] | None  # type: ignore[valid-type]
    checklist: list[_Item] = Field(max_length=500)


class _Position(_Part):
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    accuracy_m: Annotated[float, Field(ge=0, le=1e7)] | None
    source: Literal["own", "site", "hand"] | None = None


class _Photo(_Part):
    name: str = Field(min_length=1, max_length=255)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    data: str = Field(min_length=1, max_length=LARGEST_PHOTO * 4 // 3 + 4)


class _Record(_Part):
    uuid: str = Field(pattern=_UUID)
    layer: Literal[("", *LAYER_KINDS)] = ""  # type: ignore[valid-type]
    site_id: str = Field(min_length=1, max_length=1000)
    base_revision: Annotated[int, BeforeValidator(_whole), Field(ge=0, le=_LARGEST_WHOLE)]
    build_id: str = Field(default="", max_length=200)
    visited_at: Annotated[str, AfterValidator(_existing)]
    inspector: str = Field(min_length=1, max_length=200)
    observed: _Observed
    note: str = Field(max_length=20_000)
    position: _Position | None
    photos: list[_Photo] = Field(max_length=MOST_PHOTOS)


def read_survey(path: Path, *, name: str) -> Survey:
    """The visits of a survey file, which the user calls `name`, in its order; nothing is kept of the pictures.

    Raises InputError with every fault: SURVEY_TOO_LARGE, SURVEY_NOT_JSON, SURVEY_FORMAT, SURVEY_FIELD (with the number
    of the record, the field, what was expected and found).
    """
    data = content_of(path, name=name)
    content = _head(data, name)
    records: Sequence[Any] = content["records"]
    odd = _odd(content, name)
    refused = {fault.row for fault in odd}
    faults, visits, unknown = list(odd), [], set[str]()
    digest = hashlib.sha256(data).hexdigest()
    for number, raw in enumerate(records, start=1):
        if number in refused:
            continue  # what it says is not certain, so no more is asked of it
        made = _record(raw, number, name)
        if isinstance(made, list):
            faults += made
            continue
        faults += _photo_faults(made.photos, number, name)
        unknown |= _unknown(raw, _Record)
        visit = _event(made, content["build_id"], name, digest)
        faults += [fault.at(row=number) for fault in kept_out(visit)]
        visits.append(visit)
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row or 0))
    return Survey(name, digest, tuple(visits), tuple(sorted(unknown)))


def kept_out(visit: Event) -> list[Fault]:
    """What keeps a visit out of the ledger, whichever layer its site turns out to be in."""
    return faults_of(visit._replace(layer=visit.layer or next(iter(LAYER_KINDS))))


def content_of(path: Path, *, name: str, largest: int = LARGEST_FILE) -> bytes:
    """The bytes of a file; InputError where it is none, or is larger than `largest`."""
    if not path.is_file():
        raise InputError([Fault("PATH_REFUSED" if path.exists() else "FILE_MISSING", file=name, facts={"found": "–"})])
    with path.open("rb") as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        facts = {"expected": f"{largest >> 20} MiB", "found": f"{path.stat().st_size / (1 << 20):.0f} MiB"}
        raise InputError([Fault("SURVEY_TOO_LARGE", file=name, facts=facts)])
    return data


def pictures_of(data: bytes) -> Iterator[bytes]:
    """The pictures in the bytes of a survey file that `read_survey` has found good, one after the other."""
    for record in parsed(data)["records"]:
        for photo in record["photos"]:
            yield base64.b64decode(photo["data"])


def _head(data: bytes, name: str) -> Mapping[str, Any]:
    """The document, whose frame is that of a survey file."""
    try:
        content = parsed(data)
    except NotJson as error:
        facts = {"found_zh": error.zh, "found_en": error.en}
        raise InputError([Fault("SURVEY_NOT_JSON", file=name, facts=facts)]) from None
    faults: list[Fault] = []

    def wrong(field: str, expected: str, found: object) -> None:
        facts = {"expected": expected, "found": found_text(found)}
        faults.append(Fault("SURVEY_FORMAT", file=name, column=field, facts=facts))

    if not isinstance(content, dict) or content.get("format") != FORMAT:
        wrong("format", f'"{FORMAT}"', content.get("format") if isinstance(content, dict) else content)
        raise InputError(faults)
    if content.get("version") != VERSION or isinstance(content["version"], bool):
        wrong("version", str(VERSION), content.get("version"))
    if not isinstance(content.get("build_id"), str):
        wrong("build_id", '"…"', content.get("build_id"))
    records = content.get("records")
    if not isinstance(records, list):
        wrong("records", "[…]", records)
    elif len(records) > MOST_RECORDS:
        wrong("records", f"≤ {MOST_RECORDS}", f"{len(records)}")
    if faults:
        raise InputError(faults)
    return content


def _odd(content: Mapping[str, Any], name: str) -> list[Fault]:
    """What is no JSON within the document, by record; what stands outside of the records has the number None."""
    words = {
        "repeated": ("每个字段只出现一次", "each field once"),
        "constant": ("数", "a number"),
        "surrogate": ("完整的字符", "whole letters"),
    }
    faults = []
    for one in oddities(content):
        at = one.path[1] if one.path[:1] == ("records",) and len(one.path) > 1 else None
        row, path = (at + 1, one.path[2:]) if isinstance(at, int) else (None, one.path)
        zh, en = words[one.which]
        facts = {"expected_zh": zh, "expected_en": en, "found": found_text(one.found)}
        faults.append(Fault("SURVEY_FIELD", file=name, row=row, column=field_name(path), facts=facts))
    return faults


def _record(raw: object, number: int, name: str) -> _Record | list[Fault]:
    try:
        return _Record.model_validate(raw)
    except ValidationError as error:
        faults = []
        for one in error.errors(include_url=False):
            zh, en = expected_of(one)
            found = "–" if one["type"] == "missing" else found_text(one["input"])
            facts = {"expected_zh": zh, "expected_en": en, "found": found}
            faults.append(Fault("SURVEY_FIELD", file=name, row=number, column=field_name(one["loc"]), facts=facts))
        return faults


def _photo_faults(photos: Sequence[_Photo], number: int, name: str) -> Iterator[Fault]:
    for place, photo in enumerate(photos, start=1):
        wrong = _wrong_with(photo)
        if wrong is not None:
            field, zh, en, found = wrong
            facts = {"expected_zh": zh, "expected_en": en, "found": found}
            yield Fault("SURVEY_FIELD", file=name, row=number, column=f"photos[{place}].{field}", facts=facts)


def _wrong_with(photo: _Photo) -> tuple[str, str, str, str] | None:
    """The field of a photo that is wrong, what was expected there in Chinese and English, and what was found."""
    try:
        data = base64.b64decode(photo.data, validate=True)
    except (binascii.Error, ValueError) as error:
        return "data", "base64", "base64", str(error)
    if len(data) > LARGEST_PHOTO:
        return "data", f"不超过 {LARGEST_PHOTO >> 20} MiB", f"at most {LARGEST_PHOTO >> 20} MiB", f"{len(data)} bytes"
    if picture_kind(data) is None:
        return "data", "JPEG、PNG 或 WebP 图片", "a JPEG, PNG or WebP picture", found_text(data[:16].decode("latin-1"))
    digest = hashlib.sha256(data).hexdigest()
    if digest != photo.sha256:
        return "sha256", "图片内容的 SHA-256", "the SHA-256 of the picture's bytes", f"{photo.sha256} ≠ {digest}"
    return None


def _unknown(raw: Mapping[str, Any], model: type[BaseModel]) -> set[str]:
    """The fields of a record that nobody here knows; they stay in the archived file."""
    return {str(key) for key in raw if key not in model.model_fields}


def _event(record: _Record, build_id: str, name: str, digest: str) -> Event:
    """The visit as an event. Its layer is the one that the file states; `layers.survey_merge` finds a missing one."""
    body = {
        **record.model_dump(mode="json", include={"base_revision", "note", "observed", "position"}),
        "build_id": record.build_id or build_id,
        "photos": [{"name": photo.name, "sha256": photo.sha256} for photo in record.photos],
    }
    return Event(
        uuid=record.uuid, kind="visit", layer=record.layer, site_id=record.site_id, actor=record.inspector,
        at=record.visited_at, body=canonical(body), status=record.observed.status, source_file=name,
        source_sha256=digest,
    )  # fmt: skip
