"""What was typed after `headwater ledger set` -> what a person says, or everything in it that cannot be understood."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from time import time
from typing import Any, NamedTuple

from layers.decisions import Refused, Said, local_time
from layers.events import instant
from layers.on_ledger import shares
from layers.project import Project
from layers.words import CLASSES, STATUSES, code_of
from scripts.console import WrongUse

_RANGE = re.compile(r"\s*(\d{4}-\d\d-\d\d)\s*(?:\.\.+|…|至|~|/)\s*(\d{4}-\d\d-\d\d)\s*")
_LONGEST = 20_000  # of a text


class Asked(NamedTuple):
    """The options as they were typed."""

    by: str
    on: str | None = None
    status: str | None = None
    note: str = ""
    reason: str = ""
    layer: str | None = None
    evidence: tuple[Path, ...] = ()
    before: tuple[Path, ...] = ()
    after: tuple[Path, ...] = ()
    no_photo: str | None = None
    accepting_unit: str | None = None
    notice: str | None = None
    target_class: str | None = None
    attained_class: str | None = None
    signatures: tuple[str, ...] = ()
    extend: str | None = None
    progress: str | None = None
    look_back: str | None = None
    resolve: tuple[str, ...] = ()
    keep: str | None = None
    override: str | None = None
    result: str | None = None
    same_as: str | None = None
    not_same_as: str | None = None


def said_of(asked: Asked, project: Project) -> Said:
    """What was typed, understood; WrongUse with everything that cannot be."""
    wrong: list[Refused] = []
    if not asked.by.strip():
        wrong.append(Refused("须写明谁说的（--by）", "who says so is needed (--by)"))
    at = _at(asked.on, wrong)
    day = at if len(at) == 10 else local_time(instant(at))[:10]
    evidence: dict[str, Any] = {
        "no_photo": _text(asked.no_photo, "--no-photo", wrong),
        "accepting_unit": _text(asked.accepting_unit, "--accepting-unit", wrong),
        "notice": _notice(asked.notice, wrong),
        "target_class": _word(asked.target_class, CLASSES, "--target-class", wrong),
        "attained_class": _word(asked.attained_class, CLASSES, "--attained-class", wrong),
        "signatures": _signatures(asked.signatures, project, wrong),
    }
    said = Said(
        by=asked.by.strip(),
        at=at,
        day=day,
        status=_word(asked.status, STATUSES, "--status", wrong),
        note=_text(asked.note, "--note", wrong) or "",
        reason=_text(asked.reason, "--reason", wrong) or "",
        evidence={name: one for name, one in evidence.items() if one},
        extend=_day(asked.extend, "--extend", wrong),
        progress=_share(asked.progress, wrong),
        look_back=_one_of(asked.look_back, ("kept", "relapsed"), "--look-back", wrong),
        resolve=tuple(one.strip() for text in asked.resolve for one in text.split(",") if one.strip()),
        keep=asked.keep,
        override=asked.override,
        result=_one_of(asked.result, ("violation", "check", "clear"), "--result", wrong),
        same_as=asked.same_as,
        not_same_as=asked.not_same_as,
    )
    _one_thing_at_a_time(asked, said, wrong)
    refuse(wrong)
    return said


def _one_thing_at_a_time(asked: Asked, said: Said, wrong: list[Refused]) -> None:
    """What goes together: a status with a share of the work, evidence and an extension; a decision with its status."""
    apart = {
        "--look-back": asked.look_back,
        "--resolve": asked.resolve or asked.keep,
        "--override": asked.override or asked.result,
        "--same-as": asked.same_as,
        "--not-same-as": asked.not_same_as,
    }
    given = [name for name, one in apart.items() if one]
    if len(given) > 1 or (given and given[0] != "--resolve" and (asked.status or asked.progress or asked.extend)):
        listed = ", ".join([*given, *(["--status / --progress / --extend"] if len(given) == 1 else [])])
        wrong.append(Refused(f"这些选项请分开说：{listed}", f"say these one at a time: {listed}"))
    if given == ["--resolve"] and (asked.progress or asked.extend):
        wrong.append(Refused("裁定时不能同时填进度或延期", "a decision takes neither --progress nor --extend"))
    files = asked.evidence or asked.before or asked.after
    if not (given or files or asked.status or asked.progress or asked.extend or said.evidence or said.note):
        wrong.append(
            Refused(
                "没有写要登记什么：--status、--progress、--extend、--look-back、--resolve、--override、"
                "--same-as 或佐证材料",
                "nothing to record: give --status, --progress, --extend, --look-back, --resolve, --override, --same-as "
                "or evidence",
            )
        )


def _at(on: str | None, wrong: list[Refused]) -> str:
    now = local_time(time())
    if on is None:
        return now
    try:
        moment = instant(on)
    except ValueError:
        wrong.append(
            Refused(
                f"--on 应为 2017-11-30 或带时区的时间 2017-11-30T09:00+08:00，实为 {on!r}",
                f"--on: expected 2017-11-30, or a time with its offset (2017-11-30T09:00+08:00), found {on!r}",
            )
        )
        return now
    if moment > instant(now[:10]):
        wrong.append(Refused(f"--on 是将来的日期：{on}", f"--on lies in the future: {on}"))
    return on


def _day(text: str | None, option: str, wrong: list[Refused]) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        wrong.append(
            Refused(
                f"{option} 应为 2017-11-30 这样的日期，实为 {text!r}",
                f"{option}: expected a day such as 2017-11-30, found {text!r}",
            )
        )
        return None


def _text(text: str | None, option: str, wrong: list[Refused]) -> str | None:
    if text is None or (not text.strip() and option in ("--note", "--reason")):
        return None
    if not text.strip() or len(text) > _LONGEST:
        wrong.append(Refused(f"{option} 应为 1 至 {_LONGEST} 字", f"{option}: expected 1 to {_LONGEST} letters"))
    return text.strip()


def _word(text: str | None, words: Mapping[str, Any], option: str, wrong: list[Refused]) -> str | None:
    if text is None:
        return None
    code = code_of(text, words)
    if code is None:
        listed = "、".join(f"{one}（{word.zh}）" for one, word in words.items()), ", ".join(words)
        wrong.append(
            Refused(
                f"{option} 应为：{listed[0]}；实为 {text!r}", f"{option}: expected one of {listed[1]}; found {text!r}"
            )
        )
    return code


def _one_of(text: str | None, words: Sequence[str], option: str, wrong: list[Refused]) -> str | None:
    if text is not None and text not in words:
        listed = ", ".join(words)
        wrong.append(
            Refused(f"{option} 应为 {listed}；实为 {text!r}", f"{option}: expected one of {listed}; found {text!r}")
        )
    return text


def _share(text: str | None, wrong: list[Refused]) -> float | None:
    """A share of the work; 1 by itself may be all of it or a hundredth, so that is asked."""
    if text is None:
        return None
    found = shares([text])[0]
    if found is None or text.strip() in ("1", "1.0"):
        wrong.append(
            Refused(
                f"--progress 应为 0% 至 100%，如 60%；实为 {text!r}",
                f"--progress: expected 0% to 100%, such as 60%; found {text!r}",
            )
        )
        return None
    return found


def _notice(text: str | None, wrong: list[Refused]) -> dict[str, str] | None:
    if text is None:
        return None
    found = _RANGE.fullmatch(text)
    days = [_day(one, "--notice", wrong) for one in found.groups()] if found else []
    if found and None in days:
        return None
    if not found or str(days[0]) > str(days[1]):
        wrong.append(
            Refused(
                f"--notice 应为 起..止，如 2017-10-09..2017-10-15，实为 {text!r}",
                f"--notice: expected FROM..TO such as 2017-10-09..2017-10-15, found {text!r}",
            )
        )
        return None
    return {"from": str(days[0]), "to": str(days[1])}


def _signatures(given: Sequence[str], project: Project, wrong: list[Refused]) -> dict[str, str]:
    signed: dict[str, str] = {}
    roles = project.ledger.signature_roles
    for one in given:
        role, mark, name = (part.strip() for part in one.partition("="))
        if not mark or not name or role not in roles or role in signed:
            listed = "、".join(roles)
            wrong.append(
                Refused(
                    f"--signature 应为 角色=姓名，每个角色一次，角色有 {listed}；实为 {one!r}",
                    f"--signature: expected ROLE=NAME, each role once, of {', '.join(roles)}; found {one!r}",
                )
            )
        signed[role] = name
    return signed


def refuse(reasons: Sequence[Refused]) -> None:
    """Nothing; raises WrongUse with all reasons where there is one."""
    if reasons:
        raise WrongUse("\n  ".join(one.zh for one in reasons), "\n  ".join(one.en for one in reasons))
