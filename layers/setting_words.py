"""What is wrong with a setting of the project file, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layers.words import Word

_DAY = Word("应为日期，如 2017-11-30（不加引号）", "expected a day such as 2017-11-30, without quotes")
_NUMBER = Word("应为数字（不加引号）", "expected a number, without quotes")
_WHOLE = Word("应为整数（不加引号）", "expected a whole number, without quotes")
_LIST = Word("应为列表，如 [ … ]", "expected a list such as [ … ]")
_TABLE = Word("应为一组设置，如 [名称] 下的各行", "expected a table of settings, such as the lines below [name]")
_TRUTH = Word("应为 true 或 false", "expected true or false")

# By the type of error that pydantic names; slots are filled by its context.
_WORDS: Mapping[str, Word] = {
    "missing": Word("缺少这一项", "it is missing"),
    "greater_than": Word("应大于 {gt}", "expected more than {gt}"),
    "greater_than_equal": Word("应不小于 {ge}", "expected {ge} or more"),
    "less_than": Word("应小于 {lt}", "expected less than {lt}"),
    "less_than_equal": Word("应不大于 {le}", "expected {le} or less"),
    "finite_number": Word("应为有限的数", "expected a finite number"),
    **dict.fromkeys(("float_type", "float_parsing"), _NUMBER),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _WHOLE),
    **dict.fromkeys(("bool_type", "bool_parsing"), _TRUTH),
    "string_type": Word("应为文字（加引号）", "expected text in quotes"),
    "string_too_short": Word("不能为空", "it must not be empty"),
    "string_too_long": Word("最多 {max_length} 个字", "expected at most {max_length} characters"),
    "string_pattern_mismatch": Word("应符合 {pattern}", "expected to match {pattern}"),
    "literal_error": Word("应为 {expected} 之一", "expected one of {expected}"),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact", "datetime_parsing"),
        _DAY,
    ),
    **dict.fromkeys(("tuple_type", "list_type"), _LIST),
    "too_short": Word("至少要有 {min_length} 项", "expected at least {min_length}"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), _TABLE),
}


class Unfit(ValueError):
    """A value that a setting cannot have, and what was expected, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.word = Word(zh, en)


def what_is_wrong(error: Mapping[str, Any]) -> Word:
    """What was expected in place of a value, by one of the errors that pydantic tells.

    >>> what_is_wrong({"type": "greater_than", "msg": "…", "ctx": {"gt": 0.0}}).zh
    '应大于 0'
    """
    context = dict(error.get("ctx", {}))
    raised = context.get("error")
    if isinstance(raised, Unfit):
        return raised.word
    word = _WORDS.get(error["type"])
    if word is None:
        return Word(str(raised or error["msg"]), str(raised or error["msg"]))
    facts = {name: f"{value:g}" if isinstance(value, float) else value for name, value in context.items()}
    told = {**facts, "expected": str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")}
    return Word(word.zh.format(**told), word.en.format(**told))
