"""Orders, and people who answer instead of the assistant."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.chat import events, parts
from apps.chat.tests.widget.fake_chat import FakeChat
from apps.chat.tests.widget.steps import MAYA, focused, log_of, say

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("widget-browser")]


def test_an_order_is_shown_with_its_state(chat: Page) -> None:
    say(chat, "where is my order?")

    order = log_of(chat).get_by_role("region", name="Order 1001")
    for words in ("shipped", "Nov 18, 2026", "1Z 999 AA1", "$73.90", "Harbour Rain Jacket"):
        expect(order).to_contain_text(words)


def test_a_person_is_asked_for_waited_for_and_not_waited_for(chat: Page, server: FakeChat) -> None:
    chat.get_by_role("button", name="More options").press("Enter")
    assert focused(chat) == "New conversation"
    chat.keyboard.press("ArrowDown")
    chat.keyboard.press("Enter")
    expect(chat.get_by_text("You are number 2 in the queue.")).to_be_visible()

    server.set_owner("queue", position=1, online=True)
    expect(chat.get_by_text("You are next.")).to_be_visible()
    server.set_owner("queue", position=1, online=False)
    expect(chat.get_by_text("Nobody is online right now.")).to_be_visible()

    chat.get_by_role("button", name="Leave the queue").click()
    expect(chat.get_by_role("button", name="Leave the queue")).to_be_hidden()
    assert server.frames(events.HandoffLeave) != []


def test_a_person_has_a_name_and_is_seen_typing(chat: Page, server: FakeChat) -> None:
    say(chat, "hello")
    expect(log_of(chat)).to_contain_text("We don't carry that")
    server.set_owner("agent", agent="Maya Torres")
    server.push_message(
        events.Author(kind="system"), parts.NoticePart(code="agent_joined", text="Maya Torres joined")
    )
    server.push(events.AgentTyping(agent="Maya Torres"))

    expect(chat.get_by_text("Maya Torres is answering")).to_be_visible()
    expect(log_of(chat)).to_contain_text("Maya Torres joined")
    expect(log_of(chat)).to_contain_text("Maya Torres is typing…")
    server.push_message(MAYA, parts.TextPart(text="I can help."))
    expect(log_of(chat)).to_contain_text("I can help.")
    expect(chat.get_by_text("Maya Torres is typing…")).to_be_hidden()

    say(chat, "thanks")
    expect(log_of(chat)).to_contain_text("thanks")
    expect(chat.get_by_role("button", name="Stop answering")).to_be_hidden()
    assert server.hears(events.Typing)
