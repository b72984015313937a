"""The commands `headwater ledger …`."""

from __future__ import annotations

import typer

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The ledger: who said what, when, with which proof. 整改台账：谁、何时、说了什么、凭什么。",
)
