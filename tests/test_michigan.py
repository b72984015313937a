"""Real data of real agencies: southern Michigan's wellhead protection areas against reference answers.

The project file is made here; the data are read where they lie and never copied.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.browser import browser, complaints_of, need_browser, open_page, requests_of
from tests.projects import headwater, rows_of

# A book that reaches as far as the reference's farthest site, to compare every nearest distance.
FAR_BOOK = """
jurisdiction = "far"
title = { zh = "远距", en = "Far" }
edition = "1"
statutory = false
levels = ["1", "2", "3", "4"]
[level_names]
1 = { zh = "一", en = "one", also = ["1-traditional"] }
2 = { zh = "二", en = "two", also = ["2-type1-provisional"] }
3 = { zh = "三", en = "three", also = ["3-type2-provisional"] }
4 = { zh = "四", en = "four", also = ["4-low-vulnerability"] }
"""
FAR_RULE = """
[[rule]]
id = "{id}"
title = {{ zh = "远", en = "far" }}
subject = "{subject}"
relation = "{relation}"
{reach}
effect = "conditional"
severity = "info"
remedy = {{ zh = "无", en = "none" }}
[[rule.example]]
zone = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
subject = "POINT ({flagged} 5)"
result = "check"
[[rule.example]]
zone = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
subject = "POINT (60000 5)"
result = "clear"
[[rule.example]]
zone = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
subject = "POINT ({edge} 5)"
located_to_metres = 20
result = "check"
"""


def project_file(data: Path, jurisdiction: str) -> str:
    """headwater.toml over the shared data, with links as the only thing in the project folder."""
    place = data.as_posix()
    return f"""
