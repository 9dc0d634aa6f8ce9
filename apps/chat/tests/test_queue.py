"""The queue as its shopper sees it: asking for a person, the place in it, and leaving it."""

from __future__ import annotations

import pytest

from apps.accounts.database import in_database
from apps.chat import handoff, nudge
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.desk import TestDesk
from apps.chat.tests.mid_answer import in_mid_answer, said_by_assistant
from apps.chat.tests.script import Script

pytestmark = pytest.mark.django_db(transaction=True)


async def test_asking_for_a_person_tells_the_place_and_whether_anybody_is_there(
    open_page: OpenPage, script: Script, desk: TestDesk
) -> None:
    desk.online = False
    desk.waiting.append("somebody else")
    page = await open_page()
    await page.send("handoff.request", reason="my parcel")
    owner = await page.until("owner")
    assert (owner["owner"], owner["position"], owner["online"]) == ("queue", 2, False)
    assert page.of("message")[-1]["parts"][0]["code"] == "queued"
    assert desk.reasons == ["my parcel"]
    await page.send("handoff.request", reason="again")
    assert await page.silent()
    assert desk.reasons == ["my parcel"]


async def test_the_place_in_the_queue_is_told_again_when_it_changes(
    open_page: OpenPage, script: Script, desk: TestDesk
) -> None:
    desk.waiting.append("somebody else")
    page = await open_page()
    await page.send("handoff.request")
    await page.until("owner", position=2)
    desk.waiting.remove("somebody else")
    await in_database(nudge.session_changed)(session_id=page.session)
    assert (await page.until("owner"))["position"] == 1


async def test_leaving_the_queue_brings_the_assistant_back(
    open_page: OpenPage, script: Script, desk: TestDesk
) -> None:
    page = await open_page()
    await page.send("handoff.request")
    await page.until("owner", owner="queue")
    await page.send("handoff.leave")
    await page.until("owner", owner="assistant")
    await page.say("A mug")
    await page.until("turn.end", state="complete")
    assert await said_by_assistant(page.session) == ["Hello there."]


async def test_a_new_conversation_leaves_the_queue_of_the_old_one(
    open_page: OpenPage, script: Script, desk: TestDesk
) -> None:
    page = await open_page()
    await page.send("handoff.request")
    await page.until("owner", owner="queue")
    await page.send("session.new")
    ready = await page.until("ready")
    assert ready["owner"] == "assistant"
    assert desk.waiting == []


async def test_a_page_that_resumes_in_the_queue_knows_its_place(
    open_page: OpenPage, script: Script, desk: TestDesk
) -> None:
    page = await open_page()
    await page.send("handoff.request")
    await page.until("owner", owner="queue")
    again = await open_page(token=page.token)
    ready = again.frames[0]
    assert (ready["owner"], ready["position"]) == ("queue", 1)
    assert (await again.until("owner"))["online"] is True


async def test_asking_for_a_person_in_mid_answer_keeps_what_was_said_so_far(
    open_page: OpenPage, script: Script, desk: TestDesk
) -> None:
    page = await open_page()
    await in_mid_answer(page, script)
    await page.send("handoff.request")
    assert (await page.until("turn.end"))["state"] == "incomplete"
    await page.until("owner", owner="queue")
    assert await said_by_assistant(page.session) == ["I think"]


async def test_without_a_desk_asking_for_a_person_is_answered(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handoff, "_registered", [])
    page = await open_page()
    await page.send("handoff.request")
    assert (await page.refused())["code"] == "no_desk"
