"""`headwater explain`: what an error, reject code or rule means and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from gis.faults import Fault, codes, shown
from layers.change_causes import CAUSES
from layers.identities import WHYS
from layers.project import ProjectError, settings_known
from layers.rule_book import RuleBookError, RuleSet, built_in_books, rule_set
from scripts.console import DONE, Console


class _Slots(dict[str, str]):
    """What stands in the slots of a text where there is no case to take it from."""

    def __missing__(self, key: str) -> str:
        return "…"


_SLOTS = _Slots(allowed=", ".join(settings_known()), known=", ".join(built_in_books()))
_NEAREST = 5


def explain_code(
    code: str, console: Console, *, books: Sequence[str] = (), as_of: date | None = None, drawn_to: Path | None = None
) -> int:
    """Explains a code of gis/codes.toml, or a rule of a built-in book or of `books`, in either case of letters."""
    wanted = code.strip().upper()
    if wanted in codes():
        return _explain_fault(wanted, console)
    if wanted in CAUSES:
        word = CAUSES[wanted]
        return _told(wanted, f"两次结果不同的原因：{word.zh}", f"Why two runs differ: {word.en}", console)
    if wanted in WHYS:
        word = WHYS[wanted]
        return _told(wanted, f"对象与以前的对应关系：{word.zh}", f"Which known site it is: {word.en}", console)
    ids: list[str] = []
    for rules in _stacks(books):
        for rule in rules.rules.values():
            if rule.id.upper() == wanted:
                from scripts.explain_rule import explain_rule

                return explain_rule(rule, rules, console, as_of=as_of or date.today(), drawn_to=drawn_to)
            ids.append(rule.id)
    near = ", ".join(_near(wanted, [*dict.fromkeys(ids), *codes()]))
    raise ProjectError([Fault("CODE_UNKNOWN", value=shown(code), facts={"near": near})])


def _stacks(books: Sequence[str]) -> Iterator[RuleSet]:
    """The stack of `books`; without one every built-in book, a local one upon the book that its name begins with."""
    if books:
        yield rule_set(books, folder=Path.cwd())
        return
    known = built_in_books()
    for name in sorted(known, key=lambda name: (name.count("-"), name)):
        below = name.split("-")[0]
        try:
            yield rule_set([name], folder=Path.cwd())
        except RuleBookError:  # it changes rules of an earlier book
            if below not in known or below == name:
                raise
            yield rule_set([below, name], folder=Path.cwd())


def _near(wanted: str, known: Sequence[str]) -> list[str]:
    """The codes and ids that are spelled most like what was asked for."""
    spelled = {one.upper(): one for one in known}
    return [spelled[one] for one in difflib.get_close_matches(wanted, spelled, n=_NEAREST, cutoff=0.4)]


def _told(code: str, zh: str, en: str, console: Console) -> int:
    """A code that changes.csv or matches.csv tells."""
    texts = {"zh": f"{zh}。见 headwater changes", "en": f"{en}. See headwater changes"}
    if console.as_json:
        console.give({"code": code, "explain": texts})
    console.say(f"{code}\n{texts['zh']}", f"{code}\n{texts['en']}")
    return DONE


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
