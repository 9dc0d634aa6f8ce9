"""Pages, a scripted assistant, a desk, and a few products, for the chat's tests."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from apps.accounts import live
from apps.accounts.limits import Limit
from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.catalog.product import Product
from apps.chat import consumers, handoff
from apps.chat.runner import RUNNER
from apps.chat.tests.desk import TestDesk
from apps.chat.tests.page import Page
from apps.chat.tests.script import Script
from apps.chat.tests.serving import server
from apps.chat.tests.talking import Shopper, demo_products

OpenPage = Callable[..., Awaitable[Page]]

SHELF = [
    Product(
        product_id="jacket-blue",
        title="Harbour Rain Jacket",
        description="A light waterproof jacket for rainy days.",
        price=54.9,
        category="Men > Jackets",
        brand="Northway",
        image_url="http://testserver/jacket.svg",
        url="http://testserver/jacket",
        rating=4.5,
        rating_count=12,
        attributes={"colour": "blue"},
    ),
    Product(
        product_id="jacket-warm",
        title="Summit Down Jacket",
        description="A warm down jacket for cold winters.",
        price=129.0,
        category="Men > Jackets",
        rating=4.8,
        rating_count=31,
    ),
    Product(
        product_id="mug",
        title="Speckled Stoneware Mug",
        description="A mug for coffee and tea.",
        price=14.0,
        category="Home > Mugs",
    ),
    Product(
        product_id="sold-out",
        title="Walnut Desk Lamp",
        description="A lamp of walnut wood for reading.",
        price=79.0,
        category="Home > Lamps",
        in_stock=False,
    ),
]


@pytest.fixture
def shelf(store: Store, catalog: Catalog) -> list[Product]:
    """Four products of `store`, in the index."""
    catalog.index(store_id=str(store.pk), products=SHELF, sync_run="test")
    return SHELF


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """The assistant says what this says."""
    script = Script()
    monkeypatch.setattr(RUNNER, "answerer", script.answer)
    return script


@pytest.fixture(scope="session")
def port(django_db_setup: None, index_host: Path, embeddings: object) -> Iterator[int]:
    """The port of a real server in a process of its own."""
    with server(index_host) as (port, _):
        yield port


@pytest.fixture
def desk() -> Iterator[TestDesk]:
    desk = TestDesk()
    handoff.register(desk)
    yield desk
    handoff.unregister(desk)


@pytest_asyncio.fixture
async def open_page(store: Store, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenPage]:
    """`await open_page()`: a page of `store` that has said hello; it is closed at the end of the test."""
    await asyncio.to_thread(catalog.warm_up)  # loading the model would look like a server that does not answer
    monkeypatch.setattr(consumers, "MESSAGES", Limit("messages", 100, 1))
    pages: list[Page] = []

    async def open_one(
        *,
        token: str | None = None,
        after: int = 0,
        hello: bool = True,
        client: tuple[str, int] | None = None,
    ) -> Page:
        page = Page(store.public_key, client=client)
        assert await page.open()
        pages.append(page)
        if hello:
            await page.hello(token=token, after=after)
        return page

    yield open_one
    for page in pages:
        await page.close()
    await RUNNER.idle()
    live.use_loop(None)


@pytest.fixture
def demo_store(db: None) -> Store:
    """Always with the same id: its products are embedded once, not for every test."""
    return Store.objects.create(pk=uuid.UUID("5e11e700-0000-4000-8000-000000000001"), name="Corner Shop")


@pytest.fixture
def demo_shopper(demo_store: Store, catalog: Catalog) -> Shopper:
    """Somebody who talks with the assistant of a store that sells the demo's products."""
    products = demo_products()
    catalog.index(store_id=str(demo_store.pk), products=products, sync_run="test")
    return Shopper(demo_store, {product.product_id: product for product in products})
