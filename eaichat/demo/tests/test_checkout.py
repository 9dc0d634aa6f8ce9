from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.chat import cart
from apps.chat.models import ChatSession
from apps.chat.sessions import open_session, token_for
from apps.connectors.models import ConnectorConfig
from eaichat.demo import orders, shop
from eaichat.demo.checkout import CheckoutError, place_order
from eaichat.demo.models import DemoOrder
from eaichat.demo.seed import seed

ADDRESS = {
    "name": "Rae Quill",
    "email": "rae@example.com",
    "street": "1 Quay",
    "city": "Harwich",
    "postcode": "CO12",
}

pytestmark = pytest.mark.alike  # the demo is the embedded installation's


@pytest.fixture
def tenant(demo: Settings, db: None, catalog: Catalog, few_products: tuple[shop.Item, ...]) -> Store:
    return seed(public_url="http://localhost:8000").store


@pytest.fixture
def shopper(tenant: Store) -> ChatSession:
    """Somebody with two rain jackets and a mug in the cart."""
    session = open_session(store=tenant)
    cart.set_quantity(store=tenant, visitor=session.visitor, product_id="1", quantity=2)
    cart.set_quantity(store=tenant, visitor=session.visitor, product_id="47", quantity=1)
    return session


def test_the_cart_becomes_an_order_and_is_empty_then(shopper: ChatSession, client: Client) -> None:
    answer = client.post("/demo/checkout/", {**ADDRESS, "token": token_for(shopper)}, follow=True)
    order = DemoOrder.objects.latest("number")
    assert order.number == 1006
    assert (order.name, order.email, order.status) == ("Rae Quill", "rae@example.com", "processing")
    assert [(line["productId"], line["quantity"], line["price"]) for line in order.lines] == [
        ("1", 2, 54.9),
        ("47", 1, 14.0),
    ]
    assert cart.read(store=shopper.store, visitor=shopper.visitor).count == 0
    html = answer.content.decode()
    assert "Thank you, Rae Quill" in html
    assert "$123.80" in html


def test_the_order_is_what_the_api_tells_the_assistant(shopper: ChatSession, client: Client) -> None:
    client.post("/demo/checkout/", {**ADDRESS, "token": token_for(shopper)})
    told = client.get("/demo/api/carts/1006").json()
    assert told["products"] == [{"productId": 1, "quantity": 2}, {"productId": 47, "quantity": 1}]
    assert told["total"] == pytest.approx(123.8)
    assert client.get("/demo/api/users/1006").json()["email"] == "rae@example.com"


def test_a_small_order_pays_for_delivery(tenant: Store) -> None:
    session = open_session(store=tenant)
    cart.set_quantity(store=tenant, visitor=session.visitor, product_id="47", quantity=1)
    order = place_order(store=tenant, visitor=session.visitor, name="Rae", email="rae@example.com")
    assert orders.total(order.lines) == 14 + 4.9


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c"])
def test_without_a_valid_token_nothing_is_ordered(shopper: ChatSession, client: Client, token: str) -> None:
    before = DemoOrder.objects.count()
    answer = client.post("/demo/checkout/", {**ADDRESS, "token": token})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert "Rae Quill" in answer.content.decode()
    assert DemoOrder.objects.count() == before
    assert cart.read(store=shopper.store, visitor=shopper.visitor).count == 3


def test_another_stores_token_buys_nothing_here(shopper: ChatSession, other_store: Store, client: Client) -> None:
    token = token_for(open_session(store=other_store, visitor=shopper.visitor))
    assert client.post("/demo/checkout/", {**ADDRESS, "token": token}).status_code == 422
    assert cart.read(store=shopper.store, visitor=shopper.visitor).count == 3


def test_a_form_with_gaps_keeps_what_was_written(shopper: ChatSession, client: Client) -> None:
    answer = client.post("/demo/checkout/", {**ADDRESS, "email": "nobody", "token": token_for(shopper)})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "valid email" in html
    assert 'value="1 Quay"' in html
    assert DemoOrder.objects.count() == len(orders.SAMPLES)


def test_the_same_cart_is_ordered_once(shopper: ChatSession) -> None:
    who = {"name": "Rae", "email": "rae@example.com"}
    place_order(store=shopper.store, visitor=shopper.visitor, **who)
    with pytest.raises(CheckoutError, match="empty"):
        place_order(store=shopper.store, visitor=shopper.visitor, **who)


def test_what_sold_out_meanwhile_is_named_and_stays_in_the_cart(shopper: ChatSession, catalog: Catalog) -> None:
    store_id = str(shopper.store_id)
    (jacket,) = catalog.get(store_id=store_id, product_ids=["1"])
    catalog.index(store_id=store_id, products=[jacket.model_copy(update={"in_stock": False})], sync_run="later")
    with pytest.raises(CheckoutError, match="Harbour Rain Jacket is sold out"):
        place_order(store=shopper.store, visitor=shopper.visitor, name="Rae", email="rae@example.com")
    assert cart.read(store=shopper.store, visitor=shopper.visitor).count == 3


def test_a_product_of_another_connector_can_be_ordered_too(shopper: ChatSession, catalog: Catalog) -> None:
    store = shopper.store
    other = ConnectorConfig.objects.create(store=store, platform="fakestore", name="Other", product_prefix="b-")
    (jacket,) = catalog.get(store_id=str(store.pk), product_ids=["1"])
    guest = jacket.model_copy(update={"product_id": "b-9", "title": "Guest", "connector_id": str(other.pk)})
    catalog.index(store_id=str(store.pk), products=[guest], sync_run="other")
    cart.set_quantity(store=store, visitor=shopper.visitor, product_id="b-9", quantity=1)
    order = place_order(store=store, visitor=shopper.visitor, name="Rae", email="rae@example.com")
    answer = Client().get(f"/demo/orders/{orders.receipt_key(order)}/")
    assert "Guest" in answer.content.decode()


def test_a_receipt_opens_only_with_its_own_key(shopper: ChatSession, client: Client) -> None:
    order = place_order(store=shopper.store, visitor=shopper.visitor, name="Rae", email="rae@example.com")
    key = orders.receipt_key(order)
    assert client.get(f"/demo/orders/{key}/").status_code == 200
    assert client.get(f"/demo/orders/{key.replace('1006', '1001')}/").status_code == 404
