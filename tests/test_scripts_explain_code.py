"""gis/codes.toml and `headwater explain`: every code is raised somewhere, and says in both languages what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from gis.faults import LANGUAGES, codes
from layers.changes import CAUSES
from scripts.console import Console
from scripts.explain_code import explain_code

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("gis", "layers", "maps", "scripts")
# What a proposal does not begin with: it says what to do, and only then when or why.
NO_DEED = {
    "en": re.compile(r"(?i)(if|for|of|where|when|the|a|an|it|there|this|these|allowed|built|because|since)\b"),
    "zh": re.compile(r"如|若|当|因|由于|这|该文件|可用|内置|没有"),
}
SLOT = re.compile(r"\{(\w+)\}")


def constants() -> tuple[set[str], set[str]]:
    """Every text in the source of the four rooms, and those that are given to `Fault` or `Step` or stand for a note's code."""
    texts, raised = set(), set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Fault", "Step"):
                raised |= {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
            elif isinstance(node, ast.Dict):
                entries = {
                    key.value: value
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
                code = entries.get("code")
                raised |= {code.value} if isinstance(code, ast.Constant) else set()
    return texts, raised


def test_every_code_is_raised_and_every_raised_code_is_known() -> None:
    texts, raised = constants()
    assert len(raised) > 40
    assert sorted(raised - set(codes())) == []
    assert sorted(set(codes()) - texts) == []


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_code_says_what_is_wrong_what_to_do_and_why_it_matters(code: str) -> None:
    texts = codes()[code]
    assert set(texts) == {"reason", "proposal", "explain"}
    for part, both in texts.items():
        assert set(both) == set(LANGUAGES), part
        assert re.search(r"[\u4e00-\u9fff]", both["zh"]) and not re.search(
            r"[\u4e00-\u9fff]", SLOT.sub("", both["en"]).replace("经度/纬度", "")
        ), part
        slots = [{re.sub(r"_(zh|en)$", "", slot) for slot in SLOT.findall(both[language])} for language in LANGUAGES]
        assert slots[0] == slots[1], f"{part}: {slots}"
    for language, shortest in (("zh", 14), ("en", 40)):
        explained = texts["explain"][language]
        assert len(explained) >= shortest, explained
        assert explained not in (texts["reason"][language], texts["proposal"][language])
        assert not SLOT.search(explained)
        assert not NO_DEED[language].match(texts["proposal"][language]), texts["proposal"][language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_explain_shows_no_slot_of_any_code(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    for code in codes():
        assert explain_code(code.lower(), Console(as_json=False, lang=language, quiet=False, debug=False)) == 0
        told = capsys.readouterr().out
        assert told.startswith(code) and "→" in told
        assert not re.search(r"[{}]", told), told
        assert codes()[code]["explain"][language] in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_that_changes_tells_is_explained(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    for code, word in CAUSES.items():
        assert explain_code(code.lower(), Console(as_json=False, lang=language, quiet=False, debug=False)) == 0
        assert word.text(language) in capsys.readouterr().out
