"""JSON of unknown origin -> values; what no writer of JSON should send is refused, or named.

Python's own reader takes more than JSON is: NaN, a key twice (the last wins), half a letter (a lone surrogate), numbers
beyond all bounds. Here each of these is an oddity that `oddities` names with its place, so that whoever judges the
content can refuse the file and say why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

# Values that a document may have: a hostile one of 192 MiB could hold 60 million, which fill gigabytes.
MOST_VALUES = 16_000_000
# Digits of a whole number that is read as such; longer ones are read as what they are near to.
_LONGEST_WHOLE = 18


class NotJson(ValueError):
    """Bytes that are no JSON in UTF-8: why, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Oddity(NamedTuple):
    """What JSON does not have: where it stands, which it is (`repeated`, `constant`, `surrogate`), its text."""

    path: tuple[str | int, ...]
    which: str
    found: str


class Repeated(dict[str, Any]):
    """An object in which keys stand more than once; the last of each was taken."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        seen: set[str] = set()
        self.keys_twice = sorted({key for key, _ in pairs if key in seen or seen.add(key)})  # type: ignore[func-returns-value]


class Constant(str):
    """`NaN`, `Infinity` or `-Infinity`, which stood where a value should."""

    __slots__ = ()


def parsed(data: bytes) -> Any:
    """The value that the bytes spell; raises NotJson where they are none, are cut short, or nest without end."""
    if sum(data.count(mark) for mark in (b"[", b"{", b",")) > MOST_VALUES:
        raise NotJson(f"超过 {MOST_VALUES} 个值", f"more than {MOST_VALUES} values")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotJson(f"第 {error.start} 字节不是 UTF-8", f"byte {error.start} is not UTF-8") from None
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=Constant, parse_int=_whole, parse_float=float)
    except json.JSONDecodeError as error:
        end = error.pos >= len(text.rstrip())
        raise NotJson(
            f"第 {error.lineno} 行第 {error.colno} 字符处{'内容中断' if end else '不是 JSON'}（{error.msg}）",
            f"line {error.lineno}, character {error.colno}: {'cut short' if end else 'not JSON'} ({error.msg})",
        ) from None
    except RecursionError:
        raise NotJson("嵌套过深", "nested too deep") from None


def oddities(value: Any) -> Iterator[Oddity]:
    """Everything in the value that JSON does not have, wherever it stands."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one, Repeated):
                yield from (Oddity((*path, key), "repeated", key) for key in one.keys_twice)
            for key, inner in one.items():
                if not _has_letters(key):
                    yield Oddity(path, "surrogate", key)
                waiting.append(((*path, key), inner))
        elif isinstance(one, list):
            waiting.extend(((*path, at), inner) for at, inner in enumerate(one))
        elif isinstance(one, Constant):
            yield Oddity(path, "constant", str(one))
        elif isinstance(one, str) and not _has_letters(one):
            yield Oddity(path, "surrogate", one)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else Repeated(pairs)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_WHOLE else float(digits)


def _has_letters(text: str) -> bool:
    """Whether the text can be written as UTF-8: it has no half of a letter."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
