"""The Catalogue page in a real browser: keyboard, no JavaScript, phone width, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import Store, User
from apps.accounts.tests.browser import CONTRAST, DESKTOP, PHONE
from apps.catalog import placing, rulebook, runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.models import SearchRule
from apps.catalog.rules import Kind
from apps.catalog.tests.shop import SHOP

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("console-browser")]

Visit = Callable[..., Page]
SEARCH = "/console/catalogue/?q=jackets+under+%24100+in+stock"


@pytest.fixture
def visit(
    browser: Browser, owner: User, store: Store, live_server: LiveServer, session_catalog: Catalog, client: Client
) -> Iterator[Visit]:
    """Opens a page as the owner of a store with products; any complaint of the browser fails the test."""
    catalog = Catalog(
        embeddings=session_catalog.embeddings, backend=session_catalog.vectors.backend, rules=rulebook.rules_of
    )
    runtime.install(catalog)
    catalog.index(store_id=str(store.pk), products=SHOP, sync_run="run-1")
    client.force_login(owner)
    ticket = client.cookies[settings.SESSION_COOKIE_NAME].value
    complaints: list[str] = []
    contexts = []

    def open_page(address: str = SEARCH, **look: object) -> Page:
        context = browser.new_context(
            **{"viewport": DESKTOP, "base_url": live_server.url, "reduced_motion": "reduce"} | look  # type: ignore[arg-type] # Playwright's own names
        )
        contexts.append(context)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": ticket, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    runtime.install(None)
    assert complaints == []


def titles(page: Page) -> list[str]:
    page.wait_for_load_state()  # the hits come last, and nothing below waits for them
    return page.locator(".hit .title").all_inner_texts()


def test_a_part_that_was_understood_is_taken_away_by_keyboard(visit: Visit) -> None:
    page = visit()
    assert "Trail Fleece Jacket" not in titles(page)
    page.get_by_role("link", name="Take away in stock").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Take away in stock")).to_have_count(0)
    expect(page.get_by_role("link", name="Take away under $100")).to_be_visible()
    assert "Trail Fleece Jacket" in titles(page)


def test_without_javascript_a_hit_is_pinned_and_given_its_own_place_again(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    plain = titles(page)
    page.get_by_role("button", name=f"Pin {plain[-1]}").click()
    expect(page.get_by_role("status").first).to_contain_text("comes first")
    assert titles(page) == [plain[-1], *plain[:-1]]
    page.locator(".why summary").first.click()
    expect(page.get_by_text("Your rule puts it first")).to_be_visible()
    page.get_by_role("button", name=f"Undo the place of {plain[-1]}").click()
    expect(page.get_by_text("Pinned")).to_have_count(0)
    assert titles(page) == plain


def test_a_menu_narrows_the_search(visit: Visit) -> None:
    page = visit()
    page.locator("summary", has_text="Brand").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("^Fjell")).click()
    expect(page.get_by_role("link", name="Take away Fjell")).to_be_visible()
    page.wait_for_load_state()
    assert set(page.locator(".hit .what .muted").all_inner_texts()) == {
        "Men > Jackets · Fjell",
        "Women > Jackets · Fjell",
    }


def test_a_pin_is_made_from_the_list_of_rules(visit: Visit) -> None:
    page = visit("/console/catalogue/rules/")
    page.get_by_role("link", name="Pin products").click()
    page.get_by_label("Shoppers ask for").fill("mug, coffee mug")
    page.get_by_label("These words are among what they ask for").check()
    page.get_by_role("button", name="Choose products").click()
    page.get_by_role("button", name="Add Travel Mug").click()
    page.get_by_role("button", name="Add Stoneware Mug").click()
    page.get_by_role("button", name="Up: Stoneware Mug").click()
    expect(page.get_by_role("button", name="Up: Stoneware Mug")).to_be_disabled()
    assert SearchRule.objects.get().product_ids == ["mug-blue", "mug-travel"]
    page.get_by_role("link", name="Try it").click()
    page.wait_for_url(re.compile("q="))
    assert titles(page)[:2] == ["Stoneware Mug", "Travel Mug"]


@pytest.fixture
def rule(store: Store) -> SearchRule:
    placing.place(store=store, actor=None, kind=Kind.PIN, phrase="jackets", product_id="m-down")
    return placing.place(store=store, actor=None, kind=Kind.PIN, phrase="jackets", product_id="m-rain")


def test_nothing_is_wider_than_a_phone(visit: Visit, rule: SearchRule) -> None:
    page = visit(viewport=PHONE)
    for address in (
        SEARCH,
        "/console/catalogue/",
        "/console/catalogue/rules/",
        f"/console/catalogue/rules/{rule.pk}/",
    ):
        page.goto(address)
        for closed in page.locator(".why > summary").all()[:1]:
            closed.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 390, address
        for control in page.locator("main :is(a.button, a.chip, button, input, summary)").all():
            box = control.bounding_box()
            assert box is None or box["height"] >= 24 or control.get_attribute("type") == "radio", (
                control.inner_text()
            )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit: Visit, rule: SearchRule, scheme: str) -> None:
    page = visit(color_scheme=scheme)
    page.locator(".why summary").first.click()
    page.locator(".choices summary").first.click()
    for address in (None, f"/console/catalogue/rules/{rule.pk}/", "/console/catalogue/rules/"):
        if address:
            page.goto(address)
        worst = page.evaluate(CONTRAST)
        assert worst["ratio"] >= 4.5, worst
