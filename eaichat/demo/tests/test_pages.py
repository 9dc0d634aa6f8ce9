from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import Store
from eaichat.demo import orders, shop

PAGES = ("", "men/", "men/jackets/", "products/1/", "search/?q=mug", "cart/", "checkout/", "help/")


@pytest.fixture
def demo_tenant(demo: Settings, db: None) -> Store:
    orders.plant_samples()
    return Store.objects.create(name="Demo Store", is_demo=True)


def test_every_page_carries_the_widget_of_the_demo_store(demo_tenant: Store, client: Client) -> None:
    for path in PAGES:
        html = client.get(f"/demo/{path}").content.decode()
        assert f'<script src="/widget.js" data-store="{demo_tenant.public_key}" defer></script>' in html, path


def test_pages_work_before_the_store_is_seeded(demo: Settings, db: None, client: Client) -> None:
    for path in PAGES:
        answer = client.get(f"/demo/{path}")
        assert answer.status_code == 200, path
        assert b"widget.js" not in answer.content


def test_pages_hold_no_inline_script_or_style(demo_tenant: Store, client: Client) -> None:
    for path in PAGES:
        html = client.get(f"/demo/{path}").content.decode()
        assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", html), path


def test_every_product_has_a_page_with_what_a_shopper_needs(demo_tenant: Store, client: Client) -> None:
    for item in shop.items():
        html = client.get(item.path).content.decode()
        for text in (item.title, f"${item.price:,.2f}", item.brand, item.attributes["material"]):
            assert text in html.replace("&#x27;", "'"), (item.title, text)
        assert ("Add to cart" in html) == item.in_stock or item.title in html
        assert (f'<button class="button primary" type="button" data-add="{item.id}"' in html) == item.in_stock


def test_every_shelf_shows_exactly_its_products(demo_tenant: Store, client: Client) -> None:
    for whole, shelves in shop.departments():
        for shelf in (whole, *shelves):
            html = client.get(shelf.path).content.decode()
            shown = re.findall(r'<h3><a href="/demo/products/(\d+)/">', html)
            assert {int(number) for number in shown} == {item.id for item in shop.on_shelf(shelf)}, shelf


def test_filters_and_order_come_from_the_address(demo_tenant: Store, client: Client) -> None:
    html = client.get("/demo/men/jackets/", {"max": "60", "stock": "1", "sort": "-price"}).content.decode()
    prices = [float(price) for price in re.findall(r'<p class="price">\$([\d.]+)', html)]
    wanted = [item.price for item in shop.items() if item.category == "Men > Jackets" and item.price <= 60]
    assert prices == sorted((price for price in wanted if price != 49.0), reverse=True)


def test_filters_that_make_no_sense_are_as_if_they_were_not_there(demo_tenant: Store, client: Client) -> None:
    plain = client.get("/demo/men/jackets/").content.decode().count('class="product')
    odd = client.get("/demo/men/jackets/", {"max": "-1", "stock": "x", "sort": "<b>"})
    assert odd.content.decode().count('class="product') == plain


def test_filters_that_leave_nothing_say_so(demo_tenant: Store, client: Client) -> None:
    assert "Nothing fits these filters" in client.get("/demo/men/jackets/?max=25").content.decode()


def test_search_finds_words_and_leads_to_the_assistant_when_there_are_none(
    demo_tenant: Store, client: Client
) -> None:
    assert "Dune Stoneware Mug" in client.get("/demo/search/", {"q": "mugs"}).content.decode()
    nothing = client.get("/demo/search/", {"q": 'zeppelin "><b>'}).content.decode()
    assert "Ask the assistant" in nothing
    assert "<b>" not in nothing.split("<main", 1)[1].split("</main>", 1)[0]
    assert "What are you looking for?" in client.get("/demo/search/").content.decode()


def test_an_unknown_page_is_the_shops_own_404(demo_tenant: Store, client: Client) -> None:
    for path in ("products/999/", "submarines/", "men/submarines/", "orders/nonsense/", "orders/1001-x/"):
        answer = client.get(f"/demo/{path}")
        assert answer.status_code == 404, path
        assert "We do not have this page" in answer.content.decode()


def test_the_help_page_names_orders_that_the_assistant_can_find(demo_tenant: Store, client: Client) -> None:
    html = client.get("/demo/help/").content.decode()
    for sample in orders.SAMPLES:
        assert str(sample.number) in html
        assert sample.email in html


def test_no_page_is_served_when_the_demo_is_off(demo_tenant: Store, demo: Settings, client: Client) -> None:
    demo.DEMO = False
    for path in PAGES:
        assert client.get(f"/demo/{path}").status_code == 404, path
    assert client.post("/demo/checkout/").status_code == 404
