"""All corners of a polygon in one cell -> their labels and coordinates, in the order in which they stand."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from gis.coordinates import Spelled, pair

_CIRCLED = "①-⑳㉑-㉟㊱-㊿❶-❿⓵-⓾"
# What stands in front of a corner: ①, (1), 1、, J1:, 拐点1, 点号1. A plain number only with a mark that ends it.
_LABEL = re.compile(
    rf"^\s*(?P<label>[{_CIRCLED}]|[(（]\s*[A-Za-z]{{0,3}}\d{{1,4}}\s*[)）]|(?:拐点|界址点|顶点|点号|点)\s*[A-Za-z]{{0,3}}-?\d{{1,4}}"
    r"|[A-DF-MO-RT-VX-Za-df-mo-rt-vx-z]{1,3}-?\d{1,4}(?=\s*[(（:：,，、=\s.])|\d{1,4}(?=\s*[、:：)）#]))\s*[.、:：,，)）#=]?\s*"
)
_BEGINS = re.compile(
    rf"(?=[{_CIRCLED}])|(?=(?:拐点|界址点|顶点|点号)\s*[A-Za-z]{{0,3}}-?\d)|(?<![A-Za-z])(?=[JPGD]-?\d{{1,4}}\s*[(（:：,，、=\s])"
)
_BETWEEN = re.compile(r"[;；\n\r]+|[)）]\s*[,，、]?\s*(?=[(（])")
_AXIS_MARKS = re.compile(r"[XYxy]\s*[=:：]\s*")
_OUTER = re.compile(r"^\s*[\[({【]+|[\])}】。.;；,，\s]+$")


class CornerList(NamedTuple):
    """The corners of a cell: what each is called ('': nothing), its two numbers, and the first part that is none."""

    labels: list[str]
    pairs: list[tuple[Spelled, Spelled]]
    unreadable: str


def corner_list(text: str) -> CornerList | None:
    """The corners in `text`; None where it is empty.

    Corners are separated by semicolons, line breaks, brackets, blanks or the labels in front of them.

    >>> [[round(one.value, 2) for one in corner] for corner in corner_list("104.1,26.1;104.2,26.1;104.2,26.2").pairs]
    [[104.1, 26.1], [104.2, 26.1], [104.2, 26.2]]
    >>> corner_list("①E104°49′30″，N26°35′40″；②E104°50′，N26°36′").labels, corner_list("J1(1.1,2.1) J2(x)").unreadable
    (['①', '②'], 'J2(x)')
    """
    plain = text.strip()
    if not plain:
        return None
    labels: list[str] = []
    pairs: list[tuple[Spelled, Spelled]] = []
    for part in _parts(plain):
        label, found = _corner(part)
        if found is None:
            return CornerList(labels, pairs, part)
        labels.append(label)
        pairs.append(found)
    return CornerList(labels, pairs, "")


def _parts(text: str) -> list[str]:
    """The texts of the single corners."""
    for cut in (_BETWEEN, _BEGINS):
        parts = [part.strip() for part in cut.split(text) if part and part.strip(" ,，、;；")]
        if len(parts) > 1:
            return [inner for part in parts for inner in (_parts(part) if cut is _BETWEEN else [part])]
    if pair(_AXIS_MARKS.sub("", _OUTER.sub("", text))) is not None:
        return [text]
    words = text.replace("，", ",").split()
    if len(words) > 2 and all("," in word for word in words):
        return words
    numbers = [part.strip() for part in re.split(r"[,，、\s]+", text) if part.strip()]
    if len(numbers) >= 6 and len(numbers) % 2 == 0 and all(re.fullmatch(r"-?\d+\.\d+", one) for one in numbers):
        return [f"{x},{y}" for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    return [text]


def _corner(part: str) -> tuple[str, tuple[Spelled, Spelled] | None]:
    found = _LABEL.match(part)
    for label, rest in ((found["label"].strip(), part[found.end() :]), ("", part)) if found else (("", part),):
        read = pair(_AXIS_MARKS.sub("", _OUTER.sub("", rest)))
        if read is not None:
            return label, read
    return "", None


def number_of(label: str | None) -> int | None:
    """The number in the label of a corner, None where it has none.

    >>> number_of("J12"), number_of("③"), number_of("拐点4"), number_of("a")
    (12, 3, 4, None)
    """
    found = re.findall(r"\d+", unicodedata.normalize("NFKC", label or ""))
    return int(found[-1]) if len(found) == 1 and len(found[-1]) <= 6 else None
