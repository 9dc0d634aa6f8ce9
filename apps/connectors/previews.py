"""A platform's first page as it would be indexed, for somebody who waits: nothing is stored or indexed."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from apps.accounts.models import Store
from apps.connectors.linking import live
from apps.connectors.platforms.base import ConnectorSettings, Link, Preview, Previews
from apps.connectors.platforms.patience import NO_PATIENCE
from eaichat.outbound.client import HttpLimits

SHOWN = 10
_WITHIN = 12.0  # seconds in which requests begin; the last of them takes no longer than its own limit
_LIMITS = HttpLimits(connect=4.0, read=8.0, total=10.0)


def preview(
    *, store: Store, platform: str, settings: ConnectorSettings, upload: Callable[[], BinaryIO] | None = None
) -> Preview:
    """The first products with these settings, stored or not; raises `ConnectorError`."""
    link = Link(connector_id="preview", currency=store.currency, upload=upload)
    with live(platform, settings, link, limits=_LIMITS, patience=NO_PATIENCE, within=_WITHIN) as connector:
        if isinstance(connector, Previews):
            return connector.preview(SHOWN)
        page = next(connector.iter_pages(), None)
        return Preview(page.products[:SHOWN] if page else [], connector.rejected[:SHOWN])
