"""The merchant's walk through the connector pages in a real browser, with real workflows behind it."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import Store, User
from apps.accounts.tests.browser import DESKTOP, PHONE
from apps.catalog.engine.catalog import Catalog
from apps.connectors.models import ConnectorConfig
from apps.connectors.tests.platform_server import CATALOGUE, PlatformServer, body
from eaichat.management.worker import run_worker
from tests.services.temporal import Temporal

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("connectors-browser"),
]

SHOTS = os.environ.get("EAICHAT_SHOTS")  # a folder for screenshots of every step, when somebody wants to look


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def context(
    browser: Browser, live_server: LiveServer, manager: User, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    client = Client()
    client.force_login(manager)
    context = browser.new_context(viewport=request.param, locale="en-US", base_url=live_server.url)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
    yield page
    assert problems == []


@pytest.fixture
def start_workflows(temporal: Temporal, settings: LazySettings) -> Iterator[Callable[[], None]]:
    """Starts a worker when it is called, in a thread with a loop of its own."""
    settings.TEMPORAL_TASK_QUEUE = f"browser-{os.getpid()}"
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=(run_worker(stop=stop, address=lambda: temporal.address),)
    )
    yield thread.start
    if thread.is_alive():
        loop.call_soon_threadsafe(stop.set)
        thread.join()
    loop.close()


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        width = (page.viewport_size or DESKTOP)["width"]
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)


def test_a_merchant_connects_tests_syncs_and_deletes(
    page: Page,
    store: Store,
    catalog: Catalog,
    demo_platform: PlatformServer,
    start_workflows: Callable[[], None],
    settings: LazySettings,
    tmp_path: Path,
) -> None:
    settings.VAR_DIR = tmp_path
    demo_platform.products[:] = [{**CATALOGUE[n % 5], "id": n} for n in range(60)]
    page.goto("/console/connectors/")
    shoot(page, "1-empty")
    page.get_by_role("link", name="Add connector").click()

    page.get_by_label("Platform").select_option("fakestore")
    address = page.get_by_label("Address of the API")
    test = page.get_by_role("button", name="Test connection")
    result = page.locator("#test-result")
    address.fill("http://no-such-shop.invalid")
    test.click()
    expect(result).to_contain_text("no-such-shop.invalid cannot be found")
    shoot(page, "2-dead-host")
    demo_platform.answers["/products"] = body(b"<html>not an API</html>")
    address.fill(demo_platform.url)
    expect(result).to_be_hidden()
    test.click()
    expect(result).to_contain_text("answered with a web page")
    demo_platform.answers.clear()
    address.focus()
    page.keyboard.press("End")
    test.focus()
    page.keyboard.press("Enter")
    expect(result).to_contain_text("It works: 60 products")
    shoot(page, "3-tested")
    page.get_by_label("Name").fill("Corner Shop catalogue")
    page.get_by_role("button", name="Add connector").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Corner Shop catalogue")
    shoot(page, "4-added")

    go_on = threading.Event()

    def wait(request: BaseHTTPRequestHandler) -> None:
        go_on.wait(60)
        body(json.dumps(demo_platform.products).encode())(request)

    demo_platform.answers["/products"] = wait
    page.wait_for_load_state()  # without its script the page is loaded anew
    page.evaluate("window.sameDocument = true")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("status").filter(has_text="Waits for workflows")).to_be_visible()
    expect(page.get_by_role("button", name="Sync now")).to_be_disabled()
    shoot(page, "5-waits")
    start_workflows()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text("Asking the store for its products")).to_be_visible()
    shoot(page, "6-running")
    go_on.set()
    expect(page.locator("[data-run=log]")).to_contain_text("Done: 60 new, 0 changed")
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(page.locator("[data-live=history]")).to_contain_text("Succeeded")
    expect(page.get_by_role("button", name="Sync now")).to_be_enabled()
    assert page.evaluate("window.sameDocument") is True
    shoot(page, "7-synced")
    page.get_by_role("button", name="Delete connector").click()
    expect(page.get_by_role("dialog")).to_contain_text("Its 60 products")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    demo_platform.answers["/products"] = body(b"[]")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("alert")).to_contain_text("the catalogue stays as it was")
    expect(page.locator(".figure")).to_contain_text("60")
    shoot(page, "8-failed")
    page.goto("/console/connectors/")
    shoot(page, "9-list")

    page.get_by_role("link", name="Corner Shop catalogue").click()
    page.get_by_role("button", name="Delete connector").click()
    dialog = page.get_by_role("dialog", name="Delete Corner Shop catalogue?")
    expect(dialog).to_contain_text("Its 60 products")
    shoot(page, "10-delete")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Delete connector").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No connector yet")).to_be_visible()
    assert not ConnectorConfig.objects.filter(store=store).exists()
    assert catalog.count(store_id=str(store.pk)) == 0
