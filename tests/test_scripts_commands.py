"""The commands beside `run`: demo, init, check-data, rules, explain, doctor; help and languages."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from layers.project import LayerEntry, ReadingLimits
from layers.rule_book import built_in_books
from scripts.console import Console
from scripts.init_project import TEMPLATE
from tests.projects import HEADER, ROOT, headwater, rows_of, small_project

COMMANDS = ("demo", "init", "run", "check-data", "check-site", "changes", "rules", "explain", "doctor")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    done = headwater(command, "--help")
    assert done.returncode == 0
    assert f"headwater {command}" in done.stdout
    for option in ("--json", "--lang", "--quiet"):
        assert option in done.stdout


def test_wrong_use_exits_2() -> None:
    for arguments in (
        ("fly",),
        ("run",),
        ("run", ".", "--as-of", "soon"),
        ("rules", "--lang", "fr"),
        ("run", ".", "--bogus"),
    ):
        done = headwater(*arguments)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr


def test_demo_writes_runs_and_keeps_what_is_there(demo: Path, tmp_path: Path) -> None:
    shutil.copytree(demo, tmp_path / "liupanshui")
    settings = tmp_path / "liupanshui" / "headwater.toml"
    mine = settings.read_text(encoding="utf-8") + "# mine\n"
    settings.write_text(mine, encoding="utf-8")
    done = headwater("demo", cwd=tmp_path)
    assert done.returncode == 0 and "只运行" in done.stdout
    assert settings.read_text(encoding="utf-8") == mine


def test_the_example_shows_every_result_status_and_relation(demo: Path) -> None:
    from layers.words import RESULTS, STATUSES

    sites = rows_of(demo / "output" / "sites.csv")
    findings = rows_of(demo / "output" / "findings.csv")
    assert {row["result"] for row in sites} == set(RESULTS)
    assert {row["status"] for row in sites} >= set(STATUSES)
    assert {row["relation"] for row in findings} == {"inside", "crosses", "within", "quality", "status"}
    assert {row["overdue"] for row in sites} == {"true", "false", ""}
    assert {row["finding_id"] for row in findings} and len({row["finding_id"] for row in findings}) == len(findings)
    run = json.loads((demo / "output" / "run.json").read_text(encoding="utf-8"))
    assert run["rejected"] == 1  # a zone whose level nobody has decided
    assert [row["value"] for row in rows_of(demo / "output" / "rejects.csv")] == ["待定"]


def test_demo_refuses_a_folder_with_other_things(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    done = headwater("demo", tmp_path / "mine")
    assert done.returncode == 2 and "FOLDER_IN_USE" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_init_writes_a_project_that_only_lacks_its_data(tmp_path: Path) -> None:
    assert headwater("init", tmp_path / "new").returncode == 0
    done = headwater("check-data", tmp_path / "new")
    assert done.returncode == 3
    assert done.stdout.count("FILE_MISSING") == 2
    again = headwater("init", tmp_path / "new")
    assert again.returncode == 2 and "FOLDER_IN_USE" in again.stderr


def test_the_template_of_init_names_every_setting_as_it_is_written() -> None:
    written = re.sub(r"^# (?=[\w.]+ = |\[)", "", TEMPLATE.replace("{name}", "a"), flags=re.MULTILINE)
    settings = tomllib.loads(written)
    assert set(settings["limits"]) == set(ReadingLimits.model_fields)
    assert {key for entry in settings["layer"] for key in entry} == set(LayerEntry.model_fields)
    assert len([LayerEntry.model_validate(entry) for entry in settings["layer"]]) == 3


def test_rules_lists_what_is_in_force_on_a_day() -> None:
    before = json.loads(headwater("rules", "cn", "--as-of", "2026-08-14", "--json").stdout)
    after = json.loads(headwater("rules", "cn", "--as-of", "2026-08-15", "--json").stdout)
    citation = {rule["rule_id"]: rule["citation"]["zh"] for rule in after}
    assert "生态环境法典" in citation["CN-OUT-01"]
    assert citation["CN-OUT-01"] != {rule["rule_id"]: rule["citation"]["zh"] for rule in before}["CN-OUT-01"]
    assert "CN-OUT-01" in headwater("rules").stdout
    assert headwater("rules", "utopia").returncode == 2


def test_explain_knows_every_rule() -> None:
    assert "DUPLICATE_ID" in headwater("explain", "duplicate_id", "--lang", "en").stdout
    rule = headwater("explain", "CN-OUT-01", "--lang", "en").stdout
    assert "Art. 318" in rule and "Art. 64" in rule
    assert headwater("explain", "NO-SUCH").returncode == 2
    assert "zones_complete_within_metres" in headwater("explain", "SETTING_UNKNOWN").stdout


def test_explain_looks_into_a_book_of_ones_own(tmp_path: Path) -> None:
    from tests.test_layers_rule_book import SPEC_BOOK

    (tmp_path / "own.toml").write_text(SPEC_BOOK, encoding="utf-8")
    done = headwater("explain", "t-out-01", "--book", "own.toml", "--lang", "en", cwd=tmp_path)
    assert "1. violation" in done.stdout and "Art. 318" in done.stdout
    (tmp_path / "own.toml").write_text(SPEC_BOOK.replace("POINT (15 5)", "POINT (5 6)"), encoding="utf-8")
    assert "EXAMPLE_FAILS" in headwater("rules", "own.toml", cwd=tmp_path).stderr


def test_doctor_tells_versions_and_formats() -> None:
    told = json.loads(headwater("doctor", "--json").stdout)
    assert told["missing"] == []
    assert {"GPKG", "ESRI Shapefile", "GeoJSON", "CSV", "XLSX"} <= set(told["drivers"])
    assert "VRT" not in told["drivers"] and "OGR_VRT" not in told["drivers"]
    assert told["drivers_trouble"] == ""
    if sys.platform == "linux":
        assert told["memory_limit"] is True
    assert {extra: set(found) for extra, found in told["extras"].items()} == {
        "fast": {"numba"},
        "scale": {"distributed", "dask-geopandas"},
    }


def test_doctor_finds_a_driver_too_many_or_too_few(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import gis
    from scripts import check_machine

    console = Console(as_json=False, lang="en", quiet=False, debug=False)
    assert check_machine.check_machine(console) == 0
    with monkeypatch.context() as patch:
        patch.setattr(gis, "DRIVERS", gis.DRIVERS - {"KML"})
        assert check_machine.check_machine(console) == 3
    assert "drivers that are not allowed: KML" in capsys.readouterr().out
    monkeypatch.setattr(check_machine, "NEEDED_DRIVERS", frozenset({"GPKG", "Carrier Pigeon"}))
    assert check_machine.check_machine(console) == 3
    assert "missing: Carrier Pigeon" in capsys.readouterr().out


def test_doctor_says_how_to_install_an_extra_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from scripts import check_machine

    monkeypatch.setattr(check_machine, "EXTRAS", {"fast": ("nowhere-to-be-found",), "scale": ("numpy",)})
    check_machine.check_machine(Console(as_json=False, lang="en", quiet=False, debug=False))
    lines = capsys.readouterr().out.splitlines()
    fast, scale = (next(line for line in lines if line.startswith(f"extra {name}")) for name in ("fast", "scale"))
    assert "nowhere-to-be-found not installed" in fast
    assert fast.endswith("-m pip install 'headwater[fast]'")
    assert "install with" not in scale


def test_help_and_manual_name_every_built_in_book() -> None:
    told = re.sub(r"-\n\s+", "-", headwater("rules", "--help", COLUMNS="200").stdout)  # lines are broken at hyphens
    manual = (ROOT / "docs" / "project-file.md").read_text("utf-8")
    for name in built_in_books():
        assert f" {name}" in told.replace("：", ": ").replace(",", " ").replace(";", " ")
        assert f"`{name}`" in manual


def test_quiet_says_nothing(tmp_path: Path) -> None:
    done = headwater("run", small_project(tmp_path / "p"), "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_project_in_english_speaks_english(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p", language="en")
    done = headwater("run", folder)
    assert "not assessed" in done.stdout
    assert HEADER.startswith("title")
