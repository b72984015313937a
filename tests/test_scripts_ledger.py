"""`headwater ledger show`, `history` and `verify`: what they tell a person and a program, and their exit codes."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from layers.events import Event, canonical, made_uuid, told_time
from layers.ledger import opened
from layers.ledger_schema import LEDGER_FILE
from scripts.console import Console, guarded
from scripts.event_lines import event_line
from scripts.headwater import app

LAYER = "remediation_sites"


def event(number: int, kind: str, site: str, actor: str, at: str, status: str | None = None, **said: Any) -> Event:
    return Event(
        made_uuid("test", str(number)), kind, LAYER, site, actor, at, canonical(said), status,
        "surveys/第一组.json" if kind == "visit" else "",
    )  # fmt: skip


EVENTS = [
    event(1, "stated", "R1", "", "2017-03-31", "not_started", deadline="2017-10-31")._replace(actor="台账表"),
    event(2, "visit", "R1", "张三", "2017-08-11T10:20:00+08:00", "behind", note="渣堆未清运", base_revision=1),
    event(3, "extension", "R1", "李四", "2017-10-20", None, deadline="2017-12-31", reason="雨季"),
    event(4, "visit", "R2", "王五", "2017-11-03T09:00:00+08:00", "completed", note="\x1b[31m=1+1", base_revision=0),
]


DIFFERENT = [(5, "张三", "behind"), (6, "王五", "completed")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    text = 'language = "en"\nas_of = 2017-11-30\n[[layer]]\nkind = "remediation_sites"\npath = "sites.csv"\n'
    (tmp_path / "headwater.toml").write_text(text, encoding="utf-8")
    with opened(tmp_path, write=True) as ledger:
        ledger.append(EVENTS)
    return tmp_path


def said(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["ledger", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.stdout


def told(*arguments: object, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(*arguments, "--json", code=code))
    return found


def change(project: Path, statement: str) -> None:
    """Another hand in the database, which first takes the guards away and puts them back afterwards."""
    with closing(sqlite3.connect(project / LEDGER_FILE)) as connection, connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in guards:
            connection.execute(sql)


def test_history_says_who_what_when_and_out_of_which_file(project: Path) -> None:
    lines = said("history", project, "R1").splitlines()
    assert lines == [
        "#1 2017-03-31 R1 stated in the office's table · not started; deadline: 2017-10-31",
        (
            "#2 2017-08-11 10:20 R1 visit · 张三 · behind schedule; known revision: 1; note: 渣堆未清运; "
            "from surveys/第一组.json"
        ),
        "#3 2017-10-20 R1 deadline extension · 李四 · deadline: 2017-12-31; reason: 雨季",
    ]
    assert "现场巡查 · 张三 · 未达到序时进度" in said("history", project, "R1", "--lang", "zh")


def test_what_data_says_is_never_obeyed_by_the_terminal(project: Path) -> None:
    assert "\x1b" not in said("history", project)
    assert "note: ·[31m=1+1" in said("history", project)


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ([], [1, 2, 3, 4]), (["R2"], [4]), (["nothing"], []), (["--kind", "visit"], [2, 4]),
        (["--kind", "visit", "--kind", "延期"], [2, 3, 4]), (["--since", "2017-10-20"], [3, 4]),
        (["--since", "2017-10-21"], [4]), (["--layer", "pollution_sources"], []),
    ],
)  # fmt: skip
def test_history_can_be_narrowed(project: Path, options: list[str], numbers: list[int]) -> None:
    found = told("history", project, *options)
    assert [one["seq"] for one in found["events"]] == numbers
    assert found["ledger"]["events"] == 4
    assert len(said("history", project, *options).splitlines()) == max(len(numbers), 1)


def test_a_kind_that_is_none_is_wrong_use(project: Path) -> None:
    said("history", project, "--kind", "deletion", code=2)
    said("history", project, "--since", "soon", code=2)


def test_history_gives_programs_every_column(project: Path) -> None:
    second = told("history", project)["events"][1]
    assert second["body"] == {"note": "渣堆未清运", "base_revision": 1}
    assert (second["uuid"], second["status"], second["source_file"]) == (
        EVENTS[1].uuid,
        "behind",
        EVENTS[1].source_file,
    )
    assert len(second["hash"]) == 64 and second["recorded_at"].endswith("Z")


def test_show_tells_where_a_site_stands_on_a_day(project: Path) -> None:
    assert said("show", project, "R1").strip() == (
        "R1 behind schedule (2017-08-11 10:20, 张三), due 2017-12-31, 3 events"
    )
    assert "due 2017-12-31 (overdue)" in said("show", project, "R1", "--as-of", "2018-01-01")
    assert "not started (2017-03-31, 台账表), due 2017-10-31" in said("show", project, "R1", "--as-of", "2017-08-10")
    assert "未达到序时进度" in said("show", project, "R1", "--lang", "zh")


def test_show_gives_programs_the_whole_state(project: Path) -> None:
    found = told("show", project)
    assert (found["as_of"], found["ledger"]["events"]) == ("2017-11-30", 4)
    first, second = found["sites"]
    assert (first["site_id"], first["status"], first["overdue"], first["revision"]) == ("R1", "behind", False, 3)
    assert first["extensions"][0]["reason"] == "雨季"
    assert (second["site_id"], second["status"]) == ("R2", "completed")


def test_show_of_a_site_nobody_spoke_of_says_what_to_do(project: Path) -> None:
    assert "headwater run" in said("show", project, "R9")
    assert told("show", project, "R9")["sites"] == []
    for command in ("show", "history"):
        assert "ids like it: R1" in said(command, project, "R11")
        assert "相近的编号：R1" in said(command, project, "R11", "--lang", "zh")


def test_a_project_without_a_ledger_has_an_empty_history(project: Path) -> None:
    (project / LEDGER_FILE).unlink()
    assert told("history", project) == {"ledger": {"events": 0, "head": ""}, "events": []}
    assert told("verify", project)["ok"] is True
    assert not (project / LEDGER_FILE).exists()


def test_verify_of_a_whole_ledger_gives_its_head(project: Path) -> None:
    found = told("verify", project)
    assert (found["ok"], found["events"], found["faults"]) == (True, 4, [])
    assert f"head 4:{found['head']}" in said("verify", project)
    assert "whole" in said("verify", project, "--head", f"4:{found['head']}")


def test_verify_names_the_event_and_its_column(project: Path) -> None:
    change(project, "UPDATE events SET actor = '张四' WHERE seq = 2")
    found = told("verify", project, code=1)
    assert found["ok"] is False
    (fault,) = found["faults"]
    assert (fault["code"], fault["seq"], fault["uuid"]) == ("LEDGER_ROW_CHANGED", 2, EVENTS[1].uuid)
    text = said("verify", project, code=1)
    assert EVENTS[1].uuid in text and "1 faults" in text


def test_verify_finds_a_missing_guard(project: Path) -> None:
    with closing(sqlite3.connect(project / LEDGER_FILE)) as connection, connection:
        connection.execute("DROP TRIGGER events_stay")
    (fault,) = told("verify", project, code=1)["faults"]
    assert (fault["code"], fault["value"], fault["seq"]) == ("LEDGER_GUARDS", "trigger events_stay", None)


def test_verify_holds_the_end_to_a_head_that_was_noted(project: Path) -> None:
    head = told("verify", project)["head"]
    change(project, "DELETE FROM events WHERE seq = 4")
    assert told("verify", project)["ok"] is True  # by itself nobody can tell
    (fault,) = told("verify", project, "--head", f"4:{head}", code=1)["faults"]
    assert (fault["code"], fault["seq"]) == ("LEDGER_CUT", 4)
    said("verify", project, "--head", "4", code=2)


def test_verify_refuses_what_is_no_ledger(project: Path) -> None:
    (project / LEDGER_FILE).unlink()
    with closing(sqlite3.connect(project / LEDGER_FILE)) as connection, connection:
        connection.execute("CREATE TABLE mine (a)")
    found = told("verify", project, code=3)
    assert [fault["code"] for fault in found["error"]["faults"]] == ["LEDGER_FOREIGN"]


def test_verify_of_a_file_that_is_no_database_any_more_is_a_fault(project: Path) -> None:
    (project / LEDGER_FILE).write_bytes(b"not a database" * 100)
    assert [fault["code"] for fault in told("verify", project, code=1)["faults"]] == ["LEDGER_DAMAGED"]


def test_who_waits_too_long_is_told_which_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        with opened(project, write=True, wait=0.05) as ledger:
            return ledger.head().events

    console = Console(as_json=False, lang="en", quiet=False, debug=False)
    with opened(project, write=True) as first:
        first.head()
        with pytest.raises(typer.Exit) as left:
            guarded(work, console)
    assert left.value.exit_code == 75
    assert str(project / LEDGER_FILE) in capsys.readouterr().err


def test_a_project_that_reads_its_ledger_as_a_layer_is_refused(project: Path) -> None:
    settings = (project / "headwater.toml").read_text("utf-8").replace("sites.csv", LEDGER_FILE)
    (project / "headwater.toml").write_text(settings, encoding="utf-8")
    done = CliRunner().invoke(app, ["check-data", str(project), "--json"])
    assert done.exit_code == 3
    (fault,) = json.loads(done.stdout)["error"]["faults"]
    assert (fault["code"], fault["file"]) == ("PATH_REFUSED", LEDGER_FILE)


def test_every_kind_of_event_has_its_line() -> None:
    bodies: dict[str, dict[str, Any]] = {
        "acceptance": {
            "accepting_unit": "市生态环境局",
            "after": [{"name": "a.jpg", "sha256": "00"}],
            "from": "completed",
        },
        "sign_off": {"notice": {"from": "2017-11-01", "to": "2017-11-07"}, "signatures": {"初审": "张三"}},
        "decision": {"resolves": ["u1", "u2"]},
        "reinspection": {"result": "relapsed"},
        "override": {"finding_id": "F-1", "result": "clear", "reason": "已拆除", "facts": {"distance_m": 3}},
        "match": {"same_as": "R7"},
        "status": {"progress": 0.6},
        "run": {"run_id": "R-1", "appeared": ["F-1", "F-2"], "gone": [], "inputs": [{"path": "a"}]},
    }
    expected = {
        "acceptance": "acceptance · 李四 · accepting unit: 市生态环境局; photos after: 1; from: completed",
        "sign_off": "sign-off · 李四 · public notice: from 2017-11-01, to 2017-11-07; signatures: 初审 张三",
        "decision": "decision · 李四 · visits decided on: u1, u2",
        "reinspection": "re-inspection · 李四 · result: relapsed",
        "override": "override of a finding · 李四 · finding: F-1; reason: 已拆除; result: clear",
        "match": "identity of a site · 李四 · same as: R7",
        "status": "status · 李四 · progress: 60%",
        "run": "run · 李四 · appeared: 2; run: R-1",
    }
    for number, (kind, body) in enumerate(bodies.items()):
        line = event_line(event(number, kind, "R1", "李四", "2017-11-20", **body), "en")
        parts = line.removeprefix("#0 2017-11-20 R1 ").replace(" · ", "; ").split("; ")
        assert sorted(parts) == sorted(expected[kind].replace(" · ", "; ").split("; "))


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (event(1, "sign_off", "R1", "李四", "2017-12-01", notice={"from": "2017-11-20", "to": "2017-11-26"}),
         "#0 2017-12-01 R1 销号 · 李四 · 公示：2017-11-20 至 2017-11-26"),
        (event(5, "extension", "R1", "李四", "2017-10-20", before="2017-10-31", deadline="2017-12-31"),
         "#0 2017-10-20 R1 延期 · 李四 · 原时限：2017-10-31；整改时限：2017-12-31"),
        (event(2, "decision", "R1", "李四", "2017-12-01", keep="u1", resolves=["u1", "u2"]),
         "#0 2017-12-01 R1 裁定 · 李四 · 采信的巡查：u1；裁定的巡查：u1, u2"),
        (event(3, "stated", "R1", "table", "2017-11-30T00:00:00+08:00", deadline="2017-12-31"),
         "#0 2017-11-30 R1 台账表填写 · 整改时限：2017-12-31"),
        (event(4, "visit", "R1", "张三", "2017-11-21T10:20:05+08:00", note="已清运"),
         "#0 2017-11-21 10:20 R1 现场巡查 · 张三 · 说明：已清运；来自 surveys/第一组.json"),
    ],
)  # fmt: skip
def test_a_record_is_told_without_words_for_programs(told: Event, line: str) -> None:
    assert event_line(told, "zh") == line


def test_visits_in_conflict_are_told_once_with_what_the_decision_needs(project: Path) -> None:
    said_so = {"observed": {"result": "clear"}, "base_revision": 0}
    two = [
        event(n, "visit", "R3", who, f"2017-11-0{n}T09:00:00+08:00", status, **said_so) for n, who, status in DIFFERENT
    ]
    with opened(project, write=True) as ledger:
        ledger.append(two)
    told = said("show", project, "R3")
    listed = ", ".join(one.uuid[:8] for one in two)
    assert told.count("in conflict") == 1 and f"to be decided: {listed}, 2 events" in told


def test_a_time_is_told_as_the_clocks_of_china_show_it() -> None:
    assert told_time("2017-11-30T00:00:00+08:00") == told_time("2017-11-30") == "2017-11-30"
    assert told_time("2017-11-30T16:05:30.25+0800") == "2017-11-30 16:05"
    assert told_time("2017-11-30T16:05:30-05:00") == "2017-11-30 16:05-05:00"
    assert told_time("2017-11-30 16:05Z") == "2017-11-30 16:05Z"
