"""The widget as a shopper uses it, found by role and name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True)
class Card:
    """What a product card shows."""

    product_id: str
    title: str
    price: float
    rating: float | None
    in_stock: bool
    picture: str


class Chat:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.get_by_role("dialog", name=re.compile("^Chat with"))
        self.log = self.panel.get_by_role("log", name="Conversation")
        self.box = self.panel.get_by_role("textbox", name="Message")

    def open(self) -> None:
        self.page.get_by_role("button", name=re.compile("^Open chat")).click()
        expect(self.box).to_be_focused()

    def open_again(self) -> None:
        """After a new page: a wide window shows the panel as it was, a phone shows the launcher."""
        launcher = self.page.get_by_role("button", name=re.compile("^Open chat"))
        expect(launcher.or_(self.panel)).to_be_visible()
        if not self.panel.is_visible():
            launcher.click()
        expect(self.box).to_be_visible()

    def close(self) -> None:
        self.panel.get_by_role("button", name="Close chat").click()

    def answers(self) -> Locator:
        """What the assistant said, finished messages only."""
        return self.log.locator('[data-author="assistant"]')

    def say(self, text: str) -> None:
        """Write and send; does not wait for an answer."""
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.box).to_have_value("")

    def ask(self, text: str) -> Locator:
        """Write, send, and wait for the whole answer, which is returned."""
        before = self.answers().count()
        self.say(text)
        answer = self.answers().nth(before)
        expect(answer).to_be_visible()
        expect(self.panel.get_by_role("button", name="Send")).to_be_visible()
        expect(answer.locator(".writing, .thinking")).to_have_count(0)
        return answer

    def cards(self, answer: Locator) -> list[Card]:
        return [self._card(card) for card in answer.locator("li.card").all()]

    def _card(self, card: Locator) -> Card:
        rating = card.locator(".rating")
        stars = rating.get_attribute("aria-label") if rating.count() else None
        return Card(
            product_id=card.get_attribute("data-product") or "",
            title=card.locator(".title").inner_text(),
            price=float(re.sub(r"[^\d.]", "", card.locator(".price").inner_text())),
            rating=float(stars.split()[1]) if stars else None,
            in_stock=card.locator(".stock").inner_text() == "In stock",
            picture=card.locator("img").get_attribute("src") or "",
        )

    def expect_cart_count(self, count: int) -> None:
        word = "item" if count == 1 else "items"
        expect(self.panel.get_by_role("button", name=f"Cart, {count} {word}", exact=True)).to_be_visible()

    def option(self, name: str) -> None:
        self.panel.get_by_role("button", name="More options").click()
        self.panel.get_by_role("menuitem", name=name).click()
