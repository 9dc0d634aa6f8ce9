"""Escalations by workflow: a real Temporal server, the real worker and relay."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from django.utils import timezone
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.worker import Replayer

from apps.accounts.database import in_database
from apps.accounts.models import Store, User, WorkflowStart
from apps.catalog.engine.catalog import Catalog
from apps.chat import handoff, sessions
from apps.connectors.tests.waiting import eventually
from apps.hitl import services
from apps.hitl.models import Escalation, HitlSettings
from apps.hitl.workflows import EscalationWorkflow
from eaichat.management.worker import run_worker
from eaichat.temporal import connect
from tests.services.temporal import Temporal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_queue")]


@pytest.fixture
def escalation(store: Store, catalog: Catalog) -> Escalation:
    """Somebody waits in a store that wants to be reminded after a second."""
    HitlSettings.objects.create(store=store, remind_after_s=1)
    session = sessions.open_session(store=store)
    handoff.ask(session_id=session.pk, reason="A refund")
    return Escalation.objects.get()


@contextlib.asynccontextmanager
async def working(server: Temporal) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(stop=stop, address=lambda: server.address))
    try:
        yield
    finally:
        stop.set()
        await task


async def workflow_of(server: Temporal) -> WorkflowHandle[object, object]:
    client = await connect(server.address)
    start = await in_database(WorkflowStart.objects.get)()
    return client.get_workflow_handle(str(start.pk))


async def reminded(escalation: Escalation, times: int = 1) -> None:
    async def is_reminded() -> bool:
        return (await in_database(Escalation.objects.get)(pk=escalation.pk)).reminders >= times

    await eventually(is_reminded, within=90)


async def test_it_reminds_after_its_timer_again_and_again_and_ends_when_handled(
    escalation: Escalation, agent: User, temporal: Temporal
) -> None:
    async with working(temporal):
        await reminded(escalation, times=2)
        workflow = await workflow_of(temporal)
        assert (await workflow.describe()).status == WorkflowExecutionStatus.RUNNING

        await in_database(services.take_over)(escalation_id=escalation.pk, agent=agent)
        await in_database(services.hand_back)(escalation_id=escalation.pk, agent=agent)
        async with asyncio.timeout(90):
            assert await workflow.result() == "over"

    await Replayer(workflows=[EscalationWorkflow]).replay_workflow(await workflow.fetch_history())


async def test_it_does_not_remind_of_a_shopper_who_left(escalation: Escalation, temporal: Temporal) -> None:
    await in_database(handoff.leave)(session_id=escalation.session_id)
    async with working(temporal):

        async def is_started() -> bool:
            return (await in_database(WorkflowStart.objects.get)()).started_at is not None

        await eventually(is_started, within=90)
        async with asyncio.timeout(90):
            assert await (await workflow_of(temporal)).result() == "over"
    assert (await in_database(Escalation.objects.get)(pk=escalation.pk)).reminders == 0


async def test_a_wait_that_began_before_there_were_workflows_is_reminded_of_at_once(
    escalation: Escalation, temporal: Temporal
) -> None:
    start = await in_database(WorkflowStart.objects.get)()
    long_ago = timezone.now() - timedelta(minutes=10)
    start.argument |= {"remind_after_s": 120, "asked_at": long_ago.isoformat()}
    await in_database(start.save)()
    await in_database(Escalation.objects.update)(unanswered_since=long_ago)
    async with working(temporal):
        await reminded(escalation)


@pytest.mark.alike
async def test_the_reminder_survives_a_killed_server(escalation: Escalation, own_temporal: Temporal) -> None:
    await in_database(HitlSettings.objects.update)(remind_after_s=3)
    start = await in_database(WorkflowStart.objects.get)()
    start.argument["remind_after_s"] = 3
    await in_database(start.save)()
    await asyncio.to_thread(own_temporal.start)
    async with working(own_temporal):

        async def is_started() -> bool:
            return (await in_database(WorkflowStart.objects.get)()).started_at is not None

        await eventually(is_started, within=90)
        await asyncio.to_thread(own_temporal.kill)
        assert (await in_database(Escalation.objects.get)(pk=escalation.pk)).reminders == 0
        await asyncio.to_thread(own_temporal.start)
        await reminded(escalation)
