"""The project file `headwater.toml` -> a checked project."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis.faults import Fault, InputError
from layers.ledger_settings import LedgerSettings
from layers.setting_words import Unfit, what_is_wrong

PROJECT_FILE = "headwater.toml"

LayerKind = Literal[
    "protection_zones",
    "river_sections",
    "samples",
    "pollution_sources",
    "remediation_sites",
    "rivers",
    "water_bodies",
    "intakes",
    "districts",
]


class ProjectError(InputError):
    """A project file that cannot be used: wrong configuration, not wrong data."""


def _text(value: object) -> object:
    """TOML lets a user write `1 = "1"` or `level = 2`; our words and column names are text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_text)]


def _metric_crs(name: str) -> str:
    """`auto`, or a projected CRS. Metres are ground metres in either case: no answer depends on it."""
    if name == "auto":
        return name
    try:
        crs = CRS.from_user_input(name)
    except CRSError:
        raise Unfit(
            "应为 auto 或投影坐标系，如 EPSG:4544", "expected auto or a projected CRS such as EPSG:4544"
        ) from None
    if not crs.is_projected:
        raise Unfit(
            "应为以米为单位的投影坐标系，如 EPSG:4544", "expected a projected CRS (in metres) such as EPSG:4544"
        )
    return name


def _transformation(value: object) -> object:
    """A list of parameters as `gis.transformations` writes it; an EPSG code or a PROJ pipeline is text already."""
    if not isinstance(value, list | tuple):
        return value
    numbers = [float(one) for one in value if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(numbers) != len(value) or len(numbers) not in (3, 7) or not all(map(math.isfinite, numbers)):
        raise Unfit(
            "应为 3 个或 7 个数：米、角秒、百万分率", "expected 3 or 7 numbers: metres, arc-seconds, parts per million"
        )
    return "towgs84=" + ",".join(f"{number!r}" for number in numbers)


class LayerEntry(BaseModel):
    """One `[[layer]]`: a file, what it holds and what its columns and words are called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: LayerKind
    path: str = Field(min_length=1)
    table: Text | None = None
    crs: Text | None = None
    # wgs84: asked, and confirmed that it is not offset
    datum: Literal["gcj02", "bd09", "wgs84"] | None = None
    transformation: Annotated[str, BeforeValidator(_transformation)] | None = None
    encoding: str | None = None
    located_to_metres: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    map_scale: float | None = Field(default=None, ge=1, allow_inf_nan=False)
    date_order: Literal["dmy", "mdy"] | None = None
    data_until: date | None = None
    x: Text | None = None
    y: Text | None = None
    corners: Text | None = None
    make_id: Literal["row", "name"] | None = None
    constants: Mapping[str, Any] = Field(default_factory=dict)
    columns: Mapping[str, Text] = Field(default_factory=dict)
    values: Mapping[str, Mapping[str, Text]] = Field(default_factory=dict)


class ReadingLimits(BaseModel):
    """`[limits]`: what reading one file may take; left out, it is by the file's size."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    memory_gib: float | None = Field(default=None, ge=0.25, allow_inf_nan=False)  # libraries take nearly so much
    seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)


# Providers whose tiles are drawn in another datum; zones over them would lie beside where they are.
_OFFSET_PROVIDERS = {
    **dict.fromkeys(("amap", "gaode", "autonavi", "高德", "tencent", "qq", "腾讯", "google"), "GCJ-02"),
    **dict.fromkeys(("baidu", "百度"), "BD-09"),
}


