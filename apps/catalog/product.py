"""The product record: what connectors deliver, the index holds, and the chat shows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_MOST_VALUES = 6
_LONGEST_VALUE = 30
_WORD = re.compile(r"[^\W\d_]{3}")
_YES_OR_NO = frozenset({"yes", "no", "true", "false"})


class Variant(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sku: str = ""
    title: str = ""
    price: float | None = None
    in_stock: bool = True
    attributes: dict[str, str] = {}


class Product(BaseModel):
    """One product of one store. Prices are in `currency`; `category` is a path, "Men > Jackets"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Stripped: MySQL takes "mug" and "mug " for one.
    product_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    title: str = Field(min_length=1, max_length=500)
    description: str = ""
    price: float | None = Field(default=None, ge=0)
    currency: str = Field(default="USD", min_length=3, max_length=3)
    category: str = ""
    brand: str = ""
    image_url: str = ""
    url: str = ""
    platform: str = ""
    connector_id: str = ""
    rating: float | None = Field(default=None, ge=0, le=5)
    rating_count: int | None = Field(default=None, ge=0)
    in_stock: bool = True
    attributes: dict[str, str] = {}
    variants: list[Variant] = []
    # The merchant's own number for it, and the numbers that are printed under its bar codes (EAN, UPC).
    sku: str = ""
    gtins: list[str] = []
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def content_hash(self) -> str:
        """A hash over everything that is indexed: the same hash means nothing has to be written."""
        return hashlib.sha256(self.model_dump_json(exclude={"updated_at"}).encode()).hexdigest()

    def embedding_text(self) -> str:
        """The text whose meaning is embedded: title first, since the model reads 256 tokens only.

        Of the attributes only the first few that are words, since all whole data sheets mean much the same; the
        lexical vector has them all.
        """
        parts = (self.title, self.category, self.brand, self.description, ", ".join(self._telling_attributes()))
        return ". ".join(part for part in parts if part)

    def _telling_attributes(self) -> Iterator[str]:
        """Colour, material, kind: what the title does not say yet."""
        title = self.title.lower()
        telling = (
            value
            for value in dict.fromkeys(self.attributes.values())
            if len(value) <= _LONGEST_VALUE and _WORD.search(value) and value.lower() not in title
        )
        return islice((value for value in telling if value.lower() not in _YES_OR_NO), _MOST_VALUES)
