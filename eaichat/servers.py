"""What the environment says of servers outside: mail and Temporal. The database has a module of its own."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from eaichat.environment import Environment, refuse
from eaichat.temporal import Access

_MAIL = {"console": "console", "smtp": "smtp", "smtp+tls": "smtp", "smtp+ssl": "smtp"}


def mail(environment: Environment) -> dict[str, Any]:
    """Django's EMAIL_* settings for `EMAIL_URL`: printed by default, or sent to an SMTP server."""
    example = "smtp+tls://user:password@mail.example.com:587"
    value = environment.text("EMAIL_URL", "console:")
    scheme = urlsplit(value).scheme
    if scheme not in _MAIL:
        refuse(f"EMAIL_URL is no address that works here: write it like {example}, or console: to print mail.")
    if scheme != "console":
        environment.address("EMAIL_URL", schemes=tuple(_MAIL), example=example)
    parts = urlsplit(value)
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{_MAIL[scheme]}.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or {"smtp+tls": 587, "smtp+ssl": 465}.get(scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": scheme == "smtp+tls",
        "EMAIL_USE_SSL": scheme == "smtp+ssl",
        "EMAIL_TIMEOUT": 10,
    }


def temporal_address(environment: Environment) -> str:
    """host:port of a Temporal server; empty: the dev server that `manage.py up` runs."""
    value = environment.text("TEMPORAL_ADDRESS")
    if value and not re.fullmatch(r"[\w.-]+:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5}", value):
        refuse(f"TEMPORAL_ADDRESS={value} is no address: write host:port, like temporal.example.com:7233.")
    return value


def temporal_access(environment: Environment) -> Access:
    """Certificates and keys for it."""
    certificate, key = environment.file("TEMPORAL_TLS_CERT"), environment.file("TEMPORAL_TLS_KEY")
    if (certificate is None) != (key is None):
        given, missing = ("CERT", "KEY") if certificate is not None else ("KEY", "CERT")
        refuse(
            f"TEMPORAL_TLS_{given} is set without TEMPORAL_TLS_{missing}: a client certificate needs its key. "
            "Write both or none."
        )
    return Access(
        tls=environment.flag("TEMPORAL_TLS", default=False),
        ca=environment.file("TEMPORAL_TLS_CA"),
        certificate=certificate,
        key=key,
        server_name=environment.text("TEMPORAL_TLS_SERVER_NAME"),
        api_key=environment.text("TEMPORAL_API_KEY"),
    )
