"""Zip archives: agencies' ones are read whatever their names, hostile ones end before they are unpacked."""

from __future__ import annotations

import os
import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest

from gis import archives
from gis.archives import check_archive, unpacked, unpacked_bytes
from gis.faults import InputError
from gis.points import Stated
from gis.read import read
from gis.reading import PACKED, read_file


def zones(count: int = 3) -> gpd.GeoDataFrame:
    places = gpd.points_from_xy([104.8 + at / 100 for at in range(count)], [26.5] * count)
    return gpd.GeoDataFrame({"名称": [f"水源地{at}" for at in range(count)]}, geometry=places, crs="EPSG:4326")


class Oem(zipfile.ZipInfo):
    """A member whose name is packed as Windows in China does: GBK, not marked as UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - zipfile's own name
        return self.filename.encode("gbk"), self.flag_bits


def shapefile(folder: Path, stem: str, count: int = 3) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    zones(count).to_file(folder / f"{stem}.shp", encoding="gb18030")
    (folder / f"{stem}.cpg").unlink()
    return sorted(folder.glob(f"{stem}.*"))


def pack(path: Path, members: dict[str, bytes], *, oem: bool = False) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = (Oem if oem else zipfile.ZipInfo)(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path


def refusal(path: Path, **said: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        # Here, not in the process that reads for others: tests set smaller limits.
        read_file(path, path.name, said.get("table"), Stated(None, None, said.get("encoding"), None, None), placed=True)
    for fault in caught.value.faults:
        assert fault.line("zh") and fault.line("en")
    return [fault.code for fault in caught.value.faults]


CSV = "id,经度,纬度\n001,104.8,26.5\n".encode()
GEOJSON = b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},"geometry":null}]}'


def test_a_zip_with_chinese_names_in_gbk_folders_and_capitals(tmp_path: Path) -> None:
    members = {
        f"水源地\\保护区{'.SHP' if part.suffix == '.shp' else part.suffix}": part.read_bytes()
        for part in shapefile(tmp_path / "made", "zones")
    }
    path = pack(tmp_path / "送审.zip", members, oem=True)
    (table,) = read(path, name="送审.zip")
    assert table.table == "保护区.SHP"
    assert list(table.frame["名称"]) == ["水源地0", "水源地1", "水源地2"]
    assert table.facts["encoding"] == "gb18030"


def test_every_file_of_an_archive_is_a_table(tmp_path: Path) -> None:
    members = {f"a/{part.name}": part.read_bytes() for part in shapefile(tmp_path / "a", "zones", 2)}
    members |= {f"b/{part.name}": part.read_bytes() for part in shapefile(tmp_path / "b", "zones", 3)}
    zones(4).to_file(tmp_path / "plan.gpkg", layer="first")
    zones(5).to_file(tmp_path / "plan.gpkg", layer="second", mode="a")
    members |= {"plan.gpkg": (tmp_path / "plan.gpkg").read_bytes(), "list.csv": CSV}
    members |= {"__MACOSX/._list.csv": b"\0", "read me.pdf": b"%PDF"}
    path = pack(tmp_path / "all.zip", members)
    tables = read(path, name="all.zip")
    assert [(table.table, len(table.frame)) for table in tables] == [
        ("a/zones.shp", 2),
        ("b/zones.shp", 3),
        ("plan.gpkg/first", 4),
        ("plan.gpkg/second", 5),
        ("list.csv", 1),
    ]
    assert {table.facts["skipped"] for table in tables} == {"read me.pdf"}
    for name, rows in {"b/zones.shp": 3, "plan.gpkg/second": 5, "list": 1}.items():
        assert [len(table.frame) for table in read(path, name="all.zip", table=name)] == [rows], name
    assert refusal(path, table="third") == ["TABLE_MISSING"]


def test_a_layer_of_the_only_file_needs_no_file_name(tmp_path: Path) -> None:
    zones(4).to_file(tmp_path / "plan.gpkg", layer="first")
    zones(5).to_file(tmp_path / "plan.gpkg", layer="second", mode="a")
    path = pack(tmp_path / "plan.zip", {"plan.gpkg": (tmp_path / "plan.gpkg").read_bytes()})
    (table,) = read(path, name="plan.zip", table="second")
    assert (table.table, len(table.frame)) == ("plan.gpkg/second", 5)


def test_a_geodatabase_is_read_from_its_folder_and_from_a_bare_archive(tmp_path: Path) -> None:
    zones(3).to_file(tmp_path / "plan.gdb", driver="OpenFileGDB", layer="zones")
    assert [len(table.frame) for table in read(tmp_path / "plan.gdb", name="plan.gdb")] == [3]
    files = {path.name: path.read_bytes() for path in (tmp_path / "plan.gdb").iterdir()}
    for packed in ({f"x/plan.gdb/{name}": data for name, data in files.items()}, files):
        path = pack(tmp_path / "plan.gdb.zip", packed)
        assert [(table.table, len(table.frame)) for table in read(path, name="plan.gdb.zip")] == [("plan.gdb", 3)]


def test_the_rows_of_one_bad_file_are_told_with_its_name(tmp_path: Path) -> None:
    path = pack(tmp_path / "two.zip", {"list.csv": CSV, "bad.geojson": b"{"})
    with pytest.raises(InputError) as caught:
        read(path, name="two.zip")
    assert {fault.layer.split("/")[0] for fault in caught.value.faults} == {"bad.geojson"}


def test_nothing_is_written_outside_and_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    names = ["../../out.csv", "/etc/out.csv", "C:\\x\\con|out?.csv", "a/../../out2.csv", f"{'长' * 120}.csv"]
    path = pack(tmp_path / "paths.zip", dict.fromkeys(names, CSV))
    before = sorted(tmp_path.rglob("*"))
    assert [len(table.frame) for table in read(path, name="paths.zip")] == [1] * len(names)
    with unpacked(path, PACKED) as (members, _):
        assert all(member.path.resolve().is_relative_to(scratch) for member in members)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_without_data_says_what_is_in_it(tmp_path: Path) -> None:
    path = pack(tmp_path / "empty.zip", {"说明.docx": b"x"})
    with pytest.raises(InputError, match=r"说明\.docx") as caught:
        read(path, name="empty.zip")
    assert [fault.code for fault in caught.value.faults] == ["ARCHIVE_EMPTY"]
    assert refusal(pack(tmp_path / "none.zip", {})) == ["ARCHIVE_EMPTY"]


def test_an_archive_in_an_archive_is_not_unpacked(tmp_path: Path) -> None:
    inner = pack(tmp_path / "inner.zip", {"list.csv": CSV}).read_bytes()
    assert refusal(pack(tmp_path / "outer.zip", {"list.csv": CSV, "inner.zip": inner})) == ["ARCHIVE_NESTED"]


def test_bombs_are_refused_by_ratio_bytes_and_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = pack(tmp_path / "bomb.zip", {"bomb.csv": b"0" * (40 << 20)})
    assert bomb.stat().st_size < 50_000
    assert refusal(bomb) == ["ARCHIVE_TOO_LARGE"]
    many = pack(tmp_path / "names.zip", {f"{at:0200}.csv": b"" for at in range(30)})
    monkeypatch.setattr(archives, "MOST_MEMBERS", 10)
    monkeypatch.setattr(zipfile.ZipFile, "__init__", None)  # not even opened
    assert refusal(many) == ["ARCHIVE_TOO_LARGE"]
    monkeypatch.undo()
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    assert refusal(pack(tmp_path / "many.zip", dict.fromkeys("abc", CSV))) == ["ARCHIVE_TOO_LARGE"]
    monkeypatch.setattr(archives, "MOST_BYTES", 10)
    assert refusal(pack(tmp_path / "large.zip", {"a.csv": CSV})) == ["ARCHIVE_TOO_LARGE"]


def test_small_tables_of_blanks_are_no_bomb(tmp_path: Path) -> None:
    rows = "".join(f"{at},104.8,26.5,{' ' * 4000}\n" for at in range(1000))
    path = pack(tmp_path / "blank.zip", {"list.csv": f"id,经度,纬度,note\n{rows}".encode()})
    assert path.stat().st_size < 40_000
    assert [len(table.frame) for table in read(path, name="blank.zip")] == [1000]


def lying(path: Path, size: int) -> Path:
    """The archive with `size` as the unpacked size of its only member, in its directory and before the member."""
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = data.find(mark)
        data[start + at : start + at + 4] = size.to_bytes(4, "little")
    path.write_bytes(data)
    return path


def test_a_directory_that_lies_about_sizes_ends_as_damaged(tmp_path: Path) -> None:
    path = lying(pack(tmp_path / "liar.zip", {"bomb.csv": b"0" * (40 << 20)}), 100)
    assert unpacked_bytes(path) == 100
    assert refusal(path) == ["FILE_DAMAGED"]


def test_damage_is_found_by_the_checksum(tmp_path: Path) -> None:
    path = pack(tmp_path / "damaged.zip", {"list.csv": CSV + os.urandom(2000).hex().encode()})
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert refusal(path) == ["FILE_DAMAGED"]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
@pytest.mark.parametrize("suffix", [".zip", ".kmz", ".xlsx"])
def test_an_archive_cut_short_is_told(tmp_path: Path, share: float, suffix: str) -> None:
    whole = pack(tmp_path / "whole.zip", {"list.csv": CSV + os.urandom(2000).hex().encode()}).read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refusal(path) == ["FILE_TRUNCATED"]


def test_passwords_and_links_are_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "secret.zip", {"list.csv": CSV})
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.find(mark) + at] |= 1
    path.write_bytes(data)
    assert refusal(path) == ["ARCHIVE_ENCRYPTED"]
    link = zipfile.ZipInfo("list.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refusal(tmp_path / "link.zip") == ["PATH_REFUSED"]


def test_what_is_no_archive_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "page.zip").write_bytes(b"<html>not found</html>")
    assert refusal(tmp_path / "page.zip") == ["FILE_UNREADABLE"]


def test_names_are_kept_in_order_and_encoding(tmp_path: Path) -> None:
    path = pack(tmp_path / "names.zip", {"乙.csv": CSV, "甲.csv": CSV}, oem=True)
    assert [entry.name for entry in check_archive(path)] == ["乙.csv", "甲.csv"]
    assert [table.table for table in read(path, name="names.zip")] == ["乙.csv", "甲.csv"]


def test_a_directory_that_points_out_of_the_archive_is_a_fault(tmp_path: Path) -> None:
    """A member said to begin before the file does; the same from a directory that is said to lie further on."""
    path = pack(tmp_path / "a.zip", {"a.csv": b"id\n1\n", "b.csv": b"id\n2\n"})
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<I", data, end + 16, struct.unpack_from("<I", data, end + 16)[0] + 1000)
    path.write_bytes(data)
    assert refusal(path) == ["FILE_DAMAGED"]
