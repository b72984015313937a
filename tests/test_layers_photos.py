"""Photos that data name: found where they lie, never outside of the folder, and none left out unsaid."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from gis.kept import Kept
from layers.layer import conform
from layers.load import LAYERS
from layers.photo_names import relative
from layers.photos import NO_PHOTOS, Photos, photos_of
from layers.words import KINDS
from tests.test_layers_layer import LEVELS, Said

NOTHING = Kept(None)


def picture(path: Path, shade: int = 90) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((60, 80, 3), shade, dtype=np.uint8)).save(path, format="JPEG")
    return path


def sites(*rows: dict[str, str | None], layer: str = "remediation_sites") -> dict[str, gpd.GeoDataFrame]:
    """A layer of sites with these columns, as `layers.load` gives it."""
    id_column = LAYERS[layer].id_column
    names = sorted({name for row in rows for name in row})
    columns: dict[str, Any] = {name: [row.get(name) for row in rows] for name in names}
    own = {id_column: [f"Z-{at + 1}" for at in range(len(rows))], "source_file": "data/t.csv"}
    numbers = {"source_row": [at + 2 for at in range(len(rows))]}
    points = [shapely.Point(104.8, 26.5)] * len(rows)
    return {layer: gpd.GeoDataFrame({**own, **numbers, **columns}, geometry=points, crs="EPSG:4326")}


def told(found: Photos) -> list[tuple[str, str, str, str]]:
    """Of each mention the site, the moment, the picture's name in the folder or the reason for none, the name."""
    shown = [name for name, _ in found.pictures]
    return [
        (one.site_id, one.moment, one.code or shown[one.picture], one.name)
        for one in found.mentions
        if (one.picture >= 0) != bool(one.code)
    ]


def test_several_names_in_a_cell_however_they_are_written(tmp_path: Path) -> None:
    for at, name in enumerate(("a.jpg", "B 乙.JPG", "子/c.jpg", "d.jpeg", "e,f.jpg")):
        picture(tmp_path / "photos" / name, at)
    cells = "a.jpg；photos/b 乙.jpg, photos\\子\\c.jpg、\n“d.jpeg”|./A.JPG ;"
    found = photos_of(sites({"photos": cells}, {"photos": "e,f.jpg"}, {"photos": None}), tmp_path, kept=NOTHING)
    assert told(found) == [
        ("Z-1", "", "a.jpg", "a.jpg"),
        ("Z-1", "", "B 乙.JPG", "photos/b 乙.jpg"),
        ("Z-1", "", "子/c.jpg", "photos\\子\\c.jpg"),
        ("Z-1", "", "d.jpeg", "d.jpeg"),
        ("Z-2", "", "e,f.jpg", "e,f.jpg"),
    ]
    assert found.counts == {"named": 5, "shown": 5, "missing": 0, "refused": 0, "unreadable": 0}
    assert found.notes == [] and found.assumptions == []


def test_before_and_after_by_column_or_by_name(tmp_path: Path) -> None:
    names = ("Z-1整改前.jpg", "Z-1_after.jpg", "x.jpg", "y.jpg", "整改前后对比.jpg")
    for at, name in enumerate(names):
        picture(tmp_path / "photos" / name, at)
    rows = (
        {"photos": ";".join(names[:2] + names[4:])},
        {"photos_before": "x.jpg", "photos": "y.jpg", "photos_after": "x.jpg"},
    )
    assert [one[:3] for one in told(photos_of(sites(*rows), tmp_path, kept=NOTHING))] == [
        ("Z-1", "before", "Z-1整改前.jpg"),
        ("Z-1", "after", "Z-1_after.jpg"),
        ("Z-1", "", "整改前后对比.jpg"),
        ("Z-2", "before", "x.jpg"),
        ("Z-2", "", "y.jpg"),
        ("Z-2", "after", "x.jpg"),
    ]


