"""A catalogue in another language than English: its own stems and stop words, in an index of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.words.languages import LANGUAGES, Language
from apps.catalog.product import Product

STORE = "laden"
PRODUCTS = [
    Product(product_id="lampen", title="Zwei Lampen aus Messing", brand="Licht"),
    Product(product_id="stuhl", title="Bequemer Stuhl", brand="Holz"),
]


def in_language(code: str, embeddings: EmbeddingService, directory: Path) -> Catalog:
    return Catalog(embeddings=embeddings, backend=HostClient(directory), search_language=code)


def ids(catalog: Catalog, text: str) -> list[str]:
    hits = catalog.search(store_id=STORE, query=SearchQuery(text=text)).hits
    return [hit.product.product_id for hit in hits]


def test_a_german_catalogue_is_searched_by_german_stems_and_an_english_index_is_made_again(
    embeddings: EmbeddingService, own_host: Path
) -> None:
    english, german = in_language("en", embeddings, own_host), in_language("de", embeddings, own_host)
    english.index(store_id=STORE, products=PRODUCTS, sync_run="run-1")
    assert german.vectors.mismatched
    german.rebuild()
    assert german.health().index_model.startswith(german.vectors.own_name)
    assert ids(german, "die Lampe und das") == ["lampen"]
    assert ids(german, "bequeme Stühle") == ["stuhl"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_a_stemmer_and_stop_words(code: str) -> None:
    language = Language(code)
    assert len(language.stop_words) > 50
    assert language.stem("tn2110") == "tn2110"


def test_an_unknown_language_is_refused_with_the_known_ones(embeddings: EmbeddingService, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="de, el, en"):
        in_language("klingon", embeddings, tmp_path)


def test_the_setting_takes_what_the_engine_knows() -> None:
    assert set(settings.SEARCH_LANGUAGES) == set(LANGUAGES)
