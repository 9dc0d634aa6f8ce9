"""The storefront's script in real Chromium, against a stand-in for the one thing it talks to: window.eaichat.

The real chat stands in its place in tests/e2e.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import Store
from eaichat.demo.orders import plant_samples

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("storefront-browser"),
]

STAND_IN = (Path(__file__).parent / "stand_in.js").read_text()
Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, demo: Settings, live_server: LiveServer) -> Iterator[Visit]:
    """Opens a page of the shop as somebody new; an error in the page fails the test."""
    demo.PUBLIC_URL = live_server.url
    Store.objects.create(name="Demo Store", is_demo=True)
    plant_samples()
    complaints: list[str] = []
    contexts = []

    def open_page(path: str = "", *, width: int = 1280, chat: str | None = STAND_IN) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844}, base_url=live_server.url, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        script = {"status": 404} if chat is None else {"body": chat, "content_type": "text/javascript"}
        page.route("**/widget.js", lambda route: route.fulfill(**script))
        page.goto(f"/demo/{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


def test_adding_counts_in_the_header_and_on_the_page(visit: Visit) -> None:
    page = visit("products/1/")
    expect(page.locator("[data-cart-count]")).to_be_hidden()
    page.get_by_role("button", name="One more").click()
    page.get_by_role("button", name="Add to cart", exact=True).click()
    expect(page.locator("[data-cart-count]")).to_have_text("2")
    expect(page.get_by_role("link", name="Cart, 2 pieces")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Harbour Rain Jacket is in your cart.")).to_be_visible()
    expect(page.get_by_text("2 in your cart", exact=True)).to_be_visible()


def test_the_cart_page_changes_quantities_and_removes(visit: Visit) -> None:
    page = visit("home/mugs/")
    page.get_by_role("button", name="Add Dune Stoneware Mug to the cart").click()
    expect(page.locator("[data-cart-count]")).to_have_text("1")
    page.goto("/demo/cart/")
    line = page.get_by_role("listitem").filter(has_text="Dune Stoneware Mug")
    expect(line.locator(".sum")).to_have_text("$14.00")
    expect(page.locator("[data-delivery]")).to_have_text("$4.90")
    more = page.get_by_role("button", name="One more: Dune Stoneware Mug")
    for _ in range(3):
        more.focus()
        page.keyboard.press("Enter")
    expect(line.locator("output")).to_have_text("4")
    expect(more).to_be_focused()
    expect(page.locator("[data-delivery]")).to_have_text("Free")
    expect(page.locator("[data-total]")).to_have_text("$56.00")
    page.get_by_role("button", name="Remove Dune Stoneware Mug").click()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()


def test_what_the_chat_refuses_is_said_and_nothing_is_counted(visit: Visit) -> None:
    page = visit("products/2/")
    page.get_by_role("button", name="Add to cart", exact=True).click()
    expect(page.get_by_text("This product is not in the catalogue any more.")).to_be_visible()
    expect(page.locator("[data-cart-count]")).to_be_hidden()


def test_questions_are_sent_to_the_chat(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name="waterproof boots").click()
    page.get_by_role("button", name="Ask our assistant").click()
    assert page.evaluate("window.eaichat.sent") == ["waterproof boots"]
    assert page.evaluate("window.eaichat.opened") == 1


def test_without_the_chat_the_shop_says_what_does_not_work(visit: Visit) -> None:
    page = visit("cart/", chat=None)
    expect(page.get_by_role("heading", name="Your cart does not answer")).to_be_visible()
    page.goto("/demo/products/1/")
    page.get_by_role("button", name="Add to cart", exact=True).click()
    expect(page.get_by_text("The cart is not there yet. Try again in a moment.")).to_be_visible()


def test_the_checkout_posts_the_token_of_the_conversation(visit: Visit) -> None:
    page = visit("products/1/")
    page.get_by_role("button", name="Add to cart", exact=True).click()
    expect(page.locator("[data-cart-count]")).to_have_text("1")
    page.goto("/demo/checkout/")
    expect(page.locator("[data-total]")).to_have_text("$54.90")
    labels = ("Full name", "Email", "Street and number", "Postcode", "Town")
    for label, text in zip(labels, ("Rae Quill", "rae@example.com", "1 Quay", "CO12", "Harwich"), strict=True):
        page.get_by_label(label).fill(text)
    with page.expect_request(lambda request: request.method == "POST") as posted:
        page.get_by_role("button", name="Place the order").click()
    assert "token=token-of-the-tab" in (posted.value.post_data or "")
    expect(page.get_by_role("alert")).to_have_text(re.compile("not valid"))
    expect(page.get_by_label("Full name")).to_have_value("Rae Quill")


def test_filters_work_as_soon_as_they_are_touched(visit: Visit) -> None:
    page = visit("men/jackets/")
    page.get_by_label("Under $50").check()
    expect(page).to_have_url(re.compile("max=50"))
    expect(page.locator(".product")).to_have_count(2)
    page.get_by_label("In stock").check()
    expect(page.locator(".product")).to_have_count(1)


def test_a_filter_that_is_touched_before_the_script_is_there_works_too(visit: Visit) -> None:
    page = visit()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/shop*.js", hold)
    with page.expect_request("**/shop*.js"):
        page.goto("/demo/men/jackets/", wait_until="commit")
    page.get_by_label("Under $50").check()
    held[0].continue_()
    expect(page).to_have_url(re.compile("max=50"))
    expect(page.get_by_label("Under $50")).to_be_checked()


@pytest.mark.parametrize("width", [320, 390, 800])
def test_no_page_is_wider_than_the_screen(visit: Visit, width: int) -> None:
    page = visit(width=width)
    for path in ("", "men/", "men/jackets/", "products/1/", "cart/", "checkout/", "help/", "search/?q=mug"):
        page.goto(f"/demo/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
