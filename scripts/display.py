"""Text on a terminal: how wide it is shown, cut or filled to a width, wrapped, coloured where that helps."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence

NARROWEST, WIDEST, PIPED = 60, 120, 100
# What Python sets LC_CTYPE to in the C locale (PEP 538).
_COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
_COLOUR = re.compile(r"\033\[\d+m")
_COLOURS = {"red": "31", "yellow": "33", "green": "32", "bold": "1", "dim": "2"}
# No line begins with one of these, and none ends with one that opens.
_CLOSING = "，。；：、？！）】》”’…,.;:?!)]}"
_OPENING = "（【《“‘([{"
_UNBROKEN = re.compile(r"[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef（）【】《》“”‘’，。；：、？！…→]+|\S|\s+")


def shown_width(text: str) -> int:
    """How many columns of a terminal `text` takes: 2 for a wide character, 0 for one that is put upon another."""
    return sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Cc", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def plain(text: str) -> str:
    """`text` in one line without characters that a terminal obeys instead of showing."""
    return "".join(letter if letter.isprintable() else "·" for letter in text)


def cut(text: str, width: int) -> str:
    """`text`, its middle replaced by `...` where it is wider than `width`: the ends of a path tell most."""
    if shown_width(text) <= width:
        return text
    room = max(width - 3, 2)
    head, tail = "", ""
    for letter in text:
        if shown_width(head + letter) > room // 3:
            break
        head += letter
    for letter in reversed(text):
        if shown_width(head + letter + tail) > room:
            break
        tail = letter + tail
    return f"{head}...{tail}"


def filled(text: str, width: int, *, right: bool = False) -> str:
    """`text` cut or filled with blanks to exactly `width` columns."""
    fitting = cut(text, width)
    blanks = " " * (width - shown_width(fitting))
    return blanks + fitting if right else fitting + blanks


def wrapped(text: str, width: int, *, first: str = "", rest: str = "") -> Iterator[str]:
    """`text` in lines of at most `width` columns, behind `first` in the first and `rest` in the others.

    Breaks at blanks and between Chinese characters, never before a closing or behind an opening mark. A word that is
    wider than a whole line, such as a path, stays whole, so that it can be copied.
    """
    line, empty = first, True
    for piece in _pieces(text):
        if not empty and shown_width(line + piece.rstrip()) > width:
            yield line.rstrip()
            line, empty = rest, True
        if empty and not piece.strip():
            continue
        line, empty = line + piece, False
    if not empty:
        yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """The parts between which a line may be broken."""
    held = ""
    for piece in _UNBROKEN.findall(text):
        if held and not (piece[0] in _CLOSING and not held[-1].isspace()) and held[-1] not in _OPENING:
            yield held
            held = ""
        held += piece
    if held:
        yield held


def table(rows: Sequence[Sequence[str]], widths: Sequence[int], *, right: frozenset[int] = frozenset()) -> list[str]:
    """The rows with their cells below each other; `right`: the columns that are aligned to the right."""
    return [
        "  ".join(
            filled(cell, width, right=at in right) for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def page_width() -> int:
    """How many columns to write: those of the terminal, from 60 to 120; COLUMNS, or 100, where it is none."""
    return min(max(shutil.get_terminal_size((PIPED, 24)).columns, NARROWEST), WIDEST)


def painted(text: str, colour: str) -> str:
    """`text` in a colour, where the output is a terminal and NO_COLOR does not stand in the environment."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\033[{_COLOURS[colour]}m{text}\033[0m"


def shows_blocks() -> bool:
    """Whether the terminal's own encoding has block and line letters: Unicode, by its locale, or a Windows console."""
    if sys.platform == "win32" and sys.stdout.isatty():
        return True
    named = {name: os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")}
    if named["LC_CTYPE"] in _COERCED:  # by Python itself, where the locale is C: that tells nothing of the terminal
        named["LC_CTYPE"] = ""
    return "utf" in next((locale for locale in named.values() if locale), "").lower()


def side_by_side(blocks: Sequence[Sequence[str]], width: int, *, gap: int = 3) -> Iterator[str]:
    """The lines of several texts beside each other, as many in a row as fit into `width` columns."""
    row: list[Sequence[str]] = []
    for block in blocks:
        if row and sum(_widest(one) + gap for one in [*row, block]) - gap > width:
            yield from _joined(row, gap)
            yield ""
            row = []
        row.append(block)
    if row:
        yield from _joined(row, gap)


def _widest(block: Sequence[str]) -> int:
    return max((_uncoloured_width(line) for line in block), default=0)


def _uncoloured_width(text: str) -> int:
    return shown_width(_COLOUR.sub("", text))


def _joined(row: Sequence[Sequence[str]], gap: int) -> Iterator[str]:
    for at in range(max(len(block) for block in row)):
        cells = [(block[at] if at < len(block) else "", _widest(block)) for block in row]
        yield (" " * gap).join(text + " " * (width - _uncoloured_width(text)) for text, width in cells).rstrip()
