"""What a rule book expects at each of its keys, in Chinese and English, for those who write one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from layers.rule import Basis, Bilingual, Example, Minimum
from layers.rule_book import Named, NamedKind


class Said(NamedTuple):
    """One statement in both languages."""

    zh: str
    en: str

    def text(self, language: str) -> str:
        return self.zh if language == "zh" else self.en

    @classmethod
    def one_of(cls, words: Iterable[object]) -> Said:
        """That one of these words is expected."""
        known = [str(word) for word in words]
        return cls(f"其中之一：{'、'.join(known)}", f"one of {', '.join(known)}")

    @classmethod
    def of_fault(cls, what: str) -> Said:
        """A fault of `layers.rule_faults`, which are English, in both languages."""
        for pattern, zh in _CHINESE:
            found = re.fullmatch(pattern, what)
            if found:
                return cls(zh.format(*found.groups()), what)
        return cls(what, what)


_SAID: Mapping[str, Said] = {
    "toml": Said(
        'UTF-8 编码的 TOML 文本：每行一个 名称 = 值，文字用英文直引号 "…"，括号成对，日期不加引号',
        'TOML text in UTF-8: a name = value a line, texts in straight quotes "…", brackets closed, days without quotes',
    ),
    "rules": Said("一条或多条 [[rule]]", "one or more [[rule]]"),
    "id": Said("规则编号，如 OUR-CAT-01", "an id such as OUR-CAT-01"),
    "id_twice": Said("每个编号只用一次", "each id once in a book"),
    "id_taken": Said(
        "新的编号；要修改下面那本法规库的规则，写 overrides = true",
        "a new id; to change the rule of the earlier book, overrides = true",
    ),
    "override_of_nothing": Said(
        "前面的法规库中已有的编号；用 --on 指明叠加在哪一本上", "an id of an earlier book; name that book with --on"
    ),
    "levels": Said(
        '保护区级别，如 ["1", "2"]；叠加在别的法规库上的，用 --on 指明',
        'codes of levels such as ["1", "2"]; where the book is stacked on another, name that one with --on',
    ),
    "far": Said("例子用米画，离原点不超过 100 km", "a drawing in metres, at most 100 km from its origin"),
    "yes_or_no": Said("true 或 false，不加引号", "true or false, without quotes"),
    "text": Said("加引号的文字", "a text in quotes"),
    "filled": Said("不空的文字", "a text that is not empty"),
    "date": Said("日期，如 2026-08-15，不加引号", "a date such as 2026-08-15, without quotes"),
    "number": Said("数字，不加引号", "a number, without quotes"),
    "positive": Said("大于 0 的数字", "a number above 0"),
    "share": Said("0 到 1 的数字", "a number from 0 to 1"),
    "not_negative": Said("不小于 0 的数字", "a number of at least 0"),
    "list": Said('方括号内的列表，如 ["1", "2"]', 'a list in brackets such as ["1", "2"]'),
    "table": Said(
        "大括号内的名称和值，如 { zh = …, en = … }", "names and values in braces, such as { zh = …, en = … }"
    ),
    "value": Said("加引号的文字、true、false 或数字", "a text in quotes, true, false or a number"),
    "missing": Said("必须写明", "this key, which is needed"),
    "overlap": Said(
        "说明：同一法规的两个条款在这些天都有效，报告会都引用；旧条款请写 to",
        "a note: two articles of one instrument hold on these days, and both are cited; end the old one with `to`",
    ),
    "gap": Said(
        "说明：这些天没有有效条款，规则在这些天不执行",
        "a note: no article holds on these days, so the rule is not run then",
    ),
}
_SAID_OF_TYPE: Mapping[str, str] = {
    "missing": "missing",
    "string_type": "text",
    "string_too_short": "filled",
    "string_pattern_mismatch": "id",
    "date_type": "date",
    "date_parsing": "date",
    "date_from_datetime_parsing": "date",
    "date_from_datetime_inexact": "date",
    "bool_type": "yes_or_no",
    "bool_parsing": "yes_or_no",
    "float_type": "number",
    "float_parsing": "number",
    "finite_number": "number",
    "greater_than": "positive",
    "greater_than_equal": "not_negative",
    "less_than_equal": "share",
    "tuple_type": "list",
    "dict_type": "table",
    "mapping_type": "table",
    "model_type": "table",
    "model_attributes_type": "table",
}
# The models of the parts of a book, by the key they stand at.
_PARTS: Mapping[str, type[BaseModel]] = {
    **dict.fromkeys(("title", "remedy", "note", "penalty", "filing", "evidence", "instrument"), Bilingual),
    "basis": Basis,
    "minimum": Minimum,
    "example": Example,
    "level_names": Named,
    "kinds": NamedKind,
}
# What layers.rule_faults says, in Chinese; a test holds the two together.
_CHINESE: tuple[tuple[str, str], ...] = (
    (r'needed with relation = "(\w+)", and only there', 'relation = "{0}" 时必须有，且只在那时有'),
    (r"only protection_zones have them, not (\w+)", "只有 protection_zones 才有，{0} 没有"),
    (r'(\w+) has no inside; use relation = "within"', '{0} 没有内部，请用 relation = "within"'),
    (r'(\w+) take "quality" or "status", not "(\w+)"', '{0} 用 "quality" 或 "status"，不能用 "{1}"'),
    (r'only river_sections have a "quality"', '只有 river_sections 有 "quality"'),
    (r'(\w+) needs relation = "status" and subject = "(\w+)"', '{0} 须有 relation = "status" 和 subject = "{1}"'),
    (
        r"only with relation = inside, crosses or within",
        "只在 relation 为 inside、crosses 或 within 时有",
    ),
    (r"only with subject = protection_zones", "只在 subject = protection_zones 时有"),
    (r"only pollution_sources state built_on", "只有 pollution_sources 有建成日期 built_on"),
    (
        r'"status" needs where, unless, older_than_years or a case to decide by',
        '"status" 须有 where、unless、older_than_years 或 case 之一作为判断依据',
    ),
    (
        r'relation = "status" looks at the record wherever it lies',
        'relation = "status" 只看记录，与位置无关',
    ),
    (r"(\w+) have none", "{0} 没有此项"),
    (r"an empty list would match nothing; leave it out for every one", "空列表什么也不匹配；适用于全部的，不写此项"),
    (r"an empty list would match nothing", "空列表什么也不匹配"),
    (r"unknown attribute; did you mean (.+)\?", "没有这个属性；是不是 {0}？"),
    (r"unknown (.+); known: (.+)", "没有 {0}；可用：{1}"),
    (r"expected true or false, found .+", "true 或 false，不加引号"),
    (r"(\S+) is after to = (\S+)", "from 不晚于 to：{0} 晚于 {1}"),
    (r"from (\S+) is after to (\S+)", "from 不晚于 to：{0} 晚于 {1}"),
    (
        r"at least one flagged \(violation or check\) and one clear example",
        "至少一个命中的例子（violation 或 check）和一个 clear",
    ),
    (
        r"at least three: one flagged, one clear, and one on the edge .+",
        "至少三个例子：一个命中，一个 clear，一个在边界上（或部分在内、写了 located_to_metres）或缺少属性（写空引号）",
    ),
    (r"effect = \"(\w+)\" answers check, never violation", 'effect = "{0}" 的结果是 check，不会是 violation'),
    (
        r"a rule whose citation is to be checked answers check, never violation",
        "条款待核对的规则结果是 check，不会是 violation",
    ),
    (r"needs a zone and a subject", "须写 zone 和 subject"),
    (r"(zone|subject): expected points, lines or areas, valid and not empty", "{0}：有效且不空的点、线或面（WKT）"),
    (r"(zone|subject): (.+)", "{0}：WKT 几何图形，米；{1}"),
)


def said_of(code: str) -> Said:
    """What is expected, by the code of its kind."""
    return _SAID[code]


def expected_of(error: Mapping[str, Any], model: type[BaseModel]) -> Said:
    """What a rule book expects where pydantic found a fault (an entry of `ValidationError.errors()`)."""
    kind, place = error["type"], error["loc"]
    if kind == "extra_forbidden":
        return _unknown_key(str(place[-1]), _model_at(place[:-1], model))
    if kind == "literal_error":
        return Said.one_of(re.findall(r"'([^']*)'", str(error["ctx"]["expected"])))
    if place and place[0] in ("where", "unless", "zone_where") and len(place) > 2:
        return said_of("value")
    if kind == "value_error":
        return Said.of_fault(str(error["ctx"]["error"]))
    known = _SAID_OF_TYPE.get(kind)
    return said_of(known) if known else Said(f"另一种写法：{error['msg']}", str(error["msg"]))


def _model_at(place: Iterable[int | str], model: type[BaseModel]) -> type[BaseModel]:
    for part in place:
        model = _PARTS.get(str(part), model)
    return model


def _unknown_key(key: str, model: type[BaseModel]) -> Said:
    names = [field.alias or name for name, field in model.model_fields.items()]
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.6)
    if near:
        return Said(f"没有这个名称；是不是 {near[0]}？", f"no such key; did you mean {near[0]}?")
    return Said(f"没有这个名称；可用：{'、'.join(names)}", f"no such key; known: {', '.join(names)}")
