"""README, CHANGELOG and docs/ held to the code: real output, every module in its room, every column, code and option."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from layers.changes import CAUSES, CHANGE_COLUMNS, CHANGES
from layers.coverage import COVERAGE_COLUMNS, REASONS
from layers.findings import FINDING_COLUMNS
from layers.nesting import CASES
from layers.project import settings_known
from layers.sites import SITE_COLUMNS
from scripts.headwater import app
from tests.projects import ROOT, headwater

MAIN = ("README.md", "README.zh-CN.md")
ROOMS = ("gis", "layers", "maps", "scripts")
SETTINGS = {"COLUMNS": "80", "NO_COLOR": "1"}
ASKED = ("--point", "104.7306,26.4611", "--kind", "petrol_station", "--located-to", "30")


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.fixture(scope="module")
def example(demo: Path) -> Path:
    return demo.parent


def shown(name: str, command: str) -> tuple[list[str], str]:
    """The arguments of a command whose output a document shows, and the output; there is one of it."""
    blocks = re.findall(rf"```\n\$ headwater ({command} [^\n]*)\n(.*?)\n```", text_of(name), flags=re.DOTALL)
    whole = [(line.split(), output) for line, output in blocks if "--point" in line]
    assert len(whole) == 1
    return whole[0]


@pytest.mark.parametrize("name", [*MAIN, "docs/planning.md"])
def test_what_check_site_is_shown_to_say_is_what_it_says(name: str, example: Path) -> None:
    arguments, output = shown(name, "check-site")
    done = headwater(*arguments, cwd=example, **SETTINGS)
    assert done.returncode == 0, done.stderr
    told = output.split("\n\n— 中文 —")[0]
    parts = [part.strip("\n") for part in re.split(r"^……?$", told, flags=re.MULTILINE) if part.strip()]
    assert sum(part.count("\n") for part in parts) > 8
    at = 0
    for part in parts:
        assert part in done.stdout[at:], f"{name} shows other lines than `headwater {' '.join(arguments)}`:\n{part}"
        at = done.stdout.index(part, at) + len(part)


def test_the_paragraphs_shown_are_those_to_paste(example: Path) -> None:
    done = headwater("check-site", "liupanshui", *ASKED, "--paste", cwd=example, **SETTINGS)
    quoted = [line[2:] for line in text_of("docs/planning.md").splitlines() if line.startswith("> ")]
    told = [line for line in done.stdout.splitlines() if len(line) > 200]

    def without_editions(lines: list[str]) -> list[str]:
        return [re.sub(r"SHA-256 [0-9a-f]{12}|\d{4}-\d\d-\d\d 版|edition \d{4}-\d\d-\d\d", "…", line) for line in lines]

    assert len(quoted) == 2
    assert without_editions(quoted) == without_editions(told)


def test_every_module_has_its_room_in_the_architecture() -> None:
    told = text_of("docs/architecture.md")
    modules = [path for room in ROOMS for path in sorted((ROOT / room).glob("*.py")) if path.stem != "__init__"]
    assert [f"{path.parent.name}/{path.stem}" for path in modules if not re.search(rf"\b{path.stem}\b", told)] == []
    named = re.findall(r"`(?:(?:gis|layers|maps|scripts)/)?(\w+)\.py`", told)
    known = {path.stem for path in (*modules, *(ROOT / "tests").glob("*.py"))}
    assert sorted(set(named) - known) == []


def test_every_file_of_the_page_has_its_place_in_the_architecture() -> None:
    told = text_of("docs/architecture.md").split("## Which file of the page to open")[1].split("\n## ")[0]
    files = {path.name for path in (ROOT / "maps" / "page").iterdir() if path.is_file()}
    assert len(files) > 80
    assert sorted(files ^ set(re.findall(r"`(\w+\.(?:js|json|css|html))`", told))) == []


def commands_of(group: Any, before: str = "") -> dict[str, Any]:
    """Every command by its words: `run`, `ledger set`."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = hasattr(command, "commands")
        found |= commands_of(command, f"{before}{name} ") if inner else {before + name: command}
    return found


