"""What commands share: the project they are about, days, and the process that reads, started early."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

ProjectArgument = Annotated[Path, typer.Argument(metavar="PROJECT", help="Folder with headwater.toml. 项目文件夹。")]


def day_of(text: str | None, option: str = "--as-of") -> date | None:
    """The day that an option names, None where it is left out; typer.BadParameter for what is no day."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"expected a date such as 2017-11-30, found {text!r} / 应为 2017-11-30 这样的日期"
        raise typer.BadParameter(message, param_hint=option) from None


def start_reader() -> None:
    """The process that will read the files loads its libraries while this one loads its own."""
    from gis.reading_process import start

    start()
