"""How the columns of a form tool's export are called: the mapping file, and those built in for ODK and KoboToolbox."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from gis.faults import Fault
from layers.field_faults import field_name, found_text
from layers.layer import key_of_heading
from layers.project import ProjectError
from layers.words import RESULTS, STATUSES, Word

_OFFSET = r"^[+-](0\d|1[0-4]):[0-5]\d$"


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Columns(BaseModel):
    """`[columns]`: ours = theirs, or a list of which the first that is there counts; of photos and notes, all do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uuid: Names = ()
    layer: Names = ()
    site_id: Names = ()
    visited_at: Names = ()
    inspector: Names = ()
    status: Names = ()
    result: Names = ()
    note: Names = ()
    position: Names = ()
    lon: Names = ()
    lat: Names = ()
    accuracy_m: Names = ()
    photos: Names = ()


class Evidence(BaseModel):
    """`[[checklist]]`: a question about evidence, or one choice of a question with several."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str = Field(min_length=1, max_length=4000)
    column: str = Field(min_length=1)
    choice: str = ""
    rule_id: str = ""


class SurveyMapping(BaseModel):
    """A mapping file: `base` (odk or kobo) fills what it leaves out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: Literal["odk", "kobo"] | None = None
    media: str = "media"
    offset: Annotated[str, Field(pattern=_OFFSET)] | None = None
    columns: Columns = Columns()
    constants: Mapping[Literal["layer", "inspector"], str] = Field(default_factory=dict)
    values: Mapping[Literal["status", "result", "layer"], Mapping[str, str]] = Field(default_factory=dict)
    checklist: tuple[Evidence, ...] = ()

    def spelt(self, field: str, text: str) -> str:
        """What a text of theirs means, by `[values]`; the text itself where they say nothing of it."""
        spellings: Mapping[str, Mapping[str, str]] = self.values  # type: ignore[assignment]
        return spellings.get(field, {}).get(text, text)

    def constant(self, field: str) -> str:
        """What every row has, by `[constants]`; '' where they say nothing of it."""
        stated: Mapping[str, str] = self.constants  # type: ignore[assignment]
        return stated.get(field, "")

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        known: Mapping[str, Mapping[str, Word]] = {"status": STATUSES, "result": RESULTS}
        for field, spellings in self.values.items():
            wrong = sorted(set(spellings.values()) - {"", *known.get(field, spellings.values())})
            if wrong:
                raise ValueError(f"[values.{field}]: {', '.join(wrong)}; {', '.join(known[field])}")
        return self


# What forms call the same things, whichever tool made them.
_OURS: Mapping[str, tuple[str, ...]] = {
    "layer": ("layer", "图层"),
    "site_id": ("site_id", "点位编号", "问题编号", "编号", "site", "site_code"),
    "inspector": ("inspector", "巡查人", "检查人", "巡查员", "填报人", "username", "enumerator"),
    "status": ("status", "整改状态", "状态"),
    "result": ("result", "observed_result", "现场结论", "现场情况"),
    "note": ("note", "notes", "备注", "情况说明", "说明", "remarks"),
    "position": ("location", "position", "gps", "定位", "位置", "geopoint"),
    "photos": ("photo", "photos", "photo_1", "photo_2", "photo_3", "照片", "现场照片", "image"),
}
BUILT_IN: Mapping[str, SurveyMapping] = {
    "odk": SurveyMapping(
        columns=Columns.model_validate(
            {
                **_OURS,
                "uuid": ("meta-instanceID", "instanceID", "KEY"),
                "visited_at": ("visited_at", "end", "SubmissionDate", "巡查时间"),
                "inspector": (*_OURS["inspector"], "SubmitterName"),
            }
        )
    ),
    "kobo": SurveyMapping(
        columns=Columns.model_validate(
            {
                **_OURS,
                "uuid": ("meta/instanceID", "_uuid"),
                "visited_at": ("visited_at", "end", "巡查时间", "_submission_time"),
                "position": (*_OURS["position"], "_geolocation"),
                "inspector": (*_OURS["inspector"], "_submitted_by"),
            }
        )
    ),
}
# Times that the tool writes without an offset, and which one they have.
KNOWN_OFFSETS = {"_submission_time": "+00:00", "SubmissionDate": "+00:00"}
_MARKS = {"odk": ("KEY", "SubmissionDate"), "kobo": ("_uuid", "_submission_time")}


def read_mapping(path: Path) -> SurveyMapping:
    """The mapping in a TOML file, what it leaves out filled from its `base`.

    Raises ProjectError with every fault: FILE_MISSING, PROJECT_NOT_TOML, MAPPING_WRONG.
    """
    name = path.as_posix()
    if not path.is_file():
        raise ProjectError([Fault("MAPPING_MISSING", file=name, facts={"known": ", ".join(BUILT_IN)})])
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError([Fault("PROJECT_NOT_TOML", file=name, facts={"found": str(error)})]) from None
    try:
        mapping = SurveyMapping.model_validate(content)
    except ValidationError as error:
        raise ProjectError(
            Fault(
                "MAPPING_WRONG",
                file=name,
                column=field_name(one["loc"]),
                value="" if one["type"] == "value_error" else found_text(one["input"]),
                facts={"found": one["msg"]},
            )
            for one in error.errors(include_url=False)
        ) from None
    if mapping.base is None:
        return mapping
    base = BUILT_IN[mapping.base].columns
    stated = {**dict(base), **{ours: getattr(mapping.columns, ours) for ours in mapping.columns.model_fields_set}}
    return mapping.model_copy(update={"columns": Columns.model_validate(stated)})


def mapping_for(headings: Iterable[str]) -> SurveyMapping | None:
    """The built-in mapping of the tool that writes such headings, None where it is neither ODK nor KoboToolbox."""
    there = set(headings)
    return next((BUILT_IN[tool] for tool, marks in _MARKS.items() if there.issuperset(marks)), None)


def heading_of(names: Sequence[str], headings: Sequence[str]) -> str | None:
    """The heading that the first of the names has: as it is, with another mark between groups, or without its groups.

    None where none of them is there. Choices of a question with several (`evidence/photo` beside `evidence`) are only
    found by their whole name. Raises KeyError where a name without its groups fits several.

    >>> heading_of(("location-Latitude",), ("g/location/Latitude",)), heading_of(("site_id",), ("visit-site_id", "KEY"))
    ('g/location/Latitude', 'visit-site_id')
    """
    questions = [one for one in headings if one.rsplit("/", 1)[0] not in headings or "/" not in one]
    for name in names:
        if name in headings:
            return name
        wanted = _parts(name)
        fitting = [one for one in questions if _parts(one)[-len(wanted) :] == wanted]
        exact = [one for one in fitting if len(_parts(one)) == len(wanted)]
        if len(exact or fitting) > 1:
            raise KeyError(", ".join(exact or fitting))
        if fitting:
            return (exact or fitting)[0]
    return None


def _parts(heading: str) -> list[str]:
    """The groups and the name of a column, each as headings are compared."""
    parts = [part for part in re.split(r"[/\-:.]", heading) if part]
    return [("_" if part.startswith("_") else "") + key_of_heading(part) for part in parts] or [heading]
