"""layers.changes, layers.change_causes, layers.site_changes, layers.past_runs: what two runs differ in, and why."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gis.faults import InputError
from gis.kept import Kept
from layers.change_causes import CAUSE_GROUPS, CAUSES
from layers.changes import (
    CHANGE_COLUMNS,
    CHANGES,
    Changes,
    compare,
    findings_renamed,
    no_changes,
    words_of_sites,
)
from layers.past_runs import PastRun, read_past_run
from layers.project import read_project
from layers.rule_book import rule_set
from scripts.console import Console
from scripts.judge_project import judged_here, readings_of
from scripts.write_outputs import write_answers
from tests.projects import ROOT, SOURCES, ZONES, headwater, rows_of, small_project, small_zones

Edit = Callable[[Path], None]


def ran(folder: Path, output: Path, as_of: str = "2017-11-30") -> PastRun:
    """The outputs of the project as it stands, judged on that day."""
    project = read_project(folder, today=date(2017, 11, 30)).model_copy(update={"as_of": date.fromisoformat(as_of)})
    rules = rule_set(project.jurisdictions, folder=folder)
    found = readings_of(project, rules, Kept(None), in_parts=False)
    console = Console(as_json=False, lang="zh", quiet=True, debug=False)
    faults, result = judged_here(project, rules, found, Kept(None), console)
    output.mkdir()
    write_answers(output, project, rules, faults, result)
    return read_past_run(output, name=output.name)


def cells_of(folder: Path, row: int, **cells: str) -> None:
    """Writes other cells into a row of the sources, counted from 0."""
    path = folder / "data" / "sources.csv"
    rows = rows_of(path)
    rows[row].update(cells)
    write_rows(path, rows)


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def new_site(folder: Path) -> None:
    rows = rows_of(folder / "data" / "sources.csv")
    write_rows(folder / "data" / "sources.csv", [*rows, {**rows[0], "编号": "N1", "名称": "新排口"}])


def site_gone(folder: Path) -> None:
    write_rows(folder / "data" / "sources.csv", rows_of(folder / "data" / "sources.csv")[1:])


def site_moved(folder: Path) -> None:
    """The first source, 500 m inside both zones, moves out of both."""
    away = rows_of(folder / "data" / "sources.csv")[2]
    cells_of(folder, 0, 经度=away["经度"], 纬度=away["纬度"])


def site_closed(folder: Path) -> None:
    cells_of(folder, 0, 运行状态="关闭")


def zone_redrawn(folder: Path) -> None:
    zones = small_zones()
    zones["geometry"] = zones.geometry.translate(0.012, 0)  # 1.2 km to the east
    zones.to_file(folder / "data" / "zones.gpkg", layer="zones")


def zone_of_other_level(folder: Path) -> None:
    small_zones(级别=["一级", "准保护区"]).to_file(folder / "data" / "zones.gpkg", layer="zones")


def zone_expired(folder: Path) -> None:
    small_zones(失效日期=["2016-12-31", None]).to_file(folder / "data" / "zones.gpkg", layer="zones")


def zone_lost(folder: Path) -> None:
    """The zones of both levels are not listed any more; another one far away is."""
    zones = small_zones(编号=["Z8", "Z9"])
    zones["geometry"] = zones.geometry.translate(0.03, 0)
    zones.to_file(folder / "data" / "zones.gpkg", layer="zones")


def zone_refused(folder: Path) -> None:
    """The level-2 zone is rejected: nothing there can be assessed."""
    small_zones(级别=["一级", "不详"]).to_file(folder / "data" / "zones.gpkg", layer="zones")


def other_book(folder: Path) -> None:
    text = (folder / "headwater.toml").read_text("utf-8")
    (folder / "headwater.toml").write_text(text.replace('["cn"]', '["us-mi-screening"]'), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small_project(tmp_path / "p", layers=ZONES + SOURCES)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (new_site, {("new", "N1", "SITE_NEW")}),
        (site_gone, {("gone", "001", "SITE_GONE")}),
        (site_moved, {("cleared", "001", "POSITION")}),
        (site_closed, {("cleared", "001", "ATTRIBUTE")}),
        (zone_redrawn, {("cleared", "001", "ZONE_OUTLINE"), ("new", "003", "ZONE_OUTLINE")}),
    ],
)
def test_changes_and_causes(project: Path, tmp_path: Path, edit: Edit, expected: set[tuple[str, str, str]]) -> None:
    before = ran(project, tmp_path / "before")
    edit(project)
    after = ran(project, tmp_path / "after")
    rows = compare(before, after).rows
    assert list(rows.columns) == list(CHANGE_COLUMNS)
    outfall = rows[rows["rule_id"].isin(before.findings["rule_id"]) & (rows["rule_id"] == "CN-OUT-01")]
    found = set(zip(outfall["change"], outfall["subject_id"], outfall["cause"], strict=True))
    assert expected <= found
    assert {one[2] for one in found} == {one[2] for one in expected}
    backwards = compare(after, before)
    mirrored = {"new": "cleared", "cleared": "new", "worse": "better", "better": "worse", "gone": "new"}
    other_way = backwards.rows.loc[backwards.rows["rule_id"] == "CN-OUT-01", "change"].replace("gone", "cleared")
    assert sorted(mirrored[one] for one in outfall["change"]) == sorted(other_way)


def test_nothing_changes_by_itself(project: Path, tmp_path: Path) -> None:
    before, after = ran(project, tmp_path / "before"), ran(project, tmp_path / "after")
    changes = compare(before, after)
    assert changes.rows.empty
    assert all(not causes for causes in changes.counts.values())
    assert changes.same == len(before.findings) > 0


def test_a_zone_out_of_force(project: Path, tmp_path: Path) -> None:
    before = ran(project, tmp_path / "before")
    zone_expired(project)
    rows = compare(before, ran(project, tmp_path / "after")).rows
    gone = rows[rows["zone_id"] == "Z1"]
    assert set(gone["change"]) == {"cleared"} and set(gone["cause"]) == {"ZONE_NOT_IN_FORCE"}


@pytest.mark.parametrize(
    ("edit", "cause", "solved"),
    [
        (zone_lost, "ZONE_NOT_IN_FORCE", False),
        (zone_redrawn, "ZONE_OUTLINE", False),
        (site_gone, "SITE_GONE", False),
        (site_moved, "POSITION", True),
        (site_closed, "ATTRIBUTE", True),
    ],
)
def test_only_what_changed_at_the_site_is_solved(tmp_path: Path, edit: Edit, cause: str, solved: bool) -> None:
    """A violation is not put right by a list or a map; that a source is on no ledger goes with its violation."""
    project = small_project(tmp_path / "p")
    table = (project / "data" / "sites.csv").read_text("gb18030")
    (project / "data" / "sites.csv").write_text(table.replace(",001,", ",002,"), encoding="gb18030")
    before = ran(project, tmp_path / "before")
    edit(project)
    changes = compare(before, ran(project, tmp_path / "after"))
    rows = changes.rows[changes.rows["subject_id"] == "001"]
    gone = rows[rows["change"].isin(["cleared", "gone"]) & (rows["finding_id"] != "")]
    assert {"CN-OUT-01", "CN-REM-03"} <= set(gone["rule_id"]) and set(gone["cause"]) == {cause}
    assert [one in changes.unanswered for one in gone["finding_id"]] == [not solved] * len(gone)


def test_a_finding_is_not_cleared_while_its_rule_has_fewer_answers(project: Path, tmp_path: Path) -> None:
    """The site has an answer to another rule in exchange, so that it has as many without one as before."""
    before, after = ran(project, tmp_path / "before"), ran(project, tmp_path / "after")
    (finding,) = after.findings.index[(after.findings["zone_id"] == "Z1") & (after.findings["subject_id"] == "001")]
    key, rule = ("pollution_sources", "001"), ("pollution_sources", "CN-OUT-01")
    for run in (before, after):
        run.sites.loc[key, "not_assessed"] = "1"
    after = after._replace(findings=after.findings.drop(finding))
    assert compare(before, after).rows.loc[0, "change"] == "cleared"
    fewer = after._replace(blind={**after.blind, rule: after.blind.get(rule, 0) + 1})
    assert compare(before, fewer).rows.loc[0, "change"] == "not_assessed"


def test_what_cannot_be_assessed_any_more_is_not_cleared(project: Path, tmp_path: Path) -> None:
    before = ran(project, tmp_path / "before")
    zone_refused(project)
    rows = compare(before, ran(project, tmp_path / "after")).rows
    gone = rows[rows["zone_id"] == "Z2"]
    assert len(gone) and set(gone["change"]) == {"not_assessed"}


def test_worse_and_better_by_the_attribute_of_a_site(project: Path, tmp_path: Path) -> None:
    cells_of(project, 0, 运行状态="")
    unknown = ran(project, tmp_path / "unknown")
    cells_of(project, 0, 运行状态="运行")
    known = ran(project, tmp_path / "known")
    for one, other, change in ((unknown, known, "worse"), (known, unknown, "better")):
        rows = compare(one, other).rows
        outfall = rows[(rows["rule_id"] == "CN-OUT-01") & (rows["subject_id"] == "001")]
        assert set(outfall["change"]) == {change} and set(outfall["cause"]) == {"ATTRIBUTE"}


def test_the_attribute_of_a_zone(project: Path, tmp_path: Path) -> None:
    before = ran(project, tmp_path / "before")
    zone_of_other_level(project)
    rows = compare(before, ran(project, tmp_path / "after")).rows
    assert set(rows.loc[rows["zone_id"] == "Z2", "cause"]) == {"ZONE_ATTRIBUTE"}


def test_a_law_that_changed_is_only_counted(project: Path, tmp_path: Path) -> None:
    before, after = ran(project, tmp_path / "old", "2026-08-14"), ran(project, tmp_path / "new", "2026-08-15")
    changes = compare(before, after)
    outfalls = before.findings["rule_id"] == "CN-OUT-01"
    assert changes.counts["known"]["LAW_CHANGED"] >= int(outfalls.sum()) > 0
    assert "CN-OUT-01" not in set(changes.rows["rule_id"])
    english = after._replace(facts={**after.facts, "language": "en"})
    assert "LAW_CHANGED" not in compare(before, english).counts["known"]  # texts of two languages tell nothing


def test_a_rule_that_is_not_in_force_on_one_day(project: Path, tmp_path: Path) -> None:
    before, after = ran(project, tmp_path / "old", "2007-01-01"), ran(project, tmp_path / "new", "2010-01-01")
    dated = {rule for rule, holds in before.in_force.items() if not holds and after.in_force[rule]}
    rows = compare(before, after).rows
    of_rule = rows[rows["rule_id"].isin(dated)]
    assert len(of_rule)
    assert set(of_rule["change"]) == {"new"} and set(of_rule["cause"]) == {"RULE_NOT_IN_FORCE"}


def test_other_books(project: Path, tmp_path: Path) -> None:
    before = ran(project, tmp_path / "before")
    other_book(project)
    small_zones(级别=["1", "1"]).to_file(project / "data" / "zones.gpkg", layer="zones")
    text = (project / "headwater.toml").read_text("utf-8")
    level = '\n[layer.constants]\nlevel = "{}"\n'.format(
        next(iter(rule_set(["us-mi-screening"], folder=project).levels))
    )
    (project / "headwater.toml").write_text(text.replace(SOURCES, level + SOURCES), encoding="utf-8")
    rows = compare(before, ran(project, tmp_path / "after")).rows
    assert set(rows.loc[rows["rule_id"] == "CN-OUT-01", "cause"]) == {"RULE_BOOK"}


def test_without_the_layers_less_is_told(project: Path, tmp_path: Path) -> None:
    ran(project, tmp_path / "before")
    zone_redrawn(project)
    ran(project, tmp_path / "after")
    for name in ("before", "after"):
        (tmp_path / name / "findings.gpkg").unlink()
    before, after = (read_past_run(tmp_path / name, name=name) for name in ("before", "after"))
    assert before.zones is None
    rows = compare(before, after).rows
    assert {"cleared", "new"} <= set(rows["change"]) and set(rows["cause"]) == {"UNKNOWN"}


@pytest.mark.parametrize("damage", ["findings.csv", "sites.csv", "run.json"])
def test_a_folder_that_is_no_run_is_refused(project: Path, tmp_path: Path, damage: str) -> None:
    ran(project, tmp_path / "run")
    path = tmp_path / "run" / damage
    for text in ("{}", "a,b\r\n1,2\r\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as error:
            read_past_run(tmp_path / "run", name="run")
        assert [fault.code for fault in error.value.faults] == ["RUN_UNREADABLE"]
    path.unlink()
    with pytest.raises(InputError):
        read_past_run(tmp_path / "run", name="run")


def test_a_run_that_was_cut_short_or_written_otherwise_is_refused(project: Path, tmp_path: Path) -> None:
    """It would be told as findings that are new, better or cleared."""
    ran(project, tmp_path / "run")
    for file, old, new in (
        ("findings.csv", "violation", "breach"),
        ("run.json", '"in_force"', '"holds"'),
        ("run.json", '"edition"', '"version_of"'),
        ("run.json", '"language": "zh"', '"language": "fr"'),
    ):
        path = tmp_path / "run" / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(InputError, match="RUN_UNREADABLE"):
            read_past_run(tmp_path / "run", name="run")
        path.write_text(text, encoding="utf-8")
    path = tmp_path / "run" / "findings.csv"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(InputError, match="0 rows"):
        read_past_run(tmp_path / "run", name="run")


def test_a_section_whose_class_is_not_known_any_more_is_not_cleared(tmp_path: Path) -> None:
    sections = '[[layer]]\nkind = "river_sections"\npath = "data/sections.csv"\n'
    project = small_project(tmp_path / "p", layers=ZONES + sections)
    heading = "断面编号,断面名称,目标水质,现状水质,经度,纬度\n"
    runs = []
    for measured in ("Ⅳ类", ""):
        rows = f"D1,甲,Ⅲ类,{measured},104.8000001,26.6000001\nD2,乙,Ⅲ类,Ⅱ类,104.8000001,26.7000001\n"
        (project / "data" / "sections.csv").write_text(heading + rows, encoding="utf-8")
        runs.append(ran(project, tmp_path / f"run{len(runs)}"))
    told = compare(*runs).rows
    assert set(zip(told["rule_id"], told["subject_id"], told["change"], strict=True)) == {
        ("CN-WQ-04", "D1", "not_assessed")
    }


def test_the_manual_names_every_change_and_cause() -> None:
    manual = (ROOT / "docs" / "outputs.md").read_text("utf-8")
    chapter = next(text for text in manual.split("\n## ") if text.startswith("changes.csv"))
    assert [name for name in (*CHANGE_COLUMNS, *CHANGES, *CAUSES) if f"`{name}`" not in chapter] == []


def test_the_command_compares_days_folders_and_today(project: Path, tmp_path: Path) -> None:
    lacking = headwater("changes", project)
    assert lacking.returncode == 2 and "headwater run" in lacking.stderr
    assert headwater("run", project).returncode == 0
    new_site(project)
    done = headwater("changes", project, "-o", tmp_path / "changes.csv", "--json")
    told = json.loads(done.stdout)
    assert told["counts"]["new"] == {"SITE_NEW": len(told["changes"])}
    written = rows_of(tmp_path / "changes.csv")
    assert list(written[0]) == list(CHANGE_COLUMNS) and {row["subject_id"] for row in written} == {"N1"}
    dates = headwater("changes", project, "2026-08-14", "2026-08-15", "--lang", "en")
    assert dates.returncode == 0 and "LAW_CHANGED" in dates.stdout
    both = json.loads(headwater("changes", project, project / "output", "--json").stdout)
    assert (both["before"], both["changes"]) == (both["after"], [])
    for wrong in (["2026-13-01"], ["nowhere"], ["a", "b", "c"]):
        assert headwater("changes", project, *wrong).returncode == 2


def test_change_and_cause_are_words_in_both_languages() -> None:
    assert all(word.zh and word.en for table in (CHANGES, CAUSES) for word in table.values())


def problem(folder: Path, **cells: str) -> None:
    """Writes other cells into the row of the one remediation site."""
    path = folder / "data" / "sites.csv"
    with path.open(encoding="gb18030", newline="") as file:
        (row,) = csv.DictReader(file)
    with path.open("w", encoding="gb18030", newline="") as file:
        table = csv.DictWriter(file, list(row))
        table.writeheader()
        table.writerow({**row, **cells})


def about(changes: Changes, site: str = "R1") -> dict[str, tuple[str, str, str, str]]:
    """By change of the site itself: cause, what it was and is, since when."""
    rows = changes.details[(changes.details["finding_id"] == "") & (changes.details["subject_id"] == site)]
    return {row["change"]: (row["cause"], row["was"], row["now"], row["since"]) for row in rows.to_dict("records")}


def test_a_deadline_that_passes_between_two_days(tmp_path: Path) -> None:
    project = small_project(tmp_path / "p")
    before, after = ran(project, tmp_path / "before", "2017-10-31"), ran(project, tmp_path / "after", "2017-11-30")
    assert about(compare(before, after)) == {"overdue": ("DATE", "", "", "2017-11-01")}
    assert about(compare(after, before)) == {}


def test_a_problem_said_to_be_solved_while_its_source_violates(tmp_path: Path) -> None:
    project = small_project(tmp_path / "p")
    before = ran(project, tmp_path / "before")
    problem(project, 整改状态="已完成整改")
    after = ran(project, tmp_path / "after")
    step = ("behind", "completed", "")
    assert about(compare(before, after)) == {"status": ("ATTRIBUTE", *step), "contradiction": ("ATTRIBUTE", *step)}
    recorded = {("remediation_sites", "R1")}
    assert about(compare(before, after, recorded=recorded))["status"] == ("LEDGER", *step)
    rows = compare(before, after, recorded=recorded).rows
    still_violating = rows[(rows["change"] == "new") & (rows["subject_id"] == "R1")]
    assert len(still_violating) and set(still_violating["cause"]) == {"LEDGER"}
    keys = [("remediation_sites", "R1"), ("pollution_sources", "003")]
    assert list(words_of_sites(compare(before, after), keys)) == ["contradiction", "known"]
    problem(project, 整改状态="回头看发现反弹")
    again = ran(project, tmp_path / "again")
    assert about(compare(after, again))["relapsed"] == ("ATTRIBUTE", "completed", "reopened", "")


def test_what_the_ledger_holds_against_itself_is_a_contradiction(tmp_path: Path) -> None:
    project = small_project(tmp_path / "p")
    past = ran(project, tmp_path / "run")
    before, after = (past._replace(sites=past.sites.assign(contradiction=said)) for said in ("A", "A;B"))
    found = about(compare(before, after))
    assert set(found) == {"contradiction"}
    assert about(compare(after, before)) == {}


def test_a_site_known_by_another_id_is_the_same_site(project: Path, tmp_path: Path) -> None:
    before = ran(project, tmp_path / "before")
    cells_of(project, 0, 编号="A-1", 名称="更名")
    same = ran(project, tmp_path / "after")
    after = same._replace(identities={("pollution_sources", "A-1"): "001"})
    rows = compare(before, after).rows
    assert set(rows["subject_id"]) == {"001", "A-1"}  # as the ids of findings were not taken over here
    assert set(rows["cause"]) == {"ATTRIBUTE"}
    aliases = {("pollution_sources", "A-1"): "001"}
    renamed = findings_renamed(same, aliases)
    assert set(renamed.values()) <= set(before.findings.index) and len(renamed) > 1


def test_every_cause_has_its_group() -> None:
    assert set(CAUSE_GROUPS) == set(CAUSES)
    assert set(CAUSE_GROUPS.values()) == {"data", "rule", "law date", "zone", "ledger", "unknown"}


def test_without_a_run_before_there_is_nothing_to_tell() -> None:
    assert list(no_changes().rows.columns) == list(CHANGE_COLUMNS) and no_changes().rows.empty


def test_ids_are_compared_as_text(project: Path, tmp_path: Path) -> None:
    """001 and 1 are different sites, and a name like NA is a name."""
    cells_of(project, 0, 名称="NA")
    before = ran(project, tmp_path / "before")
    assert ("pollution_sources", "001") in before.sites.index
    assert before.sites.loc[("pollution_sources", "001"), "name"] == "NA"
