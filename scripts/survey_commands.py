"""The commands `headwater survey …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scripts.command_options import ProjectArgument, day_of, start_reader
from scripts.console import Console, DebugOption, JsonOption, LangOption, QuietOption, guarded

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Surveys from the field into the ledger. 把现场巡查记录并入台账。"
)


@app.callback()
def survey() -> None:
    """Surveys from the field into the ledger. 把现场巡查记录并入台账。"""


@app.command()
def merge(
    project: ProjectArgument,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Survey files of the map, edited tables, exports of ODK or Kobo. 巡查文件、改过的台账表、表单导出。",
        ),
    ],
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="Today, for edits without a day. 未写填报日期时按此日。")
    ] = None,
    by: Annotated[
        str,
        typer.Option("--by", metavar="WHO", help="Who edited the table, where no row says so. 未写填报人时记此人。"),
    ] = "",
    mapping: Annotated[
        str | None,
        typer.Option(
            "--mapping", metavar="FILE.toml|odk|kobo", help="What the columns of a form's export are. 列映射。"
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge and tell; write nothing. 只检查，不写入。")] = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Bring surveys, edited tables and exports of forms into the ledger. 并入台账：整批接受，或一条不取。

    Example: headwater survey merge liupanshui headwater-survey-2017-08-14-0930-wang.json --dry-run
    """
    start_reader()
    from scripts.merge_surveys import merge_surveys

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    day = day_of(on, "--on")
    guarded(lambda: merge_surveys(project, files, console, on=day, by=by, mapping=mapping, dry_run=dry_run), console)
