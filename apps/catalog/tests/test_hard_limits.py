"""Limits are kept by every hit: a shop of our own, and DummyJSON's, whose right answers its raw records give."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.queries import MeasureLimit, SearchQuery
from apps.catalog.product import Product, Variant
from apps.catalog.tests.shop import new_store

DUMMY = Path(__file__).resolve().parents[4] / "shared" / "data" / "dummyjson" / "products.json"
Record = dict[str, Any]


def product(id_: str, title: str, **fields: Any) -> Product:
    return Product(product_id=id_, title=title, **{"price": 50.0, **fields})


SHELF = [
    product("navy", "Harbour Shirt", brand="Tind", attributes={"colour": "navy", "size": "S, M, L"}),
    product("light", "Linen Shirt", brand="Tind", attributes={"Color": "Light Blue", "size": "XS - M"}),
    product("red", "Field Shirt", brand="Fjell", attributes={"colour": "red", "size": "XL"}),
    product("striped", "Striped Shirt", brand="Fjell", attributes={"colour": "White/Red", "material": "cotton"}),
    product("boots", "Trail Boots", attributes={"colour": "brown", "size": "36-46", "material": "leather"}),
    product("eu", "City Boots", attributes={"colour": "black", "shoe size": "EU 42, EU 43", "material": "canvas"}),
    product("us", "Ranch Boots", attributes={"colour": "black", "shoe size": "US 9.5", "lining": "leather"}),
    product("coat", "Coat", variants=[Variant(attributes={"colour": "green", "size": "XXL"})]),
    product("small", 'Laptop 14"', attributes={"internal memory": "8", "ssd capacity": "512", "wi fi": "yes"}),
    product(
        "large", "Laptop", attributes={"display diagonal": "17", "internal memory": "16 GB", "weight": "2.4 kg"}
    ),
    product("dock", "Laptop dock", attributes={"wi fi": "no", "maximum internal memory": "64"}),
    product("cable", "HDMI cable 3 m black", created_at=datetime(2026, 3, 1, tzinfo=UTC)),
    product("long", "HDMI cable", attributes={"cable length": "5"}, created_at=datetime(2026, 4, 1, tzinfo=UTC)),
    product("bottle", "Bottle 0.5 l", attributes={"colour": "white", "volume": "500 ml"}),
    product("old", "Phone", attributes={"wireless": "Bluetooth 4.2", "audio": "mp3"}),
    product(
        "new", "Phone 5G", attributes={f"feature {n}": chr(97 + n % 26) * 3 + chr(97 + n // 26) for n in range(90)}
    ),
    product("display", "Monitor 19″", attributes={"colour": "white", "weight": "9 pounds heavy"}),
    product("tall", "Tall Overall", attributes={"size": "2L - 5L; 2s-3s, xxxxs - s"}),
    product("parcel", "Poster", attributes={"package width": "17 inch", "colour": "Grey"}),
]


@pytest.fixture(scope="module")
def shelf(session_catalog: Catalog) -> str:
    store_id = new_store()
    session_catalog.index(store_id=store_id, products=SHELF, sync_run="run-1")
    return store_id


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (SearchQuery(colors=["blue"]), {"navy", "light"}),
        (SearchQuery(colors=["navy"]), {"navy"}),
        (SearchQuery(colors=["red"]), {"red", "striped"}),
        (SearchQuery(colors=["gray"]), {"parcel"}),
        (SearchQuery(colors=["green", "brown"]), {"coat", "boots"}),
        (SearchQuery(text="shirt", not_colors=["red"]), {"navy", "light"}),
        (SearchQuery(text="shirt", not_brands=["tind"]), {"red", "striped"}),
        (SearchQuery(sizes=["m"]), {"navy", "light"}),
        (SearchQuery(sizes=["42"]), {"boots", "eu"}),
        (SearchQuery(sizes=["EU 42"]), {"boots", "eu"}),
        (SearchQuery(sizes=["9.5", "XXL"]), {"us", "coat"}),
        (SearchQuery(text="boots", not_words=["leather"]), {"eu"}),
        (SearchQuery(text="laptop", not_words=["wifi"]), {"large", "dock"}),
        (SearchQuery(text="laptop", not_words=["wi-fi"]), {"large", "dock"}),
        (SearchQuery(measures=[MeasureLimit(kind="memory", unit="gb", minimum=16)]), {"large"}),
        (SearchQuery(measures=[MeasureLimit(kind="storage", unit="tb", maximum=1)]), {"small"}),
        (SearchQuery(measures=[MeasureLimit(kind="screen", unit="inch", minimum=17, maximum=17)]), {"large"}),
        (SearchQuery(measures=[MeasureLimit(kind="length", unit="cm", minimum=300, maximum=300)]), {"cable"}),
        (SearchQuery(measures=[MeasureLimit(kind="inches", unit="inch", minimum=19, maximum=19)]), {"display"}),
        (SearchQuery(measures=[MeasureLimit(kind="mass", unit="lb", minimum=9, maximum=9)]), {"display"}),
        (SearchQuery(sizes=["2l - 5l"]), {"tall"}),
        (SearchQuery(text="phone", not_words=["5g"]), {"old"}),
        (SearchQuery(text="phone", not_words=["bluetooth 5.0"]), {"new"}),
        (SearchQuery(text="phone", not_words=["mp3"]), {"new"}),
        (SearchQuery(text="phone", not_words=["dddd"]), {"old"}),
        (SearchQuery(text="phone", not_words=["!", "5 0"]), {"old", "new"}),
        (SearchQuery(measures=[MeasureLimit(kind="length", unit="m", minimum=3, exclusive=True)]), {"long"}),
        (SearchQuery(measures=[MeasureLimit(kind="volume", unit="ml", minimum=500, maximum=500)]), {"bottle"}),
        (SearchQuery(measures=[MeasureLimit(kind="mass", unit="g", maximum=2500)]), {"large"}),
        (SearchQuery(colors=["purple"]), set()),
        (SearchQuery(price_min=60), set()),
    ],
)
def test_every_hit_keeps_the_limit_and_none_is_missing(
    catalog: Catalog, shelf: str, query: SearchQuery, wanted: set[str]
) -> None:
    found = catalog.search(store_id=shelf, query=query.model_copy(update={"limit": 20}))
    assert {hit.product.product_id for hit in found.hits} == wanted


@pytest.mark.parametrize(
    ("text", "wanted", "chips"),
    [
        ("blue shirts", {"navy", "light"}, ["blue"]),
        ("shirt in M by Tind", {"navy", "light"}, ["size M", "Tind"]),
        ("tind shirts, not light blue", {"navy"}, ["Tind", "not light blue"]),
        ("boots size 42 without leather", {"eu"}, ["size 42", "without leather"]),
        ("laptop with at least 16 GB ram", {"large"}, ["at least 16 GB memory"]),
        ("17 inch laptop", {"large"}, ["17 inch screen"]),
        ("laptops without wifi", {"large", "dock"}, ["without wifi"]),
        ("purple shirts", set(), ["purple"]),
        ("newest hdmi cable", {"long", "cable"}, ["newest first"]),
    ],
)
def test_a_sentence_is_answered_by_what_keeps_its_limits(
    catalog: Catalog, shelf: str, text: str, wanted: set[str], chips: list[str]
) -> None:
    found = catalog.search(store_id=shelf, query=catalog.parse(store_id=shelf, text=text))
    assert {hit.product.product_id for hit in found.hits} == wanted
    assert found.labels == chips


def test_the_newest_come_first(catalog: Catalog, shelf: str) -> None:
    found = catalog.search(store_id=shelf, query=catalog.parse(store_id=shelf, text="newest cables"))
    assert [hit.product.product_id for hit in found.hits] == ["long", "cable"]


def test_a_brand_that_is_also_a_word_is_one_where_it_makes_such_things(catalog: Catalog) -> None:
    store_id = new_store()
    products = [
        product("tv", "Aquos Television", brand="Sharp"),
        product("knife", "Kitchen Knife, very sharp", brand="Fjell"),
        product("phone", "iPhone", brand="Apple", category="Phones"),
        product("juice", "Apple Juice", brand="Kiln", category="Drinks"),
    ]
    catalog.index(store_id=store_id, products=products, sync_run="run-1")

    def found(text: str) -> list[str]:
        return catalog.parse(store_id=store_id, text=text).brands

    assert found("a sharp tv") == ["Sharp"]
    assert found("a sharp knife") == []
    assert found("apple juice") == []
    assert found("apple phones") == ["Apple"]
    assert found("knife by sharp") == ["Sharp"]  # it was said to be the maker: then there is none


def test_what_a_record_gives_a_number_of_it_has(catalog: Catalog) -> None:
    store_id = new_store()
    products = [
        product("version", "Speaker", attributes={"bluetooth version": "5.0"}),
        product("number", "Speaker", attributes={"bluetooth": "4.2"}),
        product("none", "Speaker", attributes={"bluetooth": "N/A"}),
        product("zero", "Speaker", attributes={"bluetooth channels": "0"}),
    ]
    catalog.index(store_id=store_id, products=products, sync_run="run-1")
    query = catalog.parse(store_id=store_id, text="speakers without bluetooth")
    found = catalog.search(store_id=store_id, query=query)
    assert {hit.product.product_id for hit in found.hits} == {"none", "zero"}


def test_a_category_hides_nothing_that_has_none(catalog: Catalog) -> None:
    store_id = new_store()
    products = [
        product("one", "Rechargeable Battery", category="Battery"),
        product("two", "Camera Battery", brand="Tind"),
    ]
    catalog.index(store_id=store_id, products=products, sync_run="run-1")
    found = catalog.search(store_id=store_id, query=catalog.parse(store_id=store_id, text="battery"))
    assert {hit.product.product_id for hit in found.hits} == {"one", "two"}


# --- DummyJSON: ratings, stock, dates --------------------------------------------------------------------
def _dummy(record: Record) -> Product:
    return Product(
        product_id=str(record["id"]),
        title=record["title"],
        description=record["description"],
        price=record["price"],
        brand=record.get("brand") or "",
        category=record["category"],
        rating=record["rating"],
        in_stock=record["stock"] > 0,
        sku=record["sku"],
        created_at=record["meta"]["createdAt"],
    )


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    if not DUMMY.exists():
        pytest.skip(f"{DUMMY} is not here")
    return {str(record["id"]): record for record in json.loads(DUMMY.read_text())}


@pytest.fixture(scope="module")
def dummy(session_catalog: Catalog, records: dict[str, Record]) -> str:
    store_id = new_store()
    session_catalog.index(store_id=store_id, products=map(_dummy, records.values()), sync_run="run-1")
    return store_id


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("anything rated at least 4.5 stars", lambda r: r["rating"] >= 4.5),
        ("groceries in stock under $5", lambda r: r["category"] == "groceries" and r["stock"] and r["price"] < 5),
        ("smartphones that are available", lambda r: r["category"] == "smartphones" and r["stock"] > 0),
        ("apple smartphones", lambda r: r.get("brand") == "Apple" and r["category"] == "smartphones"),
        ("smartphones, not by Apple", lambda r: r.get("brand") != "Apple" and r["category"] == "smartphones"),
        (
            "sunglasses between 10 and 25 dollars",
            lambda r: r["category"] == "sunglasses" and 10 <= r["price"] <= 25,
        ),
        (
            "highly rated kitchen accessories in stock",
            lambda r: r["category"] == "kitchen-accessories" and r["rating"] >= 4 and r["stock"],
        ),
        (
            "Would you be so kind as to point me towards sunglasses rated at least 4 stars?",
            lambda r: r["category"] == "sunglasses" and r["rating"] >= 4,
        ),
        (
            "I'm after groceries that won't set me back more than $5, in stock, cheers mate",
            lambda r: r["category"] == "groceries" and r["price"] <= 5 and r["stock"],
        ),
        (
            "the thing I am needing is products by Apple with at least 4 stars",
            lambda r: r.get("brand") == "Apple" and r["rating"] >= 4,
        ),
        ("my boss fancies stuff in stock over $1000", lambda r: r["stock"] and r["price"] > 1000),
        ("a hamster rated at least 3 stars, cheers mate", lambda r: False),
    ],
)
def test_ratings_stock_and_prices_hold_in_a_mixed_catalogue(
    catalog: Catalog, dummy: str, records: dict[str, Record], text: str, keeps: Callable[[Record], bool]
) -> None:
    query = catalog.parse(store_id=dummy, text=text).model_copy(update={"limit": 10})
    hits = [records[hit.product.product_id] for hit in catalog.search(store_id=dummy, query=query).hits]
    assert all(keeps(record) for record in hits), [record["title"] for record in hits if not keeps(record)]
    assert len(hits) == min(10, sum(bool(keeps(record)) for record in records.values()))


def test_sorting_by_age_is_exact(catalog: Catalog, dummy: str, records: dict[str, Record]) -> None:
    query = catalog.parse(store_id=dummy, text="the newest products")
    found = [hit.product.product_id for hit in catalog.search(store_id=dummy, query=query).hits]
    ages = [records[id_]["meta"]["createdAt"] for id_ in found]
    assert ages == sorted((r["meta"]["createdAt"] for r in records.values()), reverse=True)[: len(found)]
