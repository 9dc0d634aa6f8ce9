"""One running installation and one real Chromium for the walks; screenshots are kept in var/screenshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from apps.accounts.tests.browser import DESKTOP, chromium
from tests.installation import ROOT, Installation

SCREENSHOTS = ROOT / "var" / "screenshots"


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("walk") / "var") as running:
        yield running


@pytest.fixture(scope="session")
def records(installation: Installation) -> dict[str, dict[str, Any]]:
    """Every record of the demo store's index, by product id."""
    found: dict[str, dict[str, Any]] = installation.ask(
        "{p.product_id: p.model_dump(mode='json') for p in "
        "__import__('apps.catalog.runtime', fromlist=['catalog']).catalog().scroll(store_id=str("
        "__import__('apps.accounts.models', fromlist=['Store']).Store.objects.get(is_demo=True).pk))}"
    )
    return found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """No part of the application runs in this process: it must not hear of `DJANGO_ALLOW_ASYNC_UNSAFE`."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, installation: Installation) -> Iterator[Callable[..., Page]]:
    """Opens a page as somebody new: `visit(viewport=PHONE)`. An error in any page's console fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(viewport: ViewportSize = DESKTOP, *, expect_errors: bool = False) -> Page:
        context = browser.new_context(viewport=viewport, base_url=installation.url, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        if expect_errors:
            return page
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda said: complaints.append(f"{said.location}: {said.text}") if said.type == "error" else None,
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def shoot() -> Callable[[Page, str], Path]:
    """Keeps a screenshot under a name."""

    def take(page: Page, name: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take
