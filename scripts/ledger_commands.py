"""The commands `headwater ledger …`."""

from __future__ import annotations

from typing import Annotated

import typer

from scripts import set_options as option
from scripts.command_options import ProjectArgument, day_of, start_reader
from scripts.console import Console, DebugOption, JsonOption, LangOption, QuietOption, guarded

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The ledger: who said what, when, with which proof. 整改台账：谁、何时、说了什么、凭什么。",
)


SiteOption = Annotated[str | None, typer.Argument(metavar="[SITE_ID]", help="Only this site. 只看这一对象。")]
DayOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="As of that day; else the project's. 检查日期。")
]


@app.command()
def show(
    project: ProjectArgument,
    site_id: SiteOption = None,
    layer: option.LayerOption = None,
    as_of: DayOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Show where sites stand by the ledger: status, deadline, what waits for a decision. 各对象的当前状态。

    Example: headwater ledger show liupanshui ZG-02 --as-of 2017-11-30
    """
    from scripts.show_ledger import show_sites

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    day = day_of(as_of)
    guarded(lambda: show_sites(project, console, site_id=site_id, layer=layer, as_of=day), console)


@app.command()
def history(
    project: ProjectArgument,
    site_id: SiteOption = None,
    layer: option.LayerOption = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="What happened on that day or later. 自该日起。")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", metavar="KIND", help="visit, acceptance …; may be repeated. 种类。")
    ] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Tell what happened, who said so, when, and out of which file. 历史：谁、何时、说了什么、来自哪份文件。

    Example: headwater ledger history liupanshui ZG-02 --since 2017-08-01
    """
    from scripts.show_ledger import show_history

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    day = day_of(since, "--since")
    kinds = tuple(kind or ())
    guarded(
        lambda: show_history(project, console, site_id=site_id, layer=layer, since=day, kinds=kinds),
        console,
    )


@app.command()
def verify(
    project: ProjectArgument,
    head: Annotated[
        list[str] | None,
        typer.Option("--head", metavar="EVENTS:HASH", help="A head that was noted earlier. 以前记下的链头。"),
    ] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Prove that no event was changed, deleted or added by another hand; exit 1 where one was. 证明台账未被改动。

    Example: headwater ledger verify liupanshui --json
    """
    from scripts.verify_ledger import verify_ledger

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    guarded(lambda: verify_ledger(project, console, heads=tuple(head or ())), console)


@app.command("set")
def set_(
    project: ProjectArgument,
    site_id: option.SiteArgument,
    by: option.ByOption,
    status: option.StatusOption = None,
    on: option.OnOption = None,
    note: option.NoteOption = "",
    reason: option.ReasonOption = "",
    evidence: option.EvidenceOption = None,
    before: option.BeforeOption = None,
    after: option.AfterOption = None,
    no_photo: option.NoPhotoOption = None,
    accepting_unit: option.UnitOption = None,
    notice: option.NoticeOption = None,
    target_class: option.TargetOption = None,
    attained_class: option.AttainedOption = None,
    signature: option.SignatureOption = None,
    extend: option.ExtendOption = None,
    progress: option.ProgressOption = None,
    look_back: option.LookBackOption = None,
    resolve: option.ResolveOption = None,
    keep: option.KeepOption = None,
    override: option.OverrideOption = None,
    result: option.ResultOption = None,
    same_as: option.SameOption = None,
    not_same_as: option.NotSameOption = None,
    layer: option.LayerOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Record what a person says of a site: a status, an acceptance, an extension, a decision. 登记状态、验收、销号等。

    Example: headwater ledger set liupanshui ZG-02 --status completed --by 王五 --on 2017-11-20 --note 排口已封堵

    Closing: headwater ledger set liupanshui ZG-02 --status closed --by 李四 --notice 2017-11-21..2017-11-27
    """
    start_reader()
    from scripts.set_arguments import Asked
    from scripts.set_status import set_status

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    asked = Asked(
        by, on, status, note, reason, layer, tuple(evidence or ()), tuple(before or ()), tuple(after or ()), no_photo,
        accepting_unit, notice, target_class, attained_class, tuple(signature or ()), extend, progress, look_back,
        tuple(resolve or ()), keep, override, result, same_as, not_same_as,
    )  # fmt: skip
    guarded(lambda: set_status(project, site_id, asked, console), console)
