"""Where a request or a socket comes from, and which host it asked for: a proxy is believed only when trusted.

`TRUSTED_PROXIES` is how many proxies of our own stand in front. Each adds the address that it saw to the end of
X-Forwarded-For, so with two of them the second entry from the end is the client; what stands before it is hearsay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

Scope = Mapping[str, Any]


def client_address(source: HttpRequest | Scope) -> str:
    """The client's IP address of a request or of a socket's scope, in its canonical form.

    Empty when the server knows none (a Unix socket). A header with fewer entries than there are proxies did not
    come through them, and one with something else than an address is of no use: then the peer counts.
    """
    entries = [entry.strip() for entry in _header(source, "x-forwarded-for").split(",")]
    trusted = settings.TRUSTED_PROXIES
    told = entries[-trusted] if 0 < trusted <= len(entries) else ""
    return _canonical(told) or _canonical(_peer(source))


def requested_host(source: Scope) -> str:
    """The host (and port) that a socket's client asked for. For requests Django's own `get_host()` knows it."""
    forwarded = _header(source, "x-forwarded-host") if settings.TRUSTED_PROXIES else ""
    return forwarded or _header(source, "host")


def _peer(source: HttpRequest | Scope) -> str:
    if isinstance(source, HttpRequest):
        return str(source.META.get("REMOTE_ADDR") or "")
    return str((source.get("client") or ("",))[0] or "")


def _header(source: HttpRequest | Scope, name: str) -> str:
    """The header's value; several of one name are one list, as HTTP has it."""
    if isinstance(source, HttpRequest):
        return source.headers.get(name, "")
    pairs: Iterable[tuple[bytes, bytes]] = source.get("headers", ())
    return ",".join(value.decode("latin-1") for key, value in pairs if key.lower() == name.encode())


def _canonical(text: str) -> str:
    """An IP address as everybody else writes it; without the port that some proxies add. Empty: it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
