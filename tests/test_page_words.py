"""One catalogue for everything the page says: both languages, every key said and there, and no sentence beside it."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from layers.coverage import REASONS
from layers.words import ATTRIBUTES
from maps.assets import PAGE, modules, page_words
from maps.style import FACETS

MAPS = PAGE.parent
MODULES = sorted({*modules(), *modules("loader")})
CATALOGUE = (PAGE / "words.json").read_text("utf-8")
WORDS: dict[str, dict[str, str]] = json.loads(CATALOGUE)
SLOTS = re.compile(r"\{(\w+)\}")
CHINESE = re.compile(r"[\u3400-\u9fff]")
# A comment, or a text in quotes, whichever begins first.
PIECE = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`", re.DOTALL)
KEY_OF_PIECES = re.compile(r"^((?:\w+\.)+)\$?\{.+\}((?:\.\w+)*)$", re.DOTALL)
SENTENCE = re.compile(r"\b[A-Za-z][a-z]+ [a-z]+ [a-z]+\b")
# Chinese that is not said but read: what people type, and the first letters of characters; and names of their own.
READ = {
    "coordinates": "directions as people write them",
    "initials": "characters and the letters they begin with",
    "base": "the name of a map service",
    "telling": "units as the engine's own sentences have them (layers/paragraphs.py), compared with them in tests",
}


def source(module: str) -> str:
    return (PAGE / f"{module}.js").read_text("utf-8")


def quoted(text: str) -> list[str]:
    """Every text in quotes, comments left out."""
    return [piece[1:-1] for piece in PIECE.findall(text) if piece[0] in "'\"`"]


def without_comments(text: str) -> str:
    return PIECE.sub(lambda piece: "" if piece[0].startswith("/") else piece[0], text)


SCRIPTS = [piece for module in MODULES for piece in quoted(source(module))]
PYTHON = "".join(path.read_text("utf-8") for path in sorted(MAPS.glob("*.py")))


def families(pieces: list[str]) -> set[tuple[str, str]]:
    """Beginning and end of keys that are put together, as in `why.${code}`."""
    return {(found[1], found[2]) for piece in pieces if (found := KEY_OF_PIECES.match(piece))}


def test_pieces_of_code_are_told_apart() -> None:
    code = "say('a.b'); // 'c.d'\nsay(`e.${f}.g`); /* 'h' */ say(\"i'j\")"
    assert quoted(code) == ["a.b", "e.${f}.g", "i'j"]
    assert families(quoted(code)) == {("e.", ".g")}
    assert without_comments("a // b\n'//c'") == "a \n'//c'"


def test_every_sentence_is_in_both_languages() -> None:
    assert [key for key, entry in WORDS.items() if set(entry) != {"zh", "en"} or not all(entry.values())] == []
    slots = {key: [sorted(set(SLOTS.findall(entry[one]))) for one in ("zh", "en")] for key, entry in WORDS.items()}
    assert {key: both for key, both in slots.items() if both[0] != both[1]} == {}


def test_no_key_stands_twice() -> None:
    keys = re.findall(r'^ "([^"]+)":', CATALOGUE, re.MULTILINE)
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    assert len(keys) == len(WORDS)


def test_english_has_no_chinese_in_it_and_chinese_is_chinese() -> None:
    assert [key for key, entry in WORDS.items() if CHINESE.search(entry["en"]) and key != "language.name"] == []
    # Names, formats and what has only slots are the same everywhere.
    same = [key for key, entry in WORDS.items() if not CHINESE.search(entry["zh"])]
    assert [key for key in same if SENTENCE.search(SLOTS.sub("", WORDS[key]["zh"]))] == []


@pytest.mark.parametrize("module", MODULES)
def test_every_key_is_there(module: str) -> None:
    words = page_words()
    asked = re.findall(r"(?:\bsay\(|sentences\[|'data-say': )'([\w.-]+)'", without_comments(source(module)))
    assert [key for key in asked if key not in words] == []
    made = families(quoted(source(module)))
    said = {(start, end) for start, end in made if f"say(`{start}${{" in source(module)}
    assert [one for one in said if not any(key.startswith(one[0]) and key.endswith(one[1]) for key in words)] == []


def test_every_key_is_said() -> None:
    literal = set(SCRIPTS)
    shell = (PAGE / "shell.html").read_text("utf-8")
    made = families([*SCRIPTS, *quoted(PYTHON)])
    silent = [
        key
        for key in WORDS
        if key not in literal
        and not any(mark + key + mark in text for mark in "'\"" for text in (shell, PYTHON))
        and not any(key.startswith(start) and key.endswith(end) for start, end in made)
    ]
    assert silent == []


def test_every_value_of_a_table_has_its_words() -> None:
    words = page_words()
    assert [name for name in FACETS if f"facet.{name}" not in words] == []
    assert [code for code in REASONS if code and f"why.{code}" not in words] == []
    assert [name for name in ATTRIBUTES if f"column.{name}" not in words] == []


@pytest.mark.parametrize("module", [module for module in MODULES if module not in READ])
def test_no_module_says_anything_by_itself(module: str) -> None:
    code = without_comments(source(module))
    assert [line.strip() for line in code.splitlines() if CHINESE.search(line)] == []
    spoken = re.sub(r"new \w*Error\((?:[^()]|\([^()]*\))*\)", "", code)  # faults are for those who mend the page
    assert [one for one in quoted(spoken) if SENTENCE.search(one) and not re.search(r"[<>#.:;={}\[\]]", one)] == []


def test_what_is_read_is_still_there() -> None:
    assert [module for module in READ if not CHINESE.search(without_comments(source(module)))] == []


def test_markup_and_style_sheets_say_nothing() -> None:
    shell = re.sub(r"<!--.*?-->", "", (PAGE / "shell.html").read_text("utf-8"), flags=re.DOTALL)
    assert not CHINESE.search(shell)
    assert [text for text in re.findall(r">([^<]+)<", shell) if re.search(r"[A-Za-z]{2}", text)] == []
    sheets: list[Path] = sorted(PAGE.glob("*.css"))
    told = [re.findall(r'content: *"([^"]*)"', path.read_text("utf-8")) for path in sheets]
    assert [text for texts in told for text in texts if re.search(r"[A-Za-z]{3}", text) or CHINESE.search(text)] == []
