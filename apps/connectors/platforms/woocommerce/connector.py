"""WooCommerce by its REST API v3.

Its ways: at most 100 items a page, counts in `X-WP-Total` and `X-WP-TotalPages`; the variations of a variable
product are pages of their own; prices are kept as the merchant entered them, with or without tax, while visitors
may be shown the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pydantic import Field, field_validator

from apps.connectors.platforms.base import (
    BasePlatformConnector,
    CheckReport,
    ConnectorSettings,
    Link,
    Order,
    Page,
    WebhookNews,
    clean_base_url,
)
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import read
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.markup import plain_text
from apps.connectors.platforms.woocommerce.access import Access
from apps.connectors.platforms.woocommerce.catalogue import PUBLISHED, Catalogue
from apps.connectors.platforms.woocommerce.orders import find_order
from apps.connectors.platforms.woocommerce.records import Item
from apps.connectors.platforms.woocommerce.webhooks import news


class WooCommerceConnector(BasePlatformConnector):
    key = "woocommerce"
    label = "WooCommerce"

    class Settings(ConnectorSettings):
        base_url: str = Field(
            title="Address of the shop",
            description="Where WordPress runs, for example https://shop.example.",
            max_length=500,
        )
        consumer_key: str = Field(
            title="Consumer key",
            description=(
                "In WordPress, open WooCommerce > Settings > Advanced > REST API, choose “Add key” with the "
                "permission “Read”, and copy the consumer key. It begins with ck_."
            ),
            max_length=200,
            json_schema_extra={"secret": True},
        )
        consumer_secret: str = Field(
            title="Consumer secret",
            description="WordPress shows it beside the consumer key, once only. It begins with cs_.",
            max_length=200,
            json_schema_extra={"secret": True},
        )

        webhook_secret: str = Field(
            default="",
            title="Secret of the webhooks",
            description=(
                "For webhooks that tell of changed products at once: the secret that you gave them under "
                "WooCommerce > Settings > Advanced > Webhooks."
            ),
            max_length=200,
            json_schema_extra={"secret": True},
        )

        @field_validator("base_url")
        @classmethod
        def _clean(cls, value: str) -> str:
            return clean_base_url(value.partition("/wp-json")[0])

        @field_validator("consumer_key")
        @classmethod
        def _is_key(cls, value: str) -> str:
            if not value.startswith("ck_"):
                raise ValueError("A consumer key begins with ck_. Copy it again.")
            return value

        @field_validator("consumer_secret")
        @classmethod
        def _is_secret(cls, value: str) -> str:
            if not value.startswith("cs_"):
                raise ValueError("A consumer secret begins with cs_. Copy it again.")
            return value

    def __init__(self, settings: ConnectorSettings, *, link: Link, http: HttpClient) -> None:
        super().__init__(settings, link=link, http=http)
        if not isinstance(settings, WooCommerceConnector.Settings):
            raise TypeError("WooCommerceConnector takes WooCommerceConnector.Settings")
        self._access = Access(
            http,
            settings.base_url,
            consumer_key=settings.consumer_key,
            consumer_secret=settings.consumer_secret,
        )
        self._webhook_secret = settings.webhook_secret
        self._catalogue = Catalogue(self._access, self.key, settings.base_url, link, self.rejected)

    def check(self) -> CheckReport:
        try:
            page = self._access.page("products", PUBLISHED, 1, size=1)
        except ConnectorError as error:
            if error.code == "not_json" or "(404)" in error.text:
                hint = "In WordPress, Settings > Permalinks must not be “Plain”, and WooCommerce must be active."
                raise ConnectorError(error.code, f"{error.text} {hint}") from error
            raise
        example = read(Item, page.items[0]).name if page.items else ""
        return CheckReport(products=page.total, example=plain_text(example))

    def count(self) -> int | None:
        return self._access.page("products", PUBLISHED, 1, size=1).total

    def _pages(self, since: datetime | None, after: str) -> Iterator[Page]:
        """What visitors may find. With `since`, what was saved after it: WooCommerce does not tell of every
        change, such as a variation's or a sale that begins, so a full pass is needed now and then."""
        return self._catalogue.pages(since, after)

    def deleted_since(self, since: datetime) -> Iterator[list[str]]:
        """Products that were moved to the trash or hidden from visitors; what was deleted for good is not told."""
        return (ids for ids in self._catalogue.unlisted(since) if ids)

    def withheld(self, product_id: str) -> str:
        return self._catalogue.withheld(product_id.removeprefix(self.link.product_prefix))

    def get_order(self, number: str, email: str) -> Order | None:
        return find_order(self._access, number, email)

    def stock(self, product_ids: Sequence[str]) -> dict[str, int | None]:
        return self._catalogue.stock(product_ids)

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookNews:
        return news(headers, body, secret=self._webhook_secret, product_prefix=self.link.product_prefix)
