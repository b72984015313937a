"""Whether a run may write where `--output` says: nothing that it reads, or that is the user's own, is lost there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from gis.write import STAGING
from layers.project import PROJECT_FILE, Project
from layers.rule_book import built_in_books
from scripts.console import WrongUse

_OF_PROJECT = ("archive", "receipts", ".headwater")
_NAMES = (
    "changes.csv", "coverage.csv", "findings.csv", "findings.geojson", "findings.gpkg", "inspection.html",
    "ledger.xlsx", "matches.csv", "rejects.csv", "sections.csv", "sites.csv",
)  # fmt: skip
_RUN = "run.json"


def output_of(project: Project, named: Path | None) -> Path:
    """The folder that a run writes into: the project's own, or the one that is `named`, where that may be."""
    if named is not None:
        check_output(project, named)
    return named or project.folder / "output"


def check_output(project: Project, output: Path) -> None:
    """Raises WrongUse where the folder `output` has what the run reads, or files of a run's names that no run wrote."""
    place = output.resolve()
    for kept in _kept(project):
        if place == kept or (kept.name in _OF_PROJECT and place.is_relative_to(kept)):
            raise WrongUse(
                f"--output 的文件夹中有本项目要读取或保存的文件，结果会覆盖它们：{output}；请另选文件夹",
                f"--output: {output} holds what this project reads or keeps, and outputs would take its place; name "
                "another folder",
            )
    if place == (project.folder / "output").resolve() or (place / STAGING).is_dir() or _is_run(place / _RUN):
        return
    foreign = [name for name in (*_NAMES, _RUN) if (place / name).is_file()]
    if foreign:
        raise WrongUse(
            f"{output} 中的 {'、'.join(foreign)} 不是某次运行的结果，会被覆盖；请移走或另选文件夹",
            f"{output} has {', '.join(foreign)}, which no run wrote and this one would overwrite; move that away, or "
            "name another folder",
        )


def _kept(project: Project) -> Iterator[Path]:
    """Folders in which something of the project lies."""
    yield project.folder.resolve()
    for name in _OF_PROJECT:
        yield (project.folder / name).resolve()
    books = [name for name in project.jurisdictions if name not in built_in_books()]
    for named in (PROJECT_FILE, *(layer.path for layer in project.layers), *books):
        path = (project.folder / named).resolve()
        yield path if path.is_dir() else path.parent


def _is_run(path: Path) -> bool:
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and {"as_of", "inputs", "rule_books"} <= said.keys()
