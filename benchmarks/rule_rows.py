"""The rule book in force as plain rows, for the geopandas script."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from layers.rule import Values  # isort: skip
from layers.rule_book import rule_set  # isort: skip


def write_rules(path: Path, *, jurisdictions: list[str], as_of: str) -> None:
    """Writes what decides and what is cited by the rules of place for pollution sources, words in Chinese."""
    rules = rule_set(jurisdictions, folder=path.parent)
    day = date.fromisoformat(as_of)
    rows = [
        {
            "id": rule.id,
            "of": rule.of,
            "kinds": rule.kinds,
            "levels": rule.levels,
            "medium": rule.medium,
            "relation": rule.relation,
            "within_m": rule.within_m,
            **{key: _spelled(getattr(rule, key)) for key in ("where", "unless", "zone_where")},
            "built_from": rule.built_from and rule.built_from.isoformat(),
            "violation": rule.forbids(day),
            "effect": rule.effect,
            "severity": rule.severity,
            "citation": rules.citation(rule, "zh", as_of=day),
            "remedy": rule.remedy.zh,
        }
        for rule in rules.in_force(day)
        if rule.subject == "pollution_sources" and rule.placed
    ]
    path.write_text(json.dumps({"as_of": as_of, "rules": rows}, ensure_ascii=False), encoding="utf-8")


def _spelled(conditions: Values) -> dict[str, list[str]]:
    return {name: [str(value).lower() for value in allowed] for name, allowed in conditions.items()}
