"""Who may open a socket, and whose session a token opens."""

from __future__ import annotations

import asyncio
import time
import uuid

import pytest
from django.conf import settings
from django.core import signing

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.chat import cart, sessions
from apps.chat.models import ChatSession
from apps.chat.runner import HUB, RUNNER
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.page import Page
from apps.chat.tests.script import Script

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost:3001",
        "https://localhost:3000",
        "http://localhost:3000.evil.example",
        "http://notlocalhost:3000",
        "https://other.example",
        "null",
        "",
        "http://testserver@evil.example",
        "not an origin",
        "http://eviltestserver",
    ],
)
async def test_an_origin_that_the_store_does_not_list_is_refused_at_the_handshake(
    store: Store, other_store: Store, origin: str
) -> None:
    page = Page(store.public_key, origin=origin)
    assert not await page.open()


@pytest.mark.parametrize("origin", ["http://localhost:3000", "HTTP://LOCALHOST:3000", None, "http://testserver"])
async def test_a_listed_origin_our_own_pages_and_programs_are_let_in(store: Store, origin: str | None) -> None:
    page = Page(store.public_key, origin=origin)
    assert await page.open()
    await page.close()


async def test_a_socket_that_the_server_kills_is_told_nothing_more(
    store: Store, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(store.public_key)
    assert await page.open()
    await page.hello()
    reached = asyncio.Event()

    async def slow(**_: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(RUNNER, "send", slow)
    await page.say("Hi")
    await reached.wait()
    page.socket.future.cancel()  # as daphne does with a handler that does not end after the connection did
    await asyncio.wait([page.socket.future])
    assert HUB.listeners(page.session) == 0


async def test_the_address_of_this_installation_is_let_in(store: Store) -> None:
    page = Page(store.public_key, origin=settings.PUBLIC_URL)
    assert await page.open()
    await page.close()


@pytest.mark.parametrize("key", ["pk_unknown", "x", "%00", "a" * 500])
async def test_a_key_of_no_store_is_refused_at_the_handshake(store: Store, key: str) -> None:
    assert not await Page(key).open()


async def test_hello_without_a_token_begins_a_session(open_page: OpenPage, store: Store) -> None:
    page = await open_page()
    ready = page.frames[0]
    assert ready["owner"] == "assistant"
    assert ready["mode"] == "intent"
    assert ready["seq"] == 0
    assert ready["cart"]["lines"] == []
    assert ready["config"]["store"] == "Corner Shop"
    assert ready["config"]["llm_available"] is False
    assert "Where is my order?" in ready["config"]["suggestions"]
    session = await in_database(sessions.by_token)(ready["token"])
    assert (session.store_id, str(session.pk)) == (store.pk, ready["session"])


async def test_a_token_resumes_its_session_with_what_was_said(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await page.say("Hi")
    await page.until("turn.end")
    await page.close()
    again = await open_page(token=page.token)
    assert again.session == page.session
    assert again.frames[0]["seq"] == 2
    question = await again.until("message")
    answer = await again.until("message")
    assert (question["author"]["kind"], answer["author"]["kind"]) == ("shopper", "assistant")


async def test_resume_brings_only_what_the_client_has_not_seen(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await page.say("Hi")
    await page.until("turn.end")
    again = await open_page(token=page.token, after=1)
    assert (await again.until("message"))["seq"] == 2
    assert await again.silent()
    third = await open_page(token=page.token, after=2)
    assert await third.silent()


async def test_a_client_that_claims_to_have_seen_the_future_still_hears_the_next_message(
    open_page: OpenPage, script: Script
) -> None:
    page = await open_page()
    again = await open_page(token=page.token, after=999)
    await again.say("Hi")
    assert (await again.until("message"))["seq"] == 2


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c", "🙂"])
async def test_a_token_that_was_never_made_here_is_refused(open_page: OpenPage, token: str) -> None:
    page = await open_page(hello=False)
    await page.send("hello", v=1, token=token or " ")
    assert (await page.refused())["code"] == "bad_token"
    await page.hello()


async def test_a_changed_token_is_refused(open_page: OpenPage) -> None:
    page = await open_page()
    other = await open_page(hello=False)
    body, stamp, signature = page.token.split(":")
    await other.send("hello", v=1, token=f"{body[:-2]}AA:{stamp}:{signature}")
    assert (await other.refused())["code"] == "bad_token"


async def test_a_token_signed_for_another_purpose_is_refused(open_page: OpenPage) -> None:
    page = await open_page()
    other = await open_page(hello=False)
    claims = {"session": page.session.hex, "visitor": uuid.uuid4().hex, "store": uuid.uuid4().hex}
    await other.send("hello", v=1, token=signing.dumps(claims, salt="something else"))
    assert (await other.refused())["code"] == "bad_token"


async def test_an_expired_token_is_named_so_and_a_new_session_can_begin(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + sessions.TOKEN_SECONDS + 10)
    other = await open_page(hello=False)
    await other.send("hello", v=1, token=page.token)
    assert (await other.refused())["code"] == "expired_token"
    monkeypatch.undo()
    ready = await other.hello()
    assert ready["session"] != str(page.session)


async def test_a_session_of_another_store_is_refused(open_page: OpenPage, other_store: Store) -> None:
    page = await open_page()
    session = await in_database(sessions.open_session)(store=other_store)
    await page.send("hello", v=1, token=sessions.token_for(session))
    assert (await page.refused())["code"] == "wrong_store"
    await page.send("ping")
    assert (await page.read())["type"] == "pong"


async def test_the_token_of_a_deleted_session_is_refused(open_page: OpenPage) -> None:
    page = await open_page()
    await in_database(ChatSession.objects.all().delete)()
    other = await open_page(hello=False)
    await other.send("hello", v=1, token=page.token)
    assert (await other.refused())["code"] == "bad_token"


async def test_a_page_that_goes_on_at_once_hears_of_the_last_session_only(
    open_page: OpenPage, script: Script
) -> None:
    page = await open_page()
    await page.say("Hi")
    await page.until("turn.end")
    quick = await open_page(hello=False)
    await quick.send("hello", v=1, token=page.token, after=0)
    await quick.send("session.new")
    ready = await quick.until("ready")
    while ready["session"] == str(page.session):  # it may have been told before it went on
        ready = await quick.until("ready")
    assert ready["seq"] == 0
    assert await quick.silent()


async def test_a_new_conversation_keeps_the_visitor_and_the_cart_but_not_the_words(
    open_page: OpenPage, script: Script, store: Store, shelf: object
) -> None:
    page = await open_page()
    await page.say("Hi")
    await page.until("turn.end")
    first = await in_database(sessions.by_token)(page.token)
    await in_database(cart.set_quantity)(store=store, visitor=first.visitor, product_id="mug", quantity=2)
    await page.send("session.new")
    ready = await page.until("ready")
    assert ready["session"] != str(first.pk)
    assert ready["seq"] == 0
    assert ready["cart"]["count"] == 2
    second = await in_database(sessions.by_token)(ready["token"])
    assert second.visitor == first.visitor
    await page.say("Hi again", "m9")
    await page.until("turn.end")
    assert script.turns[-1].history == []
    assert script.turns[-1].session_id == ready["session"]
