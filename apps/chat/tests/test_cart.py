"""The cart: one per visitor and store, the same on every page, priced by the index."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.catalog.product import Product
from apps.chat import cart, sessions
from apps.chat.cart import CartError
from apps.chat.models import CartItem
from apps.chat.parts import Cart
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.script import Script

pytestmark = pytest.mark.django_db(transaction=True)

VISITOR = uuid.UUID("00000000-0000-4000-8000-000000000001")


def put(store: Store, product_id: str, quantity: int) -> Cart:
    return cart.set_quantity(store=store, visitor=VISITOR, product_id=product_id, quantity=quantity)


def test_an_empty_cart_asks_the_index_nothing(store: Store) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        empty = cart.read(store=store, visitor=VISITOR)
    assert (empty.lines, empty.count, empty.total, empty.currency) == ([], 0, 0.0, "USD")
    assert len(queries) == 1


def test_lines_and_totals_are_the_index_records(store: Store, shelf: list[Product]) -> None:
    put(store, "mug", 2)
    held = put(store, "jacket-blue", 3)
    assert [(line.product.title, line.quantity, line.total) for line in held.lines] == [
        ("Speckled Stoneware Mug", 2, 28.0),
        ("Harbour Rain Jacket", 3, 164.7),
    ]
    assert (held.count, held.total) == (5, 192.7)
    record = shelf[0].model_dump(include=set(type(held.lines[1].product).model_fields))
    assert held.lines[1].product.model_dump() == record


def test_setting_is_not_adding_and_zero_removes(store: Store, shelf: list[Product]) -> None:
    put(store, "mug", 2)
    assert put(store, "mug", 5).count == 5
    assert put(store, "mug", 0).lines == []
    assert put(store, "mug", 0).lines == []


def test_what_cannot_be_bought_is_refused_and_changes_nothing(store: Store, shelf: list[Product]) -> None:
    put(store, "mug", 1)
    for product_id, code in (("sold-out", "out_of_stock"), ("nothing", "unknown_product")):
        with pytest.raises(CartError) as refused:
            put(store, product_id, 1)
        assert refused.value.code == code
    assert cart.read(store=store, visitor=VISITOR).count == 1


def test_what_became_unavailable_can_still_be_removed(
    store: Store, shelf: list[Product], catalog: Catalog
) -> None:
    put(store, "mug", 1)
    sold_out = shelf[2].model_copy(update={"in_stock": False})
    catalog.index(store_id=str(store.pk), products=[sold_out], sync_run="later")
    assert cart.read(store=store, visitor=VISITOR).lines[0].product.in_stock is False
    assert put(store, "mug", 0).lines == []


def test_a_product_that_is_gone_is_left_out_and_comes_back_with_it(
    store: Store, shelf: list[Product], catalog: Catalog
) -> None:
    put(store, "mug", 1)
    put(store, "jacket-blue", 1)
    catalog.delete(store_id=str(store.pk), product_ids=["mug"])
    held = cart.read(store=store, visitor=VISITOR)
    assert [line.product.product_id for line in held.lines] == ["jacket-blue"]
    assert (held.count, held.total) == (1, 54.9)
    catalog.index(store_id=str(store.pk), products=shelf, sync_run="later")
    assert cart.read(store=store, visitor=VISITOR).count == 2


def test_a_changed_price_is_the_cart_s_price(store: Store, shelf: list[Product], catalog: Catalog) -> None:
    put(store, "mug", 2)
    dearer = shelf[2].model_copy(update={"price": 15.5})
    catalog.index(store_id=str(store.pk), products=[dearer], sync_run="later")
    assert cart.read(store=store, visitor=VISITOR).total == 31.0


def test_carts_of_other_visitors_and_stores_are_apart(
    store: Store, other_store: Store, shelf: list[Product], catalog: Catalog
) -> None:
    catalog.index(store_id=str(other_store.pk), products=shelf, sync_run="test")
    put(store, "mug", 2)
    assert cart.read(store=other_store, visitor=VISITOR).count == 0
    assert cart.read(store=store, visitor=uuid.uuid4()).count == 0
    cart.set_quantity(store=other_store, visitor=VISITOR, product_id="mug", quantity=7)
    assert cart.read(store=store, visitor=VISITOR).count == 2


def test_a_cart_is_not_endless(store: Store, shelf: list[Product], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cart, "MAX_LINES", 1)
    put(store, "mug", 1)
    with pytest.raises(CartError, match="cart_full"):
        put(store, "jacket-blue", 1)
    assert put(store, "mug", 2).count == 2


def test_clearing_empties_it(store: Store, shelf: list[Product]) -> None:
    put(store, "mug", 1)
    cart.clear(store=store, visitor=VISITOR)
    assert CartItem.objects.count() == 0


def test_only_the_demo_has_a_checkout_of_ours(store: Store) -> None:
    assert cart.read(store=store, visitor=VISITOR).checkout_url == ""
    store.is_demo = True
    assert cart.read(store=store, visitor=VISITOR).checkout_url == "/demo/checkout/"


async def test_a_change_on_one_page_is_seen_on_every_page_of_the_visitor(
    open_page: OpenPage, script: Script, shelf: list[Product], store: Store
) -> None:
    page = await open_page()
    other = await open_page(token=page.token)
    await page.send("cart.update", id="c1", product="mug", quantity=2)
    answer = await page.until("cart", id="c1")
    told = await other.until("cart")
    assert answer["cart"] == told["cart"]
    assert told["cart"]["lines"][0]["product"]["title"] == "Speckled Stoneware Mug"
    assert told["cart"]["total"] == 28.0
    await other.send("cart.update", id="c2", product="mug", quantity=0)
    assert (await other.until("cart", id="c2"))["cart"]["lines"] == []


async def test_a_checkout_elsewhere_empties_the_cart_on_the_page(
    open_page: OpenPage, shelf: list[Product], store: Store
) -> None:
    page = await open_page()
    await page.send("cart.update", id="c1", product="mug", quantity=2)
    await page.until("cart", id="c1")
    session = await in_database(sessions.by_token)(page.token)
    await in_database(cart.clear)(store=store, visitor=session.visitor)
    while (await page.until("cart"))["cart"]["count"]:
        pass


async def test_a_refused_change_is_told_with_its_id(open_page: OpenPage, shelf: list[Product]) -> None:
    page = await open_page()
    await page.send("cart.update", id="c1", product="sold-out", quantity=1)
    error = await page.refused()
    assert (error["code"], error["id"], error["retry"]) == ("out_of_stock", "c1", False)
