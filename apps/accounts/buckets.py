"""How fast one party may talk to this process: token buckets in its memory."""

from __future__ import annotations

import time
from collections import OrderedDict


class Bucket:
    """A token bucket: `burst` at once, refilled at `per_second`."""

    def __init__(self, *, per_second: float, burst: int) -> None:
        self.per_second = per_second
        self.burst = burst
        self._level = float(burst)
        self._at = time.monotonic()

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now = time.monotonic()
        self._level = min(self.burst, self._level + (now - self._at) * self.per_second)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True

    def wait(self) -> float:
        """Seconds until the next `take` is allowed."""
        return max(0.0, (1 - self._level) / self.per_second)


class Buckets:
    """A bucket for each key. The longest unused are forgotten, so that many keys cannot fill the memory."""

    def __init__(self, *, per_second: float, burst: int, keys: int = 10_000) -> None:
        self._per_second = per_second
        self._burst = burst
        self._keys = keys
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str) -> float:
        """Seconds to wait; 0: allowed."""
        bucket = self._buckets.pop(key, None) or Bucket(per_second=self._per_second, burst=self._burst)
        self._buckets[key] = bucket
        while len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        return 0.0 if bucket.take() else bucket.wait()
