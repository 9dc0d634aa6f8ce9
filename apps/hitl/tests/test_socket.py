"""The desk's socket: who may open it, and what it tells."""

from __future__ import annotations

import asyncio
import time

import pytest
from django.utils import timezone

from apps.accounts.database import in_database
from apps.accounts.models import Membership, Store, User
from apps.accounts.permissions import Role
from apps.accounts.tests.machine import PATIENCE_S
from apps.chat import handoff, nudge
from apps.hitl import consumers, presence, services
from apps.hitl.models import AgentPresence, Escalation
from apps.hitl.reminders import remind_if_due
from apps.hitl.tests.conftest import Waiting, say
from apps.hitl.tests.desk_page import Listener, Open, Page, signed_in, socket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("who", ["stranger", "viewer", "nobody", "not_staff"])
async def test_it_refuses_who_answers_for_no_store(who: str, store: Store, request: pytest.FixtureRequest) -> None:
    key = "" if who == "nobody" else await in_database(lambda: signed_in(_person(who, store)))()
    connected, _ = await socket(key).connect(timeout=PATIENCE_S)
    assert not connected


def _person(who: str, store: Store) -> User:
    user = User.objects.create_user(f"{who}@example.com", "a long passphrase", is_staff=who != "not_staff")
    if who != "stranger":
        role = Role.VIEWER if who == "viewer" else Role.AGENT
        Membership.objects.create(user=user, store=store, role=role.value)
    return user


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver.evil.example", "null", ""])
async def test_it_refuses_a_page_of_another_site(agent: User, origin: str) -> None:
    key = await in_database(signed_in)(agent)
    connected, _ = await socket(key, origin).connect(timeout=PATIENCE_S)
    assert not connected


async def test_it_counts_its_person_as_online_and_names_the_beat(
    agent: User, store: Store, open_page: Open, waiting: Waiting
) -> None:
    await in_database(waiting)(store)
    page = await open_page(agent)
    assert await page.next("ready") == {"type": "ready", "beat_s": 20, "waiting": 1}
    assert await in_database(presence.anybody_online)(store_id=store.pk)


async def test_closing_the_page_ends_the_presence_after_the_grace(
    agent: User, store: Store, open_page: Open
) -> None:
    page = await open_page(agent)
    await page.next("ready")
    await page.socket.disconnect(timeout=PATIENCE_S)
    seen = await in_database(lambda: AgentPresence.objects.get().seen_at)()
    await in_database(lambda: AgentPresence.objects.update(seen_at=seen - presence.GRACE))()
    assert not await in_database(presence.anybody_online)(store_id=store.pk)


async def test_closing_one_of_two_pages_changes_nothing_for_their_person(agent: User, open_page: Open) -> None:
    stays, goes = await open_page(agent), await open_page(agent)
    for page in (stays, goes):
        await page.next("ready")
    await goes.socket.disconnect(timeout=PATIENCE_S)
    for _ in range(100):
        seen = await in_database(lambda: AgentPresence.objects.get().seen_at)()
        if timezone.now() - seen < presence.GRACE:
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("the page that is still open did not beat")


async def test_a_new_escalation_appears_within_a_second(
    agent: User, store: Store, open_page: Open, waiting: Waiting
) -> None:
    page = await open_page(agent)
    await page.send(type="queue.watch")
    assert "Nobody waits" in (await page.next("queue"))["html"]
    while not await page.quiet():  # the news of one's own arrival
        await page.socket.receive_from(timeout=PATIENCE_S)

    took = []
    for number in range(1, 4):  # the machine may be busy with something else once, or twice
        began = time.monotonic()
        await in_database(waiting)(store, reason=f"Wants a <b>refund</b> {number}")
        assert (await page.next("badge"))["waiting"] == number
        while f"Wants a &lt;b&gt;refund&lt;/b&gt; {number}" not in (await page.next("queue"))["html"]:
            pass
        took.append(time.monotonic() - began)
    assert min(took) < 1.0


