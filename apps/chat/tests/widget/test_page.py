"""The widget on the store's page, on a phone, and as a page of its own."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from apps.chat.tests.widget.conftest import HEAD, SCRIPT
from apps.chat.tests.widget.fake_chat import FakeChat
from apps.chat.tests.widget.steps import focused, log_of, say

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("widget-browser")]
PHONE: ViewportSize = {"width": 390, "height": 844}


def test_calls_before_the_script_run_once_it_is_there(page: Page) -> None:
    calls = "['on', 'ready', () => { document.title = 'ready' }], ['open']"
    page.add_init_script(f"(window.eaichat = window.eaichat || []).push({calls})")
    page.goto("/")

    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page).to_have_title("ready")


def test_the_script_on_the_page_twice_is_one_widget(page: Page, server: FakeChat) -> None:
    server.pages["/twice"] = f"{HEAD}<title>Shop</title>{SCRIPT}{SCRIPT}<body>"
    page.goto("/twice")

    expect(page.get_by_role("button", name="Open chat")).to_have_count(1)


def test_a_listener_that_fails_or_ends_disturbs_nobody(page: Page) -> None:
    page.evaluate(
        """() => {
            window.heard = [];
            addEventListener("error", event => event.preventDefault());
            eaichat.on("cart", () => { throw new Error("theirs") });
            const stop = eaichat.on("cart", cart => { window.heard.push(cart.count); if (cart.count) stop(); });
        }"""
    )
    page.evaluate("eaichat.updateCart('1', 1)")
    page.evaluate("eaichat.updateCart('1', 2)")

    assert page.evaluate("window.heard") == [0, 1]


def test_the_stores_styles_stay_outside(page: Page, server: FakeChat) -> None:
    server.pages["/loud"] = f'{HEAD}<link rel="stylesheet" href="/loud.css">{SCRIPT}<body>'
    server.pages["/loud.css"] = "body * { font-size: 40px !important; display: none !important }"
    page.goto("/loud")

    launcher = page.get_by_role("button", name="Open chat")
    expect(launcher).to_be_visible()
    launcher.click()
    title = page.get_by_role("heading", name="Corner Shop")
    expect(title).to_have_css("font-size", "16px")


@pytest.mark.parametrize(("theme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(23, 24, 28)")])
def test_a_store_with_one_look_chooses_for_its_visitors(
    page: Page, server: FakeChat, theme: str, ground: str
) -> None:
    server.pages["/themed"] = f"{HEAD}{SCRIPT.replace(' defer', f' data-theme={theme} data-open defer')}<body>"
    page.emulate_media(color_scheme="dark" if theme == "light" else "light")
    page.goto("/themed")

    expect(page.get_by_role("dialog")).to_have_css("background-color", ground)


def test_keys_typed_into_the_chat_are_not_the_stores_shortcuts(chat: Page) -> None:
    chat.evaluate("window.keys = 0; addEventListener('keydown', () => { window.keys += 1 })")
    chat.get_by_role("textbox", name="Message").press_sequentially("abc")

    assert chat.evaluate("window.keys") == 0


def test_on_a_phone_the_panel_fills_the_screen_and_keeps_the_focus(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Open chat").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_attribute("aria-modal", "true")
    box = dialog.bounding_box()
    assert box == {"x": 0, "y": 0, **PHONE}

    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.add(focused(page))
    assert "BODY" not in seen
    assert {"Message", "Close chat", "More options", "Conversation"} <= seen


@pytest.mark.parametrize("width", [320, 390, 768])
def test_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    page.goto("/chat")
    say(page, "a jacket")
    expect(page.get_by_role("button", name="Cheaper")).to_be_visible()
    say(page, "where is my order " + "x" * 300)
    expect(log_of(page).get_by_role("region", name="Order 1001")).to_be_visible()

    overflow = log_of(page).evaluate("log => log.scrollWidth - log.clientWidth")
    assert overflow <= 0


def test_the_full_page_is_the_same_chat_without_a_door(page: Page) -> None:
    page.goto("/chat")
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_role("button", name="Close chat")).to_have_count(0)

    say(page, "a mug")

    expect(page.get_by_role("link", name="Enamel Camp Mug")).to_have_attribute("target", "_blank")
    page.keyboard.press("Escape")
    expect(page.get_by_role("main")).to_be_visible()


def test_the_shopper_chooses_who_answers_when_there_is_a_choice(page: Page, server: FakeChat) -> None:
    server.llm_available = True
    page.get_by_role("button", name="Open chat").click()
    page.get_by_role("button", name="More options").click()
    expect(page.get_by_role("menuitemradio", name="Quick answers")).to_be_checked()

    page.get_by_role("menuitemradio", name="AI model").click()

    page.get_by_role("button", name="More options").click()
    expect(page.get_by_role("menuitemradio", name="AI model")).to_be_checked()
