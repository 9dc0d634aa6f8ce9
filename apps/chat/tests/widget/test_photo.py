"""Searching with a photo: choosing, dropping or pasting it, the words beside it, and how it fails."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Request, Route, expect

from apps.accounts.tests.browser import CONTRAST, PHONE
from apps.chat import events
from apps.chat.tests.widget.fake_chat import FakeChat
from apps.chat.tests.widget.steps import focused, log_of

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("widget-browser")]

USE = "Find products that look like this. The photo is only used for this search and not kept."
_DROPPED = """([panel, name, kind, pixels]) => {
  const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "photo", {type: kind}));
  const given = name === "paste" ? {clipboardData: data} : {dataTransfer: data};
  const made = name === "paste" ? new ClipboardEvent(name, {...given, bubbles: true, cancelable: true})
    : new DragEvent(name, {...given, bubbles: true, cancelable: true});
  panel.dispatchEvent(made);
}"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Three megapixels from a telephone, lying on its side, that say where and with what they were taken."""
    picture = Image.new("RGB", (2000, 1500), (40, 90, 160))
    exif = Image.Exif()
    exif[0x0110] = "Telephone 9"
    exif[0x0112] = 6  # to be turned upright
    picture.save(tmp_path / "photo.jpg", exif=exif)
    return tmp_path / "photo.jpg"


@pytest.fixture
def uploads(page: Page) -> list[Request]:
    """The photos that were uploaded; the server finds something with each, unless the test says otherwise."""
    seen: list[Request] = []

    def found(route: Route) -> None:
        seen.append(route.request)
        route.fulfill(json={"photo": f"note {len(seen)}"})

    page.route("**/photo?*", found)
    return seen


@pytest.fixture
def chat(server: FakeChat, page: Page, uploads: list[Request]) -> Page:
    """The panel, open, of a store that can be searched by photo."""
    server.photos = True
    page.reload()
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_role("button", name="Search with a photo")).to_be_visible()
    return page


def choose(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Search with a photo").click()
    chooser.value.set_files(file)


def tray(page: Page) -> Locator:
    return page.get_by_role("group", name="Your photo")


def sent(server: FakeChat) -> list[events.MessageSend]:
    return [frame for frame in server.received if isinstance(frame, events.MessageSend)]


def refusing(status: int, **answer: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, body=json.dumps(answer))


def test_a_photo_is_shown_then_searched_and_answered_with_cards(
    chat: Page, server: FakeChat, photo: Path, uploads: list[Request]
) -> None:
    choose(chat, photo)
    expect(tray(chat)).to_contain_text(USE)
    expect(tray(chat).locator("canvas")).to_be_visible()
    assert focused(chat) == "Message"

    chat.keyboard.type("under $50")
    chat.keyboard.press("Enter")

    expect(chat.get_by_role("list", name="Products: 5 products")).to_be_visible()
    expect(tray(chat)).to_be_hidden()
    own = log_of(chat).locator('[data-author="shopper"]')
    expect(own.get_by_role("img", name="Your photo")).to_be_visible()
    expect(own).to_contain_text("Photo, not kept")
    expect(own).to_contain_text("under $50")
    assert parse_qs(urlsplit(uploads[0].url).query) == {"q": ["under $50"]}
    assert [(frame.text, frame.photo) for frame in sent(server)] == [("under $50", "note 1")]


def test_what_leaves_the_page_is_small_upright_and_says_nothing_but_its_pixels(
    chat: Page, photo: Path, uploads: list[Request], tmp_path: Path
) -> None:
    choose(chat, photo)
    expect(tray(chat)).to_contain_text(USE)
    chat.get_by_role("button", name="Send").click()
    expect(chat.get_by_role("list", name="Products: 5 products")).to_be_visible()

    body = uploads[0].post_data_buffer
    assert body is not None
    (tmp_path / "uploaded.jpg").write_bytes(body)
    with Image.open(tmp_path / "uploaded.jpg") as uploaded:
        assert (uploaded.format, uploaded.size) == ("JPEG", (768, 1024))
        assert not uploaded.getexif()
    assert b"Telephone" not in body


def test_a_new_page_has_the_words_but_not_the_picture(chat: Page, photo: Path) -> None:
    choose(chat, photo)
    chat.get_by_role("button", name="Send").click()
    expect(chat.get_by_role("list", name="Products: 5 products")).to_be_visible()

    chat.goto("/products/1")

    own = log_of(chat).locator('[data-author="shopper"]')
    expect(own).to_contain_text("Photo, not kept")
    expect(own.get_by_role("img")).to_have_count(0)
    saved = chat.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
    assert "data:image" not in saved


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_may_be_dropped_or_pasted(chat: Page, photo: Path, way: str) -> None:
    target = chat.get_by_role("textbox", name="Message")
    pixels = base64.b64encode(photo.read_bytes()).decode()
    chat.evaluate(_DROPPED, [target.element_handle(), way, "image/jpeg", pixels])
    expect(tray(chat)).to_contain_text(USE)


def test_a_photo_is_taken_away_again_also_while_it_is_looked_at(chat: Page, server: FakeChat, photo: Path) -> None:
    choose(chat, photo)
    tray(chat).get_by_role("button", name="Remove the photo").press("Enter")
    expect(tray(chat)).to_be_hidden()
    assert focused(chat) == "Search with a photo"

    chat.route("**/photo?*", lambda route: None)  # it is never answered
    choose(chat, photo)
    chat.get_by_role("button", name="Send").click()
    expect(tray(chat)).to_contain_text("Looking for products like this")
    expect(chat.get_by_role("button", name="Send")).to_be_disabled()
    tray(chat).get_by_role("button", name="Remove the photo").click()
    expect(tray(chat)).to_be_hidden()
    chat.get_by_role("textbox", name="Message").fill("a mug instead")
    chat.keyboard.press("Enter")
    expect(log_of(chat)).to_contain_text("One mug fits.")
    assert [frame.photo for frame in sent(server)] == [None]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (refusing(429, code="rate_limited", text="Too many photos at once. Try again in 9 seconds."), "Too many"),
        (refusing(502), "The photo could not be searched"),
        (lambda route: route.abort(), "Check your connection"),
    ],
    ids=["too many", "broken", "offline"],
)
def test_what_went_wrong_is_said_and_photo_and_words_stay_for_another_try(
    chat: Page, server: FakeChat, photo: Path, answer: Callable[[Route], Any], text: str
) -> None:
    chat.route("**/photo?*", answer)
    choose(chat, photo)
    expect(tray(chat)).to_contain_text(USE)
    chat.get_by_role("textbox", name="Message").fill("in blue")
    chat.keyboard.press("Enter")
    expect(tray(chat).get_by_role("status")).to_contain_text(text)
    expect(chat.get_by_role("textbox", name="Message")).to_have_value("in blue")
    assert sent(server) == []

    chat.unroute("**/photo?*", answer)
    chat.keyboard.press("Enter")
    expect(chat.get_by_role("list", name="Products: 5 products")).to_be_visible()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (refusing(400, code="bad_image", text="This picture cannot be used: it is damaged."), "it is damaged"),
        (refusing(404, code="no_image_model", text="This shop cannot be searched by picture."), "by picture"),
        (refusing(409, code="with_person", text="This chat is with a person now."), "with a person now"),
        (refusing(413), "This picture is too big"),
    ],
    ids=["damaged", "no model", "a person", "too big"],
)
def test_a_photo_that_no_other_try_would_help_is_dropped_and_the_words_can_be_sent(
    chat: Page, server: FakeChat, photo: Path, answer: Callable[[Route], Any], text: str
) -> None:
    chat.route("**/photo?*", answer)
    choose(chat, photo)
    expect(tray(chat)).to_contain_text(USE)
    chat.get_by_role("textbox", name="Message").fill("a mug in blue")
    chat.keyboard.press("Enter")
    expect(chat.get_by_role("status").filter(has_text=text)).to_be_visible()
    expect(tray(chat)).to_be_hidden()
    expect(chat.get_by_role("textbox", name="Message")).to_have_value("a mug in blue")

    chat.keyboard.press("Enter")
    expect(log_of(chat)).to_contain_text("One mug fits.")
    assert [(frame.text, frame.photo) for frame in sent(server)] == [("a mug in blue", None)]


