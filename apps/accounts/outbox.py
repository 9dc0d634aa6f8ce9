"""The door to Temporal for every room: ask for a workflow inside the transaction that wants it."""

from typing import Any

from apps.accounts.models import WorkflowStart


def enqueue_workflow(*, workflow: str, argument: dict[str, Any]) -> WorkflowStart:
    """Ask for `workflow` (its registered name) with one JSON argument. Call it inside `transaction.atomic`."""
    return WorkflowStart.objects.create(workflow=workflow, argument=argument)
