"""Syncs that nobody asks for by hand: by schedule and by webhook."""

from __future__ import annotations

from apps.connectors import services
from apps.connectors.models import ConnectorConfig, SyncRun


def request(*, connector: ConnectorConfig, origin: SyncRun.Origin) -> None:
    """Ask for a sync of changes, of all where that is due. Not while one is open or the connector is paused."""
    if not connector.paused:
        services.request_sync(connector=connector, actor=None, mode=SyncRun.Mode.CHANGES, origin=origin)
