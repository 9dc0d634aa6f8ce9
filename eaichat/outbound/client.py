"""A careful HTTP client for addresses that strangers chose: bounded in time, size and reach."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import urljoin

import httpcore

from eaichat.outbound.answers import Answer, Incoming
from eaichat.outbound.connections import Clock, GuardedBackend, Origin
from eaichat.outbound.errors import OutboundError
from eaichat.outbound.target import Target

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class HttpLimits:
    """Seconds and bytes that one request, redirects included, may take."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 60.0
    body: int = 32 * 1024 * 1024
    redirects: int = 5


class OutboundClient:
    """Talks to foreign addresses. Use it as a context manager, from one thread and for one request at a time.

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
        return self.send("GET", url, accept=accept, headers=headers)

    def send(
        self,
        method: Method,
        url: str,
        *,
        accept: str,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> Answer:
        """The whole answer, of any status; see `stream`."""
        with self.stream(method, url, accept=accept, headers=headers, content=content) as incoming:
            return incoming.whole()

    @contextmanager
    def stream(
        self,
        method: Method,
        url: str,
        *,
        accept: str,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        limits: HttpLimits | None = None,
    ) -> Iterator[Incoming]:
        """The answer, of any status, its body read as it comes.

        Only a GET follows redirects: a body was meant for the address that was asked. `headers` go to the origin
        of `url` only, never to where it redirects.
        """
        bounds = limits or self._limits
        target = Target.parse(url)
        first = target.origin
        self._clock.deadline = time.monotonic() + bounds.total
        for _ in range(bounds.redirects + 1):
            sent = {"Accept": accept, **(headers if headers and target.origin == first else {})}
            with self._exchange(method, target, sent, content, bounds) as incoming:
                location = incoming.headers.get("location", "") if incoming.status in _REDIRECTS else ""
                if method != "GET" or not location:
                    yield incoming
                    return
            target = Target.parse(_joined(target.url, location))
        bare = url.partition("?")[0]  # a query may hold keys
        raise OutboundError("too_many_redirects", f"{bare} redirects again and again. Check the address.")

    @contextmanager
    def _exchange(
        self, method: Method, target: Target, headers: Mapping[str, str], content: bytes, bounds: HttpLimits
    ) -> Iterator[Incoming]:
        timeout = {"connect": bounds.connect, "read": bounds.read, "write": bounds.read}
        sent = {"Host": target.netloc, "Accept-Encoding": "gzip", "User-Agent": self._agent, **headers}
        try:
            with self._pool.stream(
                method,
                target.url,
                headers=_for_the_wire(sent),
                content=None if method == "GET" and not content else content,
                extensions={"timeout": timeout},
            ) as response:
                found = {_text(name).lower(): _text(value) for name, value in response.headers}
                yield Incoming(target, response.status, found, response.iter_stream(), bounds.body)
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


def _for_the_wire(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """The headers, each once whatever its case; the last one counts."""
    unique = {name.lower(): (name, value) for name, value in headers.items()}
    for name, value in unique.values():
        if not all(" " <= sign <= "~" for sign in value):
            raise OutboundError("bad_header", f"The value of {name} has signs that cannot be sent.")
    return list(unique.values())


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
