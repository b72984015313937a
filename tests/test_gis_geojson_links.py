"""gis.geojson_links: a CRS is named in the file itself; whatever would have to be fetched is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gis.faults import InputError
from gis.geojson_links import check_links
from gis.read import read

FEATURE = '{"type": "Feature", "properties": {"type": "link", "a": "1"}, "geometry": {"type": "Point", "coordinates": [105, 26]}}'
NAMED = '{"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}'


def document(folder: Path, crs: str, *, key: str = '"crs"') -> Path:
    path = folder / "a.geojson"
    path.write_text(f'{{"type": "FeatureCollection", {key} : {crs}, "features": [{FEATURE}]}}', encoding="utf-8")
    return path


@pytest.mark.parametrize("crs", [NAMED, "{}", "null", '{"type": "EPSG", "properties": {"code": 4326}}'])
def test_a_name_is_a_name(tmp_path: Path, crs: str) -> None:
    check_links(document(tmp_path, crs))


@pytest.mark.parametrize(
    "crs",
    [
        '{"type": "link", "properties": {"href": "http://127.0.0.1:9/a", "type": "proj4"}}',
        '{"properties": {"href": "http://127.0.0.1:9/a"}, "type": "LINK"}',
        '{"type": "name", "properties": {"name": "x"}, "type": "link"}',
        '{"type": "\\u006cink", "properties": {"href": "http://127.0.0.1:9/a"}}',
        '{"type": "url", "properties": {"url": "file:///etc/passwd"}}',
    ],
)
def test_a_link_is_refused(tmp_path: Path, crs: str) -> None:
    with pytest.raises(InputError, match=r"a\.geojson.*PATH_REFUSED"):
        read(document(tmp_path, crs), name="a.geojson")


def test_the_last_word_counts_wherever_it_stands(tmp_path: Path) -> None:
    path = document(tmp_path, NAMED)
    path.write_text(path.read_text()[:-1] + ", 'crs': {'type': 'link', 'properties': {'href': 'http://127.0.0.1:9'}}}")
    with pytest.raises(InputError, match="crs link"):
        check_links(path)


def test_a_name_in_other_letters_is_the_same(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="crs link"):
        check_links(document(tmp_path, '{"type": "link"}', key='"\\u0063r\\u0073"'))


def test_other_files_have_none(tmp_path: Path) -> None:
    (tmp_path / "a.shp").write_bytes(b'\0\0"crs": {"type": "link"}')
    (tmp_path / "b.gpkg").write_bytes(b"")
    for name in ("a.shp", "b.gpkg", "none.kml"):
        check_links(tmp_path / name)


def test_a_crs_that_nobody_knows_is_not_taken_for_degrees(tmp_path: Path) -> None:
    """GDAL falls back on EPSG:4326 without a word, which puts GCJ-02 and Beijing 54 some hundred metres off."""
    for crs in ("GCJ02", "EPSG:999999", "urn:ogc:def:crs:EPSG::999999"):
        with pytest.raises(InputError, match=r"a\.geojson.*CRS_UNKNOWN"):
            read(document(tmp_path, f'{{"type": "name", "properties": {{"name": "{crs}"}}}}'), name="a.geojson")


def test_a_crs_by_its_number_holds_beside_a_broken_feature(tmp_path: Path) -> None:
    path = document(tmp_path, '{"type": "EPSG", "properties": {"code": 4214}}')
    path.write_text(path.read_text().replace('"features": [', '"features": [5, '))
    with pytest.raises(InputError, match=r"DATUM_REFUSED"):
        read(path, name="a.geojson")
