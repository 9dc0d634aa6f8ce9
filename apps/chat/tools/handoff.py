"""Asking for a person."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apps.chat import handoff
from apps.chat.tools.base import ActingTool, ToolContext, ToolError, ToolResult


class Escalation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=300, description="Why, in a few words that help who takes over")


class EscalateToHuman(ActingTool[Escalation]):
    name = "escalate_to_human"
    description = (
        "Put the shopper into the queue for a person. Use it when they ask for one, or when you cannot help. "
        "Returns their place in it and whether anybody is online. Say one more thing, then a person answers."
    )
    hands_off = True
    Arguments = Escalation

    def act(self, context: ToolContext, arguments: Escalation, prepared: Any) -> ToolResult:
        try:
            place = handoff.ask(session_id=context.session_id, reason=arguments.reason)
        except handoff.HandoffError as error:
            raise ToolError(error.code, error.text) from error
        return ToolResult(content={"position": place.position, "online": place.online})