title = "Southern Michigan"
language = "en"
jurisdictions = ["{jurisdiction}"]
as_of = 2026-11-22
[[layer]]
kind = "protection_zones"
path = "{place}/protection_zones.gpkg"
[layer.columns]
name = "system_name"
[[layer]]
kind = "pollution_sources"
path = "{place}/pfas_sites.csv"
crs = "EPSG:4326"
x = "Longitude"
y = "Latitude"
[layer.columns]
source_id = "OBJECTID"
name = "Facility"
kind = "Type"
[layer.values.kind]
"Landfill" = "landfill"
"Industrial" = "industry"
"Wastewater" = "wastewater_plant"
"*" = "other"
[[layer]]
kind = "remediation_sites"
path = "{place}/superfund_npl.csv"
crs = "EPSG:4326"
x = "Longitude"
y = "Latitude"
[layer.columns]
site_id = "EPA ID"
name = "Site Name"
[layer.constants]
status = "not_started"
[[layer]]
kind = "river_sections"
path = "{place}/monitoring_stations.geojson"
[layer.columns]
section_id = "SiteCode"
name = "waterbody"
river = "watershed"
[[layer]]
kind = "rivers"
path = "{place}/rivers.gpkg"
make_id = "row"
"""


@pytest.fixture(scope="module")
def michigan(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("michigan")
    (folder / "headwater.toml").write_text(
        project_file(shared / "data" / "A_region_michigan_south", "us-mi-screening"), encoding="utf-8"
    )
    done = headwater("run", folder)
    assert done.returncode == 0, done.stderr
    return folder / "output"


def reference(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "data" / "A_region_michigan_south" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_pairs_inside_are_exactly_the_reference(michigan: Path, shared: Path) -> None:
    expected = {
        (row["source"], row["id"], row["zone_id"]) for row in reference(shared, "reference_sources_within_zones.csv")
    }
    source = {"pollution_sources": "pfas_sites", "remediation_sites": "superfund_npl"}
    found = [
        (source[row["subject_layer"]], row["subject_id"], row["zone_id"])
        for row in rows_of(michigan / "findings.csv")
        if row["relation"] == "inside"
    ]
    assert len(expected) == 54
    assert sorted(found) == sorted(expected)


def test_who_is_within_500_metres_is_as_the_readme_of_the_data_says(michigan: Path) -> None:
    near: dict[str, set[str]] = {"pollution_sources": set(), "remediation_sites": set()}
    for row in rows_of(michigan / "findings.csv"):
        near[row["subject_layer"]].add(row["subject_id"])
    # 75 of them by their coordinates; one more is given to three decimals only, so that it may be within.
    assert {layer: len(ids) for layer, ids in near.items()} == {"pollution_sources": 76, "remediation_sites": 18}


def test_screening_never_says_violation_and_cites_nothing(michigan: Path) -> None:
    for row in rows_of(michigan / "findings.csv"):
        assert row["result"] == "check"
        assert row["citation"] == "screening criterion, no legal citation"


def test_every_row_is_accounted_for(michigan: Path) -> None:
    run = json.loads((michigan / "run.json").read_text(encoding="utf-8"))
    read = {one["kind"]: 0 for one in run["inputs"]}
    for one in run["inputs"]:
        assert one["read"] == one["accepted"] + one["rejected"]
        read[one["kind"]] += one["read"]
    assert read == {
        "protection_zones": 1945,
        "pollution_sources": 224,
        "remediation_sites": 54,
        "river_sections": 973,
        "rivers": 54,
    }
    assert run["sites"] == {"violation": 0, "check": 94, "not_assessed": 3, "clear": 181}
    assert len(rows_of(michigan / "sites.csv")) == 278
    assert sum(1 for note in run["notes"] if note["code"] == "GEOMETRY_REPAIRED" or "repaired" in json.dumps(note)) >= 1


def test_three_sites_lie_outside_the_hull_of_the_zones(michigan: Path) -> None:
    """All three are at Port Huron: one of them was `clear` as long as 5 km around the hull passed as known."""
    outside = [row["site_id"] for row in rows_of(michigan / "sites.csv") if row["result"] == "not_assessed"]
    assert sorted(outside) == ["192", "4193", "43"]
    run = json.loads((michigan / "run.json").read_text(encoding="utf-8"))
    assert [note["code"] for note in run["assumptions"] if "EXTENT" in note["code"]] == ["EXTENT_ASSUMED"]


def test_the_map_opens_without_a_request_and_shows_every_finding(michigan: Path) -> None:
    need_browser()
    findings = rows_of(michigan / "findings.csv")
    by_site: dict[str, list[str]] = {}
    for row in findings:
        by_site.setdefault(f"{row['subject_layer']}/{row['subject_id']}", []).append(row["text"])
    with browser() as driver:
        open_page(driver, michigan / "inspection.html")
        counts = driver.execute_script("return headwater.counts")
        assert (counts["findings"], counts["sites"], counts["zones"]) == (len(findings), 278, 1945)
        for site, texts in by_site.items():
            driver.execute_script("headwater.select(arguments[0])", site)
            shown = driver.execute_script("return document.getElementById('detail').textContent")
            assert all(text in shown for text in texts), site
        assert requests_of(driver) == []
        assert complaints_of(driver) == []


def test_every_nearest_distance_is_within_a_thousandth_of_the_reference(shared: Path, tmp_path: Path) -> None:
    """The reference is in metres of EPSG:3078, whose scale is up to 0.05 % off, and cut to a decimal."""
    book = FAR_BOOK
    for subject in ("pollution_sources", "remediation_sites"):
        book += FAR_RULE.format(id=f"IN-{subject}", subject=subject, relation="inside", reach="", flagged=5, edge=15)
        book += FAR_RULE.format(
            id=f"FAR-{subject}", subject=subject, relation="within", reach="within_m = 32000", flagged=50, edge=32015
        )
    (tmp_path / "far.toml").write_text(book, encoding="utf-8")
    text = project_file(shared / "data" / "A_region_michigan_south", "far.toml")
    (tmp_path / "headwater.toml").write_text(text, encoding="utf-8")
    done = headwater("run", tmp_path)
    assert done.returncode == 0, done.stderr
    nearest: dict[str, float] = {}
    for row in rows_of(tmp_path / "output" / "findings.csv"):
        distance = float(row["distance_m"])
        nearest[row["subject_id"]] = min(distance, nearest.get(row["subject_id"], distance))
    rows = reference(shared, "reference_nearest_zone_epsg3078.csv")
    assert len(rows) == 278
    for row in rows:
        assert nearest[row["id"]] == pytest.approx(float(row["dist_m"]), rel=1e-3, abs=0.06)
