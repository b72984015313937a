"""The commands `headwater ledger …`."""

from __future__ import annotations

import typer

from scripts import set_options as option
from scripts.command_options import ProjectArgument, start_reader
from scripts.console import Console, DebugOption, JsonOption, LangOption, QuietOption, guarded

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The ledger: who said what, when, with which proof. 整改台账：谁、何时、说了什么、凭什么。",
)


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
