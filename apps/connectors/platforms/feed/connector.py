"""A product feed at a web address or in a file: CSV, JSON lines or Google Merchant XML, packed with gzip or not.

The whole feed is fetched to a file before any of it is read, since indexing takes longer than a server waits; its
rows go through a file too (see `spool.py`), so that a large one needs little memory.
"""

from __future__ import annotations

import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO

from pydantic import Field, field_validator, model_validator

from apps.catalog.product import Product
from apps.connectors.platforms.base import (
    BasePlatformConnector,
    CheckReport,
    ConnectorSettings,
    Link,
    Page,
    PlaceLostError,
    Preview,
    clean_address,
)
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.feed.columns import read_override
from apps.connectors.platforms.feed.loading import Loaded, load
from apps.connectors.platforms.feed.offers import Offer, read_offer
from apps.connectors.platforms.feed.products import product_of
from apps.connectors.platforms.feed.reasons import Reasons
from apps.connectors.platforms.feed.source import Source
from apps.connectors.platforms.http_client import HttpClient

PAGE = 100
_BEGINNING = 512 * 1024  # bytes that a check and a preview look at
_BEGINNING_UNPACKED = 8 * 1024 * 1024


class FeedConnector(BasePlatformConnector):
    key = "feed"
    label = "Product feed (CSV, JSON lines, Google Merchant XML)"
    whole_at_once = True

    class Settings(ConnectorSettings):
        url: str = Field(
            default="",
            title="Address of the feed",
            description="A CSV file, JSON lines or a Google Merchant XML feed; it may be packed with gzip.",
            max_length=1000,
        )
        file: str = Field(
            default="",
            title="Or a file",
            description="Up to 9 MB, packed with gzip or not. It is read until you upload another one.",
            max_length=200,
            json_schema_extra={"upload": True},
        )
        columns: str = Field(
            default="",
            title="Columns",
            description=(
                "Well-known names are found by themselves. For others write a line each: title = Produktname. "
                "An attribute of products: attribute fabric = Stoff."
            ),
            max_length=5000,
            json_schema_extra={"lines": True},
        )
        user: str = Field(default="", title="User name", description="If the feed asks for one.", max_length=200)
        password: str = Field(default="", title="Password", max_length=200, json_schema_extra={"secret": True})

        @field_validator("url")
        @classmethod
        def _clean(cls, value: str) -> str:
            return clean_address(value) if value else ""

        @field_validator("columns")
        @classmethod
        def _readable(cls, value: str) -> str:
            read_override(value)
            return value

        @model_validator(mode="after")
        def _safe(self) -> FeedConnector.Settings:
            if bool(self.url) == bool(self.file):
                raise ValueError("Give the address of the feed, or a file of at most 9 MB: one of them.")
            if self.password and not self.url.startswith("https://"):
                raise ValueError("A password is sent over https only. Write the address with https://.")
            return self

    def __init__(self, settings: ConnectorSettings, *, link: Link, http: HttpClient) -> None:
        super().__init__(settings, link=link, http=http)
        if not isinstance(settings, FeedConnector.Settings):
            raise TypeError("FeedConnector takes FeedConnector.Settings")
        self._settings = settings
        self.rejected = Reasons()
        self._override = read_override(settings.columns)
        self._loaded: Loaded | None = None
        self._mark = ""

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        if self._loaded is not None:
            self._loaded.close()

    def check(self) -> CheckReport:
        rejected = Reasons()
        with self._fetched(_BEGINNING) as source, closing(load(source, self._override)) as loaded:
            first = next(self._products(loaded, rejected), None)
            if first is None and rejected:
                raise ConnectorError("bad_shape", f"No product can be read. The first: {rejected[0]}")
            count = loaded.count() if source.complete else None
        return CheckReport(products=count, example=first.title if first else "")

    def preview(self, limit: int = 10) -> Preview:
        """What the feed looks like with these settings, from its beginning."""
        rejected = Reasons()
        with self._fetched(_BEGINNING) as source, closing(load(source, self._override)) as loaded:
            products = list(islice(self._products(loaded, rejected), limit))
            return Preview(products, rejected, loaded.columns.fields, loaded.columns.unused)

    def count(self) -> int | None:
        return self._whole().count()

    def _pages(self, since: datetime | None, after: str) -> Iterator[Page]:
        """Every product; a feed knows no times of change, so `since` narrows nothing."""
        loaded = self._whole()
        mark, _, number = after.partition(":")
        if after and mark != self._mark:
            raise PlaceLostError
        products = self._numbered(loaded, self.rejected, after=int(number or 0))
        while True:
            page = list(islice(products, PAGE))
            yield Page([product for _, product in page], f"{self._mark}:{page[-1][0]}" if page else after)
            if not page:
                return

    def _whole(self) -> Loaded:
        if self._loaded is None:
            with self._fetched(None) as source:
                self._mark = source.digest()
                self._loaded = load(source, self._override)
        return self._loaded

    @contextmanager
    def _fetched(self, most: int | None) -> Iterator[Source]:
        """The feed in a file, or its beginning."""
        sign_in = f"{self._settings.user}:{self._settings.password}"
        headers = {"Authorization": f"Basic {b64encode(sign_in.encode()).decode()}"} if sign_in != ":" else {}
        with tempfile.TemporaryFile() as file:
            if self._settings.file:
                complete = _copy(self.link, file, most)
            else:
                complete = self.http.download(self._settings.url, file, headers=headers, most=most)
            yield Source(file, complete=complete, most=None if most is None else _BEGINNING_UNPACKED)

    def _products(self, loaded: Loaded, rejected: list[str]) -> Iterator[Product]:
        return (product for _, product in self._numbered(loaded, rejected))

    def _numbered(self, loaded: Loaded, rejected: list[str], *, after: int = 0) -> Iterator[tuple[int, Product]]:
        """What can be read, with its number in the feed; why the rest cannot goes to `rejected`."""
        if not after:
            rejected.extend(loaded.rejected)
        now = datetime.now(UTC)
        for number, group, rows in loaded.groups(after=after):
            offers: list[Offer] = []
            for texts in rows:
                try:
                    offers.append(read_offer(texts, decimal_comma=loaded.decimal_comma, now=now))
                except ConnectorError as error:
                    rejected.append(error.text)
            if not offers:
                continue
            try:
                product = product_of(group, offers, base=self._settings.url, link=self.link, platform=self.key)
            except ConnectorError as error:
                rejected.append(error.text)
                continue
            yield number, product


def _copy(link: Link, into: BinaryIO, most: int | None) -> bool:
    """Write the merchant's file into another one, or its beginning; whether that is all of it."""
    try:
        if link.upload is None:
            raise FileNotFoundError
        with link.upload() as given:
            if most is None:
                shutil.copyfileobj(given, into)
                return True
            into.write(given.read(most))
            return not given.read(1)
    except FileNotFoundError as error:
        raise ConnectorError("bad_settings", "The file of the feed is gone. Upload it again.") from error
