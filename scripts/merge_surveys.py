"""`headwater survey merge`: surveys, exports of forms and edited tables into the ledger, whole or not at all."""

from __future__ import annotations

import shlex
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from gis.archive import Archive, Damaged
from gis.faults import InputError, shown
from gis.photos import PhotoFacts, read_photo_facts
from layers.known_sites import KnownSites
from layers.ledger import opened as opened_ledger
from layers.ledger_proof import check_heads
from layers.project import Project
from layers.site_facts import frames_now
from layers.survey_batch import Batch, Setting, prepared, receipts_of
from layers.survey_files import all_incoming, archived
from layers.survey_flags import FLAGS
from layers.survey_mapping import BUILT_IN, SurveyMapping, read_mapping
from layers.survey_receipts import clear_litter, write_receipt
from scripts.console import DONE, Console
from scripts.run_project import judged_rules, opened

_NAMED = 5  # sites that a line names
_BECAME = {
    "taken": ("记入", "taken"),
    "known": ("已在台账", "known already"),
    "clash": ("同号不同内容", "clashing"),
    "conflict": ("台账已变，未改", "changed since, left out"),
    "cleared": ("清空，不算改动", "emptied, which says nothing"),
    "no_effect": ("记入，但不改变日期", "kept, without effect on the day"),
}


def merge_surveys(
    folder: Path,
    files: Sequence[Path],
    console: Console,
    *,
    on: date | None = None,
    by: str = "",
    mapping: str | None = None,
    dry_run: bool = False,
) -> int:
    """Merges the files into the project's ledger; the exit code of the command.

    Every file is judged before anything is taken. Original bytes and photos are in the archive before the events are in
    the ledger, and receipts are written after: whatever is cut off in between, merging again completes it.
    """
    project = opened(folder, console)
    check_heads(project.folder)
    rules = judged_rules(project.jurisdictions, folder=project.folder)
    with console.step("judge", "检查文件", "judging the files"):
        found = all_incoming(list(files), mapping=_mapping(mapping))
    with console.step("read", "读取点位", "reading the sites"):
        frames = frames_now(project, rules)
    archive, output, known = Archive(project.folder), project.folder / "output", KnownSites(frames)
    today = on or date.today()
    setting = Setting(archive, frames, output, known, project.ledger, project.as_of, today, by.strip())
    with console.step("compare", "比对台账", "comparing with the ledger"), opened_ledger(project.folder) as ledger:
        batch = prepared(found, ledger, setting)
        head = ledger.head()
    with tempfile.TemporaryDirectory(prefix="headwater-") as scratch:
        archive = Archive(Path(scratch) if dry_run else project.folder)
        with console.step("archive", "存档", "archiving"):
            archive.clear_litter()
            for one in found:
                archived(one, archive)
        if batch.new and not dry_run:
            wait = console.step("take", "记入台账", "writing the ledger")
            with wait, opened_ledger(project.folder, write=True) as ledger:
                batch = prepared(found, ledger, setting, ids=batch.ids)
                batch = batch.stored(ledger.append(batch.new).taken)
                head = ledger.head()
        with console.step("photos", "比对照片", "comparing photos"):
            photos = _photo_facts(batch, archive, Path(scratch), project)
    receipts = receipts_of(found, batch, setting, photos)
    paths = [] if dry_run else _written(receipts, project)
    if console.as_json:
        ledger_now = {"events": head.events, "head": head.hash}
        facts = {"dry_run": dry_run, "new_events": len(batch.new), "ledger": ledger_now}
        receipt_names = [path.relative_to(project.folder).as_posix() for path in paths]
        console.give({**facts, "files": receipts, "receipts": receipt_names, "seconds": console.seconds})
    else:
        _tell(receipts, batch, folder, console, dry_run=dry_run)
    return DONE


def _mapping(named: str | None) -> SurveyMapping | None:
    """The mapping that an option names: a file, or one that is built in."""
    if named is None:
        return None
    return BUILT_IN[named] if named in BUILT_IN else read_mapping(Path(named))


def _photo_facts(batch: Batch, archive: Archive, scratch: Path, project: Project) -> dict[str, PhotoFacts | None]:
    """What each photo says of itself, by SHA-256; None where it cannot be read."""
    digests = {
        photo["sha256"]: photo["name"]
        for fates in batch.plan.fates
        for fate in fates
        for photo in fate.event.said.get("photos", ())
    }
    found: dict[str, PhotoFacts | None] = {}
    for digest, name in sorted(digests.items()):
        copy = scratch / "photo"
        try:
            copy.write_bytes(archive.get(digest))
            found[digest] = read_photo_facts(copy, name=shown(name), limits=project.limits)
        except (InputError, KeyError, Damaged):
            found[digest] = None
    return found


def _written(receipts: Sequence[Mapping[str, Any]], project: Project) -> list[Path]:
    clear_litter(project.folder)
    return [write_receipt(project.folder, one)[0] for one in receipts]


