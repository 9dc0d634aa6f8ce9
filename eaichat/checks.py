"""What `manage.py check` says of an installation whose settings are dangerous or do not fit together.

Errors are for what breaks, warnings for what is dangerous. Run by every command that Django checks before, so also
by `up`, `web`, `temporal_worker` and `doctor`. Two web processes without Redis are caught where they start:
eaichat/management/web_lock.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Danger
from django.http.request import validate_host

from eaichat.temporal import IN_CLEAR

_OF_OTHERS = re.compile(r"(?i)(COMPOSE|DOCKER|PYTHON|OTEL)|.*_PROXY$")  # what tools read in a .env
_REPLACED = frozenset({"EMAIL_BACKEND"})
_PRIVATE_NAMES = ("localhost", "local", "internal", "lan", "home.arpa", "test", "invalid")


def check_installation(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    return [message for rule in RULES if (message := rule()) is not None]


def is_public(host: str) -> bool:
    """Whether the world can reach a host: a name with a dot, or an address outside private networks."""
    try:
        return ip_address(host).is_global
    except ValueError:
        name = host.lower().rstrip(".")
        return "." in name and not name.endswith(tuple(f".{private}" for private in _PRIVATE_NAMES))


def is_here(host: str) -> bool:
    """Whether a host is this machine (no host: a socket, which is here too)."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return not host or host.startswith("/") or host.lower() == "localhost"


