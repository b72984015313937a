"""The words of the field: codes of results, statuses, severities and source kinds, in Chinese and English.

Every table is `code -> Word`; `also` holds other spellings that agencies use, recognised without
being listed in the project file. Order is meaning: results and severities run from worst to best.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import NamedTuple


class Word(NamedTuple):
    """One code's name in both languages and the other spellings it is recognised by."""

    zh: str
    en: str
    also: tuple[str, ...] = ()

    def text(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


LAYER_KINDS: Mapping[str, Word] = {
    "protection_zones": Word("饮用水水源保护区", "drinking-water protection zones"),
    "river_sections": Word("监测断面", "monitoring sections of rivers"),
    "samples": Word("水质监测数据", "water-quality samples"),
    "pollution_sources": Word("污染源", "pollution sources"),
    "remediation_sites": Word("整改点位", "remediation sites"),
    "rivers": Word("河流", "rivers"),
    "water_bodies": Word("水库、湖泊", "reservoirs and lakes"),
    "intakes": Word("取水口", "intakes"),
    "districts": Word("行政区", "administrative districts"),
}

RESULTS: Mapping[str, Word] = {
    "violation": Word("违规", "violation"),
    "check": Word("待核查", "to check"),
    "not_assessed": Word("未评估", "not assessed"),
    "clear": Word("无冲突", "clear"),
}

SEVERITIES: Mapping[str, Word] = {
    "critical": Word("严重", "critical"),
    "major": Word("较重", "major"),
    "minor": Word("一般", "minor"),
    "info": Word("提示", "info"),
}

EFFECTS: Mapping[str, Word] = {
    "prohibited": Word("禁止", "prohibited"),
    "restricted": Word("限制", "restricted"),
    "conditional": Word("有条件", "conditional"),
}

STATUSES: Mapping[str, Word] = {
    "not_started": Word("未启动", "not started", ("未开工", "尚未启动", "未整改")),
    "on_schedule": Word("达到序时进度", "on schedule", ("正常推进", "整改中", "正在整改", "达到序时进度要求")),
    "behind": Word("未达到序时进度", "behind schedule", ("滞后", "进度滞后", "逾期未完成")),
    "completed": Word("已完成整改", "completed", ("完成整改", "已完成", "提前完成整改", "done")),
    "accepted": Word("已验收", "accepted", ("通过验收",)),
    "closed": Word("已销号", "closed", ("销号", "已验收销号")),
    "reopened": Word("回头看发现反弹", "reopened", ("反弹", "relapsed")),
    "cannot_fix": Word("无法整改", "cannot be fixed"),
}

# A site in one of these is not overdue any more, whatever its deadline (docs/outputs.md).
FINISHED_STATUSES = frozenset({"completed", "accepted", "closed"})

# What an event of the ledger is (docs/ledger.md).
EVENT_KINDS: Mapping[str, Word] = {
    "stated": Word("台账表填写", "stated in the office's table"),
    "status": Word("状态", "status"),
    "visit": Word("现场巡查", "visit"),
    "decision": Word("裁定", "decision"),
    "extension": Word("延期", "deadline extension"),
    "acceptance": Word("验收", "acceptance"),
    "sign_off": Word("销号", "sign-off"),
    "reinspection": Word("回头看", "re-inspection"),
    "override": Word("对结论的人工判定", "override of a finding"),
    "match": Word("对象认定", "identity of a site"),
    "run": Word("运行", "run"),
}

KINDS: Mapping[str, Word] = {
    "outfall": Word("入河排污口", "outfall", ("排污口", "入河排口", "排口", "排放口", "discharge outlet")),
    "industry": Word("工业企业", "industry", ("企业", "工厂", "工业", "industrial", "factory")),
    "wastewater_plant": Word(
        "污水处理厂", "wastewater plant", ("污水厂", "wwtp", "wastewater", "sewage plant", "sewage_plant")
    ),
    "landfill": Word("垃圾填埋场", "landfill", ("填埋场",)),
    "hazardous_waste": Word(
        "危险/医疗废物", "hazardous or medical waste", ("危险废物", "医疗废物", "危废", "医废", "hazardous waste")
    ),
    "waste_heap": Word("渣场/堆场", "waste heap", ("渣场", "堆场", "渣堆", "弃渣场", "slag heap")),
    "mine": Word("矿山", "mine", ("煤矿", "矿井", "采矿")),
    "tailings": Word("尾矿库", "tailings pond", ("尾矿",)),
    "livestock_farm": Word("畜禽养殖场", "livestock farm", ("养殖场", "畜禽养殖", "规模化养殖场", "livestock")),
    "cage_culture": Word("网箱养殖", "cage culture", ("网箱", "cage fish farm")),
    "cropland": Word("种植", "cropland", ("耕地", "种植业", "农田", "farmland")),
    "catering": Word(
        "餐饮/农家乐/烧烤", "catering", ("餐饮", "农家乐", "烧烤", "餐馆", "restaurant", "farm restaurant")
    ),
    "tourism": Word("旅游", "tourism", ("旅游设施", "景区", "游乐")),
    "settlement": Word("居民点", "settlement", ("居民", "村寨", "住户", "household")),
    "building": Word("与供水无关建筑", "building unrelated to supply", ("建筑", "建筑物", "违章建筑", "房屋")),
    "road": Word("公路", "road", ("道路", "桥梁", "交通穿越", "highway")),
    "rail": Word("铁路", "railway", ("铁道",)),
    "wharf": Word("码头", "wharf", ("dock", "pier")),
    "petrol_station": Word("加油站", "petrol station", ("gas station", "gas_station")),
    "oil_depot": Word("油库", "oil depot", ("储油库",)),
    "chemical_storage": Word("化学品储存", "chemical storage", ("危化品仓库", "化学品仓库", "危险化学品")),
    "transfer_station": Word("垃圾中转站", "waste transfer station", ("中转站", "转运站", "垃圾转运站")),
    "graveyard": Word("墓地", "graveyard", ("坟墓", "公墓", "cemetery")),
    "other": Word("其他", "other", ("其它", "unknown", "未知")),
}

# The levels of Chinese zones, strictest first; a rule book may name its own.
LEVELS: Mapping[str, Word] = {
    "1": Word("一级保护区", "level 1", ("一级", "Ⅰ级", "I级", "1级", "一级区", "i", "first class", "grade 1")),
    "2": Word("二级保护区", "level 2", ("二级", "Ⅱ级", "II级", "2级", "二级区", "ii", "second class", "grade 2")),
    "quasi": Word("准保护区", "quasi zone", ("准", "准级", "准保护", "quasi-protection zone", "准保护区域")),
}

OPERATING: Mapping[str, Word] = {
    "operating": Word("运行", "operating", ("在运行", "运营", "营业", "生产", "在产", "正常", "existing", "active")),
    "closed": Word("关闭", "closed", ("已关闭", "停产", "关停", "拆除", "已拆除", "停业")),
    "planned": Word("拟建", "planned", ("规划", "在建", "新建", "proposed")),
}

MEDIA: Mapping[str, Word] = {
    "surface": Word("地表水", "surface water", ("地表", "湖库", "河流", "surface_water")),
    "groundwater": Word("地下水", "groundwater", ("地下", "ground water")),
}

AQUIFERS: Mapping[str, Word] = {
    "unconfined": Word("潜水", "unconfined", ("潜水含水层", "phreatic")),
    "confined": Word("承压水", "confined", ("承压", "承压含水层", "artesian")),
}

WATER_TYPES: Mapping[str, Word] = {
    "river": Word("河流", "river", ("河",)),
    "lake": Word("湖库", "lake or reservoir", ("湖泊", "水库", "reservoir")),
}

BOOLEANS: Mapping[str, Word] = {
    "true": Word("是", "yes", ("有", "1", "y", "t", "√")),
    "false": Word("否", "no", ("无", "0", "n", "f", "×")),
}

# Whose codes stand in sentences by their names.
WORDS_OF_VALUES = (BOOLEANS, OPERATING, STATUSES, MEDIA, AQUIFERS, WATER_TYPES)

# Water-quality classes of GB 3838-2002, best first, with the spellings agencies use.
CLASSES: Mapping[str, Word] = {
    "I": Word("Ⅰ类", "class I", ("Ⅰ", "1", "一类", "I类")),
    "II": Word("Ⅱ类", "class II", ("Ⅱ", "2", "二类", "II类")),
    "III": Word("Ⅲ类", "class III", ("Ⅲ", "3", "三类", "III类")),
    "IV": Word("Ⅳ类", "class IV", ("Ⅳ", "4", "四类", "IV类")),
    "V": Word("Ⅴ类", "class V", ("Ⅴ", "5", "五类", "V类")),
    "worse_than_V": Word("劣Ⅴ类", "worse than V", ("劣Ⅴ", "劣V", "劣V类", "劣五类", "6")),
}


# What attributes that rules ask for are called. Columns of the agency's own, which no layer has, stand with their name
# in the project file, so that whoever is told that one is missing knows what to add.
_OWN: Mapping[str, tuple[str, str]] = {
    "heavy_polluter": ("是否重污染项目", "heavy polluter"),
    "rebuilt": ("是否改建", "rebuilt"),
    "adds_load": ("是否增加排污量", "adds load"),
    "protective_measures": ("是否采取防污措施", "measures against pollution taken"),
    "toxic_pesticide": ("是否使用剧毒、高残留农药或者滥用化肥", "toxic pesticide or fertiliser abuse"),
    "hazmat": ("是否通行危险品", "dangerous goods allowed"),
    "crossing_protected": ("护栏、径流收集、应急池是否齐全", "rails, runoff collection and pool in place"),
    "harmful_cargo": ("是否装卸垃圾、粪便、油类、有毒物品", "refuse, excrement, oil or toxic cargo"),
    "tank_protected": ("油罐防渗漏措施是否齐全", "tanks protected against leaks"),
    "lined": ("是否防渗", "lined"),
    "monitoring_wells": ("是否有地下水监测井", "monitoring wells"),
    "in_ecological_redline": ("是否位于生态保护红线或者永久基本农田", "in a redline area or permanent farmland"),
    "in_karst_area": ("是否位于泉域或者岩溶强发育区", "in a spring or strong karst area"),
    "pollutes_groundwater": ("是否可能污染地下水", "may pollute groundwater"),
    "receiving_water_attains": ("受纳水体是否达标", "receiving water attains"),
    "municipal_works": ("是否城乡污水处理等民生工程", "municipal treatment works"),
    "safety_upgrade": ("是否以提升安全、环保水平为目的的改建", "rebuild for safety or the environment"),
    "yangtze": ("长江干流或支流", "Yangtze main stem or tributary"),
    "drawn_at": ("轮廓所取水位线", "water line that it is drawn at"),
    "table2_exceeded": ("补充项目（表2）是否超标", "an item of Table 2 exceeded"),
}
ATTRIBUTES: Mapping[str, Word] = {
    "operating": Word("运行状态", "operating"),
    "discharges": Word("是否排污", "discharges"),
    "related_to_supply": Word("是否与供水有关", "related to supply"),
    "approved": Word("是否审批", "approved"),
    "built_on": Word("建成时间", "built on"),
    "medium": Word("水源介质（地表水/地下水）", "medium (surface water, groundwater)"),
    "aquifer": Word("含水层类型（潜水/承压水）", "aquifer (unconfined, confined)"),
    "signs": Word("界标、警示标志", "signs"),
    "fence": Word("隔离防护", "fence"),
    "only_source": Word("是否单一水源", "only source"),
    "backup_source": Word("有无备用水源", "backup source"),
    "risk_survey_on": Word("风险调查评估日期", "day of the risk survey"),
    "status": Word("整改状态", "status"),
    **{name: Word(f"{zh}（{name}）", f"{en} ({name})") for name, (zh, en) in _OWN.items()},
}


def fold(text: str) -> str:
    """The spelling that words are compared in: NFKC, lower case, no outer or doubled blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def code_of(text: str, words: Mapping[str, Word]) -> str | None:
    """The code of `words` that `text` spells, or None where it spells none of them.

    >>> code_of("排污口", KINDS), code_of(" Outfall", KINDS), code_of("boat", KINDS)
    ('outfall', 'outfall', None)
    """
    return _spellings(words).get(fold(text))


_SPELLINGS: dict[int, tuple[Mapping[str, Word], dict[str, str]]] = {}


def _spellings(words: Mapping[str, Word]) -> dict[str, str]:
    """Every folded spelling of a table -> its code; kept per table object, as tables are constants."""
    kept = _SPELLINGS.get(id(words))
    if kept is None or kept[0] is not words:
        table = {fold(name): code for code, word in words.items() for name in (word.zh, word.en, *word.also)}
        table.update({fold(code): code for code in words})
        kept = _SPELLINGS[id(words)] = (words, table)
    return kept[1]
