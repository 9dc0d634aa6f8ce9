"""What a test does when the machine lacks something it needs, or is slow."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

PATIENCE_S = 30.0  # for what should come at once: this is only there so that a test ends, also on a busy machine


def missing(what: str) -> NoReturn:
    """A missing part is a failure where everything must be there, and a skip with its reason elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
