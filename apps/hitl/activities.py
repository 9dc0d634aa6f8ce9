"""The activities of EscalationWorkflow: each translates and makes one service call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from temporalio import activity

from apps.accounts.database import in_database
from apps.hitl import reminders


@activity.defn(name="remind_if_due")
async def remind_if_due(escalation_id: str, remind_after_s: float) -> float | None:
    """See apps.hitl.reminders.remind_if_due; safe to retry."""
    return await in_database(reminders.remind_if_due)(
        escalation_id=UUID(escalation_id), remind_after_s=remind_after_s
    )


ACTIVITIES: list[Callable[..., Any]] = [remind_if_due]
