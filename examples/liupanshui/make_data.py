"""Writes data/ of this example; `draw_photos.py` draws photos/, `make_history.py` writes surveys/. Run it in an environment with headwater and xlsxwriter: python make_data.py.

Names and facts are those of public documents of 2017; outlines, positions, roles, dates and states are made up.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

os.environ["OGR_CURRENT_DATE"] = "2017-11-30T00:00:00.000Z"  # GeoPackages carry the day they were written

import geopandas as gpd
import outlines
import shapely
import xlsxwriter
from outlines import beside, patch
from pyproj import Transformer
from shapely.geometry import LineString, Point

DATA = Path(__file__).parent / "data"
_TO_DEGREES = Transformer.from_crs(outlines.CRS, "EPSG:4490", always_xy=True)

DAMS = {"玉舍水库": (104.7685, 26.4685), "窑上水库": (104.8735, 26.5605), "德坞水库": (104.7895, 26.5868)}
WATER = {
    "玉舍水库": outlines.reservoir([
        ([DAMS["玉舍水库"], (104.757, 26.4635), (104.7505, 26.452), (104.738, 26.447), (104.7265, 26.436)], 270, 70),
        ([(104.7525, 26.455), (104.7445, 26.4615), (104.7345, 26.4635)], 150, 35),
        ([(104.745, 26.449), (104.7475, 26.4405), (104.7445, 26.434)], 130, 35),
    ], 3),
    "窑上水库": outlines.reservoir([
        ([DAMS["窑上水库"], (104.8675, 26.5555), (104.8665, 26.5475), (104.8595, 26.5415)], 190, 45),
        ([(104.867, 26.551), (104.8735, 26.5465), (104.8765, 26.5425)], 90, 25),
    ], 5),
    "德坞水库": outlines.reservoir([([DAMS["德坞水库"], (104.7835, 26.5845), (104.778, 26.5805)], 120, 40)], 8),
    "卡达凯斯人工湖": outlines.reservoir([([(104.8425, 26.6015), (104.8475, 26.6035), (104.8515, 26.602)], 170, 110)], 11),
}
RIVERS = outlines.joined({
    "水城河": (outlines.river([
        (104.7665, 26.6085), (104.788, 26.6), (104.815, 26.5965), (104.84, 26.5935), (104.868, 26.5845), (104.893, 26.575),
        (104.925, 26.5675), (104.957, 26.5635), (104.984, 26.5745)], 2, swing=260), "三岔河"),
    "三岔河": (outlines.river([
        (104.66, 26.728), (104.72, 26.7), (104.79, 26.69), (104.86, 26.676), (104.925, 26.645), (104.966, 26.6),
        (104.984, 26.5745), (105.03, 26.548), (105.082, 26.538)], 4, swing=420, bends=30), ""),
    "玉舍河上游": (outlines.river([
        (104.672, 26.404), (104.697, 26.418), (104.7265, 26.436), (104.738, 26.447), (104.7505, 26.452), (104.757, 26.4635),
        DAMS["玉舍水库"]], 6, swing=90, bends=14), "玉舍河"),
    "玉舍河": (outlines.river([
        DAMS["玉舍水库"], (104.786, 26.463), (104.808, 26.445), (104.838, 26.43), (104.868, 26.402), (104.884, 26.371)], 9, swing=240), ""),
    "岩脚沟": (outlines.river([
        (104.686, 26.484), (104.705, 26.473), (104.72, 26.468), (104.7345, 26.4635), (104.7445, 26.4615), (104.751, 26.456)],
        12, swing=60, bends=12), "玉舍河上游"),
    "窑上河上游": (outlines.river([
        (104.842, 26.503), (104.848, 26.522), (104.8595, 26.5415), (104.8665, 26.5475), (104.8675, 26.5555), DAMS["窑上水库"]],
        13, swing=70, bends=12), "窑上河"),
    "窑上河": (outlines.river([DAMS["窑上水库"], (104.8815, 26.566), (104.893, 26.575)], 14, swing=45, bends=9), "水城河"),
    "德坞沟": (outlines.river([
        (104.752, 26.566), (104.766, 26.575), (104.778, 26.5805), (104.7835, 26.5845), DAMS["德坞水库"]], 15, swing=40, bends=11),
        "德坞河"),
    "德坞河": (outlines.river([DAMS["德坞水库"], (104.797, 26.5915), (104.808, 26.5972)], 16, swing=40, bends=6), "水城河"),
})
INFLOWS = {"玉舍水库": ["玉舍河上游", "岩脚沟"], "窑上水库": ["窑上河上游"], "德坞水库": ["德坞沟"]}
REACH = {"玉舍水库": 2300, "窑上水库": 1150, "德坞水库": 2000}
LEVELS = ("一级保护区", "二级保护区", "准保护区")
ZONES = {
    (source, level): outline
    for number, source in enumerate(DAMS)
    for level, outline in zip(LEVELS, outlines.zones(
        outlines.dam_side(WATER[source], DAMS[source], REACH[source]), WATER[source],
        [RIVERS[name][0] for name in INFLOWS[source]], 20 + 3 * number), strict=True)
    if (source, level) != ("德坞水库", "准保护区")  # a small source without a quasi zone
}
# A spring whose zones were drawn carelessly: level 1 reaches out of level 2, and the quasi zone is a ring that leaves a
# strip open and runs into the quasi zone of the reservoir beside it.
SPRING = "窑上岩溶泉（示例）"
_MIDDLE = beside(ZONES["窑上水库", "准保护区"], 0.55, -1150)
_SECOND = patch(_MIDDLE, 760, 32, stretch=1.1)
_FIRST = patch(beside(_SECOND, 0.40, 105), 230, 31, stretch=1.0)
_HOLE = shapely.union(_SECOND, _FIRST).buffer(12, quad_segs=4)
ZONES |= {
    (SPRING, "一级保护区"): _FIRST,
    (SPRING, "二级保护区"): _SECOND,
    (SPRING, "准保护区"): shapely.set_precision(patch(_MIDDLE, 2350, 33, stretch=1.1).difference(_HOLE), 0.01),
}
# The zone as it was until its outline was adjusted: the same id, other days.
BEFORE = shapely.set_precision(ZONES["德坞水库", "二级保护区"].buffer(160, quad_segs=3).simplify(8), 0.01)
# A zone of which nobody has said the level yet: it is rejected, and nothing in it passes as clear.
UNDECIDED = patch(outlines.spot(104.71, 26.56), 1300, 34, stretch=1.2)
DISTRICTS = outlines.districts(
    {
        "钟山区": [(104.728, 26.548), (104.742, 26.59), (104.722, 26.628), (104.77, 26.662), (104.815, 26.648), (104.862, 26.668),
                (104.92, 26.632), (104.952, 26.606), (104.93, 26.572), (104.944, 26.54), (104.895, 26.512), (104.842, 26.522),
                (104.79, 26.532)],
        "大湾": [(104.692, 26.712), (104.7, 26.742), (104.688, 26.772), (104.735, 26.782), (104.782, 26.762), (104.775, 26.722),
               (104.742, 26.716)],
        "水城县": [(104.61, 26.372), (104.632, 26.44), (104.585, 26.52), (104.625, 26.6), (104.592, 26.68), (104.63, 26.79),
                (104.72, 26.818), (104.79, 26.788), (104.87, 26.81), (104.93, 26.74), (104.99, 26.71), (105.01, 26.62), (105.07, 26.565),
                (105.045, 26.49), (105.07, 26.42), (104.975, 26.37), (104.9, 26.325), (104.8, 26.355), (104.7, 26.318)],
        "边界": [(104.545, 26.29), (104.52, 26.42), (104.5, 26.56), (104.525, 26.7), (104.53, 26.87), (104.7, 26.9), (104.85, 26.885),
               (105.03, 26.83), (105.09, 26.7), (105.15, 26.56), (105.14, 26.4), (105.07, 26.29), (104.9, 26.245), (104.72, 26.245)],
    },
    [[(104.66, 26.69), (104.36, 26.76)], [(104.85, 26.75), (104.93, 26.98)], [(104.94, 26.64), (105.32, 26.68)],
     [(104.93, 26.42), (105.1, 26.12)], [(104.68, 26.42), (104.36, 26.36)]],
    {"钟山区": (104.83, 26.59), "钟山区/大湾": (104.735, 26.745), "水城县": (104.7, 26.5), "赫章县": (104.6, 26.84),
     "纳雍县": (104.98, 26.79), "盘县": (104.75, 26.28), "威宁县": (104.545, 26.55)},
)


def zone(source: str, level: int) -> shapely.Polygon:
    """The zone of a source: 1, 2, or 3 for the quasi zone."""
    return ZONES[source, LEVELS[level - 1]]


def at(lon: float, lat: float) -> Point:
    return outlines.spot(lon, lat)


def way(*places: tuple[float, float], seed: int, swing: float = 60) -> LineString:
    return outlines.river(places, seed, swing=swing, bends=10)


def inside_border(name: str, beside_it: str, share: float, metres: float) -> Point:
    """A point in a district, so many metres from its border with another, at `share` of the way along that."""
    border = shapely.line_merge(shapely.intersection(DISTRICTS[name].boundary, DISTRICTS[beside_it].boundary))
    spot = max(shapely.get_parts(border), key=lambda part: part.length).interpolate(share, normalized=True)
    line = shapely.shortest_line(DISTRICTS[name].buffer(-metres).boundary, spot)
    return Point(shapely.get_coordinates(line)[0].round(1))


YS, YY, DW = DAMS
PREFIXES = {YS: "YS", YY: "YY", DW: "DW", SPRING: "YQ"}
CITY, COUNTY = "钟山区环境保护局", "水城县环境保护局"
EDGE_POINT = Point(zone(YS, 2).exterior.coords[40])  # exactly on a vertex of the outline

Source = tuple[Any, ...]
# id, name, kind, operating, discharges, related to supply, responsible unit, accuracy in metres, place
SOURCES: list[Source] = [
    ("S-001", "玉舍水库南岸生活污水散排口", "入河排污口", "运行", "是", "否", "玉舍镇人民政府", 5, beside(zone(YS, 1), 0.72, 90)),
    ("S-002", "海坪村集中居住区排口", "入河排污口", "运行", "是", "否", "玉舍镇人民政府", 5, beside(zone(YS, 2), 0.80, 420)),
    ("S-003", "玉舍河上游岔沟排口", "入河排污口", "运行", "是", "否", COUNTY, 10, beside(zone(YS, 3), 0.16, 500)),
    ("S-004", "水城河黄土坡雨污混排口", "入河排污口", "运行", "是", "否", CITY, 5, RIVERS["水城河"][0].interpolate(0.44, normalized=True)),
    ("S-005", "德坞水库入库沟排口", "排口", "", "是", "否", "德坞街道办事处", 5, beside(zone(DW, 2), 0.30, 260)),
    ("S-006", "窑上村已封堵排口", "排污口", "关闭", "否", "否", "窑上村村民委员会", 5, beside(zone(YY, 1), 0.70, 60)),
    ("S-007", "界桩12号旁排口", "入河排污口", "运行", "是", "否", "玉舍镇人民政府", None, EDGE_POINT),
    ("S-008", "双龙村旧排口（老地图点位）", "入河排污口", "运行", "是", "否", "窑上村村民委员会", 150, beside(zone(YY, 2), 0.88, 70)),
    ("S-009", "水钢总排口", "入河排污口", "运行", "是", "否", "首钢水城钢铁公司", 5, RIVERS["水城河"][0].interpolate(0.63, normalized=True)),
    ("S-010", "玉舍木材加工厂", "工业企业", "运行", "是", "否", "玉舍镇人民政府", 5, beside(zone(YS, 1), 0.12, 120)),
    ("S-011", "窑上食品加工厂", "工业企业", "运行", "是", "否", CITY, 5, beside(zone(YY, 2), 0.10, 330)),
    ("S-012", "窑上砂石厂", "企业", "运行", "", "否", CITY, 10, beside(zone(YY, 2), 0.30, 300)),
    ("S-013", "首钢水城钢铁公司", "工业企业", "运行", "是", "否", "首钢水城钢铁公司", 20, at(104.893, 26.6015)),
    ("S-014", "拟建魔芋加工园", "工业企业", "拟建", "是", "否", "水城县招商局", 30, beside(zone(YS, 3), 0.55, 420)),
    ("S-015", "德坞污水处理厂", "污水处理厂", "运行", "是", "否", "六盘水市水务局", 5, at(104.8155, 26.5985)),
    ("S-016", "小屯污水处理厂", "污水处理厂", "运行", "是", "否", "六盘水市水务局", 5, at(104.9135, 26.5705)),
    ("S-017", "岔河垃圾填埋场", "垃圾填埋场", "运行", "是", "否", "六盘水市城市管理局", 10, patch(at(104.803, 26.6375), 360, 2)),
    ("S-018", "玉舍镇简易垃圾填埋点", "垃圾填埋场", "运行", "是", "否", "玉舍镇人民政府", 10, patch(beside(zone(YS, 2), 0.63, 520), 150, 3)),
    ("S-019", "六盘水市医疗废物集中处置中心", "医疗废物", "运行", "是", "否", "六盘水市卫生和计划生育委员会", 10, at(104.768, 26.634)),
    ("S-020", "大湾镇白泥巴梁子铅锌渣堆", "渣堆", "运行", "是", "否", "大湾镇人民政府", 10, patch(at(104.742, 26.744), 420, 4)),
    ("S-021", "水钢渣场", "渣场", "运行", "是", "否", "首钢水城钢铁公司", 10, patch(at(104.904, 26.612), 520, 5)),
    ("S-022", "窑上废渣堆", "渣场", "运行", "是", "否", CITY, 5, patch(beside(zone(YY, 1), 0.25, 5), 130, 6)),
    ("S-023", "卡达凯斯人工湖岸边弃土弃渣", "弃渣场", "运行", "是", "否", CITY, 5, patch(beside(WATER["卡达凯斯人工湖"], 0.35, 10), 60, 7)),
    ("S-024", "大湾煤矿", "煤矿", "运行", "是", "否", "大湾煤矿", 20, at(104.7235, 26.7365)),
    ("S-025", "海坪小煤窑", "煤矿", "关闭", "否", "否", "水城县能源局", 20, beside(zone(YS, 2), 0.07, 600)),
    ("S-026", "纳雍铅锌尾矿库", "尾矿库", "运行", "是", "否", "纳雍县环境保护局", 30, patch(at(105.035, 26.685), 480, 8)),
    ("S-027", "库边生猪养殖场", "养殖场", "运行", "是", "否", "玉舍镇人民政府", 5, beside(zone(YS, 1), 0.60, 110)),
    ("S-028", "俄脚村肉牛养殖场", "畜禽养殖场", "运行", "是", "否", "玉舍镇人民政府", 5, at(104.7335, 26.4695)),
    ("S-029", "窑上生态养鸡场", "畜禽养殖场", "运行", "否", "否", "窑上村村民委员会", 5, beside(zone(YY, 2), 0.50, 300)),
    ("S-030", "玉舍水库坝前网箱", "网箱养殖", "运行", "是", "否", "水城县农业局", 10, patch(at(104.7615, 26.4655), 90, 9)),
    ("S-031", "玉舍水库库尾网箱", "网箱", "运行", "", "否", "水城县农业局", 10, patch(at(104.7389, 26.4483), 70, 10)),
    ("S-032", "玉舍库岸坡耕地", "种植业", "运行", "", "否", "玉舍镇人民政府", 10, patch(beside(WATER[YS], 0.80, -130), 170, 11)),
    ("S-033", "窑上库尾蔬菜地", "种植", "运行", "", "否", "窑上村村民委员会", 10, patch(beside(WATER[YY], 0.93, -210), 150, 12)),
    ("S-034", "滥坝镇茶园", "种植", "运行", "", "否", "滥坝镇人民政府", 20, patch(at(104.965, 26.525), 600, 13)),
    ("S-035", "窑上水库垂钓农家乐", "农家乐", "运行", "是", "否", "窑上村村民委员会", 5, beside(zone(YY, 1), 0.52, 80)),
    ("S-036", "玉舍湖鱼庄", "餐饮", "运行", "", "否", "玉舍镇人民政府", 5, beside(zone(YS, 2), 0.92, 350)),
    ("S-037", "海坪烧烤园", "烧烤", "关闭", "否", "否", "玉舍镇人民政府", 5, beside(zone(YS, 2), 0.86, 330)),
    ("S-038", "玉舍国家级森林公园游客中心", "旅游", "运行", "否", "否", "玉舍森林公园管理处", 10, beside(zone(YS, 2), 0.72, 300)),
    ("S-039", "玉舍水库游船垂钓点", "旅游", "运行", "否", "否", "水城县旅游局", 10, beside(zone(YS, 1), 0.86, 150)),
    ("S-040", "玉舍水库一级保护区待搬迁居民点", "居民点", "运行", "是", "否", "水城县人民政府", 20, patch(beside(zone(YS, 1), 0.95, 110), 110, 14)),
    ("S-041", "窑上水库旁违法建筑", "违章建筑", "运行", "是", "否", "钟山区综合行政执法局", 3, patch(beside(zone(YY, 1), 0.40, 95), 50, 15)),
    ("S-042", "玉舍水库取水泵房", "建筑", "运行", "否", "是", "六盘水市供水公司", 3, at(104.7659, 26.4702)),
    ("S-043", "玉舍镇至海坪公路", "公路", "运行", "", "否", "水城县交通运输局", 10, way(
        (104.705, 26.4805), (104.728, 26.4745), (104.747, 26.471), (104.7625, 26.4715), (104.781, 26.4795), (104.801, 26.489), seed=21)),
    ("S-044", "人民西路", "道路", "运行", "", "否", "钟山区交通运输局", 10, way((104.79, 26.6045), (104.825, 26.5995), (104.86, 26.594), seed=22)),
    ("S-045", "水柏铁路窑上段", "铁路", "运行", "", "否", "成都铁路局", 10, way(
        (104.905, 26.5875), (104.8815, 26.5685), (104.8685, 26.5605), (104.8525, 26.5485), (104.838, 26.528), seed=23, swing=25)),
    ("S-046", "玉舍水库旧渡口", "码头", "运行", "", "", "水城县交通运输局", 5, beside(zone(YS, 1), 0.30, 190)),
    ("S-047", "窑上加油站", "加油站", "运行", "", "否", "中石化六盘水分公司", 5, beside(zone(YY, 2), 0.70, 250)),
    ("S-048", "德坞旧油库", "油库", "运行", "否", "否", CITY, 5, beside(zone(DW, 1), 0.75, 60)),
    ("S-049", "德坞农药化肥仓库", "化学品仓库", "运行", "否", "否", "德坞街道办事处", 5, beside(zone(DW, 2), 0.62, 300)),
    ("S-050", "窑上垃圾中转站", "垃圾中转站", "运行", "是", "否", CITY, 5, beside(zone(YY, 2), 0.58, 420)),
    ("S-051", "库边坟山", "墓地", "运行", "", "否", "玉舍镇人民政府", 10, beside(zone(YS, 1), 0.50, 70)),
    ("S-052", "德坞水库洗车点", "其他", "运行", "是", "否", "德坞街道办事处", 5, beside(zone(DW, 1), 0.20, 70)),
    ("S-053", "赫章交界养殖场", "畜禽养殖场", "运行", "是", "否", "赫章县农业局", 20, at(104.585, 26.748)),
    ("S-054", "三岔河下游采砂场", "企业", "运行", "是", "否", "不详", 50, at(105.079, 26.531)),
    ("S-055", "玉舍库湾菜地", "种植", "运行", "", "否", "玉舍镇人民政府", 5, patch(beside(zone(YS, 1), 0.22, 120), 60, 16)),
    ("S-056", "德坞汽修厂（示例）", "工业企业", "运行", "是", "否", "德坞街道办事处", 5, beside(zone(DW, 2), 0.45, -70)),
    ("S-057", "备用水源旁养殖场（示例）", "畜禽养殖场", "运行", "是", "否", "水城县农业局", 10, UNDECIDED.centroid),
    ("S-058", "窑上屠宰场（示例）", "工业企业", "运行", "是", "否", CITY, 5, beside(zone(SPRING, 2), 0.85, 150)),
    ("S-059", "赫章交界旧煤窑（老地图点位，示例）", "煤矿", "关闭", "否", "否", "水城县能源局", 200, inside_border("水城县", "赫章县", 0.5, 120)),
]

# When a site was built, and whether an outfall was approved, where the records say so.
BUILT = {"S-001": "2011-06-30", "S-002": "2014-03-20", "S-010": "2003-05-20", "S-041": "2016-04-10", "S-047": "2010-08-15",
         "S-050": "2013-09-01", "S-056": "2009-03-15", "S-058": "2006-11-01"}
APPROVED = {"S-001": "否", "S-002": "是", "S-004": "是", "S-009": "是"}

# id, name, problem, source, person, supervising leader, goal, measures, deadline, status, completed, accepted, closed, evidence
REMEDIATION = [
    ("Z-01", "水源地一级保护区居民搬迁", "玉舍水库、窑上水库一级保护区内居民1083户4457人未搬迁", "S-040", "水城县分管副县长", "六盘水市分管副市长",
     "完成搬迁，建成隔离防护工程", "分批搬迁安置；建设隔离围网和界标", "2018-12-31", "达到序时进度", "", "", "", "搬迁安置花名册"),
    ("Z-02", "窑上水库违法建筑拆除", "一级保护区内违法建筑未拆除", "S-041", "综合行政执法局局长", "钟山区分管副区长",
     "拆除违法建筑，恢复植被", "立案、强制拆除、覆土复绿", "2017-10-31", "未达到序时进度", "", "", "", ""),
    ("Z-03", "窑上水库农家乐关停", "一级保护区内农家乐经营", "S-035", "街道办事处主任", "钟山区分管副区长",
     "关停并拆除设施", "注销证照，拆除灶台和垂钓平台", "2017-09-30", "回头看发现反弹", "2017-08-04", "2017-08-14", "2017-08-28", "回头看照片2张"),
    ("Z-04", "玉舍水库网箱清理", "坝前网箱养殖未清除", "S-030", "农业局局长", "水城县分管副县长",
     "网箱全部清除", "签订协议、补偿、起捕拆除", "2017-12-31", "达到序时进度", "", "", "", "拆除协议"),
    ("Z-05", "白泥巴梁子铅锌渣堆治理", "历史遗留铅锌渣堆未按期完成治理", "S-020", "大湾镇镇长", "钟山区分管副区长",
     "完成防渗覆盖和渗滤液收集", "清运、防渗、截洪沟、植被恢复", "2017-09-30", "未达到序时进度", "", "", "", "监理月报"),
    ("Z-06", "岔河垃圾填埋场渗滤液处理站改造", "渗滤液处理能力不足", "S-017", "城市管理局局长", "六盘水市分管副市长",
     "渗滤液达标排放", "处理站扩容改造，应急外运", "2018-06-30", "达到序时进度", "", "", "", ""),
    ("Z-07", "水钢渣场扬尘和淋溶水治理", "渣场未完全覆盖，淋溶水收集不全", "S-021", "企业环保负责人", "六盘水市分管副市长",
     "规范堆存", "覆盖、围挡、建收集池", "2017-11-15", "已完成整改", "2017-11-10", "", "", "完工报告"),
    ("Z-08", "德坞污水处理厂提标改造", "出水不能稳定达标", "S-015", "水务局局长", "六盘水市分管副市长",
     "达到一级A标准", "提标改造，完善管网", "2017-10-31", "已验收", "2017-10-12", "2017-10-30", "", "验收意见"),
    ("Z-09", "小屯污水处理厂污泥处置", "污泥处置不规范", "S-016", "水务局局长", "六盘水市分管副市长",
     "污泥无害化处置", "签订处置合同，建立转移台账", "2017-06-30", "已销号", "2017-05-31", "2017-06-20", "2017-06-28", "销号公示"),
    ("Z-10", "窑上村排口封堵", "一级保护区内生活污水排口", "S-006", "村支部书记", "钟山区分管副区长",
     "封堵并接入管网", "封堵、截污", "2017-08-31", "已销号", "2017-08-10", "2017-08-20", "2017-08-30", "封堵照片"),
    ("Z-11", "医疗废物中心台账整改", "医疗废物转移联单不完整", "S-019", "卫生和计划生育委员会副主任", "六盘水市分管副市长",
     "联单完整、台账规范", "补建台账，专人管理", "2017-11-20", "已完成整改", "2017-11-18", "", "", ""),
    ("Z-12", "大湾煤矿矿井水治理", "矿井水处理设施不正常运行", "S-024", "矿长", "钟山区分管副区长",
     "矿井水达标排放", "设施检修，安装在线监测", "2018-03-31", "未启动", "", "", "", ""),
    ("Z-13", "卡达凯斯人工湖黑臭水体治理", "湖体黑臭，岸边堆放弃渣", "S-023", "住房和城乡建设局局长", "六盘水市分管副市长",
     "消除黑臭", "截污、清淤、清运弃渣", "2017-11-30", "未达到序时进度", "", "", "", ""),
    ("Z-14", "玉舍镇简易填埋点清理", "二级保护区内简易垃圾填埋", "S-018", "玉舍镇镇长", "水城县分管副县长",
     "清运存量垃圾", "清运至岔河填埋场，场地修复", "2017-07-31", "未启动", "", "", "", ""),
    ("Z-15", "水柏铁路穿越段防护", "铁路穿越窑上水库保护区，无法改线", "S-045", "市铁路办主任", "六盘水市分管副市长",
     "降低事故风险", "设置应急池和警示标识，线路不改", "2017-12-31", "无法整改", "", "", "", "专家意见"),
    ("Z-16", "赫章交界养殖场治理", "养殖废水流入下游", "S-053", "农业局副局长", "赫章县分管副县长",
     "粪污资源化利用", "建沼气池和贮粪场", "2018-01-31", "正常推进", "", "", "", ""),
    ("Z-17", "库边生猪养殖场关停（示例）", "一级保护区内畜禽养殖", "S-027", "玉舍镇副镇长", "水城县分管副县长",
     "关停并拆除圈舍", "清栏、拆除、土地复垦", "2017-09-30", "已销号", "2017-09-10", "2017-09-20", "2017-09-26", "销号公示"),
]

# What `draw_photos.py` has drawn, in the several ways in which people write names of files.
PICTURES = {"Z-02": "Z-02整改前.jpg；Z-02整改后.jpg", "Z-04": "photos/Z-04网箱.jpg", "Z-05": "Z-05渣堆.png",
            "Z-10": "Z-10_before.jpg, z-10_after.JPG"}

# id, name, river, water type, target class, measured class, sampled on, place
SECTIONS = [
    ("D-01", "箐口断面", "水城河", "河流", "Ⅲ类", "Ⅲ类", "2017-11-06", RIVERS["水城河"][0].interpolate(0.10, normalized=True)),
    ("D-02", "德坞断面（示例）", "水城河", "河流", "Ⅲ类", "Ⅳ类", "2017-11-06", RIVERS["水城河"][0].interpolate(0.27, normalized=True)),
    ("D-03", "九洞桥断面", "水城河", "河流", "Ⅳ类", "劣Ⅴ类", "2017-11-07", RIVERS["水城河"][0].interpolate(0.55, normalized=True)),
    ("D-04", "小屯断面（示例）", "水城河", "河流", "Ⅳ类", "Ⅴ类", "2017-11-07", RIVERS["水城河"][0].interpolate(0.82, normalized=True)),
    ("D-05", "三岔河断面（示例）", "三岔河", "河流", "Ⅲ类", "Ⅱ类", "2017-11-08", RIVERS["三岔河"][0].interpolate(0.86, normalized=True)),
    ("D-06", "玉舍水库坝前", "玉舍河", "湖库", "Ⅱ类", "Ⅱ类", "2017-11-02", at(104.7660, 26.4680)),
    ("D-07", "窑上水库坝前", "窑上河", "湖库", "Ⅱ类", "Ⅲ类", "2017-11-02", at(104.8723, 26.5595)),
    ("D-08", "德坞水库坝前", "德坞河", "湖库", "Ⅱ类", "", "2017-11-03", at(104.7885, 26.5865)),
    ("D-09", "卡达凯斯人工湖", "", "湖库", "Ⅴ类", "劣Ⅴ类", "2017-11-03", at(104.8465, 26.6029)),
]

INTAKES = [
    ("Q-01", "玉舍水库取水口", "水库", at(104.7665, 26.4684)),
    ("Q-02", "窑上水库取水口", "水库", at(104.8727, 26.5600)),
    ("Q-03", "德坞水库取水口", "水库", at(104.7888, 26.5867)),
]

# By zone: aquifer, boundary signs, fence, only source of a city, backup source, last survey of risks; "" where not on record.
ZONE_FACTS = {
    "YS-1": ("", "是", "否", "否", "", "2016-10-20"), "YS-2": ("", "是", "", "", "", ""), "YS-3": ("", "", "", "", "", ""),
    "YY-1": ("", "是", "是", "否", "", "2015-06-15"), "YY-2": ("", "否", "", "", "", ""), "YY-3": ("", "", "", "", "", ""),
    "DW-1": ("", "", "", "否", "", ""), "DW-2": ("", "", "", "", "", ""),
    "YQ-1": ("潜水", "否", "否", "是", "否", "2011-05-20"), "YQ-2": ("潜水", "否", "", "", "", ""), "YQ-3": ("潜水", "", "", "", "", ""),
}
ZONE_HEADINGS = ["编号", "名称", "级别", "水源地", "水源类型", "批复文件", "生效日期", "失效日期", "批复面积", "含水层", "界标", "隔离防护",
                 "单一水源", "备用水源", "风险调查日期"]

SOURCE_HEADINGS = ["编号", "名称", "类别", "运行状态", "是否排污", "与供水有关", "责任单位", "定位精度（米）", "是否审批", "建成时间"]
REMEDIATION_HEADINGS = ["序号", "问题名称", "存在问题", "对应污染源", "责任单位", "责任人", "督办领导", "整改目标", "整改措施", "整改时限", "整改状态",
                        "完成时间", "验收时间", "销号时间", "佐证材料", "照片", "经度", "纬度"]
SECTION_HEADINGS = ["断面编号", "断面名称", "所在河流", "水体类型", "目标水质", "现状水质", "采样日期"]


def degrees(point: Point) -> tuple[float, float]:
    lon, lat = _TO_DEGREES.transform(point.x, point.y)
    return round(lon, 6), round(lat, 6)


def frame(headings: list[str], rows: list[tuple[object, ...]], places: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame([dict(zip(headings, row, strict=True)) for row in rows], geometry=places, crs=outlines.CRS)


def write_geojson(name: str, features: gpd.GeoDataFrame) -> None:
    features.to_crs("EPSG:4490").set_crs("EPSG:4326", allow_override=True).to_file(
        DATA / name, driver="GeoJSON", COORDINATE_PRECISION=6, WRITE_NAME="NO")


def write_csv(path: Path, headings: list[str], rows: list[list[object]], encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([headings, *rows])


def facts(row: Source) -> tuple[object, ...]:
    """What the records say of a source, by SOURCE_HEADINGS."""
    return *row[:-1], APPROVED.get(str(row[0]), ""), BUILT.get(str(row[0]), "")


def zone_rows() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The zones by ZONE_HEADINGS with their outlines: of the reservoirs; and what came later, with its oddities."""
    reservoirs: list[tuple[object, ...]] = []
    later: list[tuple[object, ...]] = []
    for (source, level), outline in ZONES.items():
        key = f"{PREFIXES[source]}-{LEVELS.index(level) + 1}"
        medium = "地下水" if source == SPRING else "地表水"
        told = (key, f"{source}{level}", level, source, medium, "示例文件", "2013-01-01", "")
        (later if source == SPRING else reservoirs).append((*told, round(outline.area), *ZONE_FACTS[key], outline))
    nothing = ("", "", "", "", "", "")
    later.append(("DW-2", "德坞水库二级保护区（调整前）", "二级保护区", DW, "地表水", "示例文件", "2006-01-01", "2012-12-31",
                 round(BEFORE.area), *nothing, BEFORE))
    later.append(("BY-1", "备用水源保护区（示例）", "待定", "备用水源（示例）", "地表水", "", "", "",
                 round(UNDECIDED.area), *nothing, UNDECIDED))
    return reservoirs, later


