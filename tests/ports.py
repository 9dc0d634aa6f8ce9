"""Ports for servers that tests start: free, and nobody else's a moment later."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator

# Below those that the kernel gives to connections by itself, which may take any of its own at any moment.
_FIRST, _EACH, _WORKERS = 20_000, 1_500, 8


def _walk() -> Iterator[int]:
    """The ports of this process, over and over. Each worker of xdist has its own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    number = int(worker) % (_WORKERS - 1) if worker.isdigit() else _WORKERS - 1
    place = random.randrange(_EACH)  # noqa: S311 - another run of the suite may go on beside this one
    while True:
        place = (place + 1) % _EACH
        yield _FIRST + number * _EACH + place


_PORTS = _walk()


def free_port() -> int:
    """One that nobody listens on, and that this process has not given away lately."""
    for port in _PORTS:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("the walk has no end")
