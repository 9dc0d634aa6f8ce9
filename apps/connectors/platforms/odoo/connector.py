"""Odoo 14 to 18 by its external API.

Its ways: errors in answers with status 200, `false` for everything that is empty, a wrong password is a result
too. A product is a template with one variant or more; stock, public categories and addresses of pages exist only
with the apps for them. Odoo does not note the time when stock changes, so that only a full pass sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import ClassVar

from pydantic import Field, field_validator

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
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.odoo.calls import Session, sign_in
from apps.connectors.platforms.odoo.catalogue import Catalogue
from apps.connectors.platforms.odoo.orders import find_order

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:_[A-Za-z0-9]{2,8})?(?:@[a-z]+)?")
_INSIDE = re.compile(r"(?<=[^/:])/(?:web|odoo)(?:[/?#].*)?$")  # what the address bar shows behind the host


class OdooConnector(BasePlatformConnector):
    key = "odoo"
    label = "Odoo"
    page_size: ClassVar[int] = 100

    class Settings(ConnectorSettings):
        base_url: str = Field(
            title="Address of Odoo",
            description="Where you sign in to Odoo, without what follows the host, for example https://shop.odoo.com.",
            max_length=500,
        )
        database: str = Field(
            title="Database",
            description=(
                "The name of the database. At Odoo Online it is the first part of the address: “shop” for "
                "shop.odoo.com. Elsewhere it is listed at /web/database/manager."
            ),
            min_length=1,
            max_length=200,
        )
        login: str = Field(
            title="User name",
            description=(
                "The user name or email address that eaichat signs in with. Make a user of its own that may only "
                "read sales and products."
            ),
            min_length=1,
            max_length=200,
        )
        api_key: str = Field(
            title="API key or password",
            description=(
                "Open the user's preferences in Odoo, then Account Security > New API Key. Where there are no API "
                "keys, the password."
            ),
            min_length=1,
            max_length=500,
            json_schema_extra={"secret": True},
        )
        pricelist: str = Field(
            default="",
            title="Pricelist",
            description=(
                "The name of the pricelist whose prices shoppers are told, exactly as in Odoo. Left empty, they "
                "are told the sales prices. What a list computes by formula is told without a price."
            ),
            max_length=200,
        )
        language: str = Field(
            default="",
            title="Language",
            description="Of titles and descriptions, for example de_DE. Left empty, the user's own.",
            max_length=20,
        )
        published_only: bool = Field(
            default=True,
            title="Only products that are published on the website",
            description="Without the website app, all products that can be sold are imported.",
        )

        @field_validator("base_url")
        @classmethod
        def _clean(cls, value: str) -> str:
            address = clean_base_url(_INSIDE.sub("", value))
            if address.startswith("http://") and not is_local(address):
                raise ValueError("Write an https address: over http the password can be read on its way.")
            return address

        @field_validator("language")
        @classmethod
        def _is_language(cls, value: str) -> str:
            if value and not _LANGUAGE.fullmatch(value):
                raise ValueError("Write a language as Odoo does, for example de_DE.")
            return value

    def __init__(self, settings: ConnectorSettings, *, link: Link, http: HttpClient) -> None:
        super().__init__(settings, link=link, http=http)
        if not isinstance(settings, OdooConnector.Settings):
            raise TypeError("OdooConnector takes OdooConnector.Settings")
        self.settings = settings

    def check(self) -> CheckReport:
        self._catalogue.prices()  # a pricelist that is not there is told now, not in the first pass
        return CheckReport(products=self._catalogue.count(), example=self._catalogue.example())

    def count(self) -> int | None:
        return self._catalogue.count()

    def _pages(self, since: datetime | None, after: str) -> Iterator[Page]:
        """What is for sale, by id; with `since` what was written after it, of a product or one of its variants."""
        return self._catalogue.products(self.settings.base_url, self.key, self.link, since, after)

    def withheld(self, product_id: str) -> str:
        number = product_id.removeprefix(self.link.product_prefix)
        return self._catalogue.withheld(int(number)) if number.isdecimal() else ""

    def get_order(self, number: str, email: str) -> Order | None:
        return find_order(self._session, number, email, currency=self.link.currency)

    def stock(self, product_ids: Sequence[str]) -> dict[str, int | None]:
        prefix = self.link.product_prefix
        bare = [each.removeprefix(prefix) for each in product_ids if each.startswith(prefix)]
        found = self._catalogue.stock([int(each) for each in bare if each.isdecimal()])
        return {f"{prefix}{each}": quantity for each, quantity in found.items()}

    def deleted_since(self, since: datetime) -> Iterator[list[str]]:
        """What was archived, or is sold or published no more. What was deleted leaves no trace in Odoo."""
        for page in self._catalogue.deleted(since):
            yield [f"{self.link.product_prefix}{each}" for each in page]

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue(
            self._session,
            published_only=self.settings.published_only,
            pricelist=self.settings.pricelist,
            page_size=self.page_size,
            rejected=self.rejected,
        )

    @cached_property
    def _session(self) -> Session:
        return sign_in(
            self.http,
            self.settings.base_url,
            database=self.settings.database,
            login=self.settings.login,
            password=self.settings.api_key,
            language=self.settings.language,
        )
