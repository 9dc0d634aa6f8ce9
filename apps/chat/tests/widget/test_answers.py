"""Answers as they stream, and what they show."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.chat import events, parts
from apps.chat.tests.widget.fake_chat import FakeChat
from apps.chat.tests.widget.steps import MAYA, focused, log_of, say

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("widget-browser")]


def test_an_answer_streams_says_what_it_does_and_ends_with_cards(chat: Page, server: FakeChat) -> None:
    say(chat, "search jackets")
    expect(log_of(chat)).to_contain_text("Searching the products…")
    expect(chat.get_by_role("button", name="Stop answering")).to_be_visible()
    server.gate.set()

    expect(log_of(chat)).to_contain_text("Here are five jackets")
    cards = chat.get_by_role("list", name="Products: 5 products").get_by_role("listitem")
    expect(cards).to_have_count(5)
    parka = cards.nth(1)
    for words in ("Fjord Insulated Parka with Hood", "$54.90", "In stock", "Tind"):
        expect(parka).to_contain_text(words)
    expect(parka.get_by_role("img", name="Rated 4.6 of 5 by 128")).to_be_visible()
    expect(cards.nth(3).get_by_role("button", name="Out of stock: Summit Down Jacket")).to_be_disabled()
    assert parka.locator("img").evaluate("image => image.naturalWidth") > 0
    expect(chat.get_by_role("list", name="Searched for")).to_contain_text("under $60")


def test_a_limit_of_the_search_is_taken_off_by_its_chip_while_nothing_newer_stands_below(
    chat: Page, server: FakeChat
) -> None:
    server.gate.set()
    say(chat, "search jackets")
    chips = chat.get_by_role("list", name="Searched for")
    take_off = chips.get_by_role("button", name="Search without under $60")
    box = take_off.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 24
    take_off.focus()
    chat.keyboard.press("Enter")
    expect(log_of(chat)).to_contain_text("Without “under $60”")
    assert server.hears(events.MessageSend, times=2)
    sent = server.frames(events.MessageSend)[-1]
    assert sent.model_dump()["text"] == "Without “under $60”"
    expect(take_off).to_be_hidden()
    expect(chips.first).to_contain_text("under $60")


def test_markdown_is_shown_and_markup_is_only_text(chat: Page, server: FakeChat) -> None:
    say(chat, "unknown thing")
    link = log_of(chat).get_by_role("link", name="our page")
    expect(link).to_have_attribute("href", f"{server.url}/products")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(log_of(chat).get_by_role("listitem")).to_have_count(2)

    evil = "<img src=x onerror=\"document.title='owned'\"> [x](javascript:alert(1))"
    server.push_message(MAYA, parts.TextPart(text=evil))

    expect(log_of(chat)).to_contain_text("<img src=x")
    expect(log_of(chat).get_by_role("link", name="x", exact=True)).to_have_count(0)
    assert chat.title() == "Shop"


def test_an_answer_can_be_stopped_and_asked_for_again(chat: Page, server: FakeChat) -> None:
    say(chat, "slow")
    expect(log_of(chat)).to_contain_text("for its weight.")

    chat.get_by_role("button", name="Stop answering").click()

    expect(log_of(chat)).to_contain_text("This answer was not finished.")
    assert focused(chat) == "Message"
    expect(chat.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    chat.get_by_role("button", name="Try again").click()
    expect(chat.get_by_role("list", name="Products: 5 products")).to_be_visible()
    expect(chat.get_by_role("button", name="Try again")).to_have_count(0)
    assert server.frames(events.MessageRetry) == [events.MessageRetry(type="message.retry", turn="s1-t1")]


def test_a_withdrawn_answer_disappears(chat: Page, server: FakeChat) -> None:
    say(chat, "slow")
    expect(log_of(chat)).to_contain_text("for its weight.")

    server.push(events.TurnEnd(turn="s1-t1", state="discarded"))

    expect(log_of(chat)).not_to_contain_text("for its weight.")


def test_a_new_answer_is_read_out_once_and_as_a_whole(chat: Page) -> None:
    chat.evaluate(
        """() => {
            const { shadowRoot } = document.querySelector("eaichat-widget");
            const region = shadowRoot.querySelector("[aria-live=polite].hidden");
            window.spoken = [];
            new MutationObserver(() => region.textContent && window.spoken.push(region.textContent))
                .observe(region, {childList: true, characterData: true, subtree: true});
        }"""
    )
    say(chat, "a jacket")
    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()

    chat.wait_for_function("window.spoken.length > 0")
    spoken = chat.evaluate("window.spoken")
    assert len(spoken) == 1
    assert spoken[0].startswith("Assistant: Here are")
    assert spoken[0].endswith("5 products")
