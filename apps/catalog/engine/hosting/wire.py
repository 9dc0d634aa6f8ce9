"""The socket between the index host and its clients: where it lies, its key, its time limits."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import struct
import tempfile
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path

# The kernel allows 108 bytes for the path of a Unix socket.
_LONGEST_PATH = 100


def socket_path(directory: Path) -> Path:
    """The host's socket: in the index directory, or, when that path is too long, in a private temporary one."""
    path = directory / "host.sock"
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        return path
    name = hashlib.sha256(os.fsencode(directory.resolve())).hexdigest()[:16]
    temporary = Path(tempfile.gettempdir())
    if len(os.fsencode(temporary)) > _LONGEST_PATH - len(f"/eaichat-{os.getuid()}/{name}.sock"):
        temporary = Path("/tmp")  # noqa: S108 - a long TMPDIR is no better; the folder in it is ours alone
    private = temporary / f"eaichat-{os.getuid()}"
    private.mkdir(mode=0o700, exist_ok=True)
    if private.stat().st_uid != os.getuid():
        raise PermissionError(f"{private} belongs to somebody else")
    return private / f"{name}.sock"


def read_key(directory: Path) -> bytes:
    """The key of the running host. FileNotFoundError: none has run here."""
    return (directory / "host.key").read_bytes()


def write_key(directory: Path) -> bytes:
    """A fresh random key that only this user may read."""
    key = secrets.token_bytes(32)
    fresh = directory / "host.key.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    fresh.replace(directory / "host.key")
    return key


def connect(directory: Path, *, timeout: float) -> Connection:
    """An authenticated connection to the host; OSError, EOFError or AuthenticationError when there is none.

    A host that hangs costs `timeout` seconds at most; it also limits what follows, until `limit` says otherwise.
    """
    key = read_key(directory)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        sock.connect(str(socket_path(directory)))
        sock.settimeout(None)
        connection = Connection(os.dup(sock.fileno()))
    try:
        limit(connection, timeout)
        answer_challenge(connection, key)
        deliver_challenge(connection, key)
    except BaseException:
        connection.close()
        raise
    return connection


def limit(connection: Connection, timeout: float) -> None:
    """How long the host may take no byte, or give none, from now on.

    The limit lies on the socket itself, since a `Connection` reads its descriptor directly and knows none.
    """
    packed = struct.pack("ll", int(timeout), int(timeout % 1 * 1_000_000))
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=connection.fileno())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, packed)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, packed)
    sock.detach()  # the descriptor stays the connection's
