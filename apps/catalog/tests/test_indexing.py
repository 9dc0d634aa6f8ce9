"""Products into the index and out of it: only what changed is embedded, nothing that stays is lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from apps.catalog.engine import indexing
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import Embedder, EmbeddingService, Vectors
from apps.catalog.engine.embedding.cache import VectorCache
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.payload import to_payload
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import Payload
from apps.catalog.engine.words.lexical import query_vector
from apps.catalog.product import Product, Variant
from apps.catalog.tests.shop import SHOP, new_store


class CountingEmbedder:
    """The real model, and what it was asked to embed."""

    def __init__(self, inner: Embedder) -> None:
        self.name, self.size, self.lexical_only = inner.name, inner.size, inner.lexical_only
        self._inner = inner
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return self._inner.embed(texts)

    def knows(self, word: str) -> bool:
        return self._inner.knows(word)


@pytest.fixture
def embedder(embeddings: EmbeddingService) -> CountingEmbedder:
    return CountingEmbedder(embeddings.embedder)


@pytest.fixture
def counted(session_catalog: Catalog, embedder: CountingEmbedder) -> Catalog:
    return Catalog(embeddings=EmbeddingService(lambda: embedder), backend=session_catalog.vectors.backend)


@pytest.fixture
def store_id() -> str:
    return new_store()


def put(catalog: Catalog, store_id: str, *products: Product, run: str = "run-1") -> tuple[int, int]:
    report = catalog.index(store_id=store_id, products=products, sync_run=run)
    return report.indexed, report.unchanged


def test_the_same_products_again_are_neither_embedded_nor_written(
    counted: Catalog, embedder: CountingEmbedder, store_id: str
) -> None:
    assert put(counted, store_id, *SHOP) == (len(SHOP), 0)
    embedder.texts.clear()
    assert put(counted, store_id, *SHOP, run="run-2") == (0, len(SHOP))
    assert embedder.texts == []


def test_work_that_is_done_again_reports_what_its_run_made_of_the_products(
    catalog: Catalog, store_id: str
) -> None:
    def report(run: str, *products: Product) -> tuple[int, int, int]:
        told = catalog.index(store_id=store_id, products=products, sync_run=run)
        return told.added, told.changed, told.indexed

    first, second, third, *_ = SHOP
    assert report("run-1", first, second) == (2, 0, 2)
    assert report("run-1", first, second) == (2, 0, 0)
    dearer, other = first.model_copy(update={"price": 1.5}), second.model_copy(update={"title": "Another name"})
    assert report("run-2", dearer, other, third) == (1, 2, 3)
    assert report("run-2", dearer, other, third.model_copy(update={"price": 9.0})) == (1, 2, 1)
    assert report("run-3", dearer) == (0, 0, 0)


def test_a_new_price_is_written_without_embedding_and_found_at_once(
    counted: Catalog, embedder: CountingEmbedder, store_id: str
) -> None:
    jacket = next(product for product in SHOP if product.product_id == "m-down")
    put(counted, store_id, jacket)
    embedder.texts.clear()
    cheaper = jacket.model_copy(update={"price": 12.0, "in_stock": False})
    assert put(counted, store_id, cheaper) == (1, 0)
    assert embedder.texts == []
    assert counted.get(store_id=store_id, product_ids=["m-down"]) == [cheaper]
    hits = counted.search(store_id=store_id, query=SearchQuery(text="down jacket", price_max=20)).hits
    assert [hit.product for hit in hits] == [cheaper]


def test_a_new_title_is_embedded_and_the_old_words_are_gone(counted: Catalog, store_id: str) -> None:
    lamp = next(product for product in SHOP if product.product_id == "lamp")
    put(counted, store_id, lamp)
    put(counted, store_id, lamp.model_copy(update={"title": "Garden Hose", "description": "", "category": ""}))
    assert counted.search(store_id=store_id, query=SearchQuery(text="desk lamp")).hits == []
    assert len(counted.search(store_id=store_id, query=SearchQuery(text="garden hose")).hits) == 1


def test_a_data_sheet_is_found_by_all_of_its_words_and_embedded_by_the_first_few(
    catalog: Catalog, store_id: str
) -> None:
    sheet = {
        "touchscreen": "no",
        "weight": "1.2",
        "finish": "walnut",
        **{f"part {n}": f"value{n} aspect" for n in range(9)},
    }
    lamp = next(product for product in SHOP if product.product_id == "lamp").model_copy(
        update={"attributes": sheet}
    )
    assert lamp.embedding_text().endswith("walnut, " + ", ".join(f"value{n} aspect" for n in range(5)))
    put(catalog, store_id, lamp)
    put(catalog, store_id, lamp.model_copy(update={"attributes": {**sheet, "part 8": "brocade"}}))
    worded = query_vector("brocade")
    assert len(catalog.vectors.hybrid(store_id=store_id, where=(), dense=None, sparse=worded, limit=5)) == 1


def test_only_what_the_run_has_not_seen_is_stale_and_only_of_its_connector(
    catalog: Catalog, store_id: str
) -> None:
    mine = [product.model_copy(update={"connector_id": "mine"}) for product in SHOP[:4]]
    theirs = SHOP[5].model_copy(update={"connector_id": "theirs"})
    put(catalog, store_id, *mine, theirs, run="run-1")
    put(catalog, store_id, *mine[:2], run="run-2")  # unchanged, and seen nevertheless
    assert catalog.remove_stale(store_id=store_id, connector_id="mine", sync_run="run-2") == 2
    left = {product.product_id for product in catalog.scroll(store_id=store_id)}
    assert left == {mine[0].product_id, mine[1].product_id, theirs.product_id}
    assert catalog.count(store_id=store_id, connector_id="mine") == 2


def test_of_an_id_that_comes_twice_the_later_one_counts(catalog: Catalog, store_id: str) -> None:
    first, second = (SHOP[0].model_copy(update={"price": price}) for price in (1.0, 2.0))
    report = catalog.index(store_id=store_id, products=[first, second], sync_run="run-1")
    assert (report.seen, report.indexed) == (2, 1)
    assert catalog.get(store_id=store_id, product_ids=[first.product_id]) == [second]


def test_what_cannot_be_sold_is_rejected_with_its_reason_and_the_rest_goes_in(
    catalog: Catalog, store_id: str
) -> None:
    nameless = SHOP[0].model_copy(update={"product_id": "no-name", "title": "  "})
    priceless = SHOP[0].model_copy(update={"product_id": "no-price", "price": float("inf")})
    report = catalog.index(store_id=store_id, products=[nameless, SHOP[1], priceless], sync_run="run-1")
    assert report.indexed == 1
    assert report.rejected == ["no-name: it has no title", "no-price: its price is not a number"]


def test_a_product_that_no_rule_can_read_is_rejected_and_the_rest_goes_in(
    catalog: Catalog, store_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_most(product: Product, *, store_id: str, sync_run: str) -> Payload:
        if product.title == "Unreadable":
            raise StopIteration
        return to_payload(product, store_id=store_id, sync_run=sync_run)

    monkeypatch.setattr(indexing, "to_payload", of_most)
    unreadable = SHOP[0].model_copy(update={"title": "Unreadable"})
    report = catalog.index(store_id=store_id, products=[unreadable, SHOP[1], SHOP[2]], sync_run="run-1")
    assert (report.seen, report.indexed) == (3, 2)
    assert report.rejected == [f"{unreadable.product_id}: it cannot be read"]
    assert catalog.count(store_id=store_id) == 2


def test_get_keeps_the_given_order_and_leaves_out_what_is_gone(catalog: Catalog, store_id: str) -> None:
    put(catalog, store_id, *SHOP)
    wanted = [SHOP[3].product_id, "gone", SHOP[0].product_id]
    assert catalog.get(store_id=store_id, product_ids=wanted) == [SHOP[3], SHOP[0]]


def test_delete_takes_exactly_the_named_ones_of_this_store(catalog: Catalog, store_id: str) -> None:
    other = new_store()
    put(catalog, store_id, *SHOP)
    put(catalog, other, *SHOP)
    assert catalog.delete(store_id=store_id, product_ids=[SHOP[0].product_id, "gone"]) == 1
    assert catalog.delete(store_id=store_id, product_ids=[]) == 0
    assert catalog.count(store_id=store_id) == len(SHOP) - 1
    assert catalog.count(store_id=other) == len(SHOP)


def test_delete_connector_takes_its_products_alone(catalog: Catalog, store_id: str) -> None:
    put(
        catalog,
        store_id,
        SHOP[0].model_copy(update={"connector_id": "a"}),
        SHOP[1].model_copy(update={"connector_id": "b"}),
    )
    assert catalog.delete_connector(store_id=store_id, connector_id="a") == 1
    assert [product.connector_id for product in catalog.scroll(store_id=store_id)] == ["b"]


def test_categories_follow_what_is_there(catalog: Catalog, store_id: str) -> None:
    assert catalog.categories(store_id=store_id) == []
    put(catalog, store_id, *SHOP)
    assert ("Men > Jackets", 6) in catalog.categories(store_id=store_id)
    catalog.delete(store_id=store_id, product_ids=["lamp"])
    assert "Home > Lamps" not in dict(catalog.categories(store_id=store_id))


def test_a_product_comes_out_as_it_went_in(catalog: Catalog, store_id: str) -> None:
    product = Product.model_validate(
        {
            "product_id": "ünïcode/1",
            "title": "Café ☕ “Noir”",
            "description": "ligne 1\nligne 2",
            "price": 0.0,
            "currency": "EUR",
            "category": "Küche > Tassen",
            "rating": 0.0,
            "rating_count": 0,
            "in_stock": False,
            "attributes": {"größe": "groß"},
            "variants": [
                {"sku": "1", "title": "rot", "price": 3.5, "in_stock": True, "attributes": {"farbe": "rot"}}
            ],
            "updated_at": "2026-11-22T10:00:00Z",
        }
    )
    put(catalog, store_id, product)
    assert catalog.get(store_id=store_id, product_ids=["ünïcode/1"]) == [product]
    assert len(catalog.search(store_id=store_id, query=SearchQuery(text="cafe noir")).hits) == 1


def test_many_products_go_in_in_batches(catalog: Catalog, store_id: str) -> None:
    many = [Product(product_id=str(number), title=f"Screw number {number}") for number in range(600)]
    assert put(catalog, store_id, *many) == (600, 0)
    assert catalog.count(store_id=store_id) == 600
    assert len(list(catalog.scroll(store_id=store_id))) == 600


def test_an_empty_store_id_is_refused(catalog: Catalog) -> None:
    with pytest.raises(ValueError, match="store_id"):
        catalog.count(store_id="")


def test_two_clients_see_each_others_writes(catalog: Catalog, store_id: str, embeddings: EmbeddingService) -> None:
    backend = catalog.vectors.backend
    assert isinstance(backend, HostClient)
    other = Catalog(embeddings=embeddings, backend=HostClient(backend.directory))
    put(other, store_id, SHOP[0])
    assert catalog.get(store_id=store_id, product_ids=[SHOP[0].product_id]) == [SHOP[0]]


# --- Bad input ----------------------------------------------------------------------------------------------
NAN = float("nan")
LAMP = SearchQuery(text="zebra lamp")


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({"title": " \t\n"}, "it has no title"),
        ({"price": NAN}, "its price is not a number"),
        ({"price": float("-inf")}, "its price is not a number"),
        ({"variants": [Variant(sku="1", price=NAN)]}, "its price is not a number"),
        ({"rating": NAN}, "its rating is not a number"),
        ({"attributes": {"size": "x" * 300_000}}, "its attributes are longer than a book"),
    ],
)
def test_what_would_spoil_the_index_is_refused_and_costs_no_other_product(
    catalog: Catalog, store_id: str, update: dict[str, object], reason: str
) -> None:
    bad = SHOP[0].model_copy(update=update)
    report = catalog.index(store_id=store_id, products=[bad, SHOP[1]], sync_run="run-1")
    assert report.rejected == [f"{bad.product_id}: {reason}"]
    assert [product.product_id for product in catalog.scroll(store_id=store_id)] == [SHOP[1].product_id]


def test_a_description_of_a_megabyte_is_cut_and_the_product_is_found_and_left_alone_afterwards(
    counted: Catalog, embedder: CountingEmbedder, store_id: str
) -> None:
    endless = SHOP[0].model_copy(update={"title": "Zebra lamp", "description": "striped " * 130_000})
    put(counted, store_id, endless)
    assert [hit.product.title for hit in counted.search(store_id=store_id, query=LAMP).hits] == ["Zebra lamp"]
    (kept,) = counted.get(store_id=store_id, product_ids=[endless.product_id])
    assert len(kept.description) == 20_000
    embedder.texts.clear()
    assert put(counted, store_id, endless, run="run-2") == (0, 1)
    assert embedder.texts == []


def test_control_characters_and_lone_surrogates_break_nothing(catalog: Catalog, store_id: str) -> None:
    odd = SHOP[0].model_copy(
        update={"title": "Zebra\x00 lamp\x1b[31m\u202e", "brand": "\x07", "description": "\x00" * 50}
    )
    assert put(catalog, store_id, odd) == (1, 0)
    assert catalog.get(store_id=store_id, product_ids=[odd.product_id]) == [odd]
    assert len(catalog.search(store_id=store_id, query=LAMP).hits) == 1
    with pytest.raises(ValueError, match="unicode"):
        Product(product_id="x", title="half \ud800 a sign")


def test_no_products_at_all_are_no_mistake(catalog: Catalog, store_id: str) -> None:
    report = catalog.index(store_id=store_id, products=iter(()), sync_run="run-1")
    assert (report.seen, report.indexed, report.rejected) == (0, 0, [])
    assert catalog.search(store_id=store_id, query=LAMP).hits == []
    assert catalog.remove_stale(store_id=store_id, connector_id="c", sync_run="run-1") == 0


def test_the_same_text_in_two_products_and_two_stores_is_embedded_once(
    session_catalog: Catalog, embedder: CountingEmbedder, store_id: str, tmp_path: Path
) -> None:
    cache = VectorCache(tmp_path / "vectors.sqlite3", most_bytes=1_000_000)
    catalog = Catalog(
        embeddings=EmbeddingService(lambda: embedder, cache=cache), backend=session_catalog.vectors.backend
    )
    twin = SHOP[0].model_copy(update={"product_id": "twin"})
    put(catalog, store_id, SHOP[0], twin)
    put(catalog, new_store(), SHOP[0])
    assert len(embedder.texts) == 1
