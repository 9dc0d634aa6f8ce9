"""What the Temporal dev server is doing, in two small files that every process of the installation can read.

`FOLDER/state.json` tells people (state, detail, progress, pid), `FOLDER/address` tells programs (host:port).
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

State = Literal["preparing", "running", "failed", "stopped"]


@dataclass(frozen=True)
class ServerState:
    """`progress` runs from 0 to 1 while the server's program is prepared, when that is known."""

    state: State
    detail: str = ""
    progress: float | None = None


def read_state(folder: Path) -> ServerState:
    """The last state that was written; `stopped` when nothing was, or when the process that wrote it is gone."""
    try:
        kept = json.loads((folder / "state.json").read_text())
        state = ServerState(kept["state"], kept["detail"], kept["progress"])
        alive = _alive(int(kept["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return ServerState("stopped", "Workflows were not started yet.")
    return state if alive else ServerState("stopped", "The process that runs workflows has ended.")


def write_state(folder: Path, state: ServerState) -> None:
    _replace(folder / "state.json", json.dumps({**asdict(state), "pid": os.getpid()}))


def read_address(folder: Path) -> str | None:
    """Where the server was last started; it may be away right now."""
    try:
        return (folder / "address").read_text().strip() or None
    except OSError:
        return None


def write_address(folder: Path, address: str) -> None:
    _replace(folder / "address", address)


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
