"""Connections to checked addresses only, each bounded in time.

The check sits where the connection is made: the name is resolved once, every address is checked, and the
connection goes to the checked address itself, for the first request and for every redirect.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from eaichat.outbound.addresses import is_public, resolve
from eaichat.outbound.errors import OutboundError

Origin = tuple[str, int]  # host as written in the address, port


class Clock:
    """The moment at which the current request must be over."""

    deadline = float("inf")

    def within(self, timeout: float | None) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the request took too long in all")
        return left if timeout is None else min(timeout, left)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, trusted: frozenset[Origin], clock: Clock) -> None:
        self._trusted = trusted
        self._clock = clock
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = resolve(host, port, timeout=self._clock.within(timeout))
        except TimeoutError as error:
            raise OutboundError(
                "timeout", f"No name server answered for {host}. Try again in a few minutes.", retryable=True
            ) from error
        except OSError as error:
            raise OutboundError(
                "unreachable",
                f"{host} cannot be found: no server has this name. Check the address.",
                retryable=True,
            ) from error
        if (host.lower(), port) not in self._trusted and not all(is_public(address) for address in addresses):
            raise OutboundError(
                "refused_address",
                f"{host} is an address of a private network.",
            )
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = self._plain.connect_tcp(
                    str(address), port, self._clock.within(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._clock)
        raise failure or httpcore.ConnectError(f"{host} has no address")


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every read and write ends by the request's deadline: a slow drip cannot hold us."""

    def __init__(self, stream: httpcore.NetworkStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._clock.within(timeout))
        return _TimedStream(stream, self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
