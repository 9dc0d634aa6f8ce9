"""The walk: a shopper finds, buys, asks; a person takes over and hands back. In real Chromium, wide and narrow."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from apps.accounts.tests.browser import DESKTOP, PHONE
from tests.e2e.chat import Card, Chat
from tests.e2e.people import sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("walk")]

JACKET = "a warm jacket for men under 60 dollars"
AGENT = ("agent@demo.eaichat.local", "Sam Rivera")
Visit = Callable[..., Page]
Shoot = Callable[[Page, str], Any]


def expect_card_equals_record(card: Card, record: dict[str, Any]) -> None:
    assert card == Card(
        product_id=record["product_id"],
        title=record["title"],
        price=record["price"],
        rating=record["rating"],
        in_stock=record["in_stock"],
        picture=record["image_url"],
    )


@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_a_shopper_finds_a_jacket_buys_it_and_follows_the_order(
    visit: Visit, shoot: Shoot, records: dict[str, dict[str, Any]], width: str, viewport: ViewportSize
) -> None:
    page = visit(viewport=viewport)
    page.goto("/")
    page.get_by_role("link", name=re.compile("Storefront")).click()
    expect(page).to_have_url(re.compile("/demo/$"))
    shoot(page, f"{width}-storefront")
    chat = Chat(page)
    chat.open()
    shoot(page, f"{width}-chat-empty")

    answer = chat.ask(JACKET)
    cards = chat.cards(answer)
    assert len(cards) >= 3, answer.inner_text()
    for card in cards:
        expect_card_equals_record(card, records[card.product_id])
        assert card.price < 60
        assert records[card.product_id]["category"] == "Men > Jackets"
    expect(answer.locator("li.card img").first).to_have_js_property("complete", True)
    assert answer.locator("li.card img").first.evaluate("image => image.naturalWidth") > 0
    shoot(page, f"{width}-jackets")

    second = cards[1]
    chat.ask("add the second one to my cart")
    chat.expect_cart_count(1)
    shoot(page, f"{width}-added")
    stepper = answer.locator(f'li.card[data-product="{second.product_id}"]').get_by_role(
        "group", name=second.title
    )
    expect(stepper.get_by_role("status")).to_have_text("1")
    stepper.get_by_role("button", name=f"One more: {second.title}").click()
    chat.expect_cart_count(2)

    chat.close()
    expect(page.get_by_role("link", name="Cart, 2 pieces")).to_be_visible()
    page.goto("/demo/cart/")
    line = page.get_by_role("listitem").filter(has_text=second.title)
    expect(line.locator("output")).to_have_text("2")
    shoot(page, f"{width}-cart")
    line.get_by_role("button", name=f"Remove {second.title}").click()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()

    page.goto(f"/demo/products/{second.product_id}/")
    page.get_by_role("button", name="Add to cart", exact=True).first.click()
    expect(page.get_by_role("link", name="Cart, 1 piece", exact=True)).to_be_visible()
    page.goto("/demo/checkout/")
    email = f"{width}@example.com"
    address = {
        "Full name": "Ada",
        "Email": email,
        "Street and number": "1 Lane",
        "Postcode": "123",
        "Town": "Hull",
    }
    for label, value in address.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("heading", name="Thank you, Ada")).to_be_visible()
    number = page.locator(".lead b").first.inner_text()
    shoot(page, f"{width}-ordered")

    chat.open()
    asked = chat.ask("where is my order?")
    expect(asked).to_contain_text(re.compile("number", re.IGNORECASE))
    asked = chat.ask(number)
    expect(asked).to_contain_text(re.compile("e-?mail", re.IGNORECASE))
    refused = chat.ask("somebody.else@example.com")
    expect(refused.locator(".order")).to_have_count(0)
    found = chat.ask(email)
    expect(found.locator(".order")).to_contain_text(second.title)
    shoot(page, f"{width}-order")

    nonsense = chat.ask("do you sell helicopters")
    expect(nonsense).to_contain_text(re.compile("don.t carry", re.IGNORECASE))
    assert chat.cards(nonsense) == []

    lines = chat.log.locator("[data-author]").count()
    page.reload()
    chat.open_again()
    expect(chat.log.locator("[data-author]")).to_have_count(lines)
    chat.option("New conversation")
    expect(chat.log.locator('[data-author="shopper"]')).to_have_count(0)
    page.reload()
    chat.open_again()
    expect(chat.log.locator('[data-author="shopper"]')).to_have_count(0)


@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_with_nobody_at_the_desk_the_shopper_is_told_and_may_leave(
    visit: Visit, shoot: Shoot, width: str, viewport: ViewportSize
) -> None:
    page = visit(viewport=viewport)
    page.goto("/demo/")
    chat = Chat(page)
    chat.open()
    chat.say("I want to talk to a human")
    expect(chat.panel.get_by_text("Nobody is online right now")).to_be_visible()
    shoot(page, f"{width}-queue")
    chat.panel.get_by_role("button", name="Leave the queue").click()
    expect(chat.panel.get_by_text("AI assistant", exact=True)).to_be_visible()
    expect(chat.ask("a red mug")).to_be_visible()


@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_a_person_takes_over_and_hands_back(
    visit: Visit, shoot: Shoot, records: dict[str, dict[str, Any]], width: str, viewport: ViewportSize
) -> None:
    page = visit(viewport=viewport)
    page.goto("/demo/")
    chat = Chat(page)
    chat.open()
    chat.ask(JACKET)

    desk = visit(viewport=viewport)
    sign_in(desk, AGENT[0])
    desk.goto("/admin/hitl/escalation/")
    expect(desk.get_by_role("heading", name="Nobody waits")).to_be_visible()
    expect(desk.locator(".desk-online")).to_contain_text(AGENT[1])
    chat.say("I want to talk to a human")
    row = desk.locator('a.desk-row[data-state="waiting"]')
    expect(row).to_be_visible(timeout=5_000)  # by itself: nothing reloads the page
    expect(chat.panel.get_by_text("You are next")).to_be_visible()
    shoot(desk, f"{width}-desk-queue")
    row.click()
    desk.wait_for_url(re.compile("/change/$"))  # with its script: Enter sends
    expect(desk.get_by_label("Messages", exact=True)).to_contain_text(JACKET)
    desk.get_by_role("button", name="Take over").click()
    box = desk.get_by_role("textbox", name="Your message")
    expect(box).to_be_visible()
    expect(chat.panel.get_by_text(f"{AGENT[1]} is answering")).to_be_visible()

    named = records["4"]
    answers = chat.answers().count()
    box.fill(f"Hello, this is {AGENT[1]}. Take the {named['title']}, it is the warmest of them.")
    box.press("Enter")
    said = chat.log.locator('[data-author="agent"]').first
    expect(said).to_contain_text(named["title"])
    expect(said).to_contain_text(AGENT[1])
    chat.say("sounds good, thanks")
    expect(desk.get_by_label("Messages", exact=True)).to_contain_text("sounds good, thanks")
    assert chat.answers().count() == answers, "the assistant must be silent while a person answers"
    shoot(desk, f"{width}-desk-talk")
    shoot(page, f"{width}-agent")

    desk.get_by_role("button", name="Hand back").click()
    expect(chat.panel.get_by_text("AI assistant", exact=True)).to_be_visible()
    chat.ask("add that one")
    chat.expect_cart_count(1)
    chat.panel.get_by_role("button", name="Cart, 1 item", exact=True).click()
    expect(chat.panel.get_by_role("region", name="Your cart")).to_contain_text(named["title"])
    shoot(page, f"{width}-handed-back")
