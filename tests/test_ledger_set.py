"""`headwater ledger set`: what a person says goes into the ledger whole, or is refused whole with everything that lacks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from gis.archive import Archive
from gis.write import Locked
from layers.events import Event
from layers.ledger import opened
from layers.ledger_settings import LedgerSettings
from layers.ledger_state import SiteState, derive
from layers.names_on_ledger import NamesOnLedger
from layers.site_facts import frames_now, near_ids, site_facts
from scripts.headwater import app
from tests.ledger_events import LAYER, visit
from tests.projects import ROOT, rows_of, small_project

SECTIONS = '[[layer]]\nkind = "river_sections"\npath = "data/sections.csv"\n'
HEADING = "编号,名称,存在问题,污染源编号,责任单位,整改目标,整改状态,整改时限,经度,纬度\n"
ROWS = (
    "R1,青山村排口整改,污水直排,001,县水务局,拆除,未达到序时进度,2017-10-31,105.005,26.604\n"
    "R2,断面整治,出境断面超标,D1,县水务局,水质达到Ⅲ类,已完成整改,2017-10-31,105.006,26.604\n"
    "R3,农家乐,餐饮污水,,县水务局,关停,未启动,,105.007,26.604\n"
    "001,同号问题,,,县水务局,,未启动,2017-12-31,105.008,26.604\n"
)


class Office:
    """A project, the command on it as a user calls it, and the ledger afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.photo, self.paper = folder / "前.jpg", folder / "批复.pdf"
        self.photo.write_bytes(b"\xff\xd8 a photo")
        self.paper.write_bytes(b"%PDF a paper")

    def set(self, site: str, *options: object, on: str = "2017-11-10", by: str = "李四", expect: int = 0) -> str:
        """What the command says, on stdout or stderr; it leaves with the code that is expected."""
        arguments = ["ledger", "set", str(self.folder), site, "--by", by, "--on", on, *map(str, options)]
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == expect, done.output
        return done.output

    @property
    def events(self) -> list[Event]:
        with opened(self.folder) as ledger:
            return list(ledger.events())

    def state(self, site: str, day: str = "2017-11-30") -> SiteState:
        return derive(self.events, as_of=date.fromisoformat(day), settings=LedgerSettings()).of(LAYER, site)

    def append(self, *events: Event) -> None:
        with opened(self.folder, write=True) as ledger:
            ledger.append([one._replace(seq=0) for one in events])

    def files(self) -> dict[str, bytes]:
        """Every file of the project but the ledger's, whose name alone counts."""
        paths = [path for path in self.folder.rglob("*") if path.is_file() and ".headwater" not in path.parts]
        return {
            path.relative_to(self.folder).as_posix(): b"" if "ledger" in path.name else path.read_bytes()
            for path in paths
        }


@pytest.fixture
def office(tmp_path: Path) -> Office:
    folder = small_project(tmp_path / "p")
    (folder / "data" / "sites.csv").write_text(HEADING + ROWS, encoding="utf-8")
    sections = "编号,名称,目标水质,水质类别,经度,纬度\nD1,出境断面,Ⅲ类,Ⅳ类,105.006,26.604\n"
    (folder / "data" / "sections.csv").write_text(sections, encoding="utf-8")
    with (folder / "headwater.toml").open("a", encoding="utf-8") as file:
        file.write(SECTIONS)
    return Office(folder)


def test_a_status_is_recorded_with_who_when_and_what_from(office: Office) -> None:
    told = office.set("R1", "--status", "已完成整改", "--note", "排口已封堵", "--evidence", office.paper)
    assert "已完成整改（原为未达到序时进度）" in told
    (event,) = office.events
    assert (event.kind, event.layer, event.site_id, event.actor) == ("status", LAYER, "R1", "李四")
    assert (event.at, event.status) == ("2017-11-10", "completed")
    digest = event.said["evidence"][0]["sha256"]
    assert event.said == {"from": "behind", "note": "排口已封堵", "evidence": [{"name": "批复.pdf", "sha256": digest}]}
    assert Archive(office.folder).get(digest) == b"%PDF a paper"
    assert office.state("R1").completed_on == "2017-11-10"


def test_the_same_word_twice_is_two_events(office: Office) -> None:
    for _ in range(2):
        office.set("R1", "--status", "completed")
    one, two = office.events
    assert one.uuid != two.uuid and one.content[:-2] == two.content[:-2]
    assert office.state("R1").status == "completed"


