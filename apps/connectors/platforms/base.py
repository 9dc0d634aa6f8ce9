"""What a store platform must offer, and what may be built on it.

A new platform is one file beside this one and one line in `registry.py`. No Django here: whatever a connector
needs is passed in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from types import MappingProxyType
from typing import BinaryIO, ClassVar, NamedTuple, Protocol, Self, runtime_checkable
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from apps.catalog.product import Product
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.http_client import HttpClient


class ConnectorSettings(BaseModel):
    """What a merchant fills in for a platform.

    Each field's `title` labels its input and `description` explains it; a field made with
    `json_schema_extra={"secret": True}` is stored encrypted and never shown again. A `bool` becomes a checkbox, a
    `Literal` a list to choose from; what has a default may be left empty (see `setting_fields.py`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True)

    @classmethod
    def secret_names(cls) -> frozenset[str]:
        extras = {name: field.json_schema_extra for name, field in cls.model_fields.items()}
        return frozenset(name for name, extra in extras.items() if isinstance(extra, dict) and extra.get("secret"))


@dataclass(frozen=True)
class Link:
    """Whose products these are: what every product of a connector carries beside its own data.

    `product_prefix` goes in front of the platform's ids, so that two connectors of one store never share one.
    `upload` opens the file that the merchant gave, for the caller to close.
    """

    connector_id: str
    currency: str = "USD"
    product_prefix: str = ""
    upload: Callable[[], BinaryIO] | None = None


class CheckReport(BaseModel):
    """A connection that works: how many products there are (None: the platform does not say) and one title."""

    products: int | None
    example: str = ""


class OrderLine(NamedTuple):
    title: str
    quantity: int


class Order(BaseModel):
    """An order as the platform tells it. `total` is None unless the platform states it: it is never computed."""

    number: str
    status: str
    placed_at: datetime | None = None
    tracking: str = ""
    total: float | None = None
    currency: str = "USD"
    lines: list[OrderLine] = []


class CartLine(NamedTuple):
    """So many of a product, of its variant with this number where it has variants."""

    product_id: str
    quantity: int
    sku: str = ""


class WebhookNews(NamedTuple):
    """Which products changed and which left. `everything`: the platform does not say, so all must be looked at."""

    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    everything: bool = False


class Page(NamedTuple):
    """Products, and where another process goes on behind them: a text that only the connector understands."""

    products: list[Product]
    after: str


class PlaceLostError(Exception):
    """Nobody can tell any more what comes after that page: read from the beginning."""


class BasePlatformConnector(ABC):
    """One store's link to its platform. Every method may raise `ConnectorError`; use it as a context manager."""

    key: ClassVar[str]
    label: ClassVar[str]
    whole_at_once: ClassVar[bool] = False  # answers with all products together, and knows no times of change
    Settings: ClassVar[type[ConnectorSettings]]

    def __init__(self, settings: ConnectorSettings, *, link: Link, http: HttpClient) -> None:
        self.link = link
        self.http = http
        self.rejected: list[str] = []  # products that `iter_products` left out, each with the reason

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    @abstractmethod
    def check(self) -> CheckReport:
        """Ask the platform for something small and look at the answer's shape."""

    @abstractmethod
    def count(self) -> int | None:
        """How many products a full pass will bring; None when the platform does not say."""

    @abstractmethod
    def _pages(self, since: datetime | None, after: str) -> Iterator[Page]:
        """As `iter_pages`; a page of which nothing can be read is empty."""

    def iter_pages(self, since: datetime | None = None, after: str = "") -> Iterator[Page]:
        """Every product, page by page; with `since` at least those that changed after it.

        `after` is that of a page which an earlier connector, perhaps in another process, has come to. Raises
        `PlaceLostError` before the first page where that place is no more. When no product of all can be read, the
        shape is wrong; among those that changed there may be but one, and a broken one.
        """
        pages = found = 0
        for page in self._pages(since, after):
            pages += 1
            found += len(page.products)
            if page.products:
                yield page
        if since is None and pages and not found and self.rejected and not after:
            raise ConnectorError("bad_shape", f"No product can be read. The first: {self.rejected[0]}")

    def iter_products(self, since: datetime | None = None) -> Iterator[list[Product]]:
        return (page.products for page in self.iter_pages(since))


class Preview(NamedTuple):
    """The first products; which column each of our fields is read from, and the columns that nothing is."""

    products: list[Product]
    rejected: list[str]
    columns: Mapping[str, str] = MappingProxyType({})
    unused: Sequence[str] = ()


@runtime_checkable
class Previews(Protocol):
    """A connector that can show its beginning without reading all, with the columns that it understood."""

    def preview(self, limit: int) -> Preview: ...


@runtime_checkable
class OrderLookup(Protocol):
    """A connector that can tell a shopper about an order."""

    def get_order(self, number: str, email: str) -> Order | None:
        """The order, when number and email belong together; None otherwise, whichever of them is wrong."""
        ...


@runtime_checkable
class StockLookup(Protocol):
    """A connector that knows what is in stock right now."""

    def stock(self, product_ids: Sequence[str]) -> dict[str, int | None]:
        """How many there are of each; None: not counted. An id that the platform does not know is left out."""
        ...


@runtime_checkable
class Checkout(Protocol):
    """A connector whose platform takes a filled cart by address."""

    def checkout_url(self, lines: Sequence[CartLine]) -> str:
        """Where a shopper goes on to buy exactly these."""
        ...


@runtime_checkable
class Webhooks(Protocol):
    """A connector whose platform tells of changes."""

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookNews:
        """What it tells; `ConnectorError("bad_signature")` unless the platform itself sent it.

        `headers` have their names in lower case.
        """
        ...


@runtime_checkable
class Withholding(Protocol):
    """A connector that leaves out what the platform does not show to visitors, and can tell why of one product."""

    def withheld(self, product_id: str) -> str:
        """Why it is left out, as a sentence; nothing when it is not, or the platform has no such product."""
        ...


@runtime_checkable
class DeletionFeed(Protocol):
    """A connector whose platform remembers what it no longer sells."""

    def deleted_since(self, since: datetime) -> Iterator[list[str]]:
        """Ids of products that left after `since`, page by page."""
        ...


def clean_address(value: str) -> str:
    """`value` as an absolute http address; ValueError in a merchant's words."""
    typed = value.strip()
    address = typed if "://" in typed else f"https://{typed}"
    try:
        parts = urlsplit(address)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("This is not a web address.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in address or not port_is_fine:
        raise ValueError("Write a web address such as https://shop.example.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("Leave user name and password out of the address.")
    return address


def clean_base_url(value: str) -> str:
    """`value` as the absolute http address of a store, without a trailing slash; ValueError as above."""
    address = clean_address(value).rstrip("/")
    parts = urlsplit(address)
    if parts.query or parts.fragment:
        raise ValueError("Leave out everything from the question mark or the # on.")
    return address


def is_local(address: str) -> bool:
    """Whether it never leaves the house. Whether it may be asked at all is for the HTTP client to say."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost"
