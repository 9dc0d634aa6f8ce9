"""Stores, one's own account, activity, the admin, and the templates' own words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.console import _entries
from apps.accounts.models import AuditLog, Store, User, WorkflowStart
from apps.accounts.templatetags.console import ago

pytestmark = pytest.mark.django_db


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_store_is_renamed_and_the_change_is_readable(owner: User, store: Store) -> None:
    client = _as(owner)
    client.post("/console/store/", {"name": "Harbour & Pine", "currency": "GBP"})
    store.refresh_from_db()
    assert (store.name, store.currency) == ("Harbour & Pine", "GBP")
    page = client.get("/console/activity/").content.decode()
    assert "Store updated" in page
    assert "name: Corner Shop → Harbour &amp; Pine · currency: USD → GBP" in page


def test_saving_without_a_change_writes_nothing_down(owner: User, store: Store) -> None:
    _as(owner).post("/console/store/", {"name": store.name, "currency": store.currency})
    assert not AuditLog.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 121])
def test_a_store_needs_a_name_of_sensible_length(owner: User, name: str) -> None:
    page = _as(owner).post("/console/stores/new/", {"name": name, "currency": "USD"})
    assert 'class="errors"' in page.content.decode()
    assert Store.objects.count() == 1


def test_a_name_is_text_and_never_markup(owner: User, store: Store) -> None:
    client = _as(owner)
    client.post("/console/store/", {"name": "<script>alert(1)</script>", "currency": "USD"})
    page = client.get("/console/activity/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_person_changes_the_name_that_shoppers_see(agent: User) -> None:
    _as(agent).post("/console/account/", {"name": "Amir"})
    agent.refresh_from_db()
    assert agent.display_name == "Amir"
    assert AuditLog.objects.get().action == "user.renamed"


def test_somebody_without_a_store_has_an_account_page_too(stranger: User) -> None:
    client = _as(stranger)
    assert client.get("/console/account/").status_code == 200
    assert client.post("/console/account/", {"name": "Sam"}).status_code == 302


def test_activity_shows_this_store_s_entries_alone_newest_first(
    manager: User, store: Store, other_store: Store
) -> None:
    for number in range(60):
        audit.record(store=store, actor=manager, action="thing.done", target=f"thing {number}")
    audit.record(store=other_store, actor=None, action="secret.done", target="elsewhere")
    client = _as(manager)
    first = client.get("/console/activity/")
    assert first.context["page"][0].target == "thing 59"
    assert "elsewhere" not in first.content.decode()
    assert [entry.target for entry in client.get("/console/activity/?page=2").context["page"]][-1] == "thing 0"


def test_activity_is_closed_to_agents(agent: User) -> None:
    assert _as(agent).get("/console/activity/").status_code == 403


@pytest.fixture
def operator() -> User:
    return User.objects.create_superuser("operator@example.com", "a long passphrase", name="Operator")


def test_the_operator_sees_people_stores_and_what_happened(operator: User, owner: User, store: Store) -> None:
    audit.record(store=store, actor=owner, action="thing.done")
    WorkflowStart.objects.create(workflow="ProductSyncWorkflow")
    client = _as(operator)
    for model in ("user", "store", "invitation", "auditlog", "workflowstart"):
        assert client.get(f"/admin/accounts/{model}/").status_code == 200
    assert client.get(f"/admin/accounts/user/{owner.pk}/change/").status_code == 200
    assert client.get(f"/admin/accounts/store/{store.pk}/change/").status_code == 200


def test_the_operator_adds_a_person_who_can_sign_in(operator: User) -> None:
    new = {
        "email": "new@example.com",
        "name": "New",
        "usable_password": "true",
        "password1": "quite another phrase",
        "password2": "quite another phrase",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    assert _as(operator).post("/admin/accounts/user/add/", new).status_code == 302
    assert User.objects.get(email="new@example.com").check_password("quite another phrase")


def test_not_even_the_operator_rewrites_what_happened(operator: User, store: Store) -> None:
    entry = audit.record(store=store, actor=None, action="thing.done")
    client = _as(operator)
    assert client.get("/admin/accounts/auditlog/add/").status_code == 403
    assert client.post(f"/admin/accounts/auditlog/{entry.pk}/change/", {"action": "other"}).status_code == 403
    assert client.post(f"/admin/accounts/auditlog/{entry.pk}/delete/", {"post": "yes"}).status_code == 403


def test_staff_of_a_store_see_nothing_of_other_people_in_the_admin(owner: User) -> None:
    client = _as(owner)
    for model in ("user", "store", "invitation", "auditlog"):
        assert client.get(f"/admin/accounts/{model}/").status_code == 403


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=40), "40 seconds ago"),
        (timedelta(seconds=61), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (-timedelta(days=6, hours=23), "in 6 days"),
    ],
)
def test_a_time_reads_as_people_say_it_with_the_exact_one_on_hover(age: timedelta, words: str) -> None:
    moment = timezone.now() - age
    html = ago(moment)
    assert f">{words}</time>" in html
    assert f'title="{moment:%Y-%m-%d %H:%M:%S UTC}"' in html


def test_an_old_time_is_a_date_and_none_is_a_dash() -> None:
    assert ">5 Mar 2021</time>" in ago(timezone.now().replace(year=2021, month=3, day=5))
    assert ago(None) == "—"


def test_every_icon_that_the_sidebar_names_is_drawn() -> None:
    drawn = (settings.BASE_DIR / "static" / "img" / "icons.svg").read_text()
    assert all(f'id="{entry.icon}"' in drawn for entry in _entries.values())
