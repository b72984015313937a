"""What accepting and closing a problem need beside a person's word, and what of it a site does not have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from layers.ledger_settings import LedgerSettings
from layers.rule import class_rank
from layers.words import CLASSES, Word

# What may lack (docs/workflow.md). Slots are filled by what was found.
EVIDENCE: Mapping[str, Word] = {
    "PHOTO_BEFORE": Word(
        "整改前照片（--before），或没有照片的理由（--no-photo）",
        "a photo from before (--before), or why there is none (--no-photo)",
    ),
    "PHOTO_AFTER": Word(
        "整改后照片（--after），或没有照片的理由（--no-photo）",
        "a photo from after (--after), or why there is none (--no-photo)",
    ),
    "ACCEPTING_UNIT": Word("验收单位（--accepting-unit）", "the unit that accepted (--accepting-unit)"),
    "ACCEPTING_UNIT_SAME": Word(
        "另一验收单位：{found} 就是责任单位", "another accepting unit: {found} is the responsible unit itself"
    ),
    "DEADLINE": Word(
        "整改时限：没有任何记录（--extend 日期 --reason 理由）",
        "a deadline: none is on record (--extend DATE --reason WHY)",
    ),
    "EXTENSION": Word(
        "延期记录：时限 {expected}，完成于 {found}（--extend 日期 --reason 理由）",
        "a recorded extension: due {expected}, completed {found} (--extend DATE --reason WHY)",
    ),
    "CLASS": Word("水质达标证明：水质类别（--attained-class）", "proof of the class of the water (--attained-class)"),
    "CLASS_TARGET": Word("水质目标类别（--target-class）", "the target class of the water (--target-class)"),
    "CLASS_WORSE": Word(
        "达标的水质：目标 {expected}，实测 {found}", "water of the target class: {expected} wanted, {found} attained"
    ),
    "CLASS_TARGET_WEAKER": Word(
        "与断面一致的水质目标：断面为 {expected}，所填为 {found}",
        "the section's own target class: it is {expected}, {found} was given",
    ),
    "CLASS_REFERENCE": Word(
        "水质类别的监测报告或文号（--evidence 或 --note）",
        "the report of the class, or its number (--evidence or --note)",
    ),
    "NOTICE": Word("公示起止日期（--notice 起..止）", "the days of public notice (--notice FROM..TO)"),
    "NOTICE_RUNNING": Word("公示结束：公示到 {found}，尚未期满", "the end of the public notice: it runs until {found}"),
    "NOTICE_SHORT": Word(
        "足够的公示期：{found} 天，应不少于 {expected} 天",
        "a public notice of at least {expected} days: it was {found}",
    ),
    "NOTICE_EARLY": Word(
        "整改完成之后的公示：公示始于 {found}，整改完成于 {expected}",
        "a public notice after the work: it began {found}, the work ended {expected}",
    ),
    "SIGNATURE": Word("签字：{found}（--signature 角色=姓名）", "signatures: {found} (--signature ROLE=NAME)"),
    "SIGNATURE_TWICE": Word(
        "不同的签字人：{found} 签了不止一个角色", "different people: {found} signed in more than one role"
    ),
}

_LISTS = ("before", "after", "evidence")
_SINGLE = ("no_photo", "accepting_unit", "target_class", "attained_class", "water_quality")
_KEYS = frozenset((*_LISTS, *_SINGLE, "notice", "signatures"))


class Lack(NamedTuple):
    """One thing that lacks: a code of EVIDENCE and what was found."""

    code: str
    found: str = ""
    expected: str = ""

    def text(self, language: str) -> str:
        """What lacks, in words."""
        return EVIDENCE[self.code].text(language).format(found=self.found, expected=self.expected)


class Proof(NamedTuple):
    """What a site has when it is accepted or closed. `evidence`: merged bodies (`with_evidence`)."""

    evidence: Mapping[str, Any]
    completed_on: str | None
    deadline: str | None
    responsible_unit: str | None = None
    about_water: bool = False
    target_class: str | None = None


def with_evidence(known: Mapping[str, Any], body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The evidence on record and that of another event: files add up, a later word replaces an earlier one.

    A class attained is shown by the files and the note of the event that states it.
    """
    if _KEYS.isdisjoint(body):
        return known
    told = {name: one for name, one in body.items() if one and name in _KEYS}
    for name in _LISTS:
        if name in told and name in known:
            told[name] = [*known[name], *told[name]]
    if "signatures" in told and "signatures" in known:
        told["signatures"] = {**known["signatures"], **told["signatures"]}
    if "attained_class" in told:
        told["class_shown"] = bool(body.get("evidence") or body.get("note"))
    return {**known, **told} if told else known


def lacking_for_acceptance(proof: Proof) -> list[Lack]:
    """What accepting the work needs and is not there."""
    found, has = [], proof.evidence
    if not has.get("no_photo"):
        found += [Lack(f"PHOTO_{name.upper()}") for name in ("before", "after") if not has.get(name)]
    unit = has.get("accepting_unit")
    if not unit:
        found.append(Lack("ACCEPTING_UNIT"))
    elif any(same_unit(str(unit), one) for one in units_of(proof.responsible_unit)):
        found.append(Lack("ACCEPTING_UNIT_SAME", str(unit)))
    if proof.deadline is None:
        found.append(Lack("DEADLINE"))
    elif proof.completed_on is not None and proof.completed_on > proof.deadline:
        found.append(Lack("EXTENSION", proof.completed_on, proof.deadline))
    return found + (_of_class(proof) if proof.about_water or has.get("water_quality") else [])


