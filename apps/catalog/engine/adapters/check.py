"""Reads a whole shard in a process of its own, which a damaged file may kill: `python -m ... DIRECTORY`."""

from __future__ import annotations

import sys

import qdrant_edge as edge

from apps.catalog.engine.adapters.edge_errors import edge_errors
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.process import die_with_parent

_PAGE = 1_000


def main(directory: str) -> int:
    die_with_parent()
    with edge_errors(directory):  # panics too
        shard = edge.EdgeShard.load(directory)
        after = None
        while True:
            request = edge.ScrollRequest(offset=after, limit=_PAGE, with_payload=True, with_vector=True)
            _, after = shard.scroll(request)
            if after is None:
                break
        shard.close()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except CatalogError as error:
        sys.exit(str(error.__cause__))