async def test_the_queue_of_another_store_stays_invisible(
    agent: User, other_agent: User, other_store: Store, open_page: Open, waiting: Waiting
) -> None:
    page = await open_page(other_agent)
    await page.send(type="queue.watch")
    await page.next("queue")
    mine = await open_page(agent)
    await mine.send(type="queue.watch")
    await mine.next("queue")
    while not await mine.quiet():
        await mine.socket.receive_from(timeout=PATIENCE_S)
    escalation = await in_database(waiting)(other_store, reason="Secret of the other shop")

    assert "Secret of the other shop" in await _until(page, "Secret")
    assert await mine.quiet()
    await mine.send(type="conversation.watch", escalation=str(escalation.pk))
    assert (await mine.next("error"))["code"] == "unknown"
    await in_database(nudge.session_changed)(session_id=escalation.session_id)
    assert await mine.quiet()


async def _until(page: Page, word: str) -> str:
    """The first queue that holds `word`."""
    while True:
        html: str = (await page.next("queue"))["html"]
        if word in html:
            return html


async def test_a_superuser_hears_of_every_store(store: Store, open_page: Open, waiting: Waiting) -> None:
    root = await in_database(User.objects.create_superuser)("root@example.com", "a long passphrase")
    page = await open_page(root)
    await page.send(type="queue.watch")
    new_store = await in_database(Store.objects.create)(name="Opened later")
    await in_database(waiting)(new_store, reason="First customer")
    assert "First customer" in await _until(page, "First")


async def test_a_conversation_is_live(
    agent: User, colleague: User, store: Store, open_page: Open, waiting: Waiting
) -> None:
    escalation = await in_database(waiting)(store)
    await in_database(say)(escalation.session, "Is it <i>warm</i>?")
    page = await open_page(agent)
    await page.send(type="conversation.watch", escalation=str(escalation.pk))
    lines = await page.next("lines")
    state = await page.next("conversation")
    assert "asked for a person" in lines["html"]
    assert "Is it &lt;i&gt;warm&lt;/i&gt;?" in lines["html"]
    assert (state["state"], state["mine"], state["agent_id"]) == ("waiting", False, None)

    await in_database(say)(escalation.session, "Hello?")
    more = await page.next("lines")
    assert "Hello?" in more["html"]
    assert "warm" not in more["html"]
    assert more["seq"] == lines["seq"] + 1

    await in_database(services.take_over)(escalation_id=escalation.pk, agent=colleague)
    await page.state(state="active", mine=False, agent="Noor", status="Noor answers")

    await in_database(services.take_over)(escalation_id=escalation.pk, agent=agent, instead_of=colleague.pk)
    await page.state(mine=True)
    await in_database(services.hand_back)(escalation_id=escalation.pk, agent=agent)
    await page.state(state="closed", mine=False)


async def test_a_page_that_comes_back_gets_only_what_it_missed(
    agent: User, store: Store, open_page: Open, waiting: Waiting
) -> None:
    escalation = await in_database(waiting)(store)
    await in_database(say)(escalation.session, "missed")
    page = await open_page(agent)
    await page.send(type="conversation.watch", escalation=str(escalation.pk), after=1)
    lines = await page.next("lines")
    assert (lines["seq"], "missed" in lines["html"], "asked for a person" in lines["html"]) == (2, True, False)


async def test_typing_is_told_both_ways_and_only_by_who_answers(
    agent: User, colleague: User, store: Store, open_page: Open, waiting: Waiting
) -> None:
    escalation = await in_database(waiting)(store)
    await in_database(services.take_over)(escalation_id=escalation.pk, agent=agent)
    page, other = await open_page(agent), await open_page(colleague)
    for one in (page, other):
        await one.send(type="conversation.watch", escalation=str(escalation.pk))
        await one.next("conversation")
    nudge.shopper_typing(session_id=escalation.session_id)
    assert await page.next("typing") == {"type": "typing"}

    shopper = Listener()
    async with shopper.of(nudge.typing_group(escalation.session_id)):
        await other.send(type="typing")
        await page.send(type="typing")
        assert await shopper.next() == {"type": "agent.typing", "agent": "Agent"}
        assert await shopper.nothing()


