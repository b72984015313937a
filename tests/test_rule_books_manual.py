"""docs/rule-books.md held to the code: its walk-through fails and passes as it says, its keys and words are the code's."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from layers.book_faults import check_book
from layers.project import Project
from layers.rule import CASES, Basis, Example, Minimum, Rule
from layers.rule_book import Named, NamedKind, RuleBook
from layers.rule_faults import WORDS_OF, YES_OR_NO
from layers.words import AQUIFERS, KINDS, OPERATING, RESULTS
from tests.projects import ROOT, headwater, small_project

MANUAL = (ROOT / "docs" / "rule-books.md").read_text("utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", MANUAL, flags=re.DOTALL)
OUTPUTS = re.findall(r"```text\n(.*?)```", MANUAL, flags=re.DOTALL)
DRAFT, MEND = BLOCKS[:2]
MENDED = DRAFT.replace('levels = ["1"]\n', MEND)
ASCII_TERMINAL = {"COLUMNS": "100", "LANG": "C", "LC_ALL": "C", "LC_CTYPE": "C"}


def keys(heading: str) -> set[str]:
    """The names in the first column of the table under a heading."""
    part = MANUAL.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def fields(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_the_walk_through_fails_first_as_it_is_printed(tmp_path: Path) -> None:
    (tmp_path / "our.toml").write_text(DRAFT, encoding="utf-8")
    arguments = MANUAL.split("`headwater ")[1].split("`")[0].split()
    assert arguments == ["rules", "--check", "our.toml", "--on", "cn", "--lang", "en"]
    done = headwater(*arguments, cwd=tmp_path, **ASCII_TERMINAL)
    assert (done.returncode, done.stdout) == (2, OUTPUTS[0])


def test_the_walk_through_passes_when_it_is_mended(tmp_path: Path) -> None:
    assert MENDED != DRAFT
    (tmp_path / "our.toml").write_text(MENDED, encoding="utf-8")
    done = headwater("rules", "--check", "our.toml", "--on", "cn", "--lang", "en", cwd=tmp_path, **ASCII_TERMINAL)
    assert (done.returncode, done.stdout) == (0, OUTPUTS[1])
    listed = headwater("rules", "cn", "our.toml", "--lang", "en", cwd=tmp_path)
    assert "OUR-CAT-01  Catering in levels 1 and 2" in listed.stdout
    shown = headwater(
        "explain", "OUR-CAT-01", "--book", "cn", "--book", "our.toml", "--svg", "rule.svg", "--lang", "en", cwd=tmp_path
    )
    assert "Art. 30: a fine of up to 20,000 yuan" in shown.stdout
    assert (tmp_path / "rule.svg").read_text("utf-8").startswith("<svg")


def test_a_project_runs_with_the_mended_book_and_stops_with_the_draft(tmp_path: Path) -> None:
    folder = small_project(tmp_path / "p", language="en")
    settings = (folder / "headwater.toml").read_text("utf-8")
    named = 'jurisdictions = ["cn", "our.toml"]'
    assert named in MANUAL
    (folder / "headwater.toml").write_text(settings.replace('jurisdictions = ["cn"]', named), encoding="utf-8")
    (folder / "our.toml").write_text(DRAFT, encoding="utf-8")
    refused = headwater("run", folder)
    assert refused.returncode == 2 and "EXAMPLE_FAILS" in refused.stderr
    (folder / "our.toml").write_text(MENDED, encoding="utf-8")
    assert headwater("run", folder).returncode == 0


def test_every_other_example_of_the_manual_holds_upon_the_national_book(tmp_path: Path) -> None:
    path = tmp_path / "our.toml"
    path.write_text(MENDED + "".join(BLOCKS[2:]), encoding="utf-8")
    found = check_book(path, ["cn"], folder=tmp_path)
    assert (found.faults, found.failed) == ([], [])
    assert len(found.rules) == sum(block.count("[[rule]]") for block in [DRAFT, *BLOCKS[2:]])


def test_every_key_of_a_rule_is_in_the_manual_and_no_other() -> None:
    assert keys("What a rule says") == fields(Rule) | {"overrides"}
    assert keys("The book itself") == fields(RuleBook)


@pytest.mark.parametrize("model", [Basis, Minimum, Named, NamedKind, Example])
def test_every_key_of_a_part_is_in_the_manual(model: type[BaseModel]) -> None:
    missing = [name for name in fields(model) if not re.search(rf"[`{{ ]{name}[`,\s=}}]", MANUAL)]
    assert missing == []


@pytest.mark.parametrize("name", Rule.model_fields)
def test_every_word_that_a_key_takes_is_in_the_manual(name: str) -> None:
    annotation = Rule.model_fields[name].annotation
    choices = [annotation, *get_args(annotation)]
    words = [word for one in choices if get_origin(one) is Literal for word in get_args(one)]
    if name == "worse_than":
        words = ["I", "V", "target"]  # "I" to "V"
    assert [word for word in words if f"`{word}`" not in MANUAL and f'"{word}"' not in MANUAL] == []


def test_kinds_attributes_cases_and_results_are_in_the_manual() -> None:
    for code, word in KINDS.items():
        assert re.search(rf"`{code}` {re.escape(word.zh.split('/')[0])}", MANUAL), code
    attributes = [*WORDS_OF, *YES_OR_NO, "built_on", "risk_survey_on", "located_to_metres"]
    for word in [*attributes, *AQUIFERS, *OPERATING, *CASES, *RESULTS]:
        if word != "water_type":
            assert f"`{word}`" in MANUAL or f"{word} " in MANUAL, word
    for case, subject in CASES.items():
        part = MANUAL.split(f"`{case}`", 1)[1]
        assert f"of `{subject}`" in part.split(".\n")[0], case


def test_every_attribute_of_where_in_the_manual_is_known_to_the_code_or_said_to_be_ones_own() -> None:
    sentence = MANUAL.split("Known attributes:")[1].split("Any further column")[0]
    named = set(re.findall(r"`(\w+)`", sentence)) - set(OPERATING) - set(AQUIFERS) - {"true", "false"}
    assert named <= {*WORDS_OF, *YES_OR_NO}
    assert named >= {*YES_OR_NO, "status", "aquifer"}


def test_what_the_manual_says_of_the_project_file_is_so() -> None:
    assert "jurisdictions" in Project.model_fields
    constants = re.search(r"`(constants = \{[^`]*\})`", MANUAL)
    assert constants is not None
    assert tomllib.loads(constants[1]) == {"constants": {"operating": "operating"}}


def test_links_inside_the_manual_lead_to_its_headings() -> None:
    headings = re.findall(r"^## (.+)$", MANUAL, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(#([^)]+)\)", MANUAL):
        assert target in anchors, target
