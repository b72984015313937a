"""The command `headwater`: one module per command beside this one, imported only when it is called."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from scripts import ledger_commands, rule_commands, survey_commands
from scripts import run_options as option
from scripts import site_options as site
from scripts.command_options import ProjectArgument, day_of, start_reader
from scripts.console import UNUSABLE, Console, DebugOption, JsonOption, LangOption, QuietOption, guarded

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Headwater: what is forbidden inside drinking-water protection zones, and an inspection map of it.\n\n"
    "饮用水水源保护区巡查：叠加分析、发现问题、生成离线地图。",
)


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write it. 写到哪里。")] = Path(
        "liupanshui"
    ),
    steps: Annotated[
        bool, typer.Option("--steps", help="Keep what each survey's run wrote, too. 同时保留每次巡查的结果。")
    ] = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Write the example project with its three surveys into DIR and run it. 写出示例项目（含三次巡查）并运行。

    Example: headwater demo liupanshui
    """
    start_reader()
    from scripts.make_demo import make_demo

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    guarded(lambda: make_demo(directory, console, steps=steps), console)


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The new project's folder. 新项目的文件夹。")],
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Write a commented project to fill in. 写出带注释的空项目。

    Example: headwater init bijie
    """
    from scripts.init_project import init_project

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    guarded(lambda: init_project(directory, console), console)


@app.command()
def run(
    project: ProjectArgument,
    as_of: option.DayOption = None,
    output: option.OutputOption = None,
    full: option.FullOption = False,
    fail_on: option.FailOption = None,
    map_budget: option.BudgetOption = None,
    scheduler: option.SchedulerOption = None,
    workers: option.WorkersOption = None,
    watch: option.WatchOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Regenerate everything: read, overlay, ledger, map, tables. 全部重新生成。

    Example: headwater run liupanshui --as-of 2017-11-30 --fail-on critical

    As surveys arrive: headwater run liupanshui --watch incoming

    Past one machine: headwater run china --scheduler tcp://10.0.0.5:8786
    """
    start_reader()
    from layers.words import SEVERITIES
    from scripts.run_command import run_command

    if fail_on is not None and fail_on not in SEVERITIES:
        message = f"expected one of {', '.join(SEVERITIES)}, found {fail_on!r}"
        raise typer.BadParameter(message, param_hint="--fail-on")
    if workers is not None and scheduler != "local":
        message = "needs --scheduler local / 须与 --scheduler local 同用"
        raise typer.BadParameter(message, param_hint="--workers")
    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    day = day_of(as_of)

    def work() -> int:
        options: dict[str, Any] = {
            "as_of": day,
            "output": output,
            "full": full,
            "fail_on": fail_on,
            "map_budget": map_budget,
            "scheduler": scheduler,
            "workers": workers,
        }
        return run_command(project, console, options, incoming=watch)

    guarded(work, console)


@app.command()
def verify(
    project: ProjectArgument,
    run_id: option.RunOption = None,
    every: option.EveryOption = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Make a recorded run again from the archive: are the outputs and the ledger what they were? 由存档重做并核对。

    Example: headwater verify liupanshui
    """
    start_reader()
    from scripts.verify_project import verify_project

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    guarded(lambda: verify_project(project, console, run_id=run_id, every=every), console)


@app.command("check-data")
def check_data(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PROJECT|FILE", help="A project's folder, or any folder or files. 项目，或任何文件夹、文件。"
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", help="For rejects.csv and marked tables. 输出文件夹。")
    ] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Read and judge the inputs only: every fault and what to do, no results. 只检查数据。

    Example: headwater check-data liupanshui

    Files as they were sent, without a project: headwater check-data inbox --output report
    """
    start_reader()
    from scripts.check_data import check_data as work

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    guarded(lambda: work(paths, console, output=output), console)


@app.command("check-site")
def check_site(
    project: ProjectArgument,
    file: site.FileArgument = None,
    point: site.PointOption = None,
    wkt: site.WktOption = None,
    kind: site.KindOption = None,
    attributes: site.SetOption = None,
    located_to: site.LocatedOption = None,
    buffer: site.BufferOption = None,
    books: site.BooksOption = None,
    as_of: site.DayOption = None,
    reach: site.ReachOption = 2000.0,
    crs: site.CrsOption = None,
    datum: site.DatumOption = None,
    table: site.TableOption = None,
    encoding: site.EncodingOption = None,
    x: site.XOption = None,
    y: site.YOption = None,
    id_column: site.IdOption = None,
    name_column: site.NameOption = None,
    output: site.OutputOption = None,
    paste: site.PasteOption = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Say what would hold of a proposed site, or of a plan. 拟建项目或整个规划：逐条回答。

    Example: headwater check-site liupanshui --point 104.83,26.46 --kind petrol_station --set discharges=false

    What if zones reached 100 m farther: headwater check-site liupanshui plan.geojson --buffer 100 -o changes.csv
    """
    start_reader()
    from scripts.check_site import asked_of
    from scripts.check_site import check_site as work

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    question = asked_of(
        file, point, wkt, kind=kind, attributes=attributes or (), located_to=located_to, crs=crs, datum=datum,
        table=table, encoding=encoding, x=x, y=y, columns={"source_id": id_column, "name": name_column},
        buffer=buffer, books=books, as_of=day_of(as_of), reach=reach, output=output, paste=paste,
    )  # fmt: skip
    guarded(lambda: work(project, question, console), console)


@app.command()
def changes(
    project: ProjectArgument,
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN [RUN]]", help="last, last-1, a run's id, a date, or a folder. 运行、日期或文件夹。"
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the changes as CSV. 写成 CSV。")
    ] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what is new, gone, worse or better between two runs or days. 比较两次运行或两个日期。

    Example: headwater changes liupanshui last-1 last -o changes.csv
    """
    start_reader()
    from scripts.show_changes import show_changes

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    guarded(lambda: show_changes(project, runs or [], console, output=output), console)


app.add_typer(survey_commands.app, name="survey")
app.add_typer(ledger_commands.app, name="ledger")
app.command()(rule_commands.rules)
app.command()(rule_commands.explain)


@app.command()
def doctor(
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Show versions, drivers, fonts and what is missing on this machine. 检查本机环境。

    Example: headwater doctor
    """
    from scripts.check_machine import check_machine

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    guarded(lambda: check_machine(console), console)


def main() -> None:
    """The console entry point: UTF-8 whatever the terminal says, and a closed pipe is no error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    gc.disable()  # a command lives for seconds and makes no rings of objects, but millions that would be looked through
    _leave(_code())


def _code() -> int:
    """The exit code of the command that was asked for."""
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # what a command says could not be written
        print(f"headwater: {error}", file=sys.stderr)
        return UNUSABLE
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def _leave(code: int) -> NoReturn:
    """Ends the process without taking a million objects apart one by one; all files are closed by then."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads on, or the disk that they go to is full
        code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
