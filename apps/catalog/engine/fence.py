"""The moment in which nobody writes, since another collection takes the place of the one that is written to.

A fence is one more alias, so that all processes see it, on a server too: `moving.products-...` stands for the
collection that comes. A change is acknowledged only if no fence stood after it was made: see
`AliasedCollection.written`. So whoever put one up finds all acknowledged changes in the old collection, and no
more of them come.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.errors import CatalogError

# A fence stands for as long as a walk through the index takes, some seconds at 200,000 points.
_PATIENCE_S = 30.0
# What the name of every fence begins with.
MOVING = "moving."
_GLANCE_S = 0.02
_log = logging.getLogger(__name__)


class Fence:
    """Before the collection of one alias."""

    def __init__(self, backend: VectorBackend, alias: str) -> None:
        self._backend = backend
        self._alias = alias

    @contextmanager
    def before(self, new: str) -> Iterator[str]:
        """Holds the writers up, until the fence was renamed to the alias or this ends; gives the fence's name.

        The renaming is the swap: both happen at once, and only while the fence still stands.
        """
        name = f"{MOVING}{new}"
        try:
            self._backend.point_alias(name, new)  # it may stand though its answer was lost
            yield name
        finally:
            with suppress(CatalogError):  # the writers tear it down by themselves, after a while
                self._backend.drop_alias(name)

    def stands(self, aliases: Mapping[str, str]) -> bool:
        return bool(self._standing(aliases))

    def wait(self) -> None:
        """Until no fence stands. One that stays is torn down: who put it up is dead, or walks on.

        Its collection stays, since a rebuild that is only slow puts up another.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while standing := self._standing(self._backend.aliases()):
            if time.monotonic() > deadline:
                for name in standing:
                    _log.warning("Nobody has finished the rebuild %s: writing goes on without it.", name)
                    self._backend.drop_alias(name)
                return
            time.sleep(_GLANCE_S)

    def _standing(self, aliases: Mapping[str, str]) -> list[str]:
        return [name for name in aliases if name.startswith(f"{MOVING}{self._alias}-")]
