"""GeoPackages that lost pages are refused however well they read; sound ones cost a glance."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from gis.faults import InputError
from gis.geopackage_pages import check_pages, damage, row_count
from gis.read import read

PAGE = 4096
NOISE = bytes(at * 97 % 251 + 1 for at in range(PAGE))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A GeoPackage of 2,000 points, some hundred pages."""
    path = tmp_path_factory.mktemp("sound") / "sites.gpkg"
    count = np.arange(2000)
    names = [f"水源地保护区{at}" * 3 for at in count]
    places = gpd.points_from_xy(104 + count / 10_000, 26 + count / 10_000)
    gpd.GeoDataFrame({"name": names}, geometry=places, crs="EPSG:4326").to_file(path)
    return path.read_bytes()


def refusal(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(path, name=path.name)
    assert caught.value.message("zh")
    return [fault.code for fault in caught.value.faults]


def written(folder: Path, data: bytes) -> Path:
    path = folder / "sites.gpkg"
    path.write_bytes(data)
    return path


def test_a_sound_file_passes(tmp_path: Path, sound: bytes) -> None:
    path = written(tmp_path, sound)
    check_pages(path)
    assert (damage(path), row_count(path, "sites"), row_count(path, "no such")) == ("", 2000, None)
    assert path.read_bytes() == sound


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99, 0.9999])
def test_missing_pages(tmp_path: Path, sound: bytes, share: float) -> None:
    assert refusal(written(tmp_path, sound[: int(len(sound) * share)])) == ["FILE_DAMAGED"]


@pytest.mark.parametrize("share", [0.03, 0.2, 0.5, 0.9])
def test_a_page_of_zeros(tmp_path: Path, sound: bytes, share: float) -> None:
    at = int(len(sound) // PAGE * share) * PAGE
    path = written(tmp_path, sound[:at] + bytes(PAGE) + sound[at + PAGE :])
    assert refusal(path) == ["FILE_DAMAGED"]


def test_a_page_of_noise_that_ends_a_layer_early(tmp_path: Path, sound: bytes) -> None:
    at = len(sound) // PAGE // 2 * PAGE
    path = written(tmp_path, sound[:at] + NOISE + sound[at + PAGE :])
    check_pages(path)
    with pytest.raises(InputError, match=r"\d+ of 2000 rows could be read") as caught:
        read(path, name="sites.gpkg")
    assert [fault.code for fault in caught.value.faults] == ["FILE_DAMAGED"]


def test_pages_that_are_free_may_be_zeros(tmp_path: Path, sound: bytes) -> None:
    path = written(tmp_path, sound)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "PRAGMA secure_delete = ON; CREATE TABLE t AS SELECT randomblob(90000) AS b; DROP TABLE t;"
        )
    check_pages(path)
    assert [len(table.frame) for table in read(path, name="sites.gpkg")] == [2000]


def test_a_count_that_is_out_of_date_loses_no_file(tmp_path: Path, sound: bytes) -> None:
    path = written(tmp_path, sound)
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE gpkg_ogr_contents SET feature_count = 1999")
        database.commit()
    assert [len(table.frame) for table in read(path, name="sites.gpkg")] == [2000]


def test_what_is_no_database_is_left_to_its_reader(tmp_path: Path) -> None:
    check_pages(written(tmp_path, b"<html>" * 99))
    check_pages(written(tmp_path, b""))
    assert refusal(written(tmp_path, b"<html>" * 99)) == ["FILE_UNREADABLE"]
