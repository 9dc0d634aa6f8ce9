"""What the tests of the widget do and look at again and again."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from apps.chat import events

MAYA = events.Author(kind="agent", name="Maya Torres")


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.keyboard.press("Enter")


def log_of(page: Page) -> Locator:
    return page.get_by_role("log", name="Conversation")


def focused(page: Page) -> str:
    """The accessible name, or the text, of what has the focus inside the widget."""
    script = """() => {
        const host = document.querySelector("eaichat-widget");
        const active = host.shadowRoot.activeElement;
        return active ? active.getAttribute("aria-label") ?? active.textContent : document.activeElement.tagName;
    }"""
    return str(page.evaluate(script))
