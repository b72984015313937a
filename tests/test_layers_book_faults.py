"""Rule books looked through: every fault at once with its line, in both languages; layers.book_lines, layers.book_words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from layers.book_faults import LARGEST_BYTES, BookReport, check_book
from layers.book_lines import line_of
from layers.book_words import Said, expected_of
from layers.rule import Rule
from layers.rule_book import BOOKS_FOLDER, RuleBookError, built_in_books, rule_set
from layers.rule_faults import faults_of

ZONE = 'zone = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"'
BOOK = f"""jurisdiction = "our"
title = {{ zh = "本区", en = "Ours" }}
edition = "2026-11-22"
levels = ["1", "2"]

[[rule]]
id = "OUR-CAT-01"
title = {{ zh = "餐饮", en = "Catering" }}
subject = "pollution_sources"
kinds = ["catering"]
levels = ["1"]
relation = "inside"
where = {{ operating = ["operating"] }}
effect = "prohibited"
severity = "major"
remedy = {{ zh = "关停", en = "Close it" }}
basis = [
  {{ instrument = {{ zh = "办法", en = "Measures" }}, article = "12", from = 2019-03-01 }},
]
example = [
  {{ {ZONE}, subject = "POINT (50 50)", result = "violation" }},
  {{ {ZONE}, subject = "POINT (150 50)", result = "clear" }},
  {{ {ZONE}, subject = "POINT (50 50)", operating = "", result = "check" }},
]
"""


def report(folder: Path, text: str | bytes, *on: str) -> BookReport:
    path = folder / "our.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return check_book(path, on, folder=folder)


def faults(found: BookReport) -> list[tuple[int | None, str, str]]:
    return [(fault.line, fault.rule_id, fault.key) for fault in found.faults]


def test_a_sound_book_has_no_fault_and_loads(tmp_path: Path) -> None:
    found = report(tmp_path, BOOK)
    assert found.sound and not found.notes
    assert (list(found.rules), found.examples) == (["OUR-CAT-01"], 3)
    assert list(rule_set(["our.toml"], folder=tmp_path).rules) == ["OUR-CAT-01"]


@pytest.mark.parametrize("name", built_in_books())
def test_the_built_in_books_are_sound(name: str) -> None:
    on = ["cn"] if name.startswith("cn-") else []
    found = check_book(BOOKS_FOLDER / f"{name}.toml", on, folder=Path())
    assert (found.faults, found.failed) == ([], [])


WRONG = [
    ('jurisdiction = "our"', 'jurisdicton = "our"', [(None, "", "jurisdiction"), (1, "", "jurisdicton")]),
    ('en = "Ours"', 'en = ""', [(2, "", "title.en")]),
    ('levels = ["1", "2"]', "levels = []", [(4, "", "levels"), (11, "OUR-CAT-01", "levels")]),
    ('subject = "pollution_sources"', 'subject = "sources"', [(9, "OUR-CAT-01", "subject")]),
    ('kinds = ["catering"]', 'kinds = ["cattering"]', [(10, "OUR-CAT-01", "kinds")]),
    ('levels = ["1"]', 'levels = ["4"]', [(11, "OUR-CAT-01", "levels")]),
    ('levels = ["1"]', 'levels = "1"', [(11, "OUR-CAT-01", "levels")]),
    ('["operating"] }', '["open"] }', [(13, "OUR-CAT-01", "where.operating")]),
    ("{ operating =", "{ operatng =", [(13, "OUR-CAT-01", "where.operatng")]),
    ('effect = "prohibited"', 'effect = "forbidden"', [(14, "OUR-CAT-01", "effect")]),
    ('severity = "major"', 'severty = "major"', [(None, "OUR-CAT-01", "severity"), (15, "OUR-CAT-01", "severty")]),
    ('remedy = { zh = "关停", en', 'remedy = { zh = "关停", eng', [
        (16, "OUR-CAT-01", "remedy.en"), (16, "OUR-CAT-01", "remedy.eng"),
    ]),
    ("from = 2019-03-01", 'from = "soon"', [(18, "OUR-CAT-01", "basis.1.from")]),
    ("from = 2019-03-01", "from = 2019-03-01, to = 2018-01-01", [(18, "OUR-CAT-01", "basis.1")]),
    ('article = "12"', 'article = "12", reviewed = "yes, surely"', [(18, "OUR-CAT-01", "basis.1.reviewed")]),
    ('result = "clear"', 'result = "fine"', [(22, "OUR-CAT-01", "example.2.result")]),
    ("POINT (150 50)", "POINT (150", [(22, "OUR-CAT-01", "example.2")]),
    ('operating = "", result = "check"', 'result = "violation"', [(20, "OUR-CAT-01", "example")]),
    ('relation = "inside"', 'relation = "inside"\nwithin_m = 3', [(13, "OUR-CAT-01", "within_m")]),
    ('relation = "inside"', 'relation = "within"\nwithin_m = -3', [(13, "OUR-CAT-01", "within_m")]),
    ('id = "OUR-CAT-01"', 'id = "OUR CAT"', [(7, "OUR CAT", "id")]),
    ('id = "OUR-CAT-01"\n', "", [(6, "[[rule]] 1", "id")]),
    ('id = "OUR-CAT-01"\n', 'id = "OUR-CAT-01"\noverrides = true\n', [(8, "OUR-CAT-01", "overrides")]),
    ('id = "OUR-CAT-01"\n', 'id = "OUR-CAT-01"\noverrides = "yes"\n', [(8, "OUR-CAT-01", "overrides")]),
    ('[[rule]]\nid', '[kinds]\nx = { zh = "一", en = "x", like = "boat" }\n[[rule]]\nid', [(7, "", "kinds.x.like")]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "places"), WRONG)
def test_every_fault_has_its_place_and_both_languages(
    tmp_path: Path, old: str, new: str, places: list[tuple[int | None, str, str]]
) -> None:
    assert old in BOOK
    found = report(tmp_path, BOOK.replace(old, new, 1))
    assert sorted(faults(found), key=str) == sorted(places, key=str)
    for fault in found.faults:
        assert re.search(r"[\u4e00-\u9fff]", fault.expected.zh), fault.expected
        assert fault.expected.en and not re.search(r"[\u4e00-\u9fff]", fault.expected.en)
    with pytest.raises(RuleBookError):
        rule_set(["our.toml"], folder=tmp_path)


def test_a_drawing_far_out_is_a_fault(tmp_path: Path) -> None:
    text = BOOK.replace("POINT (150 50)", "POINT (1e9 50)")
    assert faults(report(tmp_path, text)) == [(22, "OUR-CAT-01", "example.2.subject")]


def test_all_faults_of_all_rules_are_told_at_once_and_sound_rules_are_still_run(tmp_path: Path) -> None:
    second = (
        BOOK[BOOK.index("[[rule]]") :].replace("OUR-CAT-01", "OUR-CAT-02").replace("POINT (150 50)", "POINT (60 50)")
    )
    text = (
        BOOK.replace('"prohibited"', '"no"').replace('"major"', '"red"').replace('["operating"]', '["open"]') + second
    )
    found = report(tmp_path, text)
    assert [key for _, _, key in faults(found)] == ["effect", "severity", "where.operating"]
    assert [(one.rule.id, one.number, one.found, one.line) for one in found.failed] == [
        ("OUR-CAT-02", 2, "violation", 41)
    ]
    assert not found.sound


def test_a_failing_example_is_found_with_its_line(tmp_path: Path) -> None:
    found = report(tmp_path, BOOK.replace("POINT (150 50)", "POINT (99 50)"))
    assert not found.faults and not found.sound
    assert [(one.number, one.found, one.line) for one in found.failed] == [(2, "violation", 22)]


def test_the_same_id_twice_is_told_where_it_stands_the_second_time(tmp_path: Path) -> None:
    found = report(tmp_path, BOOK + BOOK[BOOK.index("[[rule]]") :])
    assert faults(found) == [(26, "OUR-CAT-01", "id")]


OVERRIDE = """jurisdiction = "local"
title = { zh = "本地", en = "Local" }
edition = "1"
[[rule]]
id = "CN-ACT-01"
overrides = true
severity = "minor"
"""


def test_an_override_is_checked_upon_the_book_it_changes(tmp_path: Path) -> None:
    assert report(tmp_path, OVERRIDE, "cn").sound
    assert faults(report(tmp_path, OVERRIDE)) == [(None, "", "levels"), (6, "CN-ACT-01", "overrides")]
    assert faults(report(tmp_path, OVERRIDE.replace("CN-ACT-01", "CN-ACT-99"), "cn")) == [(6, "CN-ACT-99", "overrides")]
    assert faults(report(tmp_path, OVERRIDE.replace("overrides = true\n", ""), "cn")) == [(5, "CN-ACT-01", "id")]
    wrong = OVERRIDE.replace('severity = "minor"', "levels = []")
    assert faults(report(tmp_path, wrong, "cn")) == [(7, "CN-ACT-01", "levels")]


def test_an_override_under_which_an_earlier_example_fails_is_told(tmp_path: Path) -> None:
    found = report(tmp_path, OVERRIDE.replace('severity = "minor"', 'effect = "conditional"'), "cn")
    assert [key for _, _, key in faults(found)] == ["example"]
    found = report(tmp_path, OVERRIDE.replace('severity = "minor"', 'kinds = ["tourism"]'), "cn")
    assert found.failed and all(one.rule.id == "CN-ACT-01" for one in found.failed)


def test_a_book_below_that_is_at_fault_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "below.toml").write_text("nonsense", encoding="utf-8")
    with pytest.raises(RuleBookError):
        report(tmp_path, OVERRIDE, "below.toml")
    with pytest.raises(RuleBookError):
        report(tmp_path, OVERRIDE, "utopia")


def entry(article: str, days: str) -> str:
    return f'  {{ instrument = {{ zh = "办法", en = "Measures" }}, article = "{article}", {days} }},\n'


@pytest.mark.parametrize(
    ("entries", "spans"),
    [
        (entry("1", "to = 2019-12-31") + entry("2", "from = 2020-01-01"), []),
        (entry("1", "to = 2020-01-01") + entry("2", "from = 2020-01-01"), ["2020-01-01 – 2020-01-01"]),
        (entry("1", "from = 2010-01-01") + entry("2", "from = 2020-01-01"), ["2020-01-01 – …"]),
        (entry("1", "to = 2018-12-31") + entry("2", "from = 2020-01-01"), ["2019-01-01 – 2019-12-31"]),
        (entry("1", "from = 2010-01-01") + entry("2", "from = 2010-01-01"), []),  # two articles of one day: both cited
        (entry("1", "to = 9999-12-31"), []),
    ],
)
def test_days_that_overlap_or_leave_a_gap_are_notes(tmp_path: Path, entries: str, spans: list[str]) -> None:
    found = report(tmp_path, BOOK.replace(entry("12", "from = 2019-03-01"), entries))
    assert found.sound
    assert [note.found for note in found.notes] == spans
    assert all(note.line == 17 and note.key == "basis" for note in found.notes)


HOSTILE: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("blank", b" \n\n"),
    ("no TOML", b"jurisdiction = our\n"),
    ("cut off", BOOK.encode()[:333]),
    ("binary", bytes(range(256)) * 40),
    ("zeros", b"\0" * 1000),
    ("UTF-16", BOOK.encode("utf-16")),
    ("GB18030", BOOK.encode("gb18030")),
    ("a zip", b"PK\x03\x04" + b"x" * 300),
    ("a list", b"rule = [1, 2]\n"),
    ("rule is a table", b'jurisdiction = "x"\nedition = "1"\nlevels = ["1"]\n[title]\nzh = "x"\nen = "x"\n[rule]\nid = "x"\n'),
    ("deep", b"x = " + b"[" * 5000 + b"]" * 5000),
    ("deep tables", b"[" + b".".join([b"a"] * 3000) + b"]\n"),
    ("a number beyond bounds", b"x = " + b"9" * 10_000),
    ("huge", b"# " + b"x" * LARGEST_BYTES),
    ("many rules of nothing", BOOK.encode() + b"[[rule]]\n" * 500),
    ("infinite", BOOK.replace('relation = "inside"', 'relation = "within"\nwithin_m = inf').encode()),
    ("no number", BOOK.replace('relation = "inside"', 'relation = "within"\nwithin_m = nan').encode()),
    ("year 1", BOOK.replace("from = 2019-03-01", "from = 0001-01-01, to = 0001-01-02").encode()),
    ("a moment", BOOK.replace("2019-03-01", "2019-03-01T12:00:00Z").encode()),
    ("escapes", BOOK.replace("OUR-CAT-01", "\\u001b[31m<script>\\u202e").encode()),
    ("infinite place", BOOK.replace("POINT (150 50)", "POINT (inf 50)").encode()),
    ("no place", BOOK.replace("POINT (150 50)", "POINT (nan nan)").encode()),
    ("a collection", BOOK.replace("POINT (150 50)", "GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (0 0, 1 1))").encode()),
    ("an empty place", BOOK.replace("POINT (150 50)", "POINT EMPTY").encode()),
    ("wrong types", b'jurisdiction = 1\ntitle = 2\nedition = [3]\nlevels = 4\nrule = 5\nkinds = 6\nlevel_names = 7\n'),
    ("wrong types of a rule", BOOK.encode() + b"[[rule]]\nid = 1\n[[rule]]\nid = \"B\"\nexample = 3\nbasis = [1]\nwhere = 2\nminimum = []\nevidence = [[]]\nlevels = [[1]]\nkinds = [{}]\n"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "data"), HOSTILE, ids=[what for what, _ in HOSTILE])
def test_a_hostile_book_is_a_fault_and_no_crash(tmp_path: Path, what: str, data: bytes) -> None:
    found = report(tmp_path, data)
    if what == "year 1":
        assert not found.faults
        return
    with pytest.raises(RuleBookError):
        rule_set(["our.toml"], folder=tmp_path)
    assert found.faults
    for fault in found.faults:
        assert not fault.key or (fault.found.isprintable() and len(fault.found) <= 120)


# Rules with every fault that layers.rule_faults knows, each by the keys that make it.
MISFITS: list[dict[str, object]] = [
    {"relation": "within"},
    {"of": "water_bodies", "levels": ["1"]},
    {"of": "rivers"},
    {"subject": "river_sections"},
    {"worse_than": "III"},
    {"relation": "quality", "worse_than": "III"},
    {"case": "overdue"},
    {"relation": "status"},
    {"relation": "status", "levels": ["1"], "where": {"approved": [False]}},
    {"relation": "status", "subject": "protection_zones", "kinds": ["mine"], "where": {"fence": [False]}},
    {"relation": "status", "minimum": {"area_m2": 3}, "where": {"approved": [False]}},
    {"older_than_years": {"risk_survey_on": 5}},
    {"subject": "remediation_sites", "act": "built"},
    {"kinds": []},
    {"where": {"approved": []}},
    {"where": {"aproved": [True]}},
    {"where": {"operating": ["open"]}},
    {"unless": {"approved": ["yes"]}},
    {"from": "2020-01-02", "to": "2020-01-01"},
    {"effect": "conditional", "example": [{"zone": "POINT (0 0)", "subject": "POINT (0 0)", "result": "violation"}]},
    {"reviewed": False, "example": [{"zone": "POINT (0 0)", "subject": "POINT (0 0)", "result": "violation"}]},
    {"example": [{"result": "check"}, {"result": "clear"}]},
]
SOUND = {
    "id": "X-1",
    "title": {"zh": "一", "en": "one"},
    "subject": "pollution_sources",
    "relation": "inside",
    "effect": "prohibited",
    "severity": "info",
    "remedy": {"zh": "一", "en": "one"},
}


@pytest.mark.parametrize("keys", MISFITS, ids=str)
def test_what_the_engine_says_in_english_is_said_in_chinese_too(keys: dict[str, object]) -> None:
    told = list(faults_of(Rule.model_validate({**SOUND, **keys})))
    assert told
    for line in told:
        key, what = line.split(": ", 1)
        said = Said.of_fault(what)
        assert said.en == what
        assert re.search(r"[\u4e00-\u9fff]", said.zh), f"{key}: {what} has no Chinese"


def test_a_fault_of_an_unknown_kind_is_still_told() -> None:
    try:
        Rule.model_validate({**SOUND, "from": 3.5})
    except ValidationError as error:
        said = expected_of({**error.errors()[0], "type": "never_heard_of"}, Rule)
    assert said.en and re.search(r"[\u4e00-\u9fff]", said.zh)


def test_lines_of_keys_are_told_only_where_they_are_sure() -> None:
    tables = BOOK + '[[rule]]\nid = "B"\n[[rule.example]]\nresult = "clear"\n[[rule.example]]\nresult = "clear"\n'
    assert line_of(tables, 1, "remedy.zh") == 16
    assert line_of(tables, 1, "example.3.result") == 23
    assert line_of(tables, 2, "example.2") == 29
    assert line_of(tables, 2, "example.3") is None
    assert line_of(tables, 2, "remedy") is None
    assert line_of(tables, 3, "id") is None
    assert line_of("a = 1\na = 2\n", 0, "a") is None
