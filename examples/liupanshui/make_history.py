"""Writes what came in at each survey into surveys/: the office's tables as they stood, and survey files as the map writes them.

The commands that the office gave, `commands.txt`, were written by hand. Run `make_data.py` before: python make_history.py.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import draw_photos
import make_data
import shapely
from PIL import Image, ImageDraw

SURVEYS = Path(__file__).parent / "surveys"
ONE, TWO = "市环境保护局巡查员甲", "市环境保护局巡查员乙"
# Of each survey: what stood otherwise in the table of sources. In March S-049 had another number and S-036 a rough position.
SOURCES: Mapping[str, Mapping[str, Any]] = {
    "2017-03": {"absent": {"S-052", "S-056", "S-058", "S-059"}, "operating": {"S-035": "运行", "S-037": "运行"},
                "numbers": {"S-049": "DW-07"}, "moved": {"S-036": (95, -80, 20)}},
    "2017-08": {"absent": {"S-052"}, "operating": {"S-035": "关闭"}, "numbers": {}, "moved": {}},
}  # fmt: skip
NOTHING = ("", "", "", "")
# Of each survey by problem: status, completed, accepted, closed, evidence; and deadlines that were others then.
PROGRESS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "2017-03": {
        "Z-01": ("未启动", *NOTHING), "Z-02": ("未启动", *NOTHING), "Z-03": ("未启动", *NOTHING), "Z-04": ("未启动", *NOTHING),
        "Z-05": ("未启动", *NOTHING), "Z-06": ("未启动", *NOTHING), "Z-08": ("达到序时进度", *NOTHING),
        "Z-09": ("达到序时进度", *NOTHING), "Z-10": ("未启动", *NOTHING), "Z-14": ("未启动", *NOTHING), "Z-15": ("未启动", *NOTHING),
    },
    "2017-08": {
        "Z-01": ("达到序时进度", *NOTHING), "Z-02": ("达到序时进度", *NOTHING),
        "Z-03": ("已销号", "2017-08-04", "2017-08-14", "2017-08-28", "关停前后照片"), "Z-04": ("达到序时进度", *NOTHING),
        "Z-05": ("达到序时进度", *NOTHING), "Z-06": ("达到序时进度", *NOTHING), "Z-07": ("达到序时进度", *NOTHING),
        "Z-08": ("达到序时进度", *NOTHING), "Z-09": ("已销号", "2017-05-31", "2017-06-20", "2017-06-28", "销号公示"),
        "Z-10": ("已销号", "2017-08-10", "2017-08-20", "2017-08-30", "封堵照片"), "Z-11": ("达到序时进度", *NOTHING),
        "Z-12": ("未启动", *NOTHING), "Z-13": ("达到序时进度", *NOTHING), "Z-14": ("未启动", *NOTHING),
        "Z-15": ("无法整改", "", "", "", "专家意见"), "Z-17": ("达到序时进度", *NOTHING),
    },
}  # fmt: skip
DEADLINES = {"Z-06": "2017-12-31"}  # until it was extended in November
# Of each survey: inspector, time, problem, status and result observed, note, photo (its scene and name), metres beside the site.
Visit = tuple[str, str, str, str | None, str, str, tuple[Callable[[draw_photos.Draw], None], str] | None, float]
VISITS: Mapping[str, Sequence[Visit]] = {
    "2017-03": [
        (ONE, "2017-03-22T10:15:00+08:00", "Z-03", "not_started", "violation", "农家乐正常营业，库边有垂钓平台3处、露天餐台。",
         (draw_photos.kitchen, "Z-03发现时.jpg"), 6),
        (ONE, "2017-03-22T15:40:00+08:00", "Z-10", None, "violation", "排口有生活污水流入水库。", None, 9),
    ],
    "2017-08": [
        (ONE, "2017-08-09T09:30:00+08:00", "Z-03", "completed", "clear", "灶台、餐台和垂钓平台已拆除，岸坡已补植。",
         (draw_photos.emptied, "Z-03拆除后.jpg"), 8),
        (TWO, "2017-08-10T14:05:00+08:00", "Z-14", "not_started", "violation", "存量垃圾未动，已逾期。", None, 25),
    ],
    "2017-11": [
        (ONE, "2017-11-21T10:20:00+08:00", "Z-03", "reopened", "violation", "搭起帐篷重新营业，垂钓平台恢复1处。",
         (draw_photos.reopened, "Z-03回头看.jpg"), 7),
        (ONE, "2017-11-21T16:00:00+08:00", "Z-13", "behind", "violation", "清淤只完成东侧，弃渣未清运。", None, 12),
        (TWO, "2017-11-22T09:10:00+08:00", "Z-13", "on_schedule", "check", "西侧截污管已接通，清淤设备在场。", None, 15),
        (TWO, "2017-11-22T15:30:00+08:00", "Z-17", None, "violation", "圈舍未拆净，存栏约20头。",
         (draw_photos.built, "Z-17圈舍.jpg"), 1400),
    ],
}  # fmt: skip
# Photos that the office filed, by survey: scene, problem, time.
FILED: Mapping[str, Mapping[str, tuple[Callable[[draw_photos.Draw], None], str, str]]] = {
    "2017-08": {
        "Z-03整改前.jpg": (draw_photos.kitchen, "Z-03", "2017-03-22T10:15:00+08:00"),
        "Z-03整改后.jpg": (draw_photos.emptied, "Z-03", "2017-08-04T16:30:00+08:00"),
    },
}
# What the map showed to the inspectors: how many events each problem had when they set out.
REVISIONS = {"2017-08": {"Z-03": 2, "Z-14": 1}, "2017-11": {"Z-03": 8, "Z-13": 1, "Z-17": 1}}
_METRE = 1 / 111_000  # degrees of latitude


def sources_then(survey: str) -> list[make_data.Source]:
    """The office's table of points as it stood at a survey."""
    then = SOURCES[survey]
    rows = []
    for row in make_data.SOURCES:
        number, name, kind, operating, *facts, accuracy, place = row
        if not make_data.is_in_table(row) or number in then["absent"]:
            continue
        if number in then["moved"]:
            east, north, accuracy = then["moved"][number]
            place = shapely.Point(place.x + east, place.y + north)
        operating = then["operating"].get(number, operating)
        rows.append((then["numbers"].get(number, number), name, kind, operating, *facts, accuracy, place))
    return rows


