"""The intents collection."""

from __future__ import annotations

from apps.catalog.engine.catalog import Catalog
from apps.catalog.tests.shop import new_store

EXAMPLES = {
    "order_status": ["where is my order?", "track my parcel"],
    "returns": ["I want to send this back", "how do I return something?"],
    "greeting": ["hello", "good morning"],
}


def test_the_nearest_example_is_found_by_meaning(catalog: Catalog) -> None:
    store_id = new_store()
    catalog.intents.sync(examples=EXAMPLES, store_id=store_id)
    matches = catalog.intents.match(text="has my package been shipped yet", store_id=store_id, limit=2)
    assert matches[0].intent == "order_status"
    assert matches[0].score >= matches[1].score
    assert catalog.intents.match(text="hello", store_id=store_id)[0].score > 0.99


def test_changed_examples_replace_the_old_ones(catalog: Catalog) -> None:
    store_id = new_store()
    catalog.intents.sync(examples=EXAMPLES, store_id=store_id)
    catalog.intents.sync(examples={"weather": ["will it rain?"]}, store_id=store_id)
    assert {match.intent for match in catalog.intents.match(text="hello", store_id=store_id)} == {"weather"}


def test_the_same_examples_are_embedded_once(catalog: Catalog) -> None:
    store_id = new_store()
    catalog.intents.sync(examples=EXAMPLES, store_id=store_id)
    embedded: list[str] = []
    documents = catalog.embeddings.documents
    catalog.embeddings.documents = lambda texts: embedded.extend(texts) or documents(texts)  # type: ignore[method-assign, func-returns-value]  # watched for this test
    try:
        fresh = Catalog(embeddings=catalog.embeddings, backend=catalog.vectors.backend)
        fresh.intents.sync(examples=EXAMPLES, store_id=store_id)
        assert embedded == []
        fresh.intents.sync(examples={"greeting": ["hi"]}, store_id=store_id)
        assert embedded == ["hi"]
    finally:
        del catalog.embeddings.documents


def test_a_stores_own_examples_are_not_anothers(catalog: Catalog) -> None:
    one, two = new_store(), new_store()
    catalog.intents.sync(examples=EXAMPLES, store_id=one)
    assert catalog.intents.match(text="hello", store_id=two) == []
