"""The child of the index host that optimises a copy of a shard: `python -m ... DIRECTORY`."""

from __future__ import annotations

import os
import sys

import qdrant_edge as edge

from apps.catalog.engine.hosting.process import die_with_parent


def main(directory: str) -> int:
    die_with_parent()
    os.nice(10)  # whoever asks the index goes first
    shard = edge.EdgeShard.load(directory)
    changed = shard.optimize()
    shard.flush()
    shard.close()
    return 0 if changed else 3  # 3: it was optimal already, so there is nothing to swap


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
