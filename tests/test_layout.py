"""The rooms and the way imports may point: scripts -> maps -> layers -> gis; and how large things may grow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("gis", "layers", "maps", "scripts")  # each may import itself and those before it
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60


def names_imported(source: str) -> Iterator[str]:
    """Every absolute module name that `source` imports, inside functions, too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide which room they point to"
            yield node.module or ""


def wrong_way(room: str, source: str) -> list[str]:
    """The imports of `source` that point from `room` to a room above it."""
    above = ROOMS[ROOMS.index(room) + 1 :]
    return [name for name in names_imported(source) if name.split(".")[0] in above]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_room_is_there() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(ROOMS)


def test_wrong_way_is_seen() -> None:
    assert wrong_way("gis", "def f():\n    from layers.words import KINDS\n") == ["layers.words"]
    assert wrong_way("maps", "import layers.words, gis.read, scripts.run") == ["scripts.run"]
    assert wrong_way("scripts", "import gis\nfrom maps import style") == []


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_imports_point_down(path: Path) -> None:
    assert wrong_way(path.relative_to(ROOT).parts[0], path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_sizes(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= LONGEST_MODULE
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    lines = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: count for name, count in lines.items() if count > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.parent.name in ROOMS[:3] and path.name != "__init__.py"], ids=short
)
def test_every_module_is_tested_by_name(path: Path) -> None:
    room, module = path.parent.name, path.stem
    named = re.compile(rf"\b{room}\.{module}\b|from {room} import [^\n]*\b{module}\b")
    tests = [test for test in (ROOT / "tests").glob("test_*.py") if test.name != "test_layout.py"]
    assert [test.name for test in tests if named.search(test.read_text("utf-8"))], f"no test names {room}.{module}"


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_command_has_a_line_in_the_readme(readme: str) -> None:
    from scripts.headwater import app

    commands = sorted(get_command(app).commands)  # type: ignore[attr-defined]
    assert "run" in commands
    text = (ROOT / readme).read_text("utf-8")
    assert [command for command in commands if f"headwater {command}" not in text] == []
