"""Cards, cart, summary and page agree about the cart."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from apps.chat.tests.widget.steps import focused, log_of, say

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("widget-browser")]


def test_cards_cart_and_page_agree_about_what_is_in_the_cart(chat: Page) -> None:
    chat.evaluate("addEventListener('eaichat:cart', event => { window.counted = event.detail.count })")
    say(chat, "a jacket")
    chat.get_by_role("button", name="Add to cart: Harbour Rain Jacket").click()

    more = chat.get_by_role("button", name="One more: Harbour Rain Jacket")
    expect(more).to_be_focused()
    more.click()
    expect(chat.get_by_role("button", name="Cart, 2 items")).to_be_visible()
    chat.wait_for_function("window.counted === 2")
    assert chat.evaluate("eaichat.cart().total") == 118

    chat.get_by_role("button", name="Cart, 2 items").click()
    cart = chat.get_by_role("region", name="Your cart")
    expect(cart).to_contain_text("$118.00")
    expect(cart.get_by_role("link", name="Go to checkout")).to_have_attribute(
        "href", re.compile(r"^http://127\.0\.0\.1:\d+/checkout/$")
    )
    cart.get_by_role("button", name="One fewer: Harbour Rain Jacket").click()
    expect(cart).to_contain_text("$59.00")
    cart.get_by_role("button", name="Remove Harbour Rain Jacket").click()
    expect(cart.get_by_text("Your cart is empty")).to_be_visible()
    assert focused(chat) == "Back to the chat"

    chat.keyboard.press("Escape")
    expect(cart).to_be_hidden()
    assert focused(chat) == "Cart, 0 items"
    expect(chat.get_by_role("button", name="Add to cart: Harbour Rain Jacket")).to_be_visible()


def test_the_assistants_cart_shows_what_it_holds_now(chat: Page) -> None:
    say(chat, "a jacket")
    say(chat, "the second one")
    summary = log_of(chat).get_by_role("region", name="Cart")
    expect(summary).to_contain_text("1 item")

    chat.evaluate("eaichat.updateCart('9', 2)")

    expect(summary).to_contain_text("3 items")
    expect(summary).to_contain_text("Enamel Camp Mug")


def test_a_change_of_the_cart_that_fails_says_so(page: Page) -> None:
    page.evaluate("eaichat.open()")
    code = page.evaluate("eaichat.updateCart('gone', 1).catch(error => error.code)")

    assert code == "unknown_product"