HOSTILE = [
    "../secret.jpg", "photos/../../secret.jpg", "..\\secret.jpg", "a/../../secret.jpg", "/etc/passwd", "/etc/secret.jpg",
    "\\\\server\\share\\secret.jpg", "//server/share/secret.jpg", "C:\\secret.jpg", "c:secret.jpg", "file:///etc/passwd",
    "http://example.org/secret.jpg", "HTTPS://example.org/a.jpg", "javascript:alert(1)//.jpg", "data:image/svg+xml,<svg/>",
    "vbscript:x.jpg", "java\tscript:alert(1).jpg", "secret\x00.jpg", "\u202egpj.terces", "out.jpg", "folder/secret.jpg",
    "/vsicurl/http://example.org/a.jpg", "photos//../..//secret.jpg", "....//secret.jpg", "%2e%2e/secret.jpg", "~/secret.jpg",
    "$HOME/secret.jpg", "x" * 5000 + ".jpg", "pipe.jpg", "<img src=x onerror=alert(1)>.jpg", "{{7*7}}.jpg",
]  # fmt: skip


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    project = tmp_path / "project"
    picture(tmp_path / "secret.jpg")
    picture(tmp_path / "beside" / "secret.jpg")
    picture(project / "photos" / "a.jpg")
    picture(project / "data" / "secret.jpg")
    (project / "photos" / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    (project / "photos" / "folder").symlink_to(tmp_path / "beside", target_is_directory=True)
    (project / "photos" / "in.jpg").symlink_to(project / "photos" / "a.jpg")
    os.mkfifo(project / "photos" / "pipe.jpg")
    rows = [{"photos_before": name} for name in HOSTILE] + [{"photos": "in.jpg"}]
    found = photos_of(sites(*rows), project, kept=NOTHING)
    assert [name for name, _ in found.pictures] == ["in.jpg"]
    assert {one.site_id for one in found.mentions} == {f"Z-{at + 1}" for at in range(len(rows))}
    codes = {one.name: one.code for one in found.mentions if one.picture < 0}
    # Names with a separator in them come in parts, of which none leads anywhere either.
    whole = [name for name in HOSTILE if name in codes]
    assert len(whole) >= 27
    refused = {name for name in whole if codes[name] == "PHOTO_REFUSED"}
    missing = {name for name in whole if codes[name] == "PHOTO_MISSING"}
    assert refused >= set(HOSTILE[:12]) | {"out.jpg", "secret\x00.jpg", "java\tscript:alert(1).jpg"}
    assert missing >= {"folder/secret.jpg", "....//secret.jpg", "%2e%2e/secret.jpg", "~/secret.jpg", "{{7*7}}.jpg"}
    assert codes["pipe.jpg"] == "PHOTO_KIND"
    assert found.counts["missing"] + found.counts["refused"] + found.counts["unreadable"] == len(found.mentions) - 1


@pytest.mark.parametrize("name", HOSTILE[:18])
def test_what_leads_out_has_no_path_inside(name: str) -> None:
    assert relative(name) is None


def test_a_folder_that_is_a_link_out_of_the_project_is_not_looked_into(tmp_path: Path) -> None:
    picture(tmp_path / "elsewhere" / "a.jpg")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "photos").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    found = photos_of(sites({"photos": "a.jpg"}), tmp_path / "project", kept=NOTHING)
    assert told(found) == [("Z-1", "", "PHOTO_MISSING", "a.jpg")]


