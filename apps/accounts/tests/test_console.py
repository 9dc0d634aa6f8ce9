"""The console's door, navigation, store switcher and home."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from apps.accounts import console
from apps.accounts.checks import check_console_addresses
from apps.accounts.console import ConsoleRequest, NavEntry, Step, console_view, entries_for
from apps.accounts.models import Membership, Store, User
from apps.accounts.permissions import Permission, Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    monkeypatch.setattr(console, "_entries", dict(console._entries))
    monkeypatch.setattr(console, "_steps", {})


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_nobody_is_sent_to_the_login_and_comes_back(client: Client) -> None:
    answer = client.get("/console/team/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/console/team/"


def test_somebody_without_a_store_is_sent_to_make_one(stranger: User) -> None:
    answer = _as(stranger).get("/console/")
    assert answer["Location"] == "/console/stores/new/"


@pytest.mark.parametrize(("role", "status"), [(Role.OWNER, 200), (Role.MANAGER, 403), (Role.VIEWER, 403)])
def test_a_page_opens_only_for_roles_that_reach_it(store: Store, stranger: User, role: Role, status: int) -> None:
    Membership.objects.create(user=stranger, store=store, role=role.value)
    answer = _as(stranger).get("/console/store/")
    assert answer.status_code == status
    if status == 403:
        assert f"As {role.value} of {store.name} you cannot do this." in answer.content.decode()


def test_a_program_gets_the_refusal_as_json(viewer: User) -> None:
    answer = _as(viewer).get("/console/store/", headers={"accept": "application/json"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"


def test_a_view_gets_the_store_and_the_membership(rf: RequestFactory, agent: User, store: Store) -> None:
    seen: list[tuple[Store, Membership, str]] = []

    @console_view(Permission.READ_CONVERSATIONS)
    def view(request: ConsoleRequest, word: str) -> HttpResponse:
        seen.append((request.store, request.membership, word))
        return HttpResponse()

    request = rf.get("/console/anything/")
    request.user, request.session = agent, Client().session
    view(request, word="hello")
    assert seen == [(store, Membership.objects.get(user=agent), "hello")]


def test_the_sidebar_holds_what_the_role_may_open_in_order(store: Store, viewer: User) -> None:
    membership = Membership.objects.get(user=viewer)
    console.register(NavEntry("Late", "console_home", Permission.VIEW_STORE, 99))
    console.register(NavEntry("Secret", "console_store", Permission.MANAGE_STORE, 1))
    labels = [entry.label for entry in entries_for(membership)]
    assert labels[-1] == "Late"
    assert "Secret" not in labels
    assert "Home" not in labels, "a second entry for an address takes the first one's place"


def test_the_page_s_own_entry_is_marked(owner: User) -> None:
    html = _as(owner).get("/console/team/").content.decode()
    assert html.count('aria-current="page"') == 1
    assert '<a class="nav-link" href="/console/team/" aria-current="page">' in html


def test_a_store_of_others_cannot_be_entered(owner: User, other_store: Store) -> None:
    client = _as(owner)
    assert client.post("/console/stores/switch/", {"store": str(other_store.pk)}).status_code == 404
    assert client.post("/console/stores/switch/", {"store": "nonsense"}).status_code == 404


def test_switching_changes_the_store_of_every_page(owner: User, store: Store, other_store: Store) -> None:
    Membership.objects.create(user=owner, store=other_store, role=Role.VIEWER.value)
    client = _as(owner)
    assert client.get("/console/").context["store"] == store
    client.post("/console/stores/switch/", {"store": str(other_store.pk)})
    assert client.get("/console/").context["store"] == other_store
    assert client.get("/console/store/").status_code == 403, "the rights are those of the store that was entered"


def test_whoever_lost_the_chosen_store_falls_back_to_another(
    owner: User, store: Store, other_store: Store
) -> None:
    lost = Membership.objects.create(user=owner, store=other_store, role=Role.VIEWER.value)
    client = _as(owner)
    client.post("/console/stores/switch/", {"store": str(other_store.pk)})
    lost.delete()
    assert client.get("/console/").context["store"] == store


def test_home_ticks_off_what_is_done_and_leads_to_the_next(owner: User) -> None:
    console.register_step(Step("Second thing", "Text two.", "console_team", lambda store: False, order=2))
    console.register_step(Step("First thing", "Text one.", "console_home", lambda store: True, order=1))
    answer = _as(owner).get("/console/")
    assert [task["done"] for task in answer.context["tasks"]] == [True, False]
    assert "1 of 2" in answer.content.decode()
    assert answer.context["upcoming"].title == "Second thing"


def test_home_asks_each_step_about_this_store(owner: User, store: Store) -> None:
    asked: list[Store] = []

    def done(found: Store) -> bool:
        asked.append(found)
        return False

    console.register_step(Step("Thing", "Text.", "console_home", done))
    _as(owner).get("/console/")
    assert asked == [store]


def test_a_step_that_the_role_cannot_do_has_no_link(viewer: User) -> None:
    console.register_step(
        Step("Thing", "Text.", "console_store", lambda store: False, permission=Permission.MANAGE_STORE)
    )
    html = _as(viewer).get("/console/").content.decode()
    assert "Thing" in html
    assert "/console/store/" not in html


@pytest.mark.parametrize("path", ["/console/", "/console/team/", "/console/activity/", "/console/store/"])
def test_no_page_needs_an_inline_script_or_style(owner: User, path: str) -> None:
    html = _as(owner).get(path).content.decode()
    assert "<style" not in html
    assert " style=" not in html
    assert "<script>" not in html
    assert " onclick=" not in html


def test_a_page_without_an_address_is_found_by_the_check() -> None:
    assert check_console_addresses(None) == []
    console.register(NavEntry("Lost", "no_such_page", Permission.VIEW_STORE, 1))
    (problem,) = check_console_addresses(None)
    assert problem.id == "console.E001"
    assert "no_such_page" in str(problem.hint)