def lacking_for_closing(proof: Proof, *, on: str, settings: LedgerSettings) -> list[Lack]:
    """What closing needs on a day and is not there: all that accepting needs, a notice that is over, signatures."""
    return [*lacking_for_acceptance(proof), *_of_notice(proof, on, settings), *_of_signatures(proof.evidence, settings)]


def _of_class(proof: Proof) -> list[Lack]:
    has = proof.evidence
    attained, stated = has.get("attained_class"), has.get("target_class")
    target = proof.target_class or stated
    found = []
    if not attained:
        found.append(Lack("CLASS"))
    elif not has.get("class_shown"):
        found.append(Lack("CLASS_REFERENCE"))
    if not target:
        found.append(Lack("CLASS_TARGET"))
    if proof.target_class and stated and _worse(stated, proof.target_class):
        found.append(Lack("CLASS_TARGET_WEAKER", stated, proof.target_class))
    if attained and target and _worse(attained, target):
        found.append(Lack("CLASS_WORSE", attained, target))
    return found


def _worse(one: str, other: str) -> bool:
    """Whether a class is worse than another; one that is no class is not known to be good enough."""
    first, second = class_rank(one), class_rank(other)
    return first is None or second is None or first > second


def _of_notice(proof: Proof, on: str, settings: LedgerSettings) -> list[Lack]:
    if not settings.notice_days:
        return []
    notice = proof.evidence.get("notice")
    if not notice:
        return [Lack("NOTICE")]
    first, last = str(notice["from"]), str(notice["to"])
    found = []
    if last >= on:
        found.append(Lack("NOTICE_RUNNING", last))
    if proof.completed_on is not None and first < proof.completed_on:
        found.append(Lack("NOTICE_EARLY", first, proof.completed_on))
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    if days < settings.notice_days:
        found.append(Lack("NOTICE_SHORT", str(days), str(settings.notice_days)))
    return found


def _of_signatures(evidence: Mapping[str, Any], settings: LedgerSettings) -> list[Lack]:
    signed: Mapping[str, str] = evidence.get("signatures", {})
    lacking = [role for role in settings.roles if not signed.get(role)]
    names = [_folded(signed[role]) for role in settings.roles if signed.get(role)]
    twice = sorted(
        {signed[role] for role in settings.roles if role in signed and names.count(_folded(signed[role])) > 1}
    )
    found = [Lack("SIGNATURE", "、".join(lacking))] if lacking else []
    return found + ([Lack("SIGNATURE_TWICE", "、".join(twice))] if twice else [])


# --- Names of units ----------------------------------------------------------------------------

_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|【.*?】|〔.*?〕")
_BETWEEN = re.compile(r"[、,;/|+\n]|\band\b|以及|和|与")
# The same legal form, written in full or short.
_FORMS = (("有限责任公司", "有限公司"), ("股份有限公司", "有限公司"), ("人民政府", "政府"), ("委员会", "委"))


def same_unit(one: str, other: str) -> bool:
    """Whether two names surely mean one unit: but for width, case, blanks, punctuation, brackets and its legal form.

    >>> same_unit("钟山区 水务局", "钟山区水务局（牵头）"), same_unit("水务局", "钟山区水务局")
    (True, False)
    """
    return bool(_folded(one)) and _folded(one) == _folded(other)


def may_be_same_unit(one: str, other: str) -> bool:
    """Whether one name is the end of the other, as where the district is left out; that is told, not refused."""
    first, second = sorted((_folded(one), _folded(other)), key=len)
    return len(first) >= 3 and first != second and second.endswith(first)


def units_of(cell: str | None) -> list[str]:
    """The units that a cell may name: the whole of it, and what stands between its marks.

    >>> units_of("钟山区水务局、住建局")
    ['钟山区水务局、住建局', '钟山区水务局', '住建局']
    """
    if not cell:
        return []
    parts = [part.strip() for part in _BETWEEN.split(unicodedata.normalize("NFKC", cell)) if part.strip()]
    return list(dict.fromkeys([cell.strip(), *parts]))


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).lower()
    plain = _BRACKETS.sub("", plain) or plain
    plain = "".join(letter for letter in plain if letter.isalnum())
    for long, short in _FORMS:
        plain = plain.replace(long, short)
    return plain


def classes_named(text: str | None) -> list[str]:
    """The classes of water quality that a sentence names, best first.

    >>> classes_named("出境断面水质稳定达到Ⅲ类")
    ['III']
    """
    if not text:
        return []
    plain = unicodedata.normalize("NFKC", text)
    return [code for code, spelled in _CLASS_WORDS.items() if spelled.search(plain)]


def _spelled(names: Iterable[str]) -> re.Pattern[str]:
    words = {unicodedata.normalize("NFKC", name) for name in names}
    listed = "|".join(re.escape(word) for word in sorted((one for one in words if one.endswith("类")), key=len)[::-1])
    return re.compile(rf"(?<![IVXivx劣第])(?:{listed})")


_CLASS_WORDS = {code: _spelled((word.zh, *word.also)) for code, word in CLASSES.items()}
