"""Starting a real server of the chat's socket."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

# One machine plays every shopper, and faster than people.
UNLIMITED = {
    "CHAT_MESSAGES_PER_MINUTE": "6000",
    "CHAT_CONVERSATIONS_PER_ADDRESS": "0",
    "CHAT_SOCKETS_PER_ADDRESS": "0",
}


@contextmanager
def server(index_host: Path, *options: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A server on the test's database and index: its port and its process.

    `watch`: it also takes up what others left, and takes the test's own process for one of them.
    """
    database = str(connection.settings_dict["NAME"])
    with subprocess.Popen(  # noqa: S603 - our own script, named here
        [sys.executable, "-m", "apps.chat.tests.serve", database, str(index_host), *options],
        cwd=settings.BASE_DIR,
        env={**os.environ, **UNLIMITED},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), process
            process.terminate()
            process.wait(10)
        finally:
            process.kill()
