"""layers.run_told, layers.this_run: runs that follow each other, what changed from one to the next, and why."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import shapely

from gis.archive import Archive
from layers.changes import CHANGE_COLUMNS
from layers.events import Event, canonical, new_uuid
from layers.ledger import opened
from layers.overrides import changed, facts_of, standings
from layers.past_runs import read_past_run
from layers.run_memory import memory_of
from layers.run_records import RunRecord, runs_of
from scripts.console import Console, WrongUse
from scripts.run_project import run_project
from scripts.set_arguments import Asked
from scripts.set_status import set_status
from scripts.show_changes import show_changes
from tests.projects import SITES, SOURCES, ZONES, rows_of, small_project, small_zones

Rows = list[dict[str, str]]


class SaidOfFinding(NamedTuple):
    finding_id: str
    facts: Mapping[str, Any]


def quiet() -> Console:
    return Console(as_json=False, lang="zh", quiet=True, debug=False)


def run(project: Path, day: str = "2017-11-30") -> Path:
    run_project(project, quiet(), as_of=date.fromisoformat(day))
    return project / "output"


def rewrite(project: Path, change: Callable[[Rows], Rows]) -> None:
    """Writes the table of sources anew."""
    path = project / "data" / "sources.csv"
    rows = change(rows_of(path))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def first_with(**cells: str) -> Callable[[Rows], Rows]:
    """A change of the first source, 500 m inside both zones."""
    return lambda rows: [{**rows[0], **cells}, *rows[1:]]


def ids(output: Path) -> list[str]:
    return sorted(row["finding_id"] for row in rows_of(output / "findings.csv"))


def told(output: Path) -> set[tuple[str, str, str]]:
    """Subject, change and cause of the rows of changes.csv."""
    return {(row["subject_id"], row["change"], row["cause"]) for row in rows_of(output / "changes.csv")}


def recorded(project: Path) -> list[RunRecord]:
    with opened(project) as ledger:
        return runs_of(ledger.events())


def say(project: Path, *events: Event) -> None:
    with opened(project, write=True) as ledger:
        ledger.append(events)


def word(kind: str, site: str, at: str = "2017-11-20", **body: object) -> Event:
    return Event(new_uuid(), kind, "pollution_sources", site, "王五", at, canonical(body))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small_project(tmp_path / "p", layers=ZONES + SOURCES)


def test_ids_of_findings_survive_whatever_is_corrected(tmp_path: Path) -> None:
    """Order, names, places by metres, numbers of sources, and zones that are drawn, named and numbered anew."""
    project = small_project(tmp_path / "p", layers=ZONES + SOURCES + SITES)
    output = run(project)
    known = ids(output)
    assert len(known) > 5 and told(output) == set()

    def corrected(rows: Rows) -> Rows:
        moved = (
            {**row, "经度": f"{float(row['经度']) - 0.00003:.9f}", "名称": f"{row['名称']}（更名）"} for row in rows
        )
        return list(moved)[::-1]

    def numbered(rows: Rows) -> Rows:
        return [{**row, "编号": f"LPS-{place}"} for place, row in enumerate(rows)]

    rewrite(project, corrected)
    assert ids(run(project)) == known
    assert {change for _, change, _ in told(output)} <= {"worse"}  # the one on the line lies inside now
    rewrite(project, numbered)
    assert ids(run(project)) == known
    assert told(output) == set()
    matches = {row["id"]: row["identity"] for row in rows_of(output / "matches.csv")}
    assert matches == {"LPS-0": "004", "LPS-1": "003", "LPS-2": "002", "LPS-3": "001"}
    zones = small_zones(编号=["N-1", "N-2"], 名称=["梅花山一级", "二级区"], 水源地名称=["梅花山", "梅花山"])
    zones = zones.set_geometry(zones.geometry.translate(0.00001, 0.00001))
    zones.to_file(project / "data" / "zones.gpkg", layer="zones")
    run(project)
    asked = {row["id"]: row["why"] for row in rows_of(output / "matches.csv") if row["layer"] == "protection_zones"}
    assert asked == {"N-1": "OTHER_NAME", "N-2": "RENUMBERED"}  # another id, name and outline at once are a question
    said = Asked("王五", layer="protection_zones", same_as="Z1")
    with pytest.raises(WrongUse):
        set_status(project, "N-3", said, quiet())
    with pytest.raises(WrongUse):
        set_status(project, "N-1", said._replace(same_as=None, note="a note"), quiet())
    assert set_status(project, "N-1", said, quiet()) == 0
    assert ids(run(project)) == known
    remaining = {row["change"] for row in rows_of(output / "sites.csv")}
    assert remaining == {"known"}


def test_a_problem_that_comes_back_has_relapsed(project: Path) -> None:
    output = run(project, "2017-03-31")
    rewrite(project, first_with(运行状态="关闭"))
    run(project, "2017-08-31")
    gone = {row["finding_id"] for row in rows_of(output / "changes.csv") if row["change"] == "cleared"}
    assert gone and ("001", "cleared", "ATTRIBUTE") in told(output)
    rewrite(project, first_with(运行状态="运行"))
    run(project, "2017-11-30")
    assert ("001", "relapsed", "ATTRIBUTE") in told(output)
    back = {row["finding_id"]: row for row in rows_of(output / "findings.csv") if row["change"] == "relapsed"}
    assert set(back) == gone and {row["first_seen"] for row in back.values()} == {"2017-03-31"}
    assert {row["site_id"]: row["change"] for row in rows_of(output / "sites.csv")}["001"] == "relapsed"
    run(project, "2017-12-31")
    assert {row["change"] for row in rows_of(output / "findings.csv")} == {"known"}


def test_a_record_that_stops_stating_something_is_not_cleared(project: Path) -> None:
    """Nobody has approved the outfall: its record only does not say any more that nobody has."""
    rewrite(project, lambda rows: [{**row, "是否审批": "否"} for row in rows])
    output = run(project, "2017-03-31")
    stated = {row["finding_id"] for row in rows_of(output / "findings.csv") if row["relation"] == "status"}
    rewrite(project, lambda rows: [{**rows[0], "是否审批": ""}, *rows[1:]])
    run(project, "2017-08-31")
    silent = {row["finding_id"]: row["change"] for row in rows_of(output / "changes.csv") if row["subject_id"] == "001"}
    assert stated & set(silent) and set(silent.values()) == {"not_assessed"}
    rewrite(project, lambda rows: [{**row, "是否审批": "否"} for row in rows])
    run(project, "2017-11-30")
    again = {row["finding_id"]: row["change"] for row in rows_of(output / "findings.csv")}
    assert {again[one] for one in silent} == {"known"}


def test_sites_that_moved_went_and_came(project: Path) -> None:
    output = run(project)
    east = {"经度": f"{float(rows_of(project / 'data' / 'sources.csv')[0]['经度']) - 0.001:.9f}"}
    rewrite(
        project, lambda rows: [{**rows[0], **east}, rows[1], rows[3], {**rows[0], **east, "编号": "N1", "名称": "新"}]
    )
    run(project)
    assert {("001", "moved", "POSITION"), ("003", "gone", "SITE_GONE"), ("N1", "new", "SITE_NEW")} <= told(output)
    by_site = {row["site_id"]: row["change"] for row in rows_of(output / "sites.csv")}
    assert (by_site["001"], by_site["N1"], by_site["002"]) == ("moved", "new", "known")
    assert list(rows_of(output / "changes.csv")[0]) == list(CHANGE_COLUMNS)
    run_json = json.loads((output / "run.json").read_text("utf-8"))
    assert run_json["changes"]["gone"] == 1


def test_any_two_recorded_runs_can_be_compared(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(project, "2017-03-31")
    rewrite(project, first_with(运行状态="关闭"))
    run(project, "2017-08-31")
    rewrite(project, first_with(运行状态="运行"))
    output = run(project, "2017-11-30")
    names = [one.run_id for one in recorded(project)]

    def compared(*runs: str) -> dict[str, object]:
        capsys.readouterr()
        assert show_changes(project, runs, Console(as_json=True, lang="zh", quiet=True, debug=False)) == 0
        answer: dict[str, object] = json.loads(capsys.readouterr().out)
        return answer

    last = compared("last-1", "last")
    assert last["before"] == {"run": names[1], "as_of": "2017-08-31"}
    assert {row["change"] for row in last["changes"]} == {"relapsed"}  # type: ignore[attr-defined]
    assert compared(names[0][:9], "last")["changes"] == []
    assert compared("last-1", str(output))["counts"] == last["counts"]
    between = compared("last-2", "last-1")
    assert {row["change"] for row in between["changes"]} == {"cleared"}  # type: ignore[attr-defined]
    archive = Archive(project)
    (memory,) = archive.folder.glob(f"??/{recorded(project)[0].memory}*")
    memory.unlink()
    assert compared("last-2", "last-1")["counts"] == between["counts"]  # from the outputs that lie there, too
    for wrong in ("last-3", "R-none", "nowhere"):
        with pytest.raises(WrongUse):
            show_changes(project, [wrong], quiet())
    with pytest.raises(WrongUse, match=r"several runs|多次"):
        show_changes(project, ["R-"], quiet())


def test_what_a_run_remembers_is_what_its_files_say(tmp_path: Path) -> None:
    project = small_project(tmp_path / "p", layers=ZONES + SOURCES + SITES)
    output = run(project)
    said = memory_of(Archive(project).get(recorded(project)[-1].memory)).said
    past = read_past_run(output, name="output")
    for name in ("findings", "sites", "zones", "sections"):
        kept, read = (pd.DataFrame(getattr(one, name)) for one in (said, past))
        assert list(kept.index) == list(read.index)
        shared = [column for column in read if column not in ("source_file", "source_row", "change", "revision")]
        assert kept[shared].astype(object).equals(read[shared].astype(object)), name
    assert (said.facts["as_of"], said.blind) == (past.facts["as_of"], past.blind)


def test_an_override_holds_until_the_facts_change(project: Path) -> None:
    run(project)
    said = memory_of(Archive(project).get(recorded(project)[-1].memory)).said
    finding = next(
        one for one, site in zip(said.findings.index, said.findings["subject_id"], strict=True) if site == "001"
    )
    body = {
        "finding_id": finding,
        "result": "clear",
        "reason": "与供水有关",
        "facts": facts_of(said, [finding])[finding],
    }
    say(project, word("override", "001", **body))

    def renew() -> tuple[str, ...]:
        run(project)
        memory = memory_of(Archive(project).get(recorded(project)[-1].memory)).said
        (standing,) = standings(memory, [SaidOfFinding(finding, body["facts"])]).values()
        assert standing.holds is not bool(standing.renew)
        return standing.renew

    half_a_metre, twenty = 0.000005, 0.0002
    for east, expected in ((half_a_metre, ()), (twenty, ("measures",))):
        rewrite(project, lambda rows: [{**row, "名称": "更名"} for row in rows][::-1])
        rewrite(project, lambda rows: [{**row, "经度": f"{float(row['经度']) + east:.9f}"} for row in rows])  # noqa: B023
        assert renew() == expected
    zones = small_zones()
    wider = [shapely.box(*(one.bounds + pd.Series([0, 0, 0, 1e-4]).to_numpy())) for one in zones.geometry]
    zones.set_geometry(wider, crs=4326).to_file(project / "data" / "zones.gpkg", layer="zones")
    rewrite(project, lambda rows: [{**row, "备注": "夜间排水"} for row in rows])
    assert renew() == ("zone_outline", "measures", "attributes")
    assert changed(body["facts"], None) == ("finding",)
