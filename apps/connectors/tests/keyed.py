"""A platform with a key, for tests of what happens to secrets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic import Field

from apps.connectors.platforms.base import BasePlatformConnector, CheckReport, ConnectorSettings, Page


class KeyedConnector(BasePlatformConnector):
    key = "keyed"
    label = "Platform with a key"

    class Settings(ConnectorSettings):
        base_url: str = Field(title="Address")
        token: str = Field(title="Access token", min_length=8, json_schema_extra={"secret": True})

    def check(self) -> CheckReport:
        return CheckReport(products=None)

    def count(self) -> int | None:
        return None

    def _pages(self, since: datetime | None, after: str) -> Iterator[Page]:
        yield from ()
