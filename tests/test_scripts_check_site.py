"""`headwater check-site` as a planner runs it: places, drawings, files of every kind, what-ifs, exit codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from gis.write import exclusive
from layers.planning import ANSWERS
from scripts.site_report import CHANGE_WORDS
from tests.projects import ROOT, ZONES, headwater, rows_of, small_project
from tests.shapes import frame, laid_down, square

RULE_KEYS = {"rule_id", "answer", "distance_m", "margin_m", "citation", "text", "remedy"}
ZONE_KEYS = {"zone_id", "level", "distance_m", "overlap_m2", "overlap_share"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nested zones, and nothing else."""
    return small_project(tmp_path_factory.mktemp("site") / "p", layers=ZONES)


def point(east: float, north: float) -> str:
    place = laid_down(f"POINT ({east} {north})")
    return f"{place.x:.9f},{place.y:.9f}"


def asked(*arguments: object) -> dict[str, Any]:
    done = headwater("check-site", *arguments, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def rule_of(site: dict[str, Any], rule_id: str) -> dict[str, Any]:
    return next(rule for rule in site["rules"] if rule["rule_id"] == rule_id)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_point_is_answered_as_the_contract_says_and_nothing_is_written(project: Path) -> None:
    before = files_in(project)
    site = asked(project, "--point", point(500, 500), "--kind", "outfall")
    assert site["verdict"] == "applies"
    assert [zone["zone_id"] for zone in site["zones"]] == ["Z1", "Z2"]
    assert all(zone.keys() >= ZONE_KEYS for zone in site["zones"])
    assert all(rule.keys() >= RULE_KEYS for rule in site["rules"])
    assert {rule["answer"] for rule in site["rules"]} <= set(ANSWERS)
    applies = rule_of(site, "CN-OUT-01")
    assert (applies["answer"], applies["distance_m"]) == ("applies", 0)
    assert "第64条" in applies["citation"]
    assert applies["remedy"]
    assert set(site["paragraph"]) == {"zh", "en"}
    assert site["as_of"] == "2017-11-30"
    assert any(note["code"] == "TAKEN_AS_PLANNED" for note in site["notes"])
    assert files_in(project) == before


def test_it_answers_while_a_run_holds_the_project(project: Path) -> None:
    with exclusive(project / ".headwater" / "lock"):
        assert asked(project, "--point", point(500, 500), "--kind", "outfall")["verdict"] == "applies"


def test_an_area_has_its_share_and_a_margin(project: Path) -> None:
    drawing = laid_down(square(1400, 0, 200)).wkt
    site = asked(project, "--wkt", drawing, "--kind", "industry", "--set", "discharges=true", "--located-to", "5")
    zone = site["zones"][0]
    assert (zone["zone_id"], round(zone["overlap_share"], 3)) == ("Z2", 0.5)
    assert zone["overlap_m2"] == pytest.approx(20_000, rel=1e-3)
    rule = rule_of(site, "CN-CON-02")
    assert rule["answer"] == "applies"
    assert rule["move_m"] == pytest.approx(100, abs=1)  # straight to the east, until nothing of it lies inside


@pytest.mark.parametrize(
    ("arguments", "needle"),
    [
        (("--point", "105,26.6"), "--kind"),
        (("--kind", "mine"), "--point"),
        (("--point", "105,26.6", "--wkt", "POINT (1 1)", "--kind", "mine"), "--wkt"),
        (("--point", "26.6,105", "--kind", "mine"), "COORDINATE_SWAPPED"),
        (("--point", "105", "--kind", "mine"), "LON,LAT"),
        (("--wkt", "POINT 105 26", "--kind", "mine"), "POLYGON"),
        (("--point", "105,26.6", "--kind", "boat"), "petrol_station"),
        (("--point", "105,26.6", "--kind", "mine", "--set", "colour=red"), "discharges"),
        (("--point", "105,26.6", "--kind", "mine", "--set", "discharges"), "NAME=VALUE"),
        (("--point", "105,26.6", "--kind", "mine", "--books", "atlantis"), "atlantis"),
        (("--point", "105,26.6", "--kind", "mine", "--as-of", "soon"), "--as-of"),
        (("--point", "105,26.6", "--kind", "mine", "--datum", "mars"), "--datum"),
        (("--point", "105,26.6", "--kind", "mine", "-o", "answers.txt"), ".csv"),
    ],
)
def test_wrong_use_is_told_and_exits_2(project: Path, arguments: tuple[str, ...], needle: str) -> None:
    done = headwater("check-site", project, *arguments, "--lang", "en")
    assert done.returncode == 2, done.stdout + done.stderr
    assert needle in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_inputs_that_cannot_be_used_exit_3(project: Path, tmp_path: Path) -> None:
    missing = headwater("check-site", project, tmp_path / "none.geojson", "--kind", "mine")
    assert missing.returncode == 3
    assert "FILE_MISSING" in missing.stderr
    broken = small_project(tmp_path / "broken", layers=ZONES)
    (broken / "data" / "zones.gpkg").write_bytes(b"nothing")
    assert headwater("check-site", broken, "--point", "105,26.6", "--kind", "mine").returncode == 3


def test_a_place_that_would_lie_at_the_zones_if_exchanged_is_told(project: Path, tmp_path: Path) -> None:
    zones = tmp_path / "zones.geojson"
    there = small_project(
        tmp_path / "near", layers='[[layer]]\nkind = "protection_zones"\npath = "data/zones.geojson"\n'
    )
    square_at = shapely.box(50.0, 40.0, 50.02, 40.02)
    gpd.GeoDataFrame({"编号": ["Z"], "名称": ["区"], "级别": ["一级"]}, geometry=[square_at], crs=4326).to_file(zones)
    (there / "data" / "zones.geojson").write_bytes(zones.read_bytes())
    site = asked(there, "--point", "40.01001,50.01001", "--kind", "outfall")
    assert site["verdict"] == "not_assessed"
    assert [note["code"] for note in site["notes"]] == ["TAKEN_AS_PLANNED", "PERHAPS_SWAPPED"]


# --- Files -------------------------------------------------------------------------------------


PLACES = frame("POINT (500 500)", "POINT (1300 500)", "POINT (2500 500)")


def _geojson(folder: Path, table: gpd.GeoDataFrame) -> Path:
    table.to_file(folder / "plan.geojson")
    return folder / "plan.geojson"


def _shapefile(folder: Path, table: gpd.GeoDataFrame) -> Path:
    table.to_file(folder / "plan.shp", encoding="utf-8")
    return folder / "plan.shp"


def _geopackage(folder: Path, table: gpd.GeoDataFrame) -> Path:
    table.to_crs(4544).to_file(folder / "plan.gpkg", layer="地块")
    return folder / "plan.gpkg"


def _kml(folder: Path, table: gpd.GeoDataFrame) -> Path:
    marks = "".join(
        f"<Placemark><name>{row.name}</name><Point><coordinates>{row.geometry.x},{row.geometry.y}</coordinates></Point>"
        f'<ExtendedData><Data name="kind"><value>{row.kind}</value></Data></ExtendedData></Placemark>'
        for row in table[["name", "kind", "geometry"]].itertuples(index=False, name="Row")
    )
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>{marks}</Folder></Document></kml>'
    (folder / "plan.kml").write_text(text, encoding="utf-8")
    return folder / "plan.kml"


def _csv(folder: Path, table: gpd.GeoDataFrame) -> Path:
    with (folder / "plan.csv").open("w", encoding="gb18030", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "kind", "经度", "纬度"])
        rows.writerows([row["name"], row["kind"], row.geometry.x, row.geometry.y] for _, row in table.iterrows())
    return folder / "plan.csv"


