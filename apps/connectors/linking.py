"""From a stored connector to a live one: its settings put together, its HTTP client told what it may reach."""

from __future__ import annotations

import json

from pydantic import ValidationError

from apps.catalog.runtime import trusted_origins
from apps.connectors import uploads
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms.base import BasePlatformConnector, ConnectorSettings, Link
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.patience import Patience
from apps.connectors.platforms.registry import platform
from eaichat.outbound.client import HttpLimits


def read_settings(connector: ConnectorConfig) -> ConnectorSettings:
    """The connector's settings and secrets as its platform's model; `ConnectorError("bad_settings")`."""
    secret = json.loads(connector.credentials) if connector.credentials else {}
    try:
        return platform(connector.platform).Settings(**{**connector.settings, **secret})
    except ValidationError as error:
        raise ConnectorError(
            "bad_settings", f"The settings of {connector.name} are not complete. Delete it and add it again."
        ) from error


def connect(connector: ConnectorConfig, *, patience: Patience | None = None) -> BasePlatformConnector:
    """A live connector; close it, or use it as a context manager."""
    return live(
        connector.platform,
        read_settings(connector),
        Link(
            connector_id=str(connector.pk),
            currency=connector.store.currency,
            product_prefix=connector.product_prefix,
            upload=uploads.opener(connector),
        ),
        patience=patience,
    )


def live(
    key: str,
    read: ConnectorSettings,
    link: Link,
    *,
    limits: HttpLimits | None = None,
    patience: Patience | None = None,
    within: float | None = None,
) -> BasePlatformConnector:
    """A connector that need not be stored yet: what "test connection" uses. It asks for `within` seconds."""
    http = HttpClient(trusted=trusted_origins(), limits=limits, patience=patience, within=within)
    return platform(key)(read, link=link, http=http)
