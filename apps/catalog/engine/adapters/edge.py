"""Qdrant Edge as a `VectorBackend`: collections and aliases in one directory. Runs in the index host only."""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from apps.catalog.engine.adapters.edge_collection import EdgeCollection
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.fence import MOVING
from apps.catalog.engine.records import (
    CollectionSpec,
    CollectionState,
    HybridRequest,
    Match,
    Payload,
    Point,
    VectorName,
    Where,
)

_log = logging.getLogger(__name__)


class EdgeBackend:
    """`directory/collections/<name>/` holds the shards, `directory/aliases.json` the aliases.

    `directory/damaged/<name>/` holds what was set aside, until the next one of this name.
    """

    def __init__(self, directory: Path, *, carefully: bool = False) -> None:
        """Opens what is there. A damaged collection harms no other: it says so when it is asked.

        `carefully`: the last hosts died, perhaps of a damaged file; each collection is tried out before.
        """
        self._root = directory / "collections"
        self._set_aside = directory / "damaged"
        self._aliases_file = directory / "aliases.json"
        self._root.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._collections: dict[str, EdgeCollection] = {}
        aliases = self._read_aliases()
        self._aliases = self._recovered_aliases() if aliases is None else _without_fences(aliases)
        for path in sorted(self._root.iterdir()):
            if not path.is_dir():
                continue  # a .DS_Store, or what else was left here
            if self._aliases and path.name not in self._aliases.values():
                if aliases is None:
                    self._move_aside(path.name)  # by its age alone it is not the one that counts
                else:
                    shutil.rmtree(path)  # nobody asks for it: a rebuild was cut off here
            elif EdgeCollection.exists(path) or path.name in self._aliases.values():
                collection = EdgeCollection(name=path.name, directory=path)
                collection.load(carefully=carefully)
                self._collections[path.name] = collection
        if self._aliases != aliases:  # last: what was passed over is aside by now
            self._write_aliases(self._aliases)

    def _read_aliases(self) -> dict[str, str] | None:
        """None: they cannot be read, or are missing though there are collections."""
        try:
            aliases: dict[str, str] = json.loads(self._aliases_file.read_text())
        except FileNotFoundError:
            return None if any(path.is_dir() for path in self._root.iterdir()) else {}
        except ValueError as error:
            _log.error("%s is damaged: %s", self._aliases_file, error)
            return None
        return aliases

    def _recovered_aliases(self) -> dict[str, str]:
        _log.error("%s is read from the names of the collections instead.", self._aliases_file)

        def counts(path: Path) -> tuple[bool, float]:
            return EdgeCollection.exists(path), -path.stat().st_mtime

        # The oldest one of an alias comes last, and counts: a younger one is a rebuild that was not done.
        paths = sorted((path for path in self._root.iterdir() if path.is_dir()), key=counts)
        return {path.name.partition("-")[0]: path.name for path in paths}

    # --- Collections and aliases ----------------------------------------------------------------------
    def ensure(self, spec: CollectionSpec) -> None:
        with self._lock:
            collection = self._collections.get(spec.name)
            if collection is None:
                directory = self._root / spec.name
                shutil.rmtree(directory, ignore_errors=True)  # half made by a host that was killed
                collection = EdgeCollection(name=spec.name, directory=directory)
                collection.create(spec)
                self._collections[spec.name] = collection
            collection.ensure_fields(spec)

    def collections(self) -> list[str]:
        return sorted(self._collections)

    def drop(self, name: str) -> None:
        with self._lock:
            collection = self._collections.pop(name, None)
            if collection is not None:
                collection.abandon()
            shutil.rmtree(self._root / name, ignore_errors=True)

    def alias(self, alias: str, *, patient: bool = False) -> str | None:
        return self._aliases.get(alias)

    def aliases(self) -> dict[str, str]:
        return self._aliases

    def point_alias(self, alias: str, name: str) -> None:
        with self._lock:
            self._existing(name)  # of a rebuild that goes on after a new host has cleared its collection away
            self._write_aliases({**self._aliases, alias: name})

    def rename_alias(self, alias: str, new: str) -> None:
        with self._lock:
            aliases = dict(self._aliases)
            if alias not in aliases:
                raise CatalogError("index_failed", f"There is no alias {alias} in the index.")
            aliases[new] = aliases.pop(alias)
            self._write_aliases(aliases)

    def drop_alias(self, alias: str) -> None:
        with self._lock:
            if alias in self._aliases:
                self._write_aliases({name: one for name, one in self._aliases.items() if name != alias})

    def _write_aliases(self, aliases: dict[str, str]) -> None:
        fresh = self._aliases_file.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(aliases, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._aliases_file)
        self._aliases = aliases

    def set_aside(self, name: str) -> None:
        with self._lock:
            collection = self._collections.pop(name, None)
            if collection is None:
                return
            with suppress(CatalogError):  # what is damaged may not close in peace
                collection.close()
            self._move_aside(name)

    def _move_aside(self, name: str) -> None:
        self._set_aside.mkdir(exist_ok=True)
        shutil.rmtree(self._set_aside / name, ignore_errors=True)
        (self._root / name).rename(self._set_aside / name)

    def state(self, name: str) -> CollectionState:
        collection = self._collections.get(name)
        return collection.state() if collection else CollectionState()

    # --- Points ---------------------------------------------------------------------------------------
    def upsert(self, name: str, points: Sequence[Point]) -> None:
        self._existing(name).upsert(points)

    def set_payload(self, name: str, where: Where, payload: Payload) -> None:
        self._existing(name).set_payload(where, payload)

    def replace_payload(self, name: str, where: Where, payload: Payload) -> None:
        self._existing(name).replace_payload(where, payload)

    def delete(self, name: str, where: Where) -> int:
        return self._existing(name).delete(where)

    def count(self, name: str, where: Where) -> int:
        collection = self._collections.get(name)
        return collection.count(where) if collection else 0

    def retrieve(
        self, name: str, ids: Sequence[str], fields: Sequence[str] | None = None, *, patient: bool = False
    ) -> dict[str, Payload]:
        collection = self._collections.get(name)
        return collection.retrieve(ids, fields) if collection else {}

    def scroll(
        self,
        name: str,
        where: Where,
        *,
        limit: int,
        after: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> tuple[list[tuple[str, Payload]], str | None]:
        collection = self._collections.get(name)
        return collection.scroll(where, limit, after, fields) if collection else ([], None)

    def ordered(
        self, name: str, where: Where, *, field: str, descending: bool, limit: int
    ) -> list[tuple[str, Payload]]:
        collection = self._collections.get(name)
        return collection.ordered(where, field, descending, limit) if collection else []

    def facet(self, name: str, field: str, where: Where, *, limit: int, prefix: str = "") -> list[tuple[str, int]]:
        collection = self._collections.get(name)
        return collection.facet(field, where, limit, prefix) if collection else []

    def vectors(self, name: str, where: Where, *, limit: int) -> dict[str, dict[VectorName, bytes]]:
        collection = self._collections.get(name)
        return collection.vectors(where, limit) if collection else {}

    def hybrid(self, name: str, request: HybridRequest) -> list[Match]:
        collection = self._collections.get(name)
        return collection.hybrid(request) if collection else []

    def ping(self) -> None:
        """It answers, so it is there."""

    def close(self) -> None:
        for collection in self._collections.values():
            collection.close()

    def _existing(self, name: str) -> EdgeCollection:
        try:
            return self._collections[name]
        except KeyError:
            raise CatalogError("index_failed", f"There is no collection {name} in the index.") from None


def _without_fences(aliases: dict[str, str]) -> dict[str, str]:
    """A rebuild ends with the host that it wrote to, and what it left must not be kept for its fence's sake."""
    return {alias: name for alias, name in aliases.items() if not alias.startswith(MOVING)}
