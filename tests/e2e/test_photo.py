"""A shopper searches with a photo, over real HTTP; staff read that there was one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from apps.accounts.tests.browser import DESKTOP, PHONE
from apps.catalog.tests.picture_server import PictureServer, encoded
from apps.catalog.tests.tiny_clip import tiny_clip
from tests.e2e.chat import Chat
from tests.e2e.people import sign_in
from tests.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("walk")]

AGENT = "agent@demo.eaichat.local"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One that has a model for pictures, and products with pictures in its demo store."""
    directory = tmp_path_factory.mktemp("photo")
    vision, text = tiny_clip(directory)
    running = Installation(directory / "var")
    running.environment |= {"IMAGE_MODEL": str(vision), "IMAGE_TEXT_MODEL": str(text)}
    pictures = PictureServer()
    pictures.files = {f"/{colour}": encoded(colour) for colour in ("red", "blue")}
    try:
        with running:
            shelf = "__import__('tests.e2e.photo_shelf', fromlist=['fill'])"
            assert running.ask(f"{shelf}.fill({pictures.port})") == []
            yield running
    finally:
        pictures.close()


def choose(chat: Chat, file: Path) -> None:
    with chat.page.expect_file_chooser() as chooser:
        chat.panel.get_by_role("button", name="Search with a photo").press("Enter")
    chooser.value.set_files(file)
    tray = chat.panel.get_by_role("group", name="Your photo")
    expect(tray).to_contain_text("The photo is only used for this search and not kept.")


@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_a_photo_finds_products_and_the_conversation_keeps_only_that_there_was_one(
    visit: Callable[..., Page],
    shoot: Callable[[Page, str], Any],
    tmp_path: Path,
    width: str,
    viewport: ViewportSize,
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(encoded("blue", kind="JPEG", size=(2400, 1800)))
    page = visit(viewport=viewport)
    page.goto("/demo/")
    chat = Chat(page)
    chat.open()

    choose(chat, photo)
    shoot(page, f"{width}-photo-chosen")
    page.keyboard.press("Enter")
    found = chat.answers().first
    expect(found).to_contain_text("One product looks like your photo:")
    assert [card.title for card in chat.cards(found)] == ["Blue Linen Cushion"]
    shoot(page, f"{width}-photo-found")

    choose(chat, photo)
    chat.box.fill("under $30")
    chat.box.press("Enter")
    limited = chat.answers().nth(1)
    expect(limited).to_contain_text("Nothing that looks like your photo is under $30.")
    assert [card.title for card in chat.cards(limited)] == ["Blue Linen Cushion"]
    chat.ask("add it to my cart")
    chat.expect_cart_count(1)

    page.reload()
    chat.open_again()
    own = chat.log.locator('[data-author="shopper"]')
    expect(own.first).to_have_text(re.compile("Photo, not kept"))
    expect(own.nth(1)).to_contain_text("under $30")
    expect(own.get_by_role("img")).to_have_count(0)
    shoot(page, f"{width}-photo-later")

    chat.say("I want to talk to a human")
    expect(chat.panel.get_by_role("button", name="Leave the queue")).to_be_visible()
    expect(chat.panel.get_by_role("button", name="Search with a photo")).to_have_count(0)
    desk = visit(viewport=viewport)
    sign_in(desk, AGENT)
    desk.goto("/admin/hitl/escalation/")
    desk.locator('a.desk-row[data-state="waiting"]').first.click()
    expect(desk.get_by_label("Messages", exact=True)).to_contain_text("The shopper sent a photo (not kept).")
    shoot(desk, f"{width}-photo-desk")
    chat.panel.get_by_role("button", name="Leave the queue").click()
    expect(chat.panel.get_by_text("AI assistant", exact=True)).to_be_visible()