async def test_a_reminder_is_said_with_a_way_to_the_conversation(
    agent: User, store: Store, open_page: Open, waiting: Waiting
) -> None:
    page = await open_page(agent)
    escalation = await in_database(waiting)(store)
    await in_database(remind_if_due)(escalation_id=escalation.pk, remind_after_s=0.0)
    frame = await page.next("reminded")
    assert "has waited 0\xa0minutes for an answer" in frame["text"]
    assert frame["href"] == f"/admin/hitl/escalation/{escalation.pk}/change/"


async def test_somebody_who_arrives_is_told_to_shoppers_who_wait(
    agent: User, store: Store, open_page: Open, waiting: Waiting
) -> None:
    escalation = await in_database(waiting)(store)
    shopper = Listener()
    async with shopper.of(nudge.chat_group(escalation.session_id)):
        await open_page(agent)
        assert (await shopper.next())["type"] == "session.changed"
    place = await in_database(lambda: handoff.desk().position(session=escalation.session))()
    assert place is not None
    assert place.online


async def test_a_page_that_never_pings_is_told_nothing_after_its_person_is_gone(
    agent: User, open_page: Open, store: Store, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    escalation = await in_database(waiting)(store)
    page = await open_page(agent)
    await page.send(type="conversation.watch", escalation=str(escalation.pk), after=0)
    await page.next("conversation")
    while not await page.socket.receive_nothing(timeout=0.2):
        await page.socket.receive_output()  # a nudge that is being answered began while the person was there
    await in_database(User.objects.filter(pk=agent.pk).update)(is_active=False)
    monkeypatch.setattr(consumers, "READ_AGAIN_S", 0.0)
    await in_database(say)(escalation.session, "My card number is 4242")
    await in_database(lambda: nudge.session_changed(session_id=escalation.session_id))()
    told = []
    while (output := await page.socket.receive_output(timeout=PATIENCE_S))["type"] != "websocket.close":
        told.append(str(output.get("text")))
    assert output["code"] == 4403
    assert "4242" not in "".join(told)


async def test_signing_out_ends_the_page_at_its_next_beat(agent: User, open_page: Open) -> None:
    page = await open_page(agent)
    await page.next("ready")
    await page.send(type="ping")
    await page.next("pong")
    await in_database(lambda: agent.memberships.all().delete())()
    await page.send(type="ping")
    while (output := await page.socket.receive_output(timeout=PATIENCE_S))["type"] != "websocket.close":
        pass
    assert output["code"] == 4403


@pytest.mark.parametrize(
    "text",
    [" ", "{", "[]", '{"type": "nonsense"}', '{"type": "ping", "extra": 1}', '{"type": "ping"' + " " * 5000 + "}"],
)
async def test_what_is_not_a_frame_gets_an_error_and_the_page_goes_on(
    agent: User, open_page: Open, text: str
) -> None:
    page = await open_page(agent)
    await page.next("ready")
    await page.socket.send_to(text_data=text)
    assert (await page.next("error"))["code"] == "bad_frame"
    await page.socket.send_to(bytes_data=b"\x00\xff")
    assert (await page.next("error"))["code"] == "bad_frame"
    await page.send(type="ping")
    await page.next("pong")


async def test_an_erased_conversation_is_said(
    agent: User, store: Store, open_page: Open, waiting: Waiting
) -> None:
    escalation = await in_database(waiting)(store)
    page = await open_page(agent)
    await page.send(type="conversation.watch", escalation=str(escalation.pk))
    await page.next("conversation")
    await in_database(lambda: Escalation.objects.all().delete())()
    await in_database(nudge.session_changed)(session_id=escalation.session_id)
    assert (await page.next("error"))["code"] == "unknown"
