"""What a merchant sets for the widget: which pages may open it, and its colour. Every change is on the record."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from apps.accounts import audit
from apps.accounts.database import one_transaction
from apps.accounts.models import Store, User

MAX_ORIGINS = 50
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_ACCENT = re.compile(r"#[0-9a-f]{6}")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class WidgetSettingsError(Exception):
    """What the merchant typed does not fit; `text` says what would."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def is_placed(store: Store) -> bool:
    """Whether the store has named a site that may open its chat."""
    return bool(store.allowed_origins)


def normal_origin(text: str) -> str:
    """The origin that browsers send for a page of `text`: scheme://host[:port]. Raises WidgetSettingsError.

    Lower case, international names in their ASCII form, no default port, no slash at the end: exactly what stands
    in the Origin header, since the two are compared letter by letter.
    """
    example = "Write it like https://shop.example or http://localhost:3000."
    try:
        parts = urlsplit(text.strip())
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError as error:
        raise WidgetSettingsError(f"That is not an address. {example}") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise WidgetSettingsError(f"An origin begins with https:// or http://. {example}")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise WidgetSettingsError(f"Leave out what follows the host: an origin has no path. {example}")
    if "*" in host:
        raise WidgetSettingsError("Every origin is named in full: * would let in pages that you do not know.")
    return f"{parts.scheme}://{_ascii_host(host, example)}{_port_suffix(parts.scheme, port)}"


@one_transaction
def add_origin(*, store: Store, actor: User, origin: str) -> str:
    """Let pages of `origin` open the widget; returns it as it is kept. Adding it again changes nothing."""
    added = normal_origin(origin)
    store = Store.objects.select_for_update().get(pk=store.pk)
    if added in store.allowed_origins:
        return added
    if len(store.allowed_origins) >= MAX_ORIGINS:
        raise WidgetSettingsError(f"A store has at most {MAX_ORIGINS} origins: remove one first.")
    store.allowed_origins = [*store.allowed_origins, added]
    store.save(update_fields=["allowed_origins"])
    audit.record(store=store, actor=actor, action="widget.origin_added", target=added)
    return added


@one_transaction
def remove_origin(*, store: Store, actor: User, origin: str) -> bool:
    """Shut the widget out of pages of `origin`; False when it was not listed."""
    store = Store.objects.select_for_update().get(pk=store.pk)
    if origin not in store.allowed_origins:
        return False
    store.allowed_origins = [other for other in store.allowed_origins if other != origin]
    store.save(update_fields=["allowed_origins"])
    audit.record(store=store, actor=actor, action="widget.origin_removed", target=origin)
    return True


@one_transaction
def set_accent(*, store: Store, actor: User, accent: str) -> None:
    """Set the colour of launcher, buttons and the shopper's messages: #rrggbb."""
    accent = accent.strip().lower()
    if not _ACCENT.fullmatch(accent):
        raise WidgetSettingsError("A colour is # and six digits or letters a to f, e.g. #0f766e.")
    store = Store.objects.select_for_update().get(pk=store.pk)
    if store.accent == accent:
        return
    before, store.accent = store.accent, accent
    store.save(update_fields=["accent"])
    audit.record(store=store, actor=actor, action="widget.accent_changed", target=accent, before=before)


def _ascii_host(host: str, example: str) -> str:
    if ":" in host:
        return f"[{host}]"  # an IPv6 address; urlsplit took its brackets off and has checked it
    try:
        ascii_host = host.encode("idna").decode() if host else ""
    except UnicodeError as error:
        raise WidgetSettingsError(f"That host name cannot exist. {example}") from error
    if not _HOST.fullmatch(ascii_host) or len(ascii_host) > 253:
        raise WidgetSettingsError(f"The host is missing or cannot exist. {example}")
    return ascii_host


def _port_suffix(scheme: str, port: int | None) -> str:
    return "" if port is None or port == _DEFAULT_PORTS[scheme] else f":{port}"
