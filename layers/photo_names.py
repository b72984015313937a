"""What cells say of photos: the names in them, whether these name pictures at all, and when a photo was taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

FOLDER = "photos"
_ENDING = re.compile(r"\.(jpe?g|png|webp|gif|bmp|tiff?|heic|heif|svg)$", re.IGNORECASE)
_BETWEEN = re.compile(r"[;；,，、|\n\r]+")
_QUOTES = " \t\u3000\"'“”‘’"
# A scheme or a drive letter: no name of a file that all systems can hold has a colon there.
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_BEFORE = re.compile(r"[改治施建拆]前|(?:^|[\W_\d])前(?:$|[\W_\d])|(?<![a-z])before(?![a-z])", re.IGNORECASE)
_AFTER = re.compile(r"[改治施建拆]后|(?:^|[\W_\d])后(?:$|[\W_\d])|(?<![a-z])after(?![a-z])", re.IGNORECASE)


def are_photos(cells: Iterable[str | None]) -> bool:
    """Whether most of the cells that hold something name files of pictures, and nothing but such.

    >>> are_photos(["a.jpg；b.PNG", None, ""]), are_photos(["杂物已清", "a.jpg"]), are_photos([None])
    (True, False, False)
    """
    told = [text for text in cells if text and text.strip()]
    named = [text for text in told if (names := names_in(text)) and all(_ENDING.search(name) for name in names)]
    return 2 * len(named) > len(told)


def names_in(text: str, is_one: Callable[[str], bool] = lambda _: False) -> list[str]:
    """The names in a cell; a cell that `is_one` name by itself (one with a comma in it) is not taken apart.

    >>> names_in("a.jpg； photos/b.jpg | 'c d.png'")
    ['a.jpg', 'photos/b.jpg', 'c d.png']
    """
    whole = text.strip(_QUOTES)
    if whole and is_one(whole):
        return [whole]
    return [name for part in _BETWEEN.split(text) if (name := part.strip(_QUOTES))]


def relative(name: str) -> str | None:
    r"""The path inside of the folder of photos that a name stands for; None where it would lead out of it.

    >>> relative("photos\\2017\\a.jpg"), relative("./a.jpg"), relative("../a.jpg"), relative("C:\\a.jpg")
    ('2017/a.jpg', 'a.jpg', None, None)
    """
    plain = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if _SCHEME.match(plain) or plain.startswith("/") or ".." in parts or _CONTROL.search(plain):
        return None
    if len(parts) > 1 and parts[0].casefold() == FOLDER:
        parts = parts[1:]
    return "/".join(parts)


def moment_of(name: str) -> str:
    """When a photo was taken, before or after, as far as its name says so.

    >>> [moment_of(name) for name in ("Z-1整改前.jpg", "z1_After.png", "屋后.jpg", "整改前后对比.jpg", "Z-1-前.jpg")]
    ['before', 'after', '', '', 'before']
    """
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    before, after = bool(_BEFORE.search(stem)), bool(_AFTER.search(stem)) or "前后" in stem
    if before == after:
        return ""
    return "before" if before else "after"
