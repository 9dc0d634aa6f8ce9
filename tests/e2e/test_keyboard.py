"""The shopper's walk without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from apps.accounts.tests.browser import DESKTOP, PHONE
from tests.e2e.chat import Chat

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("walk")]

MOST_TABS = 80


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focused element's accessible name begins with `name`, as a person would."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
                let element = document.activeElement;
                while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
                return element?.getAttribute("aria-label") ?? element?.innerText ?? "";
            }"""
        )
        if focused.strip().startswith(name):
            return
    raise AssertionError(f"{MOST_TABS} tabs did not reach {name!r}")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everything_a_shopper_needs_works_by_keyboard_alone(
    visit: Callable[..., Page], viewport: ViewportSize
) -> None:
    page = visit(viewport=viewport)
    page.goto("/demo/")
    expect(page.get_by_role("button", name=re.compile("^Open chat"))).to_be_visible()
    tab_to(page, "Open chat")
    page.keyboard.press("Enter")
    chat = Chat(page)
    expect(chat.box).to_be_focused()
    page.keyboard.type("mugs under $15")
    page.keyboard.press("Enter")
    card = chat.answers().last.locator("li.card").first
    expect(card).to_be_visible()
    title = card.locator(".title").inner_text()
    for _ in range(MOST_TABS):
        page.keyboard.press("Shift+Tab")
        if card.get_by_role("button", name=f"Add to cart: {title}").evaluate(
            "button => button.getRootNode().activeElement === button"
        ):
            break
    page.keyboard.press("Enter")
    chat.expect_cart_count(1)
    page.keyboard.press("Escape")
    expect(chat.panel).not_to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Open chat"))).to_be_focused()
