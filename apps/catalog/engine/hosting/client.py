"""The index of the host process, as a `VectorBackend`: every call goes over its Unix socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.wire import connect, limit
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

# A query takes 2 ms; a host that needs more than this is away.
READ_TIMEOUT_S = 1.5
WRITE_TIMEOUT_S = 60.0
_BROKEN = (OSError, EOFError, AuthenticationError)


class HostClient:
    """One connection per thread. A lost one is opened again at the next call, so a new host is found by itself."""

    def __init__(
        self,
        directory: Path,
        *,
        start_host: Callable[[], None] | None = None,
        read_timeout: float = READ_TIMEOUT_S,
    ) -> None:
        """`start_host` is asked once per failed call to bring a host up; without it, the call fails.

        `read_timeout`: longer where no shopper waits and a thousand products are read at once.
        """
        self.directory = directory
        self._read_timeout = read_timeout
        self._start_host = start_host
        self._local = threading.local()

    def _call(self, method: str, *arguments: Any, timeout: float | None = None, **named: Any) -> Any:
        """Every call may be repeated without harm, so a connection that broke is tried once more.

        A renaming fails when it is repeated, though it was made: who asked for it looks where the alias stands.
        """
        timeout = self._read_timeout if timeout is None else timeout
        request = (method, arguments, named)
        fresh = getattr(self._local, "connection", None) is None
        try:
            ok, value = self._exchange(request, timeout)
        except TimeoutError as error:
            raise self._unreachable("does not answer") from error
        except _BROKEN as error:
            if fresh and self._start_host is None:
                raise self._unreachable("is not running") from error
            ok, value = self._second_try(request, timeout)
        if ok:
            return value
        raise value

    def _second_try(self, request: Any, timeout: float) -> tuple[bool, Any]:
        try:
            return self._exchange(request, timeout)
        except _BROKEN as error:
            if self._start_host is None:
                raise self._unreachable("is not running") from error
        self._start_host()
        try:
            return self._exchange(request, timeout)
        except _BROKEN as error:
            raise self._unreachable("was started, and does not answer") from error

    def _exchange(self, request: Any, timeout: float) -> tuple[bool, Any]:
        connection: Connection | None = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = self._local.connection = connect(self.directory, timeout=self._read_timeout)
            limit(connection, timeout)  # a host that is busy may be slow to take a big request
            connection.send(request)
            if not connection.poll(timeout):
                raise TimeoutError
            answer: tuple[bool, Any] = connection.recv()
        except BaseException:
            # Whatever comes later over this connection would be the answer to another question.
            self.close()
            raise
        return answer

    def _unreachable(self, what: str) -> CatalogError:
        return CatalogError("index_unreachable", f"The index host {what} ({self.directory}).", retryable=True)

    def close(self) -> None:
        """Closes this thread's connection."""
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    # --- The port -------------------------------------------------------------------------------------
    def ensure(self, spec: CollectionSpec) -> None:
        self._call("ensure", spec, timeout=WRITE_TIMEOUT_S)

    def collections(self) -> list[str]:
        names: list[str] = self._call("collections")
        return names

    def state(self, name: str) -> CollectionState:
        state: CollectionState = self._call("state", name)
        return state

    def drop(self, name: str) -> None:
        self._call("drop", name, timeout=WRITE_TIMEOUT_S)

    def set_aside(self, name: str) -> None:
        self._call("set_aside", name, timeout=WRITE_TIMEOUT_S)

    def alias(self, alias: str, *, patient: bool = False) -> str | None:
        timeout = WRITE_TIMEOUT_S if patient else READ_TIMEOUT_S
        name: str | None = self._call("alias", alias, timeout=timeout)
        return name

    def aliases(self) -> dict[str, str]:
        aliases: dict[str, str] = self._call("aliases", timeout=WRITE_TIMEOUT_S)
        return aliases

    def point_alias(self, alias: str, name: str) -> None:
        self._call("point_alias", alias, name, timeout=WRITE_TIMEOUT_S)

    def rename_alias(self, alias: str, new: str) -> None:
        self._call("rename_alias", alias, new, timeout=WRITE_TIMEOUT_S)

    def drop_alias(self, alias: str) -> None:
        self._call("drop_alias", alias, timeout=WRITE_TIMEOUT_S)

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        self._call("upsert", name, points, timeout=WRITE_TIMEOUT_S)

    def set_payload(self, name: str, where: Where, payload: Payload) -> None:
        self._call("set_payload", name, where, payload, timeout=WRITE_TIMEOUT_S)

    def replace_payload(self, name: str, where: Where, payload: Payload) -> None:
        self._call("replace_payload", name, where, payload, timeout=WRITE_TIMEOUT_S)

    def delete(self, name: str, where: Where) -> int:
        count: int = self._call("delete", name, where, timeout=WRITE_TIMEOUT_S)
        return count

    def count(self, name: str, where: Where) -> int:
        count: int = self._call("count", name, where)
        return count

    def retrieve(
        self, name: str, ids: Sequence[str], fields: Sequence[str] | None = None, *, patient: bool = False
    ) -> dict[str, Payload]:
        timeout = WRITE_TIMEOUT_S if patient else self._read_timeout
        payloads: dict[str, Payload] = self._call("retrieve", name, ids, fields, timeout=timeout)
        return payloads

    def scroll(
        self,
        name: str,
        where: Where,
        *,
        limit: int,
        after: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> tuple[list[tuple[str, Payload]], str | None]:
        page: tuple[list[tuple[str, Payload]], str | None] = self._call(
            "scroll", name, where, limit=limit, after=after, fields=fields
        )
        return page

    def ordered(
        self, name: str, where: Where, *, field: str, descending: bool, limit: int
    ) -> list[tuple[str, Payload]]:
        points: list[tuple[str, Payload]] = self._call(
            "ordered", name, where, field=field, descending=descending, limit=limit
        )
        return points

    def facet(self, name: str, field: str, where: Where, *, limit: int, prefix: str = "") -> list[tuple[str, int]]:
        values: list[tuple[str, int]] = self._call("facet", name, field, where, limit=limit, prefix=prefix)
        return values

    def vectors(self, name: str, where: Where, *, limit: int) -> dict[str, dict[VectorName, bytes]]:
        vectors: dict[str, dict[VectorName, bytes]] = self._call("vectors", name, where, limit=limit)
        return vectors

    def hybrid(self, name: str, request: HybridRequest) -> list[Match]:
        matches: list[Match] = self._call("hybrid", name, request)
        return matches

    def ping(self) -> None:
        self._call("ping")