def _workbook(folder: Path, table: gpd.GeoDataFrame) -> Path:
    plain = table.assign(经度=table.geometry.x, 纬度=table.geometry.y).drop(columns="geometry")
    plain.to_excel(folder / "plan.xlsx", index=False, sheet_name="地块")
    return folder / "plan.xlsx"


@pytest.mark.parametrize("written", [_geojson, _shapefile, _geopackage, _kml, _csv, _workbook])
def test_a_file_of_footprints_is_answered_row_by_row(project: Path, tmp_path: Path, written: Any) -> None:
    table = PLACES.assign(name=["甲地块", "乙地块", "丙地块"], kind=["排污口", "船", "outfall"])
    told = asked(project, written(tmp_path, table))
    assert [rule_of(site, "CN-OUT-01")["answer"] for site in told["sites"]] == ["applies", "does_not_apply"]
    assert [site["name"] for site in told["sites"]] == ["甲地块", "丙地块"]
    first = 2 if written in (_csv, _workbook) else 1
    assert [site["row"] for site in told["sites"]] == [first, first + 2]
    assert [(fault["row"], fault["code"]) for fault in told["rejects"]] == [(first + 1, "VALUE_UNKNOWN")]
    assert told["verdict"] == "applies"
    assert told["verdicts"] == {"applies": 1, "needs_checking": 0, "not_assessed": 0, "does_not_apply": 1}
    said = asked(project, written(tmp_path, table), "--kind", "outfall")
    assert [site["verdict"] for site in said["sites"]] == ["applies", "applies", "does_not_apply"]


