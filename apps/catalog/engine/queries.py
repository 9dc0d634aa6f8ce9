"""What is asked of the catalogue, and what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.understanding.measures import KINDS, UNITS
from apps.catalog.product import Product

Sort = Literal["relevance", "price_asc", "price_desc", "rating", "newest"]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Words = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=20)]
ProductIds = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=100)]

# What removing a limit resets, by the first part of its key. The lists hold several limits, each with its own
# key: "color:red".
_FIELDS = {
    "category": ("category",),
    "price": ("price_min", "price_max", "price_over", "price_under"),
    "in_stock": ("in_stock",),
    "rating": ("rating_min",),
    "sort": ("sort",),
    "brand": ("brands",),
    "color": ("colors",),
    "size": ("sizes",),
    "measure": ("measures",),
    "not_brand": ("not_brands",),
    "not_color": ("not_colors",),
    "not_word": ("not_words",),
}
_NARROWING = {field for name, fields in _FIELDS.items() if name not in ("category", "sort") for field in fields}
# What the key of a limit begins with.
LIMIT_NAMES = tuple(_FIELDS)


class MeasureLimit(BaseModel):
    """A number with its unit: {"kind": "memory", "minimum": 16, "unit": "gb"} is at least 16 GB of memory.

    Equal bounds ask for exactly that. The kinds and the units stand in `understanding/measures.py`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(min_length=1, max_length=40)
    unit: str = Field(min_length=1, max_length=20)
    minimum: float | None = Field(default=None, allow_inf_nan=False)
    maximum: float | None = Field(default=None, allow_inf_nan=False)
    exclusive: bool = False

    @model_validator(mode="after")
    def _known(self) -> MeasureLimit:
        if self.kind not in KINDS or self.unit not in UNITS:
            raise ValueError(f"nothing is measured as {self.kind!r} in {self.unit!r}")
        return self


class SearchQuery(BaseModel):
    """A search in one store. The limits are hard: no hit breaks one. `text` ranks, and must mean something.

    Of `brands`, `colors` and `sizes` a hit has one each; it keeps all `measures`, and has nothing of `not_...`.
    `corrected`: words that were typed and what was searched instead. `part_number`: the key of a product that the
    text names by its number, see `words/part_numbers.py`. `among`: where it is not empty, a hit is one of these,
    and while no words rank they come in this order; it is nobody's words, so no chip takes it away.
    """

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=2_000)
    price_min: Price | None = None
    price_max: Price | None = None
    # "over 60" and "under 60" do not count the 60 itself; "from 60" and "up to 60" do.
    price_over: bool = False
    price_under: bool = False
    in_stock: bool | None = None
    category: str | None = Field(default=None, max_length=500)
    brands: Words = []
    colors: Words = []
    sizes: Words = []
    measures: list[MeasureLimit] = Field(default=[], max_length=20)
    not_brands: Words = []
    not_colors: Words = []
    not_words: Words = []
    rating_min: float | None = Field(default=None, ge=0, le=5, allow_inf_nan=False)
    among: ProductIds = []
    sort: Sort = "relevance"
    corrected: dict[str, str] = {}
    part_number: str = Field(default="", max_length=200)
    limit: int = Field(default=8, ge=1, le=100)
    offset: int = Field(default=0, ge=0, le=10_000)

    @model_validator(mode="after")
    def _prices_in_order(self) -> SearchQuery:
        if self.price_min is not None and self.price_max is not None and self.price_min > self.price_max:
            raise ValueError("price_min is above price_max")
        return self

    @property
    def is_limited(self) -> bool:
        """Whether more than words, a category and an order narrow the search."""
        return bool(self.model_dump(exclude_defaults=True, include=_NARROWING))

    def without(self, key: str) -> SearchQuery:
        """The same search without the limit of this key, as `SearchResult.chips` names them.

        A limit that is not set is not missed; a key of no limit is `CatalogError("unknown_filter")`.
        """
        name, _, value = key.partition(":")
        if name not in _FIELDS:
            raise CatalogError("unknown_filter", f"There is no filter {key[:60]!r}.")
        update: dict[str, Any] = {}
        for field in _FIELDS[name]:
            entries = getattr(self, field)
            if isinstance(entries, list) and value:
                update[field] = [entry for entry in entries if value not in _names(entry)]
            else:
                update[field] = SearchQuery.model_fields[field].get_default(call_default_factory=True)
        return self.model_copy(update=update)


def limit_key(kind: str, entry: str | MeasureLimit) -> str:
    """The key of one limit of a list, "color:red" or "measure:memory:16-:gb"."""
    return f"{kind}:{_names(entry)[0]}"


def _names(entry: str | MeasureLimit) -> tuple[str, ...]:
    """What a limit is called: a measure by all it says, and by its kind, which may have several limits."""
    if isinstance(entry, str):
        return (entry,)
    low, high = ("" if bound is None else f"{bound:.10g}" for bound in (entry.minimum, entry.maximum))
    return f"{entry.kind}:{low}-{high}:{entry.unit}", entry.kind


class Chip(BaseModel):
    """A limit as it is shown, "under $60", and the key that removes it (`SearchQuery.without`)."""

    model_config = ConfigDict(frozen=True)

    key: str
    label: str


class Reasons(BaseModel):
    """Why a product is where it is. A channel is None where it was not asked or does not know the product.

    `text` and `image` are cosines, `lexical` the BM25 score; `fused` (0..1) comes out of the three. `boosts` were
    added to it: "title" (it is what was asked for), "out_of_stock", "variant" (of one that stands above it).
    `place` is who put it here past all scores: "part_number", or the id of a merchant's rule. `words`: which of
    the question's (as stems) stand in which field. `limits`: the labels of those that it keeps.
    """

    text: float | None = None
    lexical: float | None = None
    image: float | None = None
    fused: float = 0.0
    boosts: dict[str, float] = {}
    place: str = ""
    words: dict[str, list[str]] = {}
    limits: list[str] = []


class Hit(BaseModel):
    """A product, and how well it fits, 0..1 (0 where nothing was asked but limits). `reasons` where asked for."""

    product: Product
    score: float
    reasons: Reasons | None = None


class SearchResult(BaseModel):
    """`hits` is empty when the store has nothing that fits. `query` is what was really asked, see `chips`."""

    hits: list[Hit]
    query: SearchQuery
    chips: list[Chip] = []

    @property
    def labels(self) -> list[str]:
        return [chip.label for chip in self.chips]


class IndexReport(BaseModel):
    """`seen` products came, `indexed` were written, `unchanged` were there already; `rejected` says why not.

    `added` and `changed` are what the sync run made of these products, in this call or in an earlier one: work
    that is done again after its worker was killed reports the same.

    `problems` are of products that were written nevertheless: their pictures could not be had.
    """

    seen: int = 0
    indexed: int = 0
    unchanged: int = 0
    added: int = 0
    changed: int = 0
    rejected: list[str] = []
    problems: list[str] = []


class IntentMatch(BaseModel):
    """An example that is near to what was said; `score` is their cosine."""

    intent: str
    example: str
    score: float


class CatalogHealth(BaseModel):
    """Whether the index answers, which model made it, and the points of all stores.

    `error` says why it does not answer, or why it stays of another model.
    """

    ok: bool
    error: str = ""
    backend: str = ""
    model: str = ""
    index_model: str = ""
    points: int = 0
    lexical_only: bool = False
    rebuilding: bool = False
