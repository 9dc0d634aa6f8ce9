"""The rules of each store as search takes them: read from the database, kept for a few seconds.

Search runs on threads that have no connection and shall not get one each: such a thread has the rules read by the
one that is here for it. Where the database does not answer, search goes on with the rules that it knew.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

from django.db import Error as AnyDatabaseError
from django.db import close_old_connections, connection

from apps.accounts.database import healed
from apps.catalog.engine.ranking.rules import NO_RULES, Placement, Rules
from apps.catalog.models import SearchRule

_log = logging.getLogger(__name__)
_TTL_S = 5.0
_PATIENCE_S = 1.0
_MOST_STORES = 1_000

_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search-rules")
_lock = threading.Lock()
_kept: dict[str, tuple[Rules, float]] = {}  # in the order in which they were read
_changes = 0  # how often something was changed here: what was read before a change is not kept after it


def rules_of(store_id: str) -> Rules:
    """Never raises, and asks the database at most once in a few seconds."""
    kept, until = _kept.get(store_id, (NO_RULES, 0.0))
    if time.monotonic() < until:
        return kept
    changes = _changes
    try:
        rules = _read(store_id) if _is_connected() else _elsewhere(store_id).result(timeout=_PATIENCE_S)
    except (AnyDatabaseError, TooLate) as error:
        _log.warning("Search goes on with the rules that it knew: %s", error)
        rules = kept
    with _lock:
        if changes == _changes:
            _kept.pop(store_id, None)
            _kept[store_id] = (rules, time.monotonic() + _TTL_S)
            if len(_kept) > _MOST_STORES:
                del _kept[next(iter(_kept))]
    return rules


def forget(store_id: str) -> None:
    """After a change: the next search of this process reads again."""
    global _changes  # noqa: PLW0603 - one rulebook per process
    with _lock:
        _changes += 1
        if store_id in _kept:  # still what is known, should the database not answer
            _kept[store_id] = (_kept[store_id][0], 0.0)


def _is_connected() -> bool:
    """Whether this thread works on the database anyway, perhaps inside a transaction."""
    return connection.connection is not None


def _elsewhere(store_id: str) -> Future[Rules]:
    return _reader.submit(_read_afresh, store_id)


def _read_afresh(store_id: str) -> Rules:
    close_old_connections()
    return _read(store_id)


@healed
def _read(store_id: str) -> Rules:
    rules = list(SearchRule.objects.acting(store_id))
    by_kind = {kind: [rule for rule in rules if rule.kind == kind] for kind in SearchRule.Kind}
    return Rules(
        pinned=tuple(_placements(by_kind[SearchRule.Kind.PIN])),
        buried=tuple(_placements(by_kind[SearchRule.Kind.BURY])),
        synonyms=tuple(tuple(rule.phrases) for rule in by_kind[SearchRule.Kind.SYNONYM]),
    )


def _placements(rules: list[SearchRule]) -> Iterator[Placement]:
    for rule in rules:
        for phrase in rule.phrases:
            yield Placement(
                rule=str(rule.pk),
                phrase=phrase,
                whole=rule.match == SearchRule.Match.WHOLE,
                product_ids=tuple(rule.product_ids),
            )