# --- What is told ------------------------------------------------------------------------------


def _tell(
    receipts: Sequence[Mapping[str, Any]], batch: Batch, folder: Path, console: Console, *, dry_run: bool
) -> None:
    zh = console.language == "zh"
    for one, fates in zip(receipts, batch.plan.fates, strict=True):
        again = Counter("known" if fate.became == "taken" and not fate.new else fate.became for fate in fates)
        edited = Counter(record["became"] for record in one["records"] if "column" in record)
        counts = _joined([f"{_BECAME[name][not zh]} {many}" for name, many in (again + edited).items()], zh=zh)
        name = shown(one["file"]["name"])
        console.say(f"{name}：{counts or '没有记录'}", f"{name}: {counts or 'no records'}")
        for copy in one["copies"]:
            console.say(f"  {copy}：内容相同，不再并入", f"  {copy}: the same content, not merged again")
        for line in (*_flag_lines(one, zh=zh), *_table_lines(one, zh=zh)):
            console.say(f"  {line}", f"  {line}")
    for conflict in {str(one): one for receipt in receipts for one in receipt["conflicts"]}.values():
        named, visits = [str(folder), conflict["site_id"]], [f"--resolve {uuid}" for uuid in conflict["visits"]]
        of_site = " ".join(shown(shlex.quote(one)) for one in named)
        deciding = f"headwater ledger set {of_site} {' '.join(visits)} --keep UUID --by "
        console.say(f"待裁定：{deciding}姓名", f"to be decided: {deciding}WHO")
    many = len(batch.new)
    if dry_run:
        console.say(
            f"试运行：将记入 {many} 条，未写任何文件", f"dry run: {many} events would be taken; nothing was written"
        )
    else:
        console.say(f"台账新增 {many} 条", f"{many} events added to the ledger")


def _flag_lines(receipt: Mapping[str, Any], *, zh: bool) -> list[str]:
    """A line for each oddity, with the first sites."""
    sites: dict[str, list[str]] = defaultdict(list)
    for record in receipt["records"]:
        flags = [*record.get("flags", ()), *(flag for photo in record.get("photos", ()) for flag in photo["flags"])]
        for flag in flags:
            sites[flag["code"]].append(_with_measure(str(record["site_id"]), flag, zh=zh))
    return [
        f"{FLAGS[code].text('zh' if zh else 'en')}{'：' if zh else ': '}{_first(sites[code], zh=zh)}"
        for code in FLAGS
        if code in sites
    ]


def _with_measure(site: str, flag: Mapping[str, Any], *, zh: bool) -> str:
    measures = {"metres": ("{:,.0f} 米", "{:,.0f} m"), "hours": ("{:+.1f} 小时", "{:+.1f} h")}
    told = [words[not zh].format(flag[name]) for name, words in measures.items() if name in flag]
    if flag["code"] == "STALE":
        knew, has = flag["base_revision"], flag["revision"]
        told.append(f"当时知道 {knew} 条，台账已有 {has} 条" if zh else f"it knew {knew} events, the ledger has {has}")
    return f"{shown(site)} ({', '.join(told)})" if told else shown(site)


def _table_lines(receipt: Mapping[str, Any], *, zh: bool) -> list[str]:
    """What a table's rows came to that was not simply taken."""
    lines = []
    for one in receipt["records"]:
        if one["became"] in ("conflict", "no_effect", "cleared") and "column" in one:
            row, site, column, words = one["row"], shown(one["site_id"]), one["column"], _BECAME[one["became"]]
            before, value, now = (shown(str(one[name])) if one[name] is not None else "–" for name in _THREE)
            lines.append(
                f"第 {row} 行 {site} {column}：{words[0]}（导出 {before}，表中 {value}，台账 {now}）"
                if zh
                else f"row {row} {site} {column}: {words[1]} (exported {before}, in the table {value}, ledger {now})"
            )
    for key, words in (
        ("stale_rows", ("导出之后台账已变", "changed since the export")),
        ("deleted_rows", ("行已从表中删去，台账不变", "rows deleted from the table; the ledger stays")),
    ):
        if receipt.get(key):
            named = _first([str(one["site_id"]) for one in receipt[key]], zh=zh)
            lines.append(f"{words[0]}：{named}" if zh else f"{words[1]}: {named}")
    return lines


_THREE = ("before", "value", "now")


def _first(names: Sequence[str], *, zh: bool) -> str:
    distinct = list(dict.fromkeys(map(shown, names)))
    more = len(distinct) - _NAMED
    rest = "" if more <= 0 else (f" 等 {len(distinct)} 个" if zh else f" and {more} more")
    return _joined(distinct[:_NAMED], zh=zh) + rest


def _joined(parts: Sequence[str], *, zh: bool) -> str:
    return ("，" if zh else ", ").join(parts)
