"""A rule book about records, for tests of what is shown of them: the ledger, signs of zones, the water of sections."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.projects import ROOT

_RULE = """
[[rule]]
id = "{id}"
title = {{ zh = "{id} 的要求", en = "What {id} asks" }}
subject = "{subject}"
relation = "{relation}"
{how}
effect = "prohibited"
severity = "major"
reviewed = {reviewed}
remedy = {{ zh = "改正", en = "Correct it" }}
penalty = {{ zh = "罚则", en = "A penalty" }}
evidence = [{{ zh = "照片", en = "A photo" }}]
example = [{examples}]
"""


def _rule(name: str, subject: str, relation: str, how: str, examples: list[str], *, reviewed: bool = True) -> str:
    told = ", ".join(examples)
    return _RULE.format(
        id=name, subject=subject, relation=relation, how=how, examples=told, reviewed=str(reviewed).lower()
    )


def _cases(how: str) -> list[str]:
    return [f"{{ {one} }}" for one in how.split(" | ")]


BOOK = """jurisdiction = "records"
title = { zh = "登记资料", en = "Records" }
edition = "2026-11-25"
levels = ["1", "2", "quasi"]
statutory = false
""" + "".join(
    (
        _rule("REC-BACK", "remediation_sites", "status", 'case = "still_violating"', _cases(
            'status = "completed", source_result = "violation", result = "violation" | '
            'status = "completed", source_result = "check", result = "check" | '
            'status = "behind", source_result = "violation", result = "clear" | '
            'status = "", source_result = "violation", result = "clear"')),
        _rule("REC-LEDGER", "pollution_sources", "status", 'case = "not_on_ledger"', _cases(
            'source_result = "violation", on_ledger = false, result = "violation" | '
            'source_result = "clear", on_ledger = false, result = "clear" | '
            'source_result = "violation", on_ledger = true, approved = "", result = "clear"')),
        _rule("REC-APPROVED", "pollution_sources", "status", "where = { approved = [false] }", _cases(
            'approved = false, result = "check" | approved = true, result = "clear" | approved = "", result = "clear"'),
            reviewed=False),
        _rule("REC-SIGNS", "protection_zones", "status", "where = { signs = [false] }", _cases(
            'signs = false, result = "violation" | signs = true, result = "clear" | signs = "", result = "not_assessed"')),
        _rule("REC-WATER", "river_sections", "quality", 'worse_than = "target"', _cases(
            'class = "IV", target_class = "III", result = "violation" | '
            'class = "III", target_class = "III", result = "clear" | '
            'class = "", target_class = "III", result = "not_assessed"')),
    )
)  # fmt: skip


def example_with_records(folder: Path) -> Path:
    """The example project in `folder`, judged by its own books and by BOOK."""
    shutil.copytree(ROOT / "examples" / "liupanshui", folder, ignore=shutil.ignore_patterns("output", ".headwater"))
    (folder / "records.toml").write_text(BOOK, encoding="utf-8")
    project = folder / "headwater.toml"
    named = 'jurisdictions = ["cn", "cn-qixingguan"]'
    text = project.read_text(encoding="utf-8")
    assert named in text
    project.write_text(text.replace(named, named[:-1] + ', "records.toml"]'), encoding="utf-8")
    return folder
