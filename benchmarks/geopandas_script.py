"""What a good analyst writes with geopandas and folium for the findings files and the page of `headwater run`.

    python benchmarks/geopandas_script.py PROJECT RULES.json OUTPUT

PROJECT is a folder of `make_project.py`, RULES.json the rule book as plain rows (`compare_run.py`
writes it, so that no time goes into checking a book). One `sjoin` finds the pairs of all rules in one
UTM zone, numpy and pandas do the rest. There is no coverage: a site
without a finding is "clear". Gives findings.csv, .geojson and .gpkg, sites.csv, and a page
of FastMarkerCluster (all sites) and GeoJson (all zones).
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
from folium.plugins import FastMarkerCluster

UTM = "EPSG:32648"
ACCURACY = 10.0  # metres, as the project file states for its sources
EDGE = 0.01
NO, MISSING, YES = 0, 1, 2
WORDS = {
    "operating": {"运行": "operating", "关闭": "closed"},
    "discharges": {"是": "true", "否": "false"},
}
SEVERITIES = ["critical", "major", "minor", "info"]
CALLBACK = """function (row) {
  var marker = L.circleMarker(new L.LatLng(row[0], row[1]), {radius: 5, color: row[4]});
  var popup = document.createElement('div');
  popup.textContent = row[2] + ' ' + row[3];
  return marker.bindPopup(popup);
}"""
COLOURS = {"violation": "#c0392b", "check": "#e67e22", "clear": "#2e7d32"}


def read(folder: Path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Sites and zones in degrees; words of the file as codes, None where empty."""
    zones = gpd.read_file(folder / "data" / "zones.gpkg", use_arrow=True)
    table = pd.read_csv(folder / "data" / "sources.csv", dtype=str, keep_default_na=False)
    lon, lat = table["经度"].astype(float), table["纬度"].astype(float)
    columns = {"编号": "source_id", "名称": "name", "类型": "kind", "责任单位": "responsible_unit"}
    sites = gpd.GeoDataFrame(table.rename(columns=columns), geometry=gpd.points_from_xy(lon, lat), crs=4326)
    sites["operating"] = table["运行状态"].map(WORDS["operating"])
    sites["discharges"] = table["是否排污"].map(WORDS["discharges"])
    sites["source_row"] = np.arange(2, len(sites) + 2)
    return sites, zones


def measured(sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, reach: float) -> pd.DataFrame:
    """Every pair at most `reach` apart: positions, distance, and depth for those inside."""
    flat, plane = sites[["geometry"]].to_crs(UTM), zones[["geometry"]].to_crs(UTM)
    near = gpd.sjoin(flat, plane, predicate="dwithin", distance=reach)
    pairs = pd.DataFrame({"site": near.index.to_numpy(), "zone": near["index_right"].to_numpy()})
    pairs = pairs.sort_values(["site", "zone"], ignore_index=True)
    places = flat.geometry.iloc[pairs["site"]].reset_index(drop=True)
    outlines = plane.geometry.iloc[pairs["zone"]].reset_index(drop=True)
    pairs["distance_m"] = places.distance(outlines)
    inside = pairs["distance_m"] == 0
    edges = plane.boundary.iloc[pairs.loc[inside, "zone"]].reset_index(drop=True)
    pairs.loc[inside, "depth_m"] = places[inside].reset_index(drop=True).distance(edges).to_numpy()
    return pairs