class MapSettings(BaseModel):
    """`[map]`: what the page may be; left out, it has no budget and no base map."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    budget_mb: float | None = Field(default=None, gt=0, le=1e6, allow_inf_nan=False, strict=True)  # of the whole file
    base: str | None = Field(default=None, min_length=1)  # a .pmtiles file or a folder z/x/y.png
    base_datum: Literal["wgs84", "gcj02"] = "wgs84"
    base_budget_mb: float = Field(default=5.0, gt=0, le=200, allow_inf_nan=False, strict=True)
    online: Literal["osm", "tianditu"] | None = None
    tianditu_key_env: str = Field(default="TIANDITU_KEY", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")

    @field_validator("online", mode="before")
    @classmethod
    def _not_offset(cls, value: object) -> object:
        if isinstance(value, str) and (way := _OFFSET_PROVIDERS.get(value.lower())):
            raise Unfit(
                f"它的地图采用偏移坐标（{way}），与项目坐标相差 100 到 700 米：应为 osm 或 tianditu",
                f"its maps are offset ({way}) by 100 to 700 metres against the project's coordinates: "
                "expected osm or tianditu",
            )
        return value


class Project(BaseModel):
    """A project folder with its checked settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    title: str
    language: Literal["zh", "en"] = "zh"
    jurisdictions: tuple[str, ...] = Field(default=("cn",), min_length=1)
    as_of: date
    metric_crs: Annotated[str, AfterValidator(_metric_crs)] = "auto"
    zones_complete_within_metres: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    limits: ReadingLimits = ReadingLimits()
    map: MapSettings = MapSettings()
    ledger: LedgerSettings = LedgerSettings()
    layers: tuple[LayerEntry, ...] = Field(alias="layer", min_length=1)
    zones_complete_in: Annotated[tuple[Text, ...] | Literal["all"], Field(union_mode="left_to_right")] = ()

    @field_validator("zones_complete_in", mode="before")
    @classmethod
    def _names_or_all(cls, value: object) -> object:
        listed = isinstance(value, list | tuple) and all(isinstance(one, str | int) for one in value)
        if value != "all" and not listed:
            raise Unfit(
                '应为行政区编号或名称的列表，或 "all"', 'expected a list of ids or names of districts, or "all"'
            )
        return value

    @field_validator("zones_complete_in")
    @classmethod
    def _needs_districts(cls, value: tuple[str, ...] | Literal["all"], info: ValidationInfo) -> object:
        layers: tuple[LayerEntry, ...] = info.data.get("layers", ())
        if value and layers and not any(entry.kind == "districts" for entry in layers):
            raise Unfit(
                '还需要一个行政区图层（[[layer]]，kind = "districts"），这里写的是其中的编号或名称',
                "expected a [[layer]] of the kind districts, whose ids or names these are",
            )
        return value

    def data_until(self) -> dict[str, date]:
        """Per kind of layer the last day for which all its data may be relied on, where that is stated."""
        stated = [(entry.kind, entry.data_until) for entry in self.layers if entry.data_until is not None]
        return {kind: min(day for other, day in stated if other == kind) for kind, _ in stated}


def read_project(folder: Path, *, today: date) -> Project:
    """The project in `folder` (or the folder of a `headwater.toml` given directly).

    `today` is the date of inspection where the file states none. Raises ProjectError with every
    fault of the file: not there, not TOML, unknown keys, wrong types, no layer.
    """
    file = folder if folder.name.endswith(".toml") else folder / PROJECT_FILE
    if not file.is_file():
        raise ProjectError([Fault("PROJECT_MISSING", file=str(file))])
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError([Fault("PROJECT_NOT_TOML", file=str(file), facts={"found": str(error)})]) from None
    settings.setdefault("as_of", today)
    settings.setdefault("title", file.resolve().parent.name)
    try:
        project = Project.model_validate({**settings, "folder": file.resolve().parent})
    except ValidationError as error:
        raise ProjectError(_setting_faults(error, str(file))) from None
    return project


def _setting_faults(error: ValidationError, file: str) -> list[Fault]:
    """One fault for each setting that pydantic refused, naming the key the way TOML writes it."""
    faults = []
    found = error.errors(include_url=False)
    for one in found:
        path = one["loc"]
        if path == ("layer",) and len([other for other in found if other["loc"][0] == "layer"]) > 1:
            continue  # layers that were refused are not also too few
        key = ".".join(f"[{part + 1}]" if isinstance(part, int) else str(part) for part in path).replace(".[", "[")
        value = "" if one["type"] in ("missing", "extra_forbidden") else str(one["input"])[:200]
        word = what_is_wrong(one)
        facts = {"found_zh": word.zh, "found_en": word.en, "allowed": ", ".join(_allowed(path))}
        code = "SETTING_UNKNOWN" if one["type"] == "extra_forbidden" else "SETTING_WRONG"
        faults.append(Fault(code, file=file, column=key, value=value, facts=facts))
    return faults


def _allowed(path: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    tables: Mapping[int | str, type[BaseModel]] = {
        "layer": LayerEntry,
        "limits": ReadingLimits,
        "map": MapSettings,
        "ledger": LedgerSettings,
    }
    if len(path) > 1 and path[0] in tables:
        return sorted(tables[path[0]].model_fields)
    return settings_known()


def settings_known() -> list[str]:
    """The keys that a project file may have at its top."""
    return sorted((set(Project.model_fields) - {"folder", "layers"}) | {"layer"})
