"""Child processes of `manage.py up`: they die with it, whatever kills it."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

logger = logging.getLogger(__name__)

STOP_SECONDS = 5


class Child:
    """One process, started again when it dies by itself.

    It gets a session of its own: a Ctrl-C in the terminal reaches `up` alone, which stops its children in order.
    The children ask the kernel themselves for a signal at their parent's death.
    """

    def __init__(self, *, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self._command = list(command)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def start(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._started = time.monotonic()

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> bool:
        """Wait for `ready`; False when the process ended or the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.running():
            if ready():
                return True
            time.sleep(0.05)
        return False

    def revive(self) -> None:
        """Start it again if it died; not more often than once in three seconds."""
        if not self.running() and time.monotonic() - self._started > 3:
            logger.warning("%s ended with %s: starting it again", self.name, self.exit_code())
            self.start()

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """The last line that it wrote, for an error message."""
        if not self._log.exists():
            return ""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def manage(*arguments: str) -> list[str]:
    """The command line that runs a management command in this environment."""
    return [sys.executable, str(Path(sys.argv[0]).resolve()), *arguments]
