"""layers.zone_versions: rows with one id that are versions of a zone, and the days between them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from gis.faults import Fault
from layers import protection_zones
from layers.duplicates import repeated
from layers.load import load
from layers.project import read_project
from layers.rule_book import rule_set
from layers.rules import Answers, check
from layers.zone_versions import FIRST_DAY, both_valid, not_in_force, with_first_days, without_reversed
from tests.projects import SOURCES, ZONES, headwater, rows_of, small_project, small_zones
from tests.shapes import sources, square, zones


def versions(*days: tuple[str | None, str | None], ids: list[str] | None = None) -> gpd.GeoDataFrame:
    """Rows of zone Z valid on those days, each of 1.5 km and 1 km further east than the one before."""
    drawn = [square(1000 * at, 0, 1500) for at in range(len(days))]
    starts, ends = (list(one) for one in zip(*days, strict=True))
    frame = zones(*drawn, zone_id=ids or ["Z"] * len(days), name=["Z"] * len(days), valid_from=starts, valid_to=ends)
    nothing = {column.name: None for column in protection_zones.LAYER.columns if column.name not in frame}
    return frame.assign(**nothing)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (("2010-01-01", "2015-12-31"), ("2015-12-31", None), ("2015-12-31", "2015-12-31")),
        (("2010-01-01", "2015-12-31"), ("2016-01-01", None), None),
        ((None, "2015-12-31"), (None, "2012-12-31"), (None, "2012-12-31")),
        ((None, None), (None, None), (None, None)),
        (("2016-01-01", None), (None, "2015-12-31"), None),
    ],
)
def test_days_of_both(one: tuple[str, str], other: tuple[str, str], both: tuple[str, str] | None) -> None:
    assert both_valid(one, other) == both == both_valid(other, one)


def test_versions_are_no_duplicates_unless_they_overlap() -> None:
    rows = versions(("2010-01-01", "2014-12-31"), ("2014-12-31", "2017-12-31"), ("2015-01-01", None), (None, None))
    again, faults = repeated(rows, protection_zones.LAYER, [])
    # The second overlaps the first by a day; the third then overlaps nothing that was taken; the last overlaps both.
    assert again.tolist() == [False, True, False, True]
    assert [fault.code for fault in faults] == ["DUPLICATE_ID"] * 2
    assert "2014-12-31 – 2014-12-31" in faults[0].reason("zh")
    assert "2010-01-01 – 2014-12-31" in faults[1].reason("en")


def test_versions_in_another_file_are_found_too() -> None:
    seen: list[gpd.GeoDataFrame] = []
    assert not repeated(versions(("2010-01-01", "2014-12-31")), protection_zones.LAYER, seen)[0].any()
    again, _ = repeated(versions(("2015-01-01", None), ("2016-01-01", None)), protection_zones.LAYER, seen)
    assert again.tolist() == [False, True]


def test_rows_without_days_stay_duplicates() -> None:
    again, faults = repeated(versions((None, None), (None, None)), protection_zones.LAYER, [])
    assert again.tolist() == [False, True]
    assert "both valid" not in faults[0].reason("en")


def test_first_day_is_that_of_all_versions() -> None:
    rows = versions(
        ("2015-01-01", None), ("2010-01-01", "2014-12-31"), (None, "2012-12-31"), ("2013-01-01", None),
        ids=["A", "A", "B", "B"],
    )  # fmt: skip
    assert with_first_days(rows)[FIRST_DAY].tolist() == ["2010-01-01", "2010-01-01", None, None]
    single = versions(("2015-01-01", None), (None, None), ids=["A", "B"])
    assert with_first_days(single)[FIRST_DAY].tolist() == ["2015-01-01", None]


def test_a_last_day_before_the_first_is_a_fault() -> None:
    rows = versions(("2015-01-01", "2014-12-31"), ("2015-01-01", "2015-01-01"), (None, "2014-12-31"))
    earlier = Fault("BAD_DATE", row=9)
    kept, faults = without_reversed(rows, [earlier])
    assert [(fault.code, fault.row) for fault in faults] == [("BAD_DATE", 9), ("VALIDITY_REVERSED", 1)]
    assert kept["source_row"].tolist() == [2, 3] and kept.index.tolist() == [0, 1]


def test_zones_without_a_version_that_day_are_named() -> None:
    rows = versions(
        ("2010-01-01", "2012-12-31"), ("2015-01-01", None), ("2010-01-01", "2012-12-31"), ("2013-01-01", None),
        ids=["GAP", "GAP", "NOW", "NOW"],
    )  # fmt: skip
    now = rows[rows["valid_from"] == "2013-01-01"]
    (note,) = not_in_force(rows, now, date(2013, 6, 1))
    assert "GAP (until 2012-12-31, from 2015-01-01)" in note["en"]
    assert "GAP（至 2012-12-31，自 2015-01-01）" in note["zh"]
    assert "NOW" not in note["en"]
    assert not_in_force(rows, rows, date(2013, 6, 1)) == []
    many = versions(*[("2030-01-01", None)] * 12, ids=[f"Z{at}" for at in range(12)])
    (note,) = not_in_force(many, many.head(0), date(2013, 6, 1))
    assert "which were left out: 12" in note["en"] and "and 2 more" in note["en"]


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        ("2009-12-31", []),
        ("2010-01-01", ["S1", "S2"]),
        ("2014-12-31", ["S1", "S2"]),
        ("2015-01-01", []),
        ("2016-01-01", ["S2", "S3"]),
        ("2026-11-25", ["S2", "S3"]),
    ],
)
def test_the_version_of_the_day_counts(day: str, inside: list[str]) -> None:
    answers = answers_on(day)
    assert sorted(answers.findings["subject_id"].unique()) == inside
    if not inside:
        assert set(answers.coverage["result"]) == {"not_assessed"}  # no zone is there: nothing is clear


def answers_on(day: str) -> Answers:
    """Sites in the older version of Z, in both and in the newer one."""
    frames = {
        "protection_zones": versions(("2010-01-01", "2014-12-31"), ("2016-01-01", None)),
        "pollution_sources": sources("POINT (500 500)", "POINT (1250 500)", "POINT (2000 500)"),
    }
    return check(frames, rule_set(["cn"], folder=Path()), as_of=date.fromisoformat(day))


def test_a_finding_keeps_its_id_over_versions() -> None:
    older, newer = (answers_on(day).findings for day in ("2014-12-31", "2016-01-01"))
    ids = [set(found.loc[found["subject_id"] == "S2", "finding_id"]) for found in (older, newer)]
    assert ids[0] == ids[1] != set()


def project_of_versions(folder: Path) -> Path:
    """The small project; zone Z1 has an older version 3 km to the east, and a version whose days are exchanged."""
    small_project(folder, layers=ZONES + SOURCES)
    now = small_zones(批复日期=["2015-01-01", None], 失效日期=[None, None])
    old = small_zones(批复日期=["2005-01-01", None], 失效日期=["2013-12-31", None]).head(1)
    old["geometry"] = old.geometry.translate(0.03)
    wrong = old.assign(编号="Z9", 批复日期="2014-01-01")
    pd.concat([now, old, wrong]).to_file(folder / "data" / "zones.gpkg", layer="zones")
    return folder


def test_a_run_tells_gap_and_exchanged_days(tmp_path: Path) -> None:
    folder = project_of_versions(tmp_path / "p")
    done = headwater("run", folder, "--as-of", "2014-06-01", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "Z1 (until 2013-12-31, from 2015-01-01)" in done.stdout
    assert {row["code"] for row in rows_of(folder / "output" / "rejects.csv")} == {"VALIDITY_REVERSED"}
    between = rows_of(folder / "output" / "findings.csv")
    assert "Z1" not in {row["zone_id"] for row in between}
    headwater("run", folder, "--as-of", "2015-01-01", "--lang", "en")
    assert "Z1" in {row["zone_id"] for row in rows_of(folder / "output" / "findings.csv")}


def test_both_versions_are_loaded(tmp_path: Path) -> None:
    project = read_project(project_of_versions(tmp_path / "p"), today=date(2017, 11, 30))
    rules = rule_set(project.jurisdictions, folder=tmp_path)
    inputs = load(project, kinds=rules.kinds, levels=rules.levels)
    assert inputs.frames["protection_zones"]["zone_id"].tolist() == ["Z1", "Z2", "Z1"]
    assert inputs.inputs[0]["read"] == 4 and inputs.inputs[0]["rejected"] == 1
    assert len(inputs.refused["protection_zones"]) == 1
