"""The commands `headwater survey …`."""

from __future__ import annotations

import typer

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Surveys from the field into the ledger. 把现场巡查记录并入台账。"
)
