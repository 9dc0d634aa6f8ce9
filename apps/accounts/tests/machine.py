"""What a test does when the machine lacks something it needs, or is slow."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import NoReturn

import pytest

PATIENCE_S = 30.0  # for what should come at once: this is only there so that a test ends, also on a busy machine


def least_cpu(work: Callable[[], object], *, times: int = 3) -> float:
    """Seconds of processor time that `work` takes at its best: what else the machine does is not in them."""

    def once() -> float:
        began = time.thread_time()
        work()
        return time.thread_time() - began

    return min(once() for _ in range(times))


def missing(what: str) -> NoReturn:
    """A missing part is a failure where everything must be there, and a skip with its reason elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
