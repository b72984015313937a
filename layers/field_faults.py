"""What pydantic refused -> the field, what was expected there in Chinese and English, what was found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gis.faults import shown

_SHORT = 60  # letters of what was found
# pydantic's word for a fault -> what was expected; slots are filled from its facts.
_EXPECTED = {
    "missing": ("必填", "this field"),
    "string_type": ("文本", "a text"),
    "string_too_short": ("至少 {min_length} 个字", "at least {min_length} letter"),
    "string_too_long": ("至多 {max_length} 个字", "at most {max_length} letters"),
    "string_pattern_mismatch": ("形如 {pattern}", "the form {pattern}"),
    "literal_error": ("{expected}", "{expected}"),
    "bool_type": ("true 或 false", "true or false"),
    "int_type": ("整数", "a whole number"),
    "float_type": ("数", "a number"),
    "finite_number": ("数", "a number"),
    "greater_than_equal": ("不小于 {ge}", "at least {ge}"),
    "less_than_equal": ("不大于 {le}", "at most {le}"),
    "list_type": ("列表", "a list"),
    "too_long": ("至多 {max_length} 项", "at most {max_length} entries"),
    "model_type": ("对象", "an object"),
    "value_error": ("真实存在的日期和时间，带时区偏移", "a date and time that exists, with its offset"),
}


def expected_of(error: Mapping[str, Any]) -> tuple[str, str]:
    """What pydantic expected, in Chinese and English; its own words where it has another fault than we know."""
    slots = error.get("ctx", {})
    zh, en = _EXPECTED.get(error["type"], (error["msg"], error["msg"]))
    return (zh.format_map(slots), en.format_map(slots)) if error["type"] in _EXPECTED else (zh, en)


def field_name(path: Iterable[str | int]) -> str:
    """The path of a field as people write it.

    >>> field_name(("observed", "checklist", 0, "item"))
    'observed.checklist[1].item'
    """
    name = ""
    for part in path:
        name += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def found_text(value: object) -> str:
    """A value as a terminal may show it: one line, short, no control characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)[: 4 * _SHORT]
    plain = shown(text)
    return plain if len(plain) <= _SHORT else f"{plain[:_SHORT]}…"
