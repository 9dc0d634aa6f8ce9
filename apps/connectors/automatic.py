"""Syncs that nobody asks for by hand: by schedule and by webhook. They read changes, and from time to time all."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from apps.connectors import services
from apps.connectors.models import ConnectorConfig, SyncRun


def request(*, connector: ConnectorConfig, origin: SyncRun.Origin) -> SyncRun | None:
    """Ask for a sync in the mode that is due; a paused connector rests. While one is open, it is returned."""
    if connector.paused:
        return None
    return services.request_sync(connector=connector, actor=None, mode=due_mode(connector), origin=origin)


def due_mode(connector: ConnectorConfig) -> SyncRun.Mode:
    """Everything, when nothing tells since when changes are missing, or the last full sync is too long ago."""
    recent = timezone.now() - timedelta(hours=connector.full_every)
    full = connector.runs.filter(
        mode=SyncRun.Mode.FULL, state=SyncRun.State.SUCCEEDED, created_at__gte=recent
    ).exists()
    return SyncRun.Mode.CHANGES if full and connector.synced_until else SyncRun.Mode.FULL
