"""gis.write: whole or not at all, equal bytes, and nothing that a spreadsheet would run."""

from __future__ import annotations

import errno
import json
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.write import (
    STAGING,
    Locked,
    exclusive,
    exclusive_folder,
    replaced,
    replaced_together,
    write_csv,
    write_geojson,
    write_json,
)


def read(path: Path) -> str:
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    return raw[3:].decode("utf-8")


def test_csv_writes_values_as_a_clerk_reads_them(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "a": [1.0, np.nan, 0.1],
            "b": ["中文", None, 'say "hi", then\nleave'],
            "c": [True, None, False],
            "d": [1, 2, 3],
        }
    )
    write_csv(frame, tmp_path / "a.csv")
    assert read(tmp_path / "a.csv") == ('a,b,c,d\r\n1,中文,true,1\r\n,,,2\r\n0.1,"say ""hi"", then\nleave",false,3\r\n')


@pytest.mark.parametrize("text", ["=1+1", "+86 858", "-cmd", "@sum", "\t=1", " =1", "＝1+1", "\r=1"])
def test_csv_text_is_never_a_formula(tmp_path: Path, text: str) -> None:
    write_csv(pd.DataFrame({text: [text], "n": [-5.5]}), tmp_path / "a.csv")
    table = pd.read_csv(tmp_path / "a.csv", dtype=str)
    assert table.columns[0] == f"'{text}" and table.iloc[0, 0] == f"'{text}"
    assert table["n"].tolist() == ["-5.5"]


def frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["a", "b"], "share": [0.5, np.nan], "late": [True, None], "fid": ["x", None]},
        geometry=[shapely.Point(105.123456789, 26.5), shapely.box(105, 26, 106, 27)],
        crs="EPSG:4326",
    )


def test_geojson_is_whole_and_valid(tmp_path: Path) -> None:
    write_geojson(frame(), tmp_path / "a.geojson")
    first, second = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))["features"]
    assert first["properties"] == {"id": "a", "share": 0.5, "late": True, "fid": "x"}
    assert second["properties"]["share"] is None
    assert first["geometry"]["coordinates"] == [105.1234568, 26.5]
    write_geojson(frame().iloc[:0], tmp_path / "none.geojson")
    assert json.loads((tmp_path / "none.geojson").read_text(encoding="utf-8"))["features"] == []


def test_json_is_sorted_and_refuses_what_is_no_json(tmp_path: Path) -> None:
    write_json({"b": 1, "a": "中"}, tmp_path / "a.json")
    assert (tmp_path / "a.json").read_bytes() == '{\n "a": "中",\n "b": 1\n}\n'.encode()
    with pytest.raises(ValueError, match="JSON"):
        write_json({"a": float("nan")}, tmp_path / "a.json")


def test_files_take_their_places_together(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept")
    (tmp_path / "one.txt").write_text("old")
    with replaced_together(tmp_path) as staging:
        (staging / "one.txt").write_text("new")
        (staging / "two.txt").write_text("new")
        assert (tmp_path / "one.txt").read_text() == "old"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "kept.txt": "kept",
        "one.txt": "new",
        "two.txt": "new",
    }


def test_after_an_error_nothing_has_changed(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "one.txt").write_text("old")

    def half_way() -> None:
        with replaced_together(folder) as staging:
            (staging / "one.txt").write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        half_way()
    assert files(tmp_path) == {"out/one.txt": "old"}


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_where_one_file_cannot_take_its_place_none_does(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "z.txt").mkdir()

    def write_three() -> None:
        with replaced_together(tmp_path) as staging:
            for name in ("a.txt", "n.txt", "z.txt"):
                (staging / name).write_text("new")

    with pytest.raises(OSError, match="is a folder"):
        write_three()
    assert files(tmp_path) == {"a.txt": "old"}


def of_one_file(*_: Any, **__: Any) -> str:
    raise PermissionError(errno.EACCES, "nothing may be written beside it")


def test_where_nothing_may_be_written_beside_the_folder_all_files_or_none_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "mkdtemp", of_one_file)
    for name in ("a.txt", "z.txt", "gone.txt", "kept.txt"):
        (tmp_path / name).write_text("old")
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "part").write_text("old")
    replace = Path.replace

    def held_open(self: Path, target: Path) -> Path:
        if self.parent.name == STAGING and self.name == "z.txt":
            raise PermissionError("z.txt is open in another program")
        return replace(self, target)

    def write() -> None:
        with replaced_together(tmp_path, goes=lambda path: path.name == "gone.txt") as staging:
            (staging / "s").mkdir()
            for name in ("a.txt", "n.txt", "s/part", "z.txt"):
                (staging / name).write_text("new")

    before = files(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", held_open)
        with pytest.raises(OSError, match="is open"):
            write()
    assert files(tmp_path) == before
    write()
    new = dict.fromkeys(("a.txt", "n.txt", "s/part", "z.txt"), "new")
    assert files(tmp_path) == {**new, "kept.txt": "old"}
    assert not list(tmp_path.glob(".*"))


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock"), pytest.raises(Locked), exclusive(tmp_path / "lock"):
        pass
    with exclusive(tmp_path / "lock"):
        pass
    with exclusive_folder(tmp_path / "out"), pytest.raises(Locked), exclusive_folder(tmp_path / "out"):
        pass


def test_one_file_takes_its_place_while_a_run_writes_into_the_same_folder(tmp_path: Path) -> None:
    with replaced_together(tmp_path) as staging:
        (staging / "a.csv").write_text("run")
        with replaced(tmp_path / "b.csv") as staged, replaced(tmp_path / "c.csv") as other:
            staged.write_text("one")
            other.write_text("another")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a.csv": "run",
        "b.csv": "one",
        "c.csv": "another",
    }
    with pytest.raises(UnicodeEncodeError), replaced(tmp_path / "b.csv") as staged:
        staged.write_text("half \ud800", encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "c.csv"]
    assert (tmp_path / "b.csv").read_text() == "one"
