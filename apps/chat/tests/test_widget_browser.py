"""The widget in a real browser, talking to the fake chat server over a real socket.

The server sends a strict Content-Security-Policy with Trusted Types, and checks every frame against the models.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect, sync_playwright

from apps.chat import events, parts
from apps.chat.tests.fake_chat import STORE, WIDGET, FakeChat, running

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("widget-browser")]

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
SCRIPT = f'<script src="/widget.js" data-store="{STORE}" defer></script>'
MAYA = events.Author(kind="agent", name="Maya Torres")


def _missing(what: str) -> NoReturn:
    """A missing part is a failure where everything must be there, and a skip with its reason elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        _missing("no Chromium on this machine: apt-get install chromium")
    if not WIDGET.exists():
        _missing("the widget is not built: npm ci && npm run build in widget/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server() -> Iterator[FakeChat]:
    with running() as fake:
        fake.pages = {
            "/": f"{HEAD}<title>Shop</title>{SCRIPT}<body><h1>Shop</h1><button>Buy</button>",
            "/products/1": f"{HEAD}<title>Jacket</title>{SCRIPT}<body><h1>Jacket</h1>",
            "/chat": f"{HEAD}<title>Chat</title>{SCRIPT.replace(' defer', ' data-mode=page defer')}<body>",
        }
        yield fake
        assert fake.broken == []


@pytest.fixture
def context(browser: Browser, server: FakeChat) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP, locale="en-US", base_url=server.url, reduced_motion="reduce")
    context.set_default_timeout(8_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto("/")
    yield page
    assert problems == []


@pytest.fixture
def chat(page: Page) -> Page:
    """The store's page with the panel open."""
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_role("dialog", name="Chat with Corner Shop")).to_be_visible()
    return page


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.keyboard.press("Enter")


def log_of(page: Page) -> Locator:
    return page.get_by_role("log", name="Conversation")


def focused(page: Page) -> str:
    """The accessible name, or the text, of what has the focus inside the widget."""
    script = """() => {
        const host = document.querySelector("eaichat-widget");
        const active = host.shadowRoot.activeElement;
        return active ? active.getAttribute("aria-label") ?? active.textContent : document.activeElement.tagName;
    }"""
    return str(page.evaluate(script))


