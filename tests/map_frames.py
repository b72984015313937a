"""Frames for the tests of the map: a small district with everything that can occur, and a large even one."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.gauss_kruger import plane
from layers.coverage import REASONS
from layers.of_districts import district_rows
from layers.tally import NOT_OF_KIND, ClassAnswers, SiteAnswers

HOSTILE = (
    "{{7*7}} ${1+1} <b>x</b> ` C:\\2019",
    "</script><script>window.hostile=1</script>",
    "{# {% raw %} 20 loss",
    "<img src=x onerror=window.hostile=1>",
    "line\u2028separator \U0001f4a7 水 \ufeffbom",
    "javascript:window.hostile=1//\"'&amp;&#60;",
    "constructor",
    "__proto__",
)

KINDS = ("outfall", "livestock_farm", "catering", "landfill", "mine", "settlement", "petrol_station", "cropland")
STATUSES = ("not_started", "on_schedule", "behind", "completed", "accepted", "closed", "reopened", "cannot_fix")
RESULTS = ("violation", "check", "not_assessed", "clear")
UNITS = ("钟山区生态环境分局", "水城区水务局", "六枝特区农业农村局", "盘州市自然资源局", "德坞街道办事处")
FINDING_COLUMNS = (
    "finding_id", "rule_id", "result", "severity", "effect", "subject_layer", "subject_id", "subject_name", "subject_kind",
    "zone_id", "zone_name", "zone_level", "relation", "distance_m", "depth_m", "overlap_m2", "overlap_m", "overlap_share",
    "margin_m", "citation_zh", "citation_en", "text_zh", "text_en", "remedy_zh", "remedy_en", "first_seen", "change",
    "source_file", "source_row", "lon", "lat",
)  # fmt: skip
RESERVOIRS = (
    ("玉舍水库", 104.80, 26.47),
    ("窑上水库", 104.90, 26.62),
    ("德坞水库", 104.79, 26.60),
    ("双桥水库", 104.98, 26.53),
)


def run_facts(**changes: Any) -> dict[str, Any]:
    """What `run` holds, for a district of Liupanshui in 2017."""
    return {
        "title": "六盘水市饮用水水源保护区巡查",
        "as_of": "2017-11-30",
        "version": "0.1.0",
        "rule_books": [
            {"jurisdiction": "cn", "edition": "2026-11-22", "title": {"zh": "国家规定", "en": "National rules"}}
        ],
        "levels": [
            {"code": "1", "zh": "一级保护区", "en": "level 1"},
            {"code": "2", "zh": "二级保护区", "en": "level 2"},
            {"code": "quasi", "zh": "准保护区", "en": "quasi-protection zone"},
        ],
        "kinds": {"outfall": {"zh": "入河排污口", "en": "outfall"}},
        "rules": {
            "CN-OUT-01": {
                "title": {"zh": "保护区内设置排污口", "en": "Outfall inside a protection zone"},
                "in_force": True,
                "about_zones": True,
            },
            "CN-BLD-02": {
                "title": {"zh": "保护区内的建设项目", "en": "Building inside a protection zone"},
                "in_force": True,
                "about_zones": True,
            },
            "CN-OUT-05": {
                "title": {"zh": "取水口附近的排污口", "en": "Outfall near an intake"},
                "in_force": True,
                "about_zones": False,
            },
        },
        "notes": [],
        "not_assessed": {"NO_RULE": 15},
        "rejected": 0,
        "crs": plane("auto"),
        "build_id": "b-1",
    } | changes


def blob(lon: float, lat: float, degrees: float, seed: int, vertices: int = 90) -> shapely.Polygon:
    """An uneven round outline, the same for the same seed."""
    turns = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    waves = np.random.default_rng(seed).uniform(-0.16, 0.16, (5, 2))
    radius = 1 + sum(one * np.cos(k * turns) + two * np.sin(k * turns) for k, (one, two) in enumerate(waves, start=2))
    return shapely.Polygon(
        np.column_stack([lon + degrees * radius * np.cos(turns), lat + degrees * 0.7 * radius * np.sin(turns)])
    )


def small(seed: int = 7, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """The arguments of `inspection_map` for about 60 sites; `names` replace the names of the first ones."""
    chance = np.random.default_rng(seed)
    zones = _zones()
    sites = _sites(chance, names)
    return {
        "sites": sites,
        "findings": _findings(sites),
        "zones": zones,
        "sections": _sections(),
        "context": _context(),
        "answers": answers_of(sites),
        "run": run_facts(notes=[{"zh": "1 个保护区边界无法读取：其中的点位未评估。", "en": "1 zone refused: places in it were not assessed."}], rejected=3),
        "language": "zh",
    }  # fmt: skip


def answers_of(sites: gpd.GeoDataFrame) -> SiteAnswers:
    """What three rules answer to these sites: nothing where no rule asks, else that zones or intakes are not known."""
    places = {"": 0, "NO_RULE": 1, "LAYER_ABSENT": 2, "NEAR_DATA_EDGE": 3, "OUTSIDE_DISTRICTS": 4}
    unknown = [REASONS.index(reason) for reason in ("LAYER_ABSENT", "NEAR_DATA_EDGE", "OUTSIDE_DISTRICTS")]
    answers = np.array(
        [[0, 0, 0], [NOT_OF_KIND] * 3, [0, 0, unknown[0]], [unknown[1], 0, unknown[1]], [unknown[2]] * 3]
    )
    own = ClassAnswers(["CN-OUT-01", "CN-BLD-02", "CN-OUT-05"], np.zeros(0, dtype=np.int64), answers)
    of_site = sites["not_assessed_why"].fillna("").map(places).to_numpy(dtype=np.int64)
    return SiteAnswers(of_site, dict.fromkeys(("pollution_sources", "remediation_sites"), own), {})


def _zones() -> gpd.GeoDataFrame:
    sizes = (("1", 0.012), ("2", 0.032), ("quasi", 0.055))
    rows = [
        (f"Z-{place}-{level}", name, level, name, "黔府函〔2016〕12号", "surface", blob(lon, lat, size, place))
        for place, (name, lon, lat) in enumerate(RESERVOIRS)
        for level, size in sizes
    ]
    columns = ["zone_id", "name", "level", "source_name", "document", "medium", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, crs="EPSG:4326")


def _sites(chance: np.random.Generator, names: tuple[str, ...]) -> gpd.GeoDataFrame:
    rows = []
    for place in range(60):
        remedy = place % 3 == 0
        anchor = RESERVOIRS[place % 4]
        lon, lat = anchor[1] + chance.normal(0, 0.035), anchor[2] + chance.normal(0, 0.03)
        result = RESULTS[(place * 7 + place // 5) % 4]
        kind = KINDS[place % len(KINDS)]
        status = STATUSES[place % len(STATUSES)] if remedy else None
        rows.append({
            "layer": "remediation_sites" if remedy else "pollution_sources", "site_id": f"{'R' if remedy else 'S'}-{place:03d}",
            "name": names[place] if place < len(names) else f"{anchor[0]}{['排口', '养殖场', '农家乐', '填埋场', '煤矿', '村寨', '加油站', '耕地'][place % 8]}{place}号",
            "kind": kind, "result": result, "severity": {"violation": "critical", "check": "major"}.get(result, "info"),
            "status": status, "overdue": (place % 2 == 0) if remedy else None, "deadline": f"2017-{9 + place % 4:02d}-30" if remedy else None,
            "strictest_level": ("1", "2", "quasi", None)[place % 4] if result != "clear" else None,
            "violations": int(result == "violation") + (place % 9 == 0), "checks": int(result == "check"), "not_assessed": 0,
            "not_assessed_why": "NO_RULE" if result == "not_assessed" else None, "responsible_unit": UNITS[place % 5],
            "lon": lon, "lat": lat, "change": "new" if place % 5 == 0 else "known", "source_id": f"S-{place + 1:03d}" if remedy else None,
            "problem": "污水直排入库，未建收集池。" if remedy else None, "responsible_person": "张三" if remedy else None, "supervising_leader": "李四" if remedy else None,
            "goal": "拆除并恢复原状" if remedy else None, "measures": "截污纳管" if remedy else None, "completed_on": None,
            "所在乡镇": "大湾镇", "source_file": "data/sites.gpkg", "source_row": place + 1, "geometry": shapely.Point(lon, lat),
        })  # fmt: skip
    sites = gpd.GeoDataFrame(rows, crs="EPSG:4326")
    sites.loc[4, "geometry"] = blob(sites.lon[4], sites.lat[4], 0.006, 4)
    sites.loc[7, "geometry"] = shapely.LineString(
        [(sites.lon[7] - 0.01, sites.lat[7]), (sites.lon[7], sites.lat[7]), (sites.lon[7] + 0.01, sites.lat[7] + 0.006)]
    )
    sites.loc[11, ["lon", "lat"]] = sites.loc[10, ["lon", "lat"]].to_numpy()
    return sites


def _findings(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = [
        _finding(site, place, number)
        for place, site in enumerate(sites.to_dict("records"))
        if site["result"] in ("violation", "check")
        for number in range(2 if site["site_id"].endswith("0") else 1)
    ]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS))


def _finding(site: dict[str, Any], place: int, number: int) -> dict[str, Any]:
    zone = RESERVOIRS[place % 4][0]
    return {
        "finding_id": f"F-{place}-{number}", "rule_id": "CN-OUT-01" if number == 0 else "CN-BLD-02", "result": site["result"],
        "severity": site["severity"], "effect": "prohibited", "subject_layer": site["layer"], "subject_id": site["site_id"],
        "subject_name": site["name"], "subject_kind": site["kind"], "zone_id": f"Z-{place % 4}-1", "zone_name": zone,
        "zone_level": "1", "relation": "inside", "distance_m": 0.0, "depth_m": 42.25, "overlap_m2": None, "overlap_m": None,
        "overlap_share": None, "margin_m": 32.25, "citation_zh": "《中华人民共和国水污染防治法》第六十五条", "citation_en": "Water Pollution Prevention and Control Law, art. 65",
        "text_zh": f"位于{zone}一级保护区内，距边界 42 m；定位精度 10 m。", "text_en": f"Inside level 1 of {zone}, 42 m from its edge; position known to 10 m.",
        "remedy_zh": "责令拆除或者关闭", "remedy_en": "Order demolition or closure", "first_seen": "2017-06-30", "change": site["change"],
        "source_file": site["source_file"], "source_row": site["source_row"], "lon": site["lon"], "lat": site["lat"],
    }  # fmt: skip


def _sections() -> gpd.GeoDataFrame:
    classes = ("I", "II", "III", "IV", "V", "worse_than_V")
    names = ("箐口", "九洞桥", "德坞", "大湾", "滥坝", "三岔河")
    rows = [
        (
            f"D-{place}",
            names[place],
            "水城河",
            "2017-10-12",
            one,
            "III",
            one in classes[:3],
            shapely.Point(104.76 + place * 0.045, 26.555 + 0.02 * np.sin(place * 2)),
        )
        for place, one in enumerate(classes)
    ]
    columns = ["section_id", "name", "river", "sampled_on", "class", "target_class", "attained", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, crs="EPSG:4326")


def _context() -> dict[str, gpd.GeoDataFrame]:
    along = np.linspace(0, 1, 80)
    river = shapely.LineString(
        np.column_stack([104.72 + 0.32 * along, 26.555 + 0.02 * np.sin(along * 14) + 0.008 * np.sin(along * 41)])
    )
    lakes = [(f"W-{place}", name, blob(lon, lat, 0.009, place)) for place, (name, lon, lat) in enumerate(RESERVOIRS)]
    halves = [
        ("P-1", "钟山区", shapely.box(104.60, 26.35, 104.86, 26.75)),
        ("P-2", "水城区", shapely.box(104.86, 26.35, 105.10, 26.75)),
    ]
    return {
        "rivers": gpd.GeoDataFrame({"river_id": ["H-1"], "name": ["水城河"]}, geometry=[river], crs="EPSG:4326"),
        "water_bodies": gpd.GeoDataFrame(lakes, columns=["water_body_id", "name", "geometry"], crs="EPSG:4326"),
        "intakes": gpd.GeoDataFrame({"intake_id": ["I-1"], "name": ["玉舍取水口"]}, geometry=[shapely.Point(104.803, 26.472)], crs="EPSG:4326"),
        "districts": gpd.GeoDataFrame(halves, columns=["district_id", "name", "geometry"], crs="EPSG:4326"),
    }  # fmt: skip


def large(sites: int = 100_000, zones: int = 5_000, vertices: int = 500, findings: float = 0.3) -> dict[str, Any]:
    """The arguments of `inspection_map` for a province: clustered sites, some with a finding, and uneven zones."""
    chance = np.random.default_rng(3)
    towns = np.column_stack([chance.uniform(103.7, 109.4, 300), chance.uniform(24.7, 29.1, 300)])
    town = chance.integers(0, len(towns), sites)
    lon = towns[town, 0] + chance.normal(0, 0.09, sites)
    lat = towns[town, 1] + chance.normal(0, 0.07, sites)
    remedy = chance.random(sites) < 0.3
    found = chance.random(sites) < findings
    results = np.where(
        found,
        np.where(chance.random(sites) < 0.1, "violation", "check"),
        np.where(chance.random(sites) < 0.1, "not_assessed", "clear"),
    )
    frame = gpd.GeoDataFrame({
        "layer": np.where(remedy, "remediation_sites", "pollution_sources"), "site_id": [f"S-{one:06d}" for one in range(sites)],
        "name": [f"{UNITS[one % 5][:3]}第{one}号{KINDS[one % 8]}" for one in range(sites)], "kind": np.array(KINDS)[chance.integers(0, 8, sites)],
        "result": results, "severity": np.where(results == "violation", "critical", "minor"),
        "status": np.where(remedy, np.array(STATUSES)[chance.integers(0, 8, sites)], None), "overdue": np.where(remedy, chance.random(sites) < 0.2, None),
        "deadline": np.where(remedy, "2017-12-31", None), "strictest_level": np.array(["1", "2", "quasi", None], dtype=object)[chance.integers(0, 4, sites)],
        "violations": (results == "violation").astype(int), "checks": (results == "check").astype(int), "not_assessed": 0,
        "not_assessed_why": np.where(results == "not_assessed", "NO_RULE", None), "responsible_unit": np.array([f"第{one}责任单位" for one in range(120)])[chance.integers(0, 120, sites)],
        "lon": lon, "lat": lat, "change": "known", "source_id": None, "problem": None, "source_file": "data/sites.gpkg", "source_row": np.arange(sites) + 1,
    }, geometry=shapely.points(lon, lat), crs="EPSG:4326")  # fmt: skip
    turns = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    middle = np.column_stack([chance.uniform(103.7, 109.4, zones), chance.uniform(24.7, 29.1, zones)])
    radius = chance.uniform(0.01, 0.06, (zones, 1)) * (
        1 + 0.1 * np.cos(5 * turns + chance.uniform(0, 6, (zones, 1))) + chance.normal(0, 0.004, (zones, vertices))
    )
    rings = np.stack([middle[:, :1] + radius * np.cos(turns), middle[:, 1:] + radius * np.sin(turns)], axis=-1).round(6)
    outlines = shapely.polygons(shapely.linearrings(rings))
    areas = gpd.GeoDataFrame({
        "zone_id": [f"Z-{one:05d}" for one in range(zones)], "name": [f"水源地{one // 3}" for one in range(zones)], "level": [("1", "2", "quasi")[one % 3] for one in range(zones)],
        "source_name": None, "document": None, "medium": "surface",
    }, geometry=outlines, crs="EPSG:4326")  # fmt: skip
    told = frame[found].reset_index(drop=True)
    depth = chance.uniform(1, 900, len(told)).round(2)
    rows = pd.DataFrame({
        "finding_id": [f"F-{one}" for one in range(len(told))], "rule_id": "CN-OUT-01", "result": told["result"], "severity": told["severity"], "effect": "prohibited",
        "subject_layer": told["layer"], "subject_id": told["site_id"], "subject_name": told["name"], "subject_kind": told["kind"],
        "zone_id": "Z-00001", "zone_name": "水源地0", "zone_level": "1", "relation": "inside", "distance_m": 0.0, "depth_m": depth, "overlap_m2": np.nan, "overlap_m": np.nan,
        "overlap_share": np.nan, "margin_m": depth, "citation_zh": "《中华人民共和国水污染防治法》第六十五条", "citation_en": "Water Pollution Prevention and Control Law, art. 65",
        "text_zh": [f"位于水源地0一级保护区内，距边界 {one} m；定位精度 10 m。" for one in depth], "text_en": [f"Inside level 1, {one} m from its edge; position known to 10 m." for one in depth],
        "remedy_zh": "责令拆除或者关闭", "remedy_en": "Order demolition or closure", "first_seen": "2017-06-30", "change": "known",
        "source_file": "data/sites.gpkg", "source_row": told["source_row"], "lon": told["lon"], "lat": told["lat"],
    })[list(FINDING_COLUMNS)]  # fmt: skip
    return small() | {"sites": frame, "findings": rows, "zones": areas, "answers": answers_of(frame)}


def widened() -> dict[str, Any]:
    """As `small`, with what a wide rule book adds: the ledger's cases, findings without a zone and on no site."""
    facts = small()
    sites, rows = facts["sites"], []
    for rule, layer, subject, result in (
        ("CN-REM-02", "remediation_sites", "R-003", "violation"),
        ("CN-REM-03", "remediation_sites", "R-006", "check"),
        ("CN-REM-01", "pollution_sources", "S-001", "check"),
        ("CN-REM-01", "pollution_sources", "S-002", "check"),
        ("CN-WQ-01", "river_sections", "D-4", "violation"),
        ("CN-MGT-02", "protection_zones", "Z-1-1", "check"),
        ("CN-MGT-01", "protection_zones", "Z-1-1", "check"),
        ("CN-MGT-01", "protection_zones", "Z-2-2", "check"),
    ):
        rows.append(dict.fromkeys(FINDING_COLUMNS, "") | {
            "finding_id": f"F-{rule}-{subject}", "rule_id": rule, "result": result, "severity": "major", "effect": "prohibited", "subject_layer": layer,
            "subject_id": subject, "subject_name": subject, "subject_kind": "", "relation": "status", "distance_m": None, "depth_m": None, "margin_m": None,
            "overlap_m2": None, "overlap_m": None, "overlap_share": None, "text_zh": f"{subject} 的记录不符", "text_en": f"The record of {subject} does not fit",
            "citation_zh": "《饮用水水源保护区污染防治管理规定》第6条；《生态环境法典》第318条（条款待核对）", "citation_en": "Regulation, Art. 6; Code, Art. 318 (citation to be checked)",
            "remedy_zh": "改正", "remedy_en": "Correct it", "first_seen": "2017-11-30", "change": "new", "lon": 104.8, "lat": 26.5, "source_row": 1,
        })  # fmt: skip
    facts["findings"] = pd.concat([facts["findings"], pd.DataFrame(rows)[list(FINDING_COLUMNS)]], ignore_index=True)
    for site_id, result in (("R-003", "violation"), ("R-006", "check"), ("S-001", "check"), ("S-002", "check")):
        sites.loc[sites["site_id"] == site_id, ["result", "not_assessed_why"]] = [result, None]
    unknown = sites.index[sites["result"] == "not_assessed"]
    sites.loc[unknown[1::2], "not_assessed_why"] = "OUTSIDE_DISTRICTS"
    sites.loc[unknown, "strictest_level"] = None
    facts["answers"] = answers_of(sites)
    facts["zones"] = facts["zones"].assign(valid_from="2012-01-01", valid_to=None)
    title = {"zh": "核对台账", "en": "Check against the ledger"}
    cases = {
        "CN-REM-02": "still_violating",
        "CN-REM-03": "overdue",
        "CN-REM-01": "not_on_ledger",
        "CN-MGT-02": "outside_next_level",
    }
    facts["run"]["rules"] |= {
        rule: {"title": title, "in_force": True, "about_zones": False, "case": case} for rule, case in cases.items()
    } | {
        "CN-WQ-01": {"title": title, "in_force": True, "about_zones": False},
        "CN-MGT-01": {"title": title, "in_force": True, "about_zones": False, "reviewed": False},
    }  # fmt: skip
    facts["run"]["rules"]["CN-OUT-01"] |= {
        "penalty": {"zh": "处十万元以上一百万元以下罚款", "en": "A fine of 100,000 to 1,000,000 yuan"},
        "evidence": [{"zh": "排口照片", "en": "Photo of the outlet"}, {"zh": "水样", "en": "Water sample"}],
        "reviewed": False,
    }
    facts["run"]["not_assessed"] = {"NO_RULE": len(unknown[::2]), "OUTSIDE_DISTRICTS": 3 * len(unknown[1::2])}
    facts["run"]["notes"].append(
        {"code": "EXTENT_ASSUMED", "zh": "假定保护区数据在外包凸壳内完整。", "en": "Taken as complete inside the hull."}
    )
    return facts


def in_districts(facts: dict[str, Any]) -> dict[str, Any]:
    """The same with the district that each site lies in."""
    return facts | {"districts_of": district_rows(facts["sites"], facts["context"]["districts"])}
