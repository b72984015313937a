"""gis.geopackage_process: another process writes the same bytes, its errors are told, and it ends with its block."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis import geopackage_process
from gis.geopackage import write_geopackage
from gis.geopackage_process import Writer


def layers() -> dict[str, gpd.GeoDataFrame]:
    many = gpd.GeoDataFrame(
        {"id": [f"甲{at}" for at in range(3000)], "metres": range(3000)},
        geometry=shapely.points([[105 + at / 1e4, 26] for at in range(3000)]),
        crs="EPSG:4326",
    )
    return {
        "points": many,
        "areas": many.iloc[:5].assign(geometry=shapely.box(105, 26, 106, 27)),
        "none": many.iloc[:0],
    }


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    write_geopackage(layers(), tmp_path / "here.gpkg", styles={"points": "<qgis/>"}, day="2017-11-30")
    with Writer() as writer:
        write_geopackage(
            layers(), tmp_path / "there.gpkg", styles={"points": "<qgis/>"}, day="2017-11-30", writer=writer
        )
    assert (tmp_path / "here.gpkg").read_bytes() == (tmp_path / "there.gpkg").read_bytes()


def test_no_program_of_the_current_folder_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json", "pyarrow", "gis", "numpy"):
        (tmp_path / f"{name}.py").write_text("open('canary', 'w').close()")
    monkeypatch.chdir(tmp_path)
    with Writer() as writer:
        write_geopackage(layers(), tmp_path / "a.gpkg", styles={}, day="2017-11-30", writer=writer)
    assert (tmp_path / "a.gpkg").exists() and not (tmp_path / "canary").exists()


def test_what_goes_wrong_there_is_told_here(tmp_path: Path) -> None:
    with Writer() as writer, pytest.raises(OSError, match=r"a\.gpkg: .*no folder"):
        write_geopackage(layers(), tmp_path / "no folder" / "a.gpkg", styles={}, day="2017-11-30", writer=writer)


def test_a_process_that_is_ended_from_outside_is_an_error(tmp_path: Path) -> None:
    with Writer() as writer:
        writer._process.kill()
        with pytest.raises(OSError, match=r"a\.gpkg: the writing process was ended"):
            write_geopackage(layers(), tmp_path / "a.gpkg", styles={}, day="2017-11-30", writer=writer)


def test_it_ends_with_its_block_whether_it_was_asked_or_not(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="something else"), Writer() as writer:
        raise RuntimeError("something else")
    assert writer._process.poll() is not None


@pytest.mark.skipif(os.name == "nt", reason="Windows tells no orphan from another process")
def test_an_orphan_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its run was killed, and another may be writing at the same place by now."""
    sent = io.BytesIO()
    sent.close = lambda: None  # type: ignore[method-assign]
    arrow = [geopackage_layer(name, layer) for name, layer in layers().items()]
    geopackage_process._send(arrow, tmp_path / "a.gpkg", "2017-11-30", sent)
    monkeypatch.setattr(geopackage_process, "_NOT_NEEDED", ())
    assert geopackage_process.child(io.BytesIO(sent.getvalue())) == 1  # our parent is not the process that sent it
    assert not (tmp_path / "a.gpkg").exists()
    monkeypatch.setattr(os, "getppid", os.getpid)
    assert geopackage_process.child(io.BytesIO(sent.getvalue())) == 0
    assert (tmp_path / "a.gpkg").exists()
    assert geopackage_process.child(io.BytesIO(b"")) == 0


def geopackage_layer(name: str, frame: gpd.GeoDataFrame) -> geopackage_process.ArrowLayer:
    return sys.modules["gis.geopackage"]._layer(name, frame)
