"""Shopify by its GraphQL Admin API.

Its ways: pages by cursors, queries that cost points, errors in answers with status 200, ids that are addresses
(gid://shopify/Product/1), of which the number is enough. Apps made since 2026 get tokens for a day; those made
before in the shop's admin have one that lasts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator

from apps.connectors.platforms.base import (
    BasePlatformConnector,
    CartLine,
    CheckReport,
    ConnectorSettings,
    Link,
    Order,
    Page,
    WebhookNews,
    clean_base_url,
)
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.shopify.access import Admin, Credentials
from apps.connectors.platforms.shopify.catalogue import Catalogue
from apps.connectors.platforms.shopify.orders import find_order
from apps.connectors.platforms.shopify.records import Shop
from apps.connectors.platforms.shopify.webhooks import news

_ADMIN = re.compile(r"(?:https?://)?admin\.shopify\.com/store/([a-z0-9-]+)(?:[/?#].*)?", re.IGNORECASE)
_SHOP = re.compile(r"(?:https?://)?([a-z0-9][a-z0-9-]*)(?:\.myshopify\.com(?:[/?#].*)?)?", re.IGNORECASE)
_LOCAL = re.compile(r"http://(?:127\.0\.0\.1|localhost)(?::\d+)?(?:/.*)?")


class ShopifyConnector(BasePlatformConnector):
    key = "shopify"
    label = "Shopify"
    page_size: ClassVar[int] = 50

    class Settings(ConnectorSettings):
        base_url: str = Field(
            title="Address of the shop",
            description="The one that ends in myshopify.com, for example https://northsea.myshopify.com.",
            max_length=500,
        )
        client_id: str = Field(
            default="",
            title="Client ID",
            description=(
                "In Shopify's Dev Dashboard make an app with the scopes read_products and, for orders, "
                "read_orders; install it in the shop and open its Settings."
            ),
            max_length=200,
        )
        client_secret: str = Field(
            default="",
            title="Client secret",
            description=(
                "Beside the client ID; of an older app “API secret key”. Messages that tell of changed products "
                "at once are checked with it."
            ),
            max_length=200,
            json_schema_extra={"secret": True},
        )
        access_token: str = Field(
            default="",
            title="Access token of an older app",
            description=(
                "Only for an app that was made before 2026 in the shop's admin; begins with shpat_. Leave the "
                "client ID empty then."
            ),
            max_length=200,
            json_schema_extra={"secret": True},
        )
        published_only: bool = Field(
            default=True,
            title="Only products that are published in the online store",
            description="Without it, active products that are for sale elsewhere come too.",
        )

        @field_validator("base_url")
        @classmethod
        def _clean(cls, value: str) -> str:
            if _LOCAL.fullmatch(value):
                return clean_base_url(value)
            address = _ADMIN.fullmatch(value) or _SHOP.fullmatch(value)
            if address:
                return f"https://{address[1].lower()}.myshopify.com"
            raise ValueError("Write the address that ends in myshopify.com: Settings > Domains lists it.")

        @model_validator(mode="after")
        def _has_credentials(self) -> Self:
            if not self.access_token and not (self.client_id and self.client_secret):
                raise ValueError("Write the client ID and the client secret, or the access token of an older app.")
            return self

    def __init__(self, settings: ConnectorSettings, *, link: Link, http: HttpClient) -> None:
        super().__init__(settings, link=link, http=http)
        if not isinstance(settings, ShopifyConnector.Settings):
            raise TypeError("ShopifyConnector takes ShopifyConnector.Settings")
        self.settings = settings
        known = Credentials(
            # A client ID says that tokens are got; an older app's token does not stand in for them.
            token="" if settings.client_id and settings.client_secret else settings.access_token,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
        )
        self._admin = Admin(http, settings.base_url, known)
        self._catalogue = Catalogue(
            self._admin,
            platform=self.key,
            link=link,
            published_only=settings.published_only,
            page_size=self.page_size,
            rejected=self.rejected,
        )

    def check(self) -> CheckReport:
        return CheckReport(products=self._catalogue.count(), example=self._catalogue.example())

    def count(self) -> int | None:
        return self._catalogue.count()

    def _pages(self, since: datetime | None, after: str) -> Iterator[Page]:
        """What is active, and published unless the merchant wants all; with `since` what was updated after it."""
        return self._catalogue.products(since, after)

    def withheld(self, product_id: str) -> str:
        number = product_id.removeprefix(self.link.product_prefix)
        return self._catalogue.withheld(number) if number.isdecimal() else ""

    def get_order(self, number: str, email: str) -> Order | None:
        """Without the scope read_all_orders Shopify tells orders of the last 60 days only."""
        return find_order(self._admin, number, email, currency=self.link.currency)

    def stock(self, product_ids: Sequence[str]) -> dict[str, int | None]:
        prefix = self.link.product_prefix
        bare = [each.removeprefix(prefix) for each in product_ids if each.startswith(prefix)]
        found = self._catalogue.stock([each for each in bare if each.isdecimal()])
        return {f"{prefix}{each}": quantity for each, quantity in found.items()}

    def checkout_url(self, lines: Sequence[CartLine]) -> str:
        """A cart permalink: it fills a new cart and leads to the checkout."""
        if not lines:
            raise ConnectorError("bad_settings", "There is nothing to buy.")
        parts = [f"{self._variant_id(line)}:{max(1, line.quantity)}" for line in lines]
        domain = self._shop.domain.url.rstrip("/") if self._shop.domain else ""
        return f"{domain or self.settings.base_url}/cart/{','.join(parts)}"

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookNews:
        return news(headers, body, secret=self.settings.client_secret, product_prefix=self.link.product_prefix)

    def deleted_since(self, since: datetime) -> Iterator[list[str]]:
        """What was archived, drafted or taken offline. What was deleted is told by a webhook or a full pass."""
        for page in self._catalogue.deleted(since):
            yield [f"{self.link.product_prefix}{each}" for each in page]

    def _variant_id(self, line: CartLine) -> str:
        """The variant with the line's number; without a number the only one."""
        number = line.product_id.removeprefix(self.link.product_prefix)
        variants = self._catalogue.variants(number) if number.isdecimal() else []
        fitting = [each for each in variants if each.sku == line.sku] if line.sku else variants
        if len(fitting) != 1:
            what = f"the number {line.sku}" if line.sku else "exactly one variant"
            raise ConnectorError("unknown_product", f"Shopify has no product {number} with {what}.")
        return fitting[0].id

    @cached_property
    def _shop(self) -> Shop:
        return self._catalogue.shop()
