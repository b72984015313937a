"""`[ledger]` of the project file: how this office accepts, signs off and looks back."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from layers.setting_words import Unfit

ROLES = ("初审", "复审", "终审")

Days = Annotated[int, Field(ge=1, le=3650, strict=True)]


class LedgerSettings(BaseModel):
    """`[ledger]`: how the office works with its ledger; left out, as docs/workflow.md says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    archive_inputs: bool = True  # what a run read is kept by its content, so that the run can be proven later
    look_back: tuple[Days, ...] = (30, 180)  # days after closing; an empty list: no visits are planned
    notice_days: int = Field(default=5, ge=0, le=365, strict=True)  # at least, first and last day counted; 0: no notice
    signatures: int = Field(default=0, ge=0, le=9, strict=True)  # that closing needs; 3 is 三审三签字
    signature_roles: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = ROLES

    @model_validator(mode="after")
    def _in_order(self) -> LedgerSettings:
        if list(self.look_back) != sorted(set(self.look_back)):
            raise Unfit(
                "look_back：应为销号后的天数，由小到大，如 [30, 180]",
                "look_back: expected days after closing, rising, such as [30, 180]",
            )
        if len(set(self.signature_roles)) != len(self.signature_roles):
            raise Unfit(
                "signature_roles：应为各不相同的角色名称", "signature_roles: expected names of roles, each once"
            )
        if self.signatures > len(self.signature_roles):
            raise Unfit(
                f"signatures：signature_roles 中应有 {self.signatures} 个角色名称",
                f"signatures: expected names of {self.signatures} roles in signature_roles",
            )
        return self

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that must sign before a problem is closed."""
        return self.signature_roles[: self.signatures]
