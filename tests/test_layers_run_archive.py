"""layers.run_archive: what a run read comes back byte by byte, of all kinds of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from gis.archive import Archive
from gis.faults import InputError
from layers.files import sha256_of
from layers.project import Project
from layers.run_archive import archive_inputs, inputs_of_run, restore_inputs
from tests.shapes import frame, square


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a Shapefile, a folder of a file geodatabase's kind, a rule book of its own and a photo."""
    folder = tmp_path / "office" / "p"
    (folder / "data" / "old.gdb").mkdir(parents=True)
    (folder / "photos").mkdir()
    gpd.GeoDataFrame(frame(square(0, 0, 100), id=["Z1"])).to_file(folder / "data" / "zones.shp")
    for name in ("data/old.gdb/a0.gdbtable", "data/old.gdb/gdb", "own.toml", "photos/1.jpg", "headwater.toml"):
        (folder / name).write_bytes(name.encode())
    (tmp_path / "office" / "shared.csv").write_bytes(b"beside the project")
    return Project.model_validate(
        {
            "folder": folder,
            "title": "t",
            "as_of": "2017-11-30",
            "jurisdictions": ["cn", "own.toml"],
            "layer": [{"kind": "protection_zones", "path": "data/zones.shp"}],
        }
    )


def read(project: Project) -> list[dict[str, Any]]:
    paths = ("data/zones.shp", "data/old.gdb", "../shared.csv")
    return inputs_of_run(
        project, [{"path": one, "sha256": sha256_of(project.folder / one)} for one in paths], ["1.jpg"]
    )


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_all_files_come_back_in_their_places(project: Project, tmp_path: Path) -> None:
    inputs, archive = read(project), Archive(tmp_path / "kept")
    assert [one["path"] for one in inputs] == [
        "../shared.csv", "data/old.gdb", "data/zones.shp", "headwater.toml", "own.toml", "photos/1.jpg",
    ]  # fmt: skip
    archive_inputs(project, inputs, archive)
    assert inputs[-1]["sha256"] not in archive  # photos are large
    before = content(tmp_path / "office")
    back = tmp_path / "a" / "b" / "c" / "p"
    back.mkdir(parents=True)
    assert restore_inputs(project, inputs, archive, back) == []
    assert content(tmp_path / "a" / "b" / "c") == before


def test_what_is_not_there_any_more_is_named(project: Project, tmp_path: Path) -> None:
    inputs, archive = read(project), Archive(tmp_path / "kept")
    archive_inputs(project, inputs, archive)
    (project.folder / "photos" / "1.jpg").write_bytes(b"another photo")
    own = str(inputs[-2]["sha256"])
    (archive.folder / own[:2] / own).unlink()
    back = tmp_path / "a" / "b" / "c" / "p"
    back.mkdir(parents=True)
    far = {"path": "../../../../far.csv", "sha256": "0" * 64}
    lacking = restore_inputs(project, [far, *inputs], archive, back)
    assert lacking == [("../../../../far.csv", "ELSEWHERE"), ("own.toml", "NOT_KEPT"), ("photos/1.jpg", "CHANGED")]


def test_a_file_that_is_not_what_was_read_any_more_is_refused(project: Project, tmp_path: Path) -> None:
    inputs = read(project)
    (project.folder / "data" / "old.gdb" / "gdb").write_bytes(b"written meanwhile")
    with pytest.raises(InputError, match="INPUT_CHANGED"):
        archive_inputs(project, inputs, Archive(tmp_path / "kept"))
