"""Secrets of an embedded installation: made on the first start, kept in one file that only its owner can read."""

import fcntl
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def _jwt_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode().replace("\n", "\\n")


_MAKERS = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_KEYS": lambda: Fernet.generate_key().decode(),
    "JWT_PRIVATE_KEY": _jwt_key,
}


def load_or_create(path: Path) -> dict[str, str]:
    """Return SECRET_KEY, FIELD_KEYS and JWT_PRIVATE_KEY from `path`, adding those that it lacks.

    Processes that start together queue for a lock beside the file, so that all end with the same values; the file
    is replaced in one step, so that none reads half of it.
    """
    found = _read(path)
    if _MAKERS.keys() <= found.keys():
        return found
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _read(path)
        if _MAKERS.keys() <= found.keys():
            return found
        values = {**found, **{name: make() for name, make in _MAKERS.items() if not found.get(name)}}
        draft = path.with_name(f"{path.name}.new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
        draft.replace(path)
    return values


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    pairs = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}
