"""What the rest of the project asks of connectors."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, BinaryIO
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from apps.accounts import audit, workflow_signals
from apps.accounts.database import one_transaction
from apps.accounts.models import Store, User
from apps.accounts.outbox import enqueue_workflow
from apps.catalog.engine.errors import CatalogError
from apps.catalog.runtime import catalog
from apps.connectors import runs, schedules, uploads
from apps.connectors.linking import connect, live
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.base import CheckReport, ConnectorSettings, Link, Order, OrderLookup
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.patience import NO_PATIENCE
from apps.connectors.sync import Watch, run_pass
from eaichat.outbound.client import HttpLimits

logger = logging.getLogger(__name__)

_WHILE_SOMEBODY_WATCHES = HttpLimits(connect=4.0, read=10.0, total=15.0)


def check(
    *, platform: str, settings: ConnectorSettings, upload: Callable[[], BinaryIO] | None = None
) -> CheckReport:
    """Ask a platform whether it can be read with these settings, stored or not; raises `ConnectorError`."""
    link = Link(connector_id="check", upload=upload)
    with live(platform, settings, link, limits=_WHILE_SOMEBODY_WATCHES, patience=NO_PATIENCE) as connector:
        return connector.check()


@one_transaction
def add_connector(
    *,
    store: Store,
    actor: User | None,
    platform: str,
    name: str,
    settings: ConnectorSettings,
    upload: UploadedFile[bytes] | None = None,
) -> ConnectorConfig:
    """Store a connector, its secrets encrypted.

    Its product ids get a prefix where the store has another connector, or products that a deleted one has left.
    `upload` is the file that the settings name.
    """
    secrets, plain = _split(settings)
    Store.objects.select_for_update().get(pk=store.pk)
    connector = ConnectorConfig(store=store, platform=platform, name=name, settings=plain, credentials=secrets)
    if ConnectorConfig.objects.filter(store=store).exists() or _has_products(store):
        connector.product_prefix = f"{connector.pk.hex[:6]}-"
    connector.save()
    if upload is not None:
        uploads.keep(connector_id=connector.pk, upload=upload)
    audit.record(store=store, actor=actor, action="connector.created", target=name, platform=platform)
    return connector


def _has_products(store: Store) -> bool:
    try:
        return catalog().count(store_id=str(store.pk)) > 0
    except CatalogError:
        return False  # it is away, or not made yet


@one_transaction
def change_connector(
    *,
    connector: ConnectorConfig,
    actor: User | None,
    name: str,
    settings: ConnectorSettings,
    upload: UploadedFile[bytes] | None = None,
) -> bool:
    """Store a new name or new settings; what was synced stays until the next sync.

    True: a sync with the settings of before was not over, and was cancelled.
    A file is kept until another is uploaded, or an address takes its place.
    Raises `ConnectorConfig.DoesNotExist` when it was deleted meanwhile.
    """
    secrets, plain = _split(settings)
    now = ConnectorConfig.objects.select_for_update().get(pk=connector.pk)
    changes: dict[str, list[Any]] = {"name": [now.name, name]} if now.name != name else {}
    changes |= {
        key: [now.settings.get(key), value] for key, value in plain.items() if now.settings.get(key) != value
    }
    if upload is not None:
        uploads.keep(connector_id=now.pk, upload=upload)
        changes["file"] = [now.settings.get("file"), plain.get("file")]
    elif not plain.get("file"):
        uploads.remove(connector_id=now.pk)
    are_other = now.settings != plain or upload is not None
    if are_other:
        now.synced_until = None  # other settings may bring other products
    now.name, now.settings, now.credentials = name, plain, secrets
    now.save(update_fields=["name", "settings", "credentials", "synced_until"])
    audit.record(store=connector.store, actor=actor, action="connector.changed", target=name, changes=changes)
    begun = now.runs.filter(state__in=runs.OPEN_STATES) if are_other else now.runs.none()
    cancelled = [run for run in begun if _steer(run, actor, runs.Wish.CANCEL)]
    return bool(cancelled)


def _split(settings: ConnectorSettings) -> tuple[str, dict[str, Any]]:
    """The secret settings as the text that is stored encrypted, and the others."""
    everything = settings.model_dump(mode="json")
    secrets = {key: everything.pop(key) for key in settings.secret_names()}
    return (json.dumps(secrets) if secrets else ""), everything


@one_transaction
def delete_connector(*, connector: ConnectorConfig, actor: User | None, keep_products: bool = False) -> None:
    """Delete a connector and its products, or leave these as they are now.

    A workflow removes the products, so that they go even when the index is away right now; they are also removed
    at once when it is not. Deleting it twice is deleting it once. Raises `ConnectorError("busy")` when products
    are to stay and a sync is not over: half of its work would stay too.
    """
    runs.lock(connector_id=connector.pk)
    if keep_products and connector.runs.filter(state__in=runs.OPEN_STATES).exists():
        raise ConnectorError("busy", f"A sync of {connector.name} is not over. Wait for it, then delete.")
    scheduled = ConnectorConfig.objects.exclude(schedule=ConnectorConfig.Schedule.OFF).filter(pk=connector.pk)
    if scheduled.exists():
        schedules.follow(connector_id=connector.pk)
    uploads.remove(connector_id=connector.pk)
    gone, _ = ConnectorConfig.objects.filter(pk=connector.pk).delete()
    if not gone:
        return
    argument = {"store_id": str(connector.store_id), "connector_id": str(connector.pk)}
    audit.record(
        store=connector.store,
        actor=actor,
        action="connector.deleted",
        target=connector.name,
        products="kept" if keep_products else "removed",
    )
    if keep_products:
        return
    enqueue_workflow(workflow="ProductRemovalWorkflow", argument=argument)
    transaction.on_commit(lambda: _remove_products_now(**argument))


def remove_products(*, store_id: str, connector_id: str) -> int:
    """Take the products of a deleted connector out of the index; a connector that exists is left alone."""
    if ConnectorConfig.objects.filter(pk=connector_id).exists():
        return 0
    return catalog().delete_connector(store_id=store_id, connector_id=connector_id)


def _remove_products_now(*, store_id: str, connector_id: str) -> None:
    try:
        remove_products(store_id=store_id, connector_id=connector_id)
    except CatalogError as error:
        logger.warning("Products of %s stay until the workflow removes them: %s", connector_id, error)


@one_transaction
def request_sync(
    *,
    connector: ConnectorConfig,
    actor: User | None,
    mode: SyncRun.Mode = SyncRun.Mode.FULL,
    origin: SyncRun.Origin = SyncRun.Origin.PERSON,
) -> SyncRun:
    """Ask for a sync by workflow. While one waits, runs or is paused, that one is returned."""
    runs.lock(connector_id=connector.pk)
    existing = connector.runs.filter(state__in=runs.OPEN_STATES).first()
    if existing is not None:
        return existing
    run = SyncRun(connector=connector, mode=mode, origin=origin, started_by=actor)
    run.workflow = enqueue_workflow(workflow="ProductSyncWorkflow", argument={"run_id": str(run.pk)})
    run.save()
    _record_request(run, actor)
    return run


@one_transaction
def new_foreground_run(*, connector: ConnectorConfig, mode: SyncRun.Mode = SyncRun.Mode.FULL) -> SyncRun:
    """A run that the caller carries out itself with `run_sync`."""
    runs.lock(connector_id=connector.pk)
    run = SyncRun.objects.create(connector=connector, mode=mode, origin=SyncRun.Origin.COMMAND)
    _record_request(run, None)
    return run


@one_transaction
def pause_sync(*, run: SyncRun, actor: User | None) -> bool:
    """Let a run rest from its next page on, for as long as nobody resumes or cancels it.

    False: it rests already, is over, or is carried out in the foreground, where there is nobody to resume it.
    """
    return run.workflow_id is not None and _steer(run, actor, runs.Wish.PAUSE)


@one_transaction
def resume_sync(*, run: SyncRun, actor: User | None) -> bool:
    """Let a paused run go on where it was; False: it is not paused."""
    return _steer(run, actor, runs.Wish.RESUME)


@one_transaction
def cancel_sync(*, run: SyncRun, actor: User | None) -> bool:
    """End a run at its next page: what was read stays, and nothing is removed. False: it is over."""
    return _steer(run, actor, runs.Wish.CANCEL)


def _steer(run: SyncRun, actor: User | None, wish: runs.Wish) -> bool:
    """The row tells what is wished, also while Temporal is away; a signal tells the workflow to look there now."""
    if not runs.steer(run_id=run.pk, wish=wish):
        return False
    deed = {runs.Wish.PAUSE: "paused", runs.Wish.RESUME: "resumed", runs.Wish.CANCEL: "cancelled"}[wish]
    connector = run.connector
    audit.record(store=connector.store, actor=actor, action=f"sync.{deed}", target=connector.name)
    if run.workflow_id is not None:
        workflow_id = str(run.workflow_id)
        name = str(wish) if wish == runs.Wish.CANCEL else "look"  # to cancel is final, whenever it arrives
        transaction.on_commit(lambda: workflow_signals.send(workflow_id=workflow_id, name=name))
    return True


def _record_request(run: SyncRun, actor: User | None) -> None:
    connector = run.connector
    audit.record(
        store=connector.store,
        actor=actor,
        action="sync.requested",
        target=connector.name,
        mode=str(run.mode),
        origin=str(run.origin),
    )


def run_sync(*, run_id: UUID, progress: Watch | None = None) -> SyncRun:
    """Carry out a run here and now, in one try; returns the finished run.

    Raises `ConnectorError` or `CatalogError` after the run was marked as failed, as it also is on Ctrl-C.
    """
    try:
        run_pass(run_id=run_id, watch=progress or (lambda _: None))
    except (ConnectorError, CatalogError) as error:
        runs.fail(run_id=run_id, code=error.code, text=error.text)
        raise
    except BaseException:
        runs.fail(run_id=run_id, code="interrupted", text="The sync was interrupted. Start it again.")
        raise
    return SyncRun.objects.select_related("connector").get(pk=run_id)


def same_address(*, store: Store, platform: str, settings: ConnectorSettings) -> ConnectorConfig | None:
    """A connector of the store that already reads the same place, so that a page can warn about duplicates."""
    if getattr(settings, "file", ""):
        return None  # files of one name may hold anything
    wanted = settings.model_dump(mode="json", exclude=set(settings.secret_names()))
    found = ConnectorConfig.objects.filter(store=store, platform=platform)
    return next((connector for connector in found if connector.settings == wanted), None)


def find_order(*, store_id: str, number: str, email: str) -> Order | None:
    """The order that `number` and `email` belong to, from whichever of the store's platforms has it.

    None: no platform knows this pair (nothing tells which of the two was wrong). Raises `ConnectorError` when
    nobody found it and a platform could not be asked. Talks HTTP: call it from a thread.
    """
    failure: ConnectorError | None = None
    for connector in ConnectorConfig.objects.filter(store_id=store_id).select_related("store"):
        try:
            with connect(connector, patience=NO_PATIENCE) as platform:
                order = platform.get_order(number, email) if isinstance(platform, OrderLookup) else None
        except ConnectorError as error:
            failure = failure or error
        else:
            if order is not None:
                return order
    if failure is not None:
        raise failure
    return None
