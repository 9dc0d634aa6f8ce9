"""The demo store's own catalogue, as its platform holds it: the assistant knows it only through the connector."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.utils.text import slugify
from pydantic import BaseModel, ConfigDict

from eaichat.demo.art.picture import picture

CURRENCY = "USD"
_FILE = Path(__file__).parent / "data" / "products.json"


class Art(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    colour: str
    accent: str


class Rating(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: float
    count: int


class Item(BaseModel):
    """One product: `price` in US dollars, `stock` in pieces, `category` a path such as "Men > Jackets"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int
    title: str
    brand: str
    category: str
    price: float
    rating: Rating
    stock: int
    art: Art
    attributes: dict[str, str]
    description: str

    @property
    def department(self) -> str:
        return self.category.partition(" > ")[0]

    @property
    def shelf(self) -> str:
        return self.category.rpartition(" > ")[2]

    @property
    def in_stock(self) -> bool:
        return self.stock > 0

    @property
    def nearly_gone(self) -> bool:
        return 0 < self.stock < 10

    @property
    def svg(self) -> str:
        return picture(self.art.kind, self.art.colour, self.art.accent)

    @cached_property
    def image_path(self) -> str:
        """Changes with the drawing, so that browsers may keep it for ever."""
        return f"/demo/images/{self.id}.svg?v={sha256(self.svg.encode()).hexdigest()[:8]}"

    @property
    def path(self) -> str:
        return f"/demo/products/{self.id}/"

    def api_item(self, origin: str) -> dict[str, Any]:
        """The Fake Store API's product, with the extra fields that our connector reads."""
        return {
            "id": self.id,
            "title": self.title,
            "price": self.price,
            "description": self.description,
            "category": self.category,
            "image": f"{origin}{self.image_path}",
            "rating": self.rating.model_dump(),
            "brand": self.brand,
            "stock": self.stock,
            "url": f"{origin}{self.path}",
            "attributes": self.attributes,
        }


@dataclass(frozen=True)
class Shelf:
    """A category of the shop: the whole department when `name` is empty."""

    department: str
    name: str
    count: int

    @property
    def title(self) -> str:
        return self.name or self.department

    @property
    def category(self) -> str:
        return f"{self.department} > {self.name}" if self.name else self.department

    @property
    def path(self) -> str:
        tail = f"{slugify(self.name)}/" if self.name else ""
        return f"/demo/{slugify(self.department)}/{tail}"

    def holds(self, item: Item) -> bool:
        return item.category == self.category or item.category.startswith(f"{self.category} > ")


@lru_cache(maxsize=1)
def items() -> tuple[Item, ...]:
    """Every product, by id."""
    return tuple(Item.model_validate(entry) for entry in json.loads(_FILE.read_text(encoding="utf-8")))


def item(number: int) -> Item | None:
    return _by_id().get(number)


def titled(title: str) -> Item:
    """The product called `title`; KeyError when there is none."""
    return _by_title()[title]


@lru_cache(maxsize=1)
def _by_title() -> dict[str, Item]:
    return {item.title: item for item in items()}


@lru_cache(maxsize=1)
def _by_id() -> dict[int, Item]:
    return {item.id: item for item in items()}


@lru_cache(maxsize=1)
def departments() -> tuple[tuple[Shelf, tuple[Shelf, ...]], ...]:
    """Each department with its shelves, in the catalogue's order."""
    shelves: dict[str, dict[str, int]] = {}
    for entry in items():
        counts = shelves.setdefault(entry.department, {})
        counts[entry.shelf] = counts.get(entry.shelf, 0) + 1
    return tuple(
        (
            Shelf(department, "", sum(counts.values())),
            tuple(Shelf(department, name, count) for name, count in counts.items()),
        )
        for department, counts in shelves.items()
    )


def find_shelf(department: str, name: str = "") -> Shelf | None:
    """The shelf that two slugs of an address mean; None when there is none."""
    path = f"/demo/{department}/{name}/" if name else f"/demo/{department}/"
    return next((shelf for whole, parts in departments() for shelf in (whole, *parts) if shelf.path == path), None)


def on_shelf(shelf: Shelf) -> list[Item]:
    return [entry for entry in items() if shelf.holds(entry)]


def matching(text: str) -> list[Item]:
    """The shop's own plain search: every word must occur; titles count before descriptions."""
    words = [word.rstrip("s") or word for word in text.casefold().split()]
    if not words:
        return []

    def haystack(entry: Item) -> str:
        facts = (entry.title, entry.category, entry.brand, *entry.attributes.values(), entry.description)
        return " ".join(facts).casefold()

    found = [entry for entry in items() if all(word in haystack(entry) for word in words)]
    return sorted(found, key=lambda entry: not all(word in entry.title.casefold() for word in words))


SORTS = {
    "featured": "Featured",
    "price": "Price, low to high",
    "-price": "Price, high to low",
    "rating": "Best rated",
}


def arrange(entries: Iterable[Item], *, sort: str, in_stock: bool, price_max: float | None) -> list[Item]:
    """What is left after the shopper's filters, in the shopper's order."""
    kept = [
        entry
        for entry in entries
        if (entry.in_stock or not in_stock) and (price_max is None or entry.price <= price_max)
    ]
    if sort in ("price", "-price"):
        return sorted(kept, key=lambda entry: entry.price, reverse=sort == "-price")
    if sort == "rating":
        return sorted(kept, key=lambda entry: (-entry.rating.rate, -entry.rating.count))
    return sorted(kept, key=lambda entry: not entry.in_stock)


def related(entry: Item, limit: int = 4) -> list[Item]:
    """Others to look at: the same shelf first, then the department; what is in stock before what is not."""
    others = [other for other in items() if other.id != entry.id and other.department == entry.department]
    others.sort(key=lambda other: (other.category != entry.category, not other.in_stock))
    return others[:limit]
