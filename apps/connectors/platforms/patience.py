"""How fast a platform is asked, and how long its passing troubles are sat out.

All repeating within a pass happens here and nowhere else: two layers that repeat would multiply each other.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from apps.connectors.platforms.errors import ConnectorError

_T = TypeVar("_T")
_MANY_HOSTS = 256  # from then on, those that rest are forgotten


@dataclass(frozen=True)
class Patience:
    """How often a request is tried in all, the seconds before the second try (doubled for each further one, and
    jittered), and the longest pause that a platform may ask for before it is given up at once."""

    tries: int = 3
    backoff: float = 0.5
    longest: float = 60.0

    def insist(self, ask: Callable[[], _T], *, repeatable: bool) -> _T:
        """What `ask` returns, asked again after failures that may pass."""
        for tried in count(1):
            try:
                return ask()
            except ConnectorError as error:
                pause = self._pause(error, tried, repeatable)
                if pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError("count() never ends")

    def _pause(self, error: ConnectorError, tried: int, repeatable: bool) -> float | None:
        """Seconds until the next try; None: there is none."""
        undone = error.code == "rate_limited"  # the platform has turned it away: it has had no effect
        if not error.retryable or not (repeatable or undone) or tried >= self.tries:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.longest else None
        return float(self.backoff * 2 ** (tried - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - spreads, hides nothing


NO_PATIENCE = Patience(tries=1)  # while a person watches


class Pace:
    """At most `per_second` requests to a host, after a first `burst`. Threads may share one."""

    def __init__(self, *, per_second: float = 10.0, burst: int = 20) -> None:
        self._step = 1 / per_second
        self._credit = (burst - 1) * self._step
        self._turns: dict[str, float] = {}  # by host, when its latest request was due
        self._lock = threading.Lock()

    def wait(self, host: str) -> None:
        """Return when it is the caller's turn."""
        with self._lock:
            now = time.monotonic()
            rested = now - self._credit
            if len(self._turns) > _MANY_HOSTS:
                self._turns = {name: turn for name, turn in self._turns.items() if turn > rested}
            turn = max(self._turns.get(host, 0.0) + self._step, rested)
            self._turns[host] = turn
        time.sleep(max(0.0, turn - now))
