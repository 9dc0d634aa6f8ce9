"""The console's pages of search rules."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Store, User
from apps.catalog import rules, runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.models import SearchRule
from apps.catalog.rules import Draft, Kind
from apps.catalog.tests.shop import SHOP

RULES = "/console/catalogue/rules/"


@pytest.fixture
def page(client: Client, manager: User, catalog: Catalog, store: Store) -> Client:
    catalog.index(store_id=str(store.pk), products=SHOP, sync_run="run-1")
    client.force_login(manager)
    return client


def rule_of(
    store: Store, *phrases: str, kind: SearchRule.Kind = Kind.PIN, products: tuple[str, ...] = ()
) -> SearchRule:
    draft = Draft(kind=kind, phrases=phrases, product_ids=products)
    return rules.add_rule(store=store, actor=None, draft=draft)


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_store_without_rules_is_told_what_they_are_for(page: Client) -> None:
    text = text_of(page, RULES)
    assert "No product has a place of its own" in text
    assert "No synonyms of your own" in text


def test_the_list_names_products_and_says_what_acts(page: Client, store: Store) -> None:
    rule_of(store, "mug", products=("mug-blue", "mug-travel", "lamp", "headphones", "gone"))
    paused = rule_of(store, "old", kind=Kind.BURY, products=("gone",))
    rules.switch_rule(rule=paused, actor=None, active=False)
    rule_of(store, "sofa", "couch", kind=Kind.SYNONYM)
    text = text_of(page, RULES)
    assert "Stoneware Mug, Travel Mug, Desk Lamp" in text
    assert "and 2 more" in text
    assert "No longer in the catalogue" in text
    assert "Paused" in text
    assert "sofa, couch" in text


def test_a_pin_begins_with_its_words_and_goes_on_with_its_products(page: Client, store: Store) -> None:
    address = reverse("console_rule_new", args=["pin"])
    response = page.post(address, {"phrases": "mug,  coffee mug ", "match": "words", "note": "New"}, follow=True)
    rule = SearchRule.objects.get()
    assert (rule.phrases, rule.match, rule.note) == (["mug", "coffee mug"], "words", "New")
    text = response.content.decode()
    assert "No products yet" in text
    assert "Stoneware Mug" in text  # is offered, since the words find it
    move = reverse("console_rule_move", args=[rule.pk])
    for product in ("mug-blue", "lamp"):
        page.post(move, {"move": "add", "product": product})
    page.post(move, {"move": "up", "product": "lamp"})
    rule.refresh_from_db()
    assert rule.product_ids == ["lamp", "mug-blue"]
    page.post(move, {"move": "remove", "product": "lamp"})
    text = page.post(move, {"move": "add", "product": "nothing"}, follow=True).content.decode()
    assert "has left the catalogue" in text
    rule.refresh_from_db()
    assert rule.product_ids == ["mug-blue"]
    assert page.post(move, {"move": "sideways", "product": "lamp"}).status_code == 404


def test_products_are_found_by_other_words(page: Client, store: Store) -> None:
    rule = rule_of(store, "mug")
    assert "Desk Lamp" in text_of(page, f"{RULES}{rule.pk}/?find=lamp")
    assert "Nothing else is found" in text_of(page, f"{RULES}{rule.pk}/?find=quantum+tractor%00")


def test_synonyms_are_one_line(page: Client) -> None:
    address = reverse("console_rule_new", args=["synonym"])
    response = page.post(address, {"phrases": "sofa, couch; settee"})
    assert response["Location"] == RULES
    assert SearchRule.objects.get().phrases == ["sofa", "couch", "settee"]


@pytest.mark.parametrize(
    ("kind", "phrases", "problem"),
    [
        ("pin", "", "This field is required."),
        ("pin", " , ", "What do shoppers ask for?"),
        ("synonym", "sofa", "at least two different words"),
        ("bury", "the", "has no word"),
        ("pin", "x" * 101, "at most 100 letters"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(page: Client, kind: str, phrases: str, problem: str) -> None:
    response = page.post(reverse("console_rule_new", args=[kind]), {"phrases": phrases, "match": "whole"})
    assert response.status_code == 200
    text = response.content.decode()
    assert problem in text
    assert 'aria-invalid="true"' in text
    assert not SearchRule.objects.exists()


def test_a_rule_is_changed_paused_resumed_and_deleted(page: Client, store: Store) -> None:
    rule = rule_of(store, "mug", products=("mug-blue",))
    page.post(f"{RULES}{rule.pk}/", {"phrases": "cup", "match": "whole", "note": ""})
    rule.refresh_from_db()
    assert (rule.phrases, rule.product_ids) == (["cup"], ["mug-blue"])
    switch = reverse("console_rule_switch", args=[rule.pk])
    assert page.post(switch, {"active": "0"})["Location"] == RULES
    assert not SearchRule.objects.filter(active=True).exists()
    assert page.post(switch, {"active": "1", "stay": "1"})["Location"] == f"{RULES}{rule.pk}/"
    assert SearchRule.objects.filter(active=True).exists()
    page.post(reverse("console_rule_delete", args=[rule.pk]))
    assert not SearchRule.objects.exists()


def test_a_second_rule_for_the_same_is_refused_where_it_is_typed(page: Client, store: Store) -> None:
    rule_of(store, "mug")
    other = rule_of(store, "cup")
    response = page.post(f"{RULES}{other.pk}/", {"phrases": "Mug", "match": "whole"})
    assert "There is a rule for exactly this already" in response.content.decode()


def test_there_are_three_kinds(page: Client) -> None:
    assert page.get(reverse("console_rule_new", args=["push"])).status_code == 404


def test_who_may_only_look_sees_the_rules_and_changes_none(
    client: Client, viewer: User, catalog: Catalog, store: Store
) -> None:
    client.force_login(viewer)
    rule = rule_of(store, "mug", products=("gone",))
    assert "mug" in text_of(client, RULES)
    assert "<form" not in text_of(client, f"{RULES}{rule.pk}/").partition("<main")[2]
    assert client.get(reverse("console_rule_new", args=["pin"])).status_code == 403
    for name in ("console_rule_switch", "console_rule_delete", "console_rule_move"):
        assert client.post(reverse(name, args=[rule.pk]), {"active": "0"}).status_code == 403
    client.post(f"{RULES}{rule.pk}/", {"phrases": "cup", "match": "whole"})
    rule.refresh_from_db()
    assert (rule.phrases, rule.active) == (["mug"], True)


def test_another_stores_rule_is_not_there(page: Client, other_store: Store) -> None:
    rule = rule_of(other_store, "mug")
    assert "mug" not in text_of(page, RULES).partition("<main")[2]
    assert page.get(f"{RULES}{rule.pk}/").status_code == 404
    for name in ("console_rule_switch", "console_rule_delete", "console_rule_move"):
        assert page.post(reverse(name, args=[rule.pk]), {"active": "0", "move": "add"}).status_code == 404
    assert page.get(f"{RULES}{uuid.uuid4()}/").status_code == 404
    rule.refresh_from_db()
    assert rule.active


def test_the_rules_can_be_read_while_the_index_is_away(
    client: Client, manager: User, store: Store, embeddings: EmbeddingService, tmp_path: Path
) -> None:
    client.force_login(manager)
    rule = rule_of(store, "mug", products=("mug-blue",))
    runtime.install(Catalog(embeddings=embeddings, backend=HostClient(tmp_path)))
    try:
        assert "cannot be shown right now" in text_of(client, RULES)
        assert "mug-blue" in text_of(client, f"{RULES}{rule.pk}/")
    finally:
        runtime.install(None)
