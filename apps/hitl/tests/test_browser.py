"""The desk in a real browser, over a real server: live, by keyboard, on a phone, after a loss."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, WebSocketRoute, expect

from apps.accounts import live
from apps.accounts.models import Store, User
from apps.chat import nudge
from apps.chat.models import Message
from apps.hitl import services
from apps.hitl.models import Escalation
from apps.hitl.reminders import remind_if_due
from apps.hitl.tests.conftest import Waiting, say
from apps.hitl.tests.server import running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("desk-browser"),
    # WhiteNoise serves files from a plain iterator also under ASGI, and Django says so for each.
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]

DESKTOP: ViewportSize = {"width": 1360, "height": 820}
PHONE: ViewportSize = {"width": 390, "height": 800}
CUT = "Failed to load resource: net::ERR_FAILED"  # the browser's word on a request that a test cuts
QUEUE = "/admin/hitl/escalation/"
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Opens a page as a person; any complaint of the browser fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(path: str, person: User, viewport: ViewportSize = DESKTOP) -> Page:
        client = Client()
        client.force_login(person)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        context = browser.new_context(viewport=viewport, base_url=address, reduced_motion="reduce")
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": address}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        with page.expect_websocket() as opened:
            page.goto(path)
        opened.value.wait_for_event("framereceived")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in complaints if text != CUT] == []


def _address(escalation: Escalation) -> str:
    return f"{QUEUE}{escalation.pk}/change/"


def test_the_queue_updates_without_reloading(visit: Visit, store: Store, agent: User, waiting: Waiting) -> None:
    page = visit(QUEUE, agent)
    expect(page.get_by_role("heading", name="Nobody waits")).to_be_visible()
    expect(page.get_by_text("At the desk: Agent")).to_be_visible()
    page.evaluate("window.stillTheSamePage = true")

    first = waiting(store, reason="Wants a refund")
    row = page.get_by_role("link", name=re.compile("Wants a refund"))
    expect(row).to_be_visible()
    expect(row).to_contain_text("Next")
    expect(page).to_have_title(re.compile(r"^\(1\) Escalation queue"))
    expect(page.locator("[data-desk-badge]")).to_have_text(re.compile("1"))

    row.focus()
    waiting(store, reason="Is second")
    expect(page.get_by_text("No. 2 in the queue")).to_be_visible()
    expect(row).to_be_focused()

    remind_if_due(escalation_id=first.pk, remind_after_s=0)
    toast = page.get_by_role("status").filter(has_text="has waited")
    expect(toast.get_by_role("link", name="Open")).to_have_attribute("href", _address(first))
    expect(row).to_contain_text("Reminded")
    assert page.evaluate("window.stillTheSamePage") is True


def test_a_conversation_by_keyboard(visit: Visit, store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store, reason="Wants a refund")
    page = visit(_address(escalation), agent)
    lines = page.get_by_label("Messages", exact=True)
    box = page.get_by_role("textbox", name="Your message")
    expect(box).to_be_hidden()

    page.get_by_role("button", name="Take over").press("Enter")
    expect(box).to_be_focused()
    expect(lines).to_contain_text("Agent joined the conversation.")
    page.keyboard.type("Hello,")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("how can I help?")
    page.keyboard.press("Enter")
    expect(lines.locator(".desk-line-agent")).to_contain_text("Hello,how can I help?")
    expect(box).to_have_value("")
    assert Message.objects.get(author=Message.Author.AGENT).text == "Hello,\nhow can I help?"

    nudge.shopper_typing(session_id=escalation.session_id)
    expect(page.get_by_text("is typing")).to_be_visible()
    say(escalation.session, "My mug is broken <b>badly</b>")
    expect(lines).to_contain_text("My mug is broken <b>badly</b>")
    expect(page.get_by_text("is typing")).to_be_hidden()

    page.get_by_role("button", name="Hand back").click()
    expect(page.get_by_text("This conversation is back with the assistant.")).to_be_visible()
    expect(box).to_be_hidden()
    expect(page.get_by_label("About this conversation")).to_contain_text("Agent handed back")


def test_a_colleague_takes_over_and_the_unsent_text_stays(
    visit: Visit, store: Store, agent: User, colleague: User, waiting: Waiting
) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    page = visit(_address(escalation), agent)
    box = page.get_by_role("textbox", name="Your message")
    box.fill("I was just about to say")
    services.take_over(escalation_id=escalation.pk, agent=colleague, instead_of=agent.pk)

    expect(box).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="Noor answers")).to_be_visible()
    page.get_by_role("button", name="Take over from Noor").click()
    expect(box).to_have_value("I was just about to say")
    expect(box).to_be_focused()


def test_a_refusal_is_said_and_the_text_stays(visit: Visit, store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    page = visit(_address(escalation), agent)
    box = page.get_by_role("textbox", name="Your message")
    box.fill("Are you there?")
    page.route(re.compile("/reply/$"), lambda route: route.abort())
    box.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The server cannot be reached. Your text is kept; try again.")
    expect(box).to_have_value("Are you there?")
    page.unroute_all()
    box.press("Enter")
    expect(page.locator(".desk-line-agent")).to_contain_text("Are you there?")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_lost_socket_comes_back_with_what_was_missed(
    visit: Visit, browser: Browser, store: Store, agent: User, waiting: Waiting
) -> None:
    escalation = waiting(store)
    page = visit("/admin/", agent)
    sockets: list[WebSocketRoute] = []

    def pass_on(route: WebSocketRoute) -> None:
        route.connect_to_server()
        sockets.append(route)

    page.route_web_socket("/ws/desk/", pass_on)
    page.goto(_address(escalation))
    expect(page.get_by_text("At the desk: Agent")).to_be_visible()
    sockets[-1].close(code=1012)
    say(escalation.session, "Said while you were away")
    expect(page.get_by_label("Messages", exact=True)).to_contain_text("Said while you were away")
    assert len(sockets) == 2
    expect(page.locator(".desk-line")).to_have_count(2)


def test_on_a_phone_the_details_open_over_the_conversation(
    visit: Visit, store: Store, agent: User, waiting: Waiting
) -> None:
    escalation = waiting(store, reason="Wants a refund")
    page = visit(_address(escalation), agent, viewport=PHONE)
    why = page.get_by_label("About this conversation")
    expect(why).to_be_hidden()
    page.get_by_role("button", name="Details").click()
    expect(why).to_contain_text("Wants a refund")
    page.get_by_role("button", name="Close").click()
    expect(why).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("link", name="Back to the queue").click()
    expect(page.get_by_role("heading", name="Escalation queue")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_old_lines_stay_in_view_while_new_ones_arrive(
    visit: Visit, store: Store, agent: User, waiting: Waiting
) -> None:
    escalation = waiting(store)
    for number in range(30):
        say(escalation.session, f"Line {number}")
    page = visit(_address(escalation), agent)
    lines = page.get_by_label("Messages", exact=True)
    expect(lines.get_by_text("Line 29", exact=True)).to_be_in_viewport()
    lines.get_by_text("Line 0", exact=True).scroll_into_view_if_needed()
    say(escalation.session, "The newest")
    page.get_by_role("button", name="New messages").click()
    expect(lines.get_by_text("The newest", exact=True)).to_be_in_viewport()
    expect(page.get_by_role("button", name="New messages")).to_be_hidden()


def test_slow_live_updates_are_said_and_taken_back(
    visit: Visit, store: Store, agent: User, waiting: Waiting
) -> None:
    waiting(store, reason="Wants a refund")
    page = visit(QUEUE, agent)
    expect(page.get_by_role("link", name=re.compile("Wants a refund"))).to_be_visible()
    words = page.get_by_text("Live updates are slow.")
    live.broadcast(group=live.EVERYBODY, message={"type": "live.delayed"})
    expect(words.first).to_be_visible()
    live.broadcast(group=live.EVERYBODY, message={"type": "live.prompt"})
    expect(words).to_have_count(0)
