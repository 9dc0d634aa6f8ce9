"""Searching as a shopper on the console's page Catalogue: chips, choices, pins and buries."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Store, User
from apps.catalog import rulebook, runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.models import SearchRule
from apps.catalog.tests.shop import SHOP

ADDRESS = "/console/catalogue/"


@pytest.fixture(autouse=True)
def stocked(session_catalog: Catalog, store: Store) -> Iterator[Catalog]:
    """The shop's products, found by the store's rules."""
    catalog = Catalog(
        embeddings=session_catalog.embeddings, backend=session_catalog.vectors.backend, rules=rulebook.rules_of
    )
    runtime.install(catalog)
    catalog.index(store_id=str(store.pk), products=SHOP, sync_run="run-1")
    yield catalog
    runtime.install(None)


@pytest.fixture
def page(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def look(client: Client, query: str) -> str:
    response = client.get(f"{ADDRESS}?{query}")
    assert response.status_code == 200
    return response.content.decode()


def titles(text: str) -> list[str]:
    return [html.unescape(title) for title in re.findall(r'<(?:a|span) class="title"[^>]*>([^<]+)<', text)]


def chips(text: str) -> dict[str, str]:
    """Each chip's label with the address that it leads to."""
    found = re.findall(r'<a class="chip" href="([^"]+)"[^>]*><span[^>]*>[^<]*</span><span>([^<]+)</span>', text)
    return {html.unescape(label): html.unescape(href) for href, label in found}


def press(client: Client, name: str, **fields: str) -> str:
    response = client.post(reverse(name), fields, follow=True)
    return response.content.decode()


def test_each_chip_removes_its_limit_and_keeps_the_others(page: Client) -> None:
    text = look(page, "q=jackets+under+$58+in+stock")
    removable = chips(text)
    assert {"under $58", "in stock"} <= set(removable)
    assert "Summit Parka" not in titles(text)
    without_price = look(page, removable["under $58"].lstrip("?").partition("#")[0])
    assert "under $58" not in chips(without_price)
    assert "in stock" in chips(without_price)
    assert "Summit Parka" in titles(without_price)
    assert "Trail Fleece Jacket" not in titles(without_price)
    assert "Bring back what was removed" in without_price


def test_what_narrows_is_a_chip_too_and_leaves_the_address_with_it(page: Client) -> None:
    text = look(page, "q=jacket&brand=Fjell&brand=Urbano&rating_min=4")
    assert {"Fjell", "Urbano", "4 stars and up"} <= set(chips(text))
    left = parse_qs(urlsplit(chips(text)["Fjell"]).query)
    assert left == {"q": ["jacket"], "brand": ["Urbano"], "rating_min": ["4"], "without": ["brand:Fjell"]}
    left = parse_qs(urlsplit(chips(text)["4 stars and up"]).query)
    assert left == {"q": ["jacket"], "brand": ["Fjell", "Urbano"], "without": ["rating"]}


def test_a_choice_narrows_and_takes_back_its_own_removal(page: Client) -> None:
    text = look(page, "q=jackets&without=brand&without=price")
    hrefs = [html.unescape(href) for href in re.findall(r'<a class="menu-item" href="(\?[^"]+)"', text)]
    fjell = next(href for href in hrefs if "brand=Fjell" in href)
    assert parse_qs(urlsplit(fjell).query) == {"q": ["jackets"], "brand": ["Fjell"], "without": ["price"]}
    narrowed = look(page, fjell.lstrip("?").partition("#")[0])
    assert titles(narrowed)
    assert {product.brand for product in SHOP if product.title in titles(narrowed)} == {"Fjell"}


def test_a_correction_is_told_and_can_be_undone(page: Client) -> None:
    text = look(page, "q=jackats+under+%24100")
    assert re.search("Searched for <strong>jackets?</strong> instead of “jackats”", text)
    assert titles(text)
    as_typed = re.findall(r'href="([^"]+)">Search as typed', text)[0]
    assert parse_qs(urlsplit(html.unescape(as_typed)).query) == {"q": ["jackats under $100"], "correct": ["0"]}
    assert "Searched for" not in look(page, html.unescape(as_typed).lstrip("?").partition("#")[0])


def test_a_brand_with_a_comma_can_be_taken_away(page: Client, stocked: Catalog, store: Store) -> None:
    product = SHOP[0].model_copy(update={"product_id": "odd", "title": "Odd Jacket", "brand": "Odd, Sizes & Co"})
    stocked.index(store_id=str(store.pk), products=[product], sync_run="run-2")
    text = look(page, "category=Jackets&brand=Odd%2C+Sizes+%26+Co")
    assert titles(text) == ["Odd Jacket"]
    without = look(page, chips(text)["Odd, Sizes & Co"].lstrip("?").partition("#")[0])
    assert len(titles(without)) > 1
    assert "This address is no search" not in without


