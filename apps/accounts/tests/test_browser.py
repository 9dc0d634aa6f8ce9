"""The console in a real browser: keyboard, phone width, copying, forms that ask and forms that send once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts import members
from apps.accounts.models import Store, User
from apps.accounts.permissions import Role
from apps.accounts.tests.browser import CONTRAST, DESKTOP, PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("console-browser")]


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, owner: User, live_server: LiveServer) -> Iterator[Visit]:
    """Opens the console as the owner, who signs in by keyboard; any complaint of the browser fails the test."""
    complaints: list[str] = []
    context = None

    def open_page(viewport: ViewportSize = DESKTOP) -> Page:
        nonlocal context
        context = browser.new_context(viewport=viewport, base_url=live_server.url, reduced_motion="reduce")
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto("/accounts/login/?next=/console/team/")
        page.get_by_label("Email").press_sequentially(owner.email)
        page.keyboard.press("Tab")
        page.keyboard.type("a long passphrase")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Team", exact=True)).to_be_visible()
        return page

    yield open_page
    if context is not None:
        context.close()
    assert complaints == []


def test_the_first_tab_skips_to_the_content(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_menu_opens_by_keyboard_and_escape_gives_the_focus_back(visit: Visit) -> None:
    page = visit()
    menu = page.locator("summary").filter(has_text="Owner")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Your account")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(menu).to_be_focused()


def test_a_click_elsewhere_closes_a_menu(visit: Visit) -> None:
    page = visit()
    page.locator("summary").first.click()
    expect(page.get_by_role("link", name="New store")).to_be_visible()
    page.get_by_role("heading", name="Members").click()
    expect(page.get_by_role("link", name="New store")).to_be_hidden()


def test_on_a_phone_the_navigation_comes_and_goes_and_nothing_is_wider_than_the_screen(visit: Visit) -> None:
    page = visit(viewport=PHONE)
    activity = page.get_by_role("link", name="Activity")
    expect(activity).to_be_hidden()
    opener = page.get_by_role("button", name="Open navigation")
    opener.focus()
    page.keyboard.press("Enter")
    expect(activity).to_be_visible()
    page.keyboard.press("Escape")
    expect(activity).to_be_hidden()
    expect(opener).to_be_focused()
    for path in ("/console/", "/console/team/", "/console/activity/", "/console/store/", "/console/account/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
        for field in page.locator("main :is(input:not([type=hidden]), select)").all():
            size = field.evaluate("element => getComputedStyle(element).fontSize")
            assert size == "16px", f"{path}: a phone zooms into a field with text of {size}"
        for control in page.locator("main :is(a.button, button, input, select)").all():
            box = control.bounding_box()
            assert box is None or box["height"] >= 24, (path, control.inner_text())


def test_a_role_changes_as_it_is_chosen(visit: Visit, agent: User) -> None:
    page = visit()
    page.get_by_label("Role of Agent").select_option("viewer")
    expect(page.get_by_role("status")).to_contain_text("Agent is now viewer.")


def test_nothing_can_be_touched_before_the_script_that_asks_first(visit: Visit, agent: User) -> None:
    page = visit()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/console*.js", hold)
    with page.expect_request("**/console*.js"):
        page.goto("/console/team/", wait_until="commit")
    remove = page.get_by_role("button", name="Remove Agent")
    page.wait_for_timeout(300)
    assert remove.count() == 0
    held[0].continue_()
    expect(remove).to_be_visible()


def test_removing_somebody_asks_first(visit: Visit, agent: User) -> None:
    page = visit()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Remove Agent").click()
    page.reload()
    expect(page.get_by_text(agent.email)).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove Agent").click()
    expect(page.get_by_role("status")).to_contain_text("agent@example.com was removed.")


def test_the_link_of_an_invitation_is_copied(visit: Visit, owner: User, store: Store) -> None:
    members.invite(store=store, actor=owner, email="new@example.com", role=Role.AGENT)
    page = visit()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert re.fullmatch(r"http://\S+/console/join/\S+/", page.evaluate("navigator.clipboard.readText()"))


def test_a_form_that_is_on_its_way_cannot_be_sent_again(visit: Visit) -> None:
    page = visit()
    page.goto("/console/stores/new/")
    page.get_by_label("Store name").fill("Second Shop")
    # The page stays, as it does while a slow answer is awaited, and counts what would have been sent.
    page.evaluate("window.sent = 0; addEventListener('submit', (event) => { event.preventDefault(); sent += 1 })")
    button = page.get_by_role("button", name="Create store")
    button.click()
    expect(button).to_be_disabled()
    button.click(force=True)
    assert page.evaluate("sent") == 1


def test_stores_are_switched_in_the_sidebar(visit: Visit, owner: User, other_store: Store) -> None:
    other_store.memberships.create(user=owner, role=Role.VIEWER.value)
    page = visit()
    page.locator("summary").first.click()
    page.get_by_role("button", name="Other Shop").click()
    expect(page.get_by_role("heading", name="Other Shop")).to_be_visible()
    expect(page.get_by_role("link", name="Store settings")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit: Visit, scheme: str) -> None:
    page = visit()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    worst = page.evaluate(CONTRAST)
    assert worst["ratio"] >= 4.5, worst
