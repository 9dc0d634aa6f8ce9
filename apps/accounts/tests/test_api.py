"""The REST side: who I am, and stores that only their members can see."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import AuditLog, Store, User

pytestmark = pytest.mark.django_db


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_me_tells_my_stores_and_what_i_may_do_there(agent: User, store: Store, other_store: Store) -> None:
    me = _as(agent).get("/api/v1/me").json()
    assert me["email"] == agent.email
    assert me["name"] == agent.display_name
    assert [place["store"]["id"] for place in me["stores"]] == [str(store.pk)]
    assert me["stores"][0]["role"] == "agent"
    assert me["stores"][0]["permissions"] == ["conversations.read", "escalations.answer", "store.view"]


def test_nobody_signed_in_gets_401_with_the_way_to_sign_in(client: Client) -> None:
    answer = client.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_store_of_others_does_not_exist(owner: User, other_store: Store, stranger: User, store: Store) -> None:
    assert _as(owner).get(f"/api/v1/stores/{other_store.pk}").status_code == 404
    assert _as(stranger).get(f"/api/v1/stores/{store.pk}").status_code == 404


def test_a_viewer_reads_the_store_and_cannot_change_it(viewer: User, store: Store) -> None:
    client = _as(viewer)
    assert client.get(f"/api/v1/stores/{store.pk}").json()["name"] == store.name
    answer = client.patch(f"/api/v1/stores/{store.pk}", {"name": "Mine"}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "Your role in this store does not allow this."


def test_an_owner_changes_one_thing_and_it_is_written_down(owner: User, store: Store) -> None:
    answer = _as(owner).patch(
        f"/api/v1/stores/{store.pk}", {"currency": "EUR", "public_key": "pk_mine"}, content_type="application/json"
    )
    assert answer.status_code == 200
    before = store.public_key
    store.refresh_from_db()
    assert (store.currency, store.name, store.public_key) == ("EUR", "Corner Shop", before)
    entry = AuditLog.objects.get(store=store)
    assert (entry.action, entry.actor, entry.data) == (
        "store.updated",
        owner,
        {"changes": {"currency": ["USD", "EUR"]}},
    )


def test_a_currency_that_is_none_is_refused(owner: User, store: Store) -> None:
    answer = _as(owner).patch(f"/api/v1/stores/{store.pk}", {"currency": "GOLD"}, content_type="application/json")
    assert answer.status_code == 400
    assert "currency" in answer.json()
