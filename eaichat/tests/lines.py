"""Reading what is logged, as the lines that an operator would see."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eaichat.logs import Formatter


@contextmanager
def captured(name: str) -> Iterator[list[dict[str, Any]]]:
    """What reaches a handler with our formatter, from any thread."""
    lines: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(self.format(record)))

    keep = Keep()
    keep.setFormatter(Formatter("json"))
    logger = logging.getLogger(name)
    logger.addHandler(keep)
    try:
        yield lines
    finally:
        logger.removeHandler(keep)