def judged(pairs: pd.DataFrame, rule: dict, sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """The pairs that a rule flags, with result and margin."""
    kind = sites["kind"].to_numpy()[pairs["site"]]
    level = zones["level"].to_numpy()[pairs["zone"]]
    fits = np.ones(len(pairs), dtype=bool)
    if rule["kinds"] is not None:
        fits &= np.isin(kind, rule["kinds"])
    if rule["levels"] is not None:
        fits &= np.isin(level, rule["levels"])
    pairs = pairs[fits]
    state = np.full(len(pairs), YES)
    if rule["medium"] is not None:
        state = known(zones["medium"].iloc[pairs["zone"]], [rule["medium"]])
    for attribute, allowed in rule["where"].items():
        state = np.minimum(state, stated(sites, pairs["site"], attribute, allowed))
    for attribute, allowed in rule["zone_where"].items():
        state = np.minimum(state, stated(zones, pairs["zone"], attribute, allowed))
    if rule["unless"]:
        excused = [stated(sites, pairs["site"], *one) for one in rule["unless"].items()]
        state = np.minimum(state, YES - np.minimum.reduce(excused))
    if rule["built_from"]:  # the tables say of no site when it was built
        planned = stated(sites, pairs["site"], "operating", ["planned"]) == YES
        state = np.minimum(state, np.where(planned, YES, MISSING))
    distance, depth = pairs["distance_m"].to_numpy(), pairs["depth_m"].to_numpy()
    inside = distance == 0
    if rule["relation"] == "within":
        holds = ~inside & (distance <= rule["within_m"] + EDGE)
        outside = np.where(holds, np.minimum(rule["within_m"] - distance, distance), distance - rule["within_m"])
        margin = np.where(inside, np.nan_to_num(depth), outside)
    else:
        holds, margin = inside, np.where(inside, depth, distance)
    certain = margin > ACCURACY
    if rule["relation"] == "crosses":  # a point crosses nothing, but may stand for something that does
        certain = np.zeros(len(pairs), dtype=bool)
        holds, flagged = certain, (inside | (margin <= ACCURACY)) & (state != NO)
    else:
        flagged = (holds | ~certain) & (state != NO)
    violates = holds & certain & (state == YES) & rule["violation"]
    result = np.where(violates, "violation", "check")
    return pairs.assign(rule_id=rule["id"], result=result, margin_m=margin)[flagged]


def stated(frame: gpd.GeoDataFrame, rows: pd.Series, attribute: str, allowed: list[str]) -> np.ndarray:
    """As `known`, of a column that may be absent."""
    if attribute not in frame:
        return np.full(len(rows), MISSING)
    return known(frame[attribute].iloc[rows], allowed)


def known(values: pd.Series, allowed: list[str]) -> np.ndarray:
    """YES where a value is allowed, MISSING where there is none, NO elsewhere."""
    return np.where(values.isna(), MISSING, np.where(values.isin(allowed), YES, NO))


def findings_of(
    found: pd.DataFrame, rules: dict[str, dict], sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, as_of: str
) -> gpd.GeoDataFrame:
    """The rows of findings.csv, worst first."""
    site = sites.iloc[found["site"]].reset_index(drop=True)
    zone = zones.iloc[found["zone"]].reset_index(drop=True)
    found = found.reset_index(drop=True)
    rule = pd.DataFrame(rules.values(), index=list(rules)).loc[found["rule_id"]].reset_index(drop=True)
    keys = zip(site["source_id"], found["rule_id"], zone["zone_id"], strict=True)
    keys = ["\x1f".join(("pollution_sources", *key)) for key in keys]
    told = [
        f"位于{name}内，距边界 {depth:.0f} 米" if distance == 0 else f"距{name} {distance:.0f} 米"
        for name, distance, depth in zip(zone["name"], found["distance_m"], found["depth_m"], strict=True)
    ]
    columns = {
        "finding_id": ["F-" + hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys],
        "rule_id": found["rule_id"],
        "result": found["result"],
        "severity": pd.Categorical(rule["severity"], SEVERITIES, ordered=True),
        "effect": rule["effect"],
        "subject_layer": "pollution_sources",
        "subject_id": site["source_id"],
        "subject_name": site["name"],
        "subject_kind": site["kind"],
        "zone_id": zone["zone_id"],
        "zone_name": zone["name"],
        "zone_level": zone["level"],
        "relation": rule["relation"],
        "distance_m": found["distance_m"].round(3),
        "depth_m": found["depth_m"].round(3),
        "overlap_m2": np.nan,
        "overlap_m": np.nan,
        "overlap_share": np.nan,
        "margin_m": found["margin_m"].round(3),
        "citation": rule["citation"],
        "text": told,
        "remedy": rule["remedy"],
        "first_seen": as_of,
        "change": "new",
        "source_file": "data/sources.csv",
        "source_row": site["source_row"],
        "lon": site.geometry.x.round(7),
        "lat": site.geometry.y.round(7),
    }
    frame = gpd.GeoDataFrame(columns, geometry=site.geometry, crs=4326)
    order = ["result", "severity", "rule_id", "subject_id", "zone_id"]
    frame = frame.sort_values(order, ascending=[False, True, True, True, True], ignore_index=True)
    return frame.assign(severity=frame["severity"].astype(str))


def sites_of(findings: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows of sites.csv: the worst result of each site, and how many of each."""
    counts = pd.crosstab(findings["subject_id"], findings["result"]).reindex(sites["source_id"], fill_value=0)
    violations, checks = (counts.get(word, pd.Series(0, counts.index)).to_numpy() for word in ("violation", "check"))
    result = np.where(violations > 0, "violation", np.where(checks > 0, "check", "clear"))
    columns = {
        "layer": "pollution_sources",
        "site_id": sites["source_id"],
        "name": sites["name"],
        "kind": sites["kind"],
        "result": result,
        "violations": violations,
        "checks": checks,
        "responsible_unit": sites["responsible_unit"],
        "lon": sites.geometry.x,
        "lat": sites.geometry.y,
    }
    return gpd.GeoDataFrame(columns, geometry=sites.geometry, crs=4326)


def page(sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> folium.Map:
    """A map of all sites in clusters and all zones."""
    drawn = folium.Map(location=[sites["lat"].mean(), sites["lon"].mean()], zoom_start=8, prefer_canvas=True)
    fields = ["zone_id", "name", "level"]
    folium.GeoJson(zones[[*fields, "geometry"]], tooltip=folium.GeoJsonTooltip(fields)).add_to(drawn)
    colour = sites["result"].map(COLOURS)
    rows = np.column_stack([sites["lat"], sites["lon"], sites["name"], sites["kind"], colour]).tolist()
    FastMarkerCluster(rows, callback=CALLBACK).add_to(drawn)
    return drawn


def main(project: Path, rule_file: Path, output: Path) -> None:
    book = json.loads(rule_file.read_text(encoding="utf-8"))
    rules = {rule["id"]: rule for rule in book["rules"] if rule["of"] == "protection_zones"}
    sites, zones = read(project)
    reach = max((rule["within_m"] or 0.0) for rule in rules.values()) + ACCURACY + 1.0
    pairs = measured(sites, zones, reach)
    found = pd.concat([judged(pairs, rule, sites, zones) for rule in rules.values()], ignore_index=True)
    findings = findings_of(found, rules, sites, zones, book["as_of"])
    table = sites_of(findings, sites)
    output.mkdir(parents=True, exist_ok=True)
    findings.drop(columns="geometry").to_csv(output / "findings.csv", index=False, encoding="utf-8-sig")
    table.drop(columns="geometry").to_csv(output / "sites.csv", index=False, encoding="utf-8-sig")
    findings.to_file(output / "findings.geojson", driver="GeoJSON", use_arrow=True)
    for layer, frame in (("findings", findings), ("sites", table), ("protection_zones", zones)):
        frame.to_file(output / "findings.gpkg", layer=layer, use_arrow=True)
    page(table, zones).save(output / "page.html")
    print(json.dumps({"findings": len(findings), "sites": len(table)}))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