def _outside() -> str:
    """The host of PUBLIC_URL when the world can reach it, else nothing."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    return host if is_public(host) else ""


def _database_elsewhere() -> str:
    """The host of a database server that is not this machine, else nothing."""
    database = settings.DATABASES["default"]
    host = str(database.get("HOST") or "")
    return "" if database["ENGINE"].endswith("sqlite3") or is_here(host) else host


def _host(address: str) -> str:
    return urlsplit(address if "://" in address else f"//{address}").hostname or ""


def own_host_is_answered() -> CheckMessage | None:
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    written = f"[{host}]" if ":" in host else host
    if validate_host(written, settings.ALLOWED_HOSTS):
        return None
    hint = f"Add {written} to ALLOWED_HOSTS."
    return Error(f"PUBLIC_URL is on {host}, which ALLOWED_HOSTS refuses.", hint=hint, id="eaichat.E001")


def secrets_are_whole() -> CheckMessage | None:
    given = {"FIELD_KEYS": settings.FIELD_KEYS, "JWT_PRIVATE_KEY": settings.HEADLESS_JWT_PRIVATE_KEY}
    missing = " and ".join(name for name, value in given.items() if not value)
    if not missing:
        return None
    hint = "Set all three, or none: then they are made and kept in var/secrets.env."
    return Error(f"SECRET_KEY is set without {missing}.", hint=hint, id="eaichat.E002")


def secrets_can_be_used() -> CheckMessage | None:
    """Otherwise the first stored credential, or the first program that signs in, would find out."""
    for name, values, takes in (
        ("FIELD_KEYS", settings.FIELD_KEYS, Fernet),
        ("JWT_PRIVATE_KEY", [settings.HEADLESS_JWT_PRIVATE_KEY], _rsa_key),
    ):
        try:
            for value in filter(None, values):
                takes(value)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            hint = "scripts/make-env makes one, or take all three secrets out: then they are made."
            return Error(f"{name} is no key that works here.", hint=hint, id="eaichat.E003")
    return None


def _rsa_key(pem: str) -> None:
    if not isinstance(
        load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True), RSAPrivateKey
    ):
        raise TypeError


def address_is_an_origin() -> CheckMessage | None:
    parts = urlsplit(settings.PUBLIC_URL)
    if not (parts.path or parts.query or parts.fragment or parts.username):
        return None
    hint = f"Set PUBLIC_URL={parts.scheme}://{parts.netloc.rpartition('@')[2]}, with a host name of its own."
    return Error("PUBLIC_URL has more than a scheme, a host and a port.", hint=hint, id="eaichat.E004")


def sqlite_is_alone() -> CheckMessage | None:
    if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return None
    others = [
        name
        for name, address in (("REDIS_URL", settings.REDIS_URL), ("TEMPORAL_ADDRESS", settings.TEMPORAL_ADDRESS))
        if address and not is_here(_host(address))
    ]
    if not others:
        return None
    hint = "Processes on other hosts cannot share a file: set DATABASE_URL=mysql://user:password@host:3306/name."
    text = f"{' and '.join(others)} names another host, but the database is a file of this one (SQLite)."
    return Danger(text, hint=hint, id="eaichat.W001")


def secrets_are_shared() -> CheckMessage | None:
    host = _database_elsewhere()
    if not host or not settings.SECRETS_ARE_LOCAL:
        return None
    hint = "Set the same SECRET_KEY, FIELD_KEYS and JWT_PRIVATE_KEY on every host that uses this database."
    text = f"The database is on {host}, but the secrets were made on this host: others cannot read what it stores."
    return Danger(text, hint=hint, id="eaichat.W002")


def index_is_shared() -> CheckMessage | None:
    host = _database_elsewhere()
    if not host or settings.QDRANT_URL:
        return None
    hint = "With more than one host set QDRANT_URL=http://host:6333; each would have its own products otherwise."
    text = f"The database is on {host}, but the index is a folder of this host (Qdrant Edge)."
    return Danger(text, hint=hint, id="eaichat.W003")


def debug_is_private() -> CheckMessage | None:
    hosts = [host for host in settings.ALLOWED_HOSTS if host == "*" or is_public(host.removeprefix("."))]
    if not settings.DEBUG or not (_outside() or hosts):
        return None
    text = f"DEBUG shows settings and code to everybody who can reach {_outside() or ', '.join(hosts)}."
    return Danger(text, hint="Set DEBUG=0.", id="eaichat.W004")


def hosts_are_named() -> CheckMessage | None:
    if "*" not in settings.ALLOWED_HOSTS:
        return None
    hint = "Name them: ALLOWED_HOSTS=chat.example.com."
    text = "ALLOWED_HOSTS is *: links in mail can be made to lead to any host."
    return Danger(text, hint=hint, id="eaichat.W005")


def outside_is_https() -> CheckMessage | None:
    if not _outside() or settings.PUBLIC_URL.startswith("https://"):
        return None
    hint = "Put a proxy with a certificate in front, then set PUBLIC_URL=https://... and TRUSTED_PROXIES=1."
    text = f"PUBLIC_URL is http://{_outside()}: passwords and conversations travel in clear."
    return Danger(text, hint=hint, id="eaichat.W006")


def demo_is_private() -> CheckMessage | None:
    if not settings.DEMO or not _outside():
        return None
    text = f"DEMO serves a store whose passwords everybody knows on {_outside()}."
    return Danger(text, hint="Set DEMO=0.", id="eaichat.W007")


def mail_goes_out() -> CheckMessage | None:
    if not (settings.SIGNUP_OPEN and _outside() and settings.EMAIL_BACKEND.endswith(".console.EmailBackend")):
        return None
    hint = "Set EMAIL_URL=smtp+tls://user:password@mail.example.com:587, or SIGNUP_OPEN=0."
    text = f"Anybody may sign up on {_outside()}, but mail is only printed: nobody can reset a password."
    return Danger(text, hint=hint, id="eaichat.W008")


def redis_has_a_password() -> CheckMessage | None:
    parts = urlsplit(settings.REDIS_URL)
    if not settings.REDIS_URL or parts.password or not is_public(parts.hostname or ""):
        return None
    hint = "Give it a password (REDIS_URL=rediss://:password@host:6379/0) and keep it in a private network."
    return Danger(f"Redis on {parts.hostname} is public and has no password.", hint=hint, id="eaichat.W009")


def temporal_access_is_used() -> CheckMessage | None:
    if settings.TEMPORAL_ADDRESS or settings.TEMPORAL_ACCESS == IN_CLEAR:
        return None
    hint = "Set TEMPORAL_ADDRESS=host:7233, or take TEMPORAL_TLS* and TEMPORAL_API_KEY out."
    text = "Certificates or a key for Temporal are set, but no TEMPORAL_ADDRESS: the dev server needs none."
    return Danger(text, hint=hint, id="eaichat.W010")


def temporal_is_not_in_clear() -> CheckMessage | None:
    host = _host(settings.TEMPORAL_ADDRESS)
    if not is_public(host) or settings.TEMPORAL_ACCESS != IN_CLEAR:
        return None
    hint = "Set TEMPORAL_TLS=1, and the certificates or the key that the server wants."
    return Danger(f"Workflows travel to {host} in clear.", hint=hint, id="eaichat.W011")


def proxies_are_counted() -> CheckMessage | None:
    if not (settings.PUBLIC_URL.startswith("https://") and settings.TRUSTED_PROXIES == 0):
        return None
    hint = "Set TRUSTED_PROXIES to how many proxies stand in front, usually 1."
    text = "PUBLIC_URL is https, so a proxy stands in front, but none is trusted: all people look like one."
    return Danger(text, hint=hint, id="eaichat.W012")


def own_hosts_are_asked_directly() -> CheckMessage | None:
    proxy = os.environ.get("HTTP_PROXY") or os.environ.get("http_proxy")
    host = _host(settings.QDRANT_URL)
    names = (os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "").split(",")
    if not (proxy and settings.QDRANT_URL.startswith("http://")) or is_public(host):
        return None
    if any(name.strip() in ("*", host) or host.endswith(f".{name.strip().lstrip('.')}") for name in names if name):
        return None
    text = f"Qdrant on {host} would be asked through HTTP_PROXY."
    return Danger(text, hint=f"Add {host} to NO_PROXY.", id="eaichat.W013")


def settings_are_known() -> CheckMessage | None:
    """A misspelt setting would be a default. `.env.example` has also those that only docker-compose.yml reads."""
    example = settings.BASE_DIR / ".env.example"
    listed = {line.partition("=")[0] for line in example.read_text().splitlines()} if example.exists() else set()
    unknown = settings.ENVIRONMENT.written - settings.ENVIRONMENT.names - listed
    unknown = {name for name in unknown if not _OF_OTHERS.match(name)} | (_REPLACED & os.environ.keys())
    if not unknown:
        return None
    hint = "docs/settings.md lists what there is. EMAIL_URL has taken the place of EMAIL_BACKEND."
    text = f"Nothing here reads {', '.join(sorted(unknown))}, which the environment or .env sets."
    return Danger(text, hint=hint, id="eaichat.W014")


RULES: tuple[Callable[[], CheckMessage | None], ...] = (
    own_host_is_answered,
    secrets_are_whole,
    secrets_can_be_used,
    address_is_an_origin,
    sqlite_is_alone,
    secrets_are_shared,
    index_is_shared,
    debug_is_private,
    hosts_are_named,
    outside_is_https,
    demo_is_private,
    mail_goes_out,
    redis_has_a_password,
    temporal_access_is_used,
    temporal_is_not_in_clear,
    proxies_are_counted,
    own_hosts_are_asked_directly,
    settings_are_known,
)
