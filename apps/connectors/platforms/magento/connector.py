"""Magento 2.2 to 2.4 and Adobe Commerce, by REST V1.

Its ways: everything is found by `searchCriteria`; a page past the last one is the last one again, so `total_count`
says where to stop; a configurable product has no price of its own; attributes are ids of options; texts, labels
and prices are those of a store view. Lists before 2.3 lack the extension attributes and the media gallery.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Self

from pydantic import Field, field_validator, model_validator

from apps.connectors.platforms.base import (
    BasePlatformConnector,
    CheckReport,
    ConnectorSettings,
    Link,
    Order,
    Page,
    clean_base_url,
    is_local,
)
from apps.connectors.platforms.foreign import read
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.magento.access import Access, Credentials
from apps.connectors.platforms.magento.catalogue import SOLD, Catalogue
from apps.connectors.platforms.magento.criteria import criteria
from apps.connectors.platforms.magento.orders import find_order
from apps.connectors.platforms.magento.records import Item
from apps.connectors.platforms.markup import plain_text
from apps.connectors.platforms.oauth1 import OAuth1
from apps.connectors.platforms.paging import Listing


class MagentoConnector(BasePlatformConnector):
    key = "magento"
    label = "Magento 2 / Adobe Commerce"

    class Settings(ConnectorSettings):
        base_url: str = Field(
            title="Address of the store",
            description="Where the storefront lies, for example https://shop.example.",
            max_length=500,
        )
        store_view: str = Field(
            default="",
            title="Store view",
            description=(
                "The code of the view whose texts and prices are read, from Stores > All Stores in Magento’s "
                "admin. Left empty, it is the first one."
            ),
            pattern=r"^[A-Za-z0-9_]*$",
            max_length=64,
        )
        consumer_key: str = Field(
            default="",
            title="Integration: consumer key",
            description=(
                "In Magento’s admin, open System > Integrations, choose “Add New Integration”, tick Catalog, "
                "Sales, Stores and Inventory under API, save and activate it. Four keys appear: copy them here."
            ),
            max_length=200,
            json_schema_extra={"secret": True},
        )
        consumer_secret: str = Field(
            default="",
            title="Integration: consumer secret",
            description="The second of the four keys.",
            max_length=200,
            json_schema_extra={"secret": True},
        )
        access_token: str = Field(
            default="",
            title="Integration: access token",
            description="The third. Where it is accepted alone, as before 2.4.4, leave the other three empty.",
            max_length=2000,
            json_schema_extra={"secret": True},
        )
        access_token_secret: str = Field(
            default="",
            title="Integration: access token secret",
            description="The fourth.",
            max_length=200,
            json_schema_extra={"secret": True},
        )
        username: str = Field(
            default="",
            title="Or an administrator: user name",
            description="Instead of the keys: a user of Magento’s admin, for stores without two-factor sign-in.",
            max_length=200,
        )
        password: str = Field(
            default="",
            title="Or an administrator: password",
            description="Used only to fetch a token when the last one has ended.",
            max_length=200,
            json_schema_extra={"secret": True},
        )

        @field_validator("base_url")
        @classmethod
        def _clean(cls, value: str) -> str:
            return clean_base_url(value.partition("/rest/")[0].removesuffix("/rest"))

        @model_validator(mode="after")
        def _has_one_way_in(self) -> Self:
            others = (self.consumer_key, self.consumer_secret, self.access_token_secret)
            if any(others) and not (all(others) and self.access_token):
                raise ValueError("Fill in all four keys of the integration, or its access token alone.")
            if bool(self.username) != bool(self.password):
                raise ValueError("Fill in both the administrator’s name and password, or neither.")
            if bool(self.access_token) == bool(self.username):
                raise ValueError("Fill in the keys of an integration, or an administrator’s name and password.")
            return self

        @model_validator(mode="after")
        def _keeps_its_secrets(self) -> Self:
            """Signed requests do not carry theirs."""
            if self.base_url.startswith("http://") and not self.consumer_key and not is_local(self.base_url):
                raise ValueError("Write an https address: over http the token or password can be read on its way.")
            return self

        def credentials(self) -> Credentials:
            if not self.consumer_key:
                return Credentials(username=self.username, password=self.password, token=self.access_token)
            keys = (self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret)
            return Credentials(oauth=OAuth1(*keys))

    def __init__(self, settings: ConnectorSettings, *, link: Link, http: HttpClient) -> None:
        super().__init__(settings, link=link, http=http)
        if not isinstance(settings, MagentoConnector.Settings):
            raise TypeError("MagentoConnector takes MagentoConnector.Settings")
        view = settings.store_view
        self._access = Access(http, settings.base_url, settings.credentials(), store_view=view)
        self._catalogue = Catalogue(
            self._access, platform=self.key, link=link, store_view=view, rejected=self.rejected
        )

    def check(self) -> CheckReport:
        self._catalogue.view()
        page = self._first()
        example = read(Item, page.items[0]).name if page.items else ""
        return CheckReport(products=page.total, example=plain_text(example))

    def count(self) -> int | None:
        return self._first().total

    def _first(self) -> Listing:
        return self._access.page("products", criteria(*SOLD, size=1, by="entity_id"), size=1)

    def _pages(self, since: datetime | None, after: str) -> Iterator[Page]:
        """What is enabled and seen by itself. With `since`, what was saved after it, and all configurable products
        when a part of any was. Stock that ran out is no change to Magento: a full pass is needed now and then."""
        return self._catalogue.pages(since, after)

    def deleted_since(self, since: datetime) -> Iterator[list[str]]:
        """Products that were disabled; what was deleted is not told."""
        return (ids for ids in self._catalogue.switched_off(since) if ids)

    def withheld(self, product_id: str) -> str:
        return self._catalogue.withheld(product_id.removeprefix(self.link.product_prefix))

    def get_order(self, number: str, email: str) -> Order | None:
        return find_order(self._access, number, email)

    def stock(self, product_ids: Sequence[str]) -> dict[str, int | None]:
        return self._catalogue.stock(product_ids)
