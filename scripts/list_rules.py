"""`headwater rules`: the rules in force on a day, with their citations."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from layers.words import EFFECTS, SEVERITIES
from scripts.console import DONE, Console
from scripts.run_project import judged_rules


def list_rules(jurisdictions: list[str], as_of: date, console: Console) -> int:
    """Tells the rules of the stacked jurisdictions that are in force on `as_of`, and those that are not."""
    rules = judged_rules(jurisdictions, folder=Path.cwd())
    language = console.language
    if console.as_json:
        console.give(
            [
                {
                    "rule_id": rule.id,
                    "jurisdiction": rules.book_of[rule.id].jurisdiction,
                    "in_force": rule.in_force(as_of),
                    "title": {"zh": rule.title.zh, "en": rule.title.en},
                    "effect": rule.effect,
                    "severity": rule.severity,
                    "subject": rule.subject,
                    "kinds": rule.kinds,
                    "levels": rule.levels,
                    "relation": rule.relation,
                    "within_m": rule.within_m,
                    "of": rule.of,
                    "citation": {one: rules.citation(rule, one, as_of=as_of) for one in ("zh", "en")},
                }
                for rule in rules.rules.values()
            ]
        )
        return DONE
    for rule in rules.in_force(as_of):
        severity, effect = SEVERITIES[rule.severity].text(language), EFFECTS[rule.effect].text(language)
        citation = rules.citation(rule, language, as_of=as_of)
        line = f"{rule.id}  {rule.title.text(language)}  [{effect}, {severity}]\n    {citation}"
        console.say(line, line)
    left = [rule.id for rule in rules.rules.values() if not rule.in_force(as_of)]
    if left:
        console.say(f"{as_of} 未生效或已失效：{', '.join(left)}", f"not in force on {as_of}: {', '.join(left)}")
    return DONE
