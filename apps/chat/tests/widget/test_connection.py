"""Lost connections, refused messages, further conversations and tabs."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from apps.accounts.tests.browser import PHONE
from apps.chat import events, parts
from apps.chat.consumers import DELAYED
from apps.chat.tests.widget.fake_chat import FakeChat
from apps.chat.tests.widget.steps import log_of, say

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("widget-browser")]


def test_what_is_written_without_a_connection_is_sent_when_it_is_back(chat: Page, server: FakeChat) -> None:
    say(chat, "a jacket")
    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()
    server.go_down()
    expect(chat.get_by_text("No connection. Your messages are kept.")).to_be_visible()

    say(chat, "and the second one")
    expect(log_of(chat)).to_contain_text("Waits for the connection")
    server.come_up()
    chat.get_by_role("button", name="Try now").click()

    expect(log_of(chat)).to_contain_text("The Fjord Insulated Parka with Hood is in your cart.")
    expect(chat.get_by_text("Waits for the connection")).to_be_hidden()
    expect(log_of(chat).get_by_text("and the second one")).to_have_count(1)
    hello = server.frames(events.Hello)[-1]
    assert isinstance(hello, events.Hello)
    assert (hello.token, hello.after) == ("s1.1", 2)


def test_a_message_that_the_server_refuses_keeps_its_text(chat: Page) -> None:
    say(chat, "refuse this")

    expect(log_of(chat)).to_contain_text("Not sent. Too many messages at once.")
    expect(log_of(chat)).to_contain_text("refuse this")
    expect(log_of(chat).get_by_role("button", name="Try again")).to_be_visible()


def test_messages_are_stored_in_the_order_in_which_they_were_written(chat: Page, server: FakeChat) -> None:
    say(chat, "an outage")
    say(chat, "a jacket")
    server.gate.set()  # the first one could not be stored, and is sent again

    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()
    [session] = server.sessions.values()
    asked = [message.parts[0] for message in session.messages if message.author.kind == "shopper"]
    assert asked == [parts.TextPart(text="an outage"), parts.TextPart(text="a jacket")]


def test_a_message_that_is_too_long_cannot_be_sent(chat: Page) -> None:
    chat.get_by_role("textbox", name="Message").fill("x" * 4003)

    expect(chat.get_by_text("3 characters too many")).to_be_visible()
    expect(chat.get_by_role("button", name="Send", exact=True)).to_be_disabled()


def test_a_new_conversation_is_empty_and_can_be_undone(chat: Page, server: FakeChat) -> None:
    say(chat, "a jacket")
    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()
    chat.get_by_role("button", name="More options").click()
    chat.get_by_role("menuitem", name="New conversation").click()
    expect(chat.get_by_role("heading", name="Hi! What are you looking for today?")).to_be_visible()

    chat.get_by_role("button", name="Undo").click()

    expect(log_of(chat)).to_contain_text("a jacket")
    assert len(server.sessions) == 2


def test_two_tabs_show_the_same_conversation(chat: Page, context: BrowserContext, server: FakeChat) -> None:
    say(chat, "a jacket")
    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()
    other = context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Open chat").click()
    expect(log_of(other)).to_contain_text("a jacket")

    chat.get_by_role("button", name="More options").click()
    chat.get_by_role("menuitem", name="New conversation").click()

    expect(other.get_by_role("heading", name="Hi! What are you looking for today?")).to_be_visible()
    say(other, "a mug")
    expect(log_of(chat).get_by_role("link", name="Enamel Camp Mug")).to_be_visible()
    hellos = server.frames(events.Hello)
    assert len(hellos) == 3  # each tab's first, and the one that followed: newly signed tokens make nobody move


def test_a_notice_stays_on_a_phone_until_it_ends(page: Page, server: FakeChat) -> None:
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Open chat").click()
    say(page, "a jacket")
    expect(page.get_by_role("button", name="Cheaper")).to_be_visible()
    notice = page.get_by_text(DELAYED.text)
    server.push(DELAYED)
    expect(notice).to_be_visible()
    box = notice.bounding_box()
    assert box is not None
    assert box["width"] == PHONE["width"]
    assert box["height"] < 50  # one line

    say(page, "hello")
    expect(log_of(page)).to_contain_text("We don't carry that")
    expect(notice).to_be_visible()
    server.push(events.NoticeEnd(code=DELAYED.code))
    expect(notice).to_be_hidden()
