"""The Fake Store API (fakestoreapi.com), and every shop that speaks its shape, the demo store among them.

Its ways: the whole catalogue in one answer, an unknown id answers 200 with `null`, and orders are carts:
`/carts/N` names a user, and `/users/ID` has the email address. Beyond the public API an item may carry `brand`,
`stock` (a number), `url`, `sku`, `gtins`, `created_at` and `attributes`, and a cart `status`, `tracking` and
`total`; used when present.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, TypeVar
from urllib.parse import quote

from pydantic import Field, JsonValue, ValidationError, ValidationInfo, field_validator

from apps.catalog.product import Product
from apps.connectors.platforms.base import (
    BasePlatformConnector,
    CheckReport,
    ConnectorSettings,
    Link,
    Order,
    OrderLine,
    Page,
    PlaceLostError,
    clean_base_url,
)
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import Name, Record, Text, problem, text, web_address
from apps.connectors.platforms.http_client import HttpClient

SMALLEST_PAGE, LARGEST_PAGE = 20, 100  # products handed on at once: one step of the progress bar
MAX_ORDER_LINES = 50


class _Rating(Record):
    rate: float | None = Field(default=None, ge=0, le=5)
    count: int | None = Field(default=None, ge=0)


class _ProductItem(Record):
    id: Annotated[Name, Field(max_length=150)]
    title: Annotated[Name, Field(max_length=500)]
    price: float | None = Field(default=None, ge=0)
    description: Text = ""
    category: Text = ""
    image: Text = ""
    rating: _Rating | None = None
    brand: Text = ""
    stock: int | None = None
    url: Text = ""
    sku: Text = ""
    gtins: list[Text] = Field(default=[])
    created_at: datetime | None = None
    attributes: dict[str, Text] = Field(default={})

    @field_validator("attributes", "gtins", mode="before")
    @classmethod
    def _null_is_none(cls, value: object, info: ValidationInfo) -> object:
        return cls.model_fields[info.field_name or ""].default if value is None else value


_ItemT = TypeVar("_ItemT", bound=Record)


class _CartLine(Record):
    product_id: Annotated[Text, Field(alias="productId")]
    quantity: int = Field(default=1, ge=1)


class _Cart(Record):
    id: Text
    user_id: Annotated[Text, Field(alias="userId")]
    date: datetime | None = None
    products: list[_CartLine] = Field(default=[])
    status: Text = ""
    tracking: Text = ""
    total: float | None = None


class _User(Record):
    email: Text


def product_from_item(
    item: JsonValue, *, base_url: str, connector_id: str, currency: str, product_prefix: str = ""
) -> Product:
    """One item of `/products` as our record. Relative addresses are read against `base_url`.

    Raises `ConnectorError("bad_shape")` that names the product and the field.
    """
    try:
        read = _ProductItem.model_validate(item)
    except ValidationError as error:
        raise ConnectorError("bad_shape", problem(item, error)) from error
    rating = read.rating or _Rating()
    base = f"{base_url.rstrip('/')}/"
    return Product(
        product_id=f"{product_prefix}{read.id}",
        title=read.title,
        description=read.description,
        price=read.price,
        currency=currency,
        category=read.category,
        brand=read.brand,
        image_url=web_address(base, read.image),
        url=web_address(base, read.url),
        platform=FakeStoreConnector.key,
        connector_id=connector_id,
        rating=rating.rate,
        rating_count=rating.count,
        in_stock=read.stock is None or read.stock > 0,
        sku=read.sku,
        gtins=[gtin for gtin in read.gtins if gtin],
        created_at=read.created_at,
        attributes={name: value for name, value in read.attributes.items() if value},
    )


class FakeStoreConnector(BasePlatformConnector):
    key = "fakestore"
    label = "Fake Store API"
    whole_at_once = True

    class Settings(ConnectorSettings):
        base_url: str = Field(
            title="Address of the API",
            description="Where the catalogue is served, for example https://fakestoreapi.com.",
            max_length=500,
        )

        @field_validator("base_url")
        @classmethod
        def _clean(cls, value: str) -> str:
            return clean_base_url(value).removesuffix("/products")

    def __init__(self, settings: ConnectorSettings, *, link: Link, http: HttpClient) -> None:
        super().__init__(settings, link=link, http=http)
        if not isinstance(settings, FakeStoreConnector.Settings):
            raise TypeError("FakeStoreConnector takes FakeStoreConnector.Settings")
        self.base_url = settings.base_url
        self._items: list[JsonValue] | None = None

    def check(self) -> CheckReport:
        items = self._catalogue()
        if not items:
            return CheckReport(products=0)
        return CheckReport(products=len(items), example=self._product(items[0]).title)

    def count(self) -> int | None:
        return len(self._catalogue())

    def _pages(self, since: datetime | None, after: str) -> Iterator[Page]:
        """Every product; the API knows no times of change, so `since` narrows nothing.

        A product that cannot be read is noted in `rejected`.
        """
        items = self._catalogue()
        answer = sha256(json.dumps(items).encode()).hexdigest()[:16]
        mark, _, number = after.partition(":")
        if after and mark != answer:
            raise PlaceLostError
        size = max(SMALLEST_PAGE, min(LARGEST_PAGE, len(items) // 20))  # many at once embed faster
        for start in range(int(number or 0), len(items), size):
            page: list[Product] = []
            for item in items[start : start + size]:
                try:
                    page.append(self._product(item))
                except ConnectorError as error:
                    self.rejected.append(error.text)
            yield Page(page, after=f"{answer}:{start + size}")

    def get_order(self, number: str, email: str) -> Order | None:
        digits = re.fullmatch(r"#?\s*0*(\d{1,12})", number.strip())
        if digits is None or not email.strip():
            return None
        answer = self.http.get_json(f"{self.base_url}/carts/{digits[1]}")
        if answer is None:
            return None
        cart = self._read(_Cart, answer)
        if not cart.user_id or cart.id != digits[1]:
            return None
        person = self.http.get_json(f"{self.base_url}/users/{quote(cart.user_id, safe='')}")
        if person is None or self._read(_User, person).email.casefold() != email.strip().casefold():
            return None
        placed = cart.date
        return Order(
            number=cart.id,
            status=cart.status or "received",
            placed_at=placed if placed is None or placed.tzinfo else placed.replace(tzinfo=UTC),
            tracking=cart.tracking,
            total=cart.total,
            currency=self.link.currency,
            lines=self._lines(cart.products[:MAX_ORDER_LINES]),
        )

    def _lines(self, lines: list[_CartLine]) -> list[OrderLine]:
        """Order lines with titles; a product that is no longer sold keeps its number as its name."""
        titles: dict[str, str] = {}
        for item in self._catalogue() if lines else []:
            if isinstance(item, dict):
                titles[text(item.get("id"))] = text(item.get("title"))
        return [
            OrderLine(title=titles.get(line.product_id) or f"Product {line.product_id}", quantity=line.quantity)
            for line in lines
        ]

    def _product(self, item: JsonValue) -> Product:
        return product_from_item(
            item,
            base_url=self.base_url,
            connector_id=self.link.connector_id,
            currency=self.link.currency,
            product_prefix=self.link.product_prefix,
        )

    def _catalogue(self) -> list[JsonValue]:
        if self._items is None:
            answer = self.http.get_json(f"{self.base_url}/products")
            if not isinstance(answer, list):
                raise ConnectorError(
                    "bad_shape",
                    f"{self.base_url}/products answered JSON, but not a list of products. Check the address.",
                )
            self._items = answer
        return self._items

    def _read(self, model: type[_ItemT], answer: JsonValue) -> _ItemT:
        try:
            return model.model_validate(answer)
        except ValidationError as error:
            raise ConnectorError(
                "bad_shape", f"{self.base_url} tells about orders in an unknown shape."
            ) from error
