"""Which pages may talk to a store."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from apps.accounts.models import Store


def may_talk(*, store: Store, origin: str | None, host: str) -> bool:
    """Whether a page of `origin` (the header; None: no browser) may talk to the store on `host`.

    Browsers always send the header and never let a page choose it. A program without one could claim any origin,
    so refusing it would protect nobody.
    """
    if origin is None:
        return True
    if store.allows_origin(origin) or origin.lower() == settings.PUBLIC_URL.lower():
        return True
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:  # "http://[": no browser sends that
        return False


def cors_origin(*, store: Store, origin: str | None) -> str | None:
    """The value for Access-Control-Allow-Origin: exactly a listed origin, else None."""
    return origin if origin and store.allows_origin(origin) else None
