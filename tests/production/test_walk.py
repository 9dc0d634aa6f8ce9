"""The walk of the first run, on production's parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from apps.accounts.tests.machine import PATIENCE_S
from apps.connectors.tests.waiting import eventually
from eaichat.temporal import connect
from tests.production.desk import OWNER, desk, signed_in
from tests.production.shopper import page, public_key
from tests.stack import Stack

pytestmark = pytest.mark.xdist_group("production")

REMIND_AFTER_S = 2


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    return public_key(stack)


async def test_a_conversation_goes_on_at_whichever_web_process_its_page_finds(stack: Stack, key: str) -> None:
    first, second = stack.webs
    async with page(first, key) as here:
        found = await here.answer("a warm jacket for men under 60 dollars")
    assert any(part["type"] == "products" and part["items"] for part in found["parts"])
    async with page(second, key, token=here.token, after=here.seq) as there:
        added = await there.answer("add the second one")
        cart = next(part for part in added["parts"] if part["type"] == "cart")
        assert [line["quantity"] for line in cart["cart"]["lines"]] == [1]
    async with page(first, key, token=there.token, after=there.seq) as back:
        ready = back.frames[-1]
        assert ready["cart"]["lines"] == cart["cart"]["lines"]


async def newest_run(browser: httpx.AsyncClient, connector: str) -> dict[str, Any]:
    """What the connector's page shows of its newest run."""
    answer = await browser.get(f"/console/connectors/{connector}/state/")
    run: dict[str, Any] = answer.raise_for_status().json()["run"]
    return run


async def test_a_sync_asked_for_at_one_web_process_is_done_by_the_worker_and_seen_at_the_other(
    stack: Stack,
) -> None:
    first, second = stack.webs
    (worker,) = stack.workers
    async with signed_in(first, OWNER) as here, signed_in(second, OWNER) as there:
        listed = (await here.get("/console/connectors/")).text
        (connector,) = set(re.findall(r"/console/connectors/([0-9a-f-]{36})/sync/", listed))
        seeded = await newest_run(there, connector)
        worker.stop()
        try:
            token = here.cookies["csrftoken"]
            asked = await here.post(f"/console/connectors/{connector}/sync/", data={"csrfmiddlewaretoken": token})
            assert asked.status_code == 200
            waits = await newest_run(there, connector)
            assert (waits["state"], waits["id"] != seeded["id"]) == ("waiting", True)
        finally:
            worker.start()

        async def is_over() -> bool:
            return not (await newest_run(there, connector))["open"]

        await eventually(is_over, within=90)
        done = await newest_run(there, connector)
    assert (done["id"], done["state"]) == (waits["id"], "succeeded")
    assert done["text"].startswith(seeded["text"].partition(" products")[0])


@pytest.fixture
def impatient(stack: Stack) -> Iterator[None]:
    """A desk that is reminded sooner than its page allows."""
    settings = "__import__('apps.hitl.models', fromlist=['HitlSettings']).HitlSettings.objects"
    store = "__import__('apps.accounts.models', fromlist=['Store']).Store.objects.get(is_demo=True)"
    stack.ask(f"{settings}.create(store={store}, remind_after_s={REMIND_AFTER_S}).pk")
    yield
    stack.ask(f"{settings}.all().delete()")


async def test_the_workers_reminder_reaches_a_desk_and_its_workflow_ends_with_the_handback(
    stack: Stack, key: str, impatient: None
) -> None:
    first, second = stack.webs
    async with desk(second) as staff, page(first, key) as shopper:
        before = await staff.waiting()
        await shopper.send("handoff.request", reason="a gift")
        await shopper.hear("owner", owner="queue")
        (escalation,) = await staff.waiting() - before
        await staff.hear("reminded", within=REMIND_AFTER_S + PATIENCE_S, has=escalation)
        await staff.take(escalation)
        await shopper.hear("owner", owner="agent")
        await staff.hand_back(escalation)
        await shopper.hear("owner", owner="assistant")
        found = await shopper.answer("a warm jacket for men")
    assert any(part["type"] == "products" for part in found["parts"])
    row = stack.ask(
        "__import__('apps.accounts.models', fromlist=['WorkflowStart']).WorkflowStart.objects"
        f".get(workflow='EscalationWorkflow', argument__escalation_id='{escalation}').pk"
    )
    client = await connect(stack.temporal.address)
    assert await client.get_workflow_handle(row).result() == "over"