# --- opening and closing ---
def test_the_keyboard_opens_writes_and_closes_and_the_focus_returns(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(page) == "Open chat"

    page.keyboard.press("Enter")
    assert focused(page) == "Message"
    page.keyboard.type("two")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("lines")
    page.keyboard.press("Enter")
    expect(log_of(page)).to_contain_text("two\nlines")

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert focused(page) == "Open chat"


def test_a_mere_visit_makes_no_conversation(page: Page, server: FakeChat) -> None:
    expect(page.get_by_role("button", name="Open chat")).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert server.received == []
    assert page.evaluate("eaichat.token()") is None


def test_a_suggestion_starts_the_conversation(chat: Page) -> None:
    expect(chat.get_by_role("heading", name="Hi! What are you looking for today?")).to_be_visible()

    chat.get_by_role("button", name="A warm jacket under $60").click()

    expect(chat.get_by_role("list", name="Products: 5 products")).to_be_visible()
    expect(chat.get_by_role("heading", name="Hi! What are you looking for today?")).to_be_hidden()


def test_the_open_panel_and_the_conversation_outlive_the_page(chat: Page, server: FakeChat) -> None:
    say(chat, "a jacket")
    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()

    chat.goto("/products/1")

    expect(chat.get_by_role("dialog")).to_be_visible()
    expect(log_of(chat)).to_contain_text("a jacket")
    expect(log_of(chat).get_by_role("listitem").filter(has_text="Harbour Rain Jacket")).to_be_visible()
    assert len(server.sessions) == 1


def test_what_comes_while_the_panel_is_closed_is_counted(chat: Page, server: FakeChat) -> None:
    say(chat, "hello")
    expect(log_of(chat).get_by_text("just now")).to_be_visible()
    chat.keyboard.press("Escape")

    server.push_message(MAYA, parts.TextPart(text="Are you still there?"))

    launcher = chat.get_by_role("button", name="Open chat, 1 new message")
    expect(launcher).to_be_visible()
    launcher.click()
    chat.keyboard.press("Escape")
    expect(chat.get_by_role("button", name="Open chat", exact=True)).to_be_visible()


# --- answers ---
def test_an_answer_streams_says_what_it_does_and_ends_with_cards(chat: Page, server: FakeChat) -> None:
    say(chat, "search jackets")
    expect(log_of(chat)).to_contain_text("Searching the products…")
    expect(chat.get_by_role("button", name="Stop answering")).to_be_visible()
    server.gate.set()

    expect(log_of(chat)).to_contain_text("Here are five jackets")
    cards = chat.get_by_role("list", name="Products: 5 products").get_by_role("listitem")
    expect(cards).to_have_count(5)
    parka = cards.nth(1)
    for words in ("Fjord Insulated Parka with Hood", "$54.90", "In stock", "Tind"):
        expect(parka).to_contain_text(words)
    expect(parka.get_by_role("img", name="Rated 4.6 of 5 by 128")).to_be_visible()
    expect(cards.nth(3).get_by_role("button", name="Out of stock: Summit Down Jacket")).to_be_disabled()
    assert parka.locator("img").evaluate("image => image.naturalWidth") > 0
    expect(chat.get_by_role("list", name="Searched for")).to_contain_text("under $60")


def test_markdown_is_shown_and_markup_is_only_text(chat: Page, server: FakeChat) -> None:
    say(chat, "unknown thing")
    link = log_of(chat).get_by_role("link", name="our page")
    expect(link).to_have_attribute("href", f"{server.url}/products")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(log_of(chat).get_by_role("listitem")).to_have_count(2)

    evil = "<img src=x onerror=\"document.title='owned'\"> [x](javascript:alert(1))"
    server.push_message(MAYA, parts.TextPart(text=evil))

    expect(log_of(chat)).to_contain_text("<img src=x")
    expect(log_of(chat).get_by_role("link", name="x", exact=True)).to_have_count(0)
    assert chat.title() == "Shop"


def test_an_answer_can_be_stopped_and_asked_for_again(chat: Page, server: FakeChat) -> None:
    say(chat, "slow")
    expect(log_of(chat)).to_contain_text("for its weight.")

    chat.get_by_role("button", name="Stop answering").click()

    expect(log_of(chat)).to_contain_text("This answer was not finished.")
    assert focused(chat) == "Message"
    expect(chat.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    chat.get_by_role("button", name="Try again").click()
    expect(chat.get_by_role("list", name="Products: 5 products")).to_be_visible()
    expect(chat.get_by_role("button", name="Try again")).to_have_count(0)
    assert server.frames(events.MessageRetry) == [events.MessageRetry(type="message.retry", turn="s1-t1")]


def test_a_withdrawn_answer_disappears(chat: Page, server: FakeChat) -> None:
    say(chat, "slow")
    expect(log_of(chat)).to_contain_text("for its weight.")

    server.push(events.TurnEnd(turn="s1-t1", state="discarded"))

    expect(log_of(chat)).not_to_contain_text("for its weight.")


def test_a_new_answer_is_read_out_once_and_as_a_whole(chat: Page) -> None:
    chat.evaluate(
        """() => {
            const { shadowRoot } = document.querySelector("eaichat-widget");
            const region = shadowRoot.querySelector("[aria-live=polite].hidden");
            window.spoken = [];
            new MutationObserver(() => region.textContent && window.spoken.push(region.textContent))
                .observe(region, {childList: true, characterData: true, subtree: true});
        }"""
    )
    say(chat, "a jacket")
    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()

    chat.wait_for_function("window.spoken.length > 0")
    spoken = chat.evaluate("window.spoken")
    assert len(spoken) == 1
    assert spoken[0].startswith("Assistant: Here are")
    assert spoken[0].endswith("5 products")


# --- the cart ---
def test_cards_cart_and_page_agree_about_what_is_in_the_cart(chat: Page) -> None:
    chat.evaluate("addEventListener('eaichat:cart', event => { window.counted = event.detail.count })")
    say(chat, "a jacket")
    chat.get_by_role("button", name="Add to cart: Harbour Rain Jacket").click()

    more = chat.get_by_role("button", name="One more: Harbour Rain Jacket")
    expect(more).to_be_focused()
    more.click()
    expect(chat.get_by_role("button", name="Cart, 2 items")).to_be_visible()
    chat.wait_for_function("window.counted === 2")
    assert chat.evaluate("eaichat.cart().total") == 118

    chat.get_by_role("button", name="Cart, 2 items").click()
    cart = chat.get_by_role("region", name="Your cart")
    expect(cart).to_contain_text("$118.00")
    expect(cart.get_by_role("link", name="Go to checkout")).to_have_attribute(
        "href", re.compile(r"^http://127\.0\.0\.1:\d+/checkout/$")
    )
    cart.get_by_role("button", name="One fewer: Harbour Rain Jacket").click()
    expect(cart).to_contain_text("$59.00")
    cart.get_by_role("button", name="Remove Harbour Rain Jacket").click()
    expect(cart.get_by_text("Your cart is empty")).to_be_visible()
    assert focused(chat) == "Back to the chat"

    chat.keyboard.press("Escape")
    expect(cart).to_be_hidden()
    assert focused(chat) == "Cart, 0 items"
    expect(chat.get_by_role("button", name="Add to cart: Harbour Rain Jacket")).to_be_visible()


def test_the_assistants_cart_shows_what_it_holds_now(chat: Page) -> None:
    say(chat, "a jacket")
    say(chat, "the second one")
    summary = log_of(chat).get_by_role("region", name="Cart")
    expect(summary).to_contain_text("1 item")

    chat.evaluate("eaichat.updateCart('9', 2)")

    expect(summary).to_contain_text("3 items")
    expect(summary).to_contain_text("Enamel Camp Mug")


def test_a_change_of_the_cart_that_fails_says_so(page: Page) -> None:
    page.evaluate("eaichat.open()")
    code = page.evaluate("eaichat.updateCart('gone', 1).catch(error => error.code)")

    assert code == "unknown_product"


# --- orders, people ---
def test_an_order_is_shown_with_its_state(chat: Page) -> None:
    say(chat, "where is my order?")

    order = log_of(chat).get_by_role("region", name="Order 1001")
    for words in ("shipped", "Nov 18, 2026", "1Z 999 AA1", "$73.90", "Harbour Rain Jacket"):
        expect(order).to_contain_text(words)


def test_a_person_is_asked_for_waited_for_and_not_waited_for(chat: Page, server: FakeChat) -> None:
    chat.get_by_role("button", name="More options").press("Enter")
    assert focused(chat) == "New conversation"
    chat.keyboard.press("ArrowDown")
    chat.keyboard.press("Enter")
    expect(chat.get_by_text("You are number 2 in the queue.")).to_be_visible()

    server.set_owner("queue", position=1, online=True)
    expect(chat.get_by_text("You are next.")).to_be_visible()
    server.set_owner("queue", position=1, online=False)
    expect(chat.get_by_text("Nobody is online right now.")).to_be_visible()

    chat.get_by_role("button", name="Leave the queue").click()
    expect(chat.get_by_role("button", name="Leave the queue")).to_be_hidden()
    assert server.frames(events.HandoffLeave) != []


def test_a_person_has_a_name_and_is_seen_typing(chat: Page, server: FakeChat) -> None:
    say(chat, "hello")
    expect(log_of(chat)).to_contain_text("We don't carry that")
    server.set_owner("agent", agent="Maya Torres")
    server.push_message(
        events.Author(kind="system"), parts.NoticePart(code="agent_joined", text="Maya Torres joined")
    )
    server.push(events.AgentTyping(agent="Maya Torres"))

    expect(chat.get_by_text("Maya Torres is answering")).to_be_visible()
    expect(log_of(chat)).to_contain_text("Maya Torres joined")
    expect(log_of(chat)).to_contain_text("Maya Torres is typing…")
    server.push_message(MAYA, parts.TextPart(text="I can help."))
    expect(log_of(chat)).to_contain_text("I can help.")
    expect(chat.get_by_text("Maya Torres is typing…")).to_be_hidden()

    say(chat, "thanks")
    expect(log_of(chat)).to_contain_text("thanks")
    expect(chat.get_by_role("button", name="Stop answering")).to_be_hidden()
    assert server.hears(events.Typing)


# --- the connection ---
def test_what_is_written_without_a_connection_is_sent_when_it_is_back(chat: Page, server: FakeChat) -> None:
    say(chat, "a jacket")
    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()
    server.go_down()
    expect(chat.get_by_text("No connection. Your messages are kept.")).to_be_visible()

    say(chat, "and the second one")
    expect(log_of(chat)).to_contain_text("Waits for the connection")
    server.come_up()
    chat.get_by_role("button", name="Try now").click()

    expect(log_of(chat)).to_contain_text("The Fjord Insulated Parka with Hood is in your cart.")
    expect(chat.get_by_text("Waits for the connection")).to_be_hidden()
    expect(log_of(chat).get_by_text("and the second one")).to_have_count(1)
    hello = server.frames(events.Hello)[-1]
    assert isinstance(hello, events.Hello)
    assert (hello.token, hello.after) == ("s1.1", 2)


def test_a_message_that_the_server_refuses_keeps_its_text(chat: Page) -> None:
    say(chat, "refuse this")

    expect(log_of(chat)).to_contain_text("Not sent. Too many messages at once.")
    expect(log_of(chat)).to_contain_text("refuse this")
    expect(log_of(chat).get_by_role("button", name="Try again")).to_be_visible()


def test_a_message_that_is_too_long_cannot_be_sent(chat: Page) -> None:
    chat.get_by_role("textbox", name="Message").fill("x" * 4003)

    expect(chat.get_by_text("3 characters too many")).to_be_visible()
    expect(chat.get_by_role("button", name="Send", exact=True)).to_be_disabled()


def test_a_new_conversation_is_empty_and_can_be_undone(chat: Page, server: FakeChat) -> None:
    say(chat, "a jacket")
    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()
    chat.get_by_role("button", name="More options").click()
    chat.get_by_role("menuitem", name="New conversation").click()
    expect(chat.get_by_role("heading", name="Hi! What are you looking for today?")).to_be_visible()

    chat.get_by_role("button", name="Undo").click()

    expect(log_of(chat)).to_contain_text("a jacket")
    assert len(server.sessions) == 2


def test_two_tabs_show_the_same_conversation(chat: Page, context: BrowserContext, server: FakeChat) -> None:
    say(chat, "a jacket")
    expect(chat.get_by_role("button", name="Cheaper")).to_be_visible()
    other = context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Open chat").click()
    expect(log_of(other)).to_contain_text("a jacket")

    chat.get_by_role("button", name="More options").click()
    chat.get_by_role("menuitem", name="New conversation").click()

    expect(other.get_by_role("heading", name="Hi! What are you looking for today?")).to_be_visible()
    say(other, "a mug")
    expect(log_of(chat).get_by_role("link", name="Enamel Camp Mug")).to_be_visible()
    hellos = server.frames(events.Hello)
    assert len(hellos) == 3  # each tab's first, and the one that followed: newly signed tokens make nobody move


# --- the page around it ---
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
