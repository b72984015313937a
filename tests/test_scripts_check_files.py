"""`headwater check-data` on folders and files without a project: what each is, what is wrong, what to do."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from gis.faults import Fault, codes
from scripts.about_file import _likely_crs
from scripts.data_report import Input, report_lines
from scripts.display import shown_width
from tests.projects import headwater, rows_of, small_project
from tests.shapes import frame, square


def inbox(folder: Path) -> Path:
    """A usable GeoPackage, a CSV with one bad row, a Shapefile without its .prj, a letter."""
    folder.mkdir(parents=True)
    frame(square(0, 0, 100), name=["a"]).to_file(folder / "zones.gpkg", layer="zones")
    (folder / "wells.csv").write_text("name,lon,lat\na,105,26.6\nb,,26.6\n", "utf-8")
    frame(square(0, 0, 100), name=["b"]).to_file(folder / "old.shp")
    (folder / "old.prj").unlink()
    (folder / "letter.txt").write_text("dear")
    return folder


def test_every_file_of_a_folder_is_told_and_nothing_written(tmp_path: Path) -> None:
    folder = inbox(tmp_path / "in")
    before = sorted(path.name for path in folder.iterdir())
    done = headwater("check-data", folder, "--lang", "en", COLUMNS="80")
    assert done.returncode == 3 and done.stderr == ""
    for told in ("zones.gpkg", "read 2 = accepted 1 + rejected 1", "COORDINATE_MISSING", "CRS_MISSING", "letter.txt",
                 "DOCUMENT_SKIPPED", "without its .prj", "2 files usable, 1 not; 1 rows rejected"):  # fmt: skip
        assert told in done.stdout
    assert sorted(path.name for path in folder.iterdir()) == before
    pasted = [line for line in done.stdout.splitlines() if line.startswith("      ")]
    assert [line for line in done.stdout.splitlines() if shown_width(line) > 80 and line not in pasted] == []


def test_output_gets_the_rejects_and_json_tells_the_same(tmp_path: Path) -> None:
    folder = inbox(tmp_path / "in")
    done = headwater("check-data", folder, "--output", tmp_path / "out", "--json")
    told = json.loads(done.stdout)
    rows = rows_of(tmp_path / "out" / "rejects.csv")
    assert [(row["file"], row["row"], row["code"]) for row in rows] == [
        ("old.shp", "", "CRS_MISSING"),
        ("wells.csv", "3", "COORDINATE_MISSING"),
    ]
    assert [fault["code"] for fault in told["error"]["faults"]] == ["CRS_MISSING"]
    counts = [(one["path"], one["state"], one["read"], one["accepted"], one["rejected"]) for one in told["inputs"]]
    assert counts == [
        ("old.shp", "unusable", None, None, None),
        ("wells.csv", "faults", 2, 1, 1),
        ("zones.gpkg", "usable", 1, 1, 0),
    ]
    for one in told["inputs"]:
        (entry,) = tomllib.loads("\n".join(one["lines"]))["layer"]
        assert entry["path"] == f"data/{one['path']}"
    assert [path.name for path in (tmp_path / "out" / "marked").iterdir()] == ["wells.xlsx"]
    assert told["rejected"] == len(told["rejects"]) == 1
    assert [fault["file"] for fault in told["not_read"]] == ["letter.txt"]
    assert all(note["code"] in codes() for note in told["notes"])


def test_usable_files_exit_0(tmp_path: Path) -> None:
    folder = inbox(tmp_path / "in")
    done = headwater("check-data", folder / "zones.gpkg", folder / "wells.csv", "--lang", "en")
    assert done.returncode == 0 and "2 files usable, 0 not" in done.stdout
    assert headwater("check-data", folder / "letter.txt").returncode == 3


def test_the_path_to_paste_keeps_a_subfolder_and_no_place_of_this_machine(tmp_path: Path) -> None:
    folder = inbox(tmp_path / "in" / "a").parent
    told = json.loads(headwater("check-data", folder, "--json").stdout)["inputs"]
    assert any('path = "data/a/wells.csv"' in line for one in told for line in one["lines"])
    (one,) = json.loads(headwater("check-data", folder / "a" / "wells.csv", "--json").stdout)["inputs"]
    assert any('path = "data/wells.csv"' in line for line in one["lines"])


def test_an_unusable_layer_of_several_is_named(tmp_path: Path) -> None:
    whole = [Fault("EMPTY_LAYER", "a.gdb", "roads"), Fault("CRS_MISSING", "a.gdb", "a")]
    told = "\n".join(report_lines([Input("a.gdb", "", None, 0, [], whole)], "en"))
    assert "EMPTY_LAYER · layer roads" in told and "CRS_MISSING\n" in told


def test_nothing_there_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments in (["empty"], ["nowhere"], ["empty", "nowhere"]):
        done = headwater("check-data", *(tmp_path / name for name in arguments))
        assert done.returncode == 2 and "PROJECT_MISSING" in done.stderr, arguments
    project = small_project(tmp_path / "p")
    assert headwater("check-data", project, tmp_path / "empty").returncode == 2


def test_numbers_in_a_zone_name_their_crs() -> None:
    assert "EPSG:4523" in _likely_crs((35_400_000, 2_900_000, 35_500_000, 3_000_000), zh=True)
    assert "EPSG:4496" in _likely_crs((18_400_000, 2_900_000, 18_500_000, 3_000_000), zh=False)
    assert "EPSG:4490" in _likely_crs((104, 26, 105, 27), zh=True)
    assert "EPSG" not in _likely_crs((400_000, 2_900_000, 500_000, 3_000_000), zh=False)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_stranger_sees_what_is_wrong_with_each_real_file(shared: Path, language: str) -> None:
    folder = shared / "data" / "D_nasty" / "real_world"
    done = headwater("check-data", folder, "--lang", language, COLUMNS="80")
    assert done.returncode == 3
    told = done.stdout.split("\n\n")
    about = {name: next(part for part in told[1:] if part.startswith(name)) for name in (
        "npl_latlon", "whpa_south_shp_only", "zones_no_prj", "cnemc", "michigan", "guizhou")}  # fmt: skip
    assert 'x = "y"' in about["npl_latlon"] and "54" in about["npl_latlon"]
    assert ".shx .dbf .prj" in about["whpa_south_shp_only"] and "PART_MISSING" in about["whpa_south_shp_only"]
    assert "CRS_MISSING" in about["zones_no_prj"] and "1945" in about["zones_no_prj"]
    assert "gb18030" in about["cnemc"] and "湖南省" in about["cnemc"] and "708" in about["cnemc"]
    assert "GEOMETRY_REPAIRED" in about["michigan"] and "3560477.4" in about["michigan"]
    assert "gb18030" in about["guizhou"] and "贵州省" in about["guizhou"] and "districts" in about["guizhou"]
