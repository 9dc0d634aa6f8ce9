"""Child processes that never outlive us, whether we end well or by SIGKILL."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_LAUNCHER = str(Path(__file__).with_name("die_with_parent.py"))


async def spawn(
    command: Sequence[str],
    *,
    stdout: int | IO[Any] = asyncio.subprocess.DEVNULL,
    stderr: int | IO[Any] = asyncio.subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> asyncio.subprocess.Process:
    """Start `command` in a process group of its own, so that Ctrl-C in the terminal reaches us alone.

    Call it from the main thread's loop: the kernel watches the thread that forks, not the process.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-S",
        "-E",
        _LAUNCHER,
        str(os.getpid()),
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        start_new_session=True,
    )


async def stop(process: asyncio.subprocess.Process, *, grace: float = 5.0) -> int:
    """End the whole process group: SIGTERM, and SIGKILL after `grace` seconds. Returns the exit code."""
    if process.returncode is None:
        _signal(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), grace)
        except TimeoutError:
            _signal(process.pid, signal.SIGKILL)
    return await process.wait()


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
