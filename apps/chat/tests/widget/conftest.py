"""A real browser on pages of the fake server, which sends a strict Content-Security-Policy with Trusted Types.

The browser lives as long as this package's tests: Playwright's loop and pytest's own loops exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from apps.accounts.tests.browser import DESKTOP, chromium
from apps.accounts.tests.machine import missing
from apps.chat.tests.widget.fake_chat import FakeChat, running
from apps.chat.tests.widget.fake_site import STORE, WIDGET

HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
SCRIPT = f'<script src="/widget.js" data-store="{STORE}" defer></script>'


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not WIDGET.exists():
        missing("the widget is not built: npm ci && npm run build in widget/")
    with chromium() as browser:
        yield browser


@pytest.fixture
def server() -> Iterator[FakeChat]:
    with running() as fake:
        fake.pages = {
            "/": f"{HEAD}<title>Shop</title>{SCRIPT}<body><h1>Shop</h1><button>Buy</button>",
            "/products/1": f"{HEAD}<title>Jacket</title>{SCRIPT}<body><h1>Jacket</h1>",
            "/chat": f"{HEAD}<title>Chat</title>{SCRIPT.replace(' defer', ' data-mode=page defer')}<body>",
        }
        yield fake
        assert fake.broken == []


@pytest.fixture
def context(browser: Browser, server: FakeChat) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP, locale="en-US", base_url=server.url, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto("/")
    yield page
    assert problems == []


@pytest.fixture
def chat(page: Page) -> Page:
    """The store's page with the panel open."""
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_role("dialog", name="Chat with Corner Shop")).to_be_visible()
    return page
