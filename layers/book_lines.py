"""Where a key of a rule book stands in its text: TOML readers do not tell."""

from __future__ import annotations

import re
from collections.abc import Sequence


def line_of(text: str, rule: int, key: str) -> int | None:
    """The line of a key in the text of a book; None where it cannot be told for sure.

    `rule` is the number of the rule in the book, from 1; 0 for the book's own keys.
    """
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)]
    if rule > len(heads):
        return None
    start = heads[rule - 1] if rule else 0
    end = heads[rule] if rule < len(heads) else len(lines)
    first, *rest = key.split(".")
    keyed = re.compile(rf"\s*(?:{re.escape(first)}\s*[=.]|\[+\s*(?:rule\s*\.\s*)?{re.escape(first)}\s*[\].])")
    at = [number for number in range(start, end) if keyed.match(lines[number])]
    if rest and rest[0].isdigit():
        return _numbered(lines, at, int(rest[0]), end)
    return at[0] + 1 if len(at) == 1 else None


def _numbered(lines: Sequence[str], at: Sequence[int], number: int, end: int) -> int | None:
    """The line of the entry `number` of a list: its own table, or its line in braces."""
    if at and lines[at[0]].lstrip().startswith("["):
        return at[number - 1] + 1 if number <= len(at) else None
    if len(at) != 1:
        return None
    braces = [line for line in range(at[0] + 1, end) if lines[line].lstrip().startswith("{")]
    return braces[number - 1] + 1 if number <= len(braces) else at[0] + 1