def test_a_person_who_takes_over_gets_the_words_without_the_photo(
    chat: Page, server: FakeChat, photo: Path, uploads: list[Request]
) -> None:
    choose(chat, photo)
    expect(tray(chat)).to_contain_text(USE)
    chat.get_by_role("textbox", name="Message").fill("in blue")
    server.set_owner("agent", agent="Maya Torres")
    notice = chat.get_by_role("status").filter(has_text="Photos are only searched while the assistant answers.")
    expect(notice).to_be_visible()
    expect(tray(chat)).to_be_hidden()

    chat.get_by_role("textbox", name="Message").press("Enter")
    expect(log_of(chat).locator('[data-author="shopper"]')).to_contain_text("in blue")
    assert server.hears(events.MessageSend)
    assert [(frame.text, frame.photo) for frame in sent(server)] == [("in blue", None)]
    assert uploads == []


def test_what_a_photo_found_too_long_ago_is_not_offered_to_be_sent_again(chat: Page, photo: Path) -> None:
    choose(chat, photo)
    expect(tray(chat)).to_contain_text(USE)
    chat.get_by_role("textbox", name="Message").fill("too late")
    chat.keyboard.press("Enter")
    expect(log_of(chat)).to_contain_text("Not sent. The photo is not here any more.")
    expect(log_of(chat).get_by_role("button", name="Try again")).to_have_count(0)


def test_a_file_that_is_no_picture_is_refused_at_once(chat: Page, tmp_path: Path, uploads: list[Request]) -> None:
    (tmp_path / "letter.jpg").write_text("Dear shop")
    choose(chat, tmp_path / "letter.jpg")
    expect(tray(chat)).to_contain_text("This file is no picture that can be read.")
    expect(tray(chat).locator("canvas")).to_have_count(0)
    expect(chat.get_by_role("button", name="Send")).to_be_disabled()
    assert uploads == []


def test_where_photos_find_nothing_none_is_asked_for(page: Page) -> None:
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    expect(page.get_by_role("button", name="Search with a photo")).to_have_count(0)


def test_while_a_person_answers_no_photo_is_asked_for(chat: Page, server: FakeChat, photo: Path) -> None:
    chat.get_by_role("textbox", name="Message").fill("hello")
    chat.keyboard.press("Enter")
    server.set_owner("agent", agent="Maya Torres")
    expect(chat.get_by_role("button", name="Search with a photo")).to_have_count(0)
    server.set_owner("assistant")
    expect(chat.get_by_role("button", name="Search with a photo")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_tray_is_readable_and_its_buttons_are_large_enough_for_a_thumb(
    chat: Page, photo: Path, theme: str
) -> None:
    chat.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    chat.set_viewport_size(PHONE)
    choose(chat, photo)
    expect(tray(chat)).to_contain_text(USE)
    for name in ("Search with a photo", "Remove the photo", "Send"):
        box = chat.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 32, name
    assert tray(chat).evaluate("tray => tray.scrollWidth - tray.clientWidth") <= 0
    assert tray(chat).evaluate(f"tray => ({CONTRAST.replace('document.body', 'tray')})()")["ratio"] >= 4.5
