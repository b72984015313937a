"""The benchmarks still run, engines and scripts find the same, and what is kept of them can be read and drawn.

Nothing here measures time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.browser import need_browser

ROOT = Path(__file__).resolve().parent.parent
PEERS = {"geopandas", "duckdb", "sedonadb", "postgis", "dask-geopandas"}


def run(*arguments: str | Path) -> str:
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of results that a smoke run of all benchmarks leaves."""
    folder = tmp_path_factory.mktemp("results")
    run("benchmarks/all.py", "--smoke", "--results", folder)
    return folder


def kept(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    assert found["command"].startswith("python benchmarks/")
    assert str(folder) not in json.dumps(found)
    return found


@pytest.mark.parametrize("name", ["points_5k", "parcels_2k", "rivers_33"])
def test_engines_agree_and_missing_ones_are_named(smoke: Path, name: str) -> None:
    found = kept(smoke, name)
    engines, left_out = found["engines"], found["left_out"]
    assert set(engines) | set(left_out) == PEERS | {"headwater fast", "headwater plain", "headwater kept"}
    assert engines["headwater plain"]["inside"] == engines["geopandas"]["inside"] > 0
    assert ("headwater fast" in engines) == (find_spec("numba") is not None)
    if find_spec("duckdb") is None:
        assert left_out["duckdb"] == "not installed: duckdb"


def test_surveys_lead_to_one_state_in_any_order(smoke: Path) -> None:
    found = kept(smoke, "survey_orders")
    assert found["equal"] == found["orders"] == 2 and found["sites"] > 1


def test_the_script_finds_what_a_run_finds(smoke: Path) -> None:
    found = kept(smoke, "run_500")
    assert found["findings"] == found["findings_of_script"] > 0
    assert found["findings_differing"] == 0
    assert set(found["seconds"]) == {"headwater run", "geopandas script", "geopandas floor"}


def test_runs_after_changes_were_compared_with_full_ones(smoke: Path) -> None:
    assert kept(smoke, "changed_500")["same_as_full"] is True
    points = kept(smoke, "curve_500")["points"]
    assert [(point["changed"], point["rows"]) for point in points] == [("sites", 10), ("zones", 1)]


def test_a_complete_run_accepts_every_row(smoke: Path) -> None:
    found = kept(smoke, "complete_1k")
    assert found["accepted"] == {"protection_zones": 100, "pollution_sources": 1000}
    assert found["output_megabytes"]["inspection.html"] > 0


def test_clean_files_are_read_both_ways(smoke: Path) -> None:
    found = kept(smoke, "read_1k")
    assert found["rows"] == 1000
    assert set(found["seconds"]) == set(found["times_geopandas"]) == {"warm", "whole"}


def test_pictures_can_be_read(smoke: Path, tmp_path: Path) -> None:
    """Results of the smoke under the names of the full sizes give all three pictures."""
    named = {"points_5k": "points_1000k", "run_500": "run_100k", "curve_500": "curve_100k"}
    for found, wanted in named.items():
        (tmp_path / f"{wanted}.json").write_bytes((smoke / f"{found}.json").read_bytes())
    run("benchmarks/plot.py", "--results", tmp_path)
    for picture in ("engines", "changes", "steps"):
        root = ET.fromstring((tmp_path / f"{picture}.svg").read_text("utf-8"))  # noqa: S314 - our own words
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
    drawn = (tmp_path / "engines.svg").read_text("utf-8")
    assert [name for name in kept(smoke, "points_5k")["engines"] if f">{name}</text>" not in drawn] == []


def test_the_table_of_results_is_the_one_of_the_kept_results() -> None:
    text = (ROOT / "benchmarks" / "RESULTS.md").read_text("utf-8")
    made = "import sys; sys.path.insert(0, 'benchmarks'); import table; print(table.numbers(table.RESULTS))"
    assert run("-c", made).strip() in text


def test_no_sizes_are_extrapolated_from_few_sites() -> None:
    found = {
        "sites": 1_000_000, "zones": 20, "partitions": 4, "workers": 2, "peak_gib": {"worker": 1.0, "client": 1.0},
        "seconds": {"workers": 10.0}, "judge_seconds": {"workers": 8.0},
    }  # fmt: skip
    made = "import sys; sys.path.insert(0, 'benchmarks'); import scale; print(scale.sizing({}))"
    assert "| 100,000,000 |" in run("-c", made.format(found))
    few = run("-c", made.format(found | {"sites": 499_999}))
    assert "499,999 sites are too few" in few
    assert "|" not in few


def test_every_benchmark_has_a_line_in_its_readme() -> None:
    text = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    programs = [path.name for path in (ROOT / "benchmarks").glob("*.py") if "ArgumentParser" in path.read_text("utf-8")]
    assert len(programs) > 8
    assert [name for name in programs if f"benchmarks/{name}" not in text] == []


def test_the_map_page_is_measured_beside_what_it_is_compared_with(tmp_path: Path) -> None:
    need_browser()
    small = ("--sites", "300", "--zones", "9", "--rounds", "1", "--only", "answers,phone,generation")
    run("benchmarks/map_page.py", *small, "--results", tmp_path)
    found = kept(tmp_path, "map_300")
    assert set(found["medians"]) == {"headwater", "phone"}
    assert found["medians"]["headwater"]["complaints"] == {"requests": 0, "console": 0, "policy": 0}
    assert set(found["medians"]["headwater"]["answers"]) == {"redraw", "filter", "search", "popup"}
    assert set(found["processor_seconds"]) == {"headwater", "geojson"}
    assert found["ratios"]["phone_to_desktop"] > 0


def test_ready_is_the_end_of_the_last_long_task() -> None:
    made = "import sys; sys.path.insert(0, 'benchmarks'); import page_timing; print(page_timing.last_long({}, {}))"
    assert run("-c", made.format([[100, 300], [700, 800], [1400, 1500]], 250)).strip() == "800"
    assert run("-c", made.format([[900, 950]], 250)).strip() == "250"


def test_the_inputs_of_the_map_are_the_same_each_time_and_of_the_shape_they_say() -> None:
    made = (
        "import sys; sys.path.insert(0, 'benchmarks'); import map_inputs, shapely\n"
        "one, two = (map_inputs.map_inputs(sites=400, zones=12) for _ in range(2))\n"
        "assert all(one[name].equals(two[name]) for name in ('sites', 'findings', 'zones'))\n"
        "assert set(shapely.get_num_coordinates(one['zones'].geometry.to_numpy())) == {501}\n"
        "assert one['zones'].geometry.is_valid.mean() > 0.9\n"
        "told = one['findings']['subject_id'].nunique() / 400\n"
        "assert 0.2 < told < 0.4, told\n"
        "print(len(one['findings']))"
    )
    assert int(run("-c", made)) > 80


def test_the_same_seed_makes_the_same_country(tmp_path: Path) -> None:
    sizes = ("--sources", "20", "--parcels", "50", "--points", "300,1000", "--sites", "3000", "--partitions", "4")
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        run("benchmarks/make_national.py", folder, *sizes)
    files = sorted(path.relative_to(folders[0]) for path in folders[0].rglob("*.parquet"))
    assert len(files) == 3 + 2 + 4
    assert [name for name in files if (folders[0] / name).read_bytes() != (folders[1] / name).read_bytes()] == []
    zones = gpd.read_parquet(folders[0] / "zones.parquet")
    assert zones.geometry.is_valid.all()
    assert len(zones) == 50
    small, large = (pq.read_table(folders[0] / f"points_{size}.parquet")["geometry"] for size in ("300", "1k"))
    assert small.to_pylist() == large.to_pylist()[:300]
    parts = [gpd.read_parquet(path) for path in sorted((folders[0] / "sites").glob("part.*.parquet"))]
    assert sorted(np.concatenate([part["source_id"] for part in parts])) == [f"S{row:09d}" for row in range(3000)]