def test_a_category_can_be_looked_through_without_words(page: Client) -> None:
    text = look(page, "category=Home+%3E+Mugs")
    assert sorted(titles(text)) == ["Stoneware Mug", "Travel Mug"]


@pytest.mark.parametrize(
    "query",
    [
        "q=%00%1b[31m",
        "q=jacket&price_min=nan",
        "q=jacket&price_min=-1",
        "q=jacket&without=nonsense",
        "q=jacket&offset=x",
    ],
)
def test_an_address_that_is_made_up_breaks_nothing(page: Client, query: str) -> None:
    text = look(page, query)
    assert "Search as a shopper" in text
    assert titles(text) == [] or "nan" not in query


def test_a_hit_is_pinned_buried_and_given_its_own_place_again(page: Client, store: Store) -> None:
    address = "q=jackets+under+%24100"
    plain = titles(look(page, address))
    last = next(product for product in SHOP if product.title == plain[-1])
    phrase = html.unescape(re.findall(r'name="phrase" value="([^"]+)"', look(page, address))[0])
    fields = {"phrase": phrase, "product": last.product_id, "address": address}
    text = press(page, "console_place_add", kind="pin", **fields)
    assert f"{last.title} comes first for “{phrase}”." in text
    assert titles(text) == [plain[-1], *plain[:-1]]
    assert "under $100" in chips(text)
    text = press(page, "console_place_add", kind="bury", **fields)
    assert titles(text) == plain
    assert "Buried" in text
    rule = SearchRule.objects.get()
    text = press(page, "console_place_remove", rule=str(rule.pk), product=last.product_id, address=address)
    assert titles(text) == plain
    assert not SearchRule.objects.exists()


def test_a_pinned_product_that_breaks_a_limit_is_missed(page: Client, store: Store) -> None:
    parka = {"phrase": "jackets", "product": "m-parka", "address": "q=jackets"}
    assert titles(press(page, "console_place_add", kind="pin", **parka))[0] == "Summit Parka"
    text = look(page, "q=jackets+under+%24100")
    assert "Summit Parka" not in titles(text)
    assert "1 pinned product is not shown" in text
    assert "not shown" not in look(page, "q=jackets")


def test_who_may_only_look_gets_no_buttons_and_no_way_around(client: Client, agent: User) -> None:
    client.force_login(agent)
    text = look(client, "q=jackets")
    assert titles(text)
    assert "console_place" not in text
    assert '<button class="button quiet small"' not in text
    for name in ("console_place_add", "console_place_remove"):
        assert client.post(reverse(name), {"product": "lamp", "phrase": "lamp"}).status_code == 403
        assert client.get(reverse(name)).status_code == 405
    assert not SearchRule.objects.exists()


def test_pins_that_cannot_be_are_explained(page: Client, store: Store) -> None:
    assert "has left the catalogue" in press(
        page, "console_place_add", kind="pin", phrase="mug", product="nothing"
    )
    assert "has no word" in press(page, "console_place_add", kind="pin", phrase="the", product="lamp")
    press(page, "console_place_remove", rule="no-id", product="lamp")
    assert not SearchRule.objects.exists()


def test_a_hit_says_why_it_stands_where_it_stands(page: Client) -> None:
    text = look(page, "q=down+jackets+under+%24100")
    first = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", text.partition('class="reasons"')[2].partition("</details>")[0])
    )
    assert re.search(r"Meaning 0\.\d\d Words \d+\.\d\d Together [01]\.\d\d", first), first
    assert "Title down, jacket" in first
    assert re.search(r"Keeps (?:\S+ · )?under \$100", first)


def test_a_sorted_list_has_no_places(page: Client) -> None:
    assert 'name="phrase"' not in look(page, "q=jackets&sort=price_asc")


def test_the_way_back_leads_nowhere_else(page: Client) -> None:
    fields = {"rule": "x", "product": "y", "address": "//elsewhere.example/?q=mug&next=//elsewhere.example"}
    response = page.post(reverse("console_place_remove"), fields)
    assert response["Location"].startswith(ADDRESS)
    assert "elsewhere" not in response["Location"]


def test_the_api_keeps_the_same_rules(page: Client, store: Store) -> None:
    press(page, "console_place_add", kind="pin", phrase="jackets", product="lamp")
    answer = page.get("/api/v1/products/search", {"store": store.public_key, "q": "jackets", "category": "Home"})
    assert [hit["product"]["product_id"] for hit in answer.json()["hits"]][:1] == ["lamp"]


def test_synonyms_that_helped_are_named(page: Client, store: Store) -> None:
    SearchRule.objects.create(store=store, kind="synonym", phrases=["zwetschgenhut", "headphones"], key="k")
    text = look(page, "q=zwetschgenhut")
    assert "Studio Headphones" in titles(text)
    assert re.search(r"your synonyms</a>: headphones\.", text)