def test_the_whole_way_to_the_end_and_back(office: Office) -> None:
    office.set("R1", "--extend", "2017-11-15", "--reason", "汛期停工", on="2017-11-01", by="局长")
    office.set("R1", "--status", "completed")
    photos = ("--before", office.photo, "--after", office.photo)
    office.set("R1", "--status", "accepted", "--accepting-unit", "市生态环境局", *photos, on="2017-11-12")
    refused = office.set("R1", "--status", "closed", "--notice", "2017-11-13..2017-11-15", on="2017-11-15", expect=2)
    assert "尚未期满" in refused and "应不少于 5 天" in refused
    told = office.set("R1", "--status", "closed", "--notice", "2017-11-13..2017-11-17", on="2017-11-18", by="市局")
    assert "回头看不迟于 2017-12-18" in told
    state = office.state("R1", "2017-11-30")
    assert (state.status, state.closed_on, state.missing) == ("closed", "2017-11-18", ())
    assert state.was_overdue == (("2017-11-01", "2017-11-01"),)
    office.set("R1", "--look-back", "relapsed", on="2017-11-20", expect=2)
    office.set("R1", "--look-back", "relapsed", "--note", "又在排污", on="2017-11-20")
    assert (office.state("R1").status, office.state("R1").reopened) == ("reopened", 1)
    assert [one.kind for one in office.events] == ["extension", "status", "acceptance", "sign_off", "reinspection"]


def test_a_refusal_names_everything_in_both_languages_and_writes_nothing(office: Office) -> None:
    before = office.files()
    named = {
        "zh": ("整改前照片", "整改后照片", "验收单位", "水质达标证明"),
        "en": ("a photo from before", "a photo from after", "the unit that accepted", "proof of the class"),
    }
    for language, words in named.items():
        told = office.set("R2", "--status", "accepted", "--evidence", office.paper, "--lang", language, expect=2)
        assert [word for word in words if word not in told] == []
    told = json.loads(office.set("R2", "--status", "accepted", "--json", expect=2))
    assert "整改前照片" in told["error"]["zh"] and "a photo from before" in told["error"]["en"]
    assert office.events == [] and office.files() == before


def test_everything_that_was_typed_wrong_is_told_at_once(office: Office) -> None:
    wrong = ("--status", "finished", "--progress", "1", "--notice", "2017", "--extend", "morgen", "--signature", "王")
    told = office.set("R1", *wrong, on="2999-01-01", by=" ", expect=2)
    for word in ("--by", "--on", "--status", "--progress", "--notice", "--extend", "--signature"):
        assert word in told
    office.set("R1", expect=2)
    office.set("R1", "--look-back", "kept", "--status", "closed", expect=2)
    office.set("R1", "--override", "F-1", "--same-as", "R2", expect=2)
    assert office.events == []


@pytest.mark.parametrize("what", ["absent.pdf", "data", "empty.pdf"])
def test_evidence_that_is_not_there_is_refused(office: Office, what: str) -> None:
    (office.folder / "empty.pdf").touch()
    before = office.files()
    told = office.set("R1", "--status", "completed", "--evidence", office.folder / what, expect=3)
    assert "EVIDENCE_MISSING" in told and office.events == [] and office.files() == before


def test_an_unknown_site_is_refused_with_those_like_it(office: Office) -> None:
    assert "R1" in office.set("r-1", "--status", "completed", expect=2)
    assert near_ids("ZG-1", ["ZG-01", "x", "ZG-2"]) == ["ZG-01", "ZG-2"]


def test_an_id_of_two_layers_asks_which(office: Office) -> None:
    told = office.set("001", "--status", "on_schedule", expect=2)
    assert "pollution_sources, remediation_sites" in told and "--layer" in told
    office.set("001", "--status", "on_schedule", "--layer", LAYER)
    assert "污染源" in office.set("001", "--status", "on_schedule", "--layer", "pollution_sources", expect=2)
    office.set("001", "--status", "on_schedule", "--layer", "rivers", expect=2)


def test_a_site_that_only_the_ledger_knows_can_still_be_spoken_of(office: Office) -> None:
    office.append(visit("2017-11-01", "behind")._replace(site_id="旧点位"))
    office.set("旧点位", "--status", "completed")
    assert office.state("旧点位").status == "completed"


def test_water_needs_the_class_that_its_section_is_to_have(office: Office) -> None:
    photos = ("--no-photo", "遗失", "--accepting-unit", "市生态环境局", "--extend", "2017-11-30", "--reason", "汛期")
    told = office.set("R2", "--status", "accepted", "--attained-class", "Ⅳ类", *photos, expect=2)
    assert "目标 III，实测 IV" in told and "监测报告或文号" in told
    weak = ("--attained-class", "IV", "--target-class", "IV", "--note", "黔环监12号")
    assert "断面为 III，所填为 IV" in office.set("R2", "--status", "accepted", *weak, *photos, expect=2)
    office.set("R2", "--status", "accepted", "--attained-class", "3", "--evidence", office.paper, *photos)
    state = office.state("R2")
    assert state.status == "accepted" and state.missing == () and state.deadline == "2017-11-30"


