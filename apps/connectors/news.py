"""News that platforms send by webhook: noted at once, looked at together by one sync a moment later.

The note and the workflow that looks at it are written in one transaction, so none is lost while Temporal is away.
A sync that is under way may have read past what changed; news wait for its end and get one of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from apps.accounts.database import one_transaction
from apps.accounts.outbox import enqueue_workflow
from apps.connectors import automatic, runs
from apps.connectors.models import ConnectorConfig, PlatformNews, SyncRun
from apps.connectors.platforms.base import WebhookNews
from apps.connectors.sync import remove_own

WAIT_S = 10.0  # for more of them: a platform tells every product of a bulk change one by one
_ASKED_AGAIN = timedelta(hours=1)  # the workflow that was asked for may be gone, and a second one does no harm
_MOST_DELETED = 1_000  # ids that are kept; what else left the platform goes with the next full sync


@one_transaction
def note(*, connector_id: UUID, news: WebhookNews) -> None:
    """Keep what a platform told until a sync has looked at it. A paused connector rests."""
    connector = ConnectorConfig.objects.select_for_update().filter(pk=connector_id).first()
    if connector is None or connector.paused or not any(news):
        return
    noted, is_first = PlatformNews.objects.get_or_create(connector=connector)
    deleted = [*(known for known in noted.deleted if known not in news.changed), *news.deleted]
    noted.deleted = list(dict.fromkeys(deleted))[:_MOST_DELETED]
    asks = is_first or timezone.now() - noted.since > _ASKED_AGAIN
    if asks:
        noted.since = timezone.now()
    noted.save(update_fields=["deleted", "since"])
    if asks:
        argument = {"connector_id": str(connector_id), "origin": SyncRun.Origin.WEBHOOK, "wait_s": WAIT_S}
        enqueue_workflow(workflow="AutomaticSyncWorkflow", argument=argument)


def look(*, connector_id: UUID) -> bool:
    """Take out what was deleted, and ask for a sync. False: not now, since a sync is under way; ask again.

    May raise `CatalogError`; then nothing is forgotten.
    """
    noted = PlatformNews.objects.select_related("connector").filter(pk=connector_id).first()
    if noted is None:
        return True
    if noted.connector.runs.filter(state__in=runs.OPEN_STATES).exists():
        return _give_up_abandoned(connector_id)
    remove_own(noted.connector, noted.deleted)
    return _hand_over(connector_id, taken_out=noted.deleted)


@one_transaction
def _give_up_abandoned(connector_id: UUID) -> bool:
    runs.lock(connector_id=connector_id)
    return False


@one_transaction
def _hand_over(connector_id: UUID, *, taken_out: Sequence[str]) -> bool:
    """The news become a sync; not while there are new ones of deletions, or a sync has begun meanwhile."""
    runs.lock(connector_id=connector_id)
    noted = PlatformNews.objects.select_related("connector__store").filter(pk=connector_id).first()
    if noted is None:
        return True
    if noted.deleted != taken_out or noted.connector.runs.filter(state__in=runs.OPEN_STATES).exists():
        return False
    connector = noted.connector
    noted.delete()
    automatic.request(connector=connector, origin=SyncRun.Origin.WEBHOOK)
    return True
