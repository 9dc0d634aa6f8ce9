"""What moves a product beyond its scores, and how the answer tells why."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.queries import Reasons, SearchQuery
from apps.catalog.engine.ranking.candidates import Candidate
from apps.catalog.engine.ranking.diversity import spread
from apps.catalog.engine.ranking.rules import Placement, Rules
from apps.catalog.product import Product
from apps.catalog.tests.shop import new_store

PRODUCTS = [
    Product(product_id="toner", title="Brother TN-2110 toner cartridge", sku="TN-2110", brand="Brother", price=40),
    Product(
        product_id="toner-xl", title="Brother TN-2120 toner cartridge", sku="TN-2120", brand="Brother", price=60
    ),
    Product(product_id="drum", title="Drum unit for TN-2110 toner", sku="DR-2100", brand="Brother", price=50),
    Product(product_id="lamp", title="Desk lamp", description="A lamp for the desk.", price=20),
    Product(product_id="lamp-usb", title="Desk lamp with USB charger", description="A desk lamp.", price=25),
    Product(product_id="kettle-1", title="Kettle Aqua", description="Electric kettle, 1.7 litres", in_stock=False),
    Product(product_id="kettle-2", title="Kettle Brook", description="Electric kettle, 1.7 litres"),
    *(
        Product(
            product_id=f"case-{colour}", title=f"Nimbus Aero Shell phone case, {colour}", brand="Nimbus", price=15
        )
        for colour in ("red", "blue", "green", "black", "white", "pink")
    ),
    Product(product_id="case-other", title="Walnut folio, a wallet and a phone case in one", brand="Hide"),
]


@pytest.fixture(scope="module")
def store(session_catalog: Catalog) -> str:
    store_id = new_store()
    session_catalog.index(store_id=store_id, products=PRODUCTS, sync_run="run-1")
    return store_id


def ids(catalog: Catalog, store: str, text: str, **limits: object) -> list[str]:
    query = SearchQuery.model_validate({"text": text, **limits})
    return [hit.product.product_id for hit in catalog.search(store_id=store, query=query).hits]


@pytest.mark.parametrize("text", ["TN-2110", "tn2110", "do you have the tn 2110?", "brother toner TN2110 please"])
def test_a_part_number_is_that_product_first(catalog: Catalog, store: str, text: str) -> None:
    assert ids(catalog, store, text)[0] == "toner"


def test_a_part_number_keeps_the_limits(catalog: Catalog, store: str) -> None:
    assert "toner" not in ids(catalog, store, "TN-2110", price_max=30)


def test_a_product_titled_as_the_question_comes_first(catalog: Catalog, store: str) -> None:
    assert ids(catalog, store, "desk lamps")[:2] == ["lamp", "lamp-usb"]


def test_what_is_sold_out_stands_behind_its_equal(catalog: Catalog, store: str) -> None:
    assert ids(catalog, store, "electric kettle")[:2] == ["kettle-2", "kettle-1"]
    assert ids(catalog, store, "electric kettle", in_stock=False) == ["kettle-1"]


def candidates(*titles: str) -> list[Candidate]:
    scores = [0.8 - place / 100 for place in range(len(titles))]
    return [
        Candidate({"product_id": title, "title": title, "brand_key": "nimbus"}, score)
        for title, score in zip(titles, scores, strict=True)
    ]


def boosts(found: list[Candidate]) -> Mapping[str, list[str]]:
    return {one.product_id: list(one.boosts) for one in found}


def test_the_third_variant_of_a_product_makes_room() -> None:
    found = candidates(
        "Pen red", "Pen blue", "Pen XL green", "Pen 2 pcs", "Notebook", "TN-2110 toner", "TN-2120 toner"
    )
    spread(found, "something to write")
    assert [one.product_id for one in found if "variant" in one.boosts] == ["Pen XL green", "Pen 2 pcs"]
    assert found[3].total < found[2].total < 0.78


def test_variants_stay_where_exactly_they_are_asked_for() -> None:
    found = candidates("Nimbus phone case red", "Nimbus phone case blue", "Nimbus phone case green")
    spread(found, "nimbus phone case")
    assert not any(boosts(found).values())


def test_another_product_stands_among_many_variants(catalog: Catalog, store: str) -> None:
    found = ids(catalog, store, "phone case", limit=10)
    assert "case-other" in found[:4]
    assert len(found) == 7


def explained(catalog: Catalog, store: str, text: str, **limits: object) -> dict[str, Reasons]:
    query = SearchQuery.model_validate({"text": text, **limits})
    hits = catalog.search(store_id=store, query=query, explain=True).hits
    return {hit.product.product_id: hit.reasons for hit in hits if hit.reasons}


def test_reasons_tell_scores_words_limits_and_boosts(catalog: Catalog, store: str) -> None:
    lamp = explained(catalog, store, "desk lamp", price_max=22)["lamp"]
    assert lamp.text is not None
    assert 0.4 < lamp.text <= 1
    assert lamp.lexical is not None
    assert lamp.lexical > 0
    assert lamp.boosts == {"title": 0.2}
    assert lamp.words == {"title": ["desk", "lamp"], "description": ["desk", "lamp"]}
    assert lamp.limits == ["under $22"] or lamp.limits == ["up to $22"]
    assert explained(catalog, store, "TN-2110")["toner"].place == "part_number"
    assert explained(catalog, store, "electric kettle")["kettle-1"].boosts == {"out_of_stock": -0.03}


def test_reasons_cost_nothing_where_nobody_asks(catalog: Catalog, store: str) -> None:
    hits = catalog.search(store_id=store, query=SearchQuery(text="desk lamp")).hits
    assert hits
    assert all(hit.reasons is None for hit in hits)


@pytest.fixture
def ruled(embeddings: EmbeddingService, session_catalog: Catalog) -> Catalog:
    rules = Rules(
        pinned=(Placement("rule-1", "desk lamp", True, ("kettle-2", "lamp-usb")),),
        buried=(Placement("rule-2", "phone case", True, ("case-other",)),),
    )
    backend = session_catalog.vectors.backend
    assert isinstance(backend, HostClient)
    return Catalog(embeddings=embeddings, backend=backend, rules=lambda store_id: rules)


def test_a_rule_says_that_it_placed_the_product(ruled: Catalog, store: str) -> None:
    found = explained(ruled, store, "desk lamp")
    assert list(found)[:2] == ["kettle-2", "lamp-usb"]
    assert [found["kettle-2"].place, found["lamp-usb"].place, found["lamp"].place] == ["rule-1", "rule-1", ""]
    assert found["lamp-usb"].text is not None
    buried = explained(ruled, store, "phone case", limit=20)
    assert list(buried)[-1] == "case-other"
    assert buried["case-other"].place == "rule-2"


def test_of_two_numbers_that_differ_in_writing_alone_the_one_that_is_written_so_comes_first(
    catalog: Catalog,
) -> None:
    store_id = new_store()
    twins = [
        Product(product_id=sku, title=f"Drive {place}", sku=sku)
        for place, sku in enumerate(["X-25M", "X25-M", "x25m"])
    ]
    catalog.index(store_id=store_id, products=twins, sync_run="run-1")
    for twin in twins:
        query = catalog.parse(store_id=store_id, text=f"do you have the {twin.sku} in stock")
        hits = catalog.search(store_id=store_id, query=query).hits
        assert hits[0].product.sku == twin.sku
        assert len(hits) == 3