def test_the_responsible_unit_does_not_accept_its_own_work(office: Office) -> None:
    told = office.set("R2", "--status", "accepted", "--accepting-unit", "县 水务局", expect=2)
    assert "就是责任单位" in told


def test_progress_is_compared_with_the_plan(office: Office) -> None:
    assert "未达到序时进度" in office.set("R1", "--progress", "60%", on="2017-11-01")  # the deadline is past
    assert office.state("R1").computed and office.state("R1").progress == 0.6
    told = office.set("R3", "--progress", "0.3")
    assert "未启动" in told and office.state("R3").contradiction == ("SHARES_WITHOUT_PLAN",)


def test_signatures_are_asked_for_where_the_office_wants_them(office: Office) -> None:
    toml = (office.folder / "headwater.toml").read_text("utf-8")
    (office.folder / "headwater.toml").write_text(toml + "[ledger]\nsignatures = 3\nnotice_days = 0\n", "utf-8")
    office.set("R1", "--status", "completed", on="2017-10-20")
    accepted = ("--no-photo", "遗失", "--accepting-unit", "市局")
    office.set("R1", "--status", "accepted", *accepted, on="2017-10-25")
    assert "初审、复审、终审" in office.set("R1", "--status", "closed", on="2017-10-31", expect=2)
    signed = ("--signature", "初审=赵", "--signature", "复审=钱")
    assert "终审" in office.set("R1", "--status", "closed", *signed, on="2017-10-31", expect=2)
    office.set("R1", *signed, on="2017-10-30")  # evidence can be handed in as it comes
    office.set("R1", "--status", "closed", "--signature", "终审=孙", on="2017-10-31")
    assert office.state("R1").evidence["signatures"] == {"初审": "赵", "复审": "钱", "终审": "孙"}


def test_a_conflict_of_visits_is_decided(office: Office) -> None:
    one, two = visit("2017-11-01", "completed", base=0), visit("2017-11-02", "on_schedule", "赵六", base=0)
    office.append(*(seen._replace(site_id="R1") for seen in (one, two)))
    assert office.state("R1").status is None
    told = office.set("R1", "--resolve", one.uuid[:8], "--keep", one.uuid, expect=2)
    assert two.uuid in told
    told = office.set("R1", "--resolve", f"{one.uuid},{two.uuid}", "--keep", one.uuid)
    assert "已完成整改" in told and office.state("R1").conflicts == ()
    assert "没有待裁定" in office.set("R1", "--resolve", one.uuid, "--keep", one.uuid, expect=2)


def test_what_is_said_of_an_earlier_day_tells_of_later_events(office: Office) -> None:
    office.set("R1", "--status", "completed", on="2017-11-20")
    told = office.set("R1", "--status", "on_schedule", on="2017-11-10")
    assert "更晚的记录" in told and office.state("R1").status == "completed"


def test_the_facts_of_a_site_come_from_its_row_as_it_is_now(office: Office) -> None:
    from layers.project import read_project
    from layers.rule_book import rule_set

    project = read_project(office.folder, today=date(2017, 11, 30))
    frames = frames_now(project, rule_set(project.jurisdictions, folder=project.folder))
    assert set(frames) == {"pollution_sources", "remediation_sites", "river_sections"}
    facts = site_facts((LAYER, "R2"), frames, office.folder / "output")
    assert (facts.name, facts.responsible_unit, facts.about_water, facts.target_class) == (
        "断面整治",
        "县水务局",
        True,
        "III",
    )
    assert facts.findings is None and not site_facts((LAYER, "R1"), frames, office.folder / "output").about_water
    assert site_facts((LAYER, "gone"), frames, office.folder).name == ""


def test_a_ledger_that_others_hold_is_waited_for_and_then_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    import scripts.set_status

    def held(*_: object, **given: Any) -> Iterator[None]:
        if given.get("write"):
            raise Locked("ledger.sqlite")
        return opened(office.folder)  # type: ignore[return-value]

    monkeypatch.setattr(scripts.set_status, "opened", held)
    office.set("R1", "--status", "completed", expect=75)
    assert office.events == []


def test_a_word_of_a_day_after_the_date_of_inspection_is_recorded_and_told_as_such(office: Office) -> None:
    told = office.set("R1", "--status", "completed", on="2017-12-05")
    assert "2017-11-30" in told and "as_of" in told
    assert [one.status for one in office.events] == ["completed"] and office.state("R1").status != "completed"
    assert "as_of" not in office.set("R3", "--status", "completed", on="2017-11-30")
    assert "as_of" not in office.set("R1", "--same-as", "R0", on="2017-12-05")