def test_what_cannot_be_shown_is_told_at_its_site_in_run_json_and_in_a_sentence(tmp_path: Path) -> None:
    picture(tmp_path / "photos" / "a.jpg")
    (tmp_path / "photos" / "cut.jpg").write_bytes((tmp_path / "photos" / "a.jpg").read_bytes()[:300])
    (tmp_path / "photos" / "fake.jpg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    rows = {"photos": "a.jpg;gone.jpg"}, {"photos": "gone.jpg|见附件"}, {"photos": "cut.jpg,fake.jpg，../a.jpg"}
    found = photos_of(sites(*rows), tmp_path, kept=NOTHING)
    assert [one[2] for one in told(found)] == [
        "a.jpg", "PHOTO_MISSING", "PHOTO_MISSING", "PHOTO_MISSING", "PHOTO_UNREADABLE", "PHOTO_KIND", "PHOTO_REFUSED",
    ]  # fmt: skip
    assert found.counts == {"named": 7, "shown": 1, "missing": 3, "refused": 1, "unreadable": 2}
    notes = {note["code"]: note for note in found.notes}
    assert set(notes) == {"PHOTO_MISSING", "PHOTO_UNREADABLE", "PHOTO_KIND", "PHOTO_REFUSED"}
    missing = notes["PHOTO_MISSING"]
    assert (missing["file"], missing["rows"], missing["found"]) == ("data/t.csv", "3", "gone.jpg, 见附件")
    (sentence,) = found.assumptions
    assert (
        "6" in sentence["zh"]
        and "gone.jpg" in sentence["zh"]
        and "not found 3, refused 1, unreadable 2" in sentence["en"]
    )
    json.dumps([found.notes, found.assumptions])


def test_one_photo_of_many_sites_is_there_once(tmp_path: Path) -> None:
    picture(tmp_path / "photos" / "a.jpg")
    rows = [{"photos": "a.jpg"}] * 50
    found = photos_of(sites(*rows), tmp_path, kept=NOTHING)
    assert len(found.pictures) == 1 and len(found.mentions) == 50


def test_without_a_column_of_photos_nothing_is_looked_for(tmp_path: Path) -> None:
    assert photos_of(sites({"problem": "x"}), tmp_path, kept=NOTHING) == NO_PHOTOS


# --- Columns ---------------------------------------------------------------------------------


def conformed(layer: str, columns: dict[str, list[str | None]]) -> gpd.GeoDataFrame:
    rows = len(next(iter(columns.values())))
    needed = {
        "remediation_sites": {"编号": "Z", "名称": "某", "状态": "未整改"},
        "pollution_sources": {"编号": "S", "名称": "某", "类型": "排污口"},
    }[layer]
    own = {name: [f"{text}{at}" if name == "编号" else text for at in range(rows)] for name, text in needed.items()}
    texts = {name: pd.Series(cells, dtype=object) for name, cells in {**own, **columns}.items()}
    frame = gpd.GeoDataFrame(
        {**texts, "source_row": range(2, rows + 2)}, geometry=[shapely.Point(1, 1)] * rows, crs="EPSG:4326"
    )
    return conform(frame, LAYERS[layer], entry=Said(), kinds=KINDS, levels=LEVELS)[0]


def test_before_and_after_are_photos_only_where_they_name_pictures() -> None:
    named = {"整改前": ["a.jpg", None, "b.png；c.jpg"], "整改后照片": ["d.jpg", None, "/"]}
    frame = conformed("remediation_sites", named)
    assert frame["photos_before"].tolist() == ["a.jpg", None, "b.png；c.jpg"] and "整改前" not in frame
    assert "photos_after" not in frame and frame["整改后照片"].tolist() == ["d.jpg", None, "/"]
    said = {"整改前": ["污水直排", "a.jpg"], "整改后": ["已截污", None]}
    frame = conformed("remediation_sites", said)
    assert {"photos_before", "photos_after"}.isdisjoint(frame.columns)
    assert frame["整改前"].tolist() == ["污水直排", "a.jpg"] and frame["整改后"].tolist() == ["已截污", None]


def test_sources_may_have_photos_too() -> None:
    frame = conformed("pollution_sources", {"照片": ["a.jpg", None]})
    assert frame["photos"].tolist() == ["a.jpg", None]
    assert "photos" not in conformed("pollution_sources", {"照片": ["有", "无"]})
    assert "photos" not in conformed("pollution_sources", {"备注": ["有", "无"]})
