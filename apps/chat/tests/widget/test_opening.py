"""Opening, closing, and what outlives the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.chat import parts
from apps.chat.tests.widget.fake_chat import FakeChat
from apps.chat.tests.widget.steps import MAYA, focused, log_of, say

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("widget-browser")]


def test_the_keyboard_opens_writes_and_closes_and_the_focus_returns(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(page) == "Open chat"

    page.keyboard.press("Enter")
    assert focused(page) == "Message"
    page.keyboard.type("two")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("lines")
    page.keyboard.press("Enter")
    expect(log_of(page)).to_contain_text("two\nlines")

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert focused(page) == "Open chat"


def test_a_mere_visit_makes_no_conversation(page: Page, server: FakeChat) -> None:
    expect(page.get_by_role("button", name="Open chat")).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert server.received == []
    assert page.evaluate("eaichat.token()") is None


def test_a_suggestion_starts_the_conversation(chat: Page) -> None:
    expect(chat.get_by_role("heading", name="Hi! What are you looking for today?")).to_be_visible()

    chat.get_by_role("button", name="A warm jacket under $60").click()

    expect(chat.get_by_role("list", name="Products: 5 products")).to_be_visible()
    expect(chat.get_by_role("heading", name="Hi! What are you looking for today?")).to_be_hidden()


def test_the_open_panel_and_the_conversation_outlive_the_page(chat: Page, server: FakeChat) -> None:
    say(chat, "a jacket")
    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()

    chat.goto("/products/1")

    expect(chat.get_by_role("dialog")).to_be_visible()
    expect(log_of(chat)).to_contain_text("a jacket")
    expect(log_of(chat).get_by_role("listitem").filter(has_text="Harbour Rain Jacket")).to_be_visible()
    assert len(server.sessions) == 1


def test_what_comes_while_the_panel_is_closed_is_counted(chat: Page, server: FakeChat) -> None:
    say(chat, "hello")
    expect(log_of(chat).get_by_text("just now")).to_be_visible()
    chat.keyboard.press("Escape")

    server.push_message(MAYA, parts.TextPart(text="Are you still there?"))

    launcher = chat.get_by_role("button", name="Open chat, 1 new message")
    expect(launcher).to_be_visible()
    launcher.click()
    chat.keyboard.press("Escape")
    expect(chat.get_by_role("button", name="Open chat", exact=True)).to_be_visible()
