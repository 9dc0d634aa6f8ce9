"""A careful HTTP client for addresses that a merchant typed: GET of JSON, bounded in time, size and reach.

The check of the address sits where the connection is made: the name is resolved once, every address is checked,
and the connection goes to the checked address itself, for the first request and for every redirect.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlencode, urljoin, urlsplit

import httpcore
from pydantic import JsonValue
from pydantic_core import from_json

from apps.connectors.platforms.addresses import is_public, resolve
from apps.connectors.platforms.errors import ConnectorError

Origin = tuple[str, int]  # host as written in the address, port

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RETRYABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class HttpLimits:
    """Seconds and bytes that one GET, redirects included, may take."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 60.0
    body: int = 32 * 1024 * 1024
    redirects: int = 5


class HttpClient:
    """Fetches JSON. Use it as a context manager, from one thread at a time.

    `trusted` names host and port pairs that may be private: the demo's own address and nothing else.
    Every failure is a `ConnectorError`.
    """

    def __init__(self, *, trusted: frozenset[Origin] = frozenset(), limits: HttpLimits | None = None) -> None:
        self._limits = limits or HttpLimits()
        self._clock = _Clock()
        self._pool = httpcore.ConnectionPool(
            network_backend=_GuardedBackend(trusted, self._clock), max_connections=4, keepalive_expiry=30
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._pool.close()

    def get_json(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> JsonValue:
        """The JSON at `url`. `headers` go to the origin of `url` only, never along a redirect to another."""
        address = f"{url}?{urlencode(params)}" if params else url
        target = _Target.parse(address)
        first = target.origin
        self._clock.deadline = time.monotonic() + self._limits.total
        for _ in range(self._limits.redirects + 1):
            extra = headers if headers and target.origin == first else {}
            status, location, body = self._fetch(target, extra)
            if status in _REDIRECTS and location:
                target = _Target.parse(urljoin(target.url, location))
                continue
            return _parse(target, status, body)
        raise ConnectorError("too_many_redirects", f"{url} redirects again and again. Check the address.")

    def _fetch(self, target: _Target, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        timeout = {"connect": self._limits.connect, "read": self._limits.read, "write": self._limits.read}
        sent = {
            "Host": target.netloc,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "eaichat-connector",
            **headers,
        }
        try:
            with self._pool.stream(
                "GET", target.url, headers=list(sent.items()), extensions={"timeout": timeout}
            ) as response:
                found = {name.lower(): value.decode("latin-1") for name, value in response.headers}
                location = found.get(b"location", "")
                if response.status in _REDIRECTS and location:
                    return response.status, location, b""
                chunks = response.iter_stream()
                return response.status, "", _read(chunks, found.get(b"content-encoding", ""), self._limits.body)
        except httpcore.TimeoutException as error:
            raise ConnectorError(
                "timeout", f"{target.host} took too long to answer. Try again in a few minutes.", retryable=True
            ) from error
        except httpcore.ConnectError as error:
            raise _cannot_connect(target, error) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise ConnectorError(
                "unreachable", f"{target.host} broke off or does not speak HTTP on this port.", retryable=True
            ) from error


@dataclass(frozen=True)
class _Target:
    """An absolute http address in the form that goes onto the wire."""

    url: str
    host: str
    netloc: str
    origin: tuple[str, str, int]

    @classmethod
    def parse(cls, address: str) -> _Target:
        try:
            parts = urlsplit(address.strip())
            host = (parts.hostname or "").encode("idna").decode() if not _is_v6(parts.hostname) else parts.hostname
            port = parts.port
        except (ValueError, UnicodeError) as error:
            raise ConnectorError("bad_address", f"{address} is not an address that can be opened.") from error
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise ConnectorError("bad_address", f"{address} is not an http or https address.")
        shown = f"[{host}]" if ":" in host else host
        netloc = shown if port is None else f"{shown}:{port}"
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?[]')}" if parts.query else ""
        number = port or (443 if parts.scheme == "https" else 80)
        return cls(f"{parts.scheme}://{netloc}{path}{query}", host, netloc, (parts.scheme, host, number))


def _is_v6(host: str | None) -> bool:
    return host is not None and ":" in host


def _read(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The body, unpacked when it is gzip; at most `limit` bytes, also of what unpacks to more than was sent."""
    unpack = zlib.decompressobj(wbits=47) if encoding.strip().lower() in ("gzip", "deflate", "x-gzip") else None
    body = bytearray()
    for chunk in chunks:
        try:
            body += unpack.decompress(chunk, limit + 1 - len(body)) if unpack else chunk
        except zlib.error as error:
            raise ConnectorError("not_json", "The answer is damaged (broken compression).") from error
        if len(body) > limit:
            raise ConnectorError("too_large", f"The answer is larger than {limit // (1024 * 1024)} MB.")
    return bytes(body)


def _parse(target: _Target, status: int, body: bytes) -> JsonValue:
    if status != 200:
        raise ConnectorError("http_status", _status_text(target, status), retryable=status in _RETRYABLE_STATUS)
    try:
        answer: JsonValue = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        page = body.lstrip()[:1] == b"<"
        what = "a web page" if page else "something that is not JSON"
        raise ConnectorError(
            "not_json", f"{target.url} answered with {what}. Check that this is the address of the store's API."
        ) from error
    return answer


def _status_text(target: _Target, status: int) -> str:
    if status == 404:
        return f"{target.url} does not exist (404). Check the address."
    if status in (401, 403):
        return f"{target.url} refuses access ({status}). Check the credentials."
    if status == 429:
        return f"{target.host} asks for a pause (429). Try again in a few minutes."
    if status >= 500:
        return f"{target.host} has a problem of its own ({status}). Try again in a few minutes."
    return f"{target.url} answered with status {status}. Check the address."


def _cannot_connect(target: _Target, error: Exception) -> ConnectorError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ConnectorError("unreachable", f"{target.host} shows a certificate that is not valid for it.")
        if isinstance(cause, ssl.SSLError):
            return ConnectorError("unreachable", f"{target.netloc} does not speak https. Try http:// instead.")
        cause = cause.__cause__ or cause.__context__
    return ConnectorError(
        "unreachable",
        f"No connection to {target.netloc}. Check that the address is right and the server runs.",
        retryable=True,
    )


class _Clock:
    """The moment at which the current request must be over."""

    deadline = float("inf")

    def within(self, timeout: float | None) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the request took too long in all")
        return left if timeout is None else min(timeout, left)


class _GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, trusted: frozenset[Origin], clock: _Clock) -> None:
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
            raise ConnectorError(
                "timeout", f"No name server answered for {host}. Try again in a few minutes.", retryable=True
            ) from error
        except OSError as error:
            raise ConnectorError(
                "unreachable",
                f"{host} cannot be found: no server has this name. Check the address.",
                retryable=True,
            ) from error
        if (host.lower(), port) not in self._trusted and not all(is_public(address) for address in addresses):
            raise ConnectorError(
                "refused_address",
                f"{host} is an address of a private network. Only stores on the public internet can be connected.",
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

    def __init__(self, stream: httpcore.NetworkStream, clock: _Clock) -> None:
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
