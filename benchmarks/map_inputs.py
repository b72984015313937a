"""What `map_page.py` draws: a province of sites with Chinese names, findings on three in ten, zones of 500 vertices.

The frames are those of docs/architecture.md, as `maps.inspection.inspection_map` takes them; the same call gives the
same frames. Coordinates have six decimals. Outlines are wavy and carry the unsteadiness of a hand that follows a line
on a map.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.rule_book import Rule, rule_set
from layers.tally import NOT_OF_KIND, ClassAnswers, SiteAnswers
from maps.inspection import FINDING_COLUMNS
from scripts.write_outputs import rule_facts

VERTICES = 500
HAND = 2e-5  # degrees, about two metres: 0.2 mm on a map 1:10,000
AS_OF = date(2026, 11, 22)
BOUNDS = (103.7, 24.7, 109.4, 29.1)
SHARE = 0.3  # of sites with findings
LEVELS = ("1", "2", "quasi")
LEVEL_WORDS = {"1": ("一级", "level 1"), "2": ("二级", "level 2"), "quasi": ("准", "quasi-protection zone")}
STATUSES = ("not_started", "on_schedule", "behind", "completed", "accepted", "closed", "reopened", "cannot_fix")
PLACES = "玉窑德双大滥三箐九龙白青石平长清梅杨柳红黑金银花水木凤仙马牛羊桥坝岩湾坪田坡寨河溪潭泉塘沟谷岭山林"
THINGS = {
    "outfall": "排口", "livestock_farm": "养殖场", "catering": "农家乐", "landfill": "填埋场", "industry": "加工厂",
    "settlement": "村寨", "petrol_station": "加油站", "cropland": "耕地",
}  # fmt: skip
MARKS = ("坝前", "上游左岸", "库尾", "入河口北侧", "集镇")

Frames = dict[str, Any]


def map_inputs(*, sites: int, zones: int, seed: int = 2007) -> Frames:
    """The arguments of `inspection_map`."""
    random = np.random.default_rng(seed)
    rules = rule_set(("cn",), folder=Path())
    told = {
        rule.id: rule_facts(rule, rules.statutory(rule), AS_OF) for rule in rules.rules.values() if rule.in_force(AS_OF)
    }
    areas = _zones(random, zones)
    frame = _sites(random, sites)
    return {
        "sites": frame, "zones": areas, "findings": _findings(random, frame, areas, rules), "sections": _sections(),
        "context": {}, "answers": _answers(random, frame, list(told)), "language": "zh",
        "run": {
            "title": "某省饮用水水源保护区巡查", "as_of": AS_OF.isoformat(), "version": "0", "rule_books": [],
            "levels": [{"code": code, "zh": f"{zh}保护区", "en": en} for code, (zh, en) in LEVEL_WORDS.items()],
            "kinds": {}, "rules": told, "not_assessed": {"NO_RULE": 15}, "notes": [], "rejected": 0, "build_id": "b",
        },
    }  # fmt: skip


def _zones(random: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    """Three levels around each source, the outer ones farther out."""
    angle = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    source = np.arange(count) // len(LEVELS)
    level = np.arange(count) % len(LEVELS)
    middle = np.column_stack(
        [random.uniform(*BOUNDS[0::2], source.max() + 1), random.uniform(*BOUNDS[1::2], source.max() + 1)]
    )
    size = random.uniform(0.006, 0.02, source.max() + 1)[source] * np.array([1.0, 2.2, 3.6])[level]
    wave = np.zeros((count, VERTICES))
    for order in range(1, 9):
        turn = random.uniform(0, 6.3, (count, 1))
        wave += random.normal(0, 0.2 / order, (count, 1)) * np.sin(order * angle + turn)
    radius = size[:, None] * np.exp(wave)
    rings = np.stack(
        [middle[source, :1] + radius * np.cos(angle), middle[source, 1:] + radius * np.sin(angle)], axis=-1
    )
    rings = (rings + random.normal(0, HAND, rings.shape)).round(6)
    names = _names(random, source.max() + 1, 3)
    return gpd.GeoDataFrame(
        {
            "zone_id": [f"GZ{one:04d}-{LEVELS[rank]}" for one, rank in zip(source, level, strict=True)],
            "name": [f"{names[one]}水库" for one in source],
            "level": np.array(LEVELS, dtype=object)[level],
            "source_name": [f"{names[one]}水库水源地" for one in source],
            "document": [f"黔府函〔{2008 + one % 14}〕{one % 260}号" for one in source],
            "medium": "surface",
            "valid_from": [f"{2008 + one % 14}-07-01" for one in source],
        },
        geometry=shapely.polygons(shapely.linearrings(rings)),
        crs="EPSG:4326",
    )


def _names(random: np.random.Generator, count: int, length: int) -> list[str]:
    """Names of places, most of them used once."""
    letters = np.array(list(PLACES))[random.integers(0, len(PLACES), (count, length))]
    return ["".join(row) for row in letters]


def _sites(random: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    """Sources and remediation sites around 300 towns, in the order of their ids, as a run has them."""
    towns = np.column_stack([random.uniform(*BOUNDS[0::2], 300), random.uniform(*BOUNDS[1::2], 300)])
    town = random.integers(0, len(towns), count)
    lon, lat = (towns[town] + random.normal(0, (0.09, 0.07), (count, 2))).round(6).T
    ledger = np.arange(count) < 0.3 * count
    found = random.random(count) < SHARE
    result = np.where(
        found,
        np.where(random.random(count) < 0.15, "violation", "check"),
        np.where(random.random(count) < 0.1, "not_assessed", "clear"),
    )
    kind = random.choice(list(THINGS), count)
    names = _names(random, count, 2)
    units = [f"{name}县{what}" for name in _names(random, 40, 2) for what in ("生态环境局", "水务局", "农业农村局")]
    seat, mark = random.integers(0, 40, len(towns))[town], random.choice(MARKS, count)
    return gpd.GeoDataFrame(
        {
            "layer": np.where(ledger, "remediation_sites", "pollution_sources"),
            "site_id": [f"{'ZG' if own else 'WRY'}-{one:07d}" for one, own in enumerate(ledger)],
            "name": [f"{names[at]}{mark[at]}{THINGS[kind[at]]}" for at in range(count)],
            "kind": kind,
            "result": result,
            "severity": np.select([result == "violation", result == "check"], ["critical", "major"], "info"),
            "status": np.where(ledger, random.choice(STATUSES, count), None),
            "overdue": np.where(ledger, random.random(count) < 0.2, None),
            "deadline": np.where(ledger, [f"2026-{month:02d}-30" for month in random.integers(3, 13, count)], None),
            "strictest_level": np.where(found, random.choice(LEVELS, count), None),
            "violations": (result == "violation").astype(int),
            "checks": (result == "check").astype(int),
            "not_assessed": 0,
            "not_assessed_why": np.where(result == "not_assessed", "NO_RULE", None),
            "responsible_unit": np.array(units, dtype=object)[seat * 3 + random.integers(0, 3, count)],
            "lon": lon,
            "lat": lat,
            "change": np.where(found, "known", None),
            "source_id": None,
            "source_file": "data/sites.gpkg",
            "source_row": np.arange(count) + 1,
        },
        geometry=shapely.points(lon, lat),
        crs="EPSG:4326",
    )


def _findings(
    random: np.random.Generator, sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, rules: Any
) -> pd.DataFrame:
    """One to three findings of each site that has any: the book's articles and remedies, sentences with figures."""
    found = np.flatnonzero(sites["result"].isin(["violation", "check"]).to_numpy())
    site = np.repeat(found, random.choice((1, 1, 1, 2, 3), len(found)))
    own = sites.iloc[site].reset_index(drop=True)
    zone = zones.iloc[random.integers(0, len(zones), len(site))].reset_index(drop=True)
    book = [rule for rule in rules.rules.values() if rule.placed and rule.in_force(AS_OF)]
    rule = [book[at] for at in random.integers(0, len(book), len(site))]
    depth = random.gamma(1.5, 300, len(site)).round(3)
    titles = LEVEL_WORDS
    spans = [f"{metres:.0f}" for metres in depth]
    rows = {
        "finding_id": [f"F-{one}" for one in range(len(site))],
        "rule_id": [one.id for one in rule],
        **{name: own[name] for name in ("result", "severity", "first_seen", "change") if name in own},
        "effect": [one.effect for one in rule],
        "subject_layer": own["layer"], "subject_id": own["site_id"],
        "zone_id": zone["zone_id"], "zone_name": zone["name"], "zone_level": zone["level"], "relation": "inside",
        "distance_m": 0.0, "depth_m": depth, "margin_m": depth,
        **dict.fromkeys(("overlap_m", "overlap_m2", "overlap_share"), np.nan),
        "citation_zh": _of_rules(rule, lambda each: each.citation("zh", as_of=AS_OF, statutory=True)),
        "citation_en": _of_rules(rule, lambda each: each.citation("en", as_of=AS_OF, statutory=True)),
        "remedy_zh": _of_rules(rule, lambda each: each.remedy.text("zh")),
        "remedy_en": _of_rules(rule, lambda each: each.remedy.text("en")),
        "text_zh": [
            f"位于{name}{titles[level][0]}保护区内，距边界 {span} 米；位置精度 10 米"
            for name, level, span in zip(zone["name"], zone["level"], spans, strict=True)
        ],
        "text_en": [
            f"inside {name} ({titles[level][1]}), {span} m from its edge; position known to 10 m"
            for name, level, span in zip(zone["name"], zone["level"], spans, strict=True)
        ],
        "first_seen": "2026-06-30",
    }  # fmt: skip
    return pd.DataFrame(rows)[["finding_id", "subject_layer", "subject_id", *FINDING_COLUMNS]]


def _of_rules(rules: Sequence[Rule], told: Callable[[Rule], str]) -> list[str]:
    """A text of each finding's rule."""
    texts = {rule.id: told(rule) for rule in rules}
    return [texts[rule.id] for rule in rules]


def _sections() -> gpd.GeoDataFrame:
    columns = ["section_id", "name", "river", "sampled_on", "class", "target_class", "attained"]
    return gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs="EPSG:4326")


def _answers(random: np.random.Generator, sites: gpd.GeoDataFrame, rules: list[str]) -> SiteAnswers:
    """Of each site one of forty classes of answers, as if kinds and gaps differed from place to place."""
    answers = random.choice((0, 0, 1, NOT_OF_KIND), (40, len(rules)))
    own = ClassAnswers(rules, np.zeros(0, dtype=np.int64), answers)
    of_site = random.integers(0, 40, len(sites)).astype(np.int64)
    return SiteAnswers(of_site, dict.fromkeys(("pollution_sources", "remediation_sites"), own), {})


def counted(frames: Mapping[str, Any]) -> dict[str, int]:
    """How many rows the layers have."""
    return {name: len(frames[name]) for name in ("sites", "findings", "zones")}
