"""Events of the ledger as a person reads them: what happened, in a sentence of the project's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from layers.events import Event, told_time
from layers.words import CLASSES, EVENT_KINDS, RESULTS, STATUSES, Word
from scripts.display import plain

# What the parts of a body are called; a part that is not named here is told by its own name.
_PARTS: Mapping[str, Word] = {
    "deadline": Word("整改时限", "deadline"),
    "stated_deadline": Word("整改时限", "deadline"),
    "completed_on": Word("完成日期", "completed on"),
    "accepted_on": Word("验收日期", "accepted on"),
    "closed_on": Word("销号日期", "closed on"),
    "started_on": Word("开工日期", "started on"),
    "on": Word("日期", "on"),
    "from": Word("原状态", "from"),
    "note": Word("说明", "note"),
    "reason": Word("理由", "reason"),
    "result": Word("结果", "result"),
    "progress": Word("进度", "progress"),
    "planned_progress": Word("计划进度", "planned progress"),
    "evidence": Word("佐证材料", "evidence"),
    "before": Word("整改前照片", "photos before"),
    "after": Word("整改后照片", "photos after"),
    "photos_before": Word("整改前照片", "photos before"),
    "photos_after": Word("整改后照片", "photos after"),
    "no_photo": Word("无照片理由", "why no photo"),
    "photos": Word("照片", "photos"),
    "accepting_unit": Word("验收单位", "accepting unit"),
    "notice": Word("公示", "public notice"),
    "signatures": Word("签字", "signatures"),
    "target_class": Word("水质目标", "target class"),
    "attained_class": Word("实测类别", "class attained"),
    "keep": Word("采信的巡查", "visit that holds"),
    "resolves": Word("裁定的巡查", "visits decided on"),
    "finding_id": Word("问题", "finding"),
    "same_as": Word("即", "same as"),
    "not_same_as": Word("不是", "not the same as"),
    "base_revision": Word("所据版本", "known revision"),
    "run_id": Word("运行", "run"),
    "as_of": Word("检查日期", "as of"),
    "appeared": Word("新出现", "appeared"),
    "gone": Word("已消失", "gone"),
    "version": Word("程序版本", "version"),
}
_DEADLINE_BEFORE = Word("原时限", "deadline before")  # `before` of an extension, elsewhere photos
_LOOK_BACK: Mapping[str, Word] = {"kept": Word("未反弹", "kept"), "relapsed": Word("反弹", "relapsed")}
# What a run says of itself for programs, and what is told elsewhere in the line.
_UNTOLD = frozenset({
    "status", "facts", "checklist", "position", "build_id", "inputs", "books", "outputs", "options", "programs",
    "settings_sha256", "ledger_events", "ledger_hash", "unknown",
})  # fmt: skip
_OF_RUN = ("as_of", "appeared", "gone", "run_id", "version")
_LISTED = frozenset({"resolves"})  # lists of which every member is told; of others, how many there are
_LONGEST = 300  # letters of one text


def event_line(event: Event, language: str) -> str:
    """What happened, when, to which site, by whom, and out of which file."""
    kind = EVENT_KINDS[event.kind].text(language)
    site = f"{event.site_id} " if event.site_id else ""
    said = "；" if language == "zh" else "; "
    source = ("来自 " if language == "zh" else "from ") + plain(event.source_file) if event.source_file else ""
    body = event.said
    if event.kind == "run":
        body = {name: body[name] for name in _OF_RUN if name in body}
    else:
        body.pop("run_id", None)
    parts = [*_status(event, language), *body_parts(body, language), source]
    told = said.join(part for part in parts if part)
    # That the table said so is what the kind says already.
    heads = [kind] if event.kind == "stated" else [kind, plain(event.actor)]
    return f"#{event.seq} {told_time(event.at)} {plain(site)}" + " · ".join([*heads, *([told] if told else [])])


def _status(event: Event, language: str) -> Iterator[str]:
    if event.status is not None:
        yield STATUSES[event.status].text(language) if event.status in STATUSES else plain(event.status)


def body_parts(said: Mapping[str, Any], language: str) -> Iterator[str]:
    """What the body says, part by part, with its names in the language; nothing that only programs read."""
    colon = "：" if language == "zh" else ": "
    for name, value in said.items():
        if isinstance(value, Mapping) and name == "observed":
            yield from body_parts({"result": value.get("result")}, language)
        elif name not in _UNTOLD and value not in (None, "", [], {}):
            word = _DEADLINE_BEFORE if name == "before" and isinstance(value, str) else _PARTS.get(name)
            yield (word.text(language) if word else plain(name)) + colon + _value(name, value, language)


def _named(value: Mapping[str, Any], language: str) -> str:
    """Days from and to, or who signed in which role."""
    if language == "zh" and value.keys() == {"from", "to"}:
        return f"{value['from']} 至 {value['to']}"
    return ("，" if language == "zh" else ", ").join(f"{key} {one}" for key, one in value.items())


def _value(name: str, value: Any, language: str) -> str:
    if isinstance(value, Mapping):
        text = _named(value, language)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        text = ", ".join(map(str, value)) if name in _LISTED else str(len(value))
    elif name in ("progress", "planned_progress") and isinstance(value, int | float):
        text = f"{value:.0%}"
    else:
        word = next((words[value] for words in (STATUSES, RESULTS, _LOOK_BACK, CLASSES) if value in words), None)
        text = word.text(language) if word else str(value)
    return plain(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
