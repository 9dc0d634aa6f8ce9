"""An http address that somebody typed, in the form that goes onto the wire."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from eaichat.outbound.errors import OutboundError


@dataclass(frozen=True)
class Target:
    """An absolute http address in the form that goes onto the wire."""

    url: str
    host: str
    netloc: str
    origin: tuple[str, str, int]

    @classmethod
    def parse(cls, address: str) -> Target:
        try:
            parts = urlsplit(address.strip())
            host = (parts.hostname or "").encode("idna").decode() if not _is_v6(parts.hostname) else parts.hostname
            port = parts.port
            path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
            query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?[]')}" if parts.query else ""
        except ValueError as error:
            raise _cannot_be_opened(address) from error
        if host and not _is_for_the_wire(host):
            raise _cannot_be_opened(address)
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise OutboundError("bad_address", f"{address} is not an http or https address.")
        shown = f"[{host}]" if ":" in host else host
        netloc = shown if port is None else f"{shown}:{port}"
        number = port or (443 if parts.scheme == "https" else 80)
        return cls(f"{parts.scheme}://{netloc}{path}{query}", host, netloc, (parts.scheme, host, number))


def _is_v6(host: str | None) -> bool:
    return host is not None and ":" in host


def _is_for_the_wire(host: str) -> bool:
    """A scope ("fe80::1%eth0") means something on one machine only."""
    return all("!" <= sign <= "~" and sign != "%" for sign in host)


def _cannot_be_opened(address: str) -> OutboundError:
    shown = address.encode(errors="backslashreplace").decode()  # half a surrogate can be neither stored nor sent
    return OutboundError("bad_address", f"{shown} is not an address that can be opened.")
