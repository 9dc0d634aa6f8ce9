"""What Qdrant Edge says went wrong, in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from apps.catalog.engine.errors import CatalogError

# How Edge speaks of files that it cannot make sense of. A refusal ("Vector dimension error") is none of these.
_DAMAGE = re.compile(
    r"IO Error|failed to (load segment|open WAL|decode|decompress|deserialize)|out of bounds|corrupt",
    re.IGNORECASE,
)
# What the machine lacks, which Edge calls an "IO Error" too: the files are as sound as before.
_EXHAUSTED = re.compile(
    r"No space left|Too many open files|Cannot allocate|\bos error (?:12|24|28)\b", re.IGNORECASE
)


def damaged(name: str, reason: str) -> CatalogError:
    text = (
        f"The index {name} is damaged on disk ({reason.splitlines()[0][:200]})."
        " Run `manage.py index rebuild`, then sync the store again."
    )
    return CatalogError("index_damaged", text)


@contextmanager
def edge_errors(name: str) -> Iterator[None]:
    """Edge raises bare exceptions, and panics, which are no `Exception`: all of them become a `CatalogError`."""
    try:
        yield
    except (CatalogError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        text = str(error) or type(error).__name__
        if "borrowed" in text or "not initialized" in text:  # a read that `close_shard` overtook
            raise CatalogError("index_unreachable", "The index is being closed.", retryable=True) from error
        if "WouldBlock" in text:
            raise CatalogError("index_locked", f"Another process holds the index {name}.") from error
        if _EXHAUSTED.search(text):
            reason = f"The disk or a limit of the system is exhausted: {text}"
            raise CatalogError("index_failed", reason, retryable=True) from error
        if not isinstance(error, Exception) or _DAMAGE.search(text):
            raise damaged(name, text) from error
        if "dimension error" in text:
            raise CatalogError("bad_vector", f"A vector does not fit into the index {name}: {text}") from error
        raise CatalogError("index_failed", f"The index {name} refused an operation: {text}") from error
