"""The indicators of water quality: their codes, names and the unit of the standard.

Names and units are those of GB 3838-2002 (tables 1 to 3), with the spellings that stations and laboratories use; limits
stand in the standard's own module, not here. What automatic stations measure besides (conductivity, turbidity,
chlorophyll, algae) and the PFAS of American tables are known, too, so that their values are read as values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gis.units import CONCENTRATION, CONDUCTIVITY, COUNTS, LENGTH, NONE, TEMPERATURE, TURBIDITY


class Indicator(NamedTuple):
    """An indicator's names, the unit in which its values are kept, and other headings it is known by.

    `assumed`: whether values without a stated unit are read in that one, and told; else the file must state it.
    """

    zh: str
    en: str
    unit: str = CONCENTRATION
    also: tuple[str, ...] = ()
    assumed: bool = True


# Table 1, table 2 (sulfate to manganese).
_BASIC: Mapping[str, Indicator] = {
    "water_temp": Indicator("水温", "water temperature", TEMPERATURE, ("watertemp", "water_temperature")),
    "ph": Indicator("pH", "pH", NONE, ("ph值", "酸碱度")),
    "do": Indicator("溶解氧", "dissolved oxygen", also=("DO", "溶氧")),
    "codmn": Indicator("高锰酸盐指数", "permanganate index",
        also=("CODMn", "IMn", "高锰酸钾指数", "耗氧量", "permanganate")),
    "cod": Indicator("化学需氧量", "chemical oxygen demand", also=("CODCr", "COD")),
    "bod5": Indicator("五日生化需氧量", "five-day biochemical oxygen demand",
        also=("BOD5", "生化需氧量", "BOD", "BOD₅")),
    "nh3n": Indicator("氨氮", "ammonia nitrogen", also=("NH3-N", "NH₃-N", "NH4-N", "氨态氮", "ammonia", "ammonium")),
    "tp": Indicator("总磷", "total phosphorus", also=("TP", "总磷(以P计)")),
    "tn": Indicator("总氮", "total nitrogen", also=("TN", "总氮(湖、库,以N计)")),
    "cu": Indicator("铜", "copper", also=("Cu",)),
    "zn": Indicator("锌", "zinc", also=("Zn",)),
    "fluoride": Indicator("氟化物", "fluoride", also=("F-", "氟离子", "氟")),
    "se": Indicator("硒", "selenium", also=("Se",)),
    "as": Indicator("砷", "arsenic", also=("As",)),
    "hg": Indicator("汞", "mercury", also=("Hg",)),
    "cd": Indicator("镉", "cadmium", also=("Cd",)),
    "cr6": Indicator("六价铬", "hexavalent chromium", also=("Cr6+", "Cr6")),
    "pb": Indicator("铅", "lead", also=("Pb",)),
    "cyanide": Indicator("氰化物", "cyanide", also=("CN-", "总氰化物")),
    "volatile_phenol": Indicator("挥发酚", "volatile phenols",
        also=("挥发性酚", "挥发酚类", "volatile phenol", "phenols")),
    "petroleum": Indicator("石油类", "petroleum", also=("油类", "oil", "petroleum hydrocarbons")),
    "las": Indicator("阴离子表面活性剂", "anionic surfactants", also=("LAS", "阴离子合成洗涤剂", "surfactants")),
    "sulfide": Indicator("硫化物", "sulfide", also=("S2-", "sulphide")),
    "faecal_coliform": Indicator("粪大肠菌群", "faecal coliforms", COUNTS,
        ("粪大肠菌群数", "fecal coliform", "fecal_coliform")),
    "sulfate": Indicator("硫酸盐", "sulfate", also=("SO42-", "硫酸根", "sulphate", "SO4")),
    "chloride": Indicator("氯化物", "chloride", also=("Cl-", "氯离子")),
    "nitrate": Indicator("硝酸盐", "nitrate (as N)", also=("硝酸盐氮", "硝氮", "NO3-N", "硝酸盐(以N计)")),
    "fe": Indicator("铁", "iron", also=("Fe",)),
    "mn": Indicator("锰", "manganese", also=("Mn",)),
}  # fmt: skip

# Table 3: specific items of surface water sources for drinking water, all in mg/L.
_TABLE_3 = (
    ("trichloromethane", "三氯甲烷", "氯仿"), ("tetrachloromethane", "四氯化碳"), ("tribromomethane", "三溴甲烷"),
    ("dichloromethane", "二氯甲烷"), ("1_2_dichloroethane", "1,2-二氯乙烷"), ("epichlorohydrin", "环氧氯丙烷"),
    ("vinyl_chloride", "氯乙烯"), ("1_1_dichloroethene", "1,1-二氯乙烯"), ("1_2_dichloroethene", "1,2-二氯乙烯"),
    ("trichloroethene", "三氯乙烯"), ("tetrachloroethene", "四氯乙烯"), ("chloroprene", "氯丁二烯"),
    ("hexachlorobutadiene", "六氯丁二烯"), ("styrene", "苯乙烯"), ("formaldehyde", "甲醛"), ("acetaldehyde", "乙醛"),
    ("acrolein", "丙烯醛"), ("chloral", "三氯乙醛"), ("benzene", "苯"), ("toluene", "甲苯"), ("ethylbenzene", "乙苯"),
    ("xylene", "二甲苯"), ("cumene", "异丙苯"), ("chlorobenzene", "氯苯"), ("1_2_dichlorobenzene", "1,2-二氯苯"),
    ("1_4_dichlorobenzene", "1,4-二氯苯"), ("trichlorobenzene", "三氯苯"), ("tetrachlorobenzene", "四氯苯"),
    ("hexachlorobenzene", "六氯苯"), ("nitrobenzene", "硝基苯"), ("dinitrobenzene", "二硝基苯"),
    ("2_4_dinitrotoluene", "2,4-二硝基甲苯"), ("2_4_6_trinitrotoluene", "2,4,6-三硝基甲苯"),
    ("nitrochlorobenzene", "硝基氯苯"), ("2_4_dinitrochlorobenzene", "2,4-二硝基氯苯"),
    ("2_4_dichlorophenol", "2,4-二氯苯酚"), ("2_4_6_trichlorophenol", "2,4,6-三氯苯酚"),
    ("pentachlorophenol", "五氯酚"),
    ("aniline", "苯胺"), ("benzidine", "联苯胺"), ("acrylamide", "丙烯酰胺"), ("acrylonitrile", "丙烯腈"),
    ("dibutyl_phthalate", "邻苯二甲酸二丁酯"),
    ("diethylhexyl_phthalate", "邻苯二甲酸二(2-乙基己基)酯", "邻苯二甲酸二(2-乙基已基)酯"),
    ("hydrazine_hydrate", "水合肼"), ("tetraethyl_lead", "四乙基铅"), ("pyridine", "吡啶"), ("turpentine", "松节油"),
    ("picric_acid", "苦味酸"), ("butyl_xanthate", "丁基黄原酸"), ("active_chlorine", "活性氯"), ("ddt", "滴滴涕"),
    ("lindane", "林丹"), ("heptachlor_epoxide", "环氧七氯"), ("parathion", "对硫磷"),
    ("parathion_methyl", "甲基对硫磷"), ("malathion", "马拉硫磷"), ("dimethoate", "乐果"), ("dichlorvos", "敌敌畏"),
    ("trichlorfon", "敌百虫"), ("demeton", "内吸磷"), ("chlorothalonil", "百菌清"), ("carbaryl", "甲萘威"),
    ("deltamethrin", "溴氰菊酯"), ("atrazine", "阿特拉津"), ("benzo_a_pyrene", "苯并(a)芘", "苯并[a]芘"),
    ("methylmercury", "甲基汞"), ("pcb", "多氯联苯"), ("microcystin_lr", "微囊藻毒素-LR"),
    ("yellow_phosphorus", "黄磷"),
    ("mo", "钼", "Mo"), ("cobalt", "钴"), ("be", "铍"), ("boron", "硼"), ("sb", "锑", "Sb"), ("ni", "镍", "Ni"),
    ("ba", "钡", "Ba"), ("vanadium", "钒"), ("ti", "钛", "Ti"), ("tl", "铊", "Tl"),
)  # fmt: skip

_FURTHER: Mapping[str, Indicator] = {
    "conductivity": Indicator("电导率", "conductivity", CONDUCTIVITY, ("EC", "电导")),
    "turbidity": Indicator("浊度", "turbidity", TURBIDITY, ("浑浊度",)),
    "chla": Indicator("叶绿素a", "chlorophyll a", also=("叶绿素α", "叶绿素", "chl-a", "chla")),
    "algae": Indicator("藻密度", "algal density", COUNTS, ("藻类密度", "藻细胞密度", "algae")),
    "transparency": Indicator("透明度", "transparency", LENGTH, ("SD", "secchi depth", "secchi")),
    "depth": Indicator("水深", "water depth", LENGTH, ("water_depth",)),
    "suspended_solids": Indicator("悬浮物", "suspended solids", also=("悬浮质", "SS", "TSS")),
    "nitrite": Indicator("亚硝酸盐氮", "nitrite (as N)", also=("NO2-N", "亚硝氮", "亚硝酸盐")),
    "phosphate": Indicator("磷酸盐", "phosphate", also=("正磷酸盐", "PO4-P")),
    "silicate": Indicator("硅酸盐", "silicate", also=("SiO3-Si",)),
    "toc": Indicator("总有机碳", "total organic carbon", also=("TOC",)),
    "doc": Indicator("溶解性总有机碳", "dissolved organic carbon", also=("DOC", "溶解性有机碳")),
}  # fmt: skip

# What brackets may say that a value is reckoned as (以N计, as P); as NO3 or PO4 it would be another number.
RECKONED_AS = frozenset({"n", "p", "f", "f-", "cl", "cl-", "so4", "so42-", "o2", "o", "s", "c", "cn-"})
# Headings whose brackets say which indicator it is; without them it would be another one.
IN_BRACKETS = {"cr6": ("铬(六价)", "铬(六价铬)", "铬(+6)", "铬(Ⅵ)", "cr(vi)", "cr(6+)", "chromium(vi)", "铬(cr6+)")}

# Their headings in the tables of the State of Michigan bear the number of the Chemical Abstracts Service.
_PFAS = {
    "PFBA": 375224, "PFPeA": 2706903, "PFHxA": 307244, "PFHpA": 375859, "PFOA": 335671, "PFNA": 375951, "PFDA": 335762,
    "PFUnA": 2058948, "PFDoA": 307551, "PFTriA": 72629948, "PFTeA": 376067, "PFHxDA": 67905195, "PFODA": 16517116,
    "PFBS": 375735, "PFPeS": 2706914, "PFHxS": 355464, "PFHpS": 375928, "PFOS": 1763231, "PFNS": 68259121,
    "PFDS": 335773, "PFOSA": 754916, "PFBSA": 30334691, "PFHxSA": 41997131, "PFecHS": 646833, "NMeFOSAA": 2355319,
    "NEtFOSAA": 2991506, "42FTS": 757124724, "62FTS": 27619972, "82FTS": 39108344, "33FTCA": 356025,
    "53FTCA": 914637493, "73FTCA": 812704, "GenX": 13252136, "ADONA": 919005144, "F53BMajor": 756426581,
    "F53BMinor": 763051929,
}  # fmt: skip

INDICATORS: Mapping[str, Indicator] = {
    **_BASIC,
    **{code: Indicator(zh, code.replace("_", " "), also=tuple(also)) for code, zh, *also in _TABLE_3},
    **_FURTHER,
    **{
        name.lower(): Indicator(name, name, also=(f"CAS{number}_{name}",), assumed=False)
        for name, number in _PFAS.items()
    },
}
