"""`Catalog`: everything that the other rooms ask of the catalogue."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.embedding.image import IMAGE_SIZE
from apps.catalog.engine.errors import CatalogError, OldIndexDamagedError
from apps.catalog.engine.facets import FacetCounter, Facets
from apps.catalog.engine.images.fetching import Fetcher
from apps.catalog.engine.images.photos import PhotoSearch
from apps.catalog.engine.indexing import Indexer
from apps.catalog.engine.intents import INTENT_FIELDS, IntentIndex
from apps.catalog.engine.payload import PRODUCT_FIELDS, point_id, to_product
from apps.catalog.engine.queries import CatalogHealth, Chip, Hit, IndexReport, SearchQuery, SearchResult
from apps.catalog.engine.ranking.rules import NO_RULES, Rules
from apps.catalog.engine.ranking.search import Searcher
from apps.catalog.engine.records import AnyOf, Equals, Payload, Where
from apps.catalog.engine.soundness import fault_of
from apps.catalog.engine.statistics import IndexStatistics, statistics_of
from apps.catalog.engine.suggestions import Suggester, Suggestion
from apps.catalog.engine.understanding.asking import Asking
from apps.catalog.engine.understanding.checking import CheckedReader
from apps.catalog.engine.understanding.limits.registry import chips_of
from apps.catalog.engine.understanding.mentions import mentioned
from apps.catalog.engine.understanding.store_words import StoreWords
from apps.catalog.engine.understanding.vocabulary import Vocabularies, Vocabulary
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.verification import Verification
from apps.catalog.engine.walking import Progress
from apps.catalog.engine.words.languages import language
from apps.catalog.engine.words.lexical import query_vector
from apps.catalog.product import Product

_log = logging.getLogger(__name__)
_MENTION_CANDIDATES = 40
# The cosine of two texts from which products are alike: a jacket and a parka, not a jacket and a lamp.
_ALIKE = 0.35


class Catalog:
    """Synchronous and safe to call from several threads; async callers use `asyncio.to_thread`.

    Every call may raise `CatalogError("index_unreachable")` within two seconds.
    """

    def __init__(
        self,
        *,
        embeddings: EmbeddingService,
        backend: VectorBackend,
        rules: Callable[[str], Rules] = lambda store_id: NO_RULES,
        fetcher: Fetcher | None = None,
        search_language: str = "en",
    ) -> None:
        """`rules` tells a store's own rules of search; it must answer at once and never raise.

        `fetcher` brings the products' pictures; without one they get no vectors.
        `search_language`: the code of the language that the catalogue is written in, for stems and stop words.
        """
        self.embeddings = embeddings
        self._rules = rules
        self.vectors = VectorService(
            backend,
            alias="products",
            embeddings=embeddings,
            fields=PRODUCT_FIELDS,
            lexical=True,
            image_size=IMAGE_SIZE,
            language=language(search_language),
        )
        examples = VectorService(
            backend, alias="intents", embeddings=embeddings, fields=INTENT_FIELDS, lexical=False
        )
        self.intents = IntentIndex(embeddings=embeddings, vectors=examples)
        self._vocabularies = Vocabularies(self.vectors)
        self._words = words = StoreWords(self.vectors)
        self._asking = Asking(vectors=self.vectors, words=words, is_word=embeddings.knows)
        self._suggester = Suggester(
            vectors=self.vectors, vocabularies=self._vocabularies, words=words, is_word=embeddings.knows
        )
        self._searcher = Searcher(embeddings=embeddings, vectors=self.vectors, vocabularies=self._vocabularies)
        self._reader = CheckedReader(
            vectors=self.vectors,
            vocabularies=self._vocabularies,
            words=words,
            misses_a_title=self._searcher.misses_a_title,
        )
        self._facets = FacetCounter(vectors=self.vectors, vocabularies=self._vocabularies, search=self.search)
        self._photos = PhotoSearch(embeddings=embeddings, vectors=self.vectors)
        self._indexer = Indexer(embeddings=embeddings, vectors=self.vectors, fetcher=fetcher)
        self._rebuild_lock = threading.Lock()
        self._rebuilding: threading.Thread | None = None

    # --- Questions ------------------------------------------------------------------------------------
    def parse(self, *, store_id: str, text: str, correct: bool = True) -> SearchQuery:
        """Limits, stock, rating, sort and the category, by the store's own words; the rest stays in `.text`.

        `correct`: typing errors are corrected and stand in `.corrected`.
        """
        return self._asking.query(
            store_id=store_id,
            text=text,
            read=lambda said: self._reader.query(store_id=store_id, text=said),
            correct=correct,
            is_own=self._rules(store_id).know,
        )

    def suggest(self, *, store_id: str, text: str, limit: int = 8) -> list[Suggestion]:
        """How a text that is being typed may go on: categories, brands, words, products."""
        return self._suggester.suggest(store_id=store_id, text=text, limit=limit)

    def vocabulary(self, *, store_id: str) -> Vocabulary:
        """What the store calls its things; a few seconds old at most."""
        return self._vocabularies.of(store_id)

    def search(self, *, store_id: str, query: SearchQuery, explain: bool = False) -> SearchResult:
        """`explain`: each hit tells the reasons for its place."""
        return self._searcher.search(store_id=store_id, query=query, rules=self._rules(store_id), explain=explain)

    def chips(self, *, store_id: str, query: SearchQuery) -> list[Chip]:
        return chips_of(query, self._vocabularies.of(store_id).currency)

    def has_category(self, *, store_id: str, name: str) -> bool:
        return self._vocabularies.of(store_id).category(name) is not None

    def total(self, *, store_id: str, query: SearchQuery) -> int | None:
        """How many products fit, whatever the query's page; None where words rank, since those hits fade away."""
        return self._facets.total(store_id=store_id, query=query)

    def facets(self, *, store_id: str, query: SearchQuery) -> Facets:
        """How the products within the query's limits spread; with words that rank, its best hundred."""
        return self._facets.count(store_id=store_id, query=query)

    def search_image(self, *, store_id: str, photo: bytes, query: SearchQuery | None = None) -> list[Hit]:
        """What looks like a shopper's photo, within the query's limits. See `PhotoSearch.find`."""
        return self.search_image_within(store_id=store_id, photo=photo, queries=[query or SearchQuery()])[0]

    def search_image_within(
        self, *, store_id: str, photo: bytes, queries: Sequence[SearchQuery]
    ) -> list[list[Hit]]:
        """The same within the limits of several queries, at one look at the photo."""
        return self._photos.find(store_id=store_id, photo=photo, queries=queries)

    def finds_photos(self, *, store_id: str) -> bool:
        """Whether a shopper's photo can find anything: a model is here, and has seen a picture of the store's."""
        return self._photos.possible(store_id=store_id)

    def similar(self, *, store_id: str, product_id: str, limit: int, in_stock: bool | None = None) -> list[Hit]:
        """The products that are most like this one, by its text and its picture; none that is merely nearest."""
        where: Where = () if in_stock is None else (Equals("in_stock", int(in_stock)),)
        found = self.vectors.similar(
            store_id=store_id, id_=point_id(store_id, product_id), where=where, limit=limit
        )
        return [
            Hit(product=to_product(match.payload), score=match.score)
            for match in found
            if (match.dense or 0.0) >= _ALIKE
        ]

    def ranking(self, *, store_id: str, query: SearchQuery, depth: int) -> list[str]:
        """Product ids for measuring the ranking: `search` deeper than any page, then what its floor hides."""
        return self._searcher.ranking(store_id=store_id, query=query, depth=depth)

    def get(self, *, store_id: str, product_ids: Sequence[str]) -> list[Product]:
        """The products in the given order; those that are gone are left out."""
        ids = [point_id(store_id, product_id) for product_id in product_ids]
        found = self.vectors.retrieve(store_id=store_id, ids=list(dict.fromkeys(ids)))
        return [to_product(found[id_]) for id_ in ids if id_ in found]

    def mentioned(self, *, store_id: str, text: str, limit: int = 3) -> list[Product]:
        """The products whose title a free text names, in the order in which it names them."""
        words = query_vector(text, language=self.vectors.language)
        if words is None:
            return []
        matches = self.vectors.hybrid(
            store_id=store_id,
            where=(),
            dense=None,
            sparse=words,
            limit=_MENTION_CANDIDATES,
            candidates=_MENTION_CANDIDATES,
        )
        return mentioned(text, [to_product(match.payload) for match in matches], limit=limit)

    def scroll(self, *, store_id: str, connector_id: str | None = None) -> Iterator[Product]:
        for _, payload in self.vectors.scroll(store_id=store_id, where=_of_connector(connector_id)):
            yield to_product(payload)

    def writers(self, *, store_id: str, connector_id: str) -> Iterator[tuple[str, str]]:
        """The id of each product of the connector, with the sync run that last found it new or changed."""
        for _, payload in self.vectors.scroll(store_id=store_id, where=_of_connector(connector_id)):
            yield str(payload["product_id"]), str(payload.get("written_by", ""))

    def count(self, *, store_id: str, connector_id: str | None = None) -> int:
        return self.vectors.count(store_id=store_id, where=_of_connector(connector_id))

    def categories(self, *, store_id: str) -> list[tuple[str, int]]:
        """The categories with their number of products, by name."""
        return list(self._vocabularies.of(store_id).categories)

    # --- Changes --------------------------------------------------------------------------------------
    def index(self, *, store_id: str, products: Iterable[Product], sync_run: str) -> IndexReport:
        """Writes what is new or changed, embeds only where the words changed, marks all with `sync_run`."""
        self.rebuild()
        try:
            return self._indexer.index(store_id=store_id, products=products, sync_run=sync_run)
        finally:
            self._forget(store_id)

    def remove_stale(self, *, store_id: str, connector_id: str, sync_run: str) -> int:
        """Deletes the connector's products that this run has not seen; returns how many."""
        removed = self._indexer.remove_stale(store_id=store_id, connector_id=connector_id, sync_run=sync_run)
        self._forget(store_id)
        return removed

    def delete(self, *, store_id: str, product_ids: Sequence[str]) -> int:
        if not product_ids:
            return 0
        removed = self.vectors.delete(store_id=store_id, where=(AnyOf("product_id", tuple(product_ids)),))
        self._forget(store_id)
        return removed

    def delete_connector(self, *, store_id: str, connector_id: str) -> int:
        removed = self.vectors.delete(store_id=store_id, where=_of_connector(connector_id))
        self._forget(store_id)
        return removed

    def _forget(self, store_id: str) -> None:
        self._vocabularies.forget(store_id)
        self._words.forget(store_id)

    # --- State ----------------------------------------------------------------------------------------
    def rebuild(self) -> None:
        """Embeds the index again when another model made it. Readers use the old one until it is done."""
        if self.vectors.mismatched:
            with self._rebuild_lock:
                self._indexer.rebuild()

    def rebuild_index(self, *, progress: Progress = lambda done, total: None) -> bool:
        """Makes the whole index again and swaps it in; queries go on meanwhile. For `manage.py index rebuild`.

        False: it was damaged and could not be read. Then it was set aside (`damaged/` beside the index), an empty
        one is in its place, and the next sync of each store fills it.
        """
        with self._rebuild_lock:
            try:
                self._indexer.rebuild(always=True, progress=progress)
            except OldIndexDamagedError:
                self.vectors.reset()
                return False
        return True

    def warm_up(self) -> None:
        """Loads the model and opens the index; an index of another model is rebuilt in the background."""
        self.embeddings.query("warm up")
        if not self.vectors.health().state.damage and self.vectors.mismatched and self._rebuilding is None:
            self._rebuilding = threading.Thread(target=self._rebuild_quietly, name="rebuild-index", daemon=True)
            self._rebuilding.start()

    def health(self) -> CatalogHealth:
        """Never raises: what is wrong stands in `error`."""
        health = CatalogHealth(ok=False, backend=type(self.vectors.backend).__name__)
        try:
            health.model, health.lexical_only = self.embeddings.name, self.embeddings.lexical_only
            self.vectors.backend.ping()
            index = self.vectors.health()
            health.index_model, health.rebuilding = index.collection, index.mismatched and not index.problem
            health.points, health.error = index.state.points, index.state.damage or index.problem
            health.ok = not index.state.damage
        except CatalogError as error:
            health.error = error.text
        return health

    def statistics(self) -> IndexStatistics:
        """What is in the index, also in one that is damaged."""
        collections = [statistics_of(one.health()) for one in (self.vectors, self.intents.vectors)]
        return IndexStatistics(
            backend=type(self.vectors.backend).__name__,
            model=self.embeddings.name,
            lexical_only=self.embeddings.lexical_only,
            collections=collections,
            stores={} if collections[0].damage else self.vectors.stores(),
        )

    def verify(self, *, stores: Collection[str], progress: Progress) -> Verification:
        """Reads every product with its vectors. One of a store that is not among `stores` is an orphan."""

        def fault(id_: str, payload: Payload) -> str:
            orphan = "is of a store that does not exist" if payload.get("store_id") not in stores else ""
            return fault_of(id_, payload) or orphan

        return self.vectors.verify(fault_of=fault, progress=progress)

    def _rebuild_quietly(self) -> None:
        try:
            self.rebuild()
        except CatalogError as error:
            _log.warning("The index is of another model and could not be rebuilt: %s", error)
        finally:
            self._rebuilding = None


def _of_connector(connector_id: str | None) -> Where:
    return () if connector_id is None else (Equals("connector_id", connector_id),)
