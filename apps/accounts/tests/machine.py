"""What a test does when the machine lacks something it needs."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """A missing part is a failure where everything must be there, and a skip with its reason elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
