"""`headwater explain`: what an error, reject code or rule means and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from gis.faults import Fault, codes
from layers.project import ProjectError, settings_known
from layers.rule_book import Rule, RuleSet, built_in_books, rule_set
from layers.words import EFFECTS, KINDS, SEVERITIES
from scripts.console import DONE, Console


class _Slots(dict[str, str]):
    """What stands in the slots of a text where there is no case to take it from."""

    def __missing__(self, key: str) -> str:
        return "…"


_SLOTS = _Slots(allowed=", ".join(settings_known()), known=", ".join(built_in_books()))


def explain_code(code: str, console: Console, *, books: Sequence[str] = ()) -> int:
    """Explains a code of gis/codes.toml, or a rule of a built-in book or of `books`, in either case of letters."""
    wanted = code.strip().upper()
    if wanted in codes():
        return _explain_fault(wanted, console)
    stacks = [list(books)] if books else [[name] for name in built_in_books()]
    for stack in stacks:
        rules = rule_set(stack, folder=Path.cwd())
        for rule in rules.rules.values():
            if rule.id.upper() == wanted:
                return _explain_rule(rule, rules, console)
    known = ", ".join(sorted(codes()))
    raise ProjectError([Fault("CODE_UNKNOWN", value=code, facts={"known": known})])


def _explain_fault(code: str, console: Console) -> int:
    texts = codes()[code]
    if console.as_json:
        console.give({"code": code, **{part: dict(texts[part]) for part in ("reason", "proposal", "explain")}})
    parts = {
        language: f"{code}\n{texts['explain'][language]}\n→ {texts['proposal'][language].format_map(_SLOTS)}"
        for language in ("zh", "en")
    }
    console.say(parts["zh"], parts["en"])
    return DONE


def _explain_rule(rule: Rule, rules: RuleSet, console: Console) -> int:
    book = rules.book_of[rule.id]
    if console.as_json:
        console.give(
            {"code": rule.id, "jurisdiction": book.jurisdiction, **rule.model_dump(mode="json", by_alias=True)}
        )
    for line in _rule_lines(rule, rules, console.language):
        console.say(line, line)
    return DONE


def _rule_lines(rule: Rule, rules: RuleSet, language: str) -> list[str]:
    zh = language == "zh"
    kinds = [rules.kinds.get(kind, KINDS["other"]).text(language) for kind in rule.kinds or ()]
    levels = [rules.levels[level].text(language) for level in rule.levels or ()]
    every = "全部" if zh else "every"
    lines = [
        f"{rule.id}  {rule.title.text(language)}",
        f"{rules.book_of[rule.id].title.text(language)}",
        f"{'效力' if zh else 'effect'}: {EFFECTS[rule.effect].text(language)}",
        f"{'级别' if zh else 'severity'}: {SEVERITIES[rule.severity].text(language)}",
        f"{'对象' if zh else 'kinds'}: {', '.join(kinds) or every}",
        f"{'保护区级别' if zh else 'levels'}: {', '.join(levels) or every}",
        f"{'关系' if zh else 'relation'}: {rule.relation}"
        + (f" {rule.within_m:g} m ({rule.of})" if rule.within_m else ""),
    ]
    lines += [
        f"{'条件' if zh else 'where'}: {name} = {', '.join(map(str, allowed))}" for name, allowed in rule.where.items()
    ]
    for basis in rule.basis:
        span = " – ".join(str(day) if day else "…" for day in (basis.from_, basis.to))
        lines.append(f"{'依据' if zh else 'citation'}: {basis.citation(language)} ({span})")
    if not rule.basis:
        lines.append(rules.citation(rule, language, as_of=date.min))
    lines.append(f"{'整改' if zh else 'remedy'}: {rule.remedy.text(language)}")
    if rule.note:
        lines.append(rule.note.text(language))
    for example in rule.example:
        given = ", ".join(f"{name} = {value}" for name, value in example.attributes.items())
        told = " ".join(part for part in (example.level, example.kind, given) if part)
        lines.append(f"  {example.result}: {example.subject} / {example.zone} {told}".rstrip())
    return lines
