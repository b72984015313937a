"""One place states versions: environment.yml, the locks and the imports keep in step with pyproject.toml."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("gis", "layers", "maps", "scripts")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PRODUCT = [Requirement(text) for text in PYPROJECT["project"]["dependencies"]]
TEST = [Requirement(text) for text in PYPROJECT["project"]["optional-dependencies"]["test"]]
FAST = [Requirement(text) for text in PYPROJECT["project"]["optional-dependencies"]["fast"]]
SCALE = [Requirement(text) for text in PYPROJECT["project"]["optional-dependencies"]["scale"]]
BUILD = [Requirement(text) for text in PYPROJECT["dependency-groups"]["build"]]

# Distributions that are imported under another name.
IMPORTED_AS = {"pillow": "PIL", "python-calamine": "python_calamine"}
# Not a registry, not a machine: written as patterns, so that this file does not name what it forbids.
FOREIGN = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|conda\.anaconda|deb\.debian|/opt/(?:pypi|wheels)|index[-]url"
    r"|(?<![\w.])/(?:work|tmp|root)/\w|/home/\w|C:\\Users\\\w"
)


def bounds(requirements: list[Requirement]) -> dict[str, str]:
    return {canonicalize_name(requirement.name): str(requirement.specifier) for requirement in requirements}


def conda_bounds(text: str) -> dict[str, str]:
    """Name -> bound of every entry of an environment.yml, its pip section included."""
    entry = re.compile(r"^ +- ([A-Za-z][\w.-]*) *((?:[<>=!]=?|~=)\S+)? *(?:#.*)?$", re.MULTILINE)
    entries = entry.findall(text.partition("dependencies:")[2])
    return {canonicalize_name(name): bound for name, bound in entries}


def pins(lock: str) -> dict[str, list[str]]:
    """Name -> the versions a lock pins, one per marker; every pin must carry a hash."""
    found: dict[str, list[str]] = {}
    for entry in re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8")):
        if entry.startswith("#") or not entry.strip():
            continue
        match = re.match(r"([\w.-]+)==([^\s;]+)", entry)
        assert match, f"not a pin: {entry.splitlines()[0]}"
        assert "--hash=sha256:" in entry, f"no hash: {match[1]}"
        found.setdefault(canonicalize_name(match[1]), []).append(match[2])
    return found


def imported() -> set[str]:
    """The top-level names that the four packages import, and the distributions whose files they ask for."""
    names: set[str] = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "distribution":
                names |= {canonicalize_name(str(name.value)) for name in node.args if isinstance(name, ast.Constant)}
    return names


def test_environment_yml_is_in_step() -> None:
    found = conda_bounds((ROOT / "environment.yml").read_text("utf-8"))
    assert found.pop("python") == PYPROJECT["project"]["requires-python"]
    assert found.pop("pip") == ""
    assert found == bounds([*PRODUCT, *TEST, *BUILD])


def test_conda_entries_are_read() -> None:
    text = "name: x\ndependencies:\n  - b>=1.2\n  - c\n  - pip:\n      # why\n      - D-e>=1\n"
    assert conda_bounds(text) == {"b": ">=1.2", "c": "", "d-e": ">=1"}


def test_the_five_libraries_do_work() -> None:
    assert {"geopandas", "shapely", "folium", "fiona", "pyproj"} <= imported()


def test_every_dependency_is_imported() -> None:
    names = {IMPORTED_AS.get(name, name) for name in bounds(PRODUCT)}
    assert sorted(names - imported()) == []


def test_every_import_is_a_stated_dependency() -> None:
    known = (
        {IMPORTED_AS.get(name, name) for name in bounds(PRODUCT + FAST + SCALE)}
        | set(ROOMS)
        | {"dask"}
        | sys.stdlib_module_names
    )
    assert sorted(imported() - known) == []


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [("requirements.lock", PRODUCT + BUILD), ("requirements-test.lock", PRODUCT + BUILD + TEST + FAST + SCALE)],
)
def test_lock_pins_every_dependency_within_its_bound(lock: str, requirements: list[Requirement]) -> None:
    pinned = pins(lock)
    assert len(pinned) > len(requirements)
    for requirement in requirements:
        versions = pinned[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_scale_holds_what_fast_does() -> None:
    assert bounds(FAST).items() <= bounds(SCALE).items()


def test_both_locks_pin_the_same_versions() -> None:
    product, test = pins("requirements.lock"), pins("requirements-test.lock")
    assert {name: test.get(name) for name in product} == product


def test_build_backend_is_the_locked_one() -> None:
    assert bounds([Requirement(text) for text in PYPROJECT["build-system"]["requires"]]) == bounds(BUILD)


def test_foreign_places_are_seen() -> None:
    assert FOREIGN.search("see " + "/" + "work/main/x")
    assert FOREIGN.search("https://" + "pypi" + ".org/simple")
    assert not FOREIGN.search("output/work/site and ../tmp and framework/x")


def test_no_registry_host_and_no_machine_path_in_tracked_files() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert paths
    found = {}
    for path in paths:
        match = FOREIGN.search(path.read_bytes().decode("utf-8", "replace"))
        if match:
            found[path.relative_to(ROOT).as_posix()] = match[0]
    assert found == {}
