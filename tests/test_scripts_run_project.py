"""`headwater run`: its files, exit codes and errors; equal bytes; nothing half-written."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest

import scripts.run_project
import scripts.write_outputs
from gis.write import STAGING
from layers.coverage import COVERAGE_COLUMNS
from layers.findings import FINDING_COLUMNS
from layers.rejects import REJECT_COLUMNS
from layers.sections import SECTION_COLUMNS
from layers.sites import SITE_COLUMNS
from maps.payload import Island
from scripts.console import Console
from tests.ledger_runs import hashes, ran, said
from tests.projects import HEADER, ROOT, SITES, SOURCES, ZONES, headwater, rows_of, small_project, small_zones

FILES = {
    "inspection.html",
    "findings.gpkg",
    "findings.geojson",
    "findings.csv",
    "sites.csv",
    "sections.csv",
    "coverage.csv",
    "rejects.csv",
    "run.json",
    "changes.csv",
    "matches.csv",
    "ledger.xlsx",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_project(tmp_path_factory.mktemp("project"))
    done = headwater("run", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("inspection.html")
    assert done.stderr == ""
    return folder


def test_a_run_writes_every_file_with_the_columns_of_the_contract(project: Path) -> None:
    output = project / "output"
    assert {path.name for path in output.iterdir()} == FILES
    for name, columns in (
        ("findings", FINDING_COLUMNS),
        ("sites", SITE_COLUMNS),
        ("sections", SECTION_COLUMNS),
        ("coverage", COVERAGE_COLUMNS),
        ("rejects", REJECT_COLUMNS),
    ):
        raw = (output / f"{name}.csv").read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        assert raw[3:].decode().splitlines()[0] == ",".join(columns)


def test_the_answers_are_those_of_the_drawing(project: Path) -> None:
    sites = {row["site_id"]: row for row in rows_of(project / "output" / "sites.csv")}
    assert [sites[site]["result"] for site in ("001", "002", "003", "004")] == [
        "violation",
        "violation",
        "clear",
        "not_assessed",
    ]
    assert [sites[site]["strictest_level"] for site in ("001", "002", "003")] == ["1", "1", ""]
    assert sites["001"]["status"] == "behind" and sites["001"]["overdue"] == "true"
    assert sites["004"]["not_assessed_why"] == "OUTSIDE_ZONE_DATA"
    findings = [row for row in rows_of(project / "output" / "findings.csv") if row["rule_id"] == "CN-OUT-01"]
    assert [(row["subject_id"], row["zone_id"], row["result"]) for row in findings] == [
        ("001", "Z1", "violation"),
        ("001", "Z2", "violation"),
        ("002", "Z2", "violation"),
        ("002", "Z1", "check"),
    ]
    assert "水污染防治法" in findings[0]["citation"] and "64" in findings[0]["citation"]
    assert float(findings[0]["depth_m"]) == pytest.approx(500, abs=0.1)
    assert findings[0]["source_row"] == "2"


def test_the_files_hold_the_same_rows(project: Path) -> None:
    output = project / "output"
    table = rows_of(output / "findings.csv")
    layer = gpd.read_file(output / "findings.gpkg", layer="findings")
    drawn = json.loads((output / "findings.geojson").read_text(encoding="utf-8"))["features"]
    ids = [row["finding_id"] for row in table]
    assert layer["finding_id"].tolist() == ids
    assert [feature["properties"]["finding_id"] for feature in drawn] == ids
    assert list(drawn[0]["properties"]) == list(FINDING_COLUMNS)
    names = {name for name, _ in pyogrio.list_layers(output / "findings.gpkg")}
    assert {"findings", "sites", "protection_zones", "river_sections", "layer_styles"} <= names
    with sqlite3.connect(output / "findings.gpkg") as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
    assert set(styles) == {"findings", "sites", "protection_zones", "river_sections"}
    assert all("categorizedSymbol" in qml for qml in styles.values())


def test_run_json_accounts_for_every_row(project: Path) -> None:
    run = json.loads((project / "output" / "run.json").read_text(encoding="utf-8"))
    assert [(one["kind"], one["read"], one["accepted"], one["rejected"]) for one in run["inputs"]] == [
        ("protection_zones", 2, 2, 0),
        ("pollution_sources", 4, 4, 0),
        ("remediation_sites", 1, 1, 0),
    ]
    assert all(len(one["sha256"]) == 64 for one in run["inputs"])
    assert run["as_of"] == "2017-11-30"
    assert run["sites"] == {"violation": 2, "check": 1, "not_assessed": 1, "clear": 1}
    assert "EXTENT_ASSUMED" in {note["code"] for note in run["assumptions"]}
    assert {rule["rule_id"] for rule in run["rules"] if rule["in_force"]}
    assert str(project) not in json.dumps(run)


def test_json_prints_one_object_and_nothing_else(tmp_path: Path) -> None:
    done = headwater("run", small_project(tmp_path / "p"), "--json", "--output", tmp_path / "out")
    told = json.loads(done.stdout)
    assert {"read", "judge", "tables", "map"} <= set(told["seconds"])
    written = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert {name: told[name] for name in written} == written
    assert "seconds" not in written and "engine" not in written
    assert told["engine"] in ("plain", "fast")


def test_the_engine_decides_no_answer(project: Path, tmp_path: Path) -> None:
    """Every file of a run has the same bytes, whichever engine judged."""
    for name in ("plain", "fast") if find_spec("numba") else ("plain",):
        done = headwater("run", project, "--json", "--full", "--output", tmp_path / name, HEADWATER_ENGINE=name)
        assert json.loads(done.stdout)["engine"] == name
        for file in sorted(FILES):
            assert (tmp_path / name / file).read_bytes() == (project / "output" / file).read_bytes()


ELSEWHERE = {"TZ": "Asia/Shanghai", "PYTHONHASHSEED": "4711", "LC_ALL": "C", "LANG": "C"}


def test_the_same_inputs_give_the_same_bytes(project: Path, tmp_path: Path) -> None:
    """In another folder, time zone, hash seed and locale; with an empty ledger, and with the same one of some events."""
    other = small_project(tmp_path / "elsewhere" / "另一个")
    # the inputs are written anew, and a GeoPackage carries the time it was written at
    (other / "data" / "zones.gpkg").write_bytes((project / "data" / "zones.gpkg").read_bytes())
    done = headwater("run", other, cwd=tmp_path, **ELSEWHERE, HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert hashes(other / "output") == hashes(project / "output")
    one, same = tmp_path / "one", tmp_path / "elsewhere" / "same"
    shutil.copytree(project, one)
    said(one, "2017-11-20", status="completed")
    shutil.copytree(one, same)
    done = headwater("run", same, cwd=tmp_path, **ELSEWHERE, HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert hashes(same / "output") == ran(one) != hashes(project / "output")


def test_in_cron_a_run_says_nothing_unless_something_is_wrong(tmp_path: Path) -> None:
    """Without a home, a path, a terminal and a locale, under a strict umask."""
    folder = small_project(tmp_path / "p")
    bare = {"PATH": "", "LANG": "C", "PYTHONPATH": str(ROOT)}
    if "LD_LIBRARY_PATH" in os.environ:
        bare["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    command = [sys.executable, "-m", "scripts.headwater", "run", str(folder), "--quiet"]
    options: dict[str, Any] = {"env": bare, "cwd": "/", "stdin": subprocess.DEVNULL, "capture_output": True}
    done = subprocess.run(command, **options, umask=0o027, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert {path.stat().st_mode & 0o777 for path in (folder / "output").iterdir()} == {0o640}
    assert (folder / "output").stat().st_mode & 0o777 == 0o750
    (folder / "data" / "zones.gpkg").unlink()
    before = hashes(folder / "output")
    done = subprocess.run(command, **options, check=False)
    assert done.returncode == 3 and done.stdout == b"" and b"FILE_MISSING" in done.stderr
    assert hashes(folder / "output") == before
    first, second = (folder / "runs.log").read_text("utf-8").splitlines()
    assert " exit=0 recorded=yes run=R-" in first and "sites=5" in first
    assert " exit=3 " in second and "FILE_MISSING data/zones.gpkg" in second


def test_the_language_and_the_date_can_be_asked_for(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    assert headwater("run", folder, "--lang", "en", "--as-of", "2026-08-15").returncode == 0
    finding = rows_of(folder / "output" / "findings.csv")[0]
    assert finding["citation"].startswith("Ecological Environment Code, Art. 318")
    assert finding["text"].startswith("inside ")
    assert finding["first_seen"] == "2026-08-15"


def test_fail_on_answers_with_the_exit_code(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    assert headwater("run", folder, "--fail-on", "critical", "-q").returncode == 1
    harmless = small_project(tmp_path / "q", layers=ZONES + SITES)
    assert headwater("run", harmless, "--fail-on", "critical", "-q").returncode == 0
    assert headwater("run", folder, "--fail-on", "catastrophic").returncode == 2


@pytest.mark.parametrize(
    ("toml", "code", "told"),
    [
        ("", 2, "layer"),
        ("[[layer]\n", 2, "PROJECT_NOT_TOML"),
        (ZONES + SOURCES + "colour = 3\n", 2, "SETTING_UNKNOWN"),
        (ZONES.replace("zones.gpkg", "absent.gpkg") + SOURCES, 3, "absent.gpkg"),
        (ZONES + 'crs = "EPSG:32648"\n' + SOURCES, 3, "CRS_CONTRADICTION"),
        (ZONES.replace('kind = "protection_zones"', 'kind = "zones"'), 2, "SETTING_WRONG"),
    ],
)
def test_wrong_input_writes_nothing(tmp_path: Path, toml: str, code: int, told: str) -> None:
    folder = small_project(tmp_path / "p", layers=toml)
    done = headwater("run", folder, "--lang", "en")
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "output").exists()


def test_an_error_leaves_the_old_outputs_alone(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    assert headwater("run", folder, "-q").returncode == 0
    before = {path.name: path.read_bytes() for path in (folder / "output").iterdir()}
    (folder / "data" / "sources.csv").unlink()
    done = headwater("run", folder, "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["faults"][0]["code"] == "FILE_MISSING"
    assert {path.name: path.read_bytes() for path in (folder / "output").iterdir()} == before


def test_a_missing_crs_an_empty_layer_and_a_missing_project_are_told(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p", layers=ZONES.replace(".gpkg", ".shp") + SOURCES)
    small_zones().to_file(folder / "data" / "zones.shp", encoding="utf-8")
    (folder / "data" / "zones.prj").unlink()
    done = headwater("run", folder)
    assert done.returncode == 3 and "CRS_MISSING" in done.stderr
    small_zones().iloc[:0].to_file(folder / "data" / "zones.shp", encoding="utf-8")
    done = headwater("run", folder)
    assert done.returncode == 3 and "EMPTY_LAYER" in done.stderr
    done = headwater("run", tmp_path / "nowhere")
    assert done.returncode == 2 and "PROJECT_MISSING" in done.stderr


def test_rejected_rows_are_told_and_a_refused_zone_blinds_its_place(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    small_zones(级别=["一级", "三级"]).to_file(folder / "data" / "zones.gpkg", layer="zones")
    with (folder / "data" / "sources.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["001", "又一个", "排污口", "105", "26.6", "运行", ""])
    done = headwater("run", folder, "--json")
    assert done.returncode == 0, done.stdout
    run = json.loads(done.stdout)
    for one in run["inputs"]:
        assert one["read"] == one["accepted"] + one["rejected"]
    rejects = rows_of(folder / "output" / "rejects.csv")
    assert [(row["layer"], row["row"], row["code"]) for row in rejects] == [
        ("protection_zones", "2", "VALUE_UNKNOWN"),
        ("pollution_sources", "6", "DUPLICATE_ID"),
    ]
    assert rejects[0]["value"] == "三级"
    assert "ZONE_REFUSED" in {note["code"] for note in run["assumptions"]}
    with (folder / "data" / "sources.csv").open(encoding="utf-8-sig") as file:
        assert len(file.readlines()) == 6
    reasons = {row["reason"] for row in rows_of(folder / "output" / "coverage.csv")}
    assert "ZONE_REFUSED" in reasons


def test_a_second_run_at_the_same_time_exits_75(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    holder = (
        "import sys; from pathlib import Path; from gis.write import exclusive\n"
        f"with exclusive(Path({str(folder / '.headwater' / 'lock')!r})):\n    print('held', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", holder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    try:
        assert other.stdout is not None and other.stdout.readline().strip() == "held"
        done = headwater("run", folder)
        assert done.returncode == 75
        assert not (folder / "output").exists()
    finally:
        other.communicate("")
    assert headwater("run", folder, "-q").returncode == 0


def test_litter_of_a_killed_run_is_cleared_and_never_shown(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p")
    litter = folder / "output" / STAGING
    litter.mkdir(parents=True)
    (litter / "half.csv").write_text("half")
    assert headwater("run", folder, "-q").returncode == 0
    assert {path.name for path in (folder / "output").iterdir()} == FILES


def test_a_rule_book_of_ones_own_is_checked_by_its_examples(tmp_path: Path) -> None:
    from tests.test_layers_rule_book import SPEC_BOOK

    folder = small_project(tmp_path / "p")
    text = HEADER.format(language="en").replace('["cn"]', '["own.toml"]') + ZONES + SOURCES
    (folder / "headwater.toml").write_text(text, encoding="utf-8")
    (folder / "own.toml").write_text(SPEC_BOOK, encoding="utf-8")
    assert headwater("run", folder, "-q").returncode == 0
    assert {row["rule_id"] for row in rows_of(folder / "output" / "findings.csv")} == {"T-OUT-01"}
    (folder / "own.toml").write_text(SPEC_BOOK.replace("POINT (15 5)", "POINT (5 6)"), encoding="utf-8")
    done = headwater("run", folder)
    assert done.returncode == 2 and "EXAMPLE_FAILS" in done.stderr


def told(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    scripts.run_project.run_project(folder, Console(as_json=False, lang="en", quiet=False, debug=True))
    return capsys.readouterr().out


def test_a_page_too_large_for_a_phone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_project(tmp_path)
    assert "phones" not in told(folder, capsys)
    monkeypatch.setattr(scripts.write_outputs, "MUCH_FOR_A_PHONE", 1000)
    assert "Note: inspection.html has 0 MB, which phones open slowly" in told(folder, capsys)


def test_an_error_in_a_thread_that_packs_the_map_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_project(tmp_path)
    told(folder, capsys)
    before = {path.name: path.read_bytes() for path in (folder / "output").iterdir()}
    named = (folder / "headwater.toml").read_text("utf-8")
    (folder / "headwater.toml").write_text(named.replace('title = "', 'title = "another '), encoding="utf-8")

    def broken(self: Island) -> bytes:
        raise OSError("no memory to pack")

    monkeypatch.setattr(Island, "packed", broken)
    with pytest.raises(OSError, match="no memory to pack"):
        told(folder, capsys)
    assert {path.name: path.read_bytes() for path in (folder / "output").iterdir()} == before
    monkeypatch.undo()
    told(folder, capsys)
    assert (folder / "output" / "run.json").read_bytes() != before["run.json"]


def test_a_run_says_what_it_judged_again_and_full_gives_the_same_bytes(tmp_path: Path) -> None:
    project = small_project(tmp_path / "p")
    first = json.loads(headwater("run", project, "--json").stdout)
    assert first["judged"] == {"anew": 5, "kept": 0}
    assert json.loads(headwater("run", project, "--json").stdout)["judged"] == {"anew": 0, "kept": 5}
    table = (project / "data" / "sources.csv").read_text("utf-8-sig")
    (project / "data" / "sources.csv").write_text(table.replace(",运行,", ",关闭,", 2), encoding="utf-8")
    told = headwater("run", project, "--lang", "en").stdout
    assert "2 sites judged anew, 3 as in the run before" in told
    headwater("run", project, "--full", "--output", tmp_path / "full", "--lang", "en", "--quiet")
    headwater("run", project, "--lang", "en", "--quiet")
    for file in (project / "output").iterdir():
        assert file.read_bytes() == (tmp_path / "full" / file.name).read_bytes(), file.name
    assert any((project / ".headwater" / "kept").glob("judged-*.kept"))