def problems_then(survey: str) -> list[tuple[str, ...]]:
    """The office's ledger as it stood at a survey."""
    then = PROGRESS[survey]
    return [
        (*row[:8], DEADLINES.get(row[0], row[8]), *then[row[0]]) for row in make_data.REMEDIATION if row[0] in then
    ]  # fmt: skip


def photo(scene: Callable[[draw_photos.Draw], None], at: str, lon: float, lat: float) -> bytes:
    """A small drawing with the time and the place that a phone would write into it."""
    image = Image.new("RGB", (draw_photos.WIDE, draw_photos.HIGH))
    scene(ImageDraw.Draw(image))
    small = image.resize((240, 160), Image.Resampling.LANCZOS)
    exif = Image.Exif()
    taken = exif.get_ifd(0x8769)
    taken[0x9003], taken[0x9011] = datetime.fromisoformat(at).strftime("%Y:%m:%d %H:%M:%S"), at[-6:]
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", _degrees(lat), "E", _degrees(lon)
    sink = io.BytesIO()
    small.save(sink, "JPEG", quality=45, optimize=True, exif=exif)
    return sink.getvalue()


def _degrees(value: float) -> tuple[float, float, float]:
    whole = int(value)
    minutes = (value - whole) * 60
    return float(whole), float(int(minutes)), round((minutes - int(minutes)) * 60, 2)


def spot_of(problem: str) -> tuple[float, float]:
    return make_data.spot_of(next(row[3] for row in make_data.REMEDIATION if row[0] == problem))


def record(survey: str, visit: Visit) -> dict[str, Any]:
    """A visit as the map hands it in."""
    inspector, at, problem, status, result, note, picture, beside = visit
    lon, lat = spot_of(problem)
    lat = round(lat + beside * _METRE, 6)
    photos = []
    if picture is not None:
        data = photo(picture[0], at, lon, lat)
        photos.append({"name": picture[1], "sha256": hashlib.sha256(data).hexdigest(), "data": base64.b64encode(data).decode()})
    number = hashlib.sha256(f"{problem} {at}".encode()).digest()[:16]
    return {
        "uuid": str(UUID(bytes=number, version=4)), "layer": "remediation_sites", "site_id": problem,
        "base_revision": REVISIONS.get(survey, {}).get(problem, 0), "build_id": f"example-{survey}", "visited_at": at, "inspector": inspector,
        "observed": {"status": status, "result": result, "checklist": []}, "note": note,
        "position": {"lon": lon, "lat": lat, "accuracy_m": 5.0, "source": "own"}, "photos": photos,
    }  # fmt: skip


def write_survey(survey: str, inspector: str) -> None:
    """The file that an inspector handed in, named as the map names it."""
    records = [record(survey, visit) for visit in VISITS[survey] if visit[0] == inspector]
    if not records:
        return
    file = {"format": "headwater-survey", "version": 1, "build_id": f"example-{survey}", "records": records}
    lines = [json.dumps(one, ensure_ascii=False) for one in records]
    head = json.dumps({**file, "records": []}, ensure_ascii=False).removesuffix("]}")
    day = records[-1]["visited_at"][:10]
    path = SURVEYS / survey / f"headwater-survey-{day}-1800-{inspector}.json"
    path.write_text(head + "\n" + ",\n".join(lines) + "\n]}\n", encoding="utf-8", newline="\n")


def main() -> None:
    for survey in VISITS:
        folder = SURVEYS / survey
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
        for inspector in (ONE, TWO):
            write_survey(survey, inspector)
        for name, (scene, problem, at) in FILED.get(survey, {}).items():
            (folder / name).write_bytes(photo(scene, at, *spot_of(problem)))
        if survey in SOURCES:
            data = folder / "data"
            data.mkdir(exist_ok=True)
            make_data.write_source_table(data / "sources.csv", sources_then(survey))
            day = datetime.fromisoformat(f"{survey}-28")
            make_data.write_remediation(data / "remediation.xlsx", problems_then(survey), {}, day)


if __name__ == "__main__":
    main()
