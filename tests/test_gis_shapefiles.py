"""The parts of a Shapefile and the encoding of its texts."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.faults import InputError
from gis.shapefile_records import record_count
from gis.shapefiles import check_parts, decoded, parts_of


@pytest.fixture
def shp(tmp_path: Path) -> Path:
    path = tmp_path / "s.shp"
    gpd.GeoDataFrame({"a": ["1", "2"]}, geometry=[shapely.Point(1, 2)] * 2, crs="EPSG:4326").to_file(path)
    return path


def test_a_whole_one_passes_and_names_its_parts(shp: Path) -> None:
    check_parts(shp, record_count)
    assert [part.name for part in parts_of(shp)] == ["s.cpg", "s.dbf", "s.prj", "s.shp", "s.shx"]


def test_parts_may_be_spelt_in_capitals(shp: Path) -> None:
    shp.with_suffix(".dbf").rename(shp.with_suffix(".DBF"))
    check_parts(shp, record_count)
    assert "s.DBF" in [part.name for part in parts_of(shp)] or "s.dbf" in [part.name for part in parts_of(shp)]


@pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
def test_no_part_may_be_cut(shp: Path, suffix: str, share: float) -> None:
    part = shp.with_suffix(suffix)
    data = part.read_bytes()
    part.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match=r"FILE_TRUNCATED|FILE_UNREADABLE"):
        check_parts(shp, record_count)


def test_a_character_cut_at_the_end_of_a_field_is_left_out(shp: Path) -> None:
    shp.with_suffix(".cpg").unlink()
    half = "保护区".encode()[:-1].decode("latin-1")
    columns, encoding = decoded({"a": np.array([half, None], dtype=object)}, shp, None)
    assert (columns["a"].tolist(), encoding) == (["保护", None], "utf-8")


def test_a_declared_encoding_is_the_only_one_tried(shp: Path) -> None:
    columns = {"a": np.array(["水".encode("gb18030").decode("latin-1")], dtype=object)}
    with pytest.raises(InputError, match="ENCODING_WRONG"):
        decoded(columns, shp, "ascii")
    assert decoded(columns, shp, "gbk")[0]["a"].tolist() == ["水"]
