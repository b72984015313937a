"""Findings: one row per subject, rule and zone, with its measures, its sentence and its citation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.acts import UNKNOWN, Acts, citations, days_of, remarks
from layers.columns import frame_of, objects
from layers.rule_book import ZONES, Rule
from layers.surroundings import SUBJECT_ID, TARGET_ID, Surroundings, kinds_of
from layers.words import RESULTS, SEVERITIES
from layers.zone_versions import FIRST_DAY

# docs/outputs.md; the files carry `citation`, `text` and `remedy` in the project's language.
FINDING_COLUMNS = (
    "finding_id",
    "rule_id",
    "result",
    "severity",
    "effect",
    "subject_layer",
    "subject_id",
    "subject_name",
    "subject_kind",
    "zone_id",
    "zone_name",
    "zone_level",
    "relation",
    "distance_m",
    "depth_m",
    "overlap_m2",
    "overlap_m",
    "overlap_share",
    "margin_m",
    "citation",
    "text",
    "remedy",
    "first_seen",
    "change",
    "source_file",
    "source_row",
    "lon",
    "lat",
)
BILINGUAL = ("citation", "text", "remedy")
LANGUAGES = ("zh", "en")

# Millimetres, square centimetres, a millionth: finer than any position, so that bytes do not depend
# on the last bit of a processor's arithmetic.
MEASURES = {"distance_m": 3, "depth_m": 3, "overlap_m2": 2, "overlap_m": 3, "overlap_share": 6, "margin_m": 3}


def finding_id(subject_layer: str, subject_id: str, rule_id: str, zone_id: str) -> str:
    """A stable id: it does not change with coordinates, names, outlines or the order of rows.

    >>> finding_id("pollution_sources", "S-17", "CN-OUT-01", "Z-3")
    'F-d0f8f86afff402b2'
    """
    key = "\x1f".join((subject_layer, subject_id, rule_id, zone_id))
    return "F-" + hashlib.sha256(key.encode()).hexdigest()[:16]


def findings_frame(
    frames: Mapping[str, gpd.GeoDataFrame],
    around: Surroundings,
    flagged: Mapping[str, pd.DataFrame],
    cited: Mapping[str, Mapping[tuple[int, int], tuple[str, str]]] | None = None,
) -> gpd.GeoDataFrame:
    """The findings of everything flagged (`layers.rules.Judged`, by layer), worst first, with the subject's geometry.

    `cited`: by layer, and then by rule and subject, what a finding cites instead of its rule's articles.

    Columns are FINDING_COLUMNS with `citation`, `text` and `remedy` each in `_zh` and `_en`, in EPSG:4326. There
    is no earlier run to compare with here: `first_seen` is the date of inspection and `change` is `new`.
    """
    cited = cited or {}
    parts = [
        _layer_findings(layer, frames[layer], around, pairs, cited.get(layer, {}))
        for layer, pairs in flagged.items()
        if len(pairs)
    ]
    columns = [*findings_columns(), "geometry"]
    if not parts:
        nothing = {name: pd.Series(dtype=object) for name in columns[:-1]}
        return gpd.GeoDataFrame(nothing, geometry=[], crs="EPSG:4326")
    found = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    order = _worst_first(found)
    sorted_columns = {name: found[name].to_numpy()[order] for name in columns}
    return gpd.GeoDataFrame(frame_of(sorted_columns), geometry="geometry", crs="EPSG:4326")


def _worst_first(found: pd.DataFrame) -> NDArray[np.intp]:
    """The order of findings: by result, severity, rule, layer, subject and zone."""
    words = {"result": list(RESULTS), "severity": list(SEVERITIES)}
    keys = [pd.Categorical(found[name], words[name]).codes for name in words]
    names = ("rule_id", "subject_layer", "subject_id", "zone_id")
    keys += [pd.factorize(found[name].to_numpy(dtype=object), sort=True)[0] for name in names]
    return np.lexsort(keys[::-1])


def findings_columns() -> list[str]:
    """FINDING_COLUMNS with each bilingual column in both languages."""
    names: list[str] = []
    for name in FINDING_COLUMNS:
        names += [f"{name}_{language}" for language in LANGUAGES] if name in BILINGUAL else [name]
    return names


def in_language(findings: gpd.GeoDataFrame, language: str) -> gpd.GeoDataFrame:
    """The findings with exactly FINDING_COLUMNS and geometry, texts in one language."""
    named = findings.rename(columns={f"{name}_{language}": name for name in BILINGUAL})
    return named[[*FINDING_COLUMNS, "geometry"]]


def _layer_findings(
    layer: str,
    subjects: gpd.GeoDataFrame,
    around: Surroundings,
    flagged: pd.DataFrame,
    cited: Mapping[tuple[int, int], tuple[str, str]],
) -> pd.DataFrame:
    """The findings of one layer, in the order of `flagged`."""
    rules = around.rules_of(layer)
    rule, subject = flagged["rule"].to_numpy(), flagged["subject"].to_numpy()
    geometry = subjects.geometry.to_numpy()[subject]
    lon, lat = places(geometry)

    def of_rule(values: Iterable[object]) -> NDArray[np.object_]:
        return np.asarray(objects(values)[rule], dtype=object)

    found: dict[str, Any] = {
        "rule_id": of_rule(one.id for one in rules),
        "result": objects(RESULTS)[flagged["result"].to_numpy()],
        "severity": of_rule(one.severity for one in rules),
        "effect": of_rule(one.effect for one in rules),
        "subject_layer": of_rule(layer for _ in rules),
        "subject_id": subjects[SUBJECT_ID[layer]].to_numpy(dtype=object)[subject],
        "subject_name": subjects["name"].to_numpy(dtype=object)[subject],
        "subject_kind": kinds_of(subjects)[subject],
        **_targets(rules, around, rule, flagged["target"].to_numpy()),
        "relation": of_rule(one.relation for one in rules),
        **{name: flagged[name].to_numpy() for name in MEASURES},
        "first_seen": of_rule(around.as_of.isoformat() for _ in rules),
        "change": of_rule("new" for _ in rules),
        "source_file": subjects["source_file"].to_numpy(dtype=object)[subject],
        "source_row": subjects["source_row"].to_numpy()[subject],
        "geometry": geometry,
        "lon": lon,
        "lat": lat,
    }
    acts = acts_of(rules, subjects, around, flagged)
    for language in LANGUAGES:
        found[f"citation_{language}"] = citations(acts, around.rules, around.as_of, language)
        _cite(found[f"citation_{language}"], rule, subject, cited, 0 if language == "zh" else 1)
        found[f"remedy_{language}"] = of_rule(one.remedy.text(language) for one in rules)
        told = flagged[f"text_{language}"].to_numpy(dtype=object)
        found[f"text_{language}"] = told + remarks(acts, around.as_of, language)
    keys = zip(found["subject_id"], found["rule_id"], found["zone_id"], strict=True)
    found["finding_id"] = objects(finding_id(layer, str(site), one, str(zone)) for site, one, zone in keys)
    return frame_of(found)


def acts_of(rules: Sequence[Rule], subjects: gpd.GeoDataFrame, around: Surroundings, flagged: pd.DataFrame) -> Acts:
    """When the site of each flagged pair was built, and since when its zone is there."""
    rule, subject, target = (flagged[name].to_numpy() for name in ("rule", "subject", "target"))
    unknown = np.full(len(rule), UNKNOWN, dtype=np.int64)
    if "built_on" not in subjects:
        return Acts(rules, rule, unknown, unknown)
    of_zones = np.array([one.placed and one.of == ZONES for one in rules], dtype=bool)
    since, in_zone = unknown.copy(), of_zones[rule] & (target >= 0)
    if in_zone.any():
        first_days = days_of(around.frames[ZONES][FIRST_DAY].to_numpy(dtype=object))
        since[in_zone] = first_days[target[in_zone]]
    return Acts(rules, rule, days_of(subjects["built_on"].to_numpy(dtype=object)[subject]), since)


def _cite(
    told: NDArray[np.object_],
    rule: NDArray[np.int32],
    subject: NDArray[np.int32],
    cited: Mapping[tuple[int, int], tuple[str, str]],
    language: int,
) -> None:
    """Replaces the citations of those findings that cite what others do."""
    if cited:
        for at, key in enumerate(zip(rule.tolist(), subject.tolist(), strict=True)):
            if cited.get(key, ("", ""))[language]:
                told[at] = cited[key][language]


def _targets(
    rules: Sequence[Rule], around: Surroundings, rule: NDArray[np.int32], target: NDArray[np.int32]
) -> dict[str, NDArray[np.object_]]:
    """Id, name and level of what each flagged pair relates to; '' where the layer has no such column."""
    told = {name: np.full(len(rule), "", dtype=object) for name in ("zone_id", "zone_name", "zone_level")}
    of = objects(one.of for one in rules)[rule]
    for layer in np.unique(of):
        rows = (of == layer) & (target >= 0)
        if not rows.any():
            continue
        frame = around.frames[layer]
        columns = {"zone_id": frame[TARGET_ID[layer]], "zone_name": frame["name"].fillna("")}
        if "level" in frame:
            columns["zone_level"] = frame["level"]
        for name, values in columns.items():
            told[name][rows] = values.to_numpy(dtype=object)[target[rows]]
    return told


def places(geometry: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude of a place on each geometry, to seven decimals (a centimetre)."""
    points = shapely.get_type_id(geometry) == 0
    on = geometry if points.all() else np.where(points, geometry, shapely.point_on_surface(geometry))
    return shapely.get_x(on).round(7), shapely.get_y(on).round(7)
