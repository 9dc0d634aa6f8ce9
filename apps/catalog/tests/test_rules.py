"""What a store's own rules do to a search: pins, buries, synonyms."""

from __future__ import annotations

import pytest

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.ranking.rules import Placement, Rules
from apps.catalog.tests.shop import SHOP, new_store


def placement(phrase: str, *product_ids: str, whole: bool = True) -> Placement:
    return Placement(rule="r1", phrase=phrase, whole=whole, product_ids=product_ids)


@pytest.mark.parametrize(
    ("phrase", "whole", "query", "applies"),
    [
        ("jacket", True, SearchQuery(text="jackets"), True),
        ("jackets", True, SearchQuery(text="warm jackets"), False),
        ("jackets", False, SearchQuery(text="warm jackets"), True),
        ("warm jackets", False, SearchQuery(text="jackets"), False),
        ("Jäckets", True, SearchQuery(text="the jackets", price_max=60), True),
        ("fjell jackets", True, SearchQuery(text="jackets", brands=["Fjell"]), True),
        ("jackets", True, SearchQuery(text="jackets", brands=["Fjell"]), False),
        ("red jackets", True, SearchQuery(text="jackets", colors=["red"]), True),
        ("jackets", True, SearchQuery(category="Jackets"), True),
        ("men", False, SearchQuery(text="warm", category="Men > Jackets"), True),
        ("jackets", True, SearchQuery(text="jackets", sort="price_asc"), False),
        ("the", True, SearchQuery(text=""), False),
    ],
)
def test_a_rule_applies_to_its_phrase(phrase: str, whole: bool, query: SearchQuery, applies: bool) -> None:
    rules = Rules(pinned=(placement(phrase, "p1", whole=whole),))
    assert rules.placed(query).pinned == ({"p1": "r1"} if applies else {})


def test_what_is_pinned_is_not_buried() -> None:
    rules = Rules(pinned=(placement("mug", "p1"),), buried=(placement("mug", "p1", "p2"),))
    placed = rules.placed(SearchQuery(text="mug"))
    assert (list(placed.pinned), list(placed.buried)) == (["p1"], ["p2"])


def test_synonyms_are_the_other_words_of_a_group_that_the_text_says() -> None:
    rules = Rules(synonyms=(("sofa", "couch", "chesterfield settee"), ("lamp", "light")))
    assert rules.same("red couches") == ["sofa", "chesterfield settee"]
    assert rules.same("a chesterfield settee") == ["sofa", "couch"]
    assert rules.same("settee") == []


def test_a_word_of_a_rule_is_known() -> None:
    rules = Rules(pinned=(placement("xmas lights"),), synonyms=(("sofa", "chesterfield settee"),))
    assert rules.know("light")
    assert rules.know("Settees")
    assert not rules.know("couch")
    assert not rules.know("the")


@pytest.fixture(scope="module")
def stocked(session_catalog: Catalog) -> str:
    store_id = new_store()
    session_catalog.index(store_id=store_id, products=SHOP, sync_run="run-1")
    return store_id


def found(catalog: Catalog, store_id: str, rules: Rules, query: SearchQuery) -> list[str]:
    ruled = Catalog(embeddings=catalog.embeddings, backend=catalog.vectors.backend, rules=lambda _: rules)
    return [hit.product.product_id for hit in ruled.search(store_id=store_id, query=query).hits]


JACKETS = SearchQuery(text="jackets", category="Men > Jackets")


def test_pinned_products_come_first_in_their_order(session_catalog: Catalog, stocked: str) -> None:
    plain = found(session_catalog, stocked, Rules(), JACKETS)
    assert len(plain) >= 2
    rules = Rules(pinned=(placement("jackets", plain[-1], plain[0]),))
    assert found(session_catalog, stocked, rules, JACKETS) == [plain[-1], *plain[:-1]]


def test_a_product_that_the_words_would_never_find_can_be_pinned(session_catalog: Catalog, stocked: str) -> None:
    other = next(product for product in SHOP if "Jackets" not in product.category)
    rules = Rules(pinned=(placement("quantum tractor", other.product_id),))
    assert found(session_catalog, stocked, rules, SearchQuery(text="quantum tractor")) == [other.product_id]


def test_a_pinned_product_keeps_every_limit(session_catalog: Catalog, stocked: str) -> None:
    plain = found(session_catalog, stocked, Rules(), JACKETS)
    prices = {product.product_id: product.price or 0.0 for product in SHOP}
    dearest = max(plain, key=lambda id_: prices[id_])
    rules = Rules(pinned=(placement("jackets", dearest),))
    query = JACKETS.model_copy(update={"price_max": prices[dearest] - 0.01})
    assert dearest not in found(session_catalog, stocked, rules, query)


def test_buried_products_come_last(session_catalog: Catalog, stocked: str) -> None:
    plain = found(session_catalog, stocked, Rules(), JACKETS)
    rules = Rules(buried=(placement("jackets", plain[0]),))
    assert found(session_catalog, stocked, rules, JACKETS) == [*plain[1:], plain[0]]


@pytest.mark.parametrize("query", [JACKETS, SearchQuery(category="Men")], ids=["ranked", "browsed"])
def test_pages_show_every_product_once_whatever_is_pinned_and_buried(
    session_catalog: Catalog, stocked: str, query: SearchQuery
) -> None:
    plain = found(session_catalog, stocked, Rules(), query.model_copy(update={"limit": 100}))
    phrase = query.text or "men"
    rules = Rules(pinned=(placement(phrase, plain[-1]),), buried=(placement(phrase, plain[0]),))
    pages = [
        id_
        for offset in range(0, len(plain) + 1, 2)
        for id_ in found(session_catalog, stocked, rules, query.model_copy(update={"limit": 2, "offset": offset}))
    ]
    assert pages == [plain[-1], *plain[1:-1], plain[0]]


def test_the_stores_own_word_finds_what_it_stands_for(session_catalog: Catalog, stocked: str) -> None:
    query = SearchQuery(text="zwetschgenhut")
    assert found(session_catalog, stocked, Rules(), query) == []
    rules = Rules(synonyms=(("zwetschgenhut", "headphones"),))
    hits = found(session_catalog, stocked, rules, query)
    titles = {product.product_id: product.title for product in SHOP}
    assert "Headphones" in titles[hits[0]]


def test_a_stores_own_word_is_no_typing_error(session_catalog: Catalog, stocked: str) -> None:
    def read(rules: Rules) -> SearchQuery:
        catalog = Catalog(
            embeddings=session_catalog.embeddings, backend=session_catalog.vectors.backend, rules=lambda _: rules
        )
        return catalog.parse(store_id=stocked, text="jackat")

    assert read(Rules()).corrected == {"jackat": "jacket"}
    assert read(Rules(synonyms=(("jackat", "headphones"),))).text == "jackat"