def test_a_run_takes_what_was_set_and_its_findings_can_be_overridden(office: Office) -> None:
    assert "headwater run" in office.set("R3", "--override", "F-1", "--result", "clear", "--reason", "x", expect=2)
    office.set("R1", "--status", "completed", on="2017-11-29")
    assert CliRunner().invoke(app, ["run", str(office.folder), "--quiet"]).exit_code == 0
    output = office.folder / "output"
    sites = {row["site_id"]: row for row in rows_of(output / "sites.csv") if row["layer"] == LAYER}
    assert (sites["R1"]["status"], sites["R1"]["overdue"]) == ("completed", "false")
    assert sites["R2"]["status"] == "completed" and sites["R3"]["status"] == "not_started"
    found = next(row for row in rows_of(output / "findings.csv") if row["subject_id"] == "R1")
    listed = f"{found['finding_id']} ({' '.join(filter(None, (found['rule_id'], found['zone_id'])))})"
    assert listed in office.set("R1", "--override", "F-2", "--result", "clear", "--reason", "x", expect=2)
    given = ("--override", found["finding_id"], "--result", "clear")
    assert "--reason" in office.set("R1", *given, expect=2)
    office.set("R1", *given, "--reason", "已拆除，见批复", "--evidence", office.paper)
    office.set("R1", "--same-as", "R0", "--reason", "改号")
    state = derive(office.events, as_of=None, settings=LedgerSettings())
    word = state.overrides[found["finding_id"]]
    assert (word.result, word.reason, word.facts["result"]) == ("clear", "已拆除，见批复", found["result"])
    assert [(one.site_id, one.other, one.same) for one in state.matches] == [("R1", "R0", True)]


def test_a_site_with_a_new_number_keeps_its_history(office: Office) -> None:
    assert CliRunner().invoke(app, ["run", str(office.folder), "--quiet"]).exit_code == 0
    office.set("R1", "--status", "completed", on="2017-11-29")
    table = office.folder / "data" / "sites.csv"
    table.write_text(table.read_text("utf-8").replace("R1,", "2017-001,"), encoding="utf-8")
    told = office.set("2017-001", "--status", "accepted", "--accepting-unit", "市局", on="2017-11-30", expect=2)
    assert "完成于 2017-11-29" in told
    office.set("2017-001", "--status", "behind", "--reason", "验收未通过", on="2017-11-30")
    assert [(one.site_id, one.kind) for one in office.events if one.kind != "run"][-2:] == [("R1", "status")] * 2
    assert office.state("R1").status == "behind"
    with opened(office.folder) as ledger:
        names = NamesOnLedger(ledger, Archive(office.folder), {})
        assert [one.kind for one in names.events_of(ledger, (LAYER, "R1"))] == ["stated", "status", "status"]
    for path in (office.folder / "archive").rglob("*.z"):
        path.unlink()  # what the run left is gone: the number is one that nobody knows
    assert "原为未达到序时进度" in office.set("2017-001", "--status", "on_schedule", on="2017-11-30")
    assert office.events[-1].site_id == "2017-001"


def test_many_who_speak_at_once_are_all_heard(office: Office) -> None:
    code = (
        "import sys; from pathlib import Path; from scripts.console import Console; from scripts.set_arguments import Asked\n"
        "from scripts.set_status import set_status\n"
        "console = Console(as_json=False, lang=None, quiet=True, debug=False)\n"
        "for at in range(8):\n"
        "    set_status(Path(sys.argv[1]), 'R1', Asked(sys.argv[2], on='2017-11-10', note=str(at)), console)\n"
    )
    crew = [
        subprocess.Popen([sys.executable, "-c", code, str(office.folder), f"人{number}"], cwd=ROOT)
        for number in range(2)
    ]
    assert [one.wait(timeout=120) for one in crew] == [0] * 2
    said = {(one.actor, one.said["note"]) for one in office.events}
    assert said == {(f"人{number}", str(at)) for number in range(2) for at in range(8)}
    assert len(office.events) == 16 and office.state("R1").revision == 16


def test_the_manual_has_every_option(root: Path) -> None:
    text = (root / "docs" / "workflow.md").read_text(encoding="utf-8")
    command = get_command(app).commands["ledger"].commands["set"]  # type: ignore[attr-defined]
    shared = {"--json", "--lang", "--quiet", "--debug"}
    options = {one.opts[0] for one in command.params if one.opts[0].startswith("--")} - shared
    assert len(options) > 20 and [
        one for one in sorted(options) if f"`{one}`" not in text and f"`{one} " not in text
    ] == ["--by"]
    assert "--by WHO" in text
