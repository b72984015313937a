"""The options of `headwater run` and `headwater verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DayOption = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Date of inspection. 检查日期。")]
OutputOption = Annotated[Path | None, typer.Option("--output", help="Instead of PROJECT/output. 输出文件夹。")]
FullOption = Annotated[bool, typer.Option("--full", help="Use nothing kept from earlier runs. 全部重算。")]
FailOption = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        metavar="SEVERITY",
        help="Exit 1 if findings (violation or to check) reach it. 有达到此级别的违规或待核查即返回 1。",
    ),
]
BudgetOption = Annotated[
    float | None,
    typer.Option(
        "--map-budget", metavar="MB", min=0.1, max=1_000_000, help="Instead of [map] budget_mb. 地图文件大小上限。"
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS|local",
        help="Judge on the workers of a dask scheduler, or on own ones. 由 dask 工作进程分区评估。",
    ),
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, metavar="N", help="With local: how many. 本机工作进程数。")
]
WatchOption = Annotated[
    Path | None,
    typer.Option(
        "--watch", metavar="DIR", help="Then merge what arrives in DIR, and regenerate. 持续并入新到的巡查文件。"
    ),
]
RunOption = Annotated[str | None, typer.Option("--run", metavar="ID", help="Of this run. 指定某次运行。")]
EveryOption = Annotated[bool, typer.Option("--all", help="Of every recorded run. 全部运行。")]
