"""The merchant's walk: connect, sync, set the assistant and the widget up, and own an account and a store."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from apps.accounts.tests.browser import DESKTOP, PHONE
from apps.chat.llm.tests.server import Endless, Reply, serve
from tests.e2e.chat import Chat
from tests.e2e.people import sign_in
from tests.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("walk")]

OWNER = "owner@demo.eaichat.local"
Visit = Callable[..., Page]
Shoot = Callable[[Page, str], Any]
WIDTHS = pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])


def demo_products(page: Page) -> int:
    page.goto("/console/connectors/")
    row = page.get_by_role("row").filter(has_text="Demo catalogue")
    return int(row.locator("td.number").first.inner_text())


@WIDTHS
def test_a_merchant_connects_a_store_and_watches_its_sync(
    visit: Visit, shoot: Shoot, installation: Installation, width: str, viewport: ViewportSize
) -> None:
    page = visit(viewport=viewport)
    sign_in(page, OWNER)
    shoot(page, f"{width}-console")
    there = demo_products(page)
    assert there > 50
    page.get_by_role("link", name="Add connector").first.click()
    page.get_by_label("Platform").select_option("fakestore")
    address = page.get_by_label("Address of the API")
    expect(address).to_be_visible()
    page.get_by_role("textbox", name=re.compile("^Name")).fill(f"Second catalogue {width}")
    result = page.locator("#test-result")
    for wrong, words in {
        f"{installation.url}/demo/nowhere": "404",
        "http://nobody.invalid": "no server",
        f"{installation.url}/admin": "answered JSON, but not a list of products",
        "http://127.0.0.1:9": "private|own network|loopback|this machine",
    }.items():
        address.fill(wrong)
        page.get_by_role("button", name="Test connection").click()
        expect(result).to_have_attribute("data-state", "failed")
        expect(result).to_contain_text(re.compile(words, re.IGNORECASE))
    shoot(page, f"{width}-connector-refused")
    address.fill(f"{installation.url}/demo/api")
    page.get_by_role("button", name="Test connection").click()
    expect(result).to_have_attribute("data-state", "ok")
    page.get_by_role("button", name="Add connector").click()
    expect(page.get_by_role("heading", name=f"Second catalogue {width}", level=1)).to_be_visible()

    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    shoot(page, f"{width}-sync-running")
    expect(page.locator('[data-live="current"]').get_by_text("Succeeded")).to_be_visible(timeout=60_000)
    expect(page.locator('[data-live="current"] .figure')).to_contain_text(str(there))
    shoot(page, f"{width}-sync-done")

    page.get_by_role("main").get_by_role("link", name="Settings").click()
    page.get_by_label("Address of the API").fill(f"{installation.url}/admin")
    page.get_by_role("button", name=re.compile("Save")).click()
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("The last sync failed, and the catalogue stays as it was.")).to_be_visible(
        timeout=60_000
    )
    expect(page.locator('[data-live="current"] .figure')).to_contain_text(str(there))
    shoot(page, f"{width}-sync-failed")

    page.get_by_role("button", name="Delete connector").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    assert demo_products(page) == there


def test_a_language_model_answers_may_be_stopped_and_falls_back(visit: Visit, shoot: Shoot) -> None:
    page = visit()
    sign_in(page, OWNER)
    page.goto("/console/assistant/")
    with serve() as model:
        page.get_by_label("Language model", exact=False).first.check()
        page.get_by_label("Base URL").fill(model.base_url)
        page.get_by_role("combobox", name=re.compile("^Model")).or_(
            page.get_by_role("textbox", name=re.compile("^Model"))
        ).fill("local")
        model.answers.append(Reply(text=("pong",)))
        page.get_by_role("button", name="Test connection").click()
        expect(page.locator("#test-result")).to_contain_text("✓")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").or_(page.locator(".notice.success")).first).to_be_visible()
        shoot(page, "desktop-assistant")

        shopper = visit()
        shopper.goto("/demo/")
        chat = Chat(shopper)
        chat.open()
        model.answers[:] = [
            Reply(calls=(("call_1", "search_products", ('{"query": "mugs ', 'under 15 dollars"}')),)),
            Reply(text=("These mugs ", "are below 15 dollars.")),
        ]
        answer = chat.ask("mugs under 15 dollars please")
        expect(answer).to_contain_text("These mugs are below 15 dollars.")
        assert chat.cards(answer)

        model.answers.append(Endless())
        chat.say("tell me a story about mugs")
        chat.panel.get_by_role("button", name="Stop answering").click()
        expect(chat.panel.get_by_role("button", name="Send")).to_be_visible()
        expect(chat.log).to_contain_text(re.compile("Stopped.|This answer was not finished."))
        assert model.client_left.wait(5), "the model's server must see that nobody listens any more"
    # The server is gone now: the built-in assistant answers, and the shopper need not know.
    fallen_back = chat.ask("red mug under $20")
    expect(fallen_back).to_be_visible()
    shoot(shopper, "desktop-stopped")

    page.goto("/console/assistant/")
    page.get_by_label("Built-in", exact=False).first.check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Built-in", exact=False).first).to_be_checked()


def test_the_widget_opens_on_a_listed_origin_and_on_no_other(visit: Visit, shoot: Shoot) -> None:
    page = visit()
    sign_in(page, OWNER)
    page.goto("/console/widget/")
    snippet = page.locator("#snippet").inner_text()
    assert 'data-store="pk_' in snippet
    with foreign_shop(snippet) as origin:
        shop = visit(expect_errors=True)
        shop.goto(origin)
        shop.get_by_role("button", name=re.compile("^Open chat")).click()
        expect(shop.get_by_role("dialog")).to_contain_text("The chat cannot be reached right now.")

        page.get_by_label("Origin", exact=True).fill("not an origin")
        page.get_by_role("button", name="Add origin").click()
        expect(page.locator("#origin-error")).to_be_visible()
        page.get_by_label("Origin", exact=True).fill(origin)
        page.get_by_role("button", name="Add origin").click()
        expect(page.get_by_role("listitem").filter(has_text=origin)).to_be_visible()
        shoot(page, "desktop-widget-settings")

        shop.goto(origin)
        chat = Chat(shop)
        chat.open_again()
        cards = chat.cards(chat.ask("mugs under $15"))
        assert cards
        shoot(shop, "desktop-foreign-shop")


def test_somebody_new_makes_an_account_and_a_store_and_changes_the_password(visit: Visit, shoot: Shoot) -> None:
    page = visit()
    page.goto("/accounts/signup/")
    page.get_by_label("Your name").fill("Nia New")
    page.get_by_label("Email").fill("nia@example.com")
    fill_passwords(page, "a first passphrase 1")
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Store name").fill("Nia's Notebooks")
    page.get_by_role("button", name="Create store").click()
    expect(page).to_have_title(re.compile("Nia's Notebooks"))
    shoot(page, "desktop-new-store")
    page.goto("/console/connectors/")
    expect(page.get_by_role("heading", name="No connector yet")).to_be_visible()

    page.goto("/accounts/password/change/")
    page.get_by_label("Current password").fill("a first passphrase 1")
    fill_passwords(page, "a second passphrase 2")
    page.get_by_role("button", name="Change password").click()
    expect(page).not_to_have_url(re.compile("password/change"))
    again = visit()
    again.goto("/accounts/login/")
    again.get_by_label("Email").fill("nia@example.com")
    again.get_by_label("Password").fill("a second passphrase 2")
    again.get_by_role("button", name="Sign in").click()
    expect(again).to_have_url(re.compile("/console/"))


def fill_passwords(page: Page, password: str) -> None:
    for field in page.locator('input[type="password"][name^="password"]').all():
        if field.get_attribute("name") in ("password1", "password2"):
            field.fill(password)


@contextmanager
def foreign_shop(snippet: str) -> Iterator[str]:
    """A page of somebody else's server with the snippet in it; yields its origin."""
    body = f"<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1>{snippet}".encode()

    class Page(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            """Quiet."""

        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 204)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if self.path == "/":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
