"""Products that a run could not bring into the index: kept with the reason until a later run reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from apps.catalog.product import Product
from apps.connectors.models import SetAsideProduct, SyncRun
from apps.connectors.platforms.foreign import whose

MOST_KEPT = 1_000  # of a connector: where more are broken, the first of them tell why
_AT_ONCE = 500  # ids in a query


class Refused(NamedTuple):
    """`product_id` is the platform's, empty where the record has none."""

    product_id: str
    title: str
    reason: str


def by_platform(texts: Sequence[str]) -> list[Refused]:
    """What a connector's `rejected` tells."""
    return [Refused(product_id[:200], "", reason[:500]) for product_id, reason in map(whose, texts)]


def by_index(texts: Sequence[str], page: Sequence[Product], *, prefix: str) -> list[Refused]:
    """What `IndexReport.rejected` tells of the products of a page: the id, a colon, the reason."""
    titles = {product.product_id: product.title for product in page}
    refused = []
    for text in texts:
        product_id = next((known for known in titles if text.startswith(f"{known}: ")), "")
        reason = text.removeprefix(f"{product_id}: ")
        refused.append(
            Refused(product_id.removeprefix(prefix), titles.get(product_id, "")[:200], _sentence(reason)[:500])
        )
    return refused


def note(run: SyncRun, *, read: Sequence[Product], refused: Sequence[Refused]) -> None:
    """What was read is no longer set aside, and what was refused is, since the first run that met it."""
    prefix = run.connector.product_prefix
    broken = {one.product_id for one in refused}
    sound = {product.product_id.removeprefix(prefix) for product in read} - broken
    of_connector = SetAsideProduct.objects.filter(connector_id=run.connector_id)
    with transaction.atomic():
        for ids in _some(sorted(sound)):
            of_connector.filter(product_id__in=ids).delete()
        if not refused:
            return
        before = {_key(old.product_id, old.reason): old for old in of_connector}
        known = [before[key] for one in refused if (key := _key(one.product_id, one.reason)) in before]
        of_connector.filter(pk__in=[old.pk for old in known]).delete()
        since = {_key(old.product_id, old.reason): old.since for old in known}
        now = timezone.now()
        room = MOST_KEPT - (len(before) - len(since))
        fresh = {_key(one.product_id, one.reason): one for one in refused}
        SetAsideProduct.objects.bulk_create(
            SetAsideProduct(connector_id=run.connector_id, run=run, since=since.get(key, now), **one._asdict())
            for key, one in list(fresh.items())[: max(0, room)]
        )


def forget_unseen(run: SyncRun) -> None:
    """After a run that read everything: what it did not meet is no longer at the platform."""
    SetAsideProduct.objects.filter(connector_id=run.connector_id).exclude(run=run).delete()


def _key(product_id: str, reason: str) -> str:
    """What tells one from another: its id, or the reason where it has none."""
    return f"id {product_id}" if product_id else f"reason {reason}"


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}{'' if reason.endswith('.') else '.'}"


def _some(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
