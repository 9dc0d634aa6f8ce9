"""The demo store, made or brought up to date: tenant, accounts, connector, orders, and its products in the index.

The products go into the index directly, since the web server whose API the connector reads is not up yet; they
become what a sync makes of them, so the first real sync finds nothing to change.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import Store
from apps.catalog.runtime import catalog
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.fakestore import FakeStoreConnector, product_from_item
from eaichat.demo.accounts import plant_accounts
from eaichat.demo.orders import plant_samples
from eaichat.demo.shop import CURRENCY, items
from eaichat.demo.store import NAME, demo_store

_API = "/demo/api"
_DEVELOPERS_PAGE = "http://localhost:3000"


@dataclass(frozen=True)
class SeedReport:
    """`indexed` products were new or changed, `removed` are no longer sold; `products` are there now."""

    store: Store
    products: int
    indexed: int
    removed: int


def seed(*, public_url: str) -> SeedReport:
    """Bring the demo store up to date for the address `public_url`; what people changed since is kept.

    Raises CatalogError when the index cannot be written; all else is done by then, and a second run goes on.
    """
    with transaction.atomic():
        store = demo_store() or _make_store()
        connector = _connector(store)
        _move(store, connector, public_url)
        plant_accounts(store=store)
        plant_samples()
    return _index(store, connector, public_url)


def _make_store() -> Store:
    store = Store.objects.create(name=NAME, is_demo=True, currency=CURRENCY, allowed_origins=[_DEVELOPERS_PAGE])
    audit.record(store=store, actor=None, action="store.created", target=NAME)
    return store


def _connector(store: Store) -> ConnectorConfig:
    """The link to the demo's own API. Without a prefix: the storefront's buttons name its products by plain id."""
    found = store.connectors.filter(
        platform=FakeStoreConnector.key, product_prefix="", settings__base_url__endswith=_API
    ).first()
    return found or ConnectorConfig.objects.create(
        store=store, platform=FakeStoreConnector.key, name="Demo catalogue"
    )


def _move(store: Store, connector: ConnectorConfig, public_url: str) -> None:
    """Follow the installation to its address: the port may be another one than last time."""
    before = str(connector.settings.get("base_url", "")).removesuffix(_API)
    connector.settings = {"base_url": f"{public_url}{_API}"}
    connector.save(update_fields=["settings"])
    others = [origin for origin in store.allowed_origins if origin not in (before, public_url)]
    store.allowed_origins = [public_url, *others]
    store.save(update_fields=["allowed_origins"])


def _index(store: Store, connector: ConnectorConfig, public_url: str) -> SeedReport:
    began = timezone.now()
    store_id, connector_id = str(store.pk), str(connector.pk)
    products = [
        product_from_item(
            item.api_item(public_url),
            base_url=f"{public_url}{_API}",
            connector_id=connector_id,
            currency=store.currency,
        )
        for item in items()
    ]
    mark = f"seed:{uuid.uuid4()}"
    report = catalog().index(store_id=store_id, products=products, sync_run=mark)
    removed = catalog().remove_stale(store_id=store_id, connector_id=connector_id, sync_run=mark)
    if report.indexed or removed:
        SyncRun.objects.create(
            connector=connector,
            state=SyncRun.State.SUCCEEDED,
            total=len(products),
            seen=report.seen,
            origin=SyncRun.Origin.DEMO,
            added=report.added,
            changed=report.changed,
            unchanged=report.unchanged,
            indexed=report.indexed,
            removed=removed,
            started_at=began,
            finished_at=timezone.now(),
        )
    return SeedReport(store=store, products=len(products), indexed=report.indexed, removed=removed)
