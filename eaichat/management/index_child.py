"""The index host as a child of `manage.py up`: started before anything needs the index, revived when it dies."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from eaichat.management.installation import InstallationError

logger = logging.getLogger(__name__)

_STARTUP = 20.0  # seconds until a started host must answer
_STOP = 5.0  # seconds between SIGTERM and SIGKILL
_REST = 3.0  # seconds between two starts, so that a host that cannot live does not eat a core
_LAUNCHER = Path(__file__).with_name("die_with_parent.py")


class IndexChild:
    """`manage.py index_host` in a session of its own: a Ctrl-C reaches `up` alone, which stops it last."""

    def __init__(self, *, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def start(self, *, answers: Callable[[], bool]) -> None:
        """Start it and wait until `answers`. Raises InstallationError when it does not, or another one does."""
        if answers():
            raise InstallationError(
                "The index is held by another process (`manage.py index_host`, or a command that runs): "
                "stop it first, then start again."
            )
        self._spawn()
        deadline = time.monotonic() + _STARTUP
        while self._running() and time.monotonic() < deadline:
            if answers():
                return
            time.sleep(0.03)
        raise InstallationError(self._last_words() or f"The index did not open: see {self._log}")

    def revive(self) -> None:
        """Start it again if it died. Call it every second."""
        if self._process is not None and not self._running() and time.monotonic() - self._started > _REST:
            logger.warning("The index host ended with %s and is started again", self._process.returncode)
            self._spawn()

    def stop(self) -> None:
        if self._process is None or not self._running():
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _spawn(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        manage = str(Path(sys.argv[0]).resolve())
        launcher = [sys.executable, "-S", "-E", str(_LAUNCHER), str(os.getpid())]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                [*launcher, sys.executable, manage, "index_host"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._started = time.monotonic()

    def _running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines() if self._log.exists() else []
        return lines[-1] if lines else ""
