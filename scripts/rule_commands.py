"""The commands about rules: `rules` lists or checks them, `explain` says what one means."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from scripts.command_options import day_of
from scripts.console import Console, DebugOption, JsonOption, LangOption, QuietOption, guarded

# Read off their names alone: opening the books would slow down every command.
BUILT_IN = ", ".join(
    sorted(path.stem for path in (Path(__file__).parent.parent / "layers" / "jurisdictions").glob("*.toml"))
)


def rules(
    jurisdictions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[JURISDICTION]...",
            help=f"Default: cn. Built in 内置：{BUILT_IN}; a .toml file 文件。With --check: files. 待检查的文件。",
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The law of that day. 按该日的法律。")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Look through books: every fault, every failing example. 检查法规库文件。")
    ] = False,
    on: Annotated[
        list[str] | None,
        typer.Option("--on", metavar="JURISDICTION", help="With --check: stacked on it. 检查时叠加在其上。"),
    ] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """List the rules in force, with citations; or check a rule book. 列出现行规则及其依据；检查法规库。

    Example: headwater rules cn cn-qixingguan --as-of 2017-11-30

    A book of your own: headwater rules --check our.toml --on cn
    """
    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    day = day_of(as_of) or date.today()
    if check:
        from scripts.check_books import check_books

        if not jurisdictions:
            raise typer.BadParameter("needs a file / 须写文件名", param_hint="--check")
        guarded(lambda: check_books([Path(name) for name in jurisdictions], console, on=on or ()), console)
    if on:
        raise typer.BadParameter("only with --check / 只与 --check 同用", param_hint="--on")
    from scripts.list_rules import list_rules

    guarded(lambda: list_rules(jurisdictions or ["cn"], day, console), console)


def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="A fault, reject or rule code. 代码或规则编号。")],
    book: Annotated[
        list[str] | None, typer.Option("--book", metavar="JURISDICTION", help="Where to look for a rule. 法规库。")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The law of that day. 按该日的法律。")
    ] = None,
    drawn_to: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write a rule's drawings. 把规则的图写入该文件。")
    ] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Say what an error, reject code or rule means and what to do. 解释代码；画出规则的例子。

    Example: headwater explain DUPLICATE_ID

    A rule, its examples drawn: headwater explain CN-OUT-01 --svg cn-out-01.svg

    A rule of your own: headwater explain LOC-01 --book cn --book local.toml
    """
    from scripts.explain_code import explain_code

    console = Console(as_json=as_json, lang=lang, quiet=quiet, debug=debug)
    day = day_of(as_of)
    guarded(lambda: explain_code(code, console, books=book or (), as_of=day, drawn_to=drawn_to), console)
