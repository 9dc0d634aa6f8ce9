"""A careful HTTP client for addresses that strangers chose: GET, bounded in time, size and reach."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urljoin

import httpcore

from eaichat.outbound.connections import Clock, GuardedBackend, Origin
from eaichat.outbound.errors import OutboundError
from eaichat.outbound.target import Target

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class HttpLimits:
    """Seconds and bytes that one GET, redirects included, may take."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 60.0
    body: int = 32 * 1024 * 1024
    redirects: int = 5


@dataclass(frozen=True)
class Answer:
    """What the last address of a chain of redirects said. `body` is unpacked and within the limits."""

    target: Target
    status: int
    body: bytes


class OutboundClient:
    """Reads foreign addresses. Use it as a context manager, from one thread at a time.

    `trusted` names host and port pairs that may be private: the demo's own address and nothing else.
    Every failure is an `OutboundError`.
    """

    def __init__(
        self, *, agent: str, trusted: frozenset[Origin] = frozenset(), limits: HttpLimits | None = None
    ) -> None:
        self._agent = agent
        self._limits = limits or HttpLimits()
        self._clock = Clock()
        self._pool = httpcore.ConnectionPool(
            network_backend=GuardedBackend(trusted, self._clock), max_connections=4, keepalive_expiry=30
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._pool.close()

    def get(self, url: str, *, accept: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer, of any status. `headers` go to the origin of `url` only, never to where it redirects."""
        target = Target.parse(url)
        first = target.origin
        self._clock.deadline = time.monotonic() + self._limits.total
        for _ in range(self._limits.redirects + 1):
            extra = headers if headers and target.origin == first else {}
            status, location, body = self._fetch(target, {"Accept": accept, **extra})
            if not location:
                return Answer(target, status, body)
            target = Target.parse(_joined(target.url, location))
        raise OutboundError("too_many_redirects", f"{url} redirects again and again. Check the address.")

    def _fetch(self, target: Target, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        timeout = {"connect": self._limits.connect, "read": self._limits.read, "write": self._limits.read}
        sent = {"Host": target.netloc, "Accept-Encoding": "gzip", "User-Agent": self._agent, **headers}
        try:
            with self._pool.stream(
                "GET", target.url, headers=list(sent.items()), extensions={"timeout": timeout}
            ) as response:
                found = {name.lower(): _text(value) for name, value in response.headers}
                location = found.get(b"location", "")
                if response.status in _REDIRECTS and location:
                    return response.status, location, b""
                chunks = response.iter_stream()
                return response.status, "", _read(chunks, found.get(b"content-encoding", ""), self._limits.body)
        except httpcore.TimeoutException as error:
            raise OutboundError(
                "timeout", f"{target.host} took too long to answer. Try again in a few minutes.", retryable=True
            ) from error
        except httpcore.ConnectError as error:
            raise _cannot_connect(target, error) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise OutboundError(
                "unreachable", f"{target.host} broke off or does not speak HTTP on this port.", retryable=True
            ) from error


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise OutboundError("bad_address", f"{url} redirects to an address that cannot be opened.") from error


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _read(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The body, unpacked when it is gzip; at most `limit` bytes, also of what unpacks to more than was sent."""
    unpack = zlib.decompressobj(wbits=47) if encoding.strip().lower() in ("gzip", "deflate", "x-gzip") else None
    body = bytearray()
    for chunk in chunks:
        try:
            body += unpack.decompress(chunk, limit + 1 - len(body)) if unpack else chunk
        except zlib.error as error:
            raise OutboundError("damaged", "The answer is damaged (broken compression).") from error
        if len(body) > limit:
            raise OutboundError("too_large", f"The answer is larger than {limit // (1024 * 1024)} MB.")
    return bytes(body)


def _cannot_connect(target: Target, error: Exception) -> OutboundError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return OutboundError("unreachable", f"{target.host} shows a certificate that is not valid for it.")
        if isinstance(cause, ssl.SSLError):
            return OutboundError("unreachable", f"{target.netloc} does not speak https. Try http:// instead.")
        cause = cause.__cause__ or cause.__context__
    return OutboundError(
        "unreachable",
        f"No connection to {target.netloc}. Check that the address is right and the server runs.",
        retryable=True,
    )
