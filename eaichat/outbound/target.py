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
        except (ValueError, UnicodeError) as error:
            raise OutboundError("bad_address", f"{address} is not an address that can be opened.") from error
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise OutboundError("bad_address", f"{address} is not an http or https address.")
        shown = f"[{host}]" if ":" in host else host
        netloc = shown if port is None else f"{shown}:{port}"
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?[]')}" if parts.query else ""
        number = port or (443 if parts.scheme == "https" else 80)
        return cls(f"{parts.scheme}://{netloc}{path}{query}", host, netloc, (parts.scheme, host, number))


def _is_v6(host: str | None) -> bool:
    return host is not None and ":" in host