def is_in_table(row: Source) -> bool:
    """Whether a source stands in the office's table, and not in the survey."""
    return row[-1].geom_type == "Point" and row[-1] is not EDGE_POINT


def write_source_table(path: Path, points: list[Source]) -> None:
    table = [["" if value is None else value for value in facts(row)] + list(degrees(row[-1])) for row in points]
    write_csv(path, [*SOURCE_HEADINGS, "经度", "纬度"], table, "gb18030")


def write_sources() -> None:
    """Points as a table of the office, lines and areas (and the point on a boundary stone) as a survey in metres."""
    points = [row for row in SOURCES if is_in_table(row)]
    shapes = [row for row in SOURCES if row not in points]
    write_source_table(DATA / "sources.csv", points)
    frame(SOURCE_HEADINGS, [facts(row) for row in shapes], [row[-1] for row in shapes]).to_file(
        DATA / "sources_survey.gpkg", layer="survey", driver="GPKG")


def spot_of(source_id: object) -> tuple[float, float]:
    """Where the problem with a source is: a little beside it, as people write it down."""
    place = next(row[-1] for row in SOURCES if row[0] == source_id).representative_point()
    return degrees(Point(place.x + 20, place.y + 15))


def write_remediation(path: Path, rows: list[tuple[str, ...]], pictures: Mapping[str, str], day: datetime) -> None:
    """The ledger of the office, a workbook with true dates."""
    units = {row[0]: row[6] for row in SOURCES}
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": day})
    sheet = book.add_worksheet("整改台账")
    sheet.write_row(0, 0, REMEDIATION_HEADINGS, book.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        cells = [*row[:4], units[row[3]], *row[4:], pictures.get(row[0], ""), *spot_of(row[3])]
        for column, value in enumerate(cells):
            if REMEDIATION_HEADINGS[column].endswith(("时限", "时间")) and value:
                sheet.write_datetime(number, column, datetime.fromisoformat(value))
            else:
                sheet.write(number, column, value)
    sheet.set_column(1, len(REMEDIATION_HEADINGS), 18)
    book.close()


def write_geography() -> None:
    """Zones, waters, sections, intakes and districts, each in a format of its own."""
    for name, rows in zip(("zones", "zones_later"), zone_rows(), strict=True):
        frame(ZONE_HEADINGS, [row[:-1] for row in rows], [row[-1] for row in rows]).to_file(
            DATA / f"{name}.gpkg", layer="zones", driver="GPKG")
    waters = [(f"W-{number}", name) for number, name in enumerate(WATER, start=1)]
    frame(["编号", "名称"], waters, list(WATER.values())).to_file(DATA / "waters.gpkg", layer="water_bodies", driver="GPKG")
    ids = {name: f"H-{number}" for number, name in enumerate(RIVERS, start=1)}
    rivers = [(ids[name], name, ids.get(into, "")) for name, (_, into) in RIVERS.items()]
    frame(["编号", "名称", "汇入"], rivers, [line for line, _ in RIVERS.values()]).to_file(
        DATA / "waters.gpkg", layer="rivers", driver="GPKG")
    write_geojson("sections.geojson", frame(SECTION_HEADINGS, [row[:-1] for row in SECTIONS], [row[-1] for row in SECTIONS]))
    counties = [(f"X-{number}", name) for number, name in enumerate(DISTRICTS, start=1)]
    write_geojson("districts.geojson", frame(["编号", "名称"], counties, list(DISTRICTS.values())))
    write_csv(DATA / "intakes.csv", ["编号", "名称", "类型", "经度", "纬度"], [[*row[:-1], *degrees(row[-1])] for row in INTAKES], "utf-8-sig")


if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    for old in DATA.iterdir():
        old.unlink()
    write_geography()
    write_sources()
    write_remediation(DATA / "remediation.xlsx", REMEDIATION, PICTURES, datetime(2017, 11, 30))  # noqa: DTZ001
