"""What a store calls its things: categories, brands, currency. Read from the index, kept for a few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from apps.catalog.engine.payload import category_key, category_keys, segments
from apps.catalog.engine.understanding.brands import brand_names
from apps.catalog.engine.understanding.kept import KeptByStore
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.lexical import terms

_FRESH_S = 5.0
# A store that is asked again after this is read first: nobody is told of a shelf that was emptied long ago.
_USABLE_S = 30.0
_MOST_STORES = 1_000
_MOST_CATEGORIES = 2_000
# A store whose records hardly ever name a colour would lose its blue mugs to a limit: there the word ranks.
_FEWEST_COLORED = 0.1
# Words that many category names carry and no shopper needs to say: "men's clothing" is met by "for men".
_GENERIC = frozenset(
    terms("clothing clothes apparel wear accessories supplies goods articles collection category all")
)


@dataclass(frozen=True, slots=True)
class CategoryName:
    """A name that a category answers to. `needs`: for each segment the words of which all must be said."""

    key: str
    label: str
    needs: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Vocabulary:
    """`colors`: the keys that the store's records have, empty where few have any.

    `measure_kinds`: what they measure; `has_uncategorised`: some have no category. `image_models`: the models that
    have seen their pictures, empty where none has one.
    """

    categories: tuple[tuple[str, int], ...]
    names: tuple[CategoryName, ...]
    brands: tuple[str, ...]
    currency: str
    colors: frozenset[str] = frozenset()
    measure_kinds: frozenset[str] = frozenset()
    has_sizes: bool = False
    has_uncategorised: bool = False
    image_models: frozenset[str] = frozenset()

    @cached_property
    def brand_names(self) -> dict[str, str]:
        return brand_names(self.brands)

    @cached_property
    def category_stems(self) -> frozenset[str]:
        """The words that categories are called by: what they say is no colour."""
        return frozenset(word for name in self.names for needs in name.needs for word in needs)

    def category(self, text: str) -> CategoryName | None:
        """The category of exactly this name, "Men > Jackets" or "jackets", whatever its case."""
        key = category_key(text)
        return next((name for name in self.names if name.key == key), None)


class Vocabularies:
    """The vocabulary of each store; `forget` after a write, so that this process sees its own at once."""

    def __init__(self, vectors: VectorService) -> None:
        self._vectors = vectors
        self._kept = KeptByStore(self._read, fresh_s=_FRESH_S, usable_s=_USABLE_S, most=_MOST_STORES)

    def of(self, store_id: str) -> Vocabulary:
        return self._kept.of(store_id)

    def forget(self, store_id: str) -> None:
        self._kept.forget(store_id)

    def _read(self, store_id: str) -> Vocabulary:
        categories = self._vectors.facet(store_id=store_id, field="category", limit=_MOST_CATEGORIES)
        named = [(name, count) for name, count in categories if name.strip()]
        brands = self._vectors.facet(store_id=store_id, field="brand")
        currencies = self._vectors.facet(store_id=store_id, field="currency", limit=1)
        return Vocabulary(
            categories=tuple(sorted(named)),
            names=tuple(category_names([name for name, _ in named])),
            brands=tuple(brand for brand, _ in brands if brand.strip()),
            currency=currencies[0][0] if currencies else "USD",
            has_uncategorised=len(named) < len(categories),
            colors=self._colors(store_id),
            measure_kinds=self._values(store_id, "measure_kinds"),
            image_models=self._values(store_id, "image_model"),
            has_sizes=bool(self._vectors.facet(store_id=store_id, field="size_keys", limit=1)),
        )

    def _values(self, store_id: str, field: str) -> frozenset[str]:
        return frozenset(value for value, _ in self._vectors.facet(store_id=store_id, field=field) if value)

    def _colors(self, store_id: str) -> frozenset[str]:
        colors = self._vectors.facet(store_id=store_id, field="color_keys")
        kept = sum(count for _, count in colors) >= _FEWEST_COLORED * self._vectors.count(store_id=store_id)
        return frozenset(color for color, _ in colors) if kept else frozenset()


def category_names(categories: list[str]) -> list[CategoryName]:
    """All names that these categories answer to, each once."""
    names: dict[str, CategoryName] = {}
    for category in categories:
        labels = {key: part.strip() for key, part in zip(segments(category), _parts(category), strict=True)}
        for key in category_keys(category):
            if key not in names:
                path = key.split(" > ")
                label = " > ".join(labels.get(segment, segment) for segment in path)
                needs = tuple(_needs(segment) for segment in path)
                names[key] = CategoryName(key=key, label=label, needs=needs)
    return list(names.values())


def _parts(category: str) -> list[str]:
    return [part for part in category.split(">") if part.strip()]


def _needs(segment: str) -> frozenset[str]:
    # "mens-watches" is written so for an address; the joined form is nobody's word.
    words = frozenset(terms(segment.replace("-", " ").replace("/", " ")))
    return words - _GENERIC or words