def test_columns_and_sheets_can_be_named(project: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    x, y = point(500, 500).split(",")
    plan.write_text(f"Parcel,Owner,E,N\nA-7,Li,{x},{y}\n", encoding="utf-8")
    named = ("--x", "E", "--y", "N", "--crs", "EPSG:4490", "--id", "Parcel", "--name", "Owner", "--kind", "outfall")
    site = asked(project, plan, *named)["sites"][0]
    assert (site["id"], site["name"], site["verdict"]) == ("A-7", "Li", "applies")


def test_without_a_kind_anywhere_the_kinds_are_listed(project: Path, tmp_path: Path) -> None:
    done = headwater("check-site", project, _geojson(tmp_path, PLACES), "--lang", "en")
    assert done.returncode == 2
    assert "petrol_station" in done.stderr


# --- What if -----------------------------------------------------------------------------------


def test_a_whole_plan_is_told_as_a_difference(project: Path, tmp_path: Path) -> None:
    parcels = frame(*(square(1400 + 20 * at, 0, 10) for at in range(20)), name=[f"P{at}" for at in range(20)])
    plan, out = _geojson(tmp_path, parcels), tmp_path / "changes.csv"
    done = headwater("check-site", project, plan, "--kind", "outfall", "--buffer", "101", "-o", out, "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert CHANGE_WORDS["falls_in"]["en"] in done.stdout
    rows = rows_of(out)
    assert [row["name"] for row in rows] == [f"P{at}" for at in range(5, 11)]
    assert {(row["change"], row["today"], row["what_if"]) for row in rows} == {
        ("falls_in", "does_not_apply", "applies")
    }
    assert [round(float(row["distance_m"])) for row in rows] == [0, 20, 40, 60, 80, 100]
    told = asked(project, plan, "--kind", "outfall", "--buffer", "101", "-o", tmp_path / "changes.geojson")
    assert told["counts"]["sites"]["falls_in"] == 6
    assert told["counts"]["rules"]["CN-OUT-01"]["falls_in"] == 6
    assert told["counts"]["today"]["applies"] == 5
    assert [row["name"] for row in told["differences"]] == [f"P{at}" for at in range(5, 11)]
    assert len(gpd.read_file(tmp_path / "changes.geojson")) == 6


def test_all_answers_can_be_written(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    table = PLACES.assign(name=["甲", "乙", "丙"], kind=["outfall", "outfall", "outfall"])
    told = asked(project, _geojson(tmp_path, table), "-o", out)
    rows = rows_of(out)
    assert len(rows) == sum(len(site["rules"]) for site in told["sites"])
    assert {row["answer"] for row in rows if row["rule_id"] == "CN-OUT-01"} == {"applies", "does_not_apply"}


def test_other_books_and_another_day(project: Path) -> None:
    then = asked(project, "--point", point(500, 500), "--kind", "outfall", "--as-of", "2026-08-15", "--lang", "zh")
    assert "生态环境法典" in rule_of(then, "CN-OUT-01")["citation"]
    assert (then["as_of"], then["today"], then["what_if"]["as_of"]) == ("2026-08-15", "applies", "2026-08-15")
    local = asked(project, "--point", point(-490, 0), "--kind", "catering", "--books", "cn,cn-qixingguan")
    assert {rule["rule_id"][:3] for rule in local["rules"]} >= {"CN-", "QXG"}
    assert rule_of(local, "QXG-CAT-01")["today"] is None
    gone = headwater("check-site", project, "--point", point(500, 500), "--kind", "outfall", "--books", "cn-guizhou")
    assert gone.returncode == 2  # it overrides rules of a book that is not there
    cited = asked(project, "--point", point(500, 500), "--kind", "outfall", "--as-of", "1985-01-01")
    assert {"rule_id": "CN-OUT-01", "change": "falls_out", "what_if": ""}.items() <= cited["differences"][0].items()


# --- For people --------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_person_reads_it_at_eighty_columns(project: Path, lang: str) -> None:
    from scripts.display import shown_width

    done = headwater(
        "check-site", project, "--point", point(500, 500), "--kind", "building", "--lang", lang, COLUMNS="80"
    )
    assert done.returncode == 0, done.stderr
    table, _, paste = done.stdout.partition("— 中文 —")
    assert max(map(shown_width, table.splitlines())) <= 80
    assert table.splitlines()[0].startswith({"zh": "结论：", "en": "Verdict: "}[lang])
    assert "CN-CON-01" in table
    assert {"zh": "是否与供水有关", "en": "related to supply"}[lang] in table  # what is missing, and what it would give
    assert "— English —" in paste
    assert len(paste.strip().splitlines()) == 4  # a paragraph, a blank line, a heading, a paragraph


def test_only_the_paragraphs_to_paste(project: Path) -> None:
    done = headwater("check-site", project, "--point", point(500, 500), "--kind", "outfall", "--paste")
    lines = [line for line in done.stdout.splitlines() if line]
    assert len(lines) == 2
    assert lines[0].startswith("拟建项目")
    assert lines[1].startswith("The proposed site")
    assert "未评估" in lines[0]
    assert "not assessed" in lines[1]


def test_the_manual_names_every_option() -> None:
    told = headwater("check-site", "--help", COLUMNS="200").stdout
    options = {word.strip(",") for word in told.split() if word.startswith("--")}
    manual = (ROOT / "docs" / "planning.md").read_text("utf-8")
    assert [
        one for one in sorted(options - {"--json", "--lang", "--quiet", "--debug", "--help"}) if one not in manual
    ] == []


def test_a_file_that_is_read_is_never_overwritten(tmp_path: Path) -> None:
    project = small_project(tmp_path / "p")
    plan = _geojson(tmp_path, PLACES.assign(kind="outfall"))
    data = project / "data" / "sources.csv"
    before = plan.read_bytes(), data.read_bytes()
    for command in (
        ("check-site", project, plan, "-o", plan),
        ("check-site", project, plan, "-o", data),
        ("changes", project, "2016-05-01", "2017-05-01", "-o", data),
    ):
        done = headwater(*command, "--lang", "en")
        assert done.returncode == 2 and "one of those that are read" in done.stderr
    assert (plan.read_bytes(), data.read_bytes()) == before


@pytest.mark.parametrize("option", ["--buffer", "--reach", "--located-to"])
def test_a_distance_without_end_is_refused(project: Path, option: str) -> None:
    for metres in ("inf", "nan", "1e9", "-1"):
        done = headwater("check-site", project, "--point", point(500, 500), "--kind", "outfall", option, metres)
        assert done.returncode == 2 and option in done.stderr
