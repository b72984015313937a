"""`headwater rules`, `rules --check` and `explain RULE`: what a person reads, what --json tells, and their exit codes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest

from layers.rule import CASES, Rule
from layers.rule_book import rule_set
from scripts.check_books import check_books
from scripts.console import Console, WrongUse
from scripts.display import shown_width, shows_blocks, side_by_side
from scripts.explain_code import explain_code
from scripts.list_rules import TOPICS, list_rules
from scripts.rule_lines import CASE_TEXTS, RELATIONS
from tests.projects import headwater
from tests.test_layers_book_faults import BOOK, OVERRIDE

TODAY = date(2026, 11, 25)


def console(language: str = "en", *, as_json: bool = False) -> Console:
    return Console(as_json=as_json, lang=language, quiet=False, debug=False)


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)


# headwater rules


def test_every_rule_in_force_is_told_with_its_article_its_days_and_whether_it_was_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert list_rules(["cn"], TODAY, console("zh")) == 0
    text = told(capsys)
    rules = rule_set(["cn"], folder=Path())
    for rule in rules.in_force(TODAY):
        place = text.index(f"{rule.id}  ")
        part = text[place : place + 500].replace("\n", "").replace(" ", "")
        assert rule.title.zh.replace(" ", "") in part
        for basis in rule.basis:
            assert (basis.citation("zh").replace(" ", "") in part) or not basis.in_force(TODAY)
    assert "《生态环境法典》第318条，2026-08-15 起" in text
    assert "条款已核对" in text and "条款待核对" in text
    assert f"{TODAY}：有效 {len(rules.in_force(TODAY))} 条" in text


def test_rules_not_in_force_are_listed_apart_with_their_days(capsys: pytest.CaptureFixture[str]) -> None:
    list_rules(["cn"], date(2008, 5, 31), console())
    text = told(capsys)
    head, left = text.split("not in force on 2008-05-31:")
    assert "CN-CON-01" not in head and "CN-CON-01" in left
    assert "to 2026-08-14; since 2026-08-15)" in left.replace("\n      ", " ")


def test_rules_stand_under_their_topic_in_their_book(capsys: pytest.CaptureFixture[str]) -> None:
    list_rules(["cn", "cn-qixingguan"], TODAY, console())
    text = told(capsys)
    national, local = text.split("Local requirements of Qixingguan")
    assert national.index("  outfalls") < national.index("CN-OUT-01") < national.index("  construction")
    assert "QXG-CAT-01" in local and "QXG-CAT-01" not in national
    assert TOPICS["CAT"]["en"] in local


def test_every_relation_has_words() -> None:
    assert set(RELATIONS) == set(get_args(Rule.model_fields["relation"].annotation))


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_line_is_wider_than_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, language: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    list_rules(["cn", "cn-qixingguan"], TODAY, console(language))
    explain_code("CN-OUT-01", console(language))
    assert max(shown_width(line) for line in told(capsys).splitlines()) <= width


def test_json_tells_all_of_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    list_rules(["de-wsg"], TODAY, console(as_json=True))
    rules = {rule["rule_id"]: rule for rule in json.loads(told(capsys))}
    kept = rules["DE-STO-01"]
    assert (kept["in_force"], kept["reviewed"], kept["may_be_violation"]) == (True, True, True)
    assert kept["basis"][0]["from"] == "2017-08-01" and kept["basis"][0]["in_force"] is True
    assert kept["unless"] == {"approved": [True]} and kept["filing"]["en"] and len(kept["evidence"]) == 2
    assert (rules["DE-WAS-01"]["reviewed"], rules["DE-WAS-01"]["may_be_violation"]) == (False, False)


def test_a_book_that_is_no_law_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    list_rules(["england-spz"], TODAY, console())
    assert "not statutory" in told(capsys)


# headwater rules --check


def checked(text: str, *on: str, language: str = "en", as_json: bool = False) -> int:
    Path("our.toml").write_text(text, encoding="utf-8")
    return check_books([Path("our.toml")], console(language, as_json=as_json), on=on)


def test_a_sound_book_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(BOOK) == 0
    assert told(capsys) == "our.toml: rules usable 1, examples 3, faults 0, failing examples 0\n"


def test_every_fault_is_told_with_place_found_and_expected(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = BOOK.replace('"prohibited"', '"forbidden"').replace('"major"', '"red"')
    assert checked(wrong) == 2
    lines = told(capsys).splitlines()
    assert lines[:3] == [
        "our.toml:14 · OUR-CAT-01 · effect",
        '    found     "forbidden"',
        "    expected  one of prohibited, restricted, conditional",
    ]
    assert "our.toml:15 · OUR-CAT-01 · severity" in lines
    assert checked(wrong, language="zh") == 2
    assert "    应为：其中之一：prohibited、restricted、conditional" in told(capsys).splitlines()


def test_a_failing_example_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(BOOK.replace("POINT (150 50)", "POINT (90 50)")) == 2
    text = told(capsys)
    assert "our.toml:22 · OUR-CAT-01 · example 2\n    expected clear, found violation\n" in text
    assert "::@" in text and "|--------| 60 m" in text and ": protection zone  @ subject" in text
    assert "correct the rule or the example" in text


def test_what_is_found_stands_in_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(BOOK.replace('"major"', '"red"'), as_json=True) == 2
    (one,) = json.loads(told(capsys))
    assert (one["file"], one["sound"]) == ("our.toml", False)
    assert one["faults"] == [
        {
            "line": 15,
            "rule_id": "OUR-CAT-01",
            "key": "severity",
            "found": '"red"',
            "expected": {"zh": "其中之一：critical、major、minor、info", "en": "one of critical, major, minor, info"},
        }
    ]
    assert checked(BOOK.replace("POINT (150 50)", "POINT (90 50)"), as_json=True) == 2
    (one,) = json.loads(told(capsys))
    (failing,) = one["failing_examples"]
    assert (failing["expected"], failing["found"], failing["line"]) == ("clear", "violation", 22)
    assert any("@" in line for line in failing["drawing"])


def test_notes_do_not_fail_a_book(capsys: pytest.CaptureFixture[str]) -> None:
    entry = '  { instrument = { zh = "办法", en = "Measures" }, article = "11", to = 2019-04-01 },\n'
    assert checked(BOOK.replace("basis = [\n", "basis = [\n" + entry)) == 0
    assert "2019-03-01 – 2019-04-01" in told(capsys)


def test_a_book_is_checked_upon_another(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(OVERRIDE, "cn") == 0
    assert checked(OVERRIDE) == 2
    assert "--on" in told(capsys)


def test_the_command_checks_several_books_and_never_shows_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "bad.toml").write_bytes(b"\x00\xff" * 100)
    done = headwater("rules", "--check", "good.toml", "bad.toml", "--lang", "en", cwd=tmp_path)
    assert done.returncode == 2 and "good.toml: rules usable 1" in done.stdout and "bad.toml · " not in done.stderr
    assert "TOML text in UTF-8" in done.stdout
    hostile = BOOK.replace("OUR-CAT-01", "\\u001b[31m\\u202eX")
    (tmp_path / "bad.toml").write_text(hostile, encoding="utf-8")
    for arguments in (("bad.toml",), ("absent.toml",), (".",), ("good.toml", "--on", "bad.toml"), ()):
        done = headwater("rules", "--check", *arguments, cwd=tmp_path)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr and "\x1b" not in done.stdout + done.stderr
    assert headwater("rules", "--on", "cn", cwd=tmp_path).returncode == 2
    assert headwater("rules", "--check", "cn", cwd=tmp_path).returncode == 0


# headwater explain RULE


def test_explain_tells_all_of_a_rule_and_marks_the_article_of_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain_code("cn-out-01", console(), as_of=TODAY) == 0
    text = told(capsys)
    assert "in force → Ecological Environment Code, Art. 318, since 2026-08-15" in text
    assert "not now · Water Pollution Prevention and Control Law" in text
    assert explain_code("cn-out-01", console(), as_of=date(2026, 8, 14)) == 0
    text = told(capsys)
    assert "not now · Ecological Environment Code, Art. 318" in text
    assert "in force → Water Pollution Prevention and Control Law" in text
    rule = rule_set(["cn"], folder=Path()).rules["CN-OUT-01"]
    assert rule.remedy.en in text.replace("\n    ", " ")
    for number, example in enumerate(rule.example, start=1):
        assert f"{number}. " in text, example


@pytest.mark.parametrize("code", ["DE-STO-03", "CH-AGR-01", "FR-PPI-01", "CN-STO-01", "QXG-AGR-01", "MI-SRC-05"])
def test_every_part_of_a_rule_is_told(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    explain_code(code, console("zh", as_json=True))
    facts = json.loads(told(capsys))
    explain_code(code, console("zh"))
    text = told(capsys).replace("\n", "").replace(" ", "")
    for part in ("title", "remedy", "note", "penalty", "filing"):
        if facts[part]:
            assert facts[part]["zh"].replace(" ", "") in text, part
    for one in facts["evidence"]:
        assert one["zh"].replace(" ", "") in text
    for name in (*facts["where"], *facts["unless"], *facts["zone_where"]):
        assert name in text
    if facts["within_m"]:
        assert f"{facts['within_m']:g}m" in text
    for example in facts["example"]:
        assert example["answer"] == example["result"]
        assert (example["drawing"] is None) == (not (example.get("zone") and example.get("subject")))


def test_a_rule_that_local_books_change_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    explain_code("CN-AGR-02", console(as_json=True))
    (name,) = json.loads(told(capsys))["changed_by"]
    explain_code("CN-AGR-02", console())
    assert f"changed by local books: {name} (--book cn --book {name})" in told(capsys)
    explain_code("CN-AGR-02", console(), books=["cn", name])
    assert "changed by local books" not in told(capsys)


def test_a_question_to_the_ledger_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(CASE_TEXTS) == set(CASES)
    explain_code("CN-REM-02", console())
    text = told(capsys)
    assert CASE_TEXTS["still_violating"]["en"] in text
    assert "no drawing: the record decides" in text


def test_a_rule_to_be_checked_says_that_it_is_never_a_violation(capsys: pytest.CaptureFixture[str]) -> None:
    explain_code("DE-WAS-01", console())
    text = told(capsys)
    assert "citation to be checked; it answers check, never violation" in text


def test_drawings_use_letters_that_the_terminal_can_show(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    explain_code("DE-WAS-01", console())
    drawn = [line for line in told(capsys).splitlines() if "::" in line]
    assert drawn and all(line.isascii() for line in drawn)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert shows_blocks()
    explain_code("DE-WAS-01", console())
    assert "░░" in told(capsys)
    monkeypatch.setenv("LC_ALL", "zh_CN.GB18030")
    assert not shows_blocks()
    monkeypatch.delenv("LC_ALL")
    monkeypatch.delenv("LANG")
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")  # as Python sets it by itself in the C locale
    assert not shows_blocks()


def test_the_drawings_are_written_as_one_svg(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    explain_code("CN-OUT-01", console(), drawn_to=tmp_path / "rule.svg")
    assert "rule.svg" in told(capsys)
    root = ElementTree.fromstring((tmp_path / "rule.svg").read_bytes())  # noqa: S314 - made here
    rule = rule_set(["cn"], folder=Path()).rules["CN-OUT-01"]
    assert len(root.findall(".//{http://www.w3.org/2000/svg}g[@transform]")) == len(rule.example)
    with pytest.raises(WrongUse):
        explain_code("CN-OUT-01", console(), drawn_to=tmp_path / "headwater.toml")
    assert not (tmp_path / "headwater.toml").exists()


def test_an_unknown_id_names_near_ones() -> None:
    done = headwater("explain", "CN-OUT-9", "--lang", "en")
    assert done.returncode == 2
    assert "CN-OUT-01" in done.stderr and "Traceback" not in done.stderr
    assert headwater("explain", "\x1b[31m").stderr.isprintable() is False  # its line break only
    assert "\x1b" not in headwater("explain", "\x1b[31m").stderr


def test_blocks_beside_each_other_keep_their_columns() -> None:
    blocks = [["一二", "a"], ["\033[31mred\033[0m", "b", "c"], ["wide " * 10]]
    lines = list(side_by_side(blocks, 20))
    assert lines[0].startswith("一二   \033[31mred")
    assert lines[1] == "a      b"
    assert lines[2] == "       c"
    assert lines[3:] == ["", ("wide " * 10).rstrip()]