def test_every_option_of_the_readmes_is_one_of_its_command() -> None:
    commands = commands_of(get_command(app))
    assert {"run", "ledger set", "survey merge"} <= set(commands)
    for name in MAIN:
        row = r"^\| `headwater ((?:[a-z][a-z-]*)(?: [a-z]+)?)\b[^|]*(?:\\\|[^|]*)*\|(.*)\|$"
        rows = re.findall(row, text_of(name), flags=re.MULTILINE)
        assert sorted(command for command, _ in rows) == sorted(commands)
        for command, told in rows:
            options = {option for one in commands[command].params for option in one.opts}
            assert [one for one in re.findall(r"(?<![\w-])--?[a-z][\w-]*", told) if one not in options] == [], command


def test_the_planner_finds_every_option_of_check_site() -> None:
    told = text_of("docs/planning.md")
    options = {one.opts[0] for one in get_command(app).commands["check-site"].params}  # type: ignore[attr-defined]
    places = [one for one in sorted(options) if one.startswith("--") and one not in ("--quiet", "--debug", "--lang")]
    assert len(places) > 15
    assert [one for one in places if f"`{one}" not in told] == []


@pytest.mark.parametrize(
    "words",
    [FINDING_COLUMNS, SITE_COLUMNS, COVERAGE_COLUMNS, CHANGE_COLUMNS, CHANGES, CAUSES, CASES, [one for one in REASONS if one]],
    ids=["findings", "sites", "coverage", "change_columns", "changes", "causes", "cases", "reasons"],
)  # fmt: skip
def test_outputs_name_every_column_and_code(words: list[str]) -> None:
    told = text_of("docs/outputs.md")
    assert [word for word in words if f"`{word}`" not in told] == []


def test_reasons_stand_in_their_order() -> None:
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| ", text_of("docs/outputs.md").split("| code | no answer, because |")[1], re.MULTILINE
    )
    assert rows[: len(REASONS) - 1] == list(REASONS[1:])


def test_what_a_run_takes_for_granted_has_a_row_in_the_outputs() -> None:
    told = text_of("docs/outputs.md").split("The codes of assumptions")[1]
    sources = "".join(
        text_of(f"layers/{name}.py") for name in ("assess", "assumptions", "zone_versions", "set_outputs")
    )
    codes = set(re.findall(r'"code": "([A-Z_]+)"', sources))
    assert len(codes) > 8
    assert sorted(code for code in codes if f"`{code}`" not in told) == []


def test_every_setting_stands_in_the_manual_of_the_project_file() -> None:
    told = text_of("docs/project-file.md")
    assert [one for one in settings_known() if f"`{one}`" not in told and one != "layer"] == []


def test_both_readmes_show_the_same_commands_and_pictures() -> None:
    zh, en = (re.findall(r"^\| `headwater [^|]*(?:\\\|[^|]*)*\|", text_of(name), flags=re.MULTILINE) for name in MAIN)
    assert [row.split()[2] for row in zh] == [row.split()[2] for row in en]
    pictures = [re.findall(r"!\[[^\]]*\]\(([^)]+)\)|<img src=\"([^\"]+)\"", text_of(name)) for name in MAIN]
    assert pictures[0] == pictures[1] != []


@pytest.mark.parametrize(
    "name", [*MAIN, "CONTRIBUTING.md", "SECURITY.md", *(f"docs/{p.name}" for p in sorted((ROOT / "docs").glob("*.md")))]
)
def test_links_lead_to_files_and_headings(name: str) -> None:
    for target in re.findall(r"(?:\]\(|(?:href|src)=\")([^)\"\s]+)[)\"]", text_of(name)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (ROOT / name).parent / path if path else ROOT / name
        assert found.exists(), target
        if anchor and found.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, target
