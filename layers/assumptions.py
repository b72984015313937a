"""What a run takes for granted about where its data are complete and how long they hold, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import geopandas as gpd

from gis.faults import Fault
from layers.coverage import Extent, not_one_district
from layers.project import PROJECT_FILE, Project
from layers.verdicts import OF_NAMES
from layers.words import LAYER_KINDS

# Names of districts told in one sentence, and in an error that lists what can be named; a province has a hundred.
_NAMES_TOLD = 12
_NAMES_LISTED = 150


def unknown_districts(project: Project, districts: gpd.GeoDataFrame | None) -> list[Fault]:
    """A fault for each word of `zones_complete_in` that is the id or name of no district, or the name of several."""
    if districts is None:
        return []
    known = [
        f"{one.district_id} {one.name}" if isinstance(one.name, str) else str(one.district_id)
        for one in districts[["district_id", "name"]].itertuples(index=False)
    ]
    return [
        Fault(
            "DISTRICT_AMBIGUOUS" if ids else "DISTRICT_UNKNOWN",
            file=PROJECT_FILE,
            column="zones_complete_in",
            value=word,
            facts={"known": ", ".join((ids or known)[:_NAMES_LISTED])},
        )
        for word, ids in not_one_district(districts, project.zones_complete_in).items()
    ]


def assumptions(extents: Mapping[str, Extent], project: Project) -> list[dict[str, str]]:
    """`code`, `zh` and `en` of everything assumed about where layers are complete, and of layers out of date."""
    told = []
    for layers, extent in _together(extents):
        zh, en = "、".join(OF_NAMES[layer]["zh"] for layer in layers), _named(layers)
        if extent.assumption == "absent":
            told += [_absent(layer) for layer in layers]
        elif extent.assumption == "hull":
            told.append(_hull(zh, en, project.zones_complete_within_metres))
        else:
            told += _districts(zh, en, extent)
    return told + list(_out_of_date(project))


def _together(extents: Mapping[str, Extent]) -> Iterator[tuple[list[str], Extent]]:
    """The layers of which the same is to be said, with one of their extents: nobody reads one sentence three times."""
    found: dict[tuple[object, ...], list[str]] = {}
    for layer, extent in sorted(extents.items()):
        same = (extent.assumption, tuple(extent.holding), tuple(extent.lacking), tuple(extent.stated))
        found.setdefault(same, []).append(layer)
    for layers in found.values():
        yield layers, extents[layers[0]]


def _named(layers: Sequence[str]) -> str:
    """The layers in English words, as a list."""
    *others, last = (layer.replace("_", " ") for layer in layers)
    return f"{', '.join(others)} and {last}" if others else last


def _absent(layer: str) -> dict[str, str]:
    return {
        "code": "LAYER_ABSENT",
        "zh": f"缺少{OF_NAMES[layer]['zh']}图层（{layer}），或其中没有当日有效的数据：需要它的规则一律为“未评估”。",
        "en": f"The layer of {_named([layer])} ({layer}) is absent or nothing in it is in force: "
        "rules that need it are not assessed.",
    }


def _hull(zh: str, en: str, metres: float) -> dict[str, str]:
    if metres == 0:
        return {
            "code": "EXTENT_ASSUMED",
            "zh": f"没有行政区图层（districts）：只假定{zh}数据在其自身的外包凸壳以内完整，之外一律为“未评估”。",
            "en": f"There is no layer of districts: {en} are taken as complete inside their own hull only; "
            "places outside are not assessed.",
        }
    return {
        "code": "EXTENT_ASSUMED",
        "zh": f"没有行政区图层（districts）：按项目自己的声明（zones_complete_within_metres = {metres:g}），"
        f"{zh}数据在其外包凸壳向外 {metres:g} 米以内视为完整，之外一律为“未评估”。",
        "en": "There is no layer of districts: as the project states itself (zones_complete_within_metres = "
        f"{metres:g}), {en} are taken as complete inside their hull widened by {metres:g} m; "
        "places outside are not assessed.",
    }


def _districts(zh: str, en: str, extent: Extent) -> Iterator[dict[str, str]]:
    """What was assumed of districts that hold something, and what of those that do not."""
    rest = {"zh": "", "en": ""}
    if extent.lacking:
        rest["zh"] = f"其余 {len(extent.lacking)} 个（{_listed(extent.lacking, 'zh')}）没有数据，一律为“未评估”。"
        rest["en"] = f" {len(extent.lacking)} others ({_listed(extent.lacking, 'en')}) hold none: not assessed."
    yield {
        "code": "DISTRICTS_ASSUMED",
        "zh": f"{zh}数据在有其数据的 {len(extent.holding)} 个行政区（{_listed(extent.holding, 'zh')}）内视为完整。"
        + rest["zh"],
        "en": f"{en[0].upper()}{en[1:]} are taken as complete in the {len(extent.holding)} districts that hold some "
        f"({_listed(extent.holding, 'en')})." + rest["en"],
    }
    if extent.stated:
        yield {
            "code": "ZONES_STATED_COMPLETE",
            "zh": f"按项目自己的声明（zones_complete_in），以下行政区没有{zh}数据也视为完整："
            f"{_listed(extent.stated, 'zh')}。",
            "en": f"As the project states itself (zones_complete_in), {en} are taken as complete in districts that "
            f"hold none: {_listed(extent.stated, 'en')}.",
        }


def _out_of_date(project: Project) -> Iterator[dict[str, str]]:
    for kind, until in sorted(project.data_until().items()):
        if until < project.as_of:
            zh, day = LAYER_KINDS[kind].zh, until.isoformat()
            yield {
                "code": "LAYER_OUT_OF_DATE",
                "zh": f"{zh}数据只可用到 {day}（设置项 data_until），检查日期为 {project.as_of}："
                "需要它的规则不作违规或无冲突结论。",
                "en": f"The data of {_named([kind])} hold until {day} only (setting data_until), and the inspection is "
                f"on {project.as_of}: rules that need them give neither violation nor clear.",
            }


def _listed(names: Sequence[str], language: str) -> str:
    """The names as a list, the first of many."""
    comma = "、" if language == "zh" else ", "
    more = len(names) - _NAMES_TOLD
    rest = {"zh": f" 等 {len(names)} 个", "en": f" and {more} more"}[language] if more > 0 else ""
    return comma.join(names[:_NAMES_TOLD]) + rest
