"""Good rows of every kind of layer, varied by the seed, with what they must be read as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

import shapely

from layers.words import BOOLEANS, CLASSES, KINDS, LEVELS, MEDIA, OPERATING, STATUSES, Word
from tests.corpus.model import Row

# Kind -> our columns, each with the headings that agencies use; the second stands in files whose names are short.
HEADINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "protection_zones": {
        "zone_id": ("保护区编号", "编号", "zone_id", "zone_code"),
        "name": ("保护区名称", "名称", "name", "zone_name"),
        "level": ("保护区级别", "级别", "level", "zone_level"),
        "medium": ("水源地类型", "介质", "medium", "medium"),
        "valid_from": ("批复时间", "start_date", "valid_from", "approved_on"),
        "declared_area_m2": ("保护区面积", "面积", "area_m2", "declared_area_m2"),
        "remark": ("备注", "备注", "remark", "Remark"),
    },
    "pollution_sources": {
        "source_id": ("污染源编号", "编号", "source_id", "id"),
        "name": ("污染源名称", "名称", "name", "facility"),
        "kind": ("污染源类型", "类型", "kind", "source_type"),
        "operating": ("运行状态", "operating", "operating", "operation_status"),
        "discharges": ("是否排污", "discharges", "discharges", "discharging"),
        "built_on": ("建成日期", "built", "built_on", "built"),
        "located_to_metres": ("定位精度", "accuracy", "accuracy_m", "accuracy"),
        "remark": ("备注", "备注", "remark", "Remark"),
    },
    "remediation_sites": {
        "site_id": ("问题编号", "编号", "site_id", "code"),
        "name": ("整改点位", "名称", "name", "site_name"),
        "status": ("整改进展", "状态", "status", "progress"),
        "deadline": ("整改时限", "时限", "deadline", "due_date"),
        "completed_on": ("完成时间", "completed", "completed_on", "completed"),
        "remark": ("备注", "备注", "remark", "Remark"),
    },
    "river_sections": {
        "section_id": ("断面编号", "编号", "section_id", "station_id"),
        "name": ("断面名称", "名称", "name", "station_name"),
        "target_class": ("水质目标", "target", "target_class", "target"),
        "sampled_on": ("采样日期", "date", "sampled_on", "sample_date"),
        "remark": ("备注", "备注", "remark", "Remark"),
    },
    "rivers": {
        "river_id": ("河流编号", "编号", "river_id", "id"),
        "name": ("河流名称", "河名", "name", "river_name"),
        "remark": ("备注", "备注", "remark", "Remark"),
    },
    "intakes": {
        "intake_id": ("取水口编号", "编号", "intake_id", "id"),
        "name": ("取水口名称", "名称", "name", "intake_name"),
        "remark": ("备注", "备注", "remark", "Remark"),
    },
    "samples": {
        "section_id": ("断面编号", "编号", "section_id", "station_id"),
        "sampled_on": ("采样日期", "日期", "sampled_on", "sample_date"),
        "indicator": ("监测项目", "项目", "indicator", "parameter"),
        "value": ("监测值", "浓度", "value", "result"),
        "unit": ("单位", "单位", "unit", "units"),
        "remark": ("备注", "备注", "remark", "Remark"),
    },
}
XY = (("经度", "纬度"), ("lon", "lat"), ("东经", "北纬"), ("Longitude", "Latitude"))
IDS = {kind: next(iter(columns)) for kind, columns in HEADINGS.items()}
WORDS: Mapping[str, Mapping[str, Word]] = {
    "kind": KINDS,
    "level": LEVELS,
    "status": STATUSES,
    "operating": OPERATING,
    "medium": MEDIA,
    "discharges": BOOLEANS,
    "target_class": CLASSES,
}
DATES = ("valid_from", "built_on", "deadline", "completed_on", "sampled_on")
NUMBERS = ("declared_area_m2", "located_to_metres")
_OUTLINES = {"protection_zones": "polygon", "rivers": "line"}

_PLACES = ("青山", "六枝", "水城", "盘州", "钟山", "以朵", "发耳", "Qingshan", "Liuzhi", "Old Mill", "北盘江", "三岔河")
_THINGS = ("水库", "排污口", "村", "污水处理厂", "断面", "reservoir", "outfall", "farm", "取水口", "渣场")
_MARKS = ("", "", "", "（一期）", " No. 7", "·东", ", east", " {{7*7}}", " <b>&amp;", '"甲"', " a;b", " =1+1", "′")
_REMARKS = (
    None,
    None,
    "",
    "已核实",
    "see annex 3",
    "第一行\n第二行",
    "多行\n\n空行",
    "逗号, 引号\"与'分号;",
    "0012",
    "-",
)


def _chinese_day(day: date) -> str:
    digits = "〇一二三四五六七八九"
    year = "".join(digits[int(digit)] for digit in str(day.year))
    return f"{year}年{_chinese_number(day.month)}月{_chinese_number(day.day)}日"


def _chinese_number(number: int) -> str:
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十") + (
        "" if ones == 0 and tens else digits[ones]
    )


def _wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isdigit() else letter for letter in text)


# Spellings of a day that are certain.
DAY_SPELLINGS: tuple[Callable[[date], str], ...] = (
    lambda day: day.isoformat(),
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day.year}/{day.month:02}/{day.day:02}",
    lambda day: f"{day.year}.{day.month}.{day.day}",
    lambda day: f"{day.year}.{day.month:02}.{day.day:02}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day.year}年{day.month:02}月{day.day:02}日",
    lambda day: f"{day.year}{day.month:02}{day.day:02}",
    lambda day: f"{day.isoformat()} 08:30",
    lambda day: f"{day.isoformat()}T08:30:00",
    lambda day: f"{day.year}/{day.month}/{day.day} 16:05:59",
    lambda day: f"{day.year}年{day.month}月{day.day}日 9时30分",
    lambda day: f" {day.isoformat()} ",
    lambda day: _wide(f"{day.year}年{day.month}月{day.day}日"),
    lambda day: _wide(day.isoformat()),
    _chinese_day,
    lambda day: f"{day.year}年{day.month}月{day.day}号",
    lambda day: f"{day.year}/{day.month:02}/{day.day:02}前" if day.day > 12 else day.isoformat(),
    lambda day: f"{day.day} {day:%b} {day.year}",
    lambda day: f"{day:%B} {day.day}, {day.year}",
)


def number_spellings(value: float) -> tuple[str, ...]:
    """Texts that can only mean `value`, a number with at most two decimals."""
    plain = f"{value:.2f}"
    whole = f"{int(value)}"
    return (
        plain,
        _wide(plain),
        f"  {plain} ",
        f"{value:,.2f}",
        f"{plain}0",
        f"+{plain}",
        f"{value:.8e}",
        whole + plain[-3:],
    )


class Maker:
    """Makes good rows: ids never twice, everything else as agencies write it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.made = 0

    def row(self, kind: str, *, plain: bool = False) -> Row:
        """A good row of `kind` with its outline or point; `plain` leaves out spellings that need reading twice."""
        row = Row({}, place=None)
        for column in HEADINGS[kind]:
            text, read = self._value(kind, column, plain=plain)
            row.cells[column] = text
            if read is not None:
                row.reads[column] = read
        if kind == "samples":
            return row
        row.shape = self._shape(_OUTLINES.get(kind, "point"))
        if row.shape.geom_type == "Point":
            row.place = (row.shape.x, row.shape.y)
            row.cells["x"], row.cells["y"] = self.degrees(row.shape.x), self.degrees(row.shape.y)
        return row

    def degrees(self, value: float) -> str:
        """A decimal coordinate as agencies write it."""
        spellings = (f"{value:.8f}", f"{value:.8f}", f" {value:.8f}", f"{value:.8f}°", _wide(f"{value:.8f}"))
        return self.random.choice(spellings)

    def id(self) -> str:
        self.made += 1
        number = self.made
        forms = (f"{number:05}", f"GZ-{number:04}", f"0{number}", f"水-{number}", f"52020{number:013}", f"S{number}/a")
        return self.random.choice(forms)

    def name(self) -> str:
        pick = self.random.choice
        return f"{pick(_PLACES)}{pick(_THINGS)}{self.random.randint(1, 99)}{pick(_MARKS)}"

    def day(self) -> date:
        return date(1985, 1, 1) + timedelta(days=self.random.randrange(14_000))

    def _value(self, kind: str, column: str, *, plain: bool) -> tuple[str | None, Any]:
        pick = self.random.choice
        if column == IDS[kind]:
            made = self.id()
            return made, made
        if column == "name":
            made = self.name()
            return made, made
        if column in WORDS:
            code, word = pick(list(WORDS[column].items()))
            said = code == "true" if column == "discharges" else code
            spelling = word.zh if plain else pick((word.zh, word.en, f" {word.zh} ", word.en.upper(), *word.also))
            return spelling, said
        if column in DATES:
            if self.random.random() < 0.2 and (kind, column) != ("samples", "sampled_on"):
                return None, None
            day = self.day()
            return (day.isoformat() if plain else pick(DAY_SPELLINGS)(day)), day.isoformat()
        if column in NUMBERS:
            value = round(self.random.uniform(1, 9e6 if column == "declared_area_m2" else 900), 2)
            return (f"{value:.2f}" if plain else pick(number_spellings(value))), value
        return self._sample(column)

    def _sample(self, column: str) -> tuple[str | None, Any]:
        pick = self.random.choice
        if column == "indicator":
            return pick(("氨氮", "总磷", "高锰酸盐指数", "ammonia nitrogen", "TP", "铅")), None
        if column == "value":
            number = f"{self.random.uniform(0.01, 9):.3f}"
            return pick((number, number, f"<{number}", f"{number}L", _wide(number), "ND", "未检出")), None
        if column == "unit":
            return pick(("mg/L", "mg/l", "μg/L", "ug/L", "ng/L", "毫克/升")), None
        return pick(_REMARKS), None

    def _shape(self, outline: str) -> Any:
        x, y = round(self.random.uniform(104.2, 105.6), 6), round(self.random.uniform(26.0, 27.2), 6)
        if outline == "point":
            return shapely.Point(x, y)
        step = round(self.random.uniform(0.004, 0.02), 6)
        if outline == "line":
            line = shapely.LineString([(x, y), (x + step, y + step / 2), (x + step, y + step)])
            return pick_multi(self.random, line)
        square = shapely.box(x, y, x + step, y + step)
        if self.random.random() < 0.2:
            hole = shapely.box(x + step / 4, y + step / 4, x + step / 2, y + step / 2)
            square = square.difference(hole)
        return pick_multi(self.random, square)


def pick_multi(random: Random, shape: Any) -> Any:
    """`shape`, now and then with a second part."""
    if random.random() > 0.15:
        return shape
    other = shapely.transform(shape, lambda points: points + 0.05)
    kind = shapely.MultiPolygon if shape.geom_type == "Polygon" else shapely.MultiLineString
    return kind([shape, other])
