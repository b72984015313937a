"""`[ledger]` of the project file: how this office accepts, signs off and looks back."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class LedgerSettings(BaseModel):
    """`[ledger]`: how the office works with its ledger; left out, as docs/workflow.md says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    archive_inputs: bool = True  # what a run read is kept by its content, so that the run can be proven later
