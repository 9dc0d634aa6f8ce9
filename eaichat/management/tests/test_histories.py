"""Workflows that an older release began go on under this one.

`histories/` holds what a real server recorded. A workflow that does something else now at the same place fails
here: put the change behind `workflow.patched`, and record a history of the new way beside the old one
(`temporal workflow show --workflow-id ID --output json`, without identities and stack traces).
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from eaichat.management.worker import WORKFLOWS

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def recorded(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_an_open_workflow_of_an_older_release_goes_on(path: Path) -> None:
    await Replayer(workflows=WORKFLOWS).replay_workflow(recorded(path))


def test_every_workflow_has_a_recorded_history() -> None:
    text = "".join(path.read_text() for path in HISTORIES)
    names = [vars(kind)["__temporal_workflow_definition"].name for kind in WORKFLOWS]
    assert [name for name in names if f'"name": "{name}"' not in text] == []


@workflow.defn(name="ProductSyncWorkflow", sandboxed=False)
class SomethingElseFirst:
    @workflow.run
    async def run(self, sync: dict[str, str]) -> None:
        await workflow.sleep(timedelta(seconds=1))


async def test_a_change_that_old_workflows_cannot_follow_is_noticed() -> None:
    [succeeded] = [path for path in HISTORIES if path.stem == "sync_succeeded"]
    with pytest.raises(NondeterminismError):
        await Replayer(workflows=[SomethingElseFirst]).replay_workflow(recorded(succeeded))
