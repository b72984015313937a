"""Findings: one row per subject, rule and zone, with its measures, its sentence and its citation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from layers.rule_book import ZONES, Rule, RuleSet
from layers.verdicts import sentence
from layers.words import RESULTS, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Hashable

# SPEC section 4; the files carry `citation`, `text` and `remedy` in the project's language.
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

SUBJECT_ID = {"pollution_sources": "source_id", "remediation_sites": "site_id"}
TARGET_ID = {
    ZONES: "zone_id",
    "water_bodies": "water_body_id",
    "rivers": "river_id",
    "intakes": "intake_id",
    "districts": "district_id",
}

# Millimetres, square centimetres, a millionth: finer than any position, so that bytes do not depend
# on the last bit of a processor's arithmetic.
_DECIMALS = {"distance_m": 3, "depth_m": 3, "margin_m": 3, "overlap_m": 3, "overlap_m2": 2, "overlap_share": 6}


def finding_id(subject_layer: str, subject_id: str, rule_id: str, zone_id: str) -> str:
    """A stable id: it does not change with coordinates, names, outlines or the order of rows.

    >>> finding_id("pollution_sources", "S-17", "CN-OUT-01", "Z-3")
    'F-d0f8f86afff402b2'
    """
    key = "\x1f".join((subject_layer, subject_id, rule_id, zone_id))
    return "F-" + hashlib.sha256(key.encode()).hexdigest()[:16]


def findings_frame(
    frames: Mapping[str, gpd.GeoDataFrame], rules: RuleSet, pairs: Sequence[pd.DataFrame], *, as_of: date
) -> gpd.GeoDataFrame:
    """The findings of all flagged pairs of these frames, worst first, with the subject's geometry in EPSG:4326.

    Columns are FINDING_COLUMNS with `citation`, `text` and `remedy` each in `_zh` and `_en`. There
    is no earlier run to compare with here: `first_seen` is `as_of` and `change` is `new`.
    """
    parts = [
        _rule_findings(frames, rules, rules.rules[part["rule_id"].iloc[0]], part, as_of) for part in pairs if len(part)
    ]
    columns = findings_columns()
    if not parts:
        return gpd.GeoDataFrame({name: pd.Series(dtype=object) for name in columns}, geometry=[], crs="EPSG:4326")
    found = pd.concat(parts, ignore_index=True)
    rank = {
        **{word: place for place, word in enumerate(RESULTS)},
        **{word: place for place, word in enumerate(SEVERITIES)},
    }
    order = (
        pd.DataFrame(
            {
                "result": found["result"].map(rank),
                "severity": found["severity"].map(rank),
                "rule": found["rule_id"],
                "layer": found["subject_layer"],
                "subject": found["subject_id"],
                "zone": found["zone_id"],
            }
        )
        .sort_values(["result", "severity", "rule", "layer", "subject", "zone"], kind="stable")
        .index
    )
    return gpd.GeoDataFrame(found.loc[order, [*columns, "geometry"]], geometry="geometry", crs="EPSG:4326").reset_index(
        drop=True
    )


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


def _rule_findings(
    frames: Mapping[str, gpd.GeoDataFrame], rules: RuleSet, rule: Rule, pairs: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """The findings of one rule."""
    subjects = frames[rule.subject].iloc[pairs["subject"].to_numpy()].reset_index(drop=True)
    zones = pd.DataFrame(frames[rule.of].drop(columns="geometry")).iloc[pairs["zone"].to_numpy()].reset_index(drop=True)
    pairs = pairs.reset_index(drop=True)
    found = pd.DataFrame(
        {
            "rule_id": rule.id,
            "result": pairs["result"],
            "severity": rule.severity,
            "effect": rule.effect,
            "subject_layer": rule.subject,
            "subject_id": subjects[SUBJECT_ID[rule.subject]],
            "subject_name": subjects["name"],
            "subject_kind": subjects.get("kind", ""),
            "zone_id": zones[TARGET_ID[rule.of]],
            "zone_name": zones["name"].fillna(""),
            "zone_level": zones.get("level", ""),
            "relation": rule.relation,
            "first_seen": as_of.isoformat(),
            "change": "new",
            "source_file": subjects["source_file"],
            "source_row": subjects["source_row"],
            "geometry": subjects.geometry,
        }
    )
    for name, decimals in _DECIMALS.items():
        found[name] = pairs[name].round(decimals) + 0.0  # no -0.0 in the files
    places = shapely.get_coordinates(shapely.point_on_surface(subjects.geometry.to_numpy()))
    found["lon"], found["lat"] = places[:, 0].round(7), places[:, 1].round(7)
    keys = zip(found["subject_id"], found["zone_id"], strict=True)
    found["finding_id"] = [finding_id(rule.subject, str(subject), rule.id, str(zone)) for subject, zone in keys]
    for language in LANGUAGES:
        found[f"citation_{language}"] = rules.citation(rule, language, as_of=as_of)
        found[f"remedy_{language}"] = rule.remedy.text(language)
        found[f"text_{language}"] = _sentences(rules, rule, found, pairs, subjects, zones, language)
    return found


def _sentences(
    rules: RuleSet,
    rule: Rule,
    found: pd.DataFrame,
    pairs: pd.DataFrame,
    subjects: pd.DataFrame,
    zones: pd.DataFrame,
    language: str,
) -> list[str]:
    """One sentence a finding, in one language."""
    levels = {code: word.text(language) for code, word in rules.levels.items()}
    names = [*rule.where] + (["medium"] if rule.medium else [])
    columns: dict[Hashable, list[object]] = {
        name: list(
            (zones if name == "medium" and name not in rule.where else subjects).get(
                name, pd.Series([None] * len(found))
            )
        )
        for name in names
    }
    measures = pd.concat([found[list(_DECIMALS)], pairs[["holds", "certain", "doubt_m"]]], axis=1).to_dict("records")
    statutory = rules.statutory(rule)
    told = []
    for row, (measure, zone, level) in enumerate(zip(measures, found["zone_name"], found["zone_level"], strict=True)):
        lacking = [name for name in names if _is_empty(columns[name][row])]
        told.append(
            sentence(
                rule,
                measure,
                zone=zone,
                level=levels.get(level, ""),
                lacking=lacking,
                language=language,
                statutory=statutory,
            )
        )
    return told


def _is_empty(value: object) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())
